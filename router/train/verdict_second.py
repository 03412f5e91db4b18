"""
A second set to try the verdict on, of another wording than verdict_dev.py: written in one go before the training texts of
verdict_prompts.py were, looked at only as a whole. Never trained on. `measure_verdict.py --second` prints what comes out.
"""

from verdict_dev import texts

PRIVATE = """
Could you turn this into a proper cover letter? Teresa Vandermolen, 11 years in dialysis nursing at St. Antonius, moved to Tampa in
June with my two boys, Florida licence pending, hoping for the charge nurse opening at BayCare
%
Subject: Fwd: headcount
Gregor, confirming that Anjali and the two contractors in Brno go end of Q3. Please don't tell Anjali before the 14th, she is closing
the Raiffeisen deal. Severance is 3 months. - Helene
-> I am Gregor. Word an answer that says no without getting me into trouble.
%
SOP draft, cut to 500 words: I, Muhammad Talha Bukhari, completed my BS in Mechatronics at Air University Islamabad with 3.41 CGPA.
During my final year my father had a stroke and I ran his auto parts shop for eight months
%
what does this mean for me, the landlord sent it: "Ms Ferreira-Lund, your arrears of 1,940 make you liable to ground 8 possession. You
have until the 21st."
%
Got this on slack from Dmitri at 11pm: "either you or Paula is lying about the invoice, and I will find out." I didn't touch it. Reply?
%
Patient in bed 7, Mr Oyelaran, NSTEMI day 2, eGFR down to 28 after contrast, still on ramipril and metformin. Anything to hold? Wife
asks about going home Friday
%
Give me 5 headline options for my dating app. Me: Noor, 27, hijabi, paediatric resident in Leeds, wants kids, can't cook
%
minutes -> action list pls: Present: Fintan, Ludmila, Cyrus. Cyrus late again. Ludmila's mum in hospice so Fintan takes over Basel.
Bonus pool: Cyrus 4k, Ludmila 9k. Agreed not to tell Cyrus the numbers.
%
I think my accountant, Roy Pettifer of Pettifer & Daughters, has been skimming. 31,000 gone since 2022 and he says it is tax. Who do i
report him to in NSW
%
Can a person on a spouse visa (me, from Medellín, married to Kenneth in Duluth since 2021) file alone if he hits me? He keeps my
passport in the safe.
%
Why is this row rejected by my importer?
8841;Bartholomew;Inkster;1979-04-31;Type 1 diabetes;insulin glargine;Dr. R. Sandoval
%
Schreib mir bitte eine Entschuldigung für die Schule: Mein Sohn Levin, 4c, war gestern beim Kinderpsychologen und kam erst um 11 zum
Unterricht.
%
I caught Whitney from payroll selling vapes in the parking garage and she begged me not to report it as she's on parole. what would you
do
%
Help me answer question 14 of my naturalization form: in 2009 in Reno I was cited for solicitation, case dismissed. I'm a dental
hygienist now, married with 3 kids
%
Simplify this discharge letter for my grandad Alun, he's 83: "Admitted 3/11 with decompensated heart failure, EF 25 %, started on
bisoprolol 1.25. Bilateral effusions. Not for escalation beyond ward level."
%
Tenant screening summary. Applicant A: Keisha Rowntree, hairdresser, 2,150 net, CCJ from 2019, one cat. Applicant B: two students, no
guarantor. Recommend one and say why
%
I've been writing to a man in prison for two years. Leroy gets out in March after 14 for manslaughter and wants to move in. My daughters
are against. Honest opinion?
%
explain to me like i'm stupid: my husband's will names his first wife Renate as executor, we married 2015, house in Graz is in his name,
he passed on the 9th
%
{"ticket": 5521, "from": "Ignatius Boateng", "text": "I was locked out after my divorce, the account is still in my ex-wife's name and
she emptied it"} Classify urgency and suggest a reply
%
Bullet points for the parent conference: Zofia is 8, selectively mute since the move from Lublin, hits Marcel when he hums, mother
refuses testing
%
Make it rhyme: For our Nana Blessing on her 90th, who raised six of us in Kumasi after Grandpa Kwame drowned and who still beats
everybody at ludo
%
Write up the incident: Tuesday around quarter past two resident Elsie H was found on the bathroom floor by Marlon. Skin tear left
forearm, no head injury. Daughter rang at 15:10, very upset as it is the third time.
%
can they refuse my life insurance because i told them about the overdose when i was 19? been clean 12 years, work as a tram driver in
gothenburg
%
Rewrite, kinder: "Jolanta, you smell. Two customers said so this week. Please shower before your shift or we cannot keep you at the
till."
%
My brother-in-law Ferdinand wants us to co-sign for his third restaurant. The first two went bankrupt, and he still owes my mother
eighty thousand. My wife will be furious if I refuse.
%
pull names and what they owe out of this:
lunch fri: Tomasz 12.50 (paid), Ingrid 9, me 14, Ludo 9 but he left early bc of his chemo
%
traduce al inglés, es para el juzgado de familia: Desde octubre de 2020 el padre, Rubén Aldecoa, no ha pagado la pensión de nuestra hija
Nerea y solo la ha visto dos veces.
%
I'm a scout leader. Yesterday one of my cubs, Freddie, told me his uncle takes photos of him in the bath. Whom do I have to inform, and
how do I word it
%
letter of support for asylum: Farzaneh taught girls maths in her kitchen in Herat; they burned her house; she has been at our church in
Aalborg since 2022 and sings alto
%
hey, quick one: is lisinopril 20 and losartan 50 together a mistake?? thats what walgreens gave my stepdad, he's 70 and kidneys arent
great
%
Fill the gaps in my CV: 2011-16 line cook, Hotel Brack, Vaduz / 2016-18 looked after my mum (Alzheimer's) / since 2018 school caretaker
/ name Reto Hasler, born 4.6.84, two kids
%
Tell me if this text sounds jealous "saw you liked Giulia's pics again. all 9 of them. at 2am. we're done talking about it when you are"
%
This is Officer Pruitt's narrative, fix grammar: Upon arrival I spoke to Latoya Greer who stated her boyfriend known as Smoke had threw
a plate at her. I observed redness on her neck
%
i run a small gym. member Oksana P. broke her wrist on our rowing machine and her husband is a lawyer. she's been posting about it.
draft what I should say
%
what should i charge? I photograph newborns, last week did the Abernethy twins (prem, one still on oxygen), their dad said he'd pay after
payday and now won't pick up
%
Summarise the deposition: Q. Where were you on the night of the 6th? A. At my sister Corinne's in Bayonne. Q. Were you drinking? A. Two
beers. Q. And your medication? A. I had stopped the lithium.
%
plz help me tell my parents im failing pre med. theyre both surgeons at aiims, i havent gone to class since january, my roommate Vikram
thinks im depressed
%
Our priest, Father Dunstan, wants to baptise my sister's girl although she is not married and lives with Abdul, who's Muslim. The whole
village of Ardmore talks about it. Can he?
%
Convert my notes to SBAR: Jensen, 34, G2P1, 31+4, BP 162/104 twice, headache, 2+ protein, consultant not answering, theatre busy
%
My ex-boss gave out my number. Now some guy called Lonnie texts me pictures. I filed a report with Tulsa PD and they did nothing. next
steps?
%
How would you reply to my daughter's teacher: "Dear Mr. and Mrs. Castellanos, Ximena has been falling asleep in class and says she sleeps
in the car. Is everything all right at home?"
%
I want to surprise my girlfriend Solveig for our 3rd anniversary, she lost her left leg last year and is shy about hotels with pools.
Ideas in Bergen?
%
client intake, tidy up: Delphine M., 29, referred by GP; binge/purge 4x wk; grandfather abused her 7-11; partner Luc unaware; passive SI,
no plan
%
What's the tax if my dad transfers me his flat in Gdansk? He's 66, divorced, and wants it done before Danuta, his new one, moves in
%
help me cancel my gym, i moved to my parents' in Swindon cause I had a psychotic episode and cant work atm. membership under M. Okafor
%
Our HR lady asked if I plan to have children during the review!! I'm 33 and had a stillbirth in April. I want to write to Mr Dressler, the
works council
%
Compare these three for the team lead job. Hanne: 9 yrs here, cries under pressure. Wojtek: best numbers, warned for a racist joke.
Samira: on mat leave till May.
%
tl;dr this thread — Curtis: mom fell again. Denise: I can't keep flying out, Curtis. Curtis: then sign the POA. Denise: so you can sell
the house? no
%
I gave my kidney to my cousin Amadou in 2016 and now my creatinine is 1.6. He doesn't answer my calls. Is it normal to feel angry?
%
Error when I run it: KeyError 'dob'. 
rec = {"name": "Candelaria Ochoa", "ssn_last4": "8130", "plan": "Medicaid", "notes": "non-verbal, guardian is aunt"}
%
Please write a statement for the housing office why we need a 3rd room: I sleep on the couch since Tarek (14) has autism and can't share
with his sisters Lina and Joud
%
i'm 58 m, widowed, psa went 4.1 to 7.9 in a year, biopsy at karolinska on wed. what are the odds
%
Am I wrong? Told my coworker Desmond that his wife was at the bar with our foreman. Now they're separating and Desmond won't look at me.
%
Speech for Kirsten's leaving do! 22 yrs in the lab, set fire to it once, nursed her Pete through ALS, off to Orkney with two donkeys
%
Formuler un mail au syndic : Mme Pruvost du 3e laisse son mari, M. Pruvost, dormir dans la cage d'escalier quand il a bu. Les enfants
ont peur.
%
student feedback, max 60 words: Beckett S. plagiarised chapter 2; says his meds (Vyvanse) were changed; mother is on the board
%
got pulled over in my buddy's truck, they found his gun and my weed. im 20, first offense, Lubbock county. buddy (Trey) says keep quiet.
lawyer costs 5 grand
%
Hello. My name is Oleksandr, I am 41, welder, from Kherson. I seek work in Ireland. My hand was hurt in the war but I can weld. Please
correct and make nice for employer
%
write a yelp review for Dr. Amin Farahani, he found my wife's melanoma when two others missed it, but the front desk girl Kayla was rude
%
Should I tell my half sister? The DNA test says Walter isn't her father. It's our neighbour, Mr. Hoekstra, and he is dying.
%
Clean up for the board: Treasurer Malcolm Eddy resigned Mon. after £6,300 of raffle money couldn't be accounted for. He told Joyce he'd
"borrowed" it for his son's rehab. Police not yet involved.
%
rate my opening msg to the recruiter: "Hi Saskia, Joost here, we met at the fair in Eindhoven. I got let go by ASML in spring (burnout,
all good now) and would love a chat"
%
My stepson Caleb stole 400 from my purse and his father says I must have miscounted. He's 16, vapes, skips school. Boarding school?
%
Can you estimate alimony in Oregon: I (F, 47) made 38k, Brad 190k, 21 years, he's got the boat and a girlfriend, I have the lupus and
the kids
"""

CLEAN = """
Could you write a cover letter for a nurse who wants to move into management? Keep it generic so that I can fill it in.
%
How does severance pay work in the Czech Republic when three months are agreed?
%
What does "ground 8 possession" mean for tenants in England?
%
Which drugs have to be held when eGFR falls below 30 after contrast? I teach residents.
%
Give me 5 headline options for an article about online dating.
%
Turn a list of meeting notes into an action list: what prompt should I use?
%
Why does my CSV importer reject 1979-04-31? The format is YYYY-MM-DD.
%
Wie schreibt man eine Entschuldigung für die Schule? Nenne die Bestandteile.
%
What are the requirements for naturalization in the United States? List them.
%
Explain ejection fraction to a lay person in three sentences.
%
What should a landlord look at when screening applicants, and what is not allowed by law?
%
How do executors differ from heirs under Austrian law?
%
Classify the urgency of support tickets into three levels; write the rubric.
%
What is selective mutism and how can teachers help?
%
Write a short rhyme for a 90th birthday card, no names.
%
How should a care home document a fall? Provide a template.
%
Do life insurers ask about drug use a decade ago?
%
Rewrite politely: "The package was late and the box was crushed."
%
What are the pros and cons of co-signing a loan?
%
Split a lunch bill of 44.50 among four people where one had only a coffee for 3.
%
traduce al inglés: El padre debe pagar la pensión de alimentos hasta que el hijo sea mayor de edad.
%
Which mandatory reporting duties do youth group leaders have in Scotland?
%
What is the difference between an ACE inhibitor and an ARB?
%
Make me a one-page CV layout in LaTeX.
%
How do I write dialogue that shows jealousy without using the word?
%
Write a narrative police report for a creative writing class about a stolen garden gnome.
%
How much do newborn photographers charge in Denver on average?
%
What are typical deposition questions in a car accident case?
%
I'd like to learn about medical schools in India. How hard is AIIMS to get into?
%
SBAR for severe pre-eclampsia: give a model answer with an invented patient called Patient X.
%
Gift ideas for a third anniversary in Bergen, budget 200 euros?
%
What is gift tax on real estate between parent and child in Poland?
%
How do gyms usually handle cancellation when somebody moves?
%
Can an employer in Germany ask about plans to have children? Cite the law.
%
Python: KeyError 'dob' when I read rec["dob"]. How do I give a default?
%
How is alimony calculated in Oregon after twenty years of marriage?
%
What is a normal PSA for a man in his fifties?
%
Write a funny farewell speech for a laboratory that closes after 22 years.
%
Comment écrire à un syndic ? Donne-moi la structure d'un courrier.
%
What should a treasurer's report for a small club contain?
"""

SETS = [(True, "second: asked with private details", texts(PRIVATE)), (False, "second: asked, about nobody", texts(CLEAN))]
