"""More texts for the verdict, in the grammar of verdict_templates.py: what people of one walk of life after another ask,
each beside what the same people ask about nobody. Short, as typed; nothing in them is taken from a set that measures."""

PRIVATE = {
    "home": r"""
<my|our> <babysitter|childminder|au pair|cleaning lady> {F} <broke the cot|wants to be paid under the table|fell down our stairs|never signed anything>. <are we on the hook?|Do we need to register her?|what do we owe her?>
{F} <looks after|minds|walks> our <kids|twins|dog> <three days a week|after school|while we are at work> and we <give her {m} in an envelope|pay by the hour|never asked for papers>. Can that backfire?
my <son|daughter|kid> {F} (<{n}|{age}>) <won't eat|still wets the bed|sleepwalks|lies about homework|pulls out her hair>, {F} the older one <mocks him|is jealous>. <normal?|what helps?|how would you handle it>
{F} and I <split|separated|divorced> in {y}, <the kids are with me|she kept the dog|he moved in with {F}>. How do we <do Christmas|divide the weekends|tell the school>?
Grandpa <{F}|{L}> <is {age}|turned {age}>, <forgets the stove|hides letters|gave {m} to a caller>. <My sisters|The neighbours> want <a guardian|a home|the car keys gone>. <Thoughts?|What are the steps?>
<toast|rhyme|limerick|verse> for <auntie|uncle|granny|godfather> {F} who <turns {age}|is {age} on {day}>, <survived a stroke|buried two husbands|beat lymphoma|drove a taxi in {C} for {n} years> and <still dances|cheats at cards|bakes for the whole street>
<Card|Few lines|Message> for <{F} and {F}'s wedding|the christening of little {F}|our neighbours {F} and {F}, who lost a baby|{F}, home from rehab>. <We know them from {C}.|They met at {O}.|keep it warm>
the people <upstairs|next door>, <the {L}s|{F} and her boyfriend>, <scream at each other until {t}|leave their little one alone|smoke on the stairs>; <I heard a slap|she had a black eye|I filmed it>. <should I ring somebody|do I report it|what do I put in the log>
We <fostered|took in|adopted> {F} <at {n} months|in {y}|from {K}> and <his birth mother|her brother|a half sister> <found us|wrote|is outside the school>. What do we say?
my <mother in law|stepmum|father in law> <moved in|has a key|feeds {F} sugar> and <my wife takes her side|{F} has {dx}|I can't breathe in my own flat>. words for <a talk|a text>?
<who inherits|who gets the flat> if <mum|my dad {F}> dies first? <He has a boy with {F}|She never divorced {L}|I looked after her for {n} years>, <house in {C}|no will>.
{F} <came home drunk|was sick in the taxi|got a tattoo|was caught vaping>, she is <{n}|{age}|in ninth grade>. <Ground her?|How strict would you be?>
packing list and medicines for our trip: {F} (<{dx}|nut allergy|insulin>), {F} (<in a wheelchair|gets carsick>), grandma {F} (<{rx}|oxygen>). <to {C} by car|{n} nights>
my <best mate|friend since school> {F} <borrowed {m}|drinks since his divorce|posted my photos|told everyone that I had an abortion>. how do I <confront her|get it back|end this>
I'm <a widow|single again|a stay at home dad> <since {y}|of {age}|from {C}> and <my kids don't visit|{F} proposed|I found letters from {F}>. What would you do?
our flat share: {F} <never cleans|moved her boyfriend in|is {n} months behind>, {F} <took the deposit|has a cat i'm allergic to>. write the house <rules|chat message> so that they get it
we're <trying for a baby|on our third round|waiting for a donor>, <{F}'s count is low|my amh is {n}|lost one in {y}>. my parents keep asking. <a line to shut them up?|how do others cope>
Christmas letter from the <{L}s|{L} family>: {F} <started nursing school|was confirmed>, {F} <broke his leg|is off the drugs>, we <sold the house in {C}|lost grandma>. <Make it funny.|one page>
my {age} year old <uncle|neighbour> {F} <got scammed by a woman online|sent {m} to a man called {F}|gave out his card>. <how do we get it back|who do we call>
{F} doesn't know <I was married before|that I lost the house|I'm leaving on {day}>. Help me find <the words|a good moment>.
""",
    "school": r"""
<pupil|student|boy in my class> {F} <hit|kicked|spat at> <another boy|{F}> <again|for the third time>, <home is chaos|father in prison|he sleeps at his gran's>. <Turn into a note to his parents.|How do I write this up?|email to the head please>
Notes -> <letter home|report>: {F} {L}. <, year {n}|>: <bruises on arms|hides under desk|draws knives|says dad shouts>, <mum cried at pickup|new stepdad>, <welfare lead informed|told nobody yet>
I <teach|train|coach> <the under {n}s|beginners' ballet|year {n}|violin>. <One father|One mum>, {P}, <yells from the line|smells of drink at pickup|grabbed her girl by the hair>, <the girl freezes|his boy cries>. <Duty to report?|Who do I tell?>
seating plan: {F} <can't sit by {F}|needs the front, hearing aid|is on {rx}>, {F} <bullies {F}|has a one to one>, {F} <no English yet|selective mutism>
write <comments|end of term remarks> (<{n} words|short>): {F} - <bright, never prepared|dyslexic, proud, works hard>; {F} - <absent {n} days, mother ill|steals>; {F} - <reads two years ahead|swears at staff>
{F}'s <mum|dad|foster mother> says <he's being picked on by {F}|the test was unfair|she has {dx} and needs extra time>. my answer, please, <calm|two paragraphs|not defensive>
my <thesis student|tutee|advisee> {F} <vanished since {date}|copied a chapter|is sleeping in the lab|told me about her {dx}>. What are my options as <a supervisor|her professor>?
<IEP|EHCP|support plan> goals for {F} ({n}), <autistic, non speaking|ADHD, takes {rx}|{dx}>: <sits {n} minutes|bites when overwhelmed|eats only white food>
{F} {L} | grade {n} | <F in maths|suspended twice|free lunch> | <lives with aunt|mother deported|father's {tel}>\n{F} {L} | grade {n} | <ok|talks back|epilepsy> | <custody dispute|->\n<put in a table|who needs a meeting first?>
they <expelled|suspended|excluded> my <son|daughter|grandson> {F} over <a vape|a fight with {F}|a photo>, he has <{dx}|a statement|a clean record>. <Appeal letter.|Can they?|what do i write to the governors>
<Recommendation|Reference> for {F} {L}, <my student for {n} years|captain of the debate team>: <raised by grandparents in {C}|works nights at {O}|stutters but won the prize>. <She applies for nursing.|college essay style>
Is {F} (<{n} yrs|grade {n}>) <ready to skip a year|dyscalculic>? <Counts on fingers|Reads at {n}th percentile>, <anxious, bites nails|twin brother {F} outpaces her>
I'm <in year {n}|a freshman|{n} yrs old> and <my teacher {title} {L}|the coach> <texts me at night|stares at me|said i'm fat in front of everyone>. <who can i tell|is this ok?>
got caught <with notes in the exam|sharing answers with {F}> at <{O}|uni>. hearing on {date}, <my visa depends on it|my dad will kill me>. what do i say to {title} {L}
parents evening in ten minutes: {F}'s folks <are splitting|don't speak to each other|blame {F}>. she dropped from A to D <since {day}|since grandpa died>. Script?
daycare log: {F} - <nap 40 min, bit {F}|rash on tummy, mum called {t}>; {F} - <picked up late by uncle|no lunch again>. <Word it for the parents.|summary for the manager>
""",
    "work": r"""
write-up for {F} {L}: <late {n} times|slept on shift|swore at a customer>, <says her dad is dying|going through a divorce|I smelled beer>. <Firm but kind.|HR wants facts only.|{n} words>
<colleague|guy on my shift|someone on my team> {F} <told me she's expecting|is interviewing at {O}|takes pills|cried in the loo> and <begged me to keep it quiet|{F} wants her on nights|the boss asked me>. What now?
{title} {L} from <legal|the agency|upstairs> <read my medical certificate aloud|googled my arrest|asked about my church>. I <froze|walked out|have {dx}>. <complaint|reply>?
who gets the company flat: {F} <(sleeps in his car)|(two babies)>, {F} <(rows with {F})|(longest here)>? <reasons for the notice board|fair?>
on {date} I <was let go|got my notice|was made redundant> by {O} after {n} years. <severance {m}|no reason given>. <linkedin post without bitterness|What can I ask for?|message to my old team and {F}>
my <boss|shift lead|chef> {F} <rubs my shoulders|calls me honey|follows me to the car>. <zero hours|still in probation|I need the money>. <letter to head office|who believes me?|what do i write down>
payroll says: {F} {L} {m}, {F} {L} {m}, me {m}. <same job|they are men|I trained both>. How do I bring it up with {F}?
exit interview notes, tidy: {F} leaves because <of {F}'s temper|her mother has {dx}|{O} pays {m}>; <wouldn't come back|asked to stay anonymous>
reference request came for {F} {L}, <we fired him for theft|great worker, alcoholic|I'd never hire her again>. What can I say without <getting sued|lying>?
{F} <lost two fingers in the press|slipped in the cold room|was burned> on <{day}|{date}>, <guard was off|no helmet>. <Fill an accident report.|what do we tell the insurer|toolbox talk without his name>
I run a <bakery|garage|small agency>. My <apprentice|waiter|bookkeeper> {F} <steals tips|is {n} weeks along|posted about us|owes tax>. <May I dismiss her?|first step?|draft the warning>
text to {F}: <don't come in tomorrow|your trial shift went badly|we saw you on camera>. <soften|shorter|legally safe>
rota: {F} <can't do Fridays (dialysis)|school run till nine|on crutches>, {F} <not with {F}|visa 20 hours>, {F} nights only. <{n} shifts.|fair?>
my employee {P} <is in custody|hasn't shown up since {date}|turned up with a black eye|asked for an advance of {m}>. <Ideas how to help her?|Am I allowed to ask?>
transcript bit: "{F}: I'm done covering for {F}, he's high half the day." <summarise for HR|what should the manager do>
farewell <speech|card> for {F}: {n} years <on the line|in the ward|at the front desk>, <two divorces, one heart attack|never called in sick|cried only when {F} died>, off to {C}
I'm the <works council|shop steward>; member {F} {L} <got warned for a facebook post|has cancer and they want her out>. <Letter to management.|rights?>
Rank these applicants. {F}: <{n} yrs, gap after prison|accent, great test>. {F}: <overqualified|wants {m}|just had twins>. <why?|one line each>
anonymous tip says {F} in <purchasing|the warehouse> takes <{m}|kickbacks> from {O}. <investigation plan|do I suspend him?>
""",
    "ward": r"""
{F}, room {n}: <pulled out line|refused lunch|fell at {t}, no injury|asked for her late husband>. <family wants everything done|son phoned, rude|for comfort care>. -> <handover|note for the file>
<can|may> {title} {L} (<bed {n}|day {n} after surgery>) have <{rx}|wine with his {rx}>? <gfr {n}|he lies about pills|daughter brought it>
<inherited|took over> a patient, {age}<f|m>, on <{rx}, {rx} and {rx}|high dose {rx}>, <dr {L} never checked levels|falls weekly>. Taper how?
results: <TSH {n}, ft4 low|hb {n}, mcv 70|psa {n}, was {n}|creat 1.8 from 1.1|crp {n}>. <i'm {age}|me: {age}, two kids, smoker>. <appointment isn't till {day}|panicking|bad?>
letter to gp: thank you for seeing {F} {L}, {dob}, <weight loss of {n} kg|hoarse for {n} weeks|lump in neck>, <father died of it|ex smoker>. <shorter|two week wait>
<client|pt> {init} <lost the baby at {n} weeks|wants to end it, has pills|stopped {rx} herself>. <risk assessment|how do I document>
midwife notes: {F}, {n}+{n}, <reduced movements|partner answers for her|bp creeping up>. <sbar please|refer?>
dentist here, {title} {L} <wants her money back|lost the crown|sued {O} before>. upper left {n}, <nerve damage?|consent unsigned>. <reply to her lawyer|what do my notes need>
my <mum|wife|husband|brother> starts <chemo|radiation|dialysis> <{day}|on {date}> at {H}. <stage {n}|{dx}>. <what do we tell the children|what should we pack|questions for {title} {L}?>
i'm <{age}|a {age} yo {job}> <and|,> <my left arm tingles|pee is brown|can't stop crying since the birth|vision goes grey>. <on {rx}|nothing else>. <er or wait?|what is it>
vet bill aside: I take <{rx}|{rx} and {rx}> and <drank a bottle|missed three doses|took double by accident>. <now what|am i going to be ok>
<discharge|transfer> summary for {title} {L}: <hip fracture, delirium|sepsis from a UTI|{dx}>, <lives with daughter {F}|back to the care home>, <on {rx}|{rx} stopped>. <plain language for the family|make it half as long>
the hospice nurse says {F} has <days|weeks>. <He's {age}|She wants no visitors>. <How do I say goodbye?|what do I tell our boys|obituary?>
therapy homework: letter to <my father|{F}|the man who hurt me>. I was <nine|{n}|drunk>. It <went on for years|was in the garage>. <first sentence?|help me start>
care plan: {title} {F} {L}, {age}, <vascular dementia|PEG fed|{dx}>, <hits staff at bath time|calls for {F}|pressure sore sacrum>. <goals and measures|simple words for agency staff>
<tested positive|got chlamydia|have warts|cold sores down there> and <{F}|my new girlfriend> doesn't know. <text that doesn't sound awful|do I have to say it?>
my <sponsor|counsellor> {F} <relapsed|kissed me|told the group my story>. {n} days clean. what do i do
insulin pump question: {F} is {n}, <{n} kg|type 1 since {y}>, <lows at {t}|school nurse refuses>. <ratio?|note for school>
guess what i have: <{sx}, {sx} and {sx}>, <f {age}|m{age}|{age} male>, <aunt had {dx}|back from {K}|worse at night>
""",
    "law office": r"""
new matter: {F} {L} v <{O}|her landlord|his brother>. <Dog bite, {n} stitches|Unpaid overtime since {y}|boundary wall>. <Limitation?|Demand letter.|chronology please>
Our client <admits|denies> <he hit {F}|drinking|signing>, <told his cousin|was on {rx}>, <prior from {y}|on parole>. <Theory of defence|cross questions for {title} {L}>
statement, fix English only: I live at <number {n}|{A}>. <On {day}|Around {t}> I <saw|heard> {title} {L} <drag her by the arm|kick the door|run to a white van>. She <bled|called for {F}>.
i got <a summons|a letter from the prosecutor|served> because <I pushed {F}|of my son's scooter|i didn't pay child support>. <court on {date}|never been in trouble>. <do i need a lawyer|what happens>
custody: {F} <is with me since {date}|says she's afraid at her dad's>, <he's behind {m}|he moved to {C} with her>, <cps closed it|judge {L}>. <motion|email to his lawyer {L}|can I refuse the visit?>
parole board letter for my <cousin|husband> {F}, <{n} years of {n} served|robbery>. <our girls miss him|he learned welding>. <from the heart|one page>
I'm on <a student visa|H-1B|asylum hold> and <was stopped with a friend's papers|my job ended {date}|{F} hit me>. <deport?|can i still marry {F}|what do I file>
will draft: I, {P}, leave <the flat in {C}|my savings> to {F}, nothing to {F} <who knows why|since she stole {m}>. <Is it valid?|nicer wording?>
the driver, <a {age} year old {job}|{title} {L}>, <texted|ran the light>; my knee <is done|needs surgery>, <{m} so far|off work {n} weeks>. What is it worth?
I <backed into|scraped|hit> a <van|mailbox|cyclist> <after the pub|leaving the game> <in {C}|on {A}> and <left|didn't stop|panicked>. <turn myself in?|will they find me|how bad>
cross of {title} {L}: <claims she never met {F}|says the ladder was wet>. exhibit {n}: <his text to {F}|photo from {date}>. <five sharp questions|weak points>
<eviction|notice> for {F} {L}, unit {n}, <{m} behind|smokes inside>, <three kids|says he lost his job>. <ten day notice|kind version|steps in court>
client {F} {L} <wants to change her name|was misgendered by {H}|lost the child in {y}>; <forms?|draft affidavit>
memo, privileged: {O} knew of {F} {L}'s <complaint|diagnosis> before firing her <on {date}|>. <exposure?|settle at {m}?>
my <ex|business partner> {F} <forged my name|emptied the account|put cameras in>. <I have the emails|no proof>. <police or lawyer first?|cease and desist>
bodycam summary: {F} {L} <refused the breath test|hid a bag under the seat>, <passenger {F} cried|said he is a diabetic>. <past tense please|probable cause?>
power of attorney for <mother|my uncle {F}>: <early dementia|in {H}>, <brother {F} objects>. <capacity?|wording>
{F} <was born out of wedlock in {y}|never met his father {F} {L}>, now <wants a share|needs the passport>. <paternity claim?|deadline?>
""",
    "money": r"""
<make|take home> {m}, rent {m}, owe <{m} to {O}|my brother {m}>, <wife doesn't know|two kids, one on the way>. <budget|get me out of this|bankruptcy?>
<bank|{O}> <froze|closed> my account <over a transfer from {F}|after {date}>. <I'm a {job}, paid in cash|it's my rent>. <complaint letter|who can I call>
collections called about <my late husband's card|a loan {F} took in my name>. <i never signed|he died {date}>. <reply|am I liable>
kyc note: client {F} {L}, <{nrp}, {job}|pep by marriage>, <{m} from sale of flat|cash every {day}>. <risk rating?|write the SAR narrative>
mortgage file: {F} & {F} {L}, <{m} joint|he's on probation, she's pregnant>, <missed {n} payments in {y}|gift from her dad>. <approve?|conditions|letter declining>
the <tax office|HMRC|IRS> says I owe {m} for {y}. <i was in hospital|on benefits|uber and bakery job>. <appeal|payment plan|what did I do wrong>
{F} <ledger|rent book>\n{n}a <{L}, {F}.|{L}> <{m} short|paid> <("hours cut")|("baby came early")|>\n{n}b <{L}|{F}> <late|in cash|promised {day}>\n<chase {n}a nicely|sum it|reminder texts>
kitty for {F}'s stag do in {C}: {F} {m} <(never paid)|(skint since the divorce)>, {F} {m}, me {m}. <split|polite chaser>
claim form: policyholder {F} {L}, <roof|water damage|stolen bike at {A}>, <already claimed {y}|depressed, can't sort receipts>. <fraud flags?|approve wording>
dad <put the house in {F}'s name|lent {F} {m}|gambles>. <he's {age}|mum cries>. <can we undo it|intervention script>
gofundme for <my niece {F}, {n}|our neighbour {F}>: <{dx}|burned out flat>, needs <a transplant|{m}|a wheelchair>; <mum works at {O}|dad drives her to {C} weekly>. <short, honest>
i <won|inherited> {m} from <aunt {F}|a man I cared for> and <my siblings hate me|my ex wants half>. <gift tax?|tell anyone?>
pension: born {y}, <{n} years at {O}|divorced {F} in {y}>, <can't stand anymore, back|widow>. <retire at 60?|how much>
loan to my <cousin|sister in law> {F}, <{n} months no word|she bought a car>. <message that keeps the peace|small claims?>
""",
    "tables and code": r"""
why doesn't this parse?\n{{"<patient|client|resident>": "{F} {L}", "<sex|dob|ward>": "<F|M|{dob}|{n}>", "<dx|hiv|status>": "<{dx}|positive|deceased>", "<next|seen>": "{y}-13-{n}"}}
{{"<student|pupil>": "{P}", "grade": {n}, "<notes|remarks>": "<mother ill|{dx}|expelled {y}>"}} <invalid?|to yaml|schema for this>
INSERT INTO <patients|tenants|members|staff> VALUES ({n}, '{F} {L}', '{dob}', '<{dx}|{m}|widowed|evicted>');\n<why the error?|second row missing|escape quotes?>
row = ["{F} {L}", "{dob}", "<{dx}|{rx}|type 2|insured>", {n}]\nprint(row[5]) <IndexError, why|fix>
df has <name, dob, dx|name, salary>: ("{F} {L}", "{dob}", "<{dx}|{m}>"), ("{F} {L}", "{dob}", "<{dx}|{m}>"). <groupby?|drop duplicates|anonymise it>
my csv breaks:\nname;<therapist|diagnosis|fine>;paid\n{F} {L};<{title} {L}|{dx}|{m}>;<no|yes>\n{F} {L};<{title} {L}|{dx}|{m}>;<yes|no>
log: user {n} ({F} {L}, <{C}|card ending {n}|{age}>) <charged twice|locked out|asked for deletion>, see ticket {n}. <root cause?|reply to him>
<patient|customer>_name = "{F} {L}"\n<allergy|balance|address> = "<{rx}|{m}|{A}>"\n# <why is this None later?|make it a dataclass>
UPDATE <employees|inmates> SET <salary = {n}|cell = '{n}'> WHERE name = '{F} {L}'; <affects 0 rows|how do I undo>
{F} {L} - <nuts|penicillin|bee stings>\n{F} - <coeliac|epi pen in bag>\n{F} {L} - none\n<print badges|by allergy|table>
<key|code> under the pot: {title} {L}, <{A}|flat {n}>, <away till {day}|alone since {y}>; {F} {L}, <gate {n}|deaf, knock hard>. <route for the day|to csv>
<guest|visitor|inmate|camp> list\n{F} {L}, <diabetic|with infant|wheelchair>\n{F} {L}, <vegan|banned in {y}>\n<sort|rooms by two>
xml to json: <record><name>{F} {L}</name><<dob>{dob}</dob>|<grade>D</grade>><note><in foster care|owes {m}|{dx}></note></record>
{F} {L}: absent {n}, <F|D+|incomplete>\n{F} {L}: absent {n}, <A|iep|meds at noon>\n<who fails?|bar chart|table>
"{F} {L}","{tel}","<wants {m}|complained|pregnant>"\n"{F} {L}","{tel}","<moved to {C}|dead>"\n<dedupe|crm import>
staff.csv: {F},{L},<{m}|nights|warned> / {F},{L},<{m}|mat leave|days>. <average?|who to promote|pivot>
seed.rb leaked: Resident.create(name: "{F} {L}", born: "{dob}", remark: "<refuses insulin|rent by court order|blind>") <undefined method|rollback>
SELECT note FROM visits WHERE patient = '{F} {L}' -- returns "<{dx}|drinks daily|tearful>" <twice, why?|optimise>
family tree to graphviz: {F} {L} (*{y}, <miner|hanged himself>) oo {F} {L} (*{y}); <child {F} died at {n}|{F} adopted>
allergies = {{"{F}": ["<nuts|{rx}>"], "{F}": []}} <iterate|KeyError '{F}'|to csv>
""",
    "community": r"""
I'm a <priest|rabbi|imam|elder|deacon>. <A man I trust|One of us>, {F}, <confessed he cheats|took from the collection|wants to leave his wife|stopped praying since {F} died>. <how do I guide him|sermon that fits without naming him>
<swim club|choir|theatre> <helper|volunteer> here. {F} ({n}) <faints because she skips meals|won't change with the others|said he wants to die>. <whom do I inform|what are the next steps>
allotment {n}: {title} {L} <lets weeds grow since the stroke|sold his plot to {F}|threatened the chair with a spade>. <letter from the committee|may we terminate>
agenda item: {F} and {F} <both want the lead role|were seen kissing backstage|haven't paid since {date}>. <how do I put this neutrally|decide for us>
neighbourhood watch: <man from number {n}|{F} {L}> <parks across|deals|shouts at kids>, plate <{n}|seen {t}>. <post for the group|is this defamation>
our pastor {F} <touches|flirts with> <the girls|my wife>; elders <know|shrug>. <letter to the diocese|how do I leave>
food bank intake: {F}, {n} kids, <no papers|sanctioned|fleeing husband>, <diabetic|baby formula>. <summary for partner agency>
our treasurer-to-be {F} <has a conviction from {y}|just filed for bankruptcy>. <does he have to tell the members|how do we ask>
host family report: {F} from {K}, {n}, <homesick, doesn't shower|bulimic?|smokes>. <to the agency, kindly|what next>
our <team|band>: {F} <sleeps with {F}|is always stoned|quit by text>. gig {day}. <what do I tell {F}|find the words>
tenant association email: flat {n} <({L})|({F} and {F})> <hoards|beats the dog|subletting>. <polite|for the landlord>
vigil for {F}, {n}, <hit by a tram|stabbed outside {O}>; <mother wants no press|brother will speak>. <running order|words for the priest>
dog rescue: {F} {L} <gave up Rex after eviction|wants her back>, <history of neglect|in rehab now>. <decline nicely?|contract>
""",
    "me": r"""
<tinder|hinge|dating> bio: <{age}f|{age}m|m, {age}>, <divorced, two girls|widowed {y}|bi, not out>, <{job}|teacher> in {C}, <sober {n} years|herpes, better say?>, <climbing|dogs>
my opening line to {F} (<{job}|{age}>, <vegan|single mum>): "<saw you at {O}|your dog is cute>". <rate|better one>
<status|post|story> about <my divorce|turning {age}|round {n} of ivf|losing the house>: <funny but brave|dignified>. <{F} will read it|mum follows me>
<he|she|{F}> texted "<we need to talk|who's {F}?|i saw the pictures>". we've been <married {n} years|sleeping together>. <meaning?|answer?>
i <hit|slapped|lied to|stole from> <my kid|my girlfriend|{F}|my gran>. <never again|nobody knows>. <am i a monster|how do I make it right>
came out to <my dad|{F}> <yesterday|at {t}>. he <hung up|cried|threw me out>. <{age}, in {C}|>. <where do I go|letter to him>
i'm {n} and <late|pregnant|my step dad comes into my room>. <mom can't know|in {S}|>. <what do i do|please>
ich bin {age} und <habe meinem Mann {F} nie gesagt, dass ich verschuldet bin|wurde von {O} gekündigt|trinke seit {F} tot ist>. Was soll ich tun?
Unser Sohn {F} ({n}) <stottert|schlägt {F}|hat {dx}>. <Brief an die Schule bitte.|Wie sage ich es der Lehrerin, Frau {L}?>
Ma fille {F}, {n} ans, <ne mange plus|a peur de son père>. <Une lettre au juge.|Que dire à {title} {L} ?>
Mi <marido|hijo|jefe> {F} <bebe|me pega|me debe {m}> desde {y}. <¿Qué hago?|Escribe una carta.>
Mio <padre|marito> {F}, {age} anni, <ha la demenza|è in carcere a {C}>. <Come lo dico ai figli?|Scrivi una lettera.>
moving to {C} with <my boyfriend {F}|my mum, {age}, {dx}>; <he has a record|I'm on {rx}>. <visa?|doctor?|worth it>
personal statement, trim: I grew up in <a camp|care|{C}>. My <father was killed in {y}|mother cleaned at {O}>. <I translated for her at {n}.|I failed twice.> I want to study <law|nursing>.
cv gap: <{n} months inside|cared for {F}|breakdown in {y}|two pregnancies>. <{F} {L}, {job}|was at {O}>. wording?
{P}, born {dob}, {job}. <{y}-{y} {O}; {y} ill ({dx})|left school at {n}; driver; two kids>. <improve|make it one page|translate to German>
Hello sir, my English is bad. I am {F}, {age}, from {C}, <driver {n} years|cook on ships>. <I send money to my wife {F} and {n} children.|My boss kept my papers.> <make letter to {O}|correct please>
<scholarship|exchange> essay to be cut: I, {P}, <sold oranges in {C} until {n}|lost a year to tuberculosis|raise my brother's sons>. <now at {O}|want to build bridges>
<prayer|speech|letter> for <my brother {F}|our {F}>, <overdosed {date}|shipped out|who was {n}>. <I can't do this alone|read at the grave>
<my ex's|his> new <place|number> is <{A}|{tel}>. he <owes {n} months for {F}|has my passport>. <letter number three, firmer|bailiff?>
should I tell {F}? <her husband hits on me|I saw him with {F} at {O}|his son sells pills>
""",
    "applications": r"""
application: <{F} {L}|my name's {F}>, {n} years <as a {job}|behind the bar|on oil rigs>, <back after my wife died|moved to {C} for my knees>. <They want flexible hours.|Say why I left {O}.>
{O} answered: "Dear {F}, after <our call|the trial day> we <went with someone else|offer {m}>." <counter?|thank them|is it worth arguing>
from {F}, cc {F}: <"I won't sign the audit"|"{F} can't be trusted with clients"|"who told {O}?">. <what is he asking|answer that commits to nothing>
email from my <supervisor|co-author|advisor> {F}: "<your draft is late|{F} will be first author>". I was <in hospital|at my dad's funeral>. <reply|tone?>
for the embassy: I invite <my sister|my fiancé> {P}, <passport to follow|born {dob}>, to {A} from {date}. <I pay.|sponsor letter>
<green card|citizenship|guard licence> form asks about <arrests|debts|illness>: <bar fight in {C}, {y}, dropped|I owe {O} {m}|bipolar, on {rx}>. <what to write|attach?>
performance self review. I'm {F}, <closed {n} deals|got feedback that I interrupt|was out {n} weeks, surgery>. <honest but not stupid>
bio for the <conference|school website>: {title} {F} {L} <grew up in {C}|lost her sight at {n}>, <PhD {O} {y}|two sons, plays cello>
Resume\n{F} {L}\n{C} | {tel} | {mail}\n{O} {y}-{y} <{job}|>\n<ATS score?|tailor to {O}|shorter>
rejection to {F} {L}: <second choice|failed the drug test|too nervous>. <kind|legally clean>
pitch to investors: I'm {F}, ex {O}; co-founder {F} <left with the code|is my wife>; <burn {m}|{n} months left>. <tighten|slide text>
housing application: <{F} {L}, {job}|couple, {age} and {age}>, {m} net, <one cat|bad credit since divorce>, <ref: {title} {L}, {tel}>. <friendly letter>
proofread my essay: <My name is {F} and|> <When I was {n}, my brother {F}|In {y} my mother> <stopped speaking|was deported|taught me to sew by touch>. <It shaped why I want medicine.|>
Dear {title} {L}, I could not <attend|submit> because <I was in {H}|my grandmother died|of panic attacks> <from {date}|>. <less whiny|formal>
""",
    "other languages": r"""
Mein <Chef|Vermieter|Nachbar> {title} {L} <schreit mich an|hat die Kaution behalten|droht mit dem Anwalt>. <Was kann ich tun?|Schreib bitte einen Brief.|Wie antworte ich ihm?>
Ich bin im {n}. Monat schwanger und {O} <verlängert meinen Vertrag nicht|gibt mir Nachtschichten>. <Darf das sein?|Hilf mir bei der Mail an Frau {L}.>
Meine <Mutter|Schwester> {F}, {age}, <hat {dx}|liegt in {H}|wurde betrogen>. <Welche Fragen soll ich der Ärztin stellen?|Was schreibe ich ihr?>
Sehr geehrte Frau {L}, hiermit <kündige ich zum {date}|melde ich {F} vom Sport ab|bitte ich um Akteneinsicht>. <Bitte kürzer.|Korrigiere das.|Klingt das höflich?>
Je suis <infirmière à {C}|divorcé depuis {y}> et <mon patron {F} ne me paie plus|ma fille {F} ne veut plus me voir>. <Que faire ?|Aide-moi à écrire.>
Corrige : Bonjour Madame {L}, mon fils {F} était <malade|chez son père> <lundi|le {date}>. Cordialement, {P}
Mi <hermana|madre> {F} <tiene {dx}|está en el hospital de {C}|se separa de {F}>. <¿Qué le digo?|Ayúdame con un mensaje.>
Estimado señor {L}: no puedo <ir a trabajar|pagar el alquiler> porque <me operan el {date}|mi hija {F} está enferma>. <Corrígelo.|Más corto.>
Sono <incinta di {n} settimane|stato licenziato da {O}> e {F} non lo sa. <Cosa faccio?|Scrivi un messaggio.>
Ik heb ruzie met mijn <buurman|baas> {L} over <het loon|de hond>. <Schrijf een brief.|Wat zijn mijn rechten?>
"""
}

CLEAN = {
    "home, nobody": r"""
Do <families|parents|households> have to <register a babysitter|withhold tax for an au pair|insure a cleaner> in <{S}|{K}>?
<At what age|When> do <children|kids|toddlers> <stop napping|lose their first tooth|sleep through>? <Short answer.|>
<games|crafts|snacks> for <a rainy day|a birthday party of six year olds|a long drive>
<Which|What> <flowers|gifts|wines> suit <a grandmother's 80th birthday|a christening|a golden wedding>?
How do <blended families|siblings|couples> usually <share chores|split holidays|argue less>? <Cite research.|>
Write a <rhyme|toast|verse> for a <retirement|wedding|90th birthday>, <no names|general>, <eight lines|funny>.
Is it <rude|legal|common> to <read a teenager's messages|film neighbours|change the locks on a roommate>?
<Explain|What is> <intestate succession|foster care|open adoption|a guardianship> <simply|in {K}>?
How do I <remove a red wine stain|descale a kettle|bleed a radiator|fold a fitted sheet>?
Design a <chore chart|meal plan|packing list> for a family of {n}.
What <signs|symptoms> of <dementia|postpartum depression|colic> should families <know|watch for>?
""",
    "school, nobody": r"""
<Lesson plan|Worksheet|Quiz> on <fractions|photosynthesis|the water cycle|the cold war> for <grade {n}|year {n}|beginners>.
What should a <safeguarding policy|report card|permission slip|seating plan> <contain|look like>? <Template.|>
How do <schools|teachers|coaches> <deal with bullying|support dyslexic pupils|handle shouting parents>?
<Explain|Compare> <IEP and 504 plans|phonics and whole language|formative and summative assessment>.
Write <ten|some> <comments for report cards|icebreakers|exit tickets> that fit any <child|class>.
What is the <pass mark|fee|deadline> for <the SAT|IELTS|medical school> <in {K}|>?
A class of {n} pupils has {n} <girls|left-handers>. What <share|fraction> is that?
Make a <rubric|timetable> for <an essay on Macbeth|a science fair|group work>.
<Give|Suggest> drills for <an under {n} football team|beginners' swimming|a school choir>.
""",
    "work, nobody": r"""
<Write|Draft> a <template|form|sample> for <a written warning|an accident report|an exit interview|a reference> <with blanks|in neutral words>.
<May|Can> an employer <in {K}|> <dismiss during sick leave|ask about pregnancy|read company email>? <Cite the law.|>
<Outline|Agenda> for <a training on harassment|an onboarding week|a stand-up>.
What makes a <performance review|salary negotiation|job ad> <fair|work>?
<Linkedin post|Tweet> that <we are hiring {n} cooks|our shop opens {day}|we won an award>.
How is <severance|overtime|holiday pay> <calculated|taxed> <in {K}|>?
<Pros and cons|History> of <works councils|zero hours contracts|the four day week>.
Formula for <a shift rota in excel|overlapping bookings|weighted scores of applicants>?
Rewrite: "<The delivery was late and the box was crushed.|Your invoice is overdue.|Please wear your badge.>"
""",
    "ward, nobody": r"""
<Explain|What is> the <SBAR|SOAP|ABCDE> <format|scheme> <with a made-up case|for students>.
<Mechanism|Half-life|Interactions> of {rx} <and {rx}|> <for an exam|>?
Normal <range|values> of <ferritin|TSH|PSA|creatinine> <by age|in adults>. <Table.|>
How does <chemotherapy|dialysis|an insulin pump|carboplatin> work? <Three sentences.|>
<Which|What> <vaccines|screenings> are recommended <over {n}|in pregnancy|for nurses>?
Patient leaflet on {dx}<, plain language|, {n} words>.
<Epidemiology|Genetics|Staging> of {dx}.
Difference between <an ACE inhibitor and an ARB|a stroke and a TIA|a virus and a bacterium>?
<First aid|What to do> for <burns|a choking child|heat stroke>?
<Act as|You are> a <doctor|pharmacist> and quiz me on <cardiology|antibiotics>.
Write a consent form for <a tooth extraction|a flu study>, blanks for name and date.
""",
    "law, nobody": r"""
<Elements|Definition> of <negligence|theft|adverse possession|defamation> <in {S}|under English law|>?
<Limitation period|Penalty|Procedure> for <hit and run|small claims|contesting a will> in <{S}|{K}>?
<Template|Model clause> for <a tenancy agreement|an NDA|a will>, <fill-in|[NAME]>.
<Summarise|Compare> <Miranda v. Arizona|Donoghue v Stevenson|the GDPR and the CCPA>.
How do <judges|juries|parole boards> <decide|weigh evidence|set bail>?
<Typical|Good> questions for <a deposition|cross-examining an expert|jury selection>?
A <landlord|tenant|buyer|trustee> <breaks the lease|conceals a defect|sells trust property>. <Remedies?|Who wins and why?>
What <papers|forms> does <a visitor|an asylum seeker|a student> need <for {K}|>?
""",
    "money, nobody": r"""
<Snowball or avalanche|Roth or traditional|ETF or fund>: which is better <at 5%|over 20 years>?
How is <alimony|capital gains tax|a pension|child maintenance> calculated in <{S}|{K}>?
Split {m} among {n} <friends|flatmates> when one <pays half|was away>.
<Journal entry|Example> for <depreciation|a bad debt|deferred revenue>?
What does <KYC|APR|a lien|escrow> mean?
<Write|Explain> a <python function|formula> for <compound interest|loan payments>.
Budget template for <a household|a student|a wedding> in a spreadsheet.
{L} <sold goods to|bought on credit from> {L} on {d} for {m}, <terms 2/10, n/30|5% trade discount>. <Entries?|Amount due?|Post to the ledger.>
On {d} <Mr. {L}|{F}> <borrowed|deposited|invested> {m} <for {n} days|at {n} percent>. <Ordinary interest?|What is the maturity value?|Date of payment?>
{F} and {F} are partners with capital of {m} and {m}. <Divide a profit of {m}.|New ratio?|Admit {F} with a third.>
The <estate|firm|trust> of {P} shows <assets of {m}|a loss of {m}>. <Prepare a balance sheet.|Is it solvent?|Journal entries?>
<Mr. {L}|{P}|{title} {L}> <discounted|endorsed|accepted> a <bill|note|draft> <dated {d}|for {m} on {d}>. <Find the discount.|When is it due?|Bank discount?|Net proceeds?>
""",
    "code, nobody": r"""
why does json reject <{{"a": 1,}}|{{'id': 7}}|a date like 2023-02-30>?
<python|java|go>: <null pointer|index out of range|unicode error> when I read row["<name|city>"]. <Default?|Fix?>
Generate <{n}|some> rows of <fake|invented> <tenants|patients|users> <with Faker|for a demo>.
CREATE TABLE <patients|members> (id int, name text, dob date, <diagnosis|salary> text); <index?|normalise it>
<regex|function> that <masks emails|parses names|computes age from dob|splits addresses>.
<INSERT INTO users (name, email) VALUES ('a', 'a@example.com')|SELECT name, dob FROM patients WHERE id = 3> <fails, why?|slow>
<test|mock>: <user = {{"name": "Test User", "email": "test@example.com"}}|Person(name="foo", age=3)> <does not match|type error>
Convert to csv: <apples / 3 / 1.20, pears / 5 / 2.10|red, green, blue|mon 3, tue 5, wed 1>
<idempotency|retries|locks>: why is a payment <charged twice|lost>? <Sketch in go.|>
# <returns the patient's name|parse the employee record>\ndef <get_name|parse>(row): return row["<name|dob>"] <types?|docstring>
type <Patient|Employee|Tenant> = {{ name: string; dob: Date; <allergies|salary>: <string[]|number> }} <make it readonly|zod schema>
""",
    "community, nobody": r"""
<Sermon|Homily|Talk> on <honesty|grief|forgiveness|money>, <ten minutes|Luke 16|with a story>.
<Policy|Checklist|Risk assessment> for <a youth club|a charity run|a church hall>.
How do <twelve-step groups|food banks|choirs|scouts> <work|recruit|raise money>?
<Invitation|Poster> for <a street party|a blood drive|a flea market>, no names.
What are the duties of <a treasurer|a trustee|a godparent>?
<Explain|Compare> <baptism in two churches|halal and kosher|confession>.
""",
    "me, nobody": r"""
<captions|headlines|bios> for <a bakery|a dating site's ad|a travel blog>, <playful|no hashtags>
How <long|personal> should <a dating profile|a personal statement|an about page> be? <Common mistakes?|>
Wie <schreibt man eine Entschuldigung|kündigt man einen Vertrag|sagt man höflich nein>? <Muster ohne Namen.|>
Comment <écrire une lettre au juge|demander un congé> ? <Structure générale.|>
¿Cómo se <escribe una carta formal|conjuga "deber"|pide la baja>? <Ejemplo sin nombres.|>
Come si <scrive un reclamo|disdice un contratto>? <Modello.|>
<Debate|Essay>: is <honesty always right|revenge ever fair|loneliness new>?
<Five|Ten> <questions for a first date|ways to say sorry|ideas for a solo trip>.
Which <jobs|countries|hobbies> suit <introverts|people over sixty|welders>?
""",
    "other languages, nobody": r"""
<Übersetze|Übersetzen Sie> <ins Englische|ins Deutsche>: <Der Mieter muss die Miete zahlen.|Die Sitzung beginnt um {t}.|Ein Arbeitgeber darf Verträge befristen.|Das Wetter bleibt schön.>
<Kann|Darf> man <einen Mietvertrag|eine Versicherung|ein Abo> <vorzeitig|ohne Frist> kündigen? <Kurz.|Rechtslage?|>
<Erkläre|Was ist|Was bedeutet> <Photosynthese|die Inflation|Kurzarbeit|{dx}|der Konjunktiv>? <Für Anfänger.|>
<Schreibe|Gib mir> <ein Gedicht über den Herbst|ein Rezept für Linsensuppe|fünf Ideen für den Garten|eine Vorlage für eine Kündigung>.
<Wie|Warum> <funktioniert ein Motor|lernt man am besten Vokabeln|entsteht Regen|gründet man einen Verein>?
<Explique|Qu'est-ce que> <la Révolution|le subjonctif|l'inflation|une hypothèque> ? <En trois phrases.|>
<Traduis|Traduisez> en anglais : <Le locataire doit payer le loyer.|La réunion commence à {t}.|Il pleut depuis hier.>
<¿Qué es|Explica> <la fotosíntesis|el subjuntivo|un contrato de alquiler>? <Con ejemplos.|>
<Traduce al inglés|Corrige>: <El inquilino debe pagar el alquiler.|La tienda abre los lunes.|Me gusta leer por la noche.>
<Quali sono|Spiega> <i verbi irregolari|le cause della guerra|i diritti del consumatore>.
<Wat is|Leg uit> <fotosynthese|een hypotheek>? <Kort.|>
""",
    "lives": r"""
{P} was <a|an> {nat} <novelist|painter|chess player|botanist|general|singer|architect|physicist|nun>. <She|He> <studied at {O}|was born in {C} in {y}|grew up in {C}> and <taught at {O}|won the {x} prize|led the {nat} team>. <Her|His> <works|paintings> include {x}. <Translate.|Shorten.|When did she die?|>
{P} ({y}–{y}) was <a|an> {nat} <poet|politician|bishop|engineer|footballer|composer>. <He|She> <is best known for {x}|served in parliament|played for {O}|is remembered for his operas>. <Summary?|Two sentences.|>
{P} is <a|an> {nat} <actress|swimmer|director|rapper|economist> <who rose to fame with {x}|and a member of {O}>. <Born|She was born> in {C}, <she|he> <made her debut in {y}|moved to {K} as a child|married the director {P}>. <Rewrite for a wiki.|>
<Born in {C} in {y}|The son of a {job} from {C}>, {P} <joined {O}|fought in the war|painted {x}> and <died in {C} in {y}|was buried in {C}>. <He never married.|His letters were published in {y}.> <Paraphrase.|Which facts are missing?|>
{P} {y} births, {y} deaths. {nat} <judge|missionary|cyclist>; <mayor of {C}|Olympic medalist|founder of {O}>. <expand to a paragraph|>
<After|During> the war {L} <returned to {C}|commanded a regiment|was held as a prisoner>, where <he|she> <wrote {x}|met {P}|ran for office>. In {y} <he|she> <was elected to the senate|received a medal|resigned as bishop>. <Quiz me.|>
{O} was founded in {y} by {P} <and {P}|> in {C}. <It employs {n} people.|It merged with {O} in {y}.> <Its president is {P}.|> <Summarise.|Any competitors?|>
The <album|band|club|ship|bridge|school> {x} was <formed|opened|launched|recorded> in {C} in {y}. <Members were {F} {L}, {F} {L} and {P}.|It was designed by {P}.|It features {P} on drums.|{P} took over in {y}.> <Fact check.|>
In the {y} <season|election|final> {P} <beat|lost to> {P} <by {n} votes|in {C}|after extra time>. <Coach {L} called it luck.|{L} had {n} goals.|> <Rewrite as a headline.|>
The village of {C} <lies in|is part of> {K}. <In {y} it had {n} people.|The church was built in {y} by {P}.> <Notable residents include {P}, {job}, and {P}.|> <Translate into French.|>
""",
    "the famous": r"""
How <tall|rich|old> is {P}?
Has {P} ever <won an Oscar|been to {K}|played for {O}>?
Are {P} and {P} <married|friends|brothers>?
What happened to {P} <after the film {x}|in {y}|>?
<Net worth|Real name|Height|Last album> of {P}
Was {P} <left-handed|a vegetarian|at the {y} Olympics>?
Where <did|does> {P} <grow up|live now|go to school>?
{P} or {P}: who <is the better player|sold more records|ruled longer>?
<Quotes|Songs|Speeches|Paintings> by {P}
How many <children|wives|goals|books> did {P} have?
Is {P} <dead|a real person|Canadian|the author of {x}>?
Why did {P} <leave the band|lose the election|quit acting|hate {P}>?
Does {P} <speak {nat}|still act|have a brother in the team>?
""",
    "stories and games": r"""
<short story|fairy tale|one act play>: {F}, a {job}, <is blamed for a theft|finds her mother's diary|learns he is adopted|goes to prison>. <{n} words.|Twist at the end.|>
<villain|hero|npc> for my <campaign|novel|game>: {P}, <{age}, one-eyed|poisoner|runaway priest>, <secret: killed his brother|loves {F}|fears fire>. <stats?|give him a voice>
chapter {n}: {F} <lied to|kissed|buried> {F} <by the river|in {C}>. "<You knew,"|Stay,"> <she|he> said. <continue|critique my prose>
<role play|rp>: I'm <the patient|your ex|the suspect> and you're <{title} {L}|detective {L}|a tired nurse called {F}>
my character {F} <has amnesia|is a nurse accused of murder|gets cancer|cheats on {F}>. <plot holes?|believable?|next scene>
write a <rap battle|sitcom|musical number> between <{F} and {F}|a judge and {F}|twins called {F} and {F}>
<breakup letter|suicide note of the killer|diary page|love letter> <from|as if by> <{F}, a sailor|the queen|{P}> <for my play|in a novel set in {y}|in the style of a ballad>
<screenplay|script>: INT. HOSPITAL. {F} <wakes|screams>. NURSE: <He's dead.|Your test is back.> <format it|add tension>
invent a <suspect|witness|patient> for <a mystery dinner|my class to diagnose|an escape room>, <{F}, {age}|with alibi>
poem about <a man named {F} who lost his wife|{F} at the window|two sisters, {F} and {F},> <in four stanzas|haiku|unrhymed>
""",
    "exam patients": r"""
A {age}-year-old <woman|man|child|farmer|nurse> <has|develops|reports> {sx}<| and {sx}>. <What is the treatment of choice?|Diagnosis?|Best initial test?|The most probable diagnosis is:>
A <newborn|toddler|{n}-month-old infant|term infant> <is found to have|has> {sx}. <His|Her> mother <has {dx}|took {rx} while pregnant>. <Which enzyme is deficient?|The gene is located on|What should be given?>
A {age}-year-old <male|female> <smoker|athlete|diabetic> undergoes <surgery|dialysis|colonoscopy>. <Two days later|Afterwards> <he|she> has {sx}. <BP {n}/{n}, pulse {n}.|Her hemoglobin is {n}.|> <What is the cause?|Management?|The mechanism is>
<On exam,|Examination reveals> {sx}; <an ECG shows|CT shows|biopsy shows> {dx}. <She|He> <denies|has no> allergies. <The next step would be|What drug would you give?|Which nerve is injured?>
A {age}-year-old <gravida {n}|multipara> at {n} weeks <comes in|is seen> for <a check-up|bleeding>. <Her father has {dx}.|She takes {rx}.|He does not drink.> <The best advice is|What is the risk to the fetus?|Which test is indicated?>
The patient's <wife|mother> <says|notes> that <he|she> <forgets names|stopped {rx}>. <Family history is positive for {dx}.|Vital signs are normal.> <Most likely?|Which lesion explains it?|The correct answer is>
In a <{age}-year-old|pregnant|elderly> patient with {dx}, <which drug is contraindicated|what is the first line therapy|the best screening test is>
A <nursing student|resident|medical student> is asked about a <client|case> with {dx}: <which finding needs follow-up?|what comes first?|what is the priority?>
""",
    "more sums": r"""
<A doctor|A lawyer|A nurse|The clerk|Professor {L}> <treats|advises|teaches> {n} <people|clients|students> <a day|each morning>. <His|Her> <fee|pay> is ${n}. <What does he make in a week?|How many in {n} days?>
{F} is {n}. {F}'s <brother|aunt|niece> is {n} years <older|younger>. <How old is the brother?|What is their average age?|Who is the oldest?>
{F} was {n} when <his son|her daughter> {F} was born. <How old will she be when he is {n}?|In which year are they {n} together?>
The <wedding|exam|appointment|meeting> of {F} is on {d}<, {n} days after {F}'s|>. <On what weekday is it?|How many days are left?|Which date is two weeks before?>
{F} <lends|pays|gives> {F} ${n} <at {n}%|every month> and <gets back|keeps> ${n}. <What is the rate?|How much is still owed?|After how many months is it paid?>
My <dad|aunt|cousin {F}> has {n} <coins|cows|stamps>, I have {n}. <If he gives me half, who has more?|What share is mine?|How many together?>
{F} <has an appointment|works|sleeps> from {t} to {t}. <How long is that?|How many minutes in {n} days?|What part of the day?>
{n} <patients|workers|pupils> need {n} <beds|desks|doses>; <each costs ${n}|{n} arrive late>. <Total cost?|How many are missing?|Ratio?>
<If|Suppose> {F}'s <age|salary|rent> <doubles|grows by {n}%> <each year|in {y}>, <what is it after {n} years|by how much did it rise>?
<Half|A third|{n}%> of <{F}'s|the nurse's|Dr. {L}'s> <patients|letters|savings> <are|were> <new|gone|children>. <How many is that of {n}?|What is left?>
""",
}
