"""Eighty open-ended requests written by hand, never trained on: eight kinds, with the gain judged."""

KINDS = {"coding": .6, "maths": .5, "reasoning": .5, "extraction": .25, "stem": .1, "roleplay": .06, "writing": .06, "humanities": .05}

PROMPTS = r"""
writing|Our bakery turns fifty in May. Please put together a warm announcement for the local paper, no longer than a page.
writing|I need a toast for my sister's retirement party; she was a nurse and loves bad puns.
writing|Tell the story of a lighthouse keeper who finds a message that was meant for somebody else, ending on a hopeful note.
writing|Compose a limerick on forgetting umbrellas.
writing|Could you draft a complaint to the airline about my suitcase that arrived three days late with a broken wheel?
writing|Give me a catchy introduction for an article on why old bicycles are better than new ones.
writing|A monologue for a theatre pupil who plays an ageing magician, around two minutes when spoken.
writing|Turn the idea "a city without mirrors" into the first scene of a film script.
writing|Write an obituary for a beloved neighbourhood café that has to close.
writing|I would like an honest but kind message turning down a friend who wants to borrow money again.
roleplay|You are the captain of a spaceship which has lost contact with Earth. Address your crew.
roleplay|Be a grumpy chef who judges my microwave dinner.
roleplay|Let us pretend that I am buying a horse and you are the seller who hides that it is afraid of bridges.
roleplay|Speak as though you were Cleopatra giving career advice to a modern graduate.
roleplay|From now on answer like a football commentator. How do I cook rice?
roleplay|You're my sceptical investor. Ask me hard questions on my idea for renting out ladders.
roleplay|Imagine yourself as a house ghost who has watched a family for a hundred years; what did you see?
roleplay|Impersonate a weather presenter who is secretly in love with thunder.
roleplay|As a wise gardener from the eighteenth century, console me: my tomatoes died.
roleplay|Pretend we are on a first date and you are very nervous.
reasoning|Five runners finished a race. Mia came in ahead of Leo but behind Zoe, Ben beat Zoe, and Ana was not last. In which order did they finish?
reasoning|My uncle's only sister has one son, and that son is not my cousin. Who is he?
reasoning|A drawer holds ten black and ten blue socks and the light is off. How many must I take out to be sure of a pair?
reasoning|Everyone who owns a boat likes rain. Karl does not like rain. Somebody at the table owns a boat. Can it be Karl, and what follows about the others?
reasoning|You put a marble in a cup, turn the cup upside down on the table and then carry the cup into the next room. Where is the marble now?
reasoning|One of three guards always lies, one always tells the truth and one alternates. With two questions, how can you find the safe door?
reasoning|There are twelve balls of which one is heavier or lighter. Can three weighings on a balance find it? Explain how.
reasoning|Paul says that Quinn lies, Quinn says that Rita lies, and Rita says that both lie. Who tells the truth?
reasoning|If some poets are sailors and all sailors can swim, does it follow that some who can swim are poets?
reasoning|A snail climbs three metres by day and slides back two by night. On which day does it leave a well ten metres deep?
maths|A rectangle has a perimeter of 46 cm and an area of 120 square centimetres. How long is its diagonal?
maths|Let a, b be positive reals with a + b = 1. Find the minimum of 1/a + 4/b.
maths|If I invest 2500 at 4 % compounded quarterly, how much is there after six years?
maths|How many four-digit numbers have strictly increasing digits?
maths|Find all real x with sqrt(x + 5) + sqrt(x) = 5.
maths|Three cards are drawn from a deck without replacement; what is the probability that they have different suits?
maths|Show that n^5 - n is divisible by 30 for every integer n.
maths|A tank is filled by one pipe in 6 hours and by another in 9, and drained in 12. How long does filling take with all three open?
maths|Determine the radius of the circle inscribed in a triangle with sides 9, 10 and 17.
maths|What is the coefficient of x^4 in (1 + 2x)^3 (1 - x)^5?
coding|In Rust, build a small command line tool which watches a directory and prints each changed file once per second at most.
coding|My React component renders twice and the counter jumps by two. Why, and how do I repair it?
coding|Given intervals as pairs, merge those that overlap and return them in order. Use Go and give its running time.
coding|Write a decoder for run-length encoded strings such as a3b2 with nested brackets, in Java.
coding|Implement an iterator in Python that flattens arbitrarily nested lists lazily.
coding|Two threads increment a shared counter and the total is wrong. Show a C program with the bug and three ways to fix it.
coding|Design the tables and the queries for a library that lends books, with a waiting list, in PostgreSQL.
coding|Return the number of islands in a grid of zeros and ones; diagonal neighbours do not count.
coding|Write a bash script that rotates logs older than a week, compresses them and keeps ten.
coding|Simulate a vending machine as a state machine in TypeScript with tests.
extraction|Below are three reviews. Give me a JSON array with the product, the stars and the main complaint of each.\n1. The kettle is fine, four stars, a bit loud.\n2. Lamp broke, one star.\n3. Love the rug! five stars, colours fade though.
extraction|Which companies and which amounts does this paragraph name? Put them into a table.\nNordwind paid 3.2 million for a share of Tessera, which had sold its yard to Kolm Ltd for 900,000 in May.
extraction|Read the schedule and list all talks after noon as "time - speaker".\n9:00 Ito, 11:30 Brandt, 12:15 Okafor, 14:00 Silva, 16:45 Novak
extraction|Count how often each fruit is mentioned and sort the result.\nI had an apple, then two pears. My sister took the apple and a plum, the pears were gone by four, so I bought an apple.
extraction|Here is a log. Return only the error codes with their time stamps as CSV.\n10:01 OK 10:05 E42 10:09 OK 10:11 E07 10:15 E42
extraction|From the letter, what are the sender's town, the date and the sum that is asked for? Reply as YAML.\nLeeds, 3 March. Dear Sir, kindly send the 45 pounds still owed for the cart.
extraction|Take the following equation-like lines and name every variable used, once, in alphabetical order.\na = b + c; d = a * e; f = d - b
extraction|Which character in this scene knows about the theft? Answer with the names alone.\nIvo told Mara that the ring was gone. Mara said nothing to Jon, but Jon had seen the empty box.
extraction|Give the ingredients with their amounts as a list, in grams where you can.\nTake a cup of flour, half a pound of butter, two eggs and a pinch of salt.
extraction|For each sentence, say who did what to whom, as triples.\nThe dog bit the postman. The postman's brother sued the owner.
stem|What happens inside a star when it runs out of hydrogen?
stem|How does soap manage to remove grease from a plate?
stem|Explain why the sky turns red at sunset and blue at noon.
stem|Could you describe how noise-cancelling headphones work?
stem|What role do mitochondria play, and why are they inherited from the mother?
stem|Why does ice float, and what would change on Earth if it did not?
stem|How do engineers keep tall buildings from swaying too much in the wind?
stem|Describe the difference between a virus and a bacterium and how we treat each.
stem|What is the greenhouse effect, and which gases contribute most?
stem|Explain how a lithium battery stores and gives energy.
humanities|How did the printing press change Europe?
humanities|What did the Enlightenment mean by reason?
humanities|Compare how two religions think about forgiveness.
humanities|Why did the Hanseatic League decline?
humanities|Explain the prisoner's dilemma with an example from daily life.
humanities|In what ways did railways shape the cities of the nineteenth century?
humanities|What makes a good argument, according to the ancient rhetoricians?
humanities|How do minimum wages affect employment? Present both views.
humanities|Outline the main events that led to the fall of Constantinople.
humanities|Discuss why people obey authority, with reference to known experiments.
"""


def rows():
    """[(kind, prompt, gain)]"""
    pairs = (line.split("|", 1) for line in PROMPTS.strip().split("\n"))
    return [(kind, prompt.replace("\\n", "\n"), KINDS[kind]) for kind, prompt in pairs]
