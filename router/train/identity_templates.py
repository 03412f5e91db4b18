"""Templates of texts about invented people, and of texts about nobody in particular.

Slots are those of templates.py and, with their entity, those of identities.py. Each register has two
lists: what the tagger and the verdict learn from, and after the line "----" what only measures them.
Registers in PRIVATE hold somebody's private information; those in CLEAN do not.
"""

SENTENCES = r"""
{P} can be reached at {tel} or {mail}.
Please charge {card}, it expires in {n}/{n}. Cardholder: {P}.
Send the refund to {iban}, account holder {P}, thanks.
The new tenant is {P}, {A}, {C} {zip}.
my social is {ssn} and i was born on {dob}
{title} {L} works for {O} and lives at {A}, {C}.
I am {nrp} and moved to {C} {n} years ago with {F}.
Contact {F} {L} ({mail}) about the delivery to {A}.
Driver license {dl} was issued to {P} on {date}.
The login came from {ip}; the user was {user}.
Wire it to IBAN {iban} before {date} please.
{P} is {age} years old and married to {P}.
hey can you text {F}? his number is {tel}
Our {job} {P} left {O} on {date}.
Patient {P}, MRN {mrn}, was admitted on {date}.
My wife {F} was born in {C} on {dob}.
Passport no. {pass}, holder {P}, nationality {nrp}.
{P}'s flight to {C} leaves on {date}, confirmation goes to {mail}.
The car is registered to {title} {L}, {A}, {C}.
Visit my page at {url} or write to {mail}.
I'd like to speak to {title} {L} about account {acct}.
My credit card {card} got stolen in {C}, please block it. {P}
name: {P} / phone: {tel} / zip: {zip}
{F} ({age}) and {F} ({age}) from {C} won the race on {date}.
Invoice for {O}, attn. {P}, {A}, {C}, {zip}
Could you update my address? It's {A}, {C} {zip} now.
{title} {P} from {O} phoned; she wants a call back on {tel}.
He is a {age} year old {nrp} {job} from {C}.
Ship it to {P}\n{A}\n{C} {zip}\n{K}
The meeting with {F} from {O} is moved to {date} in {C}.
her bank details are {iban}, she's called {P}
Server {ip} belongs to {O}, admin is {mail}.
----
Is {title} {L} still on this number, {tel}?
{F} just moved into {A} and needs a new router.
Here's my card again: {card}. The name on it is {P}.
{P} has been with {O} in {C} since {date}.
You'll find the CV of {F} {L} at {url}.
Our {nrp} neighbours, {F} and {F}, are both {age}.
Block account {iban} right away, says {title} {L}.
What is the balance for SSN {ssn}?
{P}, born {dob}, applied for a permit in {C}.
Please forward everything to {mail}, {F} is out until {date}.
For {P}: parcel at {A}, {C}, {K}.
{C} was great! {F} and I stayed at {A} for a week.
someone from {ip} logged in as {mail} on {date}
I'm {F}, {age}, and I work at {O}.
The landlord is {P}, his number's {tel} and he lives in {C}.
We hired {P} as {job}; start date {date}, bank account {iban}.
{title} {P}\n{A}\n{C}\n{zip}
License {dl} belongs to {P} of {C}.
Did {O} already pay {title} {L}?
My son {F} turned {age} on {date}.
Can I change the phone number on file from {tel} to {tel}?
{P} said that {F} would bring the papers from {O}.
{nrp} citizen {P} was seen near {A} in {C}.
Card {card} was declined at {O}, {C}.
I sent {P} the documents on {date} but used the old address, {A}.
Her website is {url} and her e-mail {mail}.
Our office at {A}, {C} {zip} will be closed from {date}.
They gave me {F}'s extension, {tel}, and told me to ask for {title} {L}.
{F} {L} <{mail}> wrote on {date}:
Mail goes to {title} {L}, {A}, {C}.
"""

LETTERS = r"""
Please make this sound more professional: Dear {title} {L}, I can not come to work on {date} because my daughter {F} is ill. Regards, {P}
Write an email to my landlord {title} {L} about the broken heating in {A}. I have asked him twice. My name is {P}.
Help me answer this message from my boss {F}: "{F}, your report is late again, come to my office tomorrow." I don't want to lose my job.
Draft a resignation letter. I am {P}, {job} at {O} since {y}, last day {date}.
Improve my cover letter: My name is {P}, I have worked {n} years as {job} for {O} in {C} and I would like to join your team.
Can you translate this into English: Hola {F}, te escribo porque el {date} no puedo ir a la boda. Un abrazo, {F}
Write a short reference for {P}, who was my student at {O} from {y} to {y}. She is hard working.
Rewrite this: Hi {F}, I'm sorry for what I said to {F} at the party. I was drunk. Can we talk?
summarize this email chain\n\nFrom: {P} <{mail}>\nTo: {P} <{mail}>\nDate: {date}\n\n{F}, the client {O} complained again. We need to talk about {F}'s work.
my ex {F} keeps texting me and showing up at my flat in {C}, write a message telling him to stop
Compose a birthday wish for my colleague {F} {L} from {O}, she turns {age} on {date}.
Check the grammar: Dear {title} {L}, thank you for meet me on {date}. I'm very interesting in the position of {job} at {O}. Best, {P}
Write a formal complaint to {O}. Order from {date}, my account is {acct}, name {P}, the item never came to {A}.
I need a text for the invitation: {F} and {F} are getting married on {date} in {C}. RSVP to {mail} or {tel}.
Turn these notes into a letter of recommendation. Applicant: {P}. Program: master at {O}. Strengths: diligent, kind. From: {title} {P}.
Write a linkedin message to {P}, recruiter at {O}. I met her in {C}. I am looking for a job as {job}.
Write a personal statement for me. I grew up in {C}, my father {F} was a {job}, my mother was ill and I had to work from age {n}.
proofread please: "To whom it may concern, I, {P}, hereby confirm that {P} lives with me at {A}, {C}."
Write a eulogy for my grandfather {F} {L}, {job} from {C}, who died on {date}. He loved fishing and his dog.
Please answer this review: "{F} at the front desk was rude. - {P}" We are {O} in {C}.
----
Could you polish this mail? Hello {title} {L}, I have to cancel the viewing of the flat at {A} on {date}, since my husband {F} has broken his leg. Kind regards, {P}
I want to tell my manager {F} that I am being bullied by {F} from accounting. How do I put it in writing?
Make it shorter: Dear {F}, it was lovely to see you and {F} in {C}. The children still talk about it. We hope to visit in {date}. Love, {F}
Draft a message to the parents of {F} {L} (class {n}b). He hit another pupil on {date} and must stay at home for a week.
Write a thank-you note to {P}, who interviewed me at {O} for the job of {job}. Sign it {P}.
Here is a mail I got. What does she want?\n\nHi {F},\n\n{F} from {O} told me you're leaving. Is that true? Call me on {tel}.\n\n{F}
reply to this customer: "I'm {P}, ordered on {date}, and nobody answers at {mail}. I want my money back"
Write a bio for our website: {P}, {age}, {job} at {O}, lives in {C} with two children.
Please write a letter to {O} saying that my mother, {P}, passed away on {date} and that her account must be closed.
Translate into German: Dear {title} {L}, my rent will be late this month because {O} has not paid me yet. {P}, {A}
how should i apologise to {F}? i told {F} about her abortion and now she's not talking to me
Fill this in as a formal request: name {P}, visa number {pass}, wants to extend stay in {K} until {date}, because of a wedding.
Write an out-of-office reply for {P} ({O}) from {date}; urgent matters to {F} {L}, {mail}.
Turn into an invitation: {F}'s {n}th birthday, {date}, our house at {A}, call {tel}.
Make me a performance review of {P}. She joined {O} in {y}, misses deadlines but is liked by the team.
"""

CV = r"""
{P}\n{A}, {C} {zip}\n{tel} | {mail}\n\nPROFILE\nExperienced {job} with {n} years in the field.\n\nEXPERIENCE\n{O}, {C} - {job} ({y} - {y})\n{O} - {job} ({y} - {y})\n\nEDUCATION\n{O}, {y}
Improve my resume:\n\nName: {P}\nBorn: {dob} in {C}\nNationality: {nrp}\nWork: {O} ({y}-{y}), {O} ({y}-{y})\nLanguages: English, German
Curriculum vitae of {P}. Born on {dob}, {nrp}, married, two children. Since {y} {job} at {O}. Hobbies: chess, sailing.
----
Rate this CV.\n\n{F} {L}, {age}, {C}\nMail: {mail}  Phone: {tel}\n{y}-{y}: {job}, {O}\n{y}-{y}: trainee, {O}\nReferences: {title} {L}, {O}
What job would fit me? I'm {P}, {age}, I was a {job} at {O} for {n} years and live in {C}. I studied in {C} until {y}.
"""

DOCTOR = r"""
Dear Dr. {L}, since {date} I have had {sx} and {sx}. I take {rx} because of my {dx}. Should I come in? {P}, born {dob}
I have been diagnosed with {dx} and my doctor {title} {L} put me on {rx}. Now I have {sx}. Is that normal?
my mother ({age}) has {dx}, she takes {rx} {n} mg, since yesterday she has {sx}. what should we do
I'm {age}, female, and I've had {sx} since I started {rx}. My doctor wants a biopsy. I'm scared.
Patient: {P}, DOB {dob}\nMRN: {mrn}\nDiagnosis: {dx}\nPlan: start {rx} {n} mg, review on {date}
Discharge letter for {title} {P}, {age}, {A}, {C}. Admitted {date} with {sx}. History of {dx}. Treated with {rx}.
Write a referral: {P} ({age}) has had {sx} for {n} weeks, known {dx}, please see soon. {title} {L}, {H}
My husband is an alcoholic and has lost his job. I found out he has been lying to me about his {dx}.
i am 16 and pregnant, my parents don't know. {F} is the father. where can i get help in {C}
My therapist says I have depression. I've been cutting myself since my brother {F} died in {y}.
Hello doctor, my son {F} ({n}) had a seizure on {date}. He was treated at {H}. Can he go to school?
Summarize: {P} presented to {H} on {date} with {sx}. CT showed nothing. {title} {L} started {rx}.
I tested positive for HIV last week and I don't know how to tell {F}.
----
Good morning {title} {L}, the {rx} you gave my father {P} is causing {sx}. His appointment at {H} is on {date}. What now?
I was told I have {dx} at {age}. I can't sleep, my wife left me and I drink too much.
my daughter {F} is {n} and has {dx}. the nurse at {H} said she needs {rx}, is it safe?
Write up this visit: {P}, {age}, seen {date}, complains of {sx}, past history {dx}, on {rx}, lives alone in {C}.
Could my {sx} come from {rx}? I started it {n} days ago for my {dx}, and I am {n} weeks pregnant.
Please explain my lab results. {P}, {dob}: HbA1c {n}, creatinine {n}. My GP is {title} {L}.
I had an abortion in {y} and never told my husband {F}. Now we can't have children. How do I tell him?
{F} has stopped taking {rx} and hears voices again. She is my sister and lives with me at {A}.
"""

CLINICAL = r"""
Pt {init}, {age}F, T2DM and HTN, seen {date}. c/o {sx}. Cont metformin, f/u {n} wks.
{init}: {age} y/o M with {dx}, admitted {date}, given {rx} {n} mg BID. Afebrile. BP {n}/{n}.
The patient is a {age}-year-old woman who comes in today with {sx}. She has a history of {dx}. She takes {rx}.
HPI: {age}yo male w/ {dx} presents with {n} day h/o {sx}. Denies fever. PMH: {dx}. Meds: {rx}.
ASSESSMENT: {dx}. PLAN: start {rx}, labs on {date}, patient counselled. Patient agreed to return in {n} weeks.
Pt is {age} yr old, G2P1, {n} weeks, with {sx}; given {rx}, discharged home {date} with husband.
Nursing note {date}: patient {init} in bed {n} slept poorly, complained of {sx}, refused {rx}, family informed.
Doctor: How are you today?\nPatient: I still have {sx}.\nDoctor: Did you take the {rx}?\nPatient: Yes, but it makes me dizzy.
Subjective: Pt reports {sx} x{n}d. Objective: HR {n}, RR {n}. Assessment: {dx}. Plan: {rx}, RTC {n}/{n}.
She was diagnosed with {dx} in {y}, underwent surgery on {date} and has been on {rx} since. Biopsy positive.
{age}F s/p mastectomy {date}, path: {dx}. Onc consult. Husband at bedside.
Psych eval: {age} yo divorced man, hx of {dx}, suicidal thoughts since {date}, on {rx}. No plan. Lives alone.
Initials {init}. Dx {dx}. Last visit {date}. Next visit {date}. Smokes {n}/day.
CC: {sx}. {age} yo F, known {dx}. Exam: lungs clear. Dx: {dx}. Rx: {rx} {n} mg tid. RTC {date}.
65M w/ {dx} and COPD, transferred {date} for {sx}, intubated, now on {rx}, extubated, d/c to rehab.
S: father reports that the boy has {sx}. O: afebrile, HR {n}. A: {dx}. P: {rx}, f/u with pediatrics {date}.
Bed {n}: {init}, {age}, {dx}. Overnight: {sx}. Seen by team, {rx} increased. Daughter visited.
Pt {init}, {age}F, seen {n}/{n}, new {dx}, started on {rx}, will call with labs.
{age}M, initials {init}, {dx}. Complaint: {sx}. Plan: {rx} {n} mg, MRI, review {n}/{n}.
Neonate of {age} yo mother, born {date}, {sx}, given {rx}, transferred to NICU.
Complains of {sx}. History of {dx}. Lives alone. Takes {rx}. Exam normal. Refer to {job}.
Summarise this visit in two lines: the {age} year old patient has {dx}, was started on {rx} in {year}, now reports {sx}, worse at night.
Therapy note {date}: {init} talked about his divorce and the loss of his job; {sx}; no suicidal thoughts.
The child was seen on {date} for {sx}. Mother denies fever. Immunizations up to date. Impression: {dx}.
Op note: {age}F, {dx}, procedure on {date} without complications, EBL {n} ml. Pt to recovery.
Is this dose right? {age}M, {n} kg, {dx}, on {rx} {n} mg, creatinine {n}, came in with {sx} yesterday.
----
Pt initials {init}, {age}M, {dx}, seen {n}/{n}. Started {rx}.
{age} year old man, initials {init}, came to the clinic on {date} with {sx}; known {dx}; changed to {rx}.
72F w/ CHF and {dx}, admitted {date} for {sx}, diuresed, d/c on {rx}.
SOAP: S: mother says child has {sx} for {n} days. O: temp {n}. A: {dx}. P: {rx}, recheck {date}.
This {age} y.o. female was brought by ambulance on {date} after she collapsed at home. She has {dx} and takes {rx}.
Client {init} attended session {n} on {date}. Mood low, reports {sx}, conflict with her father. Continue {rx}.
Room {n}: {init}, post-op day {n}, {dx}, pain {n}/10, on {rx}, wife visited.
Summarize the note: the patient, a {age}-year-old {job}, noted {sx} {n} days ago. Exam unremarkable. Impression: {dx}. Will try {rx}.
"""

COURT = r"""
The applicant, {title} {P}, was born in {year} and lives in {C}.
The applicant is a {nrp} national who was born in {year} and is detained in {C}. She was represented by {title} {I}, a lawyer practising in {C}.
On {date} the applicant was arrested on suspicion of robbery and taken to the {C} police station.
By a judgment of {date} the {C} Regional Court found the applicant guilty of fraud and sentenced him to {n} years' imprisonment.
The applicant appealed to the Supreme Court, which dismissed her appeal on {date}.
In {date} the applicant's wife, {F}, gave birth to a son, {F}. The couple separated in {year} and she was given custody.
The applicants, {title} {P} and {title} {P}, are a married couple living in {C}.
On {date} {title} {L}, a doctor at {H}, examined the applicant and noted bruises on his back and left arm.
In {year} the applicant company, {O}, brought an action against {P} for payment of {m}.
The defendant, {P}, aged {age}, of {A}, {C}, pleaded guilty to theft on {date}.
{title} {L} testified that he had seen the accused leave the house at {A} at {t} with a knife.
On {date} the prosecutor charged {title} {L} with bribery. He was released on bail on {date}.
The victim, a {age}-year-old girl, told the police that her stepfather had beaten her on {date}.
The claimant worked as a {job} for {O} from {year} until he was dismissed on {date}.
The plaintiff {P} suffered injuries to her spine in a collision in {C} on {date} and claims {m}.
The parents divorced in {year}. By a decision of {date} the District Court granted the mother sole custody of the child, who had been living with her since birth.
The Government were represented by their Agent, {title} {P}, of the Ministry of Justice.
The applicant's lawyer requested his release; the request was refused on {date} because he might flee.
On {date} he lodged an application with the {C} Administrative Court, which was rejected as out of time on {date}.
She had been diagnosed with {dx} and was placed in {H} against her will from {date} to {date}.
The case originated in an application (no. {case}) against {K} lodged by a {nrp} national, {title} {P}, on {date}.
He entered {K} on {date} and applied for asylum, stating that he had been beaten by soldiers because his brother had joined the rebels.
The appellant had been convicted in {year} of possessing heroin and had served {n} months in {C} prison.
The landlord, {P}, gave notice to the tenant on {date}, alleging unpaid rent of {m} for the flat at {A}.
The deceased, {P}, was shot by officer {L} near {A} in {C} on {date}. His mother lodged a complaint.
A medical certificate issued on {date} stated that the applicant had a fracture of the left hand and showed signs of {dx}.
{title} {P}, the appellant, has been serving a life sentence in {C} since {year}.
On {date} the {C} County Court quashed the decision of {date} and awarded {title} {L} {m} in damages.
The accused, aged {age}, had known the witness since {year}; they had met at a party in {C}.
{title} {L}, the defendant, denied having pushed the plaintiff from the stairs of his house in {C}.
On {date} {O} dismissed the claimant, who had been absent through illness since {date}.
The applicant maintained that the police officers had threatened him and had not allowed him to call a lawyer.
The petitioner, a {job} from {C}, was found in possession of {n} grams of cocaine on {date}.
On {date} the investigating judge extended the detention of {title} {L} by {n} months.
In his statement of {date} the witness {L} said that the defendant had not been at home that night.
The applicant's daughter was placed with a foster family on {date}; he was allowed to see her once a month.
{title} {L} died on {date}. His heirs, {F} and {F}, wished to continue the proceedings.
The complainant stated that the accused had touched her in the lift of the hotel in {C}.
On the same day the applicant was examined by a doctor, who found several bruises.
The applicant alleged that he had been refused medical treatment in prison.
The applicant was informed of the decision on {date} and did not appeal.
He was unemployed, had no income and lived with his mother in {C}.
Since {year} the applicant has been a member of the {C} bar; disciplinary proceedings were opened against him on {date}.
The applicant's request for legal aid was granted on {date}.
By a letter of {date} {title} {L} asked the court to be allowed to see the file.
The first applicant is the mother of the second applicant. They live in {C}. The father of the child is unknown.
The court of first instance heard {title} {L} and {title} {L} as witnesses and acquitted {P}.
On {date} the applicant married a {nrp} national, with whom he has three children born in {year}, {year} and {year}.
The applicant lodged a constitutional complaint, which was declared inadmissible on {date}.
----
The first applicant was born in {year} and the second applicant, his daughter, in {year}. They live in {C}.
{title} {P}, the petitioner, is serving a sentence of {n} years in the prison of {C}.
Before the District Court {title} {L} stated that on {date} he had lent {m} to the respondent.
The police searched the applicant's flat on {date} and seized a computer and two mobile telephones.
According to a medical report of {date} the applicant had a broken rib and suffered from {dx}.
On {date} the {C} Court of Appeal upheld the judgment of {date} and ordered {P} to pay the costs.
The accused, a {nrp} {job} aged {age}, had met the complainant in a bar in {C} on {date}.
Her request to see her son {F} was refused by the social services of {C} on {date}.
The applicant submitted that the guards had kicked him after he had refused to leave his cell on {date}.
On {date} {O} terminated the contract of employment of the plaintiff, who had been off sick since {date}.
The testator, {P}, died in {C} on {date} and left his house at {A} to his niece.
The applicant complained that his detention from {date} to {date} had been unlawful.
In {date} the second applicant applied to have her surname changed to {L}; the registry refused.
Counsel for the appellant, {title} {L}, argued that his client had been {age} years old at the time of the offence.
He was deported to {K} on {date}, where his two brothers had been killed.
The respondent, {title} {L}, denied that she had struck the claimant's car in {C} on {date}.
Mrs {L} gave evidence that her late husband had signed the will at {H} on {date}.
It was established that {P} had transferred {m} from the account of {O} to his own on {date}.
"""

HR = r"""
Employee {P} ({mail}) was warned on {date} for being late. Salary {m}. Manager: {F} {L}.
{F} in my team earns {m} less than {F}. How do I explain that to her?
We have to let {P} go. He has worked at {O} since {y} and has been on sick leave with {dx}.
Is it legal to fire my employee? She is {n} months pregnant and a member of the union.
Write the minutes: {F} reported that {F} {L} of {O} wants to cancel. {F} will call her on {date}.
My coworker {F} told everybody that I'm gay. I want to report him to {title} {L} of human resources.
----
Prepare a warning letter for {P}, who did not come to work from {date} to {date}.
Interview notes: {P}, {age}, {nrp}, asks {m}, can start {date}, nervous, asked about prayer breaks.
One of my employees, {F}, has {dx} and asks for a part-time contract. What must I do?
"""

LEGALHELP = r"""
My landlord {title} {L} wants to throw me out of {A} because I complained about mould. What are my rights?
I was arrested in {C} on {date} for drunk driving. It is my second time. Will I go to prison?
My ex-husband {F} does not pay for our children {F} and {F}. He earns {m} at {O}. Can I sue him?
Our client {P} signed the contract with {O} on {date}. The other side says she was drunk. Draft our reply. Privileged and confidential.
My brother {F} and I inherited our father's house at {A}. He wants to sell it and I don't.
I owe {m} to {O} and can't pay. They threaten to take my car. I earn {m} a month. What can I do?
Draft a will for me, {P}, born {dob}: house at {A} to my daughter {F}, everything else to {F}.
My neighbor {P} hit my dog with his car on {date}. He refuses to pay the vet.
----
I crashed into {P}'s car in {C} on {date} without insurance. She wants {m}. What should I answer?
My wife cheated on me with {F} from {O}. How do I get custody of our {n}-year-old?
Attorney-client privileged. Our client {O} received a claim from {P}, former {job}, for harassment by {title} {L}.
I have a criminal record from {y} for selling drugs. Do I have to tell {O} in my application?
Write a power of attorney: I, {P}, of {A}, {C}, passport {pass}, authorise {P} to sell my car.
"""

CHAT = r"""
{F}: hey are you coming on {date}?\n{F}: no my dad is in hospital :(\n{F}: oh no what happened\n{F}: heart attack
I think my girlfriend {F} is cheating on me with {F}. We live together in {C}. What should I do?
dear diary, today {F} kissed me behind the school. I can't tell {F} because she likes him too.
I hate my body and my mother {F} keeps telling me that I am fat. I'm {n}.
Roast my friend {F} {L}, she works at {O} in {C} and always forgets her keys.
My boss {F} asked me out. I'm married. I work at {O} and I need this job.
Give me gift ideas for my aunt {F}, {age}, who lives in {C} and has {dx}.
write a poem for my wife {F}, we met in {C} in {y} and have two sons, {F} and {F}
Write a story about me, {F}, and my friends {F} and {F} from {C} going camping.
----
my best friend {F} stole money from me and now says it was {F}. we all live at {A} in {C}. help
I am in love with my teacher {title} {L}. I'm {n}. Should I tell him?
I lost my job at {O}, my wife {F} is ill and we owe {m} to her father. I feel like giving up.
Write a funny speech for the wedding of my brother {F} and {F} on {date}. They met at {O}.
{F} [{t}]: did you see what {F} wrote about me\n{F} [{t}]: yes, she told everyone that you have {dx}
"""

RECORDS = r"""
{{"name": "{P}", "dob": "{dob}", "ssn": "{ssn}", "phone": "{tel}", "email": "{mail}"}}
id,name,email,phone,city\n{n},{P},{mail},{tel},{C}\n{n},{P},{mail},{tel},{C}
Customer: {P}\nCard: {card}\nBilling address: {A}, {C} {zip}\nPhone: {tel}
{date} {t} ERROR payment failed for user {user} ({mail}) from {ip} card {card}
Full name: {P}\nDate of birth: {dob}\nPassport: {pass}\nAddress: {A}, {C}
INSERT INTO patients VALUES ('{P}', '{dob}', '{dx}', '{tel}');
----
<customer><name>{P}</name><mail>{mail}</mail><iban>{iban}</iban></customer>
first_name={F}&last_name={L}&email={mail}&street={A}&city={C}
| {P} | {dob} | {dx} | {tel} |\n| {P} | {dob} | {dx} | {tel} |
Guest: {P}, room {n}, arrival {date}, card {card}, mobile {tel}
"""

KNOWLEDGE = r"""
What is the capital of {K}?
Who wrote the novel about the {job} in {C}?
Explain the theory of relativity that Albert Einstein published in {y}.
What were the main reasons for Napoleon's defeat at Waterloo?
Compare the poems of Emily Dickinson and Walt Whitman.
Who was the president of {K} in {y}?
List the {n} largest cities of {K} by population.
What did Marie Curie discover, and in what year did she win the Nobel Prize?
How did {O} become so successful? Describe its business model.
When did {O} buy {O}, and for how much?
What is the difference between {rx} and {rx}?
What are the symptoms of {dx} and how is it treated?
Is {dx} hereditary?
Summarize the plot of Romeo and Juliet in three sentences.
Which {nrp} painters influenced Pablo Picasso?
Describe the political system of {K}. When did women get the right to vote?
What does the Bible say about forgiveness?
How many planets are there, and who discovered Neptune?
Tell me three facts about Queen Victoria and Charles Darwin.
What is the boiling point of water on Mount Everest?
In {y}, the parliament of {K} passed a law about cancer screening. Discuss its effects.
Which of the following best describes the role of insulin? (A) It raises blood sugar (B) It lowers blood sugar (C) Both (D) None
A {age}-year-old man comes to the physician because of {sx}. Which of the following is the most likely diagnosis? (A) {dx} (B) {dx} (C) {dx} (D) {dx}
Give me a list of famous scientists born in {C}.
Translate "good morning, how are you?" into French and Spanish.
Who directed the film Titanic and who played the main roles?
What are the pros and cons of trade unions and of collective bargaining?
How does a court of appeal differ from a trial court?
What is attorney-client privilege?
How does HIPAA define protected health information? Give examples such as names, phone numbers and medical record numbers.
Explain what an IBAN is and how its check digits work.
Is it normal to feel tired in winter? How can one sleep better?
A {age}-year-old woman is brought to the emergency department with {sx}. Which of the following is the best next step? A. {rx} B. {rx} C. Biopsy D. Reassurance
A {age}-year-old man has {sx} and takes {rx}. What is the most appropriate treatment? (A) {rx} (B) {rx} (C) {rx}
A patient with {dx} is given {rx}. Which side effect is most likely? A {sx} B {sx} C {sx}
How can I tell whether a friend is depressed? Give me general signs.
How do I explain death to my children?
My dog eats grass. Why do dogs do that?
I like history. Which book about {K} would you recommend to me?
I am learning German. What is the difference between "der" and "den"?
Explain {dx} to me like I'm five years old.
Tell me about the relationship between Antony and Cleopatra.
Who was the wife of Henry VIII that was executed first?
Describe the childhood of Mozart and how his father taught him.
When was Queen Elizabeth II born and when did she marry?
Why was Oscar Wilde arrested and sentenced?
How can I drink less alcohol? Any general tips?
----
Why did Galileo Galilei have to stand trial in {y}?
What is the population of {C}, and on which river does it lie?
Name {n} novels by Jane Austen and Leo Tolstoy.
What is the typical dose of {rx} in children?
Why was {O} founded and who are its competitors?
Discuss the foreign policy of {K} since {y}.
How is {dx} diagnosed in adults?
Did Abraham Lincoln free all the slaves at once?
What is the meaning of life according to Aristotle, Kant and Buddha?
A {age}-year-old woman has {sx} and a history of {dx}. What is the best next step in management? A) {rx} B) {rx} C) Surgery D) Observation
What rights does an employee have when the employer ends the contract in {K}?
Who won the football world cup in {y} and who scored the goals?
Explain the case Brown v. Board of Education for a law student.
Write an essay about the life of Nelson Mandela.
What religions are practised in {K}? Which of them is the oldest?
What is a social security number and why is it secret?
"""

WORD_PROBLEMS = r"""
{F} has {n} apples and buys {n} more. How many apples does {F} have now?
{F} is {n} years old. Her brother {F} is twice as old. How old will {F} be in {n} years?
A train leaves {C} at {t} and travels at {n} km/h. When does it reach {C}, {n} km away?
{F} earns ${n} an hour. She works {n} hours a week and gives a quarter to her mother. How much does she keep?
{F}, {F} and {F} share {n} marbles in the ratio {n}:{n}:{n}. How many does {F} get?
Mr. {L} drives {n} miles to work and back five days a week. How many miles does he drive in {n} weeks?
{F}'s mother is {n} years older than {F}. In {n} years she will be three times as old. Find their ages.
A patient takes {n} mg of a drug every {n} hours. How many mg does the patient take in {n} days?
Dr. {L} has {n} patients a day and spends {n} minutes with each. How many hours does he work?
Nurse {F} gives {n} pills to each of her {n} patients. How many pills does she need?
{F} and his wife {F} drive {n} km to visit her mother. They drive {n} km an hour. How long does it take?
Professor {L} grades {n} papers an hour. How many days does she need for {n} papers?
{F} is married to {F}. Together they are {n} years old. {F} is {n} years older. How old is each?
My brother has {n} stamps and I have twice as many. How many do we have together?
I have {n} apples. I give {n} to my sister and eat {n}. How many do I have left?
A lawyer charges ${n} an hour. {F} paid her ${n}. For how many hours did she work?
----
Mrs. {L} bakes {n} cookies and her {n} students eat {n} of them. How many are left?
{F} bought a house for ${n},000 and sold it for {n}% more. What was the profit?
If {F} reads {n} pages a day, how long does it take her to read a book of {n} pages?
{F} and her husband {F} save ${n} a month for their wedding. How much do they have after {n} months?
Dr. {L} sees {n} patients an hour. How many patients does she see in {n} days of {n} hours?
"""

CODE = r"""
Write a Python function that checks whether an e-mail address such as jane@example.com is valid.
def test_user():\n    user = User(name="John Doe", email="john@example.com", phone="555-0100")\n    assert user.name == "John Doe"
How do I mask a credit card number like 4111 1111 1111 1111 in JavaScript?
SELECT name, email FROM users WHERE created_at > '{date}' ORDER BY name LIMIT {n};
Why does my code print None?\n\ndef add(a, b):\n    print(a + b)\n\nresult = add({n}, {n})
Write a regular expression that matches US social security numbers like 123-45-6789.
class Patient:\n    def __init__(self, name, dob, diagnosis):\n        self.name = name\n        self.dob = dob
docker run -p 127.0.0.1:8080:80 -e PASSWORD=changeme nginx
What does `git rebase -i HEAD~{n}` do?
{{"name": "Jane Doe", "email": "jane.doe@example.org", "address": "123 Main Street, Anytown"}} Convert this to XML.
import pandas as pd\ndf = pd.read_csv("patients.csv")\nprint(df.groupby("diagnosis")["age"].mean())
Given a list of employees with name and salary, return the highest paid one. Example: [("Alice", 100), ("Bob", 200)]
Fix: TypeError: cannot read property 'address' of undefined at getUser (user.js:{n}:{n})
[{date} {t}] INFO worker-{n}: processed {n} records in {n} ms
for patient in patients:\n    if patient.age > {n}:\n        print(patient.id, patient.diagnosis)
struct person {{ char name[{n}]; int age; struct person *mother, *father; }};
Write unit tests for the class Employee with the fields name, salary and manager.
class Customer(models.Model):\n    first_name = models.CharField(max_length={n})\n    email = models.EmailField()
Why is my SQL query slow? SELECT * FROM patients JOIN visits ON patients.id = visits.patient_id WHERE visits.date > '{date}'
Let p = new Person("Bob", {n}); console.log(p.name, p.age); // what is printed?
Write a function that computes the age of a person from the date of birth.
My program crashes with a segmentation fault when I free the list. What should I look for?
I get this error when I run my tests: AssertionError: expected {n}, got {n}. I don't know why.
----
Create a test fixture with two users, Alice (alice@example.com) and Bob (bob@example.com).
Write a C function that validates an IBAN like GB82 WEST 1234 5698 7654 32.
How can I store passwords safely in PostgreSQL? INSERT INTO users (login, password) VALUES ('admin', 'secret');
Implement a class BankAccount with owner, balance, deposit and withdraw.
What is wrong here? for i in range({n}): patient = patients[i]; print(patient.name, patient.age)
curl -X POST http://localhost:8080/users -d 'name=test&phone=555-0123'
const user = {{ id: {n}, name: "Test User", ip: "192.168.0.{n}" }}; // why is user.name undefined?
"""

FICTION = r"""
Write a short story about a knight named {F} who lives in a castle near {C} and fights a dragon.
Continue: {F} opened the door slowly. "Who is there?" she whispered. Nobody answered.
Describe a fictional detective. Give him a name, an address and a sad past.
Write a dialogue between Sherlock Holmes and Doctor Watson about a missing patient.
Write a scene in which Harry Potter and Hermione meet Darth Vader in {C}.
Invent a character sheet for a game: name {F} the Brave, age {n}, class wizard.
Write a poem about a lonely lighthouse keeper.
Generate ten fake names and phone numbers for testing.
Tell a story about a bear named {F} who misses his mother and sister.
Write a short story in which {F} and her husband {F} find a treasure in {C}.
In my novel the detective {F} {L} is divorced and drinks too much. Write the first chapter.
Write a scene: a doctor tells {F} that her father has died. She cries.
Write a song about my broken heart.
I am writing a crime novel. The victim, {F}, was shot in {C}. Who could the murderer be?
Create a character: {F} {L}, age {n}, vampire, secret: killed his brother.
Write a sitcom scene where {F} and {F} get a divorce because of a cat.
----
Tell me a bedtime story about a rabbit called {F} and his mother.
In my fantasy novel the queen {F} is poisoned by her brother {F}. Suggest three endings.
Write a monologue for Hamlet after his mother has married his uncle.
Make up a dating profile for Dracula.
"""

GENERAL = r"""
Give me a recipe for a chocolate cake for {n} people.
What should I pack for a week in {C} in winter?
Write a slogan for a new brand of coffee.
How do I ask for a raise? Give me five tips.
Write a cold email that sells accounting software to small companies. Use [Name] as a placeholder.
Rewrite this sentence in the passive voice: The dog chased the cat across the garden.
What is a good workout plan for beginners?
Suggest names for a baby girl.
Plan a three-day trip to {C} and {C}.
Write a job advertisement for a {job} at a hospital in {C}.
What are good interview questions for a {job}?
How do I treat a mild headache at home?
Write a template for a letter of resignation with [Your Name] and [Date].
Make a table of the {n} largest companies such as {O} and {O} with revenue and year of foundation.
{O} said on {d} that profits rose by {n} percent. Shares fell in {C}. What might be the reason?
Classify the sentiment: "The food was great but the service was slow."
Explain to a child how vaccines work.
I want to learn the guitar. Where should I start?
Can you recommend a book about the history of {K}?
I have tomatoes, pasta and basil. What can I cook for me and my friends?
I need a gift for my nephew. He likes games. Any ideas?
How can I keep my neighbour's cat out of my garden?
I like to host guests at my home. Can you give me a recipe for a {nat} dish?
What should I wear to a job interview?
We want to organise a picnic for our team. What do we need?
Help me plan my week: I want to exercise, read and cook more.
I'm bored. What can I do this evening in {C}?
Give me directions from the museum to the central station in {C}.
My phone does not charge any more. What can I try?
I want to start a blog about travelling. Give me five names.
Write a polite email asking for feedback on a dashboard.
----
How can I remove a red wine stain from a carpet?
Write a product description for a waterproof backpack.
What are the best restaurants in {C}?
Draft a generic privacy policy for a small web shop.
Give me {n} ideas for a team event in {C}.
Write a tweet that announces our new app.
I'm planning to buy a car. What should I look for?
Compare the phones of {O} and {O}.
Write an email template to invite customers to a webinar: Dear [First Name], ...
How much protein does an adult need per day?
"""

LAW = r"""
Section {n} of the Criminal Code provides that theft is punishable by up to {n} years' imprisonment.
The Court reiterates that the right to a fair trial requires that a party have a reasonable opportunity to present its case.
Under Article {n} of the Convention everyone has the right to respect for private and family life, home and correspondence.
The relevant parts of the Code of Civil Procedure, as in force since {y}, read as follows.
The Contracting State must ensure that its legal system meets this requirement; the means are left to the State.
According to the Court's settled case-law, the reasonableness of the length of proceedings must be assessed in the light of the circumstances.
The Act of {y} on the Execution of Judgments sets out the conditions under which a prisoner may be released on parole.
It is for the national authorities, notably the courts, to interpret and apply domestic law.
Such a measure must be prescribed by law, pursue a legitimate aim and be necessary in a democratic society.
An appeal may be lodged within {n} days of service of the decision. The appellate court may uphold, amend or quash it.
The Tenant shall pay the Rent to the Landlord on the first day of each month. Notices shall be in writing.
The domestic courts enjoy a margin of appreciation in matters of this kind, subject to European supervision.
The Committee of Ministers adopted a recommendation on the detention of foreigners in {y}.
Judges are appointed for life by the head of state on a proposal of the National Council of the Judiciary.
----
Article {n} § {n} of the Constitution guarantees the freedom of expression.
The principle of proportionality requires that a fair balance be struck between the interests at stake.
Where a person is detained, the court must decide on the lawfulness of the detention within {n} hours.
Section {n} ({n}) of the Housing Act {y} allows a landlord to give notice if the rent is more than {n} months in arrears.
Costs are awarded only in so far as they were actually and necessarily incurred and are reasonable as to quantum.
This provision was amended with effect from {y}; the limitation period is now {n} years.
The burden of proof rests on the party that relies on the fact. Hearsay is admissible within limits.
The Court considers it appropriate that the default interest be based on the marginal lending rate, to which three percentage points should be added.
"""

NEWSITEMS = r"""
{O} reported a profit of {m} for the third quarter, up {n} percent from a year earlier.
{K} and {K} signed a trade agreement in {C} on Monday after {n} years of talks.
{C} beat {C} {n}-{n} on Saturday. Coach {L} praised his team.
Scientists at {O} have found a new way to store energy, the journal reports.
Heavy rain is expected in {C} and in the north of {K}; schools remain closed.
The city council of {C} voted on Tuesday to build a new library.
----
The central bank of {K} raised its interest rate by {n} basis points on Thursday.
{O} will open a factory in {C} and create {n} jobs, the company announced.
The festival in {C} drew {n} thousand visitors this year.
"""

PRIVATE = {"sentences": SENTENCES, "letters": LETTERS, "cv": CV, "doctor": DOCTOR, "clinical": CLINICAL, "court": COURT,
           "hr": HR, "legal": LEGALHELP, "chat": CHAT, "records": RECORDS}
CLEAN = {"knowledge": KNOWLEDGE, "word problems": WORD_PROBLEMS, "code": CODE, "fiction": FICTION, "general": GENERAL,
         "law": LAW, "news": NEWSITEMS}


def parsed(side):
    """{register: (private, templates)} of one side, "train" or "measure"."""
    result = {}
    for private, group in ((True, PRIVATE), (False, CLEAN)):
        for name, text in group.items():
            train, measure = text.strip().split("\n----\n")
            lines = (train if side == "train" else measure).split("\n")
            result[name] = private, [line.replace("\\n", "\n").replace("\\t", "\t") for line in lines]
    return result
