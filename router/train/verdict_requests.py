"""Texts for the verdict once more, in the grammar of verdict_templates.py: documents that people paste with a task beside
them, what they tell of themselves at length, and the like of it about nobody: news, exams, fiction, samples."""

PRIVATE = {
    "job papers": r"""
<Proofread|Improve|Check> my <cover letter|motivation letter|application>:\n\nDear <Hiring Team|Recruiter|Sir or Madam>,\n\nI <am excited to apply|would like to apply> for the <{job}|assistant {job}> <position|role> at {O}. <With {n} years at {O}|During my time at {O}|As a {job} at {O}>, I <cut costs by {n}%|trained new staff|built the reports>. <I hold a degree from {O}.|I am fluent in {nat}.>\n\nKind regards,\n{FL}
<improve|rewrite|shorten> my <resume|cv|linkedin> <summary|headline|about section>: <Senior|Junior|Experienced> {job} with {n} years <of experience|in the field> at {O} and {O}. <Led the audit of {n} clients.|Managed a team of {n}.|Certified.> <Fluent in {nat} and {nat}.|Based in {C}.> <Contact: {tel}, {mail}|>
Answer the <interview|HR> question "<tell me about yourself|what is your weakness|why did you leave|describe a conflict>" for me: I <graduated from|studied at> {O} in {y} <with a degree in mechanical engineering|in nursing>, then <worked for {O} for {n} years as a {job}|did an internship at {O}>, <I speak {nat} and some {nat}|I moved to {C} last year with my <wife|husband>>
<write|draft> a <resignation letter|notice>. I'm a {job} at {O}, <leaving on {date}|last day is {date}>, <the real reason is {title} {L} but don't say it|because I got an offer from {O}|because of my health>
performance review for <one of my direct reports|my team member>, {F}. Strengths: <great technical skills|mentors juniors|calm with clients>. Weaknesses: <missed {n} deadlines|interrupts people|two complaints from {O}>. <wants a raise to {m}.|on parental leave until {date}.> <Write it constructively.|Make it two paragraphs.>
bio for <our website|the conference|the gym>: <name {FL}|{FL}>, {age}, from {C}, <{job} since {y}|certified in {y}|ex handball player>, <two cats|loves hiking|mother of twins>
<message|linkedin message|note> to {FL}, <head of product|HR manager|recruiter> at {O}, we met <at a meetup in {C}|on {day}|through {F}>, I want to ask <about the {job} role|for a referral|for coffee>
Why did I <get a lower bonus|not get promoted|get rejected>? I work <at|for> {O} <in {C}|> since {y}, my <grade is {n}|bonus was {m}>, my colleague {F} <with the same job|who started later> got <{m}|my position>. <Write an email to HR.|How do I raise it?>
job history for the form: {y}-{y} {O}, {C}, {job}; {y}-{y} {O}, {job}, <dismissed|contract ended|burnout>; <now unemployed|caring for my mother>. <Explain the gap.|Turn into bullet points.>
i have an interview <at|with> {O} on {day}, {title} {L} will ask about <my gap|my visa|why I left {O}>. my background: <{n} yrs {job}|fresh graduate from {O}|self taught, single dad>. give me answers
<convert|put|rewrite> into <third person|past tense|a bio>: I grew up in {C}, my father was a {job}. In {y} <we left for|I moved to> {C}. <I came here alone at {n}|My sister stayed> and now I <study nursing at {O}|work as a {job}>.
Reference letter: {FL} <took my course in {y}|was my intern at {O}|worked under me>, <got the top grade|wrote the thesis with me on {w}>. <A bit shy but persistent.|Always punctual.> applying to <{O}|a master in {C}>.
""",
    "visa and study": r"""
<I need|Write|help me with> a <statement of purpose|motivation letter|study plan> for my <student|F1|Schengen> visa. I am from {C}, {K}, finished <school|bachelor> in {y} with <{n}%|good grades>, <worked {n} years as a {job}|my father owns a shop and will sponsor {m}>. I got admission at {O} <for a master in data science|in {C}>.
letter to the embassy of {K}: my <study permit|visitor visa|work permit> <application {id}|> was refused on {date}. <Reason: purpose of visit.|Reason: funds.> My name is {FL}, from {C}. <I want to ask for the notes|appeal|reapply?>
<What are my chances?|Can I come back?|Does the ban apply?> I overstayed my <tourist|student> visa in {K} by {n} months in {y}, <left voluntarily|was deported>, and now I <am married to a citizen|have a job offer from {O}|have a daughter born in {y}>.
We are a family of {n} moving from {C} to {C}. My <husband|wife> {F} has a work permit as a {job}, I am a {job}, our kids are {n} and {n}. <What documents do we need?|Which school?|Visa for my mother, {age}?>
<Write|Draft> an appeal to my university, I failed {n} modules in {y} because <my mum was in hospital|I had {dx}|I was homeless>. <Student number {id}|Course: nursing at {O}>.
i got an email from <my professor|{title} {L}> saying i <plagiarised|cheated|missed too many classes>. <i did use a tool for the intro|my laptop died|i was sick>. the hearing is on {date}. <write me an email|what do I say?>
scholarship essay: first in my family to <study|finish school>, <father a {job} in {C}|raised by my grandmother|fled {K} in {y}>, <gpa 3.{n}|captain of the team>, want to be a {job}. <{n} words>
<Fill|Draft> an affidavit: I, {FL}, <ID number {id}|born {dob}>, residing at {A}, {C}, declare that <I lost my licence on {date}|{F} {L} is my brother|we live together>.
As an <immigration|asylum> officer summarise the interview: applicant is a {nrp} national from {C}, <male|female>, <b. {y}|{age}>. States <he|she> was <detained in {y}|beaten|forced to marry>, <brother {F} killed|fled via {K}>. <Arrived {date}.|Applied in {C}.>
invitation letter for my <parents|mother|fiance> {FL}, <passport {id}|born {dob}>, to visit me in {C} from {d} to {d}; I am a {job} at {O}
""",
    "company inside": r"""
<Draft|Write> a <board memo|note to the board|letter to the bank>. <Confidential.|Internal only.> Our <CEO|CFO> {FL} <has been under investigation since {date}|is leaving|wants to sell>. Revenue will come in at {m} against {m} budget. <We need to inform the bank.|Lay off {n} people in {C}.>
meeting minutes please: attendees: {F}, {F}, {F}. {F} said the {L} account is at risk, they owe {m}<| since {date}>. {F} will call <their CFO|{title} {L}>. {F} <wants to let go two contractors|is going on leave>.
I own {n}% of a small company, {O}, my partner {F} owns the rest. Revenue {m}, profit {m}, he pays himself {m}<| and me nothing>. <He wants to buy me out for {m}.|I want out.> <Fair?|What should I answer?>
<announce|tweet|post> that our startup {O} raised {m} led by {O}; founders {FL} and {FL}; <not public until {date}|under embargo>
swot for my <salon|cafe|garage> in {C}: {n} employees, turnover {m} a month, rent {m}, <my best girl {F} is leaving|I owe the tax office {m}|lease ends {date}>
our customer {O} <cancelled the contract|pays late|wants {n}% off>, it is {n}% of our revenue. <{F} promised them|sales in {C} hid it>. <email to the team|how do I tell investors>
<Rewrite|Tidy> these notes on the acquisition of {O}: price {m}, <due diligence found|risk:> <unpaid taxes of {m}|a lawsuit by {FL}>, <signing {date}|ceo {F} {L} stays two years>
termination letter for our {job} {FL}, employee no {id}, reason: <drunk on {date}|accident with the company truck|stole {m}|absent {n} days>
forecast from our books: {O} sales {m} in {y}, {m} in {y}, <margin {n}%|cash {m}>, loan from {O} due {date}. <Can we pay it?|investor email>
payslip check: {FL}, {job}, gross {m}, <tax class 1|overtime {n} h>, net {m}. <right?|why less than last month>
our supplier {O} <sent wrong parts|raised prices>, contact {FL}, <{mail}|{tel}>. <Complaint with deadline {date}.|Ask for credit of {m}.>
""",
    "quoted chats": r"""
<tell me if|do you think|is> <she|he> is <mad at me|into me|lying>\nMe: <hey sorry for yesterday|u up?|can we talk>\n{F}: <its fine|idk|leave me alone>\nMe: <are u sure?|you left without saying bye|ok>\n{F}: <i was tired thats all|maybe|not today>
[{t}] {F}: <where were you|did you pay {F}>\n[{t}] {F}: <in hospital with mum|i lost the money>\n[{t}] {F}: <call me|don't tell dad>\n<summarise|who is wrong?|what do i reply>
reply to my <ex|ex wife|sister>: "You were supposed to pick up {F} at {n}. <He waited in the cold.|She cried.> If this happens again I am <going back to the judge|calling {F}>." <i was at work|my phone died>
<make|rewrite> it <nicer|in a nicer tone|less aggressive> "{F} you were late again, <third time this month|on {day} too>. <The client from {O} was waiting.|{F} had to stay.> If you can't manage it we need to talk about <your contract|the bonus>"
<summarize|what happened in> the thread.\n\nFrom: {FL}\nTo: {FL}\nRe: <the {L} file|invoice {id}>\n\n{F}, <Mrs|Mr> {L} called again, <very upset|about the refund>. <Can you call her back?|The adjuster never came.>\n\nFrom: {FL}\nI called twice, no answer.
message for <my tenants|the parents of {F}|our neighbours> <Mr and Mrs {L}|the {L}s> <in flat {n}|> that I will come with the plumber on {day} because of the leak
voicemail script: this is {F} from <{title} {L}'s office|{H}> calling for {title} {L}, <your results are back|your appointment moved to {date}>, call us at {tel}
rewrite more politely: hi {title} {L} the <heating|sink|lift> <in {n}B|> has been broken since {date} and <my baby is sick|we freeze>, you promised to send someone. - {F}
my <mother in law|aunt|boss> wrote "<{F} deserves better than you|don't come on {day}|you took {m} from us>". <how do I answer|was it rude of her?>
text from {F}: "<I saw you with {F}|I'm keeping the ring|dad is worse, come to {C}>" <reply?|what does it mean|I'm shaking>
thank you note: aunt {F} sent {m} for <graduation|the baby>, also <the quilt|a cheque>, love {F}
message for my <son's|daughter's> coach: {F} can't train until {date} because <of a broken collarbone|his mum is ill>, and don't put him with {F}
dear diary style but better english: today {F} <didn't speak to me|kissed me|told me about the abortion>, and {F} <knows|laughed>. <I feel nothing.|I hate this school.>
""",
    "documents": r"""
<Translate|translate this> to English:\n\n<CERTIFICADO DE NACIMIENTO|ACTA DE MATRIMONIO>\nNombre: {FL}\nFecha de nacimiento: {d}\nLugar: {C}\nPadre: {FL}\nMadre: {FL}
<Extract|List> the key <facts|terms> from this <lease|contract|agreement>: <THIS AGREEMENT made|This lease is made> on {date} between {FL} (<Landlord|Seller>) and {FL} (<Tenant|Buyer>) for <the premises|the flat at> {A}, {C}. <Rent|Price> {m}. <Deposit {m}.|Term {n} months.>
<convert|turn> to <json|a table|xml>:\nFull name: {FL}\nDOB: {dob}\nEmployer: {O}\nPosition: {job}\nSalary: {m}\nNext of kin: {FL} (<husband|mother>)
<Summarize|Rewrite in plain words>: Incident report. On {date} at approx {t} <resident|patient|client> {title} {FL} was found <on the floor|outside|unresponsive> by <CNA {F}|nurse {L}>. <Small skin tear.|No injury.> <Daughter notified.|MD notified.>
police report, fix my english: on {date} <around {t}> a man <named {FL}|with a beard> <took my bag|hit my car> <near {A}|in {C}>. my name is {FL}, phone {tel}
translate: <Heiratsurkunde|Geburtsurkunde|Zeugnis>. {FL}, geboren am {d} in {C}, <Tochter des {FL}|wohnhaft {A}|Note: sehr gut>
<Draft|Write> a power of attorney: I, {FL}, born {dob}, authorise my <brother|wife|lawyer> {FL} to <sell my flat at {A}|collect my passport|speak for me at {O}>
what does my <mri|ct|ultrasound|x ray> <report|> mean: "<moderate disc bulge at L{n}-L{n}|{n} mm nodule in the left lobe|mild degenerative change>, <no cord compression|follow up in {n} months|BIRADS 4>"
explain <this|my> blood test. <Ferritin {n}, Hb {n}|TSH {n}, vit D {n}|ALT {n}, GGT {n}>. <F|M>, {age}, <vegetarian|smoker|heavy periods|on {rx}>
death notice for the <paper|church>: {FL}, {age}, <{job}|mother of {n}>, <passed away on {date}|after a long illness>, survived by {F} and {F}. <service at {t}|no flowers>
booking {id}, <passengers|guests> {FL} and {FL}, {C} to {C} on {date}. <my wife is {n} weeks pregnant|my father died>. <can i get a refund|write to the airline>
prescription reads: {FL}, {dob}, {rx} {n} mg. <is it the right dose for {dx}?|translate the handwriting>
school record: {FL}, born {dob}, <average {n}|failed maths>, <remark: often absent|mother {FL}>. <Translate for {O}.|For the {K} embassy.>
""",
    "at length": r"""
my <boyfriend|girlfriend|husband|wife> and i have been together {n} years and last night i found out <he has been texting his ex {F}|she is on tinder|he lost our savings>. i am {age} and <he|she> is {age}, <we live together in {C}|we have two kids>. <what do i do??|do i leave>
how do i tell my <husband|wife> i lost {m} <in crypto|gambling>. <it was for our house|he is in the army|we married {n} yrs ago>
I think my coworker {F} is <stealing|drinking|lying about hours>. I saw <him|her> <pocket money twice|at the bar> <at {O}|while closing>. <newborn at home|I don't wanna get him fired>. what to do
is it legal that my boss <at {O}|> <took my tips|schedules me til midnight|didn't pay my overtime>?? <im 17|i'm pregnant|i'm here on a visa>
I'm {age}, <gay|trans|non binary>, and not out to my parents who are {nrp}. <My aunt saw my profile|{F} threatens to tell>. <I have nowhere to go.|Help.>
My {n} year old <hits his sister|told his teacher he wants to die|won't speak since {F} left>. <His dad moved out in {y}.|The counselor {title} {L} wants an evaluation.> <Am I overreacting?|what would you do>
<Create|Make> a <workout|meal plan|diet>: <female|male>, {age}, <{n} lbs|{n} kg>, <type 2 diabetes|{dx}>, on {rx}, <bad left knee|surgery in {y}>, want to <lose weight before my daughter's wedding|walk again>
help me write a dating profile. im {F}, {age}, <divorced|widowed>, <two teenage girls|no kids>, {job} in {C}, <love fishing|sober for {n} years|bad at cooking>
I was in a car accident <on the I-{n}|near {C}> on {date}. The other driver <ran a red light|was drunk|insured by {O}>. I have {m} in medical bills, <herniated disc|whiplash>, missed {n} weeks of work as a {job}. They offered {m}. <Accept?|What is fair?>
Act as a lawyer. My landlord {FL} kept my {m} deposit for <the flat at|> {A}, {C}. I moved out <on {date}|in {y}>, <left it clean|have photos>. <Draft a demand letter.|Small claims?>
formal complaint: the <nurse|doctor|guard>, I think the name was {F}, told my <grandmother|father> to <wait|go in the diaper>. This was in {H}, room {n}, on {day}. <Grandma is {age} and was crying.|He has {dx}.>
Can my employer in {K} <fire me|cut my pay> while I'm on <sick leave|maternity leave>? <HR sent me a letter|I've worked at {O} for {n} yrs>
<post|caption|letter> for my <baby's|son's> <first birthday|graduation>: <her name is|little> {F}, <born {n} weeks early|we were {n} weeks in intensive care|her dad is deployed>
My neighbour's dog bit my {n} yr old <in the face|on {day}>. <{n} stitches.|scar.> The owner, {F}, says <my kid teased it|sue me>. We live in {C}. <Which lawyer?|what now?>
I'm <a driver|a courier> in {C}, my account '{F}' was deactivated because <a passenger said I was drunk|of a chargeback>. I'm {nrp} and <don't drink|work 60 hours>. Write to support.
our nanny {F} <asked for {m} in advance|left the baby alone>, our neighbor <told us|saw it>. She has no contract. <How to fire her?|what do I say>
speech for my <sister|brother|best friend> {F} and <her husband|his wife> {F}. They met in {y} <at a hostel|at {O}> in {C}, <he proposed on a hike|she is a vet>, he <always loses his keys|cried>
poem for my <wife|husband> {F} for our {n}th anniversary, we met in {C}, have two <boys|girls> {F} and {F}, <she is a {job}|she hates flowers>
I had my <gallbladder|uterus|thyroid> removed in {y} and since then I have {sx}. My doctor gave me {rx} but <it makes me constipated|no change>. <I am {age}, two kids.|Is there anything else?>
My therapist says I have <borderline|bipolar|complex ptsd>. I <cut myself again|stopped eating|hit the wall> last night <after a fight with my mom|>. <how do i hide it at work|I don't want to tell her>
single <mom|dad>, {n} kids, works nights <as CNA|at {O}>, earns {m}, car repossessed, behind {n} months on rent, expects child support from {F}. <hardship letter|fill the loan form>
Grade this <essay|homework> and give feedback. Student: {FL}, period {n}. "My hero is my <grandpa|mom> {F}. <He came from {K} with nothing.|She works two jobs in {C}.> <He had a number on his arm.|She never complains.>"
feedback for the <patient|client> reviews:\n1. "{title} {L} helped me after my <miscarriage|divorce>" - {F}\n2. "<Fell asleep in our session|Too expensive>" - {title} {L}
rate my <opener|message>, her name is {F}, {age}, {job} from {C}, she has <a pic with a parrot|two kids>
sick <email|note|message> to my <manager|teacher|boss> {F}, I have <food poisoning|a migraine|the flu>
""",
    "pasted in other languages": r"""
Bitte korrigieren: Sehr geehrte Frau {L}, ich kann am {day} nicht zur Arbeit kommen, weil <meine Tochter|mein Sohn> {F} <Fieber hat|krank ist>. Mit freundlichen Grüßen {FL}
Schreibe <eine Kündigung|eine Beschwerde|ein Motivationsschreiben>: ich heiße {FL}, <wohne in {C}|arbeite seit {y} bei {O}|bin {age}>, <mein Vermieter Herr {L} antwortet nicht|ich bin schwanger|mein Chef ist {F} {L}>
peux tu <rédiger|corriger> <une lettre de motivation|un mail>? je m'appelle {FL}, j'ai {age} ans, j'habite à {C}, <j'ai un BTS|j'ai fait un stage chez {O}>, <ma mère est malade|je veux travailler chez {O}>
ma <fille|mère|sœur> {F} <est hospitalisée à {C}|a perdu son travail chez {O}|a {n} ans et refuse l'école>. <Que faire?|Écris une lettre à Madame {L}.>
necesito una carta para <mi jefe|mi casero|la escuela>: mi hijo {F} <está enfermo|tiene {n} años y asma>, no puedo <trabajar el {day}|pagar la renta>. Soy {FL}. <Gracias|Firma {F}>
ayuda, mi <esposo|ex> {F} <me pega|no paga la pensión|se llevó a los niños a {C}>. tengo {n} hijos y <no tengo papeles|trabajo en {O}>. qué hago
scrivi <una email|una lettera> al mio <capo|padrone di casa> {F} {L}: <sono malato|ho perso il lavoro a {O}>, <mia moglie {F} è incinta|abito in {A}>. Mi chiamo {FL}
escreva <um email|uma carta> para <minha chefe|o senhor> {L}: <estou doente|minha mãe faleceu em {C}>, <meu filho {F} tem {n} anos|trabalho na {O}>. {FL}
schrijf een brief aan {O}: ik ben {FL}, {age}, <mijn man {F} is overleden|ik kan de huur niet betalen>, <adres {A}|klantnummer {id}>
napisz <maila|pismo> do <szefa|pani> {L}: <jestem chora|mój syn {F} ma gorączkę>, <mieszkam w {C}|pracuję w {O}>. {FL}
<müdürüm|ev sahibim> {F} Bey'e mail yaz: <hastayım|annem {C} hastanesinde|kirayı ödeyemiyorum>. ben {FL}, {O} çalışanıyım
""",
    "court paragraphs": r"""
{n}. The case originated in an application (no. {n}{n}/{n}) against <the Republic of {K}|{K}> lodged with the Court by <a {nrp} national|two {nrp} nationals>, <Mr|Ms|Mrs> {FL}<| and Mr {FL}>, on {date}.
{n}. The applicant was represented by <Mr|Ms> {FL}, a lawyer practising in {C}. <The Government were represented by their Agent, Ms {FL}.|>
{n}. The applicant<, Mr {FL},|> was born in {year} and <lives in {C}|is currently detained in {C}|died on {date}>.
On {date} the <applicant|applicants> <was|were> <placed in pre-trial detention|released on bail|heard by the investigating judge|committed for trial> <on suspicion of $crime|by the {C} court|>.
By a judgment of {date} the {C} <court|tribunal> <convicted|acquitted> the applicant <of $crime|and sentenced him to {n} years' imprisonment|and ordered him to pay {m}>.
<He|She> <appealed|did not appeal>, <arguing that the witness {L} had lied|complaining of the length of the proceedings|relying on a medical report of {date}>.
The applicant's <flat|car|company|passport> was <searched|seized|returned|sold at auction> <on {date}|by order of the prosecutor of {C}|because of a debt to {O}>.
From {date} to {date} the applicant <shared a cell with {n} others|was treated in {H}|was banned from leaving {K}|served in the army in {C}>.
<In a letter|In a note|In her submissions> of {date} the applicant <informed the Court|stated|submitted> that <she had moved to {C}|his mother had died|he maintained his complaint|no reply had come>.
The <prison doctor|expert|forensic report> <found|noted> <haematomas on his back|signs of {dx}|that he was fit to stand trial>; the applicant <denied any fight|said that officer {L} had hit him>.
In {date} the applicant <married {P}|adopted a son|left {K} with her parents|joined the opposition party> and <settled in {C}|was dismissed from the post of {job}|lost contact with the child>.
The <land|house|inheritance> had belonged to the applicant's <grandfather|late husband> <{P}|> until <it was nationalised in {year}|{date}>; <a claim for its return was refused on {date}|the registry has no record>.
<Two of the accused|His co-accused|The victim's brother>, {P} and {P}, <testified|withdrew their statements> <on {date}|before the {C} court>.
The applicant, <a former {job}|a journalist|a Roma woman|a conscript|a pensioner>, <alleged|claimed> that <the police had not investigated the death of {F}|his telephone had been tapped since {date}|her benefits had been stopped on {date}>.
<The guardianship office|The youth welfare office|The court of {C}> <placed the applicant's daughter in a home|limited contact to {n} hours a month|heard both parents> on {date}.
The enforcement <proceedings|order> against <{O}|the debtor> <were opened on {date}|has not been executed>; <the applicant received {m}|the bailiff wrote to {title} {L}>.
""",
    "notes on people": r"""
<Evaluation|Feedback|Assessment|Appraisal> <of|for|on> {P}: <is expecting|wants {m}|argues with {F}|improves slowly|never on time>. <Nicer please.|Two lines.|>
{F}: <struggles with reading|talks in class|bright, lazy|misses home>. <Comments for the report card.|Rewrite kindly.|>
Interview notes, {FL}: <pregnant|two kids|wants {m}|left {O} after a fight>. <Summary.|Hire?|>
who earns most?\n<Name,Pay|Employee;Salary|person, wage>\n{FL},{m}\n{FL},{m}\n{FL},{m}
<sort|rank|average> this\n<Name,Mark|Pupil;Grade|student, score>\n{FL},{n}\n{FL},{n}\n{FL},{n}
r = ("{FL}", "{dob}", "<{rx}|{dx}|unpaid>")\n<print(r[4]) # out of range?|unpack error, why|how to name the fields>
rows.append(["{FL}", "{dob}", {n}, "<discharged|expelled|{rx}>"])\n<why does it overwrite|to dataframe>
<agenda|minutes>: {F} and {F} <both want the solo|were seen kissing|won't share a room>. <neutral wording|how do I put it>
rescue centre: {FL} <gave up her cat after eviction|wants the dog back>, <history of neglect|landlord complained>. <reply?|decline politely>
<cv gap|gap in my cv>: <cared for {F}|two pregnancies|burnout in {y}>, <was at {O}|{job}>. <wording?|one sentence>
{FL}, born {dob}, {job}. {y}-{y} {O}; {y} <ill|in prison|parental leave>. <translate to German|shorten>
midwife <note|sbar>: {F}, {n}+{n} weeks, <reduced movements|contractions|partner answers for her>. <sbar please|refer?>
my <aunt|boss|brother in law> wrote "<you took the money from us|don't come on {day}|you ruined {F}>". <reply?|was that rude|how do I answer>
{F} <was born out of wedlock|is the son of my late uncle|was adopted in {y}>, now <wants his share|asks for the house>. <does he inherit|deadline>
<patient|taken over from a colleague>: {age}<f|m>, on {rx}<, {rx}| and {rx}>, <falls weekly|gfr {n}>. <taper?|interactions?>
my <ultrasound|ct|blood test|biopsy> says "<mild change, no mass|{n} mm cyst|TSH {n}>". <bad?|what does it mean|what next>
look at this chat. me: <u there?|sorry>\n{F}: <whatever|idk>\nme: <talk tomorrow?|did i do something>\n{F}: <not now|ask {F}> <is she over me|what do i write>
transfer {m} to {FL}, <iban later|for the rent of {day}>; <remind me what to write as purpose|she is my landlord>
class list for the trip: {FL} <(inhaler)|(no swimming)>, {FL} <(vegetarian)|(mum comes along)>, {FL}. <buses of two|room plan>
pray for {F}, <{age},|> <operated on {day}|lost her baby|in hospice>. <Word it for the parish letter.|short>
""",
    "rounds": r"""
{age}<M|F>, <CABG|stroke|TAVI> {y}, now <NYHA III|in AF|on dialysis>, on {rx} and {rx}, <K 5.{n}|creat {n}|INR {n}> this am. <Hold {rx}?|Restart?|dose?>
{age}<M|F> <w/|with> {dx}, <sats {n}|lactate {n}|temp 39>, <already on {rx}|allergic to {rx}>. <Next?|Escalate?|what would you add>
bed {n}, {age}<f|m>, <pod {n}|day {n}>, <drain {n} ml|not passing urine>, <wife asking|family meeting {t}>. <plan?|note for the round>
<pt|my patient>, {age}, <{rx} {n} mg for {n} yrs|post stent {y}>, <needs a tooth out|going for scope>. <bridge?|stop {rx} when?>
{init}, {age}<F|M>: <found on floor|seizure at {t}|refusing meds>, <lives alone|from {H}>. <triage note|sbar>
<clinic|gp> letter: {age} yo {job}, <{sx} for {n} weeks|{dx} since {y}>, <failed {rx}|wants to drive>, <smokes|mother had {dx}>. <impression and plan|make it shorter>
home visit: {title} {L}, {age}, <leg ulcer worse|won't take {rx}|fell {day}>, <daughter {F} away|house cold>. <to the gp|care plan>
<wean|convert> {age}<m|f>, {n} kg, from {rx} to {rx}, <egfr {n}|Child B>, <opioid naive|on it since {y}>. <schedule?|sanity check>
today's list: {title} {L} <{rx} review|{dx}, angry>, {F} {L} <smear|sick note again>, {title} {L} <cancelled twice>. <prep me|who first?>
<path|biopsy> back: <grade {n}|margins positive|her2 pos>, {age}<f|m>, <two small kids|wants fertility|{job}>. <how do I break it|mdt summary>
icu: {age}<M|F>, day {n}, <vent|cvvh|norad {n}>, <daughter says stop|no next of kin>. <prognosis words for family|taper norad?>
psych: {age}<f|m>, <third attempt|hears {F}>, <on {rx}|off {rx} since {day}>, <voluntary|section>. <risk formulation|letter to gp>
""",
    "told briefly": r"""
<earn|bring home> {m}, <rent is|mortgage> {m}, <{n} kids|mum to support>, <card maxed|{m} in debt to {O}>. <budget|way out?>
<my gf|my bf|my husband> <won't sleep with me|reads my phone|wants a third> <since the baby|since {F} came>. <normal?|what do i say>
<lost|failed> <my licence|my bar exam|custody> <on {day}|again>, <can't tell {F}|dad paid for it>. <next steps|letter>
hiv <test friday|positive since {y}>, <didn't tell {F}|undetectable>. <do i have to disclose?|dating?>
<pee|stool|semen> <is red|smells>, <{n} days|after {rx}>, <m{age}|f{age}|i'm {age}>. <er?|std?>
was <raped|groped|followed> <at {O}|on {date}|by my uncle>. <report?|who do i call|can't stop shaking>
<son|stepdaughter> <{n}|{age}>, <caught with pills|sexting|cutting>. <phone away?|talk or punish?>
dad's <will|house>: <left all to {F}|he remarried {F}>, <{n} siblings|he had dementia>. <contest?|fair split?>
can't <pay {O}|make rent> <this month|until {date}>, <laid off|hours cut>. <text to landlord {F}|hardship email>
<neighbour|teacher|priest> <touched|grabbed> my <niece|boy>. <she is {n}|he told me {day}>. <police first?|how do I ask him>
i'm <bi|trans|ace>, <married|my church|my mum> <doesn't know|suspects>. <letter|how>
<quit drinking|clean> {n} days, <wife left|job at {O} on the line>. <relapse plan|what do I tell {F}>
<miscarried|aborted> at {n} weeks, <boss wants a reason|{F} blames me>. <sick note wording|reply>
student loan {m}, visa <ends {date}|denied>, <cash job at {O}|living on a couch>. <options?|am i illegal>
my <tinder date|boss> <{F}|{F}, {age},> <sent nudes|stalks me>. <block?|evidence?|hr?>
got <served|a summons|a fine of {m}> for <my son's truancy|that fight|unpaid support>. <what now|lawyer?>
weighed {n} kg, now {n}, <binge at night|on {rx}|pcos>. <plan for me|why no period>
we <lost|buried> {F} <on {day}|at {n} months>. <words for the card|back to work when?>
""",
    "papers at home": r"""
translate for the <clinic|court|embassy>: <nom|name|imię>: {FL}; <né le|born|ur.> {d}; <adresse|address>: {A}, {C}; <profession|job>: {job}
fill in: <tenant|applicant|insured>: {FL}; <since|from> {date}; <object|flat>: {A}; <reason|notes>: <divorce|water damage|{dx}>
<summarise|explain> this letter from <the bank|{O}|the tax office|the court>: "<Dear|To> {title} {L}, <we regret|your account|your claim> <of {m}|no {id}> <was refused|is blocked|is due on {date}>."
<is this|does this> contract ok? <Employer|Lender>: {O}; <Employee|Borrower>: {FL}; <salary|sum> {m}; <from|start> {date}; <notice {n} weeks|interest {n}%>
ocr of my <id|pay slip|ticket>, clean it: {L} {F} {d} {C} {id} <valid until|gross|seat> {n}
<complaint|claim> no {id}, <damage|delay> on {date}, <car|suitcase> of {FL}: <offer {m} is too low|no answer>. <reply please|next letter>
family register: {FL} (born {y}), <married|divorced> {FL} ({y}), <child|children> {F}, {F}. <translate|draw the tree>
recipe from the doctor: {FL}, {rx} {n} mg, {n} x daily, for {dx}. <what is it for|can he drink>
<vaccination|allergy> card of {F} {L}, {dob}: <tetanus {y}|penicillin>. <what is missing|for {K} entry>
scan result for {FL}: <no fracture|{n} mm nodule|fatty liver>. <plain words|worry?>
""",
    "who they are": r"""
<write|make> a <summary|pitch|profile> for <upwork|fiverr|my site>. i'm {F} from {C}, <virtual assistant|{job}>, {n} years with <a firm in {C}|{O}>. <rate {m} an hour|tools: excel, hubspot>
I'm {title} {FL}, <dermatologist|{job}>. <Reply|Answer> to this review: "<Waited an hour|Never again|Rude nurse>. - {F} {L}"
itinerary for our <honeymoon|trip>: me ({F}) and my <husband|wife> {F}, <from {C} to {C}|{n} nights> <on {date}|>, <he can't eat nuts|I use a wheelchair>, hotel <{O}|booked>
case note: home visit to the {L} family, {n} kids. Mother {F} <says dad moved back|was drunk>. <Fridge empty.|Bruise on the {n}yo's cheek.> <Objective language.|For court.>
<Pretend you are|Talk to me as> my late <father|grandmother|wife> {F}. <He|She> was a {job} in {C}, <strict but funny|called me her sunshine>. I want to <tell him that I am getting divorced|say sorry>.
nomination: {FL}, <front desk|night nurse>, {O}. <In {y} she|She> <stayed after her shift|drove a guest to hospital>. <award text|50 words>
in simple <{nat}|words> for my <grandmother|dad> {F}, {age}: the doctor wrote "<{dx}|{dx}, {rx} {n} mg>"
<answer|respond to> this guest: "Hi {F}, this is {F}. We arrive <at {t}|tomorrow> with <our baby|my mother, {age}>. <Is there a crib?|My husband uses a CPAP.>"
<talking points|agenda> for my 1:1 with {F}: I want to move to {C} because of my <wife|kids>; {F} was absent; offer from {O} for {m}
settlement: my <wife|husband> gets the house in {C} ({m}), I keep {m}, child support {m} for {F} and {F}. <fair?|explain>
client (<she/her|he/him|they>, {age}) reports <panic|{sx}> since <the accident|{F} left>, <two glasses nightly|denies SI>. <SOAP|DAP> <note|format>
invite: {F} <turns {n}|is getting baptised>! <Saturday {t}|{date}>, {A}. RSVP {F} {tel}
""",
}

CLEAN = {
    "headlines": r"""
{P} retired <in {y}|on {day}> after <the cup|the final> in {C}. <He won {n} titles.|She scored {n} goals.> <Write a headline.|Shorten.|Make it a tweet.>
{O} reported revenue of {m} for the <second|fourth> quarter, up {n} percent. CEO {P} said demand was strong. <Summarise in one sentence.|Headline?|Rewrite.>
{O} shares fell {n}% on {day} after analyst {P} <of {O}> cut <his|her> price target. <The company would start production in {y}.|Investors were surprised.> <Rewrite this for a newsletter.|Explain to a beginner.>
{O} agreed to buy {O} for {m}. <Who were the CEOs?|What did regulators say?|{P} will lead the new company.> <Summarize.|Is it a good deal for shareholders?>
Who is the current <CEO|coach|mayor|chairman> of {O}, <where did he study|and how much does he earn|how old is she>?
{P} <won|lost> against {P} in <the final|the second round> <in {C}|on {day}>, {n}-{n}. <Write a match report.|three sentences|Title please.>
Actor {P} <will play|joins> {P} in the film {x}, <directed by {P}|to be released in {y}>. <Paraphrase.|Make it sound exciting.>
Police in {C} <said|confirmed> on {day} that <the minister|Senator {L}|the singer {P}> <was questioned|would not be charged>. <Summarise the news.|Neutral tone please.>
<Translate|Rewrite> the news: President {L} of {K} met {P} in {C} on {day} to <sign a treaty|discuss trade>.
{O} names {P} as chief executive; <she succeeds {P}|shares rose {n}%|he was at {O} since {y}>. <Write a press summary.|Bullet points.>
<Write|Draft> a <press release|newsletter item>: {O} opens a new <store|plant> in {C}, <{n} jobs|on {date}>. Quote from {P}, CEO.
{F} {L}, who <played for {O}|sang in the band {x}>, <has died aged {age}|announced her retirement|signed a contract until {y}>. <headline|Summarise for radio>
""",
    "famous people asked": r"""
<How old|how tall|how rich> is {P}<, the actor| the singer|> <and is <he|she> married|now|>?
Was {P} <ever married|religious|left handed|a {nat}>? <Tell me about her relationship with {P}.|>
<How|When|Where> did {P} <die|meet {P}|become famous|grow up> <and was it investigated|and who inherited|>?
<Is|Was> {P} <still married to|the sister of|the son of|related to> {P}?
Did {P} <have siblings|have a brother who played too|serve in the war|win a medal in {y}>?
who <is|was> {P}'s <wife|husband|brother|father|coach|manager>
Net worth of {P}<, the founder of {O}|> <in {y}|>?
{P} vs {P}: who <won more titles|is older|sold more records|had the longer career>?
<Compare|Contrast> the <leadership styles|playing styles|poetry|reigns> of {P} and {P}.
Which countries did <chancellor|president|pope> {L} visit in {y}, and who succeeded <her|him>?
What did {P} say in <his|her> {y} speech <in {C}|at {O}>?
Summarize the <life|career|early life|death> of {P} in {n} words.
<Does|Do> {P} <play|live|own a team|still perform> in {C}?
<children|spouse|birthplace|cause of death> of {P}
Did <the painter|the general|queen> {F} <know|love|kill> {P}?
how many <kids|wives|goals|films> does {P} have
""",
    "cases of the books": r"""
{L} v {L}: <the seller knew of the mistake|the offer was revoked|the shop displayed a price>. <Was there a contract?|What was held?|Ratio?> <200 words|>
In {L} v {O}, what was the court's reasoning on <unilateral offers|consideration|duty of care|remoteness>?
{L} agrees to sell {L} a <horse|boat|painting> for {m}. Before delivery <it burns|the horse dies|it is stolen>. Is {L} liable <for breach|>? <Discuss.|Refer to impossibility.>
The defendant, a <retailer|farmer|driver>, <displayed a knife in his window|left a gate open|sped through {C}>. <He was charged with|Was there> <an offer|negligence|an offence>? <Answer in IRAC form.|Use case law.>
<Explain|Summarise> the facts and holding of {L} v. {L} ({y}).
A lends B {m}. B <dies|moves abroad|denies it>. <Advise A.|What is A's remedy?> <Assume English law.|>
{F} promises {F} {m} if <she quits smoking|he walks to {C}>. <She does.|He starts, then {F} revokes.> <Enforceable?|Advise {F}.>
<Advise|Discuss the liability of> {F}, who <pushed {F} at a party|took a bicycle by mistake|threatened {F} with a toy gun>. <Problem question, {n} marks.|Cite authorities.>
{title} {L} leaves <her house to {F} for life, remainder to {F}|{m} to her friend {F}>. <Who takes?|Valid under the Wills Act?> <bar exam|multiple choice>
Which <principle|doctrine|maxim> did {L} v {L} establish?
Draft a model answer: was the dismissal of the employee in {L} v {O} unfair? <Ignore {y} law.|Exam style.>
""",
    "exam patients, two lines": r"""
A {age}-year-old <man|woman> presents with {sx}<| radiating to the left arm>. <ECG shows ST elevation.|CT is normal.|Lipase is high.> <Which artery is most likely occluded?|What is the diagnosis?|Next step?>
A {n} kg <patient|child> is prescribed {rx} at {n} mg/kg. The <bag|vial> contains {n} mg in {n} mL. What is the <rate|dose|volume>?
A nurse <cares for|assesses> a client <{n} days after surgery|with {dx}>. <The client reports {sx}.|The client refuses {rx}.> <Which action first?|What should the nurse do?|Priority?>
<A|In a> {age}-year-old <diabetic|smoker|athlete|alcoholic> <with|develops> {sx} <after surgery|at night>. <Mechanism?|Most likely cause?|Best test?|Explain the pathophysiology.>
A {age}-year-old with {dx} <on {rx}|> <develops|has> {sx}. <Drug of choice?|Which drug is contraindicated?|First line therapy?|Stage?>
Biopsy shows <{dx}|caseating granulomas>; <labs: calcium {n}|family history of {dx}>. <The defect is in|Which gene?|What would you give?>
<Primigravida|A woman> at {n} weeks has <headache and high blood pressure|{sx}>. <Most appropriate next step?|Diagnosis?|Management?>
<A boy|An infant|A newborn> of {n} months has {sx}. <His parents are cousins.|Stool is pale.> <Which enzyme is missing?|What is the prognosis?>
A patient <takes|overdoses on> {rx}<| and {rx}>. <What is the antidote?|Which interaction is expected?|Explain the mechanism.>
On examination there is {sx}; <imaging|MRI> shows {dx}. <Which nerve?|What is the treatment?|Name the sign.>
""",
    "sums of hours and ages": r"""
{F} <works|sleeps|practises> from {t} to {t}. <How long is that?|How many hours?|What fraction of the day?>
The <party|birthday|exam> of {F} is on {d}. <On what weekday is it?|How many days until then?|{F}'s is a week later. When?>
{F} is {n} years older than {F}. In {n} years the sum of their ages will be {n}. <How old is {F} now?|Solve.>
{F} buys {n} <notebooks|apples|tickets> at ${n} each and pays with a {n} dollar bill. <How much change?|What is left?>
{F}, {F} and {F} sit in a row. {F} is not next to {F}. Who sits <in the middle|on the left>?
A <train|car|cyclist> leaves {C} at {t} at {n} mph. Another leaves {C}, {n} miles away, at {t}. <When do they meet?|How far apart at noon?>
{P} invests {m} at {n}% <compounded annually|simple interest>, {P} invests {m}. Who has more after {n} years?
{F} has {n} <marbles|stamps>. She gives <one third|half> to her <brother|friend> {F}. How many are left?
{F}'s <salary|wage> is {m} a <month|week>. <Taxes take {n}%.|He saves a third.> <What remains?|How much in a year?>
{F} was born on {d}. How old <is she on {d}|will she be in {y}>?
{F} <weighs|is> {n} <kg|cm> and {F} {n} more. <What is their average?|Together?>
a <nurse|lawyer|plumber> named {F} charges {m} <an hour|per visit> and works {n} hours. Write an equation.
""",
    "samples and tests": r"""
{{"users":[{{"id":1,"name":"{FL}","username":"{x}","email":"user@example.com"}}]}} <parse this in Go|why is it invalid|write a type for it>
def test_create_user(client):\n    resp = client.post("/users", json={{"name": "{FL}", "email": "test@example.com", "age": {n}}})\n    assert resp.status_code == 201\n<Why 422?|Fix.|Add a test for missing age.>
generate {n} rows of <fake|sample|dummy> <customer|employee|patient> data as <csv|json> with <name, email, phone|columns id, name, salary>. <use example.com|>
<Write|Fix> a <Kubernetes deployment|docker compose file|GitHub action|terraform module|nginx config> <yaml |>for <nginx with {n} replicas|a {w} service|postgres> <and liveness probe|with a volume|>
fake = Faker()\nprint(fake.name(), fake.address())\n<how to seed this?|locale for {K}?|unique values?>
my <python|java|c++> code gives "<NoneType object is not subscriptable|index out of range|undefined reference>" at <row = cur.fetchone()|line {n}>
<Cypher|SQL|SPARQL> query: CREATE (p:Person {{name: '{F}', age: {n}}})-[:KNOWS]->(q:Person {{name: '{F}'}}) <explain|delete the edge>
print(f"Hello {{name}}, you are {{age}}") <how do i pad it|what prints for name='{F}'>
INSERT INTO <employees|students> (name, dept) VALUES ('{F}', 'HR'), ('{F}', 'IT');\n-- sample data, <count by dept|find duplicates>
names = ["{F}", "{F}", "{F}"]; ages = [{n}, {n}, {n}] <zip them|sort by age|comprehension>
user: {F}\nrole: admin\n<how do I add a second user in ansible|yaml lint error?>
mock the service: when(repo.findByName("{FL}")).thenReturn(new Customer("{FL}", {n})); <NullPointerException why|verify call>
Explain <liveness probes|left joins|regex lookahead|async await|pointers> <with an example|to a beginner|>
<Set up|Install|Configure> <redis|webpack|a VPN|ssh keys|cron> on <ubuntu|a mac|windows>
""",
    "fiction again": r"""
Write <an obituary|a will|a CV|a police report|a medical chart> for a <fictional|made up> <pirate|wizard|vampire|knight>, <Captain|Lord|Old> {FL}, aged {age}, <killed by a parrot|died in his sleep>
You are <a detective|Sherlock Holmes|an innkeeper>. A client, Lady {L}, claims <her husband was poisoned|the pearls are gone>. <Interview her.|Ask one question at a time.>
<scene|story>: Detective {FL} questions {FL} about the murder of <his wife|her sister>. <Noir style.|{n} words.|Twist at the end.>
<Write|Tell> a <short story|bedtime story> about a girl named {F} who <finds a door in her grandmother's attic|talks to whales>. Her brother {F} doesn't believe her.
describe a character for my <dnd|rpg> campaign: <half-elf|dwarf|human> <rogue|cleric> called {FL}, <orphan|ex soldier>, <stole a ring from the duke|hates fire>
Write a letter from <Santa|a soldier|a queen|a ghost> to <a child|his wife {F}|her son {F}>
Explain the <plot|ending|motives of {F}> <of|in> <the novel {x}|{x} and {x}|"The {w} of {C}">
Spiele einen Detektiv: Frau {L} wurde tot in ihrer Villa gefunden, der Butler {L} hat ein Alibi. <Löse den Fall.|Befrage ihn.>
Monologue of <a call center agent|a tired nurse|a divorced king|a bus driver named {F}>, <funny|sad>
fan fiction: {F} and {F} <meet again at the ball|are trapped in a lift|break up>, <slow burn|first person>
<A|The> poem about <a soldier who writes to his wife {F}|{F}, a fisherman who drowned|two lovers in {C}>
What happens to {F} in chapter {n}? Why does <she|he> <leave {F}|lie to {F}|burn the letters>?
image prompt: portrait of <an old fisherman from {C}|{F}, a cyberpunk nurse>, <35mm|golden hour|oil painting>
Choose-your-own-adventure: I am {F}, <a spy in {C}|a maid in the palace>. Start.
""",
    "notices and phrases": r"""
<Translate|Proofread|Rephrase> <into French|into German|>: <Our shop offers free shipping on orders over {m}.|The meeting has been moved to {day} at {t}. Please bring your laptop.|The lift is out of order.|All staff must wear a badge.>
<Rewrite|Paraphrase>: "The results of this study suggest that <sleep|exercise> has a <negative|positive> effect on memory ({L}, {y}; {L} et al., {y})."
<Write|Give> a cover letter template with [Your Name], [Company] and [Position] <placeholders|> for a {job}
Email to <a professor|a landlord|my boss|HR> <asking for an extension|reporting a broken heater|asking for a day off> because <I was sick|of a delay>. <Use [Name].|Short.|template>
Write a <birthday|farewell|get well> message for a <coworker|teacher|boss>, <funny|professional>
<How do I|how can I> <politely decline a job offer|ask for a raise|get my landlord to fix things|write a will>? <Give examples.|in {S}|what rights do tenants have>
names for a <bakery|puppy|startup|boat> in {C} <run by two sisters|with a pun>
<Is it normal|At what age should it stop> for <toddlers|teenagers|puppies> to <bite|sleep all day|lie>?
<lesson plan|quiz|worksheet> for <5th grade|beginners> on <the water cycle|fractions|{K}>, {n} minutes
what are the <symptoms|tax brackets|side effects|rules> of <vitamin b12 deficiency|married filing jointly {y}|{rx}|offside>
You have been summoned. [Company Name] regrets to inform [Employee Name] that the position of {job} <is redundant|ends on [Date]>. <Improve the template.|softer>
plan: learn <{nat}|guitar|chess> in {n} months, {n} minutes a day
product description: <steel bottle, {n} ml, keeps cold {n} hours|wool socks from {K}|{w} lamp>
interview questions for a senior {job}, <with answers|ten>
Notice: the library <closes at {t} on {day}|will be closed from {d} to {d}>. <Make it friendlier.|translate to Spanish>
customer said the {w} was late. <Apology template.|two sentences, no names>
""",
    "about people in print": r"""
{P} (born {d} in {C}) is a {nat} <footballer|politician|novelist|swimmer> who <plays for {O}|served as minister|has published {n} books>. <Rewrite.|When was he born?|>
The squadron was <activated|moved to {C}> on {d}. Colonel {P} <commanded it|took over on {d}>, <followed by Major {P}|until {d}>.
{P} fought {P} in {y} in {C} and <lost by knockout|won on points>. <He retired after the match.|The fight lasted {n} rounds.>
The <park|school|bridge|award> was named after {P}, <the first {nat} senator|a {job}>, who died of {dx} in {y}.
Born in {C} in {y}, {P} <joined {O}|studied under {P}> and <died in {C} in {y}|never married>. <Paraphrase.|Summarise.|>
The son of a {job} from {C}, {P} <painted {x}|wrote {n} plays> and was buried in {C}. <Two sentences.|Translate.|>
The journalist {P} quotes the <surgeon|coach|priest> as saying that "<it was hopeless|he never trained|nobody came>".
{P} married <the actress|the poet> {P} in {y}; they <divorced in {y}|had {n} children>. <He was known for {x}.|She starred in {x}.>
In {y} {P} <moved to {C}|was elected to the council> and <founded {O}|edited the journal {x}>. {L}'s <second wife|daughter>, {P}, <was a painter|wrote his life>.
<Activities include meetings and mentoring.|Members pay a fee.> The chair is {title} {P} of {O}.
{L} was <upset by|outpointed by> {nat} <fighter|champion> {P} <for his second loss|in {y}>. He <fought on|broke his hand>.
{P} <scored|recorded> {n} <goals|songs> in {y}, <his best season|before the band split>. <Critics praised it.|{L} said it was luck.>
The <novel|film> tells of {F}, whose <husband|mother> <dies of {dx}|leaves>; <critic {P} called it dull|it sold {n} copies>.
""",
    "principles of a court": r"""
{n}. The <general|relevant> principles concerning <the length of proceedings|the right to a fair hearing|positive obligations> <are summarised|were recently restated> in the Court's <case-law|Grand Chamber judgments>.
The Court <recalls|reiterates> that <it is in the first place for the national authorities to interpret domestic law|Article {n} does not guarantee a right to appeal|States enjoy a margin of appreciation>.
<Under section {n} of the Code|According to Article {n} of the Civil Code>, <a person may be detained for no longer than {n} hours|parents have joint custody|ownership passes on registration>.
The <Government|parties> <argued that domestic remedies had not been exhausted|disagreed|left the matter to the Court's discretion>.
<Everyone|No one|A detainee|A parent> <has the right to|may not be deprived of|must be given> <respect for private and family life|an interpreter|possessions except in the public interest>.
<The Committee of Ministers|The Committee for the Prevention of Torture> <recommended|noted in its report of {y}> that <cells should measure at least four square metres|juveniles be held apart>.
<Having regard to|In the light of> <all the material in its possession|the above>, the Court <considers the complaint well-founded|finds no appearance of a violation|rejects this objection>.
<The award|Default interest|Costs> <shall be based on the marginal lending rate of the European Central Bank|must have been actually and necessarily incurred>.
The question <is whether|to be determined is whether> the interference was <necessary in a democratic society|in accordance with the law>.
<Legislation|The Act> amended in {y} <introduced a compensatory remedy|abolished the fee|lists the grounds for refusal>.
The existence of <a reasonable suspicion|special circumstances|a pressing social need> <depends on|must be assessed in> <each case|the light of the facts>.
The Court sees <no reason|nothing> <to hold otherwise|to reach a different conclusion> in the present case.
""",
    "notices and places": r"""
<Proofread|Translate into Spanish|Summarize>: Dear <parents|guests|members|colleagues>, <the pool is closed until {day}|our prices change|the newsletter has moved>. <Kind regards, the team|The management>
<Translate|Proofread>: <The appointment|The match|The lecture> <has been moved|is cancelled|starts> <on {day} at {t}|at {t}>.
<Find directions|How do I get> from <{O}, {A}, {C}|the station> to <{O}, {A}, {C}|{A}, {C}>?
convert {d} {t} <pacific|CET> to <tokyo|london> time
<How many days|Weeks> <between|from> {d} <and|to> {d}?
What <happened|was the moon phase|day of the week was it> on {d}? <In {K}.|>
<Format|Parse> the dates {d}, {d} and {d} <as ISO|in python>
timetable: {t} registration, {t} talk, {t} lunch. <Make a table.|shift by one hour>
{t} in {C} is what time in {C}?
Easter falls on {d} in {y}. <Why does it move?|And next year?>
<Traduce al inglés|Übersetze|Traduis en anglais>: <Me gusta leer por la noche.|Der Zug fährt um {t} ab.|La réunion commence à {t}.|Hace mucho frío en {C}.>
what rights do <tenants|employees|patients> have <in {S}|when the contract ends|>?
How do landlords <raise the rent|choose tenants> <legally|in {C}>?
participants of the conference: the main speaker was <Professor|Dr> {L}; <topics were schools and funding|it took place in {C}>. <Make a table.|Summarise.>
<recipe|dinner> with only <what I have|the things in my fridge>: tomatoes, {w}, oats. I also only have a <microwave|pan>.
SWOT of {O}. <Table.|Sources.|short>
Mr. {L} signed a <draft|note> for {m} on {d}. <Interest?|Due date?|Proceeds?>
rewrite the <song|verse> about programming: "{F} walks <down the street|into the bar>" <Keep the rhyme.|>
Write a letter from <a ghost|a queen|a sailor> to <her son|his bride> {F}. <{n} words|sad>
<The founders|Members> meet monthly. The treasurer is {title} {L} of {O}. <Improve the text.|>
{P} was a {nat} {job}, born in {C} in {y}, who studied at {O} and died in {y}. <Translate into German.|Rewrite.|>
Tone: "- How are you? - Fine. - What kind of <problems|day>?" <more empathic|shorter>
The <bomb|fire|storm> <exploded in|hit> {C} in {y}, injuring {n} people, among them <a guard|a {n}-year-old boy>. <Rewrite.|>
{P} was married to {P} <after her divorce from {P}|until {y}>. <She started her career in {C}.|He performed at {O}.>
How personal should a <statement|speech|cover letter> be? <Common mistakes?|Examples.>
my <town|school> wants a <logo|motto>. We value <water|honesty>. <ten ideas>
what should a <landlord|nurse|tutor> never <say|ask>? <list>
review my poem: the river <remembers|forgets> my name, <{n} stanzas|no rhyme>. <critique>
Define <severance|custody|a lien|palliative care> in <one line|plain words>.
""",
    "asked briefly, nobody": r"""
<average|typical> <salary|rent|debt> <in {C}|of a {job}> <{y}|?>
<budget|savings> <template|rule> for a <couple|student|family of {n}>
<is|are> <jealousy|threesomes|open marriages> <common|healthy>? <Research?|>
<symptoms|stages|treatment> of <hiv|pcos|withdrawal|grief> <short|list>
how <is|was> <custody|bankruptcy|a will> <decided|contested> in {K}
<stop|max> dose of {rx} <before surgery|in renal failure|in children>?
<bridge|bridging> anticoagulation: <guideline|when is it needed>?
convert {rx} to {rx}: <equivalence table|formula>
norms: <creatinine|ferritin|TSH|bmi> <in men|by age|in pregnancy>
difference between <grade and stage|section 2 and 3|tax and duty>
what does <NYHA III|BIRADS 4|POD|Child B> mean?
<phrases|tips> for breaking bad news <to families|at work>
letter format: <to a judge|to a landlord|to the tax office>, <headings only|no names>
<explain|define> <a summons|a lien|gross pay|a nodule> <to a child|simply>
checklist: <documents for a visa|what to ask a tutor|moving out>
stats: how many <teens vape|people rent|nurses quit> <in {K}|in {y}>?
""",
    "plain and short": r"""
<Can|May|Should> <I|you|one|adults> take {rx} <and|with> <{rx}|milk|alcohol|paracetamol> <together|at night|>?
<Can|Do> <dogs|babies|plants|pilots> <eat grapes|see colours|get colds|sleep standing>?
In <Python|R|SQL|Excel>, given <a DataFrame|a table|a sheet> with columns <'patient_id', 'age', 'sex', 'diagnosis'|name, email, salary|student, grade|id, dob, city>, how do I <compute the mean age per diagnosis|find duplicates|mask the names|pivot>?
Write a <monologue|scene|diary entry|song> for a <girl|boy|widow|soldier> who <finds out she is adopted|lost his leg|was left at the altar|is pregnant>. <Her name is {F}.|His name is {F}.|> <two minutes|sad|>
a <country song|limerick|sketch> about a <truck driver|nurse|sheriff> <named|called> {F} whose <wife {F}|boss|dog> <left him|died|ran off>
I want you to act as a <prompt generator|linux terminal|debate coach|storyteller>. <First title:|My first request:> "<The {job}'s Daughter|{w}>"
what would <Freud|Kant|a lawyer|a doctor> say about <the film {x}|{x}|lying>?
sample <incident note|discharge letter|care plan> with a fictional <resident|patient> <for training|for students>
<what's|compare> the <population|area> of {C} <and|vs> {C}
<CFO|CEO|chairman> {P} of {O} <said|expects> <growth of {n}%|fewer orders> in {y}. <Translate to Spanish.|Shorter.>
anatomy of the <knee|brachial plexus|heart> and <signs|features> of {dx}
{n} <title ideas|hooks|names> for <a video about saving money|a podcast on grief|a divorce blog>
{P} owns <a farm|{n} shops> in {C} worth {m} and leases <{n} acres|one> to <his neighbour|{F}> at {m}. <Annual income?|What percentage?>
You are a <bot|assistant> for <a shoe store|a clinic|a bank>. <Greet the customer and ask for the order number.|Ask for the date of birth first.>
alternate history: {K} wins the war of {y}. What happens to <King|General> {P}?
<Prepare|Give> {n} <quiz questions|flashcards> about <the revolution of {y}|the heart|torts>. <Include {P}.|With answers.>
summarize the article: {P} ({d} – {d}) was a {nat} <mathematician|painter>, known for <her work on {w}|{x}>.
char *name = "{F}"; printf("%s", name); <fix|leak?|why const>
story: {F} and {F} meet <Batman|a witch> at <the station|{C}>. <600 words|funny>
<posting|advert> for a {job} in {C}, <night shift|part time>, {m} an hour
how do <nurses|teachers|police> <document a fall|write a report|take statements> <in general|>?
is it <normal|a red flag|legal> <when someone|if people> <lives with his mom at 30|never posts photos|reads in the bath>?
tweet about <mondays|coffee|exams>
debate: should <parents|states|schools> <read teenagers' chats|ban vapes|pay for therapy>?
why do <people|men|teenagers> <cheat|lie|cut themselves|gamble>? <psychology|studies>
lyrics <from|like> a <mother|prisoner> to <her son|the judge>, <ballad|rap>
""",
    "delicate but nobody's": r"""
<Is it safe|Is it ok|Can you get pregnant if you|How soon can people> <to drink on antibiotics|drive after surgery|have sex after birth|fly with a cast>?
How <does|do> <a court|judges|an insurer|doctors> <decide custody|value a claim|diagnose autism|treat burnout>?
<signs|stages|effects> of <an abusive relationship|burnout|grief|dementia|opioid withdrawal|a stroke>
what happens <if you|when someone> <dies without a will|overstays a visa|stops {rx} suddenly|declares bankruptcy|fails a drug test>?
<Explain|Describe> <gender dysphoria|informed consent|plea bargaining|palliative sedation|redundancy pay> <for a blog|in two sentences|>
<Write|Give me> a <leaflet|poster|faq> on <safe sex|bullying at school|prostate screening|tenant rights|suicide prevention>
<How to|Ways to> <support a friend with depression|talk to teenagers about drugs|report harassment at work|cope with a breakup>? <General tips.|For a magazine.>
Which <tests|documents|lawyers> are <needed|usual> for <a green card|infertility|a divorce|adopting a child>?
pros and cons of <chemo before surgery|joint custody|prenuptial agreements|open offices|remote therapy>
Can a <company|landlord|school|hospital> <fire a pregnant woman|enter without notice|search phones|refuse treatment> in {K}?
<Average|Normal> <length of a divorce|cost of rehab|blood pressure at {n}|number of partners> in {K}
<statistics|studies> <on|about> <divorce|hiv|teen pregnancy|wage gaps|addiction> in {y}
outline for a <talk|thesis chapter|podcast> on <domestic violence|migration|cancer survivors|debt>
<role play|simulate>: a <therapist|judge|debt adviser> and a <client|defendant|couple>. <Generic, no names.|Start with a question.>
quote about <divorce|death|loneliness|forgiveness> <by a poet|funny|>
what do you <call|wear to|say at> <a funeral|a baptism|a retirement party>?
is <depression|alcoholism|baldness> <hereditary|curable|contagious>?
""",
    "code that has columns": r"""
<df|users|patients>.groupby("<diagnosis|dept|city>")["<age|salary|score>"].mean() <gives NaN|slow|how to sort it>
CREATE TABLE <patients|employees|members> (id INT, name TEXT, dob DATE, <diagnosis|salary|email> TEXT); <normalise|add index|insert sample rows>
def mask(email): <return re.sub(r".+@", "***@", email)|...> # <test for it|handles two dots?>
type <Patient|Customer> struct {{ Name string; Age int; <Diagnosis|Email> string }} <json tags?|validate>
In <SQL|pandas|Excel>: <second highest salary|patients without a visit in {y}|oldest employee per dept|duplicate emails>
SELECT * FROM <employees|patients> WHERE <name LIKE 'A%'|dob > '{y}-01-01'|salary > {n}>; <add paging|explain plan|prevent injection>
<regex|function> for <names with hyphens|birth dates|phone numbers|iban> in <js|go|java>
<form|react component> with <name, email, age|patient name, dob>, <validation|submit handler>
seed <{n} patients|fake employees> with faker <and random salaries|in django|>
log.info("user {{}} logged in", user.getName()); <is this gdpr safe?|mask it>
GET /patients/{{id}}/visits returns <404|500> <after the migration|with a valid token>. <Why?|debug steps>
openapi: components: schemas: <Person|Employee>: properties: name: type: string <add age|example values>
class <Doctor|Employee>(models.Model): name = models.CharField(max_length={n}) <add relation to Patient|__str__?>
unit test: assertEquals("{F}", person.getName()); <expected null|arrange act assert>
parse "<Last, First|name <mail>>" into <two columns|a tuple> <regex|split>
vlookup <name to salary|id to grade> across two sheets <with errors hidden|>
""",
    "games and roles": r"""
<You are|Act as> <a strict teacher|a ship's doctor|an AI named {F}|my rival in the arena>. <Stay in character.|I start: "Hello, {F}.">
continue: {F} <opened the letter|slammed the door|took the ring>. "<You lied to me|Our mother is alive>," <she|he> said.
{F} and {F} <from {x}|, two spies,> <argue|kiss|escape> <in the rain|on a train to {C}>. <dialogue only|600 words>
npc list for a <tavern|space station>: name, age, secret. <five|with {F} the smith>
<backstory|character sheet> for {F}, <paladin|hacker|nurse>, <mother killed by|raised by> <wolves|the guild>
write <chapter one|the ending>: <the detective|a widow> {FL} <finds a body|inherits a house> in {C}
what if {F} from <the novel {x}|{x}> had <told the truth|married {F}>?
<limerick|haiku|rap> about <a man from {C}|{F} the cat|a doctor who faints>
<sitcom|movie> pitch: <divorced dad|pregnant nun|fired chef> <moves to {C}|adopts a dog>
a letter found in <the attic|a bottle>: "Dear {F}, <forgive me|the war is over>." <Finish it.|who wrote it?>
<tarot|horoscope> reading for <a leo|a made up client>
anime oc: {F}, {n}, <fire powers|amnesia>, <sister {F} is the villain|school uniform>
interview with a <vampire|fictional CEO> called {FL}, <funny|for a school paper>
mystery game: <{n} suspects|Lord {L}, his nurse and the butler>. <Clues and solution.|Motives please.>
speech of <king {F}|a dying general> to <his sons|the troops>
parody news: <local man|{P}> <marries toaster|sues the moon>
""",
}
