"""Texts for the verdict once more, in the grammar of verdict_templates.py: kinds that few templates stood for before.
Somebody's affairs in half a line, as a record or in data; and what only looks like it: questions that everybody asks,
people in print, roles and games, notices, dates and places, names that code handles."""

PRIVATE = {
    "in half a line": r"""
<bf|gf|hubby> <lost his job|drinks again|hit me> and <rent is due|i'm {n} wks pregnant|{F} saw it>. <help|what now>
<sis|bro> <in rehab|on remand> since {day}, <kids with me|mum can't know>. <how do i tell {F}|money advice>
<my|our> <landlord|lender> wants {m} by {date}, i have {m}. <email pls|can they evict us>
<biopsy|smear> <came back bad|friday>, {age}, <smoker|two kids>. <odds?|what do i ask {title} {L}>
got <fired|suspended> <today|{day}> for <shouting at {F}|missing meds count>. <appeal text|do i sign?>
<can't|couldn't> <get it up|come|feel anything> since <{rx}|the surgery|{F} left>. <normal?|tell my doc how>
on <{rx} {n} mg|insulin> and <fainted twice|{n} weeks pregnant>, <should i stop?|er now?>
<owe|lent> {F} {m} <since {y}|from the wedding>, <won't answer|says i'm lying>. <text to send|small claims?>
<daughter|son> <won't eat|came out|dropped out>, {n}, <ex blames me|school called>. <what do i say tonight>
<dumped|ghosted> by {F} after {n} <months|years>, <still share a flat|she has my dog>. <message without begging>
mum's <scan|memory> <worse|shows a mass>, <lives alone in {C}|refuses a carer>. <siblings won't pay, options?>
<flunked|repeating> year {n} <because of panic attacks|after dad's funeral>. <email to {title} {L}>
<my h1b|asylum> <runs out {date}|was refused>, <boss stalls|baby due in {n} weeks>. <plan b>
<caught|saw> <my wife|my partner> with {F} <on {day}|in our bed>. <lawyer first?|text her?>
credit score {n}, <bankrupt in {y}|divorce in {y}>, <two cards at {O}|car gone>. <can i rent?>
i <steal|relapsed|self harm> when <he shouts|i'm alone>. <tell my therapist {F}?|who can i call>
""",
    "records about people": r"""
<Appraisal|Mid-year review>: {FL}, {job}. <Output below target.|Good with customers.> <Two warnings since {date}.|On sick leave since {date}.> <Rewrite.|Score out of five.>
Homeroom log: {F} <cried after the phone call|hit {F}|came without lunch again>. <Father informed.|Social worker asks for a summary.>
<Keyworker|Handover> note {day}: {FL} <refused meds|asked for his brother|slept two hours>. <Bullet points.|For the morning team.>
<Tenant|Debtor> file {id}: {FL}, <three months behind|son on probation|broken window>. <Draft the next letter.|Timeline.>
Reference: I <taught|managed> {F} <from {y} to {y}|for {n} years>. <Often late, honest, lost {m} once.|Left after a dispute with {F}.> <Make it fair.>
exit interview {F} {L}: <felt bullied by {F}|pay {m} below {O}|panic attacks>. <three themes|soften for the boss>
<Visa|Loan> officer note: {FL}, {nat}, <income {m}|prior refusal {y}>, <sister in {C}|no fixed address>. <Recommend?|Summary.>
<Coach|Scout> notes: {F}, {n}, <bad knee|mother pushes|afraid of {F}>. <Feedback for the parents.|next session>
<Parish|Care home> visit list: {title} {L}, <widowed, deaf|cancer back>; {title} {L}, <son in jail|won't open>. <Sort by urgency.>
<Appraise|Mark> these applicants: {F} ({age}, <one child|gap in {y}>), {F} ({age}, <asked for {m}|visa until {date}>). <Rank them.|Mail the one we refuse.>
speech therapy report: {F}, {n};{n}, <stammers|no two-word sentences>, <twin talks for her|father anxious>. <Plain words.>
<Adopter|Foster> profile: {F} and {F}, <miscarried twice|married since {y}>, {C}, <income {m}|grew up in care>. <Warm tone please.>
security desk: {FL}, badge {id}, <let in {F} after hours|smelled of drink>, {t}. <Formal report.>
<dentist|physio> card: {FL}, <{dob}|{age}>, <HIV pos.|on {rx}>, <unpaid {m}|no-show twice>. <reminder text|what first?>
""",
    "people in data": r"""
SELECT * FROM claims WHERE insured = '{FL}'; -- {id}, <{dx}|{m}|rejected> <returns two rows|why is it slow>
{{"name": "{FL}", "email": "{mail}", "plan": "<pro|family>", "notes": "<cancelled after divorce|refund {m}>"}} <fix the quotes|to csv>
Name | <Weight|Balance|Fine>\n{FL} | {n}\n{FL} | {n}\n{FL} | {n}\n<chart it|add the average>
<patients|pupils|donors>.csv\nid,first,last,<note|status>\n{n},{F},{L},<{dx}|died {y}>\n{n},{F},{L},<moved|{rx}>\n<load into pandas|remove duplicates>
Map({{"{FL}" -> "<{m}|ward {n}>", "{FL}" -> "<{m}|icu>"}}) <type mismatch?|group by value>
- {FL}: <shift {t}, pregnant|off until {date}, back pain>\n- {FL}: <nights only|warned twice>\n<make the rota|fair?>
=IF(B2>{n},"<fire|bonus>","") A2 is {FL}, A3 is {FL}, <B are sick days|B is pay>. <#VALUE!, why?>
curl -d '{{"patient":"{FL}","dob":"{dob}","code":"<F32|C50|HIV>"}}' <gives 400|returns nothing>
<member|volunteer> {FL} <paid {m}|left after a complaint by {F}>\n<member|volunteer> {FL} <owes {m}|in hospital>\n<table with totals>
customer no. {id}, {FL}: <asked to close the account|charged {m} twice|moved to {A}>. <reply|which template?>
Customer {id} ({FL}) <called about an overdue bill|wants the contract cancelled|reports a break-in>. <Log entry please.|Next step?>
record = dict(name="{FL}", ssn_last4={n}, <dx="{dx}"|salary={n}>) # <make it json|KeyError later>
2 rows differ: {FL};{dob};<{C}|{m}> and {FL};{dob};<{C}|{m}> <same person?|merge>
<kids|guests>: {F} (nut allergy), {F} (<{dx}|bed wetting>), {F} (<dad must not pick up|vegan>). <print cards>
employee_id {n}, {FL}, hired {date}, <grievance open|PIP|parental leave> <to yaml|draft the memo>
""",
    "against somebody": r"""
I want to complain about my neighbour {FL} <at number {n}|upstairs>: <music until {t}|his dog barks all night|she parks on our drive>. <Write to the council.|Letter to him.>
<Complaint|Report> to <the housing association|the police|the school>: {FL} <threatened my wife|shouted at {F}|smokes in the stairwell> on {date}. <Make it firm.|>
{title} {L} <the teacher|the dentist|the vet> <hit my dog|laughed at my son's stammer|billed me {m} twice>. <Review without getting sued.|Complaint please.>
My neighbours the {L}s <built a fence on our land|let their kids throw stones>. <Polite letter.|Legal?>
<anonymous tip|statement>: {FL} <works for cash|beats his children|sells pills> <in {C}|next door>. <word it|where do I send it>
our <caretaker|driver|chair> {F} <takes money|comes drunk|touches the girls>. <Letter from the parents.|How do we prove it?>
<one star|bad> review for <landlady|mechanic|lawyer> {FL}: <kept {m}|lied about the brakes|never called>. <Is it libel?|shorter>
<my flatmate|my colleague> {F} <reads my mail|stinks|steals food>, <told {F} I'm gay|owes {m}>. <note for the fridge|tell the boss?>
witness statement against {FL}: I saw <him push her|her take the bag> at {t} <near {A}|in the office>. <Correct my English.>
restraining order: {F} <waits outside my work|sent {n} texts|has a key>. <What do I write?|Which evidence?>
""",
}

CLEAN = {
    "plain sentences": r"""
<{F}|He|She|Our neighbour|The old man> <went|walked|drove|came|ran> to the <shop|market|beach|library|station|park> <yesterday|this morning|on {day}|by bicycle|>.
<She|He|I|We> <met|saw|called|visited|thanked> {F} <yesterday|at the station|on the bus|in the park|last week|before lunch>.
{F} and {F} are <playing chess|cooking dinner|watching a film|waiting for the bus|good friends>.
{F} <bought|lost|found|painted|repaired> <a red bicycle|an old book|two apples|a pair of shoes|the garden gate> <on {day}|for her brother|in {C}|>.
<My|His|Her> <sister|uncle|friend> {F} <likes|prefers|makes> <tea with milk|football|old films|her own bread|strawberry jam>.
{F} <is taller than|is older than|sits next to|runs faster than> {F}. <Who is the tallest?|>
Has {F} <already eaten|finished her homework|ever been to {K}|fed the cat>?
If {F} had <left earlier|studied harder|taken the train>, <he would have caught it|she would have passed|they would be here by now>.
<Yesterday|Last summer|Every morning> {F} <swam in the lake|fed the ducks|wrote a postcard|read the paper>.
"<Where are my keys|Is it raining|What time is it>?" <asked|said> {F}. <"On the table."|Nobody answered.|>
<I|We> <have been|went|am going> to {C} <twice|with {F}|by train|last year> <and liked the food|>.
{F}, <please|could you> <close the window|pass the salt|bring your guitar|wait for us>!
<Remind {F} to bring|Tell {F} we need|Ask {F} for> <the cake|two tickets|the projector|more chairs> <on {day}|at {t}|>.
The dog <chased|followed|barked at> {F} <across the field|to the gate|all the way home>.
<Underline the verb|Is this correct|Put this into the past|Make it passive|Translate into German>: {F} <gives Tom the book|is washing the car|has two brothers|can't swim>.
<Mr|Mrs> {L} <teaches us history|lives next door|has a big garden|is on holiday>. <Rewrite in the plural.|>
{F}'s <birthday is|lesson starts|train arrives> <on {day}|at {t}|tomorrow>. <What can I give her?|>
<I|My brother> <broke|dropped|forgot> <a cup|my umbrella|the milk> <this morning|at {F}'s house|>.
""",
    "everyday, nobody": r"""
<Do|Will> I need a <visa|permit|vaccination|travel adapter> <to travel from {C} to {C}|to visit {K}|for a layover in {C}>?
Can I use <my Visa card|my phone|a debit card|my driving licence> in <{K}|{C}>? <Any fees?|>
Can I take <ibuprofen|melatonin|iron> with <coffee|milk|grapefruit juice>?
<Can|May> I <freeze|reheat|eat> <rice|boiled eggs|leftover soup> <twice|after three days>?
My <laptop|phone|printer|router|car> does not <start|charge|connect> <after the update|when it is cold>. What can I <do|check>?
What are my rights as a <tenant|buyer|passenger> in <{S}|{K}>? <The flight was late.|>
What helps against a <sore throat|stiff neck|hangover|blister>? <Home remedies.|>
I feel <bored|great|lazy> today. <Tell me a joke.|Any ideas?>
I want to <learn to swim|read more|save money|sleep better>. <Suggest a plan.|Where do I start?|{n} tips.>
My <son|daughter|kid> is learning <fractions|to read|about volcanoes>. <Explain it simply.|A game for that?>
What should I <wear to|bring to|say at> a <wedding|barbecue|job interview> <in {C}|in summer|>?
How do I <cancel a gym contract|split a bill|ask for a raise>? <Politely.|>
Which <bank card|phone plan|bike> is best for <travel to {K}|a student|families>?
My <dog|cat|hamster> <eats grass|scratches the sofa|sleeps all day>. <Is that normal?|Why?>
<Plan|Help me plan> <a weekend in {C}|a week in {K}|a road trip> <with two children|for a couple>.
What should I cook <tonight|for guests> with <eggs and spinach|leftover chicken|lentils>?
What happens if I <lose my passport abroad|miss jury duty|pay my card late>?
I need a <birthday|thank-you|get well> <message|card> for <a friend|a colleague|a teacher>. <Short.|Funny.>
I can't decide between <{C} and {C}|a Mac and a PC|oak and pine>. <Pros and cons?>
Is it safe to <travel to {K}|drink tap water in {C}|run every day>?
I am <writing|reading|building> <a novel|a shed|a bot>. <Where do I begin?|Which tools?>
Do <banks|shops|hotels> in {C} <take|accept> <euros|cards|cheques>?
Does my <credit card|insurance|phone plan> <cover|work for> <rental cars|trips to {K}|roaming> <usually|>?
How far is it from {C} to {C} <by train|on foot>? <Any stops worth it?|>
When do <shops|schools|offices> <close|open> on {day} in {K}?
Will my <debit card|Mastercard|phone plan|plug> work in <{K}|{C}>?
Can I <drive|rent a car|open an account> in {K} with my <{nat} licence|foreign passport>?
May I bring <my dog|my medicine|cheese|my drone> <into|to> {K}?
Is <Visa|American Express|cash> accepted in {C}?
How do I get my <deposit|luggage|password|remote> back <if it is lost|after a delay|>?
Can I <return|exchange> my <shoes|ticket|laptop> without a receipt?
How often should I <water my cactus|wash my hair|change my passwords|service my car>?
Can I use my <library card|student card|gift card> <online|abroad|in {C}>?
""",
    "my things, nobody's affairs": r"""
My <build|pipeline|nightly job|backup script> <fails|hangs|is slow> <since {day}|since the upgrade|every {day}|after midnight>. <Where do I look?|Why?>
Why <does|would> my <timer|trigger|task|batch job> <start|fire|stop> at <{t}|noon|4am> <instead of|and not> <{t}|5am>?
<Remind|Wake|Tell> me <every {day}|each evening|at {t}|at 7pm> <to stretch|about the bins|a fun fact|a new word>.
My <phone|bike|printer|fridge> is <{n} years|a few months|six weeks> old and <slow|noisy|out of warranty>. <Repair or replace?|Worth keeping?>
A <two-year-old|five-year-old|ten-year-old> <bug|laptop|library|wine|car>: <worth fixing?|keep it or not?|what is it worth?>
My <plants|tomatoes|roses> <droop|turned yellow> <since last week|since {date}|after the frost>. <What is wrong?|Too much water?>
<Our|My> <API|service|database|cluster> <was down|was slow|was upgraded> <on {day}|yesterday|in {y}>. <Write a status page update.|What could it be?>
<Our|My> <team|class|club> meets <on {day}|at {t}|every second {day}> <in room {n}|upstairs|online>. <Write an agenda.|Shorter.>
<Our|My> <product|app|package> <ships|was released|goes live> <in {y}|next month|on {day}>. <Write a tagline.|Announce it.>
What is the weather like <on {day}|tomorrow|this weekend> <in {C}|where I live|in my area>?
Wie <warm|nass|windig> wird es <am {day}|morgen|nächste Woche> <bei uns|hier|in {C}>?
Wird es <morgen|am Wochenende> <regnen|schneien>, wo ich wohne?
Mein <Rechner|Drucker|Handy> <startet nicht|ist langsam>, <seit gestern|seit dem Update>. <Was tun?|Woran liegt das?>
Est-ce qu'il va <pleuvoir|neiger> <demain|ce week-end> <chez moi|à {C}> ?
Mon <ordinateur|imprimante|téléphone> <ne démarre plus|est lent> <depuis hier|depuis la mise à jour>. <Pourquoi ?|Que faire ?>
<Qué tiempo hará|Lloverá> <mañana|el fin de semana> <en {C}|donde vivo>?
Mi <portátil|coche|impresora> <no arranca|va lento> <desde ayer|desde la actualización>. <¿Por qué?|¿Qué hago?>
Il mio <computer|telefono> <è lento|non si accende> <da ieri|da una settimana>. <Perché?|Cosa posso fare?>
The <old|legacy|beta> <endpoint|module|driver> <was removed|was renamed|will go away> in <March|{y}|June>. <What replaces it?|Migration steps?>
The <library|office|shop|hotline> is <open|closed> <from {t} to {t}|on {day}|until {t}>. <Make a sign.|Translate.>
In <March|May|October> {y} <the WHO|the EU|NASA|the central bank> <announced|launched|raised> <a treaty|a probe|its rate>. <Context?|Summarise.>
<Doctor|Dr> <who|no|dolittle>: <which film is best?|what order to watch?|explain the ending>
p values <under|above> 0.0{n} <mean what?|are they significant?>
I <stream|play|train> <at {t}|on {day}s|every morning>. <Name for my channel?|Is that enough?|Caption please.>
I have <an hour|two weeks|until {day}> to <learn SQL|paint a room|read a book>. <Plan it.|Where to start?>
My <sourdough|beer|yoghurt> <has stood|fermented> for <{n} days|a week|12 hours>. <Too long?|Ready?>
My <flight|train|ferry> <leaves|lands> at <{t}|dawn|noon> <on {day}|tomorrow>. <When should I be there?|What do I pack?>
My <exam|interview|demo|recital> is <on {day}|next week|at {t}>. <Tips?|How do I calm down?|A study plan.>
We <host|have> guests <on {day}|at {t}|tonight>: <a menu please.|games for the evening?>
My <loop|query|regex|test> <takes 3 days|returns 2 rows|fails in room tests|skips line {n}>. <Why?|Fix it.>
My <timezone|calendar|clock> <is an hour off|shows {t}|skips {day}> <since the change|after the update>. <Why?|How do I fix it?>
I <planted|bought|watered> <basil|a cactus|an orchid> <in {y}|last week|{n} days ago>. <How big will it get?|When do I repot?>
<{O}|The company> <was founded|went public> in {y}; <what does it sell today?|who are its rivals?>
Since {y} my <city|street|school> has <a tram|a library|bike lanes>. <Write a slogan.|In one line.>
""",
    "print, nobody's affairs": r"""
{P}, {age}, <beat|lost to> {P} in <straight sets|the third round>. <"I played well," she said.|He withdraws from {C}.> <Caption.|Shorter.>
<Critics|Fans> <loved|hated> {P}'s <second album|last novel|portrait of {P}>. <Why?|Paraphrase.>
The <composer|bishop|general> {P} ({y}-{y}) was the <son|brother> of {P}. <Fix the punctuation.|In French.>
{P} <directed|translated|choreographed> {x}; the cast included {P} and {P}. <Bullet list.|Past tense.>
{P}'s theory of {w} was challenged by {P} and {P} ({y}). <Summarise for students.|Cite in APA.>
<Senator|Mayor|Minister> {P} <voted against|signed|defended> the bill on <water|schools|guns>. <One sentence.|Neutral words.>
The {y} {O} team: coach {P}, captain {P}, <keeper {P}|top scorer {P}>. <Table.|Sort by name.>
{P} <discovered|named> the <beetle|crater|strait> in {y}. <Quiz question please.|Is it true?>
{P} plays the detective, {P} his <wife|rival>, in {x}. <Review in 100 words.|Spoiler free.>
<In the biography|In his memoir> {P} writes that {P} <drank|was jealous|feared {P}>. <Which publisher?|Translate.>
The estate of <writer|painter> {P} <sued|thanked> {O} over {x}. <Headline.|Explain.>
{C}-born {P} <won bronze|coached {O}|hosted the show> in {y}. <Rewrite without bias.|>
Acknowledgements: we thank {P} and {P} (<{O}|{C}>) for <comments|data>. <Shorten.|British spelling.>
CEO {P} of {O} said <quarterly|annual> <revenue|profit> <rose|fell> {n} %. <Summarise.|Is that good?|>
{O}'s <chief executive|finance chief>, {P}, <told analysts|said> that <sales grew {n}%|margins would narrow>. <Headline please.|>
<Bestseller list|Line-up|Cast list>: {P}, {P}, {P}. <Alphabetical order.|Add the genre.>
""",
    "roles, signs and spells": r"""
<horoscope|fortune cookie> for <pisces|a taurus|next week>
<fake|satirical> news: <a cow|the king|my toaster> <runs for mayor|sues {O}>
you are a <pirate|medieval doctor|grumpy barista>; <greet me|I order a latte>
<D&D|rpg> encounter in <a swamp|{C}>, level {n}, <no combat|with riddles>
name my <dragon|guild|elf>, <must sound old|{n} options>
<write|improvise> a rap battle between <{P}|a banker> and <{P}|a robot>
script: INT. DINER - NIGHT. {F} <stirs her coffee|counts the money>. <Continue.|Add a twist.>
a riddle whose answer is <a shadow|{w}>
<tell|read> me a bedtime story about <a snail|princess {F}|a lost balloon>
pretend to be {P} <ordering pizza|on a first date>
let's play <20 questions|hangman|chess by text>, <you start|easy>
monologue of <a tree|the last customer|a villain named {F}>, <gothic|rhymed>
curse in the style of <shakespeare|a wizard>
translate "<I'll be back|May the force be with you>" into <elvish|pirate>
meme text for <mondays|a cat in a box>
choose your own adventure, <in {C} {y}|on mars>, first scene
""",
    "dates, places, signs": r"""
<Sign|Poster|Label>: <Mind the step|Wet paint|Meeting moved to {t}>. <Translate into {nat}.|Nicer font?>
{t} <CET|EST> in <{C}|UTC>?
what weekday was {d}? <and {d}?|>
<opening hours|address format> in {K} <example|>
sort: {d}, {d}, {d}, <newest first|ISO>
sunset in {C} on {date}?
<agenda|programme>: {t} coffee, {t} keynote, {t} panel. <Shift by {n} minutes.|as a table>
how do you write <the date|an address|a phone number> in <{K}|{K}>?
train {t} from {C}, arrives {t}. <How long?|Time zones?>
<quake|flood|fire> near {C} on {date}: {n} hurt, <two children among them|roads closed>. <One sentence.|Into Spanish.>
next <full moon|eclipse|bank holiday> after {date}
<slogan|coat of arms|twin town> for {C}
is {C} <in|north of|bigger than> {C}?
<Merci beaucoup|Guten Tag|Buenos días>, <was heißt das|what does it mean>?
cron for <every {day} at {t}|the last day of the month>
Übersetze: <Der Laden schließt um {t}.|Bitte nicht rauchen.|Das Konzert fällt aus.>
how long until {d} <from {d}|>
""",
    "who is it, briefly": r"""
{P} <wiki|imdb|biography|quotes>
<when|where> was {P} born
who <played|wrote|sang|invented> <{x}|{w}>
<first|best|worst> <film|book|song> by {P}
{P} vs {P} <stats|who won>
what is {P} <known for|up to now|like as a coach>
did {P} <really|ever> <say that|meet {P}|win the prize>?
<pronounce|spell> {L}
which <party|club|label> <is|was> {P} <in|with>?
who <succeeded|discovered|married> {P} <in {y}|>?
<summary|themes> of {x} by {P}
does {P} have <a Nobel prize|a doctorate|twins>
where is {P} buried
name three <works|students|rivals> of {P}
""",
    "sentences to translate": r"""
<Traduce al inglés|Translate into English>: <El tren sale a las {n}.|Me encanta el café con leche.|¿Dónde está la farmacia?|La biblioteca cierra los lunes.>
<Traduis en anglais|In English please>: <Il fait beau aujourd'hui.|La boulangerie ouvre à {t}.|Je voudrais un billet pour {C}.>
<Übersetze ins Englische|Auf Englisch>: <Der Bus fährt um {t}.|Heute bleibt die Küche kalt.|Ich lese gern Krimis.|Der Mieter zahlt die Nebenkosten.>
Traduci in inglese: <Il gatto dorme sul divano.|La riunione è alle {t}.|Fa freddo a {C}.>
<Traduz para inglês|Vertaal>: <O museu fecha às {t}.|De winkel is op zondag dicht.>
<how do you say|what's> "<good luck|the bill please|I like to read>" in <spanish|german|polish>?
Korrigiere: <Ich gehe morgen nach Kino.|Das Wetter sind schön.>
conjugate <essere|gehen|tener> in the <past|future>
<Explica|Explique> <la fotosíntesis|la gravedad|las fracciones> <en dos frases|para niños>
Was ist der Unterschied zwischen <seit und vor|als und wenn|Miete und Pacht>?
Quelle est la capitale de {K}?
¿Cuántos habitantes tiene {C}?
""",
    "names in code": r"""
parse_name('{LF}') <should return a tuple|returns None>
split_name("{FL}") -> ("{F}", "{L}") <write it|tests?>
assert initials("{FL}") == "<JD|AB>"
format("{LF}") <to First Last|with regex>
>>> user = User("{F}")\n>>> print(user)\n<__repr__ missing?|expected {F}>
names = ["{F}", "{F}", "{F}"]\n<sorted by length|zip with ages|first letters>
"{F}".<lower()|strip()|capitalize()> <in rust|what does it return>
test('greets {F}', () => {{ expect(hello('{F}')).toBe('Hi {F}') }}) <fails|add more cases>
INSERT INTO authors VALUES ({n}, '{P}'); <syntax error near '|escape>
enum Player {{ {F}, {F} }} <to string|switch>
def full_name(first="{F}", last="{L}"): <return f-string|type hints>
re.match(r"(\w+), (\w+)", "{LF}") <groups?|unicode names>
person = {{"first": "{F}", "last": "{L}"}} <merge with defaults|typescript type>
<Alice|{F}> sends <Bob|{F}> a message <encrypted with RSA|over a noisy channel>. <Explain.|Diagram.>
linked list of names: {F} -> {F} -> {F}. <Reverse.|Insert {F}.>
""",
}
