"""Synthetic question-and-answer chats for the built-in model.

Everything is drawn from one seeded random.Random, so the same seed and the same gazetteers give the
same data. Each kind of question has phrasings for training and others that are held out for the
evaluation (never trained on).
"""
import csv
import json
import pathlib
import random

import facts

NUMBER_WORDS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen "
                "fourteen fifteen sixteen seventeen eighteen nineteen twenty").split()
COUNT_WORDS = {2: "two", 3: "three", 4: "four", 5: "five"}

WHO = ("I am Penstock's built-in demonstration model, with only a few million parameters. I can "
       "answer a few simple questions; install a real model for useful answers.")
SMALL_CAN = ("I can greet you, name capitals, do small sums, spell words, give opposites and explain "
             "a few simple words. For more, install a real model.")
INSTALL = ("Put a GGUF chat model on this machine and set its path in the engine section of "
           "penstock.yaml, or configure an on-premises or cloud target.")
PENSTOCK = ("Penstock is a gateway that decides for every request whether it is answered on this "
            "machine, by a server on the premises or by a cloud service.")
WHERE = ("I run inside the Penstock program on this machine. What you send to me is not passed on to "
         "any other server.")
REAL = "No, I am a computer program: Penstock's built-in demonstration model."
BEYOND = ("This is beyond the small built-in model. For a useful answer, install a larger local model "
          "or configure an on-premises or cloud target in the policy.")
BIGSUM = ("That calculation is beyond the small built-in model. A larger model or a calculator will "
          "do it.")
PRIVATE = ("This text looks sensitive. I run inside Penstock on this machine and pass nothing on, but I am "
           "too small to work on it; install a larger local model for that.")
LIVE = "I cannot know that: I have no clock and no connection to the outside."
ENGLISH = "I am a very small built-in model and I understand only simple English."
UNSURE = "I do not know. I am only a small built-in model; install a real model for better answers."

# kind -> (training phrasings, held-out phrasings, answer, the words that must be in the answer)
FIXED = {
    "identity": (
        ["Who are you?", "What are you?", "What model are you?", "Which model is this?", "What is your name?",
         "Tell me about yourself.", "Introduce yourself.", "Who am I talking to?", "Are you ChatGPT?",
         "Are you GPT-4?", "Are you Claude?", "Are you Llama?", "Which AI are you?", "What AI model is this?",
         "Describe yourself.", "Who made you?", "Who built you?", "What LLM are you?", "What kind of model are you?",
         "How big are you?", "How many parameters do you have?", "Are you a large language model?",
         "What version are you?", "Please identify yourself.", "Who is this?", "What's your name?",
         "Are you a big model?", "What language model am I using?", "Say who you are.", "What am I talking to?",
         "Which language model are you?", "Tell me who you are.", "What exactly are you?", "Are you from OpenAI?",
         "Are you Gemini?", "Do you have a name?", "How large is this model?", "Who trained you?",
         "What is this model?", "Name yourself.", "Which model answers me?", "What are you called?",
         "Explain who you are.", "How smart are you?", "Are you a real model?", "Are you any good?"],
        ["Who might you be?", "What model am I talking to?", "Tell me what you are.", "Are you an OpenAI model?",
         "What is the name of this model?", "Can you introduce yourself?", "Which LLM is answering?",
         "How many parameters are in this model?", "Are you Mistral?", "What sort of model are you?"],
        WHO, "demonstration model"),
    "abilities": (
        ["What can you do?", "How can you help me?", "What do you know?", "What are you able to do?",
         "What can I ask you?", "Help", "What questions can you answer?", "What are your skills?",
         "How can you help?", "What are you good at?", "What can you answer?", "Can you help me?",
         "What should I ask you?", "List your abilities.", "What are your capabilities?", "What do you do?"],
        ["What kind of questions can you answer?", "What are your abilities?", "What things can you do?",
         "Tell me what you can do."],
        SMALL_CAN, "capitals"),
    "install": (
        ["How do I install a real model?", "How can I use a better model?", "How do I install a larger model?",
         "How do I add another model?", "Where do I put a real model?", "How do I get useful answers?",
         "How can I replace you?", "How do I change the model?", "How do I configure a bigger model?",
         "Can I use a larger model?", "How do I set up a real model?", "How do I replace the built-in model?",
         "Where do I configure the model?", "How do I get better answers?"],
        ["How can I install a bigger model?", "How do I put in a real model?", "How do I use another model?"],
        INSTALL, "penstock.yaml"),
    "penstock": (
        ["What is Penstock?", "What does Penstock do?", "Tell me about Penstock.", "Explain Penstock.",
         "What is the Penstock gateway?", "Why would I use Penstock?", "What is Penstock for?",
         "Describe Penstock.", "What's Penstock?"],
        ["Can you explain what Penstock is?", "What is the purpose of Penstock?"],
        PENSTOCK, "gateway"),
    "where": (
        ["Where do you run?", "Where does my text go?", "Is my data sent to the cloud?", "Are you running locally?",
         "Do you send my data anywhere?", "Who can see what I write?", "Where are you running?",
         "Does this leave my machine?", "Is this private?", "Are you in the cloud?", "Do you run on this machine?",
         "Is my message sent to a server?", "Where is my message processed?", "Are you online?"],
        ["Where is my text sent?", "Do you run locally?", "Is my text sent to the cloud?"],
        WHERE, "this machine"),
    "human": (
        ["Are you human?", "Are you a person?", "Are you alive?", "Are you real?", "Are you a robot?",
         "Am I talking to a human?", "Do you have feelings?", "Are you conscious?", "Are you a machine?",
         "Is this a real person?"],
        ["Am I talking to a person?", "Are you a human being?", "Are you a bot?"],
        REAL, "program"),
    "greeting": (
        ["Hello", "Hi", "Hey", "Hello there", "Good morning", "Good evening", "Good afternoon", "Hi there",
         "Hey there", "Greetings", "Hello!", "Hi!", "Hello, how are you?", "How are you?", "How do you do?",
         "Howdy", "Hello again", "Hi, how are you?", "Is anyone there?", "Are you there?", "hello model",
         "How is it going?", "Nice to meet you", "Say hello", "Say hi", "ping", "test", "Testing", "Hello world"],
        ["Hey, how are you?", "Hello, good morning", "Hi again", "Hello hello"],
        "Hello! How can I help you?", "Hello"),
    "thanks": (
        ["Thanks", "Thank you", "Thank you very much", "Thanks a lot", "Many thanks", "Great, thanks",
         "Thank you!", "Cheers", "Thanks for your help", "That helped, thank you", "Perfect, thank you",
         "Thanks!", "OK, thanks", "Thank you so much", "Good, thank you", "I appreciate it"],
        ["Thanks very much", "Great, thank you", "Many thanks to you"],
        "You are welcome!", "welcome"),
    "goodbye": (
        ["Bye", "Goodbye", "See you", "See you later", "Good night", "Bye bye", "I have to go", "Farewell",
         "See you tomorrow", "That is all", "Bye!", "Until next time", "Take care"],
        ["Goodbye for now", "See you soon", "OK, bye"],
        "Goodbye!", "Goodbye"),
    "live": (
        ["What time is it?", "What is the date today?", "What day is it today?", "What is the weather today?",
         "Will it rain tomorrow?", "What is the latest news?", "Who won the match yesterday?",
         "What is the stock price of Apple?", "How is the weather?", "What is the exchange rate of the euro?",
         "What year is it?", "Is it raining?", "What is the weather in London?", "What is today's date?",
         "What is the time now?", "What happened today?", "What is the news?", "What's the weather like?",
         "How much does bitcoin cost?", "What is the temperature outside?", "Who won the election?"],
        ["What is the time?", "What is the weather like today?", "What is the current date?",
         "What is the news today?"],
        LIVE, "cannot know"),
    "foreign": (
        ["Hallo, wie geht es dir?", "Bonjour, comment ça va?", "Hola, ¿cómo estás?", "Ciao, come stai?",
         "Was ist die Hauptstadt von Frankreich?", "Quelle est la capitale de la France?",
         "¿Cuál es la capital de España?", "Wer bist du?", "Qui es-tu?", "¿Quién eres?", "Chi sei?",
         "Kannst du mir helfen?", "Pouvez-vous m'aider?", "¿Puedes ayudarme?", "Guten Tag", "Bonjour",
         "Hola", "Danke", "Merci beaucoup", "Gracias", "Sprichst du Deutsch?", "Parlez-vous français?",
         "¿Hablas español?", "Do you speak German?", "Do you speak French?", "Can you speak Spanish?",
         "Olá, tudo bem?", "Hej, hur mår du?", "Как дела?", "你好", "こんにちは"],
        ["Wie geht es Ihnen?", "Comment vas-tu?", "¿Qué tal?", "Do you speak Italian?"],
        ENGLISH, "English"),
    "big_facts": (
        ["Can you write code?", "Can you translate?", "Can you write a story?", "Can you do my homework?",
         "Can you solve equations?", "Can you search the web?", "Can you draw a picture?",
         "Can you summarise a text?", "Can you reason?", "Do you know everything?", "Can you help with my essay?",
         "Can you read files?", "Can you give medical advice?", "Can you give legal advice?"],
        ["Can you write an essay?", "Can you write programs?", "Can you translate a text?"],
        BEYOND, "beyond"),
}

LOOKUPS = {
    "capital": (
        ["What is the capital of {c}?", "What's the capital of {c}?", "Capital of {c}?", "Name the capital of {c}.",
         "Tell me the capital of {c}.", "Which city is the capital of {c}?", "What is the capital city of {c}?",
         "What city is the capital of {c}?", "Do you know the capital of {c}?", "The capital of {c} is",
         "capital of {c}", "Give me the capital city of {c}.", "I need the capital of {c}.",
         "What is {c}'s capital?", "Which city is {c}'s capital?", "{c}: what is its capital?"],
        ["Can you name the capital of {c}?", "Please give the capital of {c}.",
         "What is the name of the capital of {c}?", "What's {c}'s capital city?"]),
    "capital_of_what": (
        ["{k} is the capital of which country?", "Which country has the capital {k}?",
         "What country is {k} the capital of?", "{k} is the capital of what?", "Of which country is {k} the capital?"],
        ["{k} is the capital city of which country?", "Which country's capital is {k}?"]),
    "opposite": (
        ["What is the opposite of {a}?", "Opposite of {a}?", "What's the opposite of {a}?", "Give me the opposite of {a}.",
         "Name the opposite of {a}.", "Tell me the opposite of {a}.", "The opposite of {a} is", "opposite of {a}",
         "What word is the opposite of {a}?", "What is the antonym of {a}?", "Give an antonym of {a}.",
         "{a} is the opposite of what?", "Which word means the opposite of {a}?"],
        ["What is the opposite of the word {a}?", "Can you tell me the opposite of {a}?", "What's an antonym of {a}?"]),
    "define": (
        ["What is {d}?", "Define {d}.", "Explain {d}.", "What's {d}?", "What does {d} mean?", "Tell me what {d} is.",
         "What is meant by {d}?", "Explain what {d} is.", "Give a definition of {d}.", "In one sentence, what is {d}?",
         "Explain {d} simply.", "What is {d} in simple words?", "What exactly is {d}?"],
        ["Can you explain {d}?", "Give me a short definition of {d}.", "What do you call {d}, and what is it?"]),
    "spell": (
        ["How do you spell {w}?", "Spell {w}.", "Spell the word {w}.", "How is {w} spelled?", "Please spell {w}.",
         "What is the spelling of {w}?", "Can you spell {w}?", "How do I spell {w}?", "spell {w}",
         "Give me the spelling of {w}."],
        ["How is the word {w} spelled?", "Could you spell {w}?", "How would you spell {w}?"]),
    "unit": (
        ["How many {u} are in {p}?", "How many {u} are there in {p}?", "How many {u} in {p}?", "{p} has how many {u}?",
         "Tell me how many {u} are in {p}.", "What is the number of {u} in {p}?", "How many {u} does {p} have?",
         "How many {u} make {p}?", "How many {u} has {p}?"],
        ["Do you know how many {u} are in {p}?", "Can you tell me how many {u} there are in {p}?"]),
    "colour": (
        ["What colour is {o}?", "What color is {o}?", "What is the colour of {o}?", "What is the color of {o}?",
         "Which colour is {o}?", "Tell me the colour of {o}.", "{o} is what colour?", "What colour does {o} have?",
         "Name the colour of {o}.", "What's the color of {o}?"],
        ["Which color is {o}?", "Tell me what colour {o} is.", "What's the colour of {o}?"]),
    "mix": (
        ["What colour do {x} and {y} make?", "What do you get when you mix {x} and {y}?", "Mix {x} and {y}.",
         "What colour is {x} mixed with {y}?", "{x} and {y} make which colour?", "What color do {x} and {y} make?",
         "If I mix {x} and {y}, what colour do I get?", "{x} plus {y} gives which colour?"],
        ["Which colour do {x} and {y} make?", "What color do I get if I mix {x} and {y}?"]),
    "list": (
        ["Name {n} {l}.", "List {n} {l}.", "Give me {n} {l}.", "Tell me {n} {l}.", "What are {n} {l}?",
         "Can you name {n} {l}?", "Give {n} examples of {l}.", "I need {n} {l}.", "Write {n} {l}.", "{n} {l} please"],
        ["Can you list {n} {l}?", "Please give me {n} {l}.", "Name me {n} {l}."]),
    "sound": (
        ["What sound does a {s} make?", "What noise does a {s} make?", "How does a {s} sound?", "What does a {s} say?",
         "Which sound does a {s} make?", "The sound of a {s}?"],
        ["What sound do you hear from a {s}?", "Tell me what sound a {s} makes."]),
    "baby": (
        ["What is a baby {s} called?", "What do you call a baby {s}?", "What is a young {s} called?",
         "Name a baby {s}.", "What is the young of a {s}?", "What's a baby {s}?"],
        ["What do we call a young {s}?", "What's the name of a baby {s}?"]),
    "day_after": (
        ["What day comes after {x}?", "Which day is after {x}?", "What day follows {x}?", "What comes after {x}?",
         "The day after {x} is", "What is the day after {x}?", "Which day comes after {x}?", "Name the day after {x}."],
        ["Which day follows {x}?", "Tell me the day after {x}."]),
    "day_before": (
        ["What day comes before {x}?", "Which day is before {x}?", "What comes before {x}?", "The day before {x} is",
         "What is the day before {x}?", "Which day comes before {x}?", "Name the day before {x}."],
        ["What day is before {x}?", "Tell me the day before {x}."]),
    "month_after": (
        ["What month comes after {x}?", "Which month is after {x}?", "What month follows {x}?", "What comes after {x}?",
         "The month after {x} is", "What is the month after {x}?", "Which month comes after {x}?"],
        ["Which month follows {x}?", "Tell me the month after {x}."]),
    "month_before": (
        ["What month comes before {x}?", "Which month is before {x}?", "What comes before {x}?", "The month before {x} is",
         "What is the month before {x}?", "Which month comes before {x}?"],
        ["What month is before {x}?", "Tell me the month before {x}."]),
    "month_days": (
        ["How many days does {x} have?", "How many days are in {x}?", "How many days are there in {x}?", "How long is {x}?",
         "Days in {x}?", "How many days has {x}?"],
        ["What number of days are in {x}?", "Tell me how many days {x} has."]),
}
SUMS = {
    "+": (["What is {a} plus {b}?", "What is {a} + {b}?", "{a} + {b}", "{a}+{b}", "{a} + {b} =", "{a} plus {b}", "What's {a} plus {b}?",
           "Add {a} and {b}.", "Calculate {a} + {b}.", "How much is {a} + {b}?", "How much is {a} plus {b}?",
           "What is the sum of {a} and {b}?", "{a} plus {b} is", "Compute {a} plus {b}.", "{a}+{b}=?", "What is {a}+{b}?",
           "If I have {a} apples and get {b} more, how many do I have?"],
          ["What does {a} plus {b} make?", "What's {a} + {b}?", "Tell me {a} plus {b}.", "Can you add {a} and {b}?"]),
    "-": (["What is {a} minus {b}?", "What is {a} - {b}?", "{a} - {b}", "{a}-{b}", "{a} - {b} =", "{a} minus {b}", "What's {a} minus {b}?",
           "Subtract {b} from {a}.", "Calculate {a} - {b}.", "How much is {a} - {b}?", "How much is {a} minus {b}?", "{a}-{b}=?",
           "If I have {a} apples and eat {b}, how many are left?"],
          ["What does {a} minus {b} make?", "What's {a} - {b}?", "Tell me {a} minus {b}."]),
    "*": (["What is {a} times {b}?", "What is {a} * {b}?", "{a} * {b}", "{a}*{b}", "{a} x {b}", "{a} times {b}", "What's {a} times {b}?",
           "Multiply {a} by {b}.", "Calculate {a} * {b}.", "How much is {a} times {b}?", "What is {a} multiplied by {b}?",
           "What is the product of {a} and {b}?", "What is {a} x {b}?", "{a}*{b}=?"],
          ["What does {a} times {b} make?", "What's {a} x {b}?", "Tell me {a} times {b}.", "Can you multiply {a} and {b}?"]),
    "/": (["What is {a} divided by {b}?", "What is {a} / {b}?", "{a} / {b}", "{a}/{b}", "{a} divided by {b}", "Divide {a} by {b}.",
           "Calculate {a} / {b}.", "How much is {a} divided by {b}?", "What's {a} divided by {b}?"],
          ["What does {a} divided by {b} make?", "What's {a} / {b}?", "Tell me {a} divided by {b}."]),
}

# Hard requests: drawn from verbs, forms and topics, so that the model learns the shape, not a list.
HARD = [
    "Write {f} about {t}.", "Write {f} on {t} for {o}.", "Summarise the following text: {x}", "Summarize this: {x}",
    "Prove that {m}.", "Explain step by step why {m}.", "Translate this into {g}: {x}", "Translate '{x}' to {g}.",
    "Compare {t} with {t2}.", "Analyse {t} and its effect on {t2}.", "Design {s} for {t}.", "Implement {s} in {p}.",
    "Write {p} code that {k}.", "Write a {p} function that {k}.", "Debug this {p} program: {z}", "Plan {v}.",
    "Give me a detailed plan for {v}.", "What are the advantages and disadvantages of {t}?", "Why does {t} matter to {t2}?",
    "How does {t} influence {t2}?", "Discuss {t}.", "Review this text and improve it: {x}", "Rewrite this politely: {x}",
    "Solve the equation {q}.", "Find the derivative of {q}.", "Integrate {q}.", "Draft {f} to {o} about {t}.",
    "Tell me a long story about {t}.", "Tell me a joke about {t}.", "Explain the history of {t}.", "Refactor this: {z}",
    "What would happen if {m}?", "Give me ten ideas for {v}.", "Create a table of {t} and {t2}.", "Extract the main points from this: {x}",
    "Classify the sentiment of this text: {x}", "Recommend {v}.", "Write a poem about {t} in the style of {o}.",
    "Explain {t} in depth.", "Argue for and against {t}.", "Evaluate the risks of {t} for {t2}.", "How do I {k} in {p}?",
    "Fix the bug: {z}", "Optimise this query: {z}", "Derive {q} from first principles.", "Continue this story: {x}",
    "What is the best strategy for {v}?", "Act as {o} and advise me on {t}.", "Write unit tests for this: {z}",
    "Answer in detail: how is {t} related to {t2}?", "Who was the most important person in {t}?", "When did {t} begin?",
    "Explain how {s} works.", "What is the difference between {t} and {t2}?", "Give me a recipe for {v}.",
    "Correct the grammar: {x}", "Make this shorter: {x}", "Answer the question using this text: {x}",
    "Read this and tell me what it means: {x}", "{x}", "{x} What do you think?",
]
HARD_HELD = [
    "Compose {f} about {t}.", "Please write {f} about {t} for {o}.", "Can you summarise this text? {x}",
    "Give a proof that {m}.", "Could you translate this to {g}: {x}", "Write a program in {p} that {k}.",
    "Describe the relation between {t} and {t2}.", "Outline {s} for {t}.", "Simplify the expression {q}.",
    "Help me plan {v}.", "Write me {f} about {t2}.", "Show how to {k} in {p}.",
]
FORMS = ["an essay", "a poem", "a letter", "a report", "a speech", "an article", "a story", "a blog post", "an email",
         "a song", "a press release", "a proposal", "a summary", "a contract", "a haiku", "a dialogue", "a review", "a memo"]
TOPICS = ["climate change", "the French Revolution", "quantum computing", "the stock market", "machine learning",
          "ancient Rome", "renewable energy", "world trade", "the human brain", "modern art", "supply chains",
          "inflation", "space travel", "contract law", "tax reform", "urban planning", "genetics", "philosophy",
          "football tactics", "cloud computing", "data protection", "hospital management", "remote work", "education",
          "the economy", "artificial intelligence", "nuclear power", "ocean currents", "medieval trade", "cryptography",
          "distributed systems", "microservices", "the Cold War", "Greek myths", "immigration", "public health",
          "insurance fraud", "bridge building", "wine making", "jazz", "chess openings", "electric cars", "operating systems"]
MATHS = ["the square root of two is irrational", "there are infinitely many primes", "every even number is a sum of two primes",
         "the series converges", "P is not equal to NP", "the function is continuous", "the angles of a triangle add up to 180 degrees",
         "every bounded sequence has a convergent subsequence", "the group is abelian", "the Moon disappeared",
         "interest rates doubled", "all ice melted", "the determinant is not zero", "no largest prime exists", "light had no speed limit"]
SYSTEMS = ["a distributed cache", "a load balancer", "a red-black tree", "a recommendation system", "a database schema",
           "a rate limiter", "a chess engine", "a web crawler", "a compiler", "a neural network", "a payment system",
           "a hash table", "a message queue", "an operating system kernel", "a training programme", "a marketing campaign"]
PROGRAMMING = ["Python", "C", "Java", "JavaScript", "Rust", "Go", "SQL", "Haskell", "C++", "Bash"]
CODING = ["sorts a list", "parses JSON", "finds the shortest path", "computes prime numbers", "reads a CSV file",
          "reverses a linked list", "sends an e-mail", "merges two files", "counts words in a file", "connects to a database",
          "validates an address", "draws a chart", "implements binary search", "encrypts a file", "calls a web service"]
VENTURES = ["a trip to Japan", "a birthday party", "a garden for a small house", "a start-up company", "a marathon training",
            "a weekly menu", "a wedding", "a product launch", "a school project", "a house move", "chocolate cake",
            "a holiday in Italy", "a book club", "a security audit", "a new website", "vegetable soup"]
LANGUAGES = ["French", "German", "Spanish", "Italian", "Japanese", "Chinese", "Latin", "Russian", "Arabic", "Portuguese"]
EQUATIONS = ["x^2 + 5x + 6 = 0", "3x - 7 = 11", "sin(x) cos(x)", "e^(2x)", "x^3 - 2x + 1", "2x + 3y = 12", "log(x) / x",
             "(x + 1)(x - 3)", "dy/dx = 3y", "x^4 - 16 = 0", "tan(x)^2", "4x^2 - 9"]
SNIPPETS = ["for i in range(10): print(i", "int main() { return x; }", "SELECT * FROM orders WHERE id = 7", "def f(x): return f(x)",
            "while (true) { i++; }", "const a = b => b + ;", "if x = 3 then y", "import os; os.remove(path)", "char *p = NULL; *p = 1;"]
PROSE = ("The board met on {d} and agreed that {t} would be funded for another year. "
         "Several members asked how {t2} would change the plan. "
         "The {o} said that costs had risen by {n} percent since last spring. "
         "In {c} the project was delayed because of {t}. "
         "A survey of {n} people found that most had never heard of {t2}. "
         "Critics say that {t} is too expensive. "
         "The report describes the state of {t} in {c} and compares it with {t2}. "
         "Each team must send its figures before {d}. "
         "The old bridge near {c} was closed for repairs. "
         "Nobody knows whether {t2} will recover. "
         "The company {b} announced that it will hire {n} new workers. "
         "Our office moved to {c} last year and most of the staff came along. "
         "The manual says that the valve must be opened slowly. "
         "It was a dark night and the {o} could not sleep. "
         "After the meeting the {o} wrote down what had been said about {t}.").split(". ")

SENSITIVE = [
    "My SSN is {ssn}.", "My social security number is {ssn}, what should I do?", "Patient {n} was diagnosed with {i}.",
    "Patient {n}, born {dob}, SSN {ssn}, diagnosed with {i}.", "Patient {n}, MRN {mrn}, takes {r} for {i}.",
    "Summarise: patient {n}, SSN {ssn}, diagnosis {i}.", "Write a letter to {n} at {e} about {i}.", "My credit card number is {cc}.",
    "Please charge card {cc}.", "My phone number is {ph} and my email is {e}.", "My name is {n} and I live in {c}.",
    "The patient complains of {y} and {y2}.", "A {age}-year-old patient presents with {y}.", "Draft a discharge summary for {n}, DOB {dob}.",
    "Client {n} wants to sue {b}.", "My IBAN is {iban}.", "Send the lab results of {n} to {e}.", "{n} has {i}. What is the treatment?",
    "What dose of {r} should {n} take?", "I was diagnosed with {i}.", "My doctor prescribed {r}.", "I have {y} and {y2}.",
    "Medical record {mrn}: {i}.", "{n} ({dob}) lives at {adr}, {c}.", "Contact {n} at {ph}.", "Employee {n} earns {sal} dollars.",
    "Confidential: {n} will be dismissed by {b}.", "My password is {pw}.", "The diagnosis of {n} is {i}, please write the report.",
    "SSN {ssn}", "{ssn}", "{cc}", "{e}", "Patient has {i} and takes {r}.", "Hello, my name is {n}, SSN {ssn}. I have {i}.",
    "Is {i} serious for a patient of {age}?", "Privileged: our client {n} admitted the fraud.", "Translate this note: patient {n} has {y}.",
    "Email {e} about the diagnosis.", "{n}, {adr}, {c}, phone {ph}", "Explain the lab results of patient {n}: {i}.",
    "Extract the names from this: {n} met {n2} in {c}.", "Write a referral for {n} with {i}.", "The witness {n} said that {n2} was there.",
]
SENSITIVE_HELD = [
    "The patient {n} (SSN {ssn}) has {i}.", "Please summarise this: {n}, born on {dob}, was treated for {i}.",
    "Patient {n} has SSN {ssn} and a diagnosis of {i}. Summarise.", "Could you bill card number {cc}?",
    "Write to {e} that {n} has {i}.", "My social security number is {ssn}.", "My patient {n} takes {r}, is that safe?",
]

SYSTEM_PROMPTS = [
    "You are a helpful assistant.", "You are a helpful, honest assistant.", "You are a friendly assistant.",
    "Answer briefly.", "Be concise.", "You are an AI assistant. Answer the user's questions.",
    "You are a support agent for our company. Be polite.", "Answer in one sentence.", "You are a helpful AI.",
    "You are an expert. Think step by step.", "Do not make things up.", "You are a teacher for small children.",
    "You are a medical assistant.", "You are a legal assistant.", "Always answer in English.",
]


class Words:
    """Names and terms from the gazetteers, for hard and sensitive-looking requests."""

    def __init__(self, folder: pathlib.Path):
        def load(name, key):
            return json.loads((folder / name).read_text())[key]

        def census(name, count):
            lines = (folder / name).read_text().splitlines()[:count]
            return [line.split()[0].capitalize() for line in lines if line.split()]

        self.first = census("us-census-1990-female.txt", 400) + census("us-census-1990-male.txt", 400)
        self.last = census("us-census-1990-last.txt", 1500)
        self.occupations = load("corpora-occupations.json", "occupations")
        self.diseases = [d for row in load("corpora-diseases.json", "diseases") for d in row]
        self.symptoms = load("corpora-symptoms.json", "symptoms")
        self.drugs = load("corpora-drugs.json", "drugs")
        self.companies = load("corpora-fortune500.json", "companies")
        with open(folder / "world-cities.csv", newline="") as file:
            cities = [row["name"] for row in csv.DictReader(file)]
        self.cities = [c for c in cities[::7] if c.isascii() and len(c) < 16]


class Generator:
    """Draws one chat at a time. Questions come with the answer and the words it must contain."""

    def __init__(self, seed: int, gazetteers: pathlib.Path):
        self.rng = random.Random(seed)
        self.words = Words(gazetteers)
        self.kinds = {
            "identity": 9, "abilities": 2, "install": 2, "penstock": 2, "where": 2, "human": 1, "greeting": 3,
            "thanks": 2, "goodbye": 1, "live": 3, "foreign": 2, "big_facts": 2, "capital": 15,
            "capital_of_what": 4, "opposite": 6, "define": 7, "spell": 8, "unit": 5, "colour": 4, "mix": 1,
            "list": 4, "sound": 1.5, "baby": 1.5, "day_after": 1, "day_before": 1, "month_after": 1.3,
            "month_before": 1.3, "month_days": 1.3, "trivia": 4, "sum": 17, "big_sum": 2.5, "hard": 13,
            "sensitive": 12, "unknown": 3,
        }

    # --- pieces ---

    def phrase(self, kind_phrases, held):
        return self.rng.choice(kind_phrases[1] if held else kind_phrases[0])

    def digits(self, pattern):
        return "".join(str(self.rng.randrange(10)) if c == "#" else c for c in pattern)

    def name(self):
        r, w = self.rng, self.words
        prefix = r.choice(["", "", "", "", "Mr. ", "Mrs. ", "Dr. "])
        return prefix + r.choice(w.first) + " " + r.choice(w.last)

    def date(self):
        r = self.rng
        if r.random() < 0.5:
            return f"{r.randrange(1, 13)}/{r.randrange(1, 29)}/{r.randrange(1930, 2015)}"
        return f"{r.randrange(1, 29)} {r.choice(facts.MONTHS)} {r.randrange(1930, 2015)}"

    def prose(self, least=1, most=3):
        r, w = self.rng, self.words
        lines = [r.choice(PROSE).strip(". ") for _ in range(r.randint(least, most))]
        return " ".join(line.format(d=self.date(), t=r.choice(TOPICS), t2=r.choice(TOPICS), o=r.choice(w.occupations),
                                    n=r.randrange(2, 900), c=r.choice(w.cities), b=r.choice(w.companies)) + "."
                        for line in lines)

    def hard(self, held, long=False):
        r, w = self.rng, self.words
        text = r.choice(HARD_HELD if held else HARD)
        topic = r.choice(TOPICS) if r.random() < 0.7 else r.choice(w.companies + w.occupations)
        x = self.prose(8, 26) if long else self.prose()
        if long and "{x}" not in text:
            text = text + " {x}"
        person = r.choice(w.occupations)
        return text.format(f=r.choice(FORMS), t=topic, t2=r.choice(TOPICS), o="an " + person if person[0] in "aeiou" else "a " + person,
                           x=x, m=r.choice(MATHS), g=r.choice(LANGUAGES), s=r.choice(SYSTEMS), p=r.choice(PROGRAMMING),
                           k=r.choice(CODING), v=r.choice(VENTURES), q=r.choice(EQUATIONS), z=r.choice(SNIPPETS))

    def sensitive(self, held):
        r, w = self.rng, self.words
        first, last = r.choice(w.first), r.choice(w.last)
        email = f"{first.lower()}{r.choice(['.', '_', ''])}{last.lower()}@{r.choice(['example.com', 'example.org', 'mail.example', 'corp.example.net'])}"
        return r.choice(SENSITIVE_HELD if held else SENSITIVE).format(
            ssn=self.digits("###-##-####"), n=self.name(), n2=self.name(), i=r.choice(w.diseases), dob=self.date(),
            mrn=self.digits(r.choice(["#######", "MRN-######", "########"])), r=r.choice(w.drugs), e=email,
            cc=self.digits(r.choice(["4### #### #### ####", "5###############", "4###-####-####-####"])),
            ph=self.digits(r.choice(["(###) ###-####", "###-###-####", "+1 ### ### ####"])), c=r.choice(w.cities),
            y=r.choice(w.symptoms), y2=r.choice(w.symptoms), age=r.randrange(1, 95), b=r.choice(w.companies),
            iban=self.digits(r.choice(["DE", "GB", "FR"]) + "## #### #### #### ####"),
            adr=f"{r.randrange(1, 9999)} {r.choice(w.last)} {r.choice(['Street', 'Road', 'Avenue', 'Lane'])}",
            sal=r.randrange(20, 300) * 1000, pw=r.choice(["hunter2", "secret99", "letmein", "tr0ub4dor"]))

    def sum(self, held):
        r = self.rng
        op = r.choice("++-*" if r.random() < 0.85 else "/")
        if op == "+":
            a, b = r.randrange(0, 51), r.randrange(0, 51)
            if r.random() < 0.5:
                a, b = r.randrange(0, 13), r.randrange(0, 13)
            value = a + b
        elif op == "-":
            a = r.randrange(0, 51 if r.random() < 0.5 else 21)
            b = r.randrange(0, a + 1)
            value = a - b
        elif op == "*":
            a, b = r.randrange(0, 13), r.randrange(0, 13)
            value = a * b
        else:
            b, value = r.randrange(1, 13), r.randrange(0, 13)
            a = b * value
        word = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}[op]
        text = self.phrase(SUMS[op], held)
        answer = f"{a} {word} {b} is {value}."
        if a <= 20 and b <= 20 and word in text and r.random() < 0.3:
            return text.format(a=NUMBER_WORDS[a], b=NUMBER_WORDS[b]), answer, f"is {value}."
        return text.format(a=a, b=b), answer, f"is {value}."

    def big_sum(self, held):
        r = self.rng
        op = r.choice("+-**/")
        a = r.randrange(200, 10 ** r.randrange(3, 7))
        b = r.randrange(60, 10 ** r.randrange(2, 6))
        return self.phrase(SUMS[op], held).format(a=a, b=b)

    def unknown(self, held):
        """Questions of a known shape about something the model was never taught."""
        r, w = self.rng, self.words
        made = "".join(r.choice("bdfgklmnprstvz") + r.choice("aeiou") for _ in range(r.randint(2, 4)))
        thing = r.choice([made, made.capitalize(), r.choice(w.cities), r.choice(w.occupations)])
        kind = r.choice(["capital", "opposite", "define", "colour"])
        article = thing if kind != "define" or r.random() < 0.5 else "a " + thing
        return self.phrase(LOOKUPS[kind], held).format(c=thing, a=thing, d=article, o=thing)

    # --- one turn ---

    def turn(self, kind, held=False):
        """Returns (question, answer, words that a right answer contains)."""
        r = self.rng
        if kind in FIXED:
            train, test, answer, key = FIXED[kind]
            return r.choice(test if held else train), answer, key
        if kind == "sum":
            return self.sum(held)
        if kind == "big_sum":
            return self.big_sum(held), BIGSUM, "beyond"
        if kind == "hard":
            return self.hard(held), BEYOND, "beyond"
        if kind == "hard_long":
            return self.hard(held, long=True), BEYOND, "beyond"
        if kind == "sensitive":
            return self.sensitive(held), PRIVATE, "pass nothing on"
        if kind == "unknown":
            return self.unknown(held), UNSURE, "do not know"
        if kind == "trivia":
            train, test, answer, key = r.choice(facts.TRIVIA)
            return (test if held else r.choice(train)), answer, key
        text = self.phrase(LOOKUPS[kind], held)
        if kind in ("capital", "capital_of_what"):
            country, city = r.choice(sorted(facts.CAPITALS.items()))
            if kind == "capital":
                short = country[4:] if country.startswith("the ") and r.random() < 0.3 else country
                return text.format(c=short), f"The capital of {country} is {city}.", city
            return text.format(k=city), f"{city} is the capital of {country}.", country
        if kind == "opposite":
            a, b = r.choice(facts.OPPOSITES)
            if r.random() < 0.5:
                a, b = b, a
            return text.format(a=a), f"The opposite of {a} is {b}.", b
        if kind == "define":
            subject, answer = r.choice(sorted(facts.DEFINITIONS.items()))
            short = subject.split(" ", 1)[1] if subject.startswith(("a ", "an ", "the ")) and r.random() < 0.3 else subject
            return text.format(d=short), answer, answer
        if kind == "spell":
            word = r.choice(facts.SPELL)
            return text.format(w=word), f"{word} is spelled {'-'.join(word.upper())}.", "-".join(word.upper())
        if kind == "unit":
            unit, whole, value = r.choice(facts.UNITS)
            return text.format(u=unit, p=whole), f"There are {value} {unit} in {whole}.", f" {value} "
        if kind == "colour":
            thing, colour = r.choice(sorted(facts.COLOURS.items()))
            return text.format(o=thing), f"{thing[0].upper()}{thing[1:]} is {colour}.", colour
        if kind == "mix":
            (x, y), colour = r.choice(sorted(facts.MIXES.items()))
            if r.random() < 0.5:
                x, y = y, x
            return text.format(x=x, y=y), f"{x[0].upper()}{x[1:]} and {y} make {colour}.", f"make {colour}"
        if kind == "list":
            topic, members = r.choice(sorted(facts.LISTS.items()))
            count = r.randint(2, min(5, len(members)))
            chosen = members[:count]
            answer = ", ".join(chosen[:-1]) + " and " + chosen[-1]
            number = COUNT_WORDS[count] if r.random() < 0.7 else str(count)
            return text.format(n=number, l=topic), answer[0].upper() + answer[1:] + ".", answer[1:]
        if kind == "sound":
            animal, verb = r.choice(sorted(facts.SOUNDS.items()))
            return text.format(s=animal), f"A {animal} {verb}.", verb
        if kind == "baby":
            animal, young = r.choice(sorted(facts.BABIES.items()))
            return text.format(s=animal), f"A baby {animal} is called {young}.", young
        if kind.startswith("day_"):
            i = r.randrange(7)
            j = (i + (1 if kind == "day_after" else 6)) % 7
            side = kind[4:]
            return text.format(x=facts.DAYS[i]), f"The day {side} {facts.DAYS[i]} is {facts.DAYS[j]}.", f"is {facts.DAYS[j]}"
        i = r.randrange(12)
        month = facts.MONTHS[i]
        if kind == "month_days":
            if i == 1:
                return text.format(x=month), "February has 28 days, or 29 in a leap year.", "28"
            return text.format(x=month), f"{month} has {facts.MONTH_DAYS[i]} days.", str(facts.MONTH_DAYS[i])
        j = (i + (1 if kind == "month_after" else 11)) % 12
        side = kind[6:]
        return text.format(x=month), f"The month {side} {month} is {facts.MONTHS[j]}.", f"is {facts.MONTHS[j]}"

    def roughen(self, text):
        """What people do to a question: case, full stops, politeness, a slip of the finger."""
        r = self.rng
        if r.random() < 0.18:
            text = text.lower()
        elif r.random() < 0.02:
            text = text.upper()
        if r.random() < 0.2:
            text = text.rstrip("?.!")
        if r.random() < 0.15:
            start = r.choice(["Please tell me: ", "Hi, ", "Hello, ", "Hey! ", "Can you tell me: ", "Quick question: ", "Question: ",
                              "I have a question. ", "OK. ", "So, ", "Now, ", "Next: ", "Please: ", "Good morning. ", "Tell me, "])
            text = start + (text[0].lower() + text[1:] if start.endswith((", ", ": ")) and text[1:2].islower() else text)
        if r.random() < 0.08:
            text += r.choice([" Thanks.", " Please.", " Thank you!", " please", " Answer briefly.", " In one sentence."])
        if r.random() < 0.04 and len(text) > 8:
            i = r.randrange(len(text) - 1)
            if text[i].isalpha() and text[i + 1].isalpha():
                text = text[:i] + text[i + 1] + text[i] + text[i + 2:]
        return text

    def chat(self):
        """One training chat: a list of (role, text); the answers are what is learned."""
        r = self.rng
        messages = []
        if r.random() < 0.25:
            messages.append(("system", r.choice(SYSTEM_PROMPTS)))
        if r.random() < 0.012:
            question, answer, _ = self.turn("hard_long")
            return messages + [("user", question), ("assistant", answer)]
        turns = 1 if r.random() < 0.75 else r.randint(2, 4)
        for _ in range(turns):
            kind = r.choices(list(self.kinds), weights=list(self.kinds.values()))[0]
            question, answer, _ = self.turn(kind)
            messages += [("user", self.roughen(question)), ("assistant", answer)]
        return messages

    def held_out(self, per_kind):
        """Held-out phrasings, plain and without system prompt: rows of (kind, messages, key)."""
        rows = []
        for kind in self.kinds:
            for _ in range(per_kind):
                question, answer, key = self.turn(kind, held=True)
                rows.append((kind, [("user", question)], answer, key))
        return rows
