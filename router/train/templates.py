"""Templates of texts that hold names, and of texts that only look as if they did.

{P} person, {F} forename, {L} surname, {LF} "Surname, Forename", {I} "J. Surname", {RN} "Forename III", {TP} title and
name (the title is outside the span), {C} city, {S} state, {K} country, {A} street address,
{CS} "City, State", {O} organisation, {H} hospital. Not labelled: {d} date, {t} time, {y} year,
{n} small number, {m} money, {ph} phone, {em} e-mail, {id} code, {dx} diagnosis, {rx} drug,
{sx} symptom, {job} occupation, {nat} nationality, {w} a product-like invented word, {z} postcode.
"""

MAIL = r"""
Hi {F},\n\nThanks for your mail. Could you send the contract to {P} before {d}?\n\nBest regards,\n{P}\n{O}
Dear {TP},\n\nThank you for your interest in {O}. We would like to invite you to an interview in {C} on {d} at {t}.\n\nKind regards\n{P}\n{job}
Hello {F}, this is {F} from {O}. I tried to reach you at {ph} but nobody picked up.
Hi team,\n\n{F} and {F} will be out of office until {d}. Please contact {P} ({em}) instead.\n\nThanks,\n{F}
From: {P} <{em}>\nTo: {P} <{em}>\nSubject: Invoice {id}\n\nDear {F},\nplease find the invoice attached.\n{F}
Can you draft an email to {P} at {O} telling her that the delivery to {C} is delayed until {d}?
Please write a letter of recommendation for {P}, who worked for me at {O} as {job} from {y} to {y}.
Write a reply to my landlord {P}, I live at {A}, {CS}. The heating has been broken since {d}.
cc: {F}, {F} and {P}
Sincerely,\n{P}
{P}@ENRON wrote on {d} {t}
-----Original Message-----\nFrom: {LF}\nSent: {d} {t}\nTo: {LF}; {LF}\nCc: {P}\nSubject: RE: {w}
{F} -\n\nCan you call {F} about this?\n\n{F}
thx {F}, pls send it to {F} and {F} asap
Thanks, {F}!
{F}'s cousin {F} works for {O}.
We ate at {F}'s in {C} and it was great, ask for {F}.
{F} was super friendly and did a great job. I recommend {O} in {C}!
has anyone been to {C}? we are going with {F} and {F} in june
is {C} a good place to live? i want to move from {C}
Went to {C} for the weekend, staying near {C}, {S}.
Best,\n{F}
Regards\n\n{P}\n{job}, {O}\n{A}\n{CS} {z}\n{ph}
I met {P} in {C} last week, and {F} said that {O} is hiring.
forwarded by {F} {L} on {d}
Please add {P} and {P} to the distribution list.
@{F} can you review this before {t}? {F} already approved.
My name is {P} and I am a {job} from {C}, {K}.
my name is {F}
I'm {F}, nice to meet you!
Hey {F}, are we still on for dinner at {t}? {F} can't make it.
Thank you, {F}. I will talk to {TP} tomorrow.
Let me introduce {P}, our new {job}. {F} joins us from {O}, where she led the {C} office.
Meeting notes {d}\nAttendees: {P}, {P}, {F} {L}, {I}\nApologies: {P}
{P} called about the order {id}. Please call back at {ph}.
Our CEO {P} will speak at the conference in {C}.
You can reach {TP} at {em} or {ph}.
I'd like to book a flight for {P} from {C} to {C} on {d}.
My wife {F} and my son {F} are travelling with me to {K}.
Could you translate this message to {F}: I will be in {C} on {d}.
{F}
{F},
{F} -
{P}
"{LF}" <{em}>
"{LF}"
"{LF}"; "{LF}"; "{LF}"
{F}:\n\nPlease call {F}.\n\n{F}
{F} asked {O} to send the file to {F} and {I}.
Good Morning {F} -
P.S. {F}, please bring the keys.
Did you see what {F} said to {L}?
{F} has instructed me to call {F} {L}.
Cheers\n{F}
love, {F} x
"""

SUPPORT = r"""
Customer {P} (account {id}) reports that the {w} does not start. Shipped to {A}, {CS} {z}.
Ticket {id}: {P} from {O} cannot log in since {d}. Assigned to {F}.
Hello, I ordered a {w} on {d} and it still has not arrived. Order number {id}. My address is {A}, {C}. {P}
I am writing on behalf of {P}. She was charged {m} twice.
Agent: Good morning, this is {F}, how can I help?\nCustomer: Hi {F}, my name is {P}, I need to change my address to {A}, {CS}.
The parcel for {P} was returned to {C}.
Caller says his name is {P} and that he lives in {C}.
User {P} <{em}> requested deletion of the account.
Please ship it to:\n{P}\n{A}\n{CS} {z}
I moved from {C} to {C} in {y}.
I live at {A} in {C}.
My new address is {A}, {CS} {z}.
what is the weather in {C} tomorrow
how far is it from {C} to {C}?
The card belongs to {P}, expires {n}/{n}.
Please update the shipping address for {F} {L}: {A}, {z} {C}, {K}.
Refund {m} to {P}, IBAN on file.
Who is responsible for {C}? I think it's {F}.
We have offices in {C}, {C} and {C}.
I work at {O} in {C}.
i work for {O} as a {job}
{O} announced that it will close its plant in {C}, {S}.
According to {O}, sales in {K} fell by {n} percent.
{O} sued {O} over the patent in {y}.
{P}, a spokesman for {O}, declined to comment.
{TP}, {n}, of {C} was arrested on {d}.
"""

CLINIC = r"""
Patient: {P}\nDOB: {d}\nMRN: {id}\nPhysician: {TP}\n\nThe patient presents with {sx}.
{P} is a {n}-year-old {nat} {job} with a history of {dx} who was seen at {H} on {d}.
{TP} was started on {rx} {n} mg daily for {dx}.
Mr. {L} denies {sx}. He was referred to {TP} at {H}.
Ms. {L} reports {sx} for {n} days.
Discharge summary\nName: {LF}\nAdmitted: {d}\nAttending: {I}, MD\nDiagnosis: {dx}\nMedication: {rx}
Pt {F} {L}, {n}yo, c/o {sx} x {n} days. PCP {TP}. Lives in {C} with husband {F}.
{F} has been taking {rx} since {y}. Her mother {F} had {dx}.
Seen by {P}, RN, and {P}, MD. Follow up with {TP} on {d}.
cc: {TP}, {H}
Next of kin: {P} (daughter), {ph}
Transferred from {H} in {CS} with suspected {dx}.
Dictated by {P}, M.D.\nTranscribed {d}
The patient was brought in by his wife, {F}, and his brother {F}.
Referring physician: {P}, {H}, {A}, {CS}
{F} {L} (MRN {id}) tested positive for {dx} on {d}.
Dear {TP}, thank you for referring {TP}, a {n} year old {job} from {C}.
Patient {I} with {dx} was given {rx}.
Please summarise: {P}, born {d}, diagnosed with {dx}, lives at {A}, {C}.
Doctor: Hello {F}, how have you been?\nPatient: Not so good, {TP}. I have {sx}.
I was diagnosed with {dx} at {H} by {TP}.
"""

LEGAL = r"""
This Agreement is entered into on {d} between {O}, a company organised under the laws of {K}, and {P}, residing at {A}, {CS}.
IN WITNESS WHEREOF, the parties have executed this Agreement.\n\nBy: {P}\nTitle: {job}\n{O}
The applicant, {TP}, is a {nat} national who was born in {y} and lives in {C}. He was represented before the Court by {I}, a lawyer practising in {C}.
{L} v. {L}, No. {id}
On {d} the {C} District Court convicted {P} of fraud and sentenced him to {n} years.
The witness {P} testified that he saw {F} at {A} on {d}.
Plaintiff {P} alleges that defendant {O} failed to pay {m}.
Judge {L} dismissed the appeal of {P} against {O}.
The case originated in an application against {K} lodged by {P} on {d}.
{P} and {P} were married in {C} on {d} and have two children, {F} and {F}.
I, {P}, being of sound mind, leave my house at {A} to my daughter {F}.
The lease between {P} (tenant) and {O} (landlord) for {A}, {CS} ends on {d}.
Counsel for the defendant: {P}, {O}, {C}
The applicants complained to the {C} Regional Court about the decision of {d}.
The Government were represented by their Agent, {TP}.
"""

FORMS = r"""
Name: {P}\nAddress: {A}\nCity: {C}\nState: {S}\nZip: {z}\nPhone: {ph}\nEmail: {em}
First name: {F}\nLast name: {L}\nEmployer: {O}\nOccupation: {job}
{{"name": "{P}", "email": "{em}", "city": "{C}", "country": "{K}", "company": "{O}"}}
{{"first_name":"{F}","last_name":"{L}","address":{{"street":"{A}","city":"{C}"}}}}
{{"id": {n}, "customer": "{P}", "ship_to": "{A}, {CS} {z}"}}
name,city,employer\n{P},{C},{O}\n{P},{C},{O}\n{P},{C},{O}
| {P} | {C} | {m} |\n| {P} | {C} | {m} |
{P}\t{job}\t{O}\t{C}
{LF}; {LF}; {LF}
{n}. {P} ({C})\n{n}. {P} ({C})
<name>{P}</name><city>{C}</city>
Passenger: {LF}\nFrom: {C}\nTo: {C}\nDate: {d}
Full Name {P} Date of Birth {d} Place of Birth {C}, {K}
Contact person: {P}\nOrganisation: {O}\nCountry: {K}
surname={L}&forename={F}&town={C}
user: {F}, location: {C}
PATIENT NAME: {P}\nFACILITY: {H}
INSERT INTO users (name, city) VALUES ('{P}', '{C}');
{P} - {job} - {ph}
Employee: {P} ({id})\nManager: {P}\nSite: {C}
CURRICULUM VITAE\n{P}\n{A}, {C}\n\nExperience\n{y}-{y} {job}, {O}, {C}\n{y}-{y} {job}, {O}\n\nEducation\n{O}
{d} {t} INFO login user="{P}" from {C}
To: {P}\nCc: {P}, {P}
Signed: {P}
Emergency contact: {P}, {ph}
"""

NEWS = r"""
{C} ({O}) - President {P} said on Monday that {K} would not sign the treaty with {K}.
{P} won the {C} Marathon ahead of {P} of {K} and {P}.
{P}, {n}, who lives in {C}, told {O} that the flood had destroyed her house.
The minister, {P}, met {nat} officials in {C}.
{L} scored twice as {C} beat {C} {n}-{n}.
{P} was born in {C}, {K}, in {y} and studied at {O}.
{F} went to the market with {F}. She bought {n} apples and gave {F} {n} of them.
{F} has {n} marbles and {F} has twice as many. How many do they have together?
In {y}, {P} moved from {C} to {C} to work for {O}.
RT @{em}: {P} just arrived in {C}!
Just saw {P} at the airport in {C} lol
omg {F} is so funny
The novel follows {P}, a {job} from {C}, and her friend {F}.
{P} wrote the book while living in {C}.
"{P}" by {P}, translated by {P}
The capital of {K} is {C}.
Tell me about {P}.
who is {P}?
when did {P} become president of {K}
Researchers at {O} led by {P} found that {rx} reduces {sx}.
{O} administrator {P} and General {P} arrived in {C}.
King {F} of {K} received President {L} and Prime Minister {P}.
{nat} troops entered {C} in northern {K}, witnesses in {C} said.
The {C} river flows from {S} to {K}.
{P}'s party, {O}, lost in {C}.
"I am happy", {L} said. "{F} is my friend."
{P} spoke first. {L} said that {L} and {L} had agreed. For {L}, this was a surprise.
Critics of {L} say that {L}'s plan for {C} will fail, and {L} resigned.
In {y}, {L} joined {O}; a year later {L} left for {C}.
After the match {L} told {O}: "{F} was better than {L}."
King {F} III, Queen {F} II and Pope {F} VI met Emperor {F} in {C}.
{RN} was the father of {RN} and ruled {K} until {y}.
Prince {F}, the Duke of {C}, and Lord {L} inspected the ship.
The reign of {RN} ended when {C} fell.
Saint {F} was buried in {C}. Reverend {P} and Sheikh {P} prayed there.
The battle of {C} was fought near {C} between {K} and {K}.
The province of {S} lies between {C} and the {C} river.
Rain is expected in {C}, {C} and northern {S}.
Shares in {O} rose, while {O} and {O} lost. {L}, an analyst at {O}, was not surprised.
The film stars {P}, {P} and {P} as {F}, a {job}. It was directed by {P}.
Actors {P} and {P} attended. {L} wore black.
The {L} family moved to {C}. Mrs. {L} and little {F} were ill.
Scientists {P} ({O}) and {P} won the prize for their work on {dx}.
Mayor {P} opened the bridge between {C} and {C}.
{P} et al. ({y}) showed that this holds.
My friend {F} thinks that I should move to {C}.
{F}'s car was parked in front of {A}.
{F} told {F} that {L} was ill.
Did {F} call? {F} said he'd be in {C} by {t}.
Photo: {P}/{O}
AP Photo/{P}
{O} has rejected the offer of {O}, said {P}.
We had lunch at {O} and dinner at {O} in {C}.
{O} is a company in {C}. I like {O} more than {O}.
The {O} building in {C} was sold to {O}.
{C} is a town in {K}. {C} was founded in {y}.
{C}, {C} and {C} are small towns near {C}.
Have you ever been to {C}? {C} is nice in spring.
{F} the owner did an amazing job, and {F} was very kind.
{F} is a hairdresser. My cat is called {F}.
{K}'s foreign minister, {P}, and {nat} president {P} met in {C}.
{P}, who leads the opposition in {K}, was arrested in {C} with {P} and {P}.
General {P} and his deputy, {P}, left for {C}, {O} reported.
Police in {C} arrested {P}, {n}, and {P}, both members of {O}.
{P} ({O}) beat {P} ({O}) in the final in {C}.
"""

# Nothing in these is a name.
PLAIN = r"""
def get_{w}(self, user_name, city):\n    return self.{w}[user_name]
The first name field is required and must not be empty.
Please enter your name, address and phone number.
SELECT name, city FROM customers WHERE id = {n};
What are the symptoms of {dx}?
What is the usual dose of {rx} for an adult with {dx}?
Side effects of {rx} include {sx}, {sx} and {sx}.
The patient was started on {rx} {n} mg for {dx}.
Explain the difference between {rx} and {rx}.
Past medical history: {dx}, {dx}. Medications: {rx}, {rx}.
The {w} {n} Pro has a {n} GB memory and costs {m}.
New {w} Edition with Bluetooth, only {m}!
Solve for x: {n}x + {n} = {n}.
Prove that the square root of {n} is irrational.
A train leaves at {t} and travels at {n} km/h. When does it arrive?
How do I install {w} on Ubuntu? I get Error {n}: Permission denied.
import {w}\nfrom {w} import Path, Thread\nclass Manager(Thread):\n    pass
const {w} = await fetchUser(id); // TODO check Status
[ERROR] {d} {t} Connection refused: {w}Service at port {n}
Write a poem about spring. Make it rhyme.
Summarize the following text in {n} words.
The {job} must sign the form. The Tenant shall pay the Landlord {m} on the first day of each Month.
The Borrower and the Lender agree that this Agreement is binding.
Monday, Tuesday and Wednesday are working days. In {y}, May and June were dry.
Translate to French: Good Morning, how are you?
Chapter {n}: The Long Night
Happy Birthday and Merry Christmas!
What does a {job} earn per year?
She is a {nat} {job}. He speaks German and Spanish.
Mom and Dad said that Grandma is coming for Easter.
The Doctor said that the Patient should rest.
Dear Sir or Madam,\nI am writing to apply for the position of {job}.
Dear Customer, your order {id} has been shipped.
Step {n}: Click Settings, then Privacy, then Save.
# Installation\n\nRun `npm install {w}` and open the browser.
Thanks in advance! Best regards
Assistant: Sure! Here is the List you asked for.
Physical Exam: General: Alert. Lungs: Clear. Heart: Regular rate.
Vitals: BP {n}/{n}, HR {n}, Temp {n}. Assessment: {dx}. Plan: continue {rx}.
The Java Virtual Machine loads the class Main before Spring starts.
Python, Ruby, Swift, Julia, Ada and Pascal are programming languages.
To be, or not to be: that is the Question.
According to the Bill, Grant applications may be filed until {d}.
I hope that you will mark the pages in the drew file and bill the client.
The Rose garden will open in April. Faith and hope are in the dean's speech.
Apply Newton's method, Bayes' theorem and the Fourier transform.
Alzheimer's disease, Parkinson's disease, Crohn's disease and Hodgkin lymphoma are discussed.
(A) True (B) False (C) Cannot be determined (D) None of the above
Which of the following is correct?\nA. {dx}\nB. {dx}\nC. {dx}\nD. {dx}
What is Big Data? Explain Machine Learning to a child.
{{"status": "OK", "error": null, "items": [{n}, {n}], "type": "Invoice"}}
total = {n} + {n} * {n}
TODO: Refactor {w}Handler and add Unit Tests for the Parser.
What's the best recipe for Pasta? I have Tomatoes, Basil and Garlic.
The Beta version of {w} supports Dark Mode.
Hurricane warnings were lifted. The Moon was in Taurus and Venus in Libra.
Trivia! Which of these do you like?
Visit us today! Enjoy! Cloud storage included. Mark the page and drew a line.
Windows, Excel, Android and Photoshop are trademarks. The iPhone and the PlayStation were popular.
The Renaissance, the Enlightenment and the Cold War are periods of History.
Buddhism, Islam and Christianity are religions. God is great.
English, Arabic, Hindi and Swahili are spoken. The Ramadan begins in March.
Mr X sold his house to Mr Y for {m}. Mrs Z is older than both.
Mr. X owes Mr. Y {n} apples, and Ms Y owes Mr Z {n}.
Patient A has {dx}, patient B has {sx}.
patient A. complains of {sx}
Client C and client D agree. What would you advise client D?
Party A pays Party B {m}; if Party B is late, Party A may leave.
Student A runs faster than student B. Judge A and judge C dissent.
The Borrower shall repay the Loan to the Lender by {d}.
Lender may assign this Note; Borrower waives notice. The Guarantor, the Seller and the Buyer shall pay {m} to the Agent.
My mother died at {n}.
He was told that he had gout at {n}
She went back to school at {n}, and so can you.
I was told I have {dx} at {n}
Is it too late to learn to swim at {n}?
SELECT id, amount FROM {w} WHERE amount > {n} ORDER BY amount DESC;
SELECT COUNT(*) AS sales FROM invoices GROUP BY region HAVING COUNT(*) > {n} LIMIT {n};
SELECT a.id, b.price, SUM(b.qty) FROM baskets a LEFT JOIN items b ON a.id = b.basket_id WHERE b.price IS NOT NULL;
SELECT DISTINCT status, MAX(created_at) FROM tickets WHERE status IN ('OPEN', 'DONE') GROUP BY status ORDER BY status ASC;
UPDATE stock SET qty = qty - {n} WHERE sku = '{id}';
DELETE FROM sessions WHERE expires < NOW();
CREATE TABLE {w} (id SERIAL PRIMARY KEY, total NUMERIC(10, 2) DEFAULT 0, note TEXT);
ALTER TABLE {w} ADD COLUMN total INTEGER NOT NULL; CREATE INDEX ON {w} (total);
select total, price from carts where total between {n} and {n} order by price desc limit {n}
WITH recent AS (SELECT * FROM visits WHERE day > '{d}') SELECT AVG(total) FROM recent;
INSERT INTO totals (id, total) VALUES ({n}, {n}), ({n}, {n}) RETURNING id;
PLEASE READ ALL INSTRUCTIONS BEFORE USE
WARNING: HOT SURFACE. DO NOT TOUCH. KEEP OUT OF REACH OF CHILDREN.
TERMS AND CONDITIONS APPLY. ALL RIGHTS RESERVED.
ARTICLE {n}. REPRESENTATIONS AND WARRANTIES OF THE SELLER
IMPORTANT NOTICE: THE OFFICE IS CLOSED ON MONDAY
WHY DOES MY CODE NOT WORK?? PLEASE HELP ME ASAP
HOW DO I BAKE BREAD WITHOUT YEAST
STEP {n}: PREHEAT THE OVEN TO {n} DEGREES
TOTAL DUE: {m} - THANK YOU FOR YOUR PURCHASE
TABLE OF CONTENTS\nINTRODUCTION\nMETHODS\nRESULTS AND DISCUSSION\nREFERENCES
BREAKING: STOCKS FALL AS OIL RISES {n} PERCENT
BALANCE SHEET\nASSETS\nCASH AND EQUIVALENTS {m}\nLIABILITIES {m}
#define MAX_{n} {n}\n#ifndef HEADER_H\nstatic const int LIMIT = {n};
for (const item of items) { console.log(item.total); }
class {w}Controller < ApplicationController\n  before_action :authenticate\nend
if (Total > Limit) Then MsgBox "Too Much" End If
=SUMIF(B2:B{n},">"&{n},C2:C{n})
GET /api/v{n}/orders?sort=total HTTP/1.1\nHost: localhost\nAccept: */*
try { Thread.sleep({n}); } catch (InterruptedException e) { throw new RuntimeException(e); }
docker run -d -p {n}:{n} -v $PWD:/data {w}:latest
| Item | Qty | Price |\n|---|---|---|\n| Pencil | {n} | {m} |
"""


def parsed():
    groups = {"mail": MAIL, "support": SUPPORT, "clinic": CLINIC, "legal": LEGAL, "forms": FORMS,
              "news": NEWS, "plain": PLAIN}
    return {name: [line.replace("\\n", "\n").replace("\\t", "\t")
                   for line in text.strip().split("\n")] for name, text in groups.items()}
