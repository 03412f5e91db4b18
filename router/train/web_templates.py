"""What stands on the web and in short mails: greetings and signatures around business that names towns and firms, reviews,
forums, small advertisements, and words and shops that sound like people. Slots as in templates.py and chat_templates.py, and
{WN} a name that is a word as well, {ST} somebody or a character whom everybody knows by one name, {SH} a shop or restaurant
called by a person's name, {BR} a maker, who is nobody."""

WORD_NAMES = """April May June August Summer Autumn Dawn Joy Hope Faith Grace Charity Prudence Patience Temperance Constance Felicity Verity Mercy Honor Precious Blessing Comfort Goodness Gift
Innocent Lucky Sunday Monday Friday Happiness Godwin Wisdom Justice Destiny Harmony Melody Serenity Trinity Chance Chase Hunter Mason Cooper Carter Tanner Baker Page Reed Lane Dale Glen Cliff
Rusty Sandy Sky Star Storm River Brook Misty Candy Honey Ginger Rosemary Basil Sage Olive Ivy Holly Heather Violet Lily Iris Daisy Poppy Willow Rose Fern Hazel Jasmine Clementine
Ruby Pearl Amber Crystal Jade Opal Garnet Sterling Rich Frank Ernest Earnest Will Bill Mark Rob Pat Art Drew Chuck Jack Gene Sue Penny Angel Max Major Earl Duke Prince Noble
Judge Buddy Sonny Junior Robin Jay Wren Raven Phoenix Birdie Bunny Kitty Wolf Colt Rod Dean Dick Peter Miles Wade Ward Grant Gale Heath Slate Flint Austin
 Florence Sydney Chelsea Brooklyn Savannah Carolina Georgia Virginia Israel Jordan Chad Chance Christian Sunny Stormy Cherry Peaches Nova""".split()

STARS = """Messi Ronaldo Neymar Mbappé Haaland Salah Mané Kane Rashford Saka Drogba Eto'o Maradona Pelé Zidane Federer Nadal Djokovic Serena Venus Osaka LeBron Curry Kobe Jordan Shaq Giannis Brady
Mahomes Ohtani Kohli Dhoni Tendulkar Babar Bolt Kipchoge Hamilton Verstappen Schumacher Tyson Ali Beyoncé Rihanna Adele Shakira Madonna Prince Drake Eminem Kanye Kendrick Rosalía Stromae
Burna Wizkid Davido Tems Sarkodie Fela Bowie Elvis Lennon McCartney Jagger Dylan Springsteen Taylor Ariana Selena Zendaya Chalamet DiCaprio Clooney Oprah Ellen Spielberg Tarantino Scorsese
Hitchcock Kubrick Nolan Miyazaki Kurosawa Shahrukh Aamir Rajinikanth Obama Biden Trump Clinton Bush Reagan Merkel Macron Putin Zelensky Modi Xi Lula Mandela Nkrumah Gandhi Nehru Churchill
Thatcher Napoleon Lincoln Einstein Newton Darwin Tesla Curie Freud Marx Lenin Mozart Beethoven Bach Chopin Vivaldi Picasso Frida Warhol Banksy Shakespeare Dickens Austen Tolstoy Kafka Orwell
Tolkien Rowling Achebe Adichie Murakami Borges Neruda Rumi Bolívar Guevara Musk Bezos Gates Zuckerberg Jobs Sansa Arya Tyrion Cersei Daenerys Gandalf Frodo Gollum Aragorn Harry Hermione
Dumbledore Snape Voldemort Katniss Gatsby Sherlock Watson Moriarty Dracula Hamlet Ophelia Othello Macbeth Juliet Romeo Heathcliff Rochester Darcy Huck Ahab Quixote Sancho Matilda Pippi Tintin
Asterix Batman Joker Robin Superman Spiderman Wolverine Magneto Thanos Yoda Vader Anakin Leia Luke Han Chewbacca Spock Kirk Picard Mulder Scully Homer Bart Lisa Marge Shrek Elsa Moana Simba
Naruto Goku Luffy Vegeta Walter Saul Jesse Tony Carmela Dwight Pam Jim Rachel Ross Monica Chandler Joey""".split() + [
    "Harley Quinn", "Bruce Wayne", "Clark Kent", "Peter Parker", "Tony Stark", "Harry Potter", "Jon Snow", "James Bond", "Indiana Jones", "Darth Vader", "Homer Simpson", "Walter White",
    "Taylor Swift", "Bob Marley", "Fela Kuti", "Tom Hanks", "Meryl Streep", "Keanu Reeves", "Bad Bunny", "Billie Eilish", "Lionel Messi", "Erling Haaland", "Jane Austen", "San Martín",
    "Virginia Woolf", "Elena Ferrante", "Stephen King", "Agatha Christie", "George Orwell", "Wole Soyinka", "Nelson Mandela", "Imran Khan", "Indira Gandhi", "Che Guevara"]

SHOPS = """Denny's|Dick's|Carrabba's|Papa John's|Papa Murphy's|Trader Joe's|Jason's Deli|Jimmy John's|Romano's Macaroni Grill|Maggiano's|Applebee's|Chili's|Arby's|Wendy's|McDonald's|Hardee's|Carl's Jr.|Zaxby's|
Culver's|Freddy's|Raising Cane's|Bojangles|Popeyes|Nando's|Macy's|Kohl's|Dillard's|Bloomingdale's|Lowe's|Sam's Club|Ollie's|Gabe's|Levi's|Sally Beauty|Barney's|Sainsbury's|Morrisons|Marks & Spencer|
Boots|Clarks|Tesco|Aldi|Lidl|Wegmans|Albertsons|Ralphs|Menards|Ace Hardware|Harbor Freight|Dollar General|Petco|PetSmart|Jiffy Lube|Tim Hortons|Dunkin' Donuts|Ruth's Chris|Baskin-Robbins|
Ben & Jerry's|Krispy Kreme|Peet's|Blick|Michaels|Joann|Hobby Lobby|Kinko's|Ruby Tuesday|Red Lobster|Olive Garden|Bertucci's|Legal Sea Foods|Domino's|Little Caesars|Chuck E. Cheese|
Shoprite|Pick n Pay|Woolworths|Jollibee|Max's|Mang Inasal|Haldiram's|Chicken Republic""".replace("\n", "").split("|")
SHOP_KINDS = """Deli|Diner|Kitchen|Pizza|Pizzeria|Tacos|Bakery|Café|Bar & Grill|Auto Repair|Auto|Garage|Tire Center|Plumbing|Electric|Barber Shop|Salon|Nails|Florist|Hardware|Books|Pharmacy|Market|Grill|
BBQ|Steakhouse|Fish & Chips|Ice Cream|Donuts|Towing|Moving|Roofing|Landscaping|Dental|Animal Hospital|Boxing Gym|Dance Studio|Guitar Shop|Furniture|Jewelers|Tailors|Laundromat|Pub|Inn|Tavern""".replace("\n", "").split("|")

MAKERS = """Yamaha Steinway Baldwin Kawai Fender Gibson Martin Taylor Ibanez Epiphone Bach Selmer Singer Janome Bernina Brother Pfaff Kenmore Whirlpool Maytag Bosch Miele Dyson Hoover Kirby Weber Coleman Graco
Chicco Evenflo Fisher-Price Peg-Perego Ford Chevy Dodge Chrysler Lincoln Buick Cadillac Pontiac Tesla Bentley Royce Peugeot Citroën Renault Skoda Fiat Ferrari Lamborghini Maserati Porsche
Mercedes Honda Suzuki Kawasaki Ducati Harley Triumph Schwinn Trek Giant Cannondale Bianchi Raleigh Brompton Stihl Husqvarna Craftsman Stanley Makita Ryobi Milwaukee DeWalt Snap-on Deere
Toro Winchester Remington Colt Ruger Smith Wilson Spalding Dunlop Callaway Rawlings Burton Rossignol Salomon Patagonia Columbia Timberland Carhartt Wrangler Lee Levi Gucci Prada Chanel
Dior Hermès Cartier Rolex Omega Seiko Casio Timex Parker Montblanc Lamy Moleskine Billy Poang Kallax Malm Lack Ektorp Hemnes Le Creuset Staub Tefal Rowenta Philips Siemens Marshall
Bose Klipsch Shure Sennheiser Tascam Roland Korg Moog Leica Hasselblad Rollei Olympus Pentax Kodak Polaroid Benadryl Motrin Claritin Zyrtec Neosporin Clorox Lysol Tide Dawn Febreze""".split()

GREETINGS = """Hi {F},|Hi {F}|Hello {F},|Hey {F},|Hey {F}!|Dear {F},|Dear {TP},|Dear {P},|{F},|{F}:|{F} -|{F}/{F}:|{F}, {F},|Hi {F} and {F},|Hi {F}, {F} and {F},|Good morning {F},|Good afternoon {TP},|Morning {F}!|Afternoon {F},|
Dear all,|Hi all,|Hi team,|Dear Colleagues,|Good morning,|Hello,|To whom it may concern,|Dear Sir or Madam,|Dear {F} and family,|My dear {F},|Dearest {F},|Salaam {F},|Assalamu alaikum {F},|Ciao {F},|Hola {F},|
Bonjour {F},|Hallo {F},|Hej {F},|Namaste {F} ji,|Hi Uncle {F},|Dear Aunt {F},|Hi Mom,|Hey Dad,|Hi {WN},|{WN},|Dear {WN},|hi {F}|hey {N}|{N} -|Attn: {P}|Dear Professor {L},|Dear Mr. {L}:|Dear Ms. {L}:|Good day {F},|Greetings {F},|
Dear {F} (if I may),|@{F}|Thanks {F}.|Thanks {F}!|Thank you, {F}.|Sorry {F},|Yes {F},|Hi again {F},|Hi {F} -|Re: {F}|""".replace("\n", "").split("|")
CLOSINGS = """Thanks,|Thanks!|Thank you,|Many thanks,|Thanks again,|Best,|Best regards,|Regards,|Kind regards,|Warm regards,|Sincerely,|Yours sincerely,|Yours faithfully,|Cheers,|Love,|Lots of love,|With love,|xo|xx|Take care,|
Talk soon,|See you {day},|Respectfully,|Cordially,|Hugs,|Hilsen,|Grüße,|Saludos,|Un abrazo,|Best wishes,|In haste,|Till then,|Your neighbor,|Your friend,|Thx|Rgds,|-|--|—|Warmly,|Gratefully,|Blessings,|Yours,|All the best,|||""".replace("\n", "").split("|")
SIGNS = r"""{F}|{F}|{F}|{P}|{P}|{N}|{WN}|- {F}|-{F}|— {F}|{F} & {F}|{F} and {F}|{F} {L}|{P}\n{O}|{P}\n{job}, {O}|{P}\n{job}\n{O}\n{ph}|{FL} / {job} / {ph}|{F} ({ph})|{WN} {L}|{L}|{F}.|{F} x|{F} (upstairs)|
{F}, unit {n}|{P}, {C}|{I}|{P}\n{C}, {S}|Mrs. {L}|Dr. {L}|{TP}|{F} for the committee|The {L} family|Uncle {F}|Grandma {F}|Coach {L}|{F} @ {O}|{F}\nsent from my phone|{FL}\n{em}|The front desk|Facilities|HR|
Customer Service|Mom|Dad|The Management""".replace("\n", "").replace("\\n", "\n").split("|")
BODIES = """Please see the note below from {O}. I'd like your thoughts before noon.|The revised contract is attached. Legal has no more comments.|Per our discussion {day}, the redline is attached. Please let me know if {C} has issues.|
{F} tells me the ferry is off until the wind drops. Let's say {day}, and blame {C}.|I will be in {C} until {day} and back in the office after that.|Can you send {F} the login? He's locked out again and blames Windows.|
The caterer needs a head count by {day}. I have: you, {F}, {F}, both {L} boys and maybe {F}'s mother.|I missed the quiz because my bus broke down outside {C}. I have a photo of the bus.|Sorry for your loss. Take all the time you need, {F} and I have the desk covered.|
The Dean has asked that all lab keys be returned by {day}. Lost keys are billed at {m}.|I spoke with {F} and she will keep the keys until you land in {C}.|{C} wants the numbers by {day}, {C} can wait.|Has {C} signed off yet? {O} is asking again.|
I've looped in {F} and {P} from {O}.|{F} is out today, so call {F} or {F} instead.|Let me know if {t} works. If not, {day}.|Attached is the invoice for {d}. The amount is {m}.|Please call {C} and ask for {F}.|{O} called; they want {m} more.|
Just checking in on this.|See below.|Ok by me.|Noted, will do.|Agreed, but ask {F} first.|I can't make {day}. Can {F} go?|The meeting moved to {t}, room {n}.|Your order has shipped and should arrive by {day}.|The pipe in {n}B is leaking again. Tell the super.|
We landed in {C} this morning and the bags are still in {C}.|Tell Dad the car is fine and the garage was not.|The kids loved the book. {F} reads it every night and {F} pretends not to listen.|Do you still have the drill that {F} lent you?|
As {TP} mentioned, the deadline is {day}.|Copying {F} so that it doesn't get lost.|My notes from the call with {L}: price stays, dates move, {C} to confirm.|Forwarding what {F} sent. I think {L} is wrong on item {n}.|
{O} and {O} both declined. {L} thinks {O} will bid.|The board meets {day}. The Chair, the Treasurer and Counsel will attend.|The Mayor will be there, the Principal won't.|Mom says hi and thanks for the {C} postcard.|
{C} office is closed on {day}.|Who is covering {C} while {F} is away?|Draft one is done. {F} hates it, which means it's good.|Sorry to chase, but I need this before the {C} trip.|Your appointment with {TP} is on {d} at {t}.|
I'd love to, but {F}'s recital is that night.|I put {F} down as the contact; change it if you like.|Could you ask the {L}s if the gate was open?|Nothing from {O} so far. {C} says patience.|Congratulations to {F} and {F} on the baby!|
The {C} file is with {F}; the {C} one never came.|Thank you for the flowers. {F} cried, I did not.|Happy birthday from all of us in {C}!|Have you heard from {WN}? Last I knew she was in {C}.|Ask {WN} for the spare key.|{WN} can sign for it.""".replace("\n", "").split("|")

# Reviews, forums, comments, small advertisements.
POSTS = r"""
{F} at the counter knows his stuff.
Our server {F} was wonderful, ask for her.
Ask for {F}, she listens.
Ask for {WN}, not the other guy.
{WN} did my brows and i have never looked so surprised in my life lol
{WN} in the box office moved us out from behind the pillar.
{F} in accounts sorted it out in five minutes.
{F} says the sheep know the way home in fog.
{WN} says hi.
{WN} ({n}) wants beaches, {F} ({n}) wants tombs.
{F} ({n}) and {WN} ({n}) came along.
The waiter, {F}, sang, in Italian, unprompted.
Our waitress was {WN} and she was on it.
Shout out to {F} and {WN} at {SH}.
{SH} had one kayak left and it had a hole in it.
{SH} forgot the garlic sauce again.
{SH} at 3 am, everyone in there had a story and our server, {F}, had heard them all.
You can tell {SH} is a chain by the music, but {F} shaved the parmesan like he meant it.
Took my mother to {SH} for her 80th.
Is {SH} open on Sundays?
{SH} is overpriced. {SH} down the road is better.
went to {SH} last night, never again
I've been going to {SH} for {n} years, ask for {F}.
{SH} on {day}: closed. No sign, nothing.
Bought it at {SH}, returned it at {SH}, bought it again at {O}.
{SH} in {C} is the only one I'd queue for.
My husband {F} thinks he owns {SH}.
We ended up at {F}'s place and ate what {SH} had left.
The best tacos in {C} are at {SH}, fight me.
Stay away from {SH}!!! {F} was rude and the place was filthy.
{F} and his crew from {SH} had the roof on in two days.
Free to good home: upright piano, {BR}, needs tuning.
{BR} trumpet, student model, dent in bell. {m}.
Stroller, {BR}, sturdy, survived twins. {m}. {C}.
For sale: {BR} sewing machine, works. {C}, must go by {day}.
{BR} bicycle, {n} inch, new tires. Pick up in {C}. Ask for {F}.
{BR} recalled them in March and again in July.
Which is better for a beginner, {BR} or {BR}?
{BR} > {BR}, change my mind
Is a {BR} worth {m}?
My {BR} died after {n} months. {BR} support is useless.
Traded the {BR} for a {BR} and regret it.
Looking for parts for an old {BR}. Call {F}, {ph}.
Moving sale! {BR} bookcases x3, a {BR}, and a lamp. {C}, must go by {day}.
Wanted: {BR} amp, any condition. {F}, {C}.
Can you give {BR} to a cat?
Tutor: math, chem. Patient, punctual. First hour free. {F}, {C}.
Babysitter available evenings, {n}/hr, call {F} {ph}.
Piano lessons, all ages, in your home. Conservatory trained, patient by nature. {F}.
Room for rent near {C}, {m}, utilities included. Ask for {F}.
Band seeks bassist. Contact {F} or {F}. No egos.
Lost dog near {A}, {C}. Please call {F} day or night.
Handyman, honest, own van. {F} {L}, {C} and around.
Garage sale at {A}, {C}, {day} from {t}. Come early.
Pick up only, {A}. Bring {F}.
Ship it to {A}, {C}, please.
Open house {day} at {A}. Call {P}, {ph}.
Whoever parks in front of {A}, please move.
Anyone know who owns {A}? Signed, {F}.
{SH}, {A}, {C}. Cash only.
Farm eggs, {m} a dozen, honor box at the gate. {F} & {F}, {C}.
Everyone in {C} has a cousin who knows {ST}.
so basically {ST} ghosts for 88 minutes and still gets two
is {ST} older than {ST} or are they the same age in the comics
On page {n} {ST} is wearing gray, on page {n} it's blue.
{ST} was robbed. {ST} didn't even deserve a nomination.
hot take: {ST} is overrated
{ST} vs {ST}, who wins?
re: the statue. It's not {ST}, it's {ST}; look at the sideburns.
why did {ST} leave {ST} in the end??
did anyone else cry when {ST} died
{ST} > {ST} and it's not close
{ST}'s new one is out, thoughts?
I met {ST} once, in a lift in {C}.
{ST} said it best.
lol {N} thinks {ST} wrote it
who plays {ST} in the new one
What did {ST} mean by that? Essay due {day}.
{P} wrote a piece on {ST} for {O}.
thank you {F} this worked!!
@{F} did you try turning it off
{F} is right, OP is wrong
what {F} said
Old {F} on the tractor board says it is not a lubricant and he will fight anyone.
big {F} from the gym is a {job} now
Nonna {F} would weep.
My Aunt {F} says yes, Mom says nobody will notice.
Uncle {F} drove a taxi in {C} for {n} years.
Grandpa {F} built it, Grandma {F} painted it.
Dr. {L} finally figured out why {F} can't sleep.
The new vet's name is Dr. {L}, I kid you not.
A man called {WN} fixed the zip.
a girl named {WN} sat next to me on the bus to {C}
His name is {WN} and he is {n}.
{WN} and I walked the whole of {C} looking for a shop.
{F} and {WN} are getting married in {C}!
RIP {WN}, {y}-{y}.
{WN} {L}, {n}, of {C}.
{WN} {L} runs the place.
Is {WN} coming? {WN} never answers.
{F}, {WN} and {F} are in, {N} is out.
THANKS EVERYONE ESPECIALLY {F} AND {F}
DO NOT BUY FROM {P}!!! HE IS A SCAMMER
HAPPY BIRTHDAY {F}!!!
PLEASE PRAY FOR {P} AND FAMILY
WHO ELSE REMEMBERS {L} FROM {O}
CALL {F} AT {ph}
Posted by {P} on {d}
Posted by: {F}{n} at {t}
{F} {L} wrote:\n> no it isn't\nyes it is
{F} wrote:\n> try it\nDid, no luck.
>> {F} said it was fixed.\n> It was not.\nIt is now.
From: {P}\nTo: {P}\nCc: {P}; {P}\nSubject: {C} trip
From: {P} <{em}>\nSent: {day} {t}\nTo: {LF}; {LF}\nSubject: RE: {O}
-----Original Message-----\nFrom: {LF}\nSent: {d} {t}\nTo: {LF}\nCc: {LF}; {LF}
To: {P}/{O}@{O}\ncc: {P}/{O}@{O}
"""

# Words that are names elsewhere, and nobody here.
NOBODY = r"""
April was wet and June was worse.|In May we moved.|By August the garden was dead.|Sunday. Rain, then more rain.|See you Friday.|Monday again.|Spring, Summer, Autumn, Winter: pick one.|Hope this helps!|Hope you are well.|
Grace period on the parking is ten minutes.|Faith healing is not medicine.|Dawn broke at five.|Rose bushes need sun.|Rosemary, Basil and Thyme, in that order.|Basil goes with tomatoes, Sage does not.|Ginger tea helps.|Olive oil, not butter.|
Holly and Ivy on the door.|Heather grows on the hills.|Robin eggs are blue.|What should I feed a baby robin that fell out of the nest?|The tie rod is shot.|Mark the spot with chalk.|Bill me later.|Will it rain?|Will do.|Pat it dry with a towel.|
Art is long.|Rob a bank, they said.|Chuck the old gasket and sand the flange.|Jack up the car first.|Drew a blank.|Frank answers only, please.|Sue them.|Penny wise, pound foolish.|Max out the card.|Major repairs ahead.|Dean of Students, Room {n}|
The Dean said no.|The Judge was late.|Coach says run.|King size bed, Queen size sheets.|Duke lost, Prince of Wales Hotel closed.|Angel hair pasta.|Amber alert in {C}.|Crystal clear.|Ruby on Rails|Pearl earrings, Jade bracelet, Opal ring.|
Cash or card?|Rich food, poor service.|Sterling silver.|Cliff edge, stay back.|Dale and Glen are words for a valley.|Reed instruments are hard.|Page {n} is missing.|Lane closed.|Mason jars, {n} for {m}.|Hunter green paint.|Chase paid me {m} to open it.|
Chance of rain: {n}%.|Destiny 2 is down again.|Harmony lessons.|Justice delayed.|Mercy rule in the fifth.|Patience, please.|Joy Division shirt, size M.|Misty morning in {C}.|Sandy soil.|Rusty nails.|Sky was grey.|Star rating: {n}|River was high.|
For Pete's sake let it cure.|For the love of Mike.|Bob's your uncle.|Every Tom, Dick and Harry has one.|Average Joe here.|Jack of all trades.|Another day, another Karen.|Don't be a Karen.|OK Boomer.|Johnny-come-lately.|Keeping up with the Joneses.|
Even Stephen.|Heavens to Betsy.|Murphy was an optimist.|Sherlock, you cracked it.|Captain Obvious strikes again.|Debbie Downer, that's me.|Peeping Tom laws in {S}.|Plain Jane packaging.|Smart Alec reply.|Nosy Parker next door.|Jesus Christ, that price.|
God knows.|Thank God.|God bless.|Oh my God.|Lord help us.|Jesus wept.|Holy Moses.|For Christ's sake.|Is the Pope Catholic?|Santa came early.|Uncle Sam takes his cut.|Mother Nature wins.|Father Time too.|Lady Luck was out.|Jack Frost was here.|
Should I be worried about Hashimoto's?|My mother has Crohn's.|He has Parkinson's, not Alzheimer's.|Bell's palsy or a stroke?|Graves' disease runs in the family.|Raynaud's again, white fingers.|Adam's apple.|Achilles tendon.|
Caesar salad, Bloody Mary, Tom Collins.|Benedict twice, hash browns.|We sound like Alice in Chains fell down the stairs.|Pearl Jam or Jethro Tull?|Lynyrd Skynyrd tribute band.|Led Zeppelin shirt.|Franz Ferdinand, the band.|
How do you pronounce Xavier, the university?|Johns Hopkins or Carnegie Mellon?|Duke or Vanderbilt?|Baylor beat Creighton.|St. Mary's plays St. John's on {day}.|Maine Coons are not big.|A Bernese and a Doberman.|Abyssinian, Siamese, Ragdoll.|
Our greyhound {x} will not walk past the bins.|Lost dog: {x}, black and white collie, last seen near {A}.|We named the kitten {x}.|Should I let my rabbit {x} sleep in the kitchen?|The rooster's name is {x}.|my cat {x} hates the vacuum|
Baba drove a taxi.|Nonna made it.|Abuela says no.|Mama and Papa are in {C}.|Oma bakt.|Grandma called.|Mom and Dad said hi.|Auntie knows.|Uncle is asleep.|Sis, call me.|Bro, no.|Dude.|Sir, this is a {O}.|Ma'am, please.|
Rooster at four in the morning, every morning.|Conservatory trained.|Academy graduate.|Catholic, Lutheran, whatever.|Admin locked the thread.|Mods are asleep.|OP here.|Anon from {C}.|Windows updated itself.|Landlord never answers.|Maintenance came.|
Legal has signed off.|Accounting wants receipts.|Corporate said no.|Security let us in.|Reception was kind.|Dispatch lost it.|Grace before dinner.|Baldwin Street is closed.|The Taylor Rule.|The Houston flight was late.|{C} was late, {C} was early.|
{C} must win on {day}.|Blame {C}.|{C} has no answer.|ask {C}|{C}, must go by {day}.|Thanks {C}!|Hello {C}!|Good morning {C}|Love from {C}|{C} > {C}|{C} approved it.""".replace("\n", "").split("|")


def letter(rng):
    """A short mail as a template for tagger_data.Generator."""
    bodies = [rng.choice(BODIES) for _ in range(rng.choice([1, 1, 2, 2, 3]))]
    parts = [rng.choice(GREETINGS), rng.choice([" ", "\n"]).join(bodies)]
    gap = rng.choice(["\n", "\n", "\n\n", " \n"])
    if rng.random() < 0.85:
        parts.append(rng.choice(CLOSINGS))
        parts.append(rng.choice(SIGNS))
    return gap.join(part for part in parts if part)


def post(rng):
    """A sentence of a review, a forum or an advertisement, likewise."""
    if rng.random() < 0.3:
        return rng.choice(NOBODY)
    return rng.choice(POSTS.strip().split("\n")).replace("\\n", "\n")


def shop(rng, name_pair):
    """A shop known or not, the possessive part of its name."""
    first, last = name_pair(rng)
    if rng.random() < 0.4:
        return rng.choice(SHOPS)
    kind = rng.choice(SHOP_KINDS)
    return rng.choice([f"{first}'s {kind}", f"{last}'s {kind}", f"{last} {kind}", f"{last} & Sons {kind}", f"{first} & {name_pair(rng)[0]}'s", f"{last} Bros. {kind}", f"Big {first}'s {kind}"])
