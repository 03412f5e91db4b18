"""Texts with the verdict they should get: generated ones, and real ones of which it is known."""

import csv
import glob
import json
import os
import random
import re
import zlib

import verdict_templates
import written_exams
from other_languages import OtherLanguages
from tagger_data import IdentityGenerator, Text, read_columns
from words_table import read_vectors


class GrammarGenerator(IdentityGenerator):
    """Texts of verdict_templates.py."""

    def __init__(self, gazetteers, pii, seed, side):
        super().__init__(gazetteers, pii, seed, side)
        self.registers, self.pools = verdict_templates.parsed(side)

    def example(self, register):
        rng, text = self.rng, Text()
        private, lines = self.registers[register]
        count = min(len(lines), rng.choice([1, 1, 2, 3, 4])) if register in verdict_templates.PROSE else 1
        for at, line in enumerate(rng.sample(lines, count)):
            text.add(" " if at else "")
            self.fill(text, verdict_templates.expanded(line, self.pools, rng))
        return register, private, b"".join(text.parts), []


HERE = os.path.dirname(os.path.abspath(__file__))


def held_out(text):
    return zlib.crc32(text[:200].encode()) % 2 == 0


def prompts(data, name):
    for line in open(os.path.join(data, "complexity", name + ".jsonl"), encoding="utf-8"):
        row = json.loads(line)
        yield row.get("prompt") or row["question"]


def real_texts(data):
    """(set, private, text): clinical texts of one patient; prompts and articles that are nobody's affairs."""
    pii = os.path.join(data, "pii")
    for name, column in (("mts-dialog.train.csv", "dialogue"), ("mts-dialog.train.csv", "section_text"),
                         ("aci-bench.train.csv", "note"), ("aci-bench.train.csv", "dialogue")):
        for row in csv.DictReader(open(os.path.join(pii, name), encoding="utf-8")):
            text = row[column].strip()
            if column == "section_text" and len(text) < 200:
                continue
            if len(text) > 120:
                yield f"clinical {column}", True, text[:6000]
    for name in ("gsm8k_train_steps", "math_levels", "alpacaeval_preference", "llmrouter_gain", "mmlu_pro_outcomes", "zeroeval_gain",
                 "select_only_arc_winogrande_mbpp"):
        for text in prompts(data, name):
            yield name, False, text
    for name, text in code():
        yield name, False, text
    for domain in ("ai", "literature", "music", "politics", "science"):
        for text, _, _ in read_columns(os.path.join(pii, f"crossner.{domain}.train.txt"), 3):
            yield "crossner", False, text.decode()
    for text, _, _ in read_columns(os.path.join(pii, "wikigold.conll"), 3):
        yield "wikigold", False, text.decode()


def code():
    """(set, text): pieces of Python's standard library, as Debian 12 has it, and of Penstock's own C; no addresses of authors."""
    for name, paths in (("code, Python", glob.glob("/usr/lib/python3.11/*.py")),
                        ("code, C", [path for folder in ("engine", "gateway") for path in glob.glob(os.path.join(HERE, "../..", folder, "*.[ch]"))])):
        for path in sorted(paths):
            text, at = open(path, encoding="utf-8").read(), 0
            sizes = random.Random(os.path.basename(path))
            while at < len(text):
                piece = text[at:at + sizes.choice((300, 600, 1000, 2000, 4000))]
                at += len(piece)
                if "@" not in piece and len(piece) > 200:
                    yield name, piece


def rows_of_folder(folder):
    for name in sorted(os.listdir(os.path.join(HERE, folder))):
        for line in open(os.path.join(HERE, folder, name), encoding="utf-8"):
            yield name.removesuffix(".jsonl"), json.loads(line)


def written_texts():
    """(set, private, text) written out one by one, no two of one make. All of them are trained on."""
    for name, row in rows_of_folder("written"):
        yield "written: " + name, row["private"], row["text"]


def probes():
    """More of them, by hands that had seen neither the templates nor what the scanner makes of a text. Never trained on; half of
    those of `court`, `exams` and `prompts` was looked at, nothing of the fourth sets."""
    for name, row in rows_of_folder("probes"):
        yield f"{name}: {row['lang']}" if "lang" in row else name, row["private"], row["text"]


LIMITS = {"gsm8k_train_steps": 1200, "math_levels": 700, "llmrouter_gain": 1200, "mmlu_pro_outcomes": 1500, "zeroeval_gain": 400,
          "select_only_arc_winogrande_mbpp": 1200, "clinical dialogue": 500, "clinical section_text": 500, "wikigold": 300, "code, Python": 1000, "code, C": 500}
PLAIN = ["gsm8k_train_steps", "math_levels", "llmrouter_gain", "mmlu_pro_outcomes", "zeroeval_gain", "alpacaeval_preference",
         "crossner", "wikigold", "code, Python", "code, C", "written: clean", "written: everyday", "written: exams", "written: prompts",
         "written: nobody", "written: questions"]
# Never trained on: no licence says that they may be.
MEASURE_ONLY = {"select_only_arc_winogrande_mbpp"}


def changed(text, rng):
    """As people type: small letters, no punctuation, a word of politeness before or after."""
    roll = rng.random()
    if roll < 0.12:
        text = text.lower()
    elif roll < 0.16:
        text = re.sub(r"[.,;:!?]", "", text.lower())
    if rng.random() < 0.12:
        text = rng.choice(["Hi! ", "Please help me. ", "Hello, ", "I need your help with this:\n", "Question: ", "Can you help? "]) + text
    if rng.random() < 0.1:
        text += rng.choice([" Thanks!", " Thank you in advance.", " Keep it short.", "\n\nAnswer in two sentences.", " Please."])
    return text


class OtherWords:
    """Texts with some of their words changed for others of like meaning, as the word vectors have it: what a phrase is
    worth must not hang on one of its words. The commonest words stay, and so do names."""

    COMMON, KNOWN, NEAR, SHARE = 150, 20000, 12, 0.35
    WORD = re.compile(r"[^\W\d_]+")

    def __init__(self, path, seed):
        words, vectors = read_vectors(path)
        self.words, vectors = words[:self.KNOWN], vectors[:self.KNOWN]
        vectors = vectors / vectors.norm(dim=1, keepdim=True)
        parts = [(some @ vectors.T).topk(self.NEAR + 1).indices[:, 1:] for some in vectors.split(1000)]
        self.near = [near for part in parts for near in part.tolist()]
        self.number = {word: at for at, word in enumerate(self.words)}
        self.rng = random.Random(seed)

    def other(self, match):
        word = match.group()
        begins = match.string[:match.start()].rstrip(" ")[-1:] in ("", ".", "!", "?", "\n", '"', ":")
        number = self.number.get(word.lower() if begins else word, 0)
        if number < self.COMMON or self.rng.random() > self.SHARE:
            return word
        near = self.words[self.rng.choice(self.near[number])]
        return near.capitalize() if word[0].isupper() else near

    def __call__(self, text):
        return self.WORD.sub(self.other, text)


ALPHABETS = [(0x430, 32), (0x430, 32), (0x3B1, 25), (0x5D0, 27), (0x627, 20), (0x905, 50), (0xE01, 46), (0xAC00, 2000), (0x4E00, 3000), (0x3041, 80)]


def of_another_script(text, rng):
    """The same with letters of another script: what the word vectors know nothing of must not look private for that."""
    first, size = rng.choice(ALPHABETS)
    step = rng.randrange(1, 97)
    text = "".join(chr(first + (ord(c) * step + at // 9 * (size > 100)) % size) if c.isalpha() else c for at, c in enumerate(text.lower()))
    text = text[0].upper() + text[1:]
    return text.replace(" ", "") if size > 100 and rng.random() < 0.7 else text


def nothing_said(rng):
    """No words at all: a key that was leant on, a sum, blanks, a hash."""
    length = int(3000 ** rng.random())
    letters = rng.choice(["abcdefghijklmnopqrstuvwxyz", "asdfghjkl", "0123456789abcdef", " ", rng.choice("aAxX.-=*_0?"), "01", "0123456789 ",
                          "0123456789+-*/= .", "ABCDEFabcdefghij0123456789+/", "abcdefghijklmnopqrstuvwxyz     ", "\n ", "!?.,;:()[]{}<>"])
    return "".join(rng.choice(letters) for _ in range(length))


def among_others(rows, count, rng):
    """Private texts in front of, behind or between clean ones, as in a long prompt or a conversation, and clean ones alone.
    Half of the time what stands beside them is of one kind, and mostly nobody made it up to be mistaken for private."""
    clean = [text for _, private, text in rows if not private]
    plain = [[text for name, private, text in rows if not private and name == wanted] for wanted in PLAIN]
    plain = [texts for texts in plain if texts]
    for private in (True, False):
        some = [text for _, p, text in rows if p == private and len(text) < 1200]
        for text in rng.sample(some, count):
            texts, room, one = [text], 300 * 20 ** rng.random() - len(text), rng.choice(plain) if rng.random() < 0.5 else None
            while room > 0:
                others = one or (clean if rng.random() < 0.25 else rng.choice(plain))
                texts.append(rng.choice(others)[:1200])
                room -= len(texts[-1])
            rng.shuffle(texts)
            yield "among others" if private else "others alone", private, rng.choice(["\n\n", "\n", " "]).join(texts)


def examples(data, gazetteers, side, per_register, seed=7):
    """[(set, private, text)] of one side, "train" or "measure"."""
    rng = random.Random(seed)
    rows = []
    for kind in (IdentityGenerator, GrammarGenerator):
        generator = kind(gazetteers, os.path.join(data, "pii"), seed + 13, side)
        for register in generator.registers:
            for _ in range(per_register * (2 if register in ("court", "case facts") else 1)):
                _, private, text, _ = generator.example(register)
                text = text.decode()
                rows.append((register, private, changed(text, rng) if side == "train" else text))
    kept, others = written_exams.questions()
    if side == "train":
        rows += [(name, private, changed(text, rng)) for name, private, text in written_texts()]
        rows += [("written: questions", False, written_exams.laid_out(question, rng, others)[0]) for question in 2 * others]
    else:
        rows += [("written: questions", False, written_exams.as_printed(question)) for question in kept]
    real = [row for row in real_texts(data) if (row[0] in MEASURE_ONLY or held_out(row[2])) == (side == "measure")]
    rng.shuffle(real)
    taken = {}
    for name, private, text in real:
        if taken.get(name, 0) < LIMITS.get(name, 600):
            taken[name] = taken.get(name, 0) + 1
            rows.append((name, private, changed(text, rng) if side == "train" else text))
    languages = OtherLanguages()
    for private in (True, False):
        some = rng.sample([text for _, p, text in rows if p == private and text], 4 * per_register)
        rows += [("another language", private, languages.said(text[:1500], languages.language(rng), rng)) for text in some]
    clean = [text for _, private, text in rows if not private and text]
    rows += [("another script", False, of_another_script(text[:1500], rng)) for text in rng.sample(clean, 2 * per_register)]
    rows += [("nothing said", False, nothing_said(rng)) for _ in range(2 * per_register)]
    return rows + list(among_others(rows, 6 * per_register, rng))
