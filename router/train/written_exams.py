"""Exam questions written out by hand, with how likely a small and a strong model are right; and the ways such questions are put."""

import glob
import json
import os
import zlib
from typing import NamedTuple

import complexity_data as data

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "exams")
CALLED = {"high school us history": "high school US history", "high school european history": "high school European history",
          "high school government and politics": "high school government", "us foreign policy": "US foreign policy"}
MARKS = ("{}. {}", "({}) {}", "{}) {}", "{}: {}")
BEFORE = ("Answer the following multiple choice question.\n{}", "Question: {}", "Q: {}", "Choose the right answer.\n\n{}", "{}",
          "Answer with the letter of the right option only.\n\n{}", "You are taking an exam. Pick one option.\n{}", "Multiple choice: {}")
AFTER = ("\nAnswer:", "\nAnswer:", "\n\nAnswer:", "", "", "\nAnswer with A, B, C or D.", "\nWhich one is right?", "\n\nReply with one letter.", "\nA:")
HEADER = "The following are multiple choice questions (with answers) about {}.\n\n"


class Question(NamedTuple):
    subject: str
    text: str
    options: tuple
    answer: int
    weak: float    # the judged chance that a model like Mixtral 8x7B is right
    strong: float  # and one like GPT-4


def called(name):
    """A subject's name as complexity_exams.py has it."""
    name = name.replace("_", " ")
    return CALLED.get(name, name)


def questions():
    """(kept for measuring, others): one in five is kept, by a hash of its text."""
    found = []
    for path in sorted(glob.glob(os.path.join(FOLDER, "*.jsonl"))):
        for line in open(path, encoding="utf-8"):
            item = json.loads(line)
            found.append(Question(called(item["subject"]), item["question"], tuple(item["options"]), item["answer"], item["weak"], item["strong"]))
    kept = [q for q in found if zlib.crc32(q.text.encode()) % 5 == 0]
    return kept, [q for q in found if zlib.crc32(q.text.encode()) % 5]


def trained_on(keep_out=None):
    """The others, without what overlaps test sets in the folder."""
    overlaps = data.overlap_filter(keep_out)
    return [q for q in questions()[1] if not overlaps(q.text)]


def as_printed(question):
    """The commonest way to put it: what is measured on."""
    return question.text + "".join(f"\n{'ABCDEFGH'[i]}. {o}" for i, o in enumerate(question.options))


def laid_out(question, rng, shots=()):
    """(text, whether its options are shown) in one of many ways; shots: others of its subject that may stand before it as examples."""
    if rng.random() < .25:
        return question.text, False
    if shots and rng.random() < .15:
        examples = [as_printed(q) + f"\nAnswer: {'ABCDEFGH'[q.answer]}\n\n" for q in rng.sample(shots, min(len(shots), rng.randint(1, 3)))]
        head = HEADER.format(question.subject) if rng.random() < .6 else ""
        return head + "".join(examples) + as_printed(question) + "\nAnswer:", True
    options = list(question.options)
    if rng.random() < .5:
        rng.shuffle(options)
    letters = rng.choice(("ABCDEFGH",) * 6 + ("abcdefgh", "12345678"))
    mark, between = rng.choice(MARKS), rng.choice(("\n",) * 5 + ("  ",))
    listed = between.join(mark.format(letters[i], o) for i, o in enumerate(options))
    if rng.random() < .05:
        listed = "\n".join("- " + o for o in options)
    text = question.text + rng.choice(("\n", "\n", "\n", "\n\n", "\nOptions:\n", "\nChoices:\n")) + listed
    if rng.random() < .4:
        return text + rng.choice(("", "\nAnswer:")), True
    return rng.choice(BEFORE).format(text) + rng.choice(AFTER), True
