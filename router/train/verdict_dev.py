"""
Texts to try the verdict on: written for this, about invented people and about nobody, in other words than the
training grammar's and before looking at it. Never trained on. `measure_verdict.py --dev` prints what comes out.
"""


def texts(block):
    return [text.strip() for text in block.strip().split("\n%\n")]


COURT_PERSONS = texts("""
5. The applicant was born in 1968 and lives in Oradea. At the time of the events he worked as a foreman at a state-owned
sawmill.
%
On 14 March 2006 two officers came to the applicant's flat and asked her to follow them to the station, where she was kept
until the early hours of the next day without being told of what she was suspected.
%
The first applicant, Mr Zoltan Keresztes, is a Hungarian national. He was represented before the Court by Ms Vadas, a lawyer
practising in Miskolc.
%
12. In her submissions of 3 June 2011 she maintained that the prison doctor had refused to see her for nine days although she
had a high temperature and could not keep food down.
%
Tidewell was pulled over on Route 9 shortly after midnight. Trooper Hanscom smelled alcohol and saw an open can between the
seats. A search of the trunk turned up a loaded .38, and Tidewell, a felon, was indicted under section 922(g).
%
The claimant began work for the respondent as a night porter on 2 November 2015. She told her line manager in April that she was
expecting a child. Her shifts were cut from five to two a week in the month that followed.
%
After the divorce the mother moved with the two boys to Leeuwarden. The father, who had remarried, saw them every other weekend
until he was diagnosed with a bipolar disorder in the spring of 2009.
%
Ms. Okonjo testified that she slipped on a wet floor near the dairy aisle and that a clerk had walked past the spill twice. She
underwent surgery on her left hip in Dayton six weeks later and has not gone back to work.
%
21. The applicant's brother, who had been taken from the same cell, was found dead on 30 July. The certificate gave heart failure
as the cause. Their father asked for a second autopsy and got no reply.
%
The appellant pleaded guilty to two counts of wire fraud and was sentenced to 41 months. She now contends that her counsel never
told her that she might be removed to Ghana.
%
He had joined the party in 1987 and left it three years later. In 1994 he was dismissed from the customs service for having been
an informer of the former secret police, which he has always denied.
%
The Tribunal accepts that Mr Penhaligon found the open-plan office hard because of his autism, and that he said so to HR in his
e-mail of 9 May.
%
At 3.40 p.m. the boy, then aged eleven, left school on his own. A neighbour saw him get into a grey van. His body was found on
the bank of the Sava on the Sunday.
%
Petitioner Farrukh Daniyarov, a native and citizen of Uzbekistan, entered the United States in 2003 on a student visa and stayed
after it ran out. He says that he was beaten by police in Namangan for attending Friday prayers.
%
The defendant denied having struck his wife. He told the officers that she had fallen on the stairs, and that the marks on her
neck came from a necklace.
%
8. The second applicant is his widow. She lives with their three children in a settlement of container homes outside Naples.
%
The flat was let to the tenant in 1979 for 410 schillings a month. When her husband died in 1996 the landlord, a Mr Hruby, sought
possession on the ground that the lease had been his alone.
%
The victim identified Mr. Castellan from a photograph. She had known him from church. At trial she wept and could not look at the
dock.
%
By a letter of 17 January 2008 the bailiff informed the applicant that her pension would be attached for her late son's debts.
%
The worker, a 46-year-old scaffolder from Gateshead, fell some nine metres and broke his pelvis. The site manager had signed the
inspection sheet without going up.
%
Dr Ellinor Brandvold examined the child on 2 October and noted old bruises on both thighs. The foster parents reported that she
woke screaming.
%
The applicant complained that his letters to his lawyer had been opened in Tver remand prison, and that on one occasion a guard
had read aloud from them.
%
In 2012 Bryce inherited the farm from his aunt. His cousin Tamsin alleged that the old lady, who had dementia, did not know
what she signed.
%
The taxpayer, a dentist in Ghent, did not declare what her practice took in cash in the years 1998 to 2001. On appeal the fine
was lowered to a third.
%
33. The police officer stated that he had fired one shot into the air and one at the car's tyres. The bullet hit Ms Aslanova, who
sat in the back, below the shoulder blade.
%
Respondent is a lawyer admitted in 1991. He took 62,000 dollars from the estate of a client of 88 and put it into his own account.
%
The applicants are husband and wife. They had taken in a girl of four months, whose mother was in prison, and wished to adopt
her.
%
Quarles was twenty when he was arrested for the robbery of a gas station in Biloxi. His mother told the jury of his father's
drinking.
%
The Secretary of State refused the claim on 6 August. He did not believe that the claimant was a Christian convert from Isfahan,
since she could not name the apostles.
%
On the day of the hearing the accused was not brought from hospital, where he was being treated for tuberculosis. His lawyer's
motion to adjourn was dismissed.
""")

COURT_NOBODY = texts("""
The Court reiterates that the right of access to a court is not absolute and may be subject to limitations, provided that these
do not impair the very essence of the right.
%
47. It follows that this complaint is not manifestly ill-founded within the meaning of Article 35 § 3 (a) of the Convention. It
is not inadmissible on any other grounds and must therefore be declared admissible.
%
We review a grant of summary judgment de novo, viewing the evidence in the light most favorable to the nonmoving party.
%
Section 12 of the Housing Act provides that a tenancy at will may be ended by either side upon one month's notice in writing,
unless the parties have agreed to a longer term.
%
The Court considers it appropriate that the default interest rate should be based on the marginal lending rate of the European
Central Bank, to which should be added three percentage points.
%
FOR THESE REASONS, THE COURT, UNANIMOUSLY, 1. Declares the application admissible; 2. Holds that there has been a violation of
Article 6 § 1 of the Convention; 3. Dismisses the remainder of the claim for just satisfaction.
%
A statute must give a person of ordinary intelligence fair notice of what is forbidden. Vagueness may be excused where a scienter
requirement narrows what the legislature wrote.
%
The relevant provisions of the Code of Criminal Procedure, as in force at the material time, read as follows: "A suspect may be
remanded in custody where there are grounds to fear that he will abscond, reoffend or tamper with evidence."
%
In assessing whether an interference was necessary in a democratic society, the national authorities enjoy a margin of
appreciation, whose width depends on the nature of the right and the aim pursued.
%
The abuse-of-discretion standard is deferential, but an error of law is by definition an abuse of discretion.
%
The burden lies on the employer to show that the reason for the dismissal was one of those set out in section 98(2). It is
then for the tribunal to decide whether it acted reasonably in treating that reason as sufficient.
%
According to the Court's case-law, an applicant is entitled to the reimbursement of costs and expenses only in so far as it has
been shown that these were actually and necessarily incurred and are reasonable as to quantum.
%
The Government raised a preliminary objection of non-exhaustion of domestic remedies. They argued that an action for damages
would have offered adequate redress.
%
Under the Fourth Amendment, a warrantless search of a home is presumptively unreasonable. The exigent-circumstances exception
applies only where delay would gravely endanger lives.
%
The Directive leaves it to the Member States to choose the form and method of transposition. It precludes, however, national
rules under which leave not taken lapses automatically at the end of the reference period.
%
Children must be heard in all proceedings that concern them, in a manner suited to their age and maturity. The report of the
Committee recommends that States parties set no lower limit.
%
It is settled that ambiguities in a contract of insurance are construed against the insurer who drafted it.
%
The Ministry issued an instruction in 1998 under which prisoners are to have at least four square metres each, one hour of
outdoor exercise a day and a shower twice a week.
%
Contributory negligence does not bar recovery in this jurisdiction; it reduces the award in proportion to the fault of each
party.
%
The Court recalls that Article 3 enshrines one of the most fundamental values of democratic societies. It prohibits in absolute
terms torture and inhuman or degrading treatment, irrespective of the victim's conduct.
%
An appeal lies to the Upper Tribunal on a point of law only. Permission must be sought within one month of the date on which
written reasons were sent.
%
Possession may be actual or constructive. A person has constructive possession of a thing when he knowingly has both the power
and the intention to control it.
%
The Constitutional Court held that the amendment was compatible with the principle of equality, since the legislature may treat
different groups differently where there is an objective reason.
%
Costs follow the event. No order is made as to the costs of the interlocutory application, on which each side had some success.
%
The parties shall exchange lists of documents no later than 28 days before the hearing. Witness statements stand as evidence in
chief. The time estimate is two days.
%
Persons who suffer from a mental disorder may be detained without their consent where two doctors certify that it is needed for
their own safety or that of others.
%
Hearsay is a statement, other than one made by the declarant while testifying, offered to prove the truth of what it asserts.
%
The report of the European Committee for the Prevention of Torture on its visit of 2004 noted overcrowding in remand prisons
and a lack of ventilation in the cells.
%
A trustee may not profit from the trust. The rule is strict: neither honesty nor lack of loss to the beneficiary is an answer.
%
The notion of "private life" is a broad one, not open to exhaustive definition. It covers a person's physical and psychological
integrity, name, image and, to a degree, relations with others.
""")

PRIVATE = texts("""
my tutor kid is called Elif (10, year 5, mum is Sibel). she mixes up b and d and cries when I ask her to read aloud. how do i
raise dyslexia with the mum without upsetting her?
%
so i matched w this guy Kofi on hinge, hes 31 works at the deloitte in canary wharf, and he told me on date 2 that he has herpes.
idk what to say back?? help me text him
%
Make this less harsh: "Hi Bronwyn, after three written warnings and the incident with Derek in the stock room on Tuesday we've
decided to let you go. Your last day is the 30th. Please hand your fob to Gail."
%
My H1B runs out on Feb 11 and Infosys says they won't extend. My wife Lakshmi is on H4 and 7 months pregnant. We're in Plano. What
are our options, can she still deliver here?
%
landlord (Mr Achterberg, owns the whole building on Nieuwe Binnenweg) came in while I was in the shower, 2nd time. i rent room 3.
draft me something firm in english
%
can you check if these interact: sertraline 100, tramadol 50 as needed, and the new thing dr pillai gave me for my migraines,
sumatriptan. im 44 and had a seizure in 2019
%
I owe 4.3k on my Capital One and 11k to my brother in law Stavros who's now threatening to tell my husband. I make 2,900 a month.
Make me a plan that keeps this quiet.
%
Fix the sql, it drops the second row
INSERT INTO customers (name, email, phone, dob) VALUES
('Marisela Quintanar','mari.quintanar@outlook.com','+52 55 3921 7740','1988-02-19'),
('Tobias Ehrenreich','t.ehrenreich@web.de','0171 4482093','1961-11-30'
%
caption for insta: me and Jules at the clinic for round 4 of ivf, fingers crossed, we havent told our parents yet
%
Write the school an excuse: my son Idris in 7B had an asthma attack last night, we were at Queen's Hospital A&E till 4am, he'll be
off until Thursday
%
Student ref 20-4471, Anneke V., failed the resit with 38. She emailed that her dad died in March. Can I still offer her a third
attempt? Write to the exam board chair for me.
%
hey so my sister just came out to me as trans and wants to be called Rowan, our dad is super catholic. how do i help her tell him
%
Rewrite as a formal complaint to Bupa. They refused my claim for the knee op because of 'pre existing', policy is under Gerald
Whitcombe, the op was at Spire Leeds, £8,450, and I never had knee trouble before the fall at work
%
turned 52 last week, perimenopausal, husband left me for his dental hygienist. write me a funny but dignified facebook status
%
pls translate to english for my lawyer: Mein Arbeitgeber, die Firma Holzbau Kettner in Passau, hat mir am 4. Mai gekündigt, obwohl
ich seit Februar wegen Depression krankgeschrieben bin.
%
Parse this into csv
John Abernathy / 14 Larkspur Ln, Boise / gate code 4471 / dog bites / pays cash
Mrs. Ruiz / 2208 E Fairview / key under pot / away till 6th
%
Is it bad that I read my daughter's diary? She's 15 and wrote that she cuts herself and that Mr. Lindqvist from swim team texts
her at night.
%
Our nanny, Precious Moyo, isn't on payroll, we pay her cash, 600 a week. She hurt her back carrying our toddler. Are we liable?
%
I was laid off from Wayfair today after 6 yrs. Need a linkedin post that sounds grateful but lets people know I'm on a visa with
60 days. Tag my old boss Priyanka Deol.
%
Dad's 78, had two falls this month, and yesterday he left the gas on. He lives alone in Tralee and says he'd rather die than go
into a home. My brother wants to sell the house. How do I talk to them both?
%
"Dear Prof. Hallgrimsson, I could not submit because I was hospitalised for anorexia from Oct 2 to Oct 20" - can you make it sound
less desperate
%
why does this fail to validate?
{"patient": "Nomvula Sithole", "sex": "F", "hiv_status": "pos", "cd4": 310, "next_visit": "2024-13-02"}
%
dating profile for me pls: 38M, divorced, 2 kids every other week, electrician from Hull, sober 3 yrs, likes fishing
%
My boyfriend Mateus works nights at the Amazon in Coalville and I think he's seeing a girl from his shift called Tasha. I got into
his whatsapp. What do i say
%
Performance review for Yusuf A.: late 9 times since January, customers complain about the smell of alcohol, but he is the best
welder we've got. He confided that his wife has MS. 150 words, fair but firm
%
Grandma's will leaves the cabin in Ely to my cousin Dale and nothing to me. She changed it two weeks before she died, on
morphine. can i contest this in minnesota
%
got a letter from HMRC saying I owe 6,212.40 for 21/22, my UTR starts with 48, I was on universal credit half that year. how do i
appeal
%
help. I hit a parked car outside the Lidl in Sligo last night after 4 pints and drove off. Its a small town someone will have seen
me. should i go to the guards
%
Summarize for handover: rm 12 Mrs Kowalczyk restless overnight, pulled cannula x2, daughter Ewa phoned angry re falls mat, 02 sats
91 on air, family wants no resus
%
Write a reference for my cleaner Dolores who is applying for a flat. She's been with us 9 years, came from Cochabamba in 2011,
never late, raised two kids on her own.
%
My therapist suggested I write to my abuser without sending it. He was my stepfather, Ray. It started when I was 8. Help me with
the first lines.
%
rent ledger
unit 4B - Thompson, D. - $310 behind - "lost job at the plant"
unit 6A - Nguyen family - paid
draft a notice to 4B
%
Hola, necesito una carta para mi jefa Rosario: no puedo trabajar el lunes porque mi hijo Iker tiene que operarse de la hernia en
el Hospital de Cruces.
%
ok so Bea from accounts told me in confidence that she's 10 weeks along and now Martin wants to put her on the Lagos project. how
do I object w/o outing her
%
Is 135/88 ok for a 61 y/o on amlodipine? my mother's numbers this morning. also her ankles are swollen
%
Please shorten my personal statement: I grew up in Zaatari camp after we fled Daraa in 2013. My father, a baker, was killed. I
learned English from YouTube. I want to study nursing at Malmö.
%
I coach u12 girls and one of the dads, Craig Naismith, shouts at his kid so badly she wets herself. club welfare officer is his
wife. what do i do
%
print name tags + allergies: Hugo Lindgren – nuts; Amara Obi – sesame, epipen in bag; Theo P. – coeliac
%
my ex's new address is 17 Glenburn Terrace, he owes 14 months of child support for Maisie, case w/ the CMS since 2020. write to
them again, stronger
%
I'm a pastor. A member of my church, Harold, admitted to gambling away the roof fund. His wife doesn't know. Sermon ideas that
reach him without exposing him?
%
Debug: user 88213 (gertrud.maas@gmx.net) gets charged twice, last on 3 Sept, card ending 4410. here's the log line:
charge ok uid=88213 amt=49.90 retry=1
%
im 17 and pregnant and in texas. my mom cant find out. what do i do
%
Roast my cv: Piotr Wachowiak, Gdynia. 2014-2019 able seaman, Maersk. 2019-now forklift, Ocado Erith. Gap in 2018 because of
prison (6 months, affray) - how do i word that
%
We adopted Linh from Da Nang when she was 14 months. Now her birth aunt found us on facebook. How do we answer her? Linh is 13
and does not know her mother is alive
%
Tell my flatmate Oskar nicely that he still owes 212 for the electricity and that his girlfriend can't live here for free
%
Turn these notes into an email to the parents of Callum R: bit another child, 2nd time, mum has new partner, seems tired, refers
to 'hiding in the wardrobe'. safeguarding has been told
%
my wife has stage 3 ovarian, starts carboplatin Monday at Christie. our girls are 6 and 9. what do we tell them tonight
%
quick bday poem for Auntie Meena turning 70, she beat breast cancer twice and still runs the corner shop in Leicester with Uncle
Bharat
%
I deliver for Glovo w/o papers, renting the account of a friend, Bilal. Police stopped me at Atocha on friday and took a photo of my
passport. What can happen
%
Can you tell from the bloods if I should worry: ALT 112, GGT 340, ferritin 890. I'm a bottle of wine a night person if honest. GP
app is on the 19th
%
Draft witness statement. I live opposite no 22. On sat about 11pm I saw Mr Doyle push his wife against the bins. She had a cut lip.
I have a doorbell video.
%
convert to a table: Smith J 4th period D+, absent 11x; Alvarez M 4th period A-; Whitefeather L 4th B, IEP, meds at noon
%
My manager Siobhán keeps touching my back when we do stock. I'm on a zero hours contract in the Dunnes in Ennis. I need to write to
head office but I cant lose the job
%
Ich, 29, habe meiner Freundin Carina nie gesagt, dass ich eine Tochter in Linz habe. Wie fange ich das Gespräch an?
%
write a gofundme: my nephew Deshawn, 8, sickle cell, needs a marrow transplant at Emory, his mom lost her job at Kroger driving him
there
%
Visa letter: I invite my mother-in-law Galina Shevchuk, passport FH 448120, to stay with us at 3 Elm Rise, Didcot from 2 to 30 July.
I will cover her costs.
%
my son got suspended for vaping, he has adhd and is on concerta 36. the dean, Ms Farr, said 'kids like him'. write her back
%
I've been sober 41 days. Slept with my sponsor, Gary. Do I tell the group?
%
Bitte kürzer: Sehr geehrte Frau Dr. Lohmeier, hiermit kündige ich den Kitaplatz unserer Tochter Malea zum 31.8., da wir uns
getrennt haben und ich mit ihr nach Celle ziehe.
%
guess the diagnosis lol: me, f 26, butterfly rash, joints hurt since summer, hair falling out, nan had lupus
""")

CLEAN = texts("""
How do I teach a ten-year-old who mixes up b and d? Looking for games, not worksheets.
%
What are good first messages on a dating app that aren't just "hey"?
%
Write a template for a dismissal letter for a small shop in England. Leave blanks for names and dates.
%
What's the difference between H1B and L1 visas, and which one lets a spouse work?
%
Is a landlord in the Netherlands allowed to enter a rented room without notice? Cite the rule.
%
Do sertraline and sumatriptan interact? Explain the mechanism of serotonin syndrome for a pharmacology exam.
%
Compare the avalanche and snowball methods for paying off credit cards with an example of three cards.
%
Why does my INSERT only add one row?
INSERT INTO customers (name, email) VALUES ('a', 'a@example.com'), ('b', 'b@example.com'
%
10 instagram captions for a bakery opening, playful, no hashtags
%
What should a school absence note contain? Bullet points please.
%
How do universities usually decide on third attempts at an exam?
%
How can parents support a trans teenager at a religious school? General advice.
%
How do private health insurers in the UK define a pre-existing condition?
%
Write a funny status about turning fifty.
%
Übersetze ins Englische: Der Arbeitgeber kann das Arbeitsverhältnis unter Einhaltung der Frist kündigen.
%
Turn this into csv: apples / 3 / 1.20, pears / 5 / 2.10, plums / 12 / 0.40
%
At what age do teenagers usually want more privacy, and should parents read diaries?
%
Do households in Illinois have to withhold tax for a nanny? What is the threshold this year?
%
Write a LinkedIn post announcing that our start-up is hiring two backend developers in Lisbon.
%
What warning signs of dementia should families look out for, and when is living alone no longer safe?
%
Improve: "The experiment was conducted in order to be able to find out if plants grow more better with music."
%
Why does this JSON not validate? {"id": 7, "tags": ["red", "blue",], "next": "2024-13-02"}
%
write me a python function that returns the age in years from a birth date, handle leap years
%
Is it ever ok to read a partner's messages? Make the case for both sides as a debate.
%
What makes a performance review fair? I need an outline for a half-day training of managers.
%
Under Minnesota law, on what grounds can a will be contested?
%
How does the UK's self assessment appeal process work and what are the deadlines?
%
What are the penalties for leaving the scene of an accident in Ireland?
%
Explain the SBAR format for nursing handovers.
%
What should be in a landlord's reference? Give me a fill-in form.
%
Give a short overview of trauma-focused therapy and its evidence.
%
Generate 5 rows of fake tenants for a demo database, obviously invented.
%
¿Cómo se conjuga el verbo "poder" en subjuntivo? Dame tres ejemplos.
%
What's a polite way to decline a meeting?
%
What is a normal blood pressure for people over sixty? Table by age group.
%
How long should a personal statement for nursing school be, and what are common mistakes?
%
Design a safeguarding policy for a youth football club.
%
List the fourteen allergens that EU law says must be declared.
%
How is child maintenance calculated when both parents earn?
%
Write a sermon on honesty and money, ten minutes, Luke 16.
%
Why would a payment be charged twice when a client retries? Explain idempotency keys with a sketch in Go.
%
Which US states require parental consent for minors' medical care?
%
How should a cv explain a gap? Short answer.
%
What rights do adoptees have to see their birth records in Sweden?
%
Split a 212 euro power bill among four flatmates when one was away for 10 of 30 days.
%
Read this poem and tell me what the wardrobe stands for: "I hid among the coats / and heard the house breathe out."
%
How does carboplatin work?
%
Write a birthday poem for a corner shop that turns 70.
%
What does EU law say about platform workers' employment status?
%
Which liver values rise with alcohol and which with bile duct problems?
%
Write a scene in which a neighbour sees an argument by the bins from behind her curtain. Second person, present tense.
%
The mean of 7 test scores is 81. One score is removed and the mean becomes 83. Which score was it?
%
Sofia is twice as old as her brother Milo. In 6 years she will be 1.5 times as old. How old is Milo?
%
Summarise the plot of Jane Eyre in four sentences.
%
What's the syntax for joining two data frames on several columns in pandas?
%
Explain sickle cell disease to an eight-year-old.
%
Which documents does a visitor need for a Schengen visa? Checklist.
%
Reply to a one-star review of our restaurant that complains of slow service. Friendly, two sentences.
%
How do twelve-step groups see the relation between a sponsor and a newcomer?
%
Kann man einen Kitaplatz fristlos kündigen? Kurz die Rechtslage.
""")

SETS = [(True, "court, about persons", COURT_PERSONS), (False, "court, about nobody", COURT_NOBODY),
        (True, "asked with private details", PRIVATE), (False, "asked, about nobody", CLEAN)]
