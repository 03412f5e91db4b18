"""Texts with the verdict they should get: generated ones, and real ones of which it is known."""

import csv
import json
import os
import random
import re
import zlib

import verdict_templates
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


def probes():
    """(set, private, text) of the folder `probes`: texts written out one by one, by hands that had seen neither templates nor
    what the scanner makes of a text; but `nobody` was written after half of the errors on `exams` and `prompts` had been
    looked at, and resembles some of them. None was trained on."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "probes")
    for name in sorted(os.listdir(folder)):
        for line in open(os.path.join(folder, name), encoding="utf-8"):
            row = json.loads(line)
            yield name.removesuffix(".jsonl"), row["private"], row["text"]


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
    for domain in ("ai", "literature", "music", "politics", "science"):
        for text, _, _ in read_columns(os.path.join(pii, f"crossner.{domain}.train.txt"), 3):
            yield "crossner", False, text.decode()
    for text, _, _ in read_columns(os.path.join(pii, "wikigold.conll"), 3):
        yield "wikigold", False, text.decode()


LIMITS = {"gsm8k_train_steps": 1200, "math_levels": 700, "llmrouter_gain": 1200, "mmlu_pro_outcomes": 1500, "zeroeval_gain": 400,
          "select_only_arc_winogrande_mbpp": 1200, "clinical dialogue": 500, "clinical section_text": 500, "wikigold": 300}
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


def among_others(rows, count, rng):
    """Private texts in front of, behind or between clean ones, as in a long prompt or a conversation, and clean ones alone."""
    clean = [text for _, private, text in rows if not private]
    for private in (True, False):
        some = [text for _, p, text in rows if p == private and len(text) < 1200]
        for text in rng.sample(some, count):
            texts, room = [text], rng.uniform(300, 1800) - len(text)
            while room > 0:
                texts.append(rng.choice(clean)[:1200])
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
    real = [row for row in real_texts(data) if (row[0] in MEASURE_ONLY or held_out(row[2])) == (side == "measure")]
    rng.shuffle(real)
    taken = {}
    for name, private, text in real:
        if taken.get(name, 0) < LIMITS.get(name, 600):
            taken[name] = taken.get(name, 0) + 1
            rows.append((name, private, changed(text, rng) if side == "train" else text))
    return rows + list(among_others(rows, 6 * per_register, rng))
