"""Sentences of news, biography and small talk, put together from parts: who, what he did, to whom and
when. They teach that a bare surname is a person by what it does, and that places, companies, storms and
shops bearing such names do other things. Slots are those of templates.py, and {x} for a name that is
nobody's, {day} for a weekday, {UC} for a city in capitals, {U} for "US" and the like, {G} for a river, sea,
mountain or region, {W} for a news agency or broadcaster, {DO} for somebody by what he does."""

PERSON = """{L}|{L}|{L}|{L}|{F}|{F}|{P}|{P}|{P}|{I}|Mr. {L}|Ms. {L}|Mrs {L}|Dr {L}|President {L}|Prime Minister {P}|Minister {L}|Senator {L}|
Gen. {P}|Coach {L}|Captain {L}|Judge {L}|Sheikh {P}|Imam {P}|Bishop {L}|Governor {P}|Mayor {L}|Foreign Minister {P}|police chief {P}|
opposition leader {P}|actress {P}|singer {P}|spokesman {P}|spokeswoman {P}|analyst {P}|Professor {L}|Chief {L}|Ambassador {P}|
Lord {L}|Lady {L}|King {F}|Queen {F}|Pope {F}|Emperor {F}|Tsar {F}|Sultan {P}|Commander {L}|Inspector {L}|Nurse {L}|the late {P}|
young {L}|poor {F}|former president {P}|midfielder {L}|striker {P}|goalkeeper {P}|Chancellor {L}|Justice {L}|Father {F}|Sister {F}|
farmer {P}|teacher {P}|student {P}|vendor {F}|neighbour {F}|lawyer {P}|journalist {P}|activist {P}|director {P}|chairman {P}|CEO {P}|
{TP}|{TP}|{TP}|{TP}|{TP}|{DO} {P}|{DO} {P}|{DO} {F}|{DO} {L}|her {DO} {F}|the {DO} {P}|{nat} {DO} {P}|{O} {DO} {L}""".replace("\n", "").split("|")

ACT = """said|says|told reporters|told {O}|told the court|said on {day}|said in a statement|wrote|tweeted|replied|added|argued|claimed|denied it|
insisted|explained|announced his resignation|resigned in {y}|was born in {C} in {y}|grew up in {C}|studied law in {C}|moved to {C}|lives in {C}|
returned to {C} in {y}|left {K} for {K}|was arrested in {C}|was released on bail|was found guilty|was sentenced to {n} years|appealed|testified|
pleaded not guilty|was shot dead near {C}|was killed in {C}|died in {y}|died of {dx}|was buried in {C}|fled to {K}|was deported to {K}|
scored in the {n}th minute|scored twice|missed a penalty|won the title in {y}|beat {L} in straight sets|lost to {P}|trained in {C}|signed for {O}|
joined {O} in {y}|left {O}|founded {O}|worked for {O}|bought shares of {O}|sold the company to {O}|sued {O}|chairs {O}|leads {O}|
married {P}|divorced {F}|met {F} in {C}|met his wife, {F}, in {y}|has two children with {F}|adopted a son, {F}|lives with {F}|
starred in the film|appeared with {P}|directed it himself|wrote the screenplay|recorded the album in {C}|released two further albums|sang in {C}|
enrolled at {O}|graduated from {O}|taught at {O}|published a study in {y}|discovered it in {y}|invented the machine|received the prize|
painted the portrait|composed the song|made headlines|declared victory|conceded defeat|took office in {y}|was elected in {y}|was re-elected|
ordered the attack|commanded the army|led {n} men to {C}|captured {C} in {y}|besieged {C}|succeeded {F} on the throne|ruled until {y}|
refused to comment|declined to comment|could not be reached|did not answer|called for reforms|urged {K} to act|visited {K} on {day}|
flew to {C}|arrived late|smiled|nodded|shook his head|laughed|sighed|looked at {F}|turned to {F}|opened the door|sat down|walked home|
asked {F} for help|gave {F} a book|took {F} to the station|called {F} last night|hugged {F}|never forgave {L}|trusted {L}|wrote to {P}|
suggested that {L} was wrong|believes that {K} will change|thinks so too|knew nothing of it|wanted to leave|decided to stay|agreed|
criticised {L}|praised {L}|thanked {P}|replaced {L} as coach|defeated {L}|accused {L} of fraud|warned {O}|dismissed {L}|appointed {P}|
is on trial|is {n} years old|was {n}|is a {job}|was a {job} from {C}|became a {job}|is the author of a book on {K}|works as a {job} at {O}|
was declared bankrupt in {y}|took up boxing|espoused another view|vigorously pursued peace|gripped the rail|collaborates with {P}|
boarded with {F} in {C}|is recovering in hospital|had surgery|has been missing since {day}|was last seen in {C}|was rescued|
needs your help|has a point|is out until {day}|is on leave|is coming tonight|will be late|can't make it|sends her love|called again|
is right|was friendly|did a great job|fixed my car|was rude to us|is an excellent host|is the best|answered all my questions""".replace("\n", "").split("|")

# Things that bear names, and what is a person beside them.
THINGS = r"""
The release, codenamed {x}, is out. The next one will be {x}.
Lost near {C}: grey parrot, answers to {x}. Reward.
The ship, named {x}, was wrecked off {C} in {y}.
Storm {x} flooded the harbour of {C}.
Cyclone {x} is expected over {C} on {day}.
Operation {x} began near {C}.
Hurricane {x} made landfall near {C} on {day}.
Typhoon {x} hit {K}, killing {n} people.
{x} devastated the coast; the storm weakened on {day}.
Tropical Storm {x} packed winds of {n} km an hour.
My cat's name is {x}.
We named the puppy {x}.
{O} said it was reducing rates at its refinery.
{O} shares fell {n} percent on {day}.
{O} has opened a shop in {C}.
{O} acquired {O} in {y}.
Have you been to {O}?
I had the file sent to {O}.
{C} was calm on {day}, residents said.
If {C} is any guide, it will take years.
Are you enjoying {C}?
{C} is a wonderful place to visit.
The population of {C} fell in {y}.
Trains run from {C} to {C} through {C}.
{C}'s harbour was closed. {C}'s mayor resigned.
{K}'s economy grew. {K} said no to {K}.
He told {O} that it was too late.
According to {O}, prices will rise.
The {O} deal looks better than that of {O}.
We ate morcillas, gerbil food, sterling silver and a cup of joe.
The song "{x}" was written in {y}.
The film {x} was released in {y}.
The novel {x}, published in {y}, sold well.
The ship {x} sank off {C}.
More babies were named {x} than {x}.
Great with SEO. Ask about the ENA, TOVA and NIMO files.
The Ottoman army, the Maya, the Romans and the Vikings came.
Islam, Buddhism and Judaism spread. Venus, Mars and Rahu are planets.
The files {x}_resume.doc and {x}.{w}@{w}.com were attached.
Guerrillas threatened the city; Marines moved in.
"""

# Countries and cities that stand before a noun, seas and mountains, the first line of an agency's report.
PLACES = r"""
{U} troops entered {C}.
{K} will not accept it, and {K} knows it.
{K} and {K} make up the rest; {C} said nothing.
Nobody is happy with {O}'s position, {K} least of all.
It looks as if {O} has given up.
The {U} army said on {day} that it had left {C}.
The {U} president met {P} in {C}.
{U} officials said that the {U} would act.
A {U} citizen, {P}, was held in {C}.
{C} police are investigating {n} people.
{S} Governor {L} signed the bill.
{K} striker {L} scored twice.
{K} international {P} signed for {O}.
A {C} court sentenced {P} to {n} years.
{C} journalist {P} was released.
{K} coach {P} said his team was ready.
{C} mayor {P} resigned.
The {K} government and the {C} stock exchange declined to comment.
The {K} embassy in {C} was closed.
{K} and {K} signed the treaty in {C}.
{UC}, {K} ({W}) - {L} said on {day} that talks had failed.
{UC} ({W}) -- {P} was sworn in as president of {K} on {day}.
{UC}: {P}, the {job}, has died. He was {n}.
{UC}, {d} ({W}) - Police in {C} have arrested {P}.
{UC} - Shares in {O} fell.
{W} quoted {L} as saying that he would not resign.
{L} told {W} that {K} was ready.
{P}, {W}, {C}
The ship crossed {G} in {y}.
Fishermen from {G} were rescued near {C}.
The road from {C} to {G} is closed.
Snow fell in {G} and around {C}.
{G} is {n} kilometres long.
The population of {G} grew in {y}.
Tourists from {K} visited {G}.
{G} lies between {K} and {K}.
Heavy rain in {G}, {K}, killed {n} people.
the coast of {G}, south of {C}
We drove to {G} and stayed near {G}.
"""

# Names with little beside them: line-ups, results, those present, the dead.
LISTS = r"""
{C}: {L}; {L}, {L}, {L}; {L}, {L}; {L}.
{L}, {L}, {L}, {L}, {L}
{P}, {P}, {P} and {P}
{O} {n} ({L} {n}, {L} {n}), {O} {n} ({F} {n}).
{C} {n} ({F} {L} {n}), {C} {n} ({L} {n} pen, {L} 90+{n}).
{O} 2-1 {O}: {L}, {L} ({n}); {F} {L}
{P}, alias {F} {L}, and one {F} {L}, known as {N}
Coach: {P}. Bench: {L}, {L}, {F}, {L}-{L}.
{DO} {F}, {n}; {DO} {P}, {n}
{P} {n}-{n}-{n}-{n}, {P} {n}* ({n})
Scorers: {L} {n}, {L} {n}; {L} {n}
{K} - {L} ({n}), {P} ({n}), {L} ({n} pen).
{n}. {P} ({K}) {n}.{n}
{n}. {P}, {K}, {n} points
{P} ({K}) beat {P} ({K}) 6-3 6-4
{L} beat {L} 6-4, 7-5; {L} lost to {L}
{n}-{L} b. {n}-{L} 6-3, 2-6, 7-6
{L} c {L} b {L} {n}
{L} lbw b {L} {n}, {L} not out {n}
Present: {P}; {P}; {P}; {F} {L}
Also starring {P}, {P} and {P}
Among the dead: {P}, {n}; {P}, {n}; {F} {L}, {n}, of {C}.
The nominees are {P}, {P}, {P} and {P}.
{P}\n{P}\n{P}\n{P}
{F}\n{F}\n{F}
- {P}\n- {P}\n- {P}
{F} {L}\n{F} {L}\n{F} {L}\n{F} {L}\n{F} {L}\n{F} {L}\n{F} {L}\n{F} {L}
Cabinet: prime minister {P}; finance {P}; defence {L}; foreign affairs {P}
{job}: {P}; {job}: {P}
With {F}, {F}, {F} and little {F}
A. {F}\nB. {F}
A. {L}\nB. {L}\nC. {L}\nD. {L}
Who was it?\nA. {P}\nB. {P}\nC. {P}\nD. None of them
{P} called {F}, because _ was ill.\nA. {F}\nB. {F}
A) {P}\nB) {P}\nC) {P}
1. {F}\n2. {F}\n3. {F}
a) {F} b) {F} c) {F}
A. Rose\nB. Lily\nC. Iris\nD. Daisy
A. petrify\nB. Jupiter\nC. Basalt\nD. Rock
"""

AGENCIES = "AP Reuters AFP Xinhua dpa BBC CNN PTI IANS Bernama Kyodo TASS Interfax ANSA EFE Anadolu".split() + ["Al Jazeera"]
UNIONS = "US US U.S. U.S. UK UK U.K. USA UAE Britain America".split()
NATURE = """the Mediterranean|the Black Sea|the Caribbean|the Baltic Sea|the Red Sea|the Persian Gulf|the South China Sea|the Pacific|the Pacific Ocean|
the Atlantic|the Indian Ocean|the Arctic|the Gulf of Mexico|the Bay of Bengal|the Strait of Hormuz|the English Channel|the Nile|the Niger Delta|the Congo|
the Zambezi|the Ganges|the Mekong|the Danube|the Rhine|the Ohio River|the Amazon|Lake Victoria|Lake Chad|Lake Geneva|the Alps|the Andes|the Himalayas|
the Caucasus|the Balkans|the Sahel|the Sahara|the Horn of Africa|the Rift Valley|the Middle East|Southeast Asia|Central Asia|West Africa|East Africa|
sub-Saharan Africa|Eastern Europe|Western Europe|Latin America|Scandinavia|the Gaza Strip|the West Bank|Kashmir|Punjab|Darfur|Tigray|Crimea|the Donbas|
Siberia|Bavaria|Catalonia|Tuscany|the Midwest|New England|Silicon Valley|Mount Everest|Mount Kenya|Kilimanjaro|the Galápagos|Java|Sumatra|Mindanao|
Luzon|Okinawa|Hokkaido|Earth|the Bosphorus|the Suez Canal|the Panama Canal|the Golan Heights|Kurdistan|Xinjiang|Tibet|Zanzibar""".replace("\n", "").split("|")


# What people are called by what they do.
DOERS = """sprinter|cyclist|wrestler|swimmer|archer|biathlete|keeper|opener|leg-spinner|batter|winger|centre back|fly-half|jockey|physicist|chemist|botanist|historian|poet|novelist|
playwright|conductor|cellist|tabla player|drummer|rapper|comedian|chef|baker|butcher|fisherman|farmer|herder|nurse|midwife|driver|taxi driver|postman|shopkeeper|street vendor|
vegetable seller|widow|grandmother|retired teacher|village head|prosecutor|magistrate|deputy|councillor|party whip|envoy|aide|campaigner|union leader|paramedic|rescuer|survivor|
eyewitness|resident|defendant|suspect|gang boss|student|seamstress|carpenter|mechanic|pensioner|clerk|clearing agent|broker|trader|spokeswoman|lawyer|barrister|geologist|
meteorologist|ranger|beekeeper|curator|potter|weaver|sculptor|filmmaker|presenter|columnist|blogger|pilot|skipper|stewardess|goatherd|cousin|niece|nephew|mother|father|
son|daughter|brother|sister|uncle|aunt|neighbour|friend|colleague|waiter|barista|hairdresser|plumber|electrician|vet|dentist|receptionist|landlord|tenant""".replace("\n", "").split("|")


def of_nature(rng, city, surname):
    """A river, sea, mountain or region, known or not; what stands before its name ("the "), and the name."""
    if rng.random() < 0.6:
        name = rng.choice(NATURE)
    else:
        name = rng.choice(["the {} River", "the River {}", "Lake {}", "Mount {}", "{} Bay", "{} Island", "the {} Valley", "the {} Mountains",
                           "{} County", "{} province", "{} Park", "{} Dam", "{} Bridge", "{} Square", "{} Stadium", "the {} district", "the {} region", "{} Beach", "{} Street", "Cape {}"]
                          ).format(city if rng.random() < 0.7 else surname)
    return ("the ", name[4:]) if name.startswith("the ") else ("", name)


# How novels speak of people. {AF} and {AL}: names of their time.
NOVELS = r"""“{PL}!” cried {AF}.|"{PL}," said {AF}.|"{PL}!" cried {AL}.|"{PL}?" asked {AF} {AL}.|"{PL}," replied {AL}, without looking up.|"{PL}," returned the {DO}. "Ask {AF}."|'{PL},' shrieked {AF}. '{PL}!'|“{PL},” said {AL}. “{PL}.”|
"{PL}, {AF}," said Mrs. {AL}.|'Nonsense, {AF}! {PL}.'|“Good-night, {AF},” said one.|"Come, {AF}, come!"|"My dear {AF}, {pl}."|"Oh, {AF}!" she whispered.|"Is that you, {AF}?"|"{AF} {AL}, at your service."|"Hush, {AF}."|
Old {AL} lay asleep by the fire.|Poor {AF} had never been told of it.|Young {AL} rode on before the others.|Little {AF} held her hand.|poor {AF} could not answer|In view of {AF}'s fondness for {AF}, nothing was said.|that rascal {AL} had gone to {C}|
Aunt {AF} shut the book.|Uncle {AF} was of another opinion.|Cousin {AF} wrote from {C} every week.|Doctor {AL} shook his head.|Squire {AL} sent for the constable.|Captain {AL} looked up at the sails.|Colonel {AL} and Major {AL} were at cards.|
Lady {AL} received them in the blue room.|Lord {AL} bowed.|Sir {AF} {AL} had the gout.|the Countess {AF} was in the garden|Master {AF} was sent to bed.|Miss {AL} blushed; Miss {AF} {AL} did not.|Madame {AL} spoke no English.|Monsieur {AL} took snuff.|
The Reverend {AF} {AL} preached at {C}.|Parson {AL} had eleven children.|Farmer {AL} counted his sheep.|Goodwife {AL} crossed herself.|Father {AF} heard them all.|Judge {AL} yawned.|General {AL} lay there with his army.|Deacon {AL} passed the plate.|
Mr. {AL} was a man of sixty.|Mrs. {AL} had been a Miss {AL} of {C}.|the two Miss {AL}s|{AF} rose to go.|{AF} laid down her needle.|{AL} said nothing.|{AL} had been seen moving up the river.|It was {AL}'s turn to speak.|{AF} looked at {AF}, and {AF} at the floor.|
When {AF} {AL} came to {C} she was nineteen.|There was a time when {AL} would have laughed.|Between {AF} and her brother {AF} there was little love.|He would be {AF} {AL} until he died.|{AF}, {AF} and {AF} slept in one bed.|the matter of {AL}'s shop|
Now {AF} {AL}, more familiarly known as "{AF}," left his father's farm.|CHAPTER I\n{UAFL}|CHAPTER {n}\nIn Which {AF} Goes to {C}|{AF}, fifth Earl of {AL}|{AF} the Third was crowned at {C}.|"As I live, it is {AL}," muttered {AL}.|
{AF} was his second son by the famous {AF} {AL}.|a letter for {AF}, in {AL}'s hand|Had {AF} not promised {AF}?|Then {AL}, who had been listening, got up.|"{AL}," said he, "you have been in {C}."|Never had {AF} been so happy.|The door opened, and {AF} stood there.|
{AF}—for it was she—laughed.|Dear {AF}, {pl}.|Farewell, dear {AF}.|The Captain swore.|The Countess slept.|Her Ladyship was out.|"God help us," said the old man.|The Squire and the Parson played whist.|Nobody spoke.|Everybody knew it.|
Mother was singing.|Father had gone to town.|The Doctor came at nine.|Heaven forbid!|the House of Lords|the Irish, the Welsh and the French|an Englishman in {C}|the Indians had gone north|"Yes, Aunt."|"No, Sir."|"Yes, Ma’am," said the boy.""".replace("\n", "").replace("\\n", "\n").split("|")
SPOKEN = """I shall not go|it is late|you have my word|there is nobody there|that will do|I never saw it before|he is gone|what does it matter|you must not ask me that|it rained all day|we were happy once|the horses are ready|
I know what I know|he has a wife already|tell me the truth|it cannot be helped|I was at church|the money is lost|leave me alone|they are all the same|there is time enough|she is better to-day|you are quite right""".replace("\n", "").split("|")
OLD_FORENAMES = """Ebenezer Obadiah Hepzibah Lavinia Cordelia Arabella Clarissa Pamela Evelina Emmeline Araminta Letitia Lucinda Drusilla Keziah Tabitha Mehitabel Philippa Rowena Rebecca Ursula Winifred Millicent
Gwendolen Hermia Perdita Rosalind Portia Beatrix Ottilie Wilhelmina Leopoldine Thaddeus Barnabas Jedediah Hezekiah Josiah Silas Enoch Amos Caleb Jethro Jabez Septimus Octavius Marmaduke Ferdinand
Algernon Cuthbert Percival Lysander Horatio Roderick Archibald Bartholomew Ambrose Erasmus Phineas Uriah Barnaby Nicodemus Fitzwilliam Godfrey Reginald Mortimer Eustace Sylvester Tristram Diggory Gervase
Rose Polly Sukey Dolly Betsey Nance Peggy Kit Ned Sim Job Pip Fan Tilly Fergus Rudolf Winnie Stevie Maury Margery Agatha Hester Dorcas Biddy Jemima Hetty Dinah Susannah Lettice Marian""".split()
OLD_SURNAMES = """Elphinstone Montcalm Verloc Trelawny Fairfax Wickfield Thornbury Ravenswood Harcourt Beauclerk Lovelace Rochester Carmichael Fotheringay Pemberton Wetherby Oldcastle Grimshaw Hardcastle Blackwood
Penrose Ashworth Cholmondeley Featherstone Greville Mortlake Merriweather Peverell Ruthven Tressilian Vavasour Wyndham Marchmont Dunstan Gascoigne Holloway Kirby Usher Pyne Snagsby Squeers
Pumblechook Gradgrind Bounderby Wopsle Podsnap Crummles Jellyby Turveydrop Tulliver Poyser Dagley Casterbridge Fawley Oakhurst Bumppo Hawthorne Coverdale Pynchon Legree Wragge Fosco Hartright
Kurtz Lingard Almayer Razumov Osmond Archer Touchett Stackpole Babbage Dodsworth Snopes Sutpen Compson Karenin Levin Bezukhov Rostov Stavrogin Valjean Thénardier Bovary Rastignac Grandet Goriot""".split()


def told(rng):
    """A template of what novels tell."""
    spoken = lambda: rng.choice(SPOKEN)
    line = rng.choice(NOVELS)
    while "{PL}" in line:
        line = line.replace("{PL}", spoken().capitalize() if rng.random() < 0.97 else "No", 1)
    return line.replace("{pl}", spoken())


WHEN = ["", "", "", "", " on {day}", " in {y}", " last week", " yesterday", ", {O} reported", ", police said", ", officials said",
        " after the match", " before leaving {C}", ", according to {O}", ", sources said", " again", ", who is {n}, and left"]
FRONT = ["", "", "", "", "On {day}, ", "In {y}, ", "Last month, ", "However, ", "But ", "Meanwhile, ", "Two years later, ", "At {O}, ", "In {C}, ",
         "For the time being, ", "Earlier this year ", "Then ", "And ", "According to {P}, ", "When ", "Privately, ", "Born in {C}, ",
         "As early as {y}, ", "“", "\"", "- ", "> "]
WHOSE = ["{L}'s death created a vacuum.", "{L}'s government fell in {y}.", "{L}'s films sometimes feature {P}.", "{F}'s car broke down in {C}.",
         "The film chronicles {L}'s life.", "I like {L}'s plan.", "Supporters of {L} marched through {C}.", "The {L} administration denied it.", "The {L} exhibition opened in {C}.", "We saw the {F} pictures and the {P} screen prints.", "Meet {F}!", "Watch {L} & {L} run.",
         "Great to see {F}", "Love your show {F}!", "{L}'s last day", "Thank you {F}, {F} and everyone at {O}.", "\"I am glad {F} is here!\" she cried.", "admitted {F}, while {L} rose to go.",
         "The boy, {P}, became a {DO}.", "Upon my entrance, {L} rose from a sofa.",
         "The deal between {L} and {L} failed.", "Some historians, such as {L} and {L}, disagree.", "According to {L}, it was {L}.",
         "The issue is not over for {L}.", "{L} and {L} met again.", "Neither {F} nor {F} came.", "Who is {L}?", "It was {L} who found it.",
         "The {L} brothers own {O}.", "The {L} boys came too.", "One of the {L} girls, {F}, is ill.", "{F}, {F} and {L} agreed.", "Is {F} in today?", "don't tell {F}",
         "both {F} and {F} are out", "ask {F} or {L}", "Welcome {F}!", "{F}, what you say makes sense.", "Thanks {F}", "-{F}", "{F}\n", "--\n{P}", "-- \n{P}, {C}", "On {d} at {t}, {P} <{em}> wrote:\n> I agree\n\nSeconded.\n{F}", "Bug reports to {F}.",
         "Old {F} drove us to {C}.", "{F} drove us to {C}, singing.", "Thank you auntie {F} for the cards", "hat-trick by little {F}!", "Born {P} (née {L}), she left {C} in {y}.",
         "{L} ({y}-{y}), called {N} by all, was a {DO}.", "NO {F} I WILL NOT", "me: at {F}'s", "Attention: {P}", "73 de {F}, {C}", "My name is {P}.",
         "\"No,\" {L} told reporters in {C}.", "\"We lost,\" says {L}.", "\"It is over,\" {L} said. \"I told {F}.\"", "This is {F} from {O}.", "RIP {P}.",
         "{L} ({y}) and {L} et al. ({y}) showed it.", "Former aide to {L}, {P}, spoke.", "{P}, a close ally of {L}, left.", "{P} (born {y}) is a {nat} {job}.",
         "{P}, {n}, of {C}, was charged.", "{P} and {P}, both from {C}, were injured.", "Her brother {F} and her uncle {P} live in {K}.",
         "The winner was {P} of {K}, ahead of {P} and {P}.", "They were led by {P}.", "It was directed by {P} and produced by {P}.",
         "I went with {F} to {C}.", "Photograph by {P}", "By {P}", "By {P}, {C}", "{P} reports from {C}.", "{P} in {C}", "Text: {P}; photos: {P}"]


def sentence(rng):
    """A template for tagger_data.Generator."""
    roll = rng.random()
    if roll < 0.15:
        line = rng.choice(THINGS.strip().split("\n"))
    elif roll < 0.27:
        line = rng.choice(PLACES.strip().split("\n"))
    elif roll < 0.36:
        line = rng.choice(LISTS.strip().split("\n")).replace("\\n", "\n")
    elif roll < 0.52:
        line = rng.choice(WHOSE)
    else:
        line = rng.choice(FRONT) + rng.choice(PERSON) + " " + rng.choice(ACT)
        if rng.random() < 0.25:
            line += rng.choice([" and ", ", but ", "; "]) + rng.choice(PERSON) + " " + rng.choice(ACT)
        line += rng.choice(WHEN) + rng.choice([".", ".", ".", "", "!", ".\""])
    return line
