"""
How likely models of 2023 fail at problems and requests, judged one by one by readers who saw neither outcomes nor the
number of steps. judged/ holds the judgements (of public data by a hash of the text, never the text itself), and requests
written for this with theirs.
"""

import collections
import glob
import json
import os
import zlib
from typing import NamedTuple

import numpy as np

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "judged")
# A gain by how hard a problem is judged among others: its odds at the mean, and for each standard deviation.
USUAL, FOR_EACH = -1.0, .75
# Of scores of 1 to 10, weak and strong: a gap of a quarter is none.
NO_GAP, BY_GAP, LEAST, MOST = .25, .27, .02, .8


class Request(NamedTuple):
    text: str
    gain: float
    task: str    # of complexity_tasks.TASKS; None where two fit
    domain: str  # likewise


def key_of(text):
    return f"{zlib.crc32(text.strip().encode()):08x}"


def problems_by_reader():
    """Key of a word problem -> what its readers say: they differ in level and spread, so each counts by what he says among his own."""
    said = collections.defaultdict(list)
    with open(os.path.join(FOLDER, "gsm8k.txt"), encoding="utf-8") as lines:
        for line in lines:
            key, *judgements = line.split()
            for judgement in judgements:
                reader, value = judgement.split(":")
                said[reader].append((key, float(value)))
    found = collections.defaultdict(list)
    for reader in sorted(said):
        values = np.log1p(np.array([value for _, value in said[reader]]))
        for (key, _), value in zip(said[reader], (values - values.mean()) / values.std()):
            found[key].append(value)
    return found


def problem_gains():
    """Key of a word problem -> the gain judged."""
    found = problems_by_reader()
    means = np.array([np.mean(values) for values in found.values()])
    odds = USUAL + FOR_EACH * (means - means.mean()) / means.std()
    return dict(zip(found, (1 / (1 + np.exp(-odds))).tolist()))


def two_readers():
    """What the first readers say, and the second ones of the same problems."""
    return np.array([values[:2] for values in problems_by_reader().values()]).T


def gain_of(weak, strong):
    return min(max(LEAST + BY_GAP * (strong - weak - NO_GAP), LEAST), MOST)


def known(label):
    return None if label == "-" else label


def alpacaeval(folder):
    """AlpacaEval's requests."""
    with open(os.path.join(FOLDER, "alpacaeval.txt"), encoding="utf-8") as lines:
        said = {key: rest for key, *rest in (line.split() for line in lines)}
    found = []
    for line in open(os.path.join(folder, "alpacaeval_preference.jsonl"), encoding="utf-8"):
        text = json.loads(line)["prompt"]
        weak, strong, task, domain = said[key_of(text)]
        found.append(Request(text, gain_of(float(weak), float(strong)), known(task), known(domain)))
    return found


def requests(which):
    """
    Requests written for this: "kept" by two hands and "languages" by one, in eleven other languages than English, are
    for measuring; "learned" are the others'.
    """
    found = []
    for path in sorted(glob.glob(os.path.join(FOLDER, f"requests_{which}_*.jsonl"))):
        for line in open(path, encoding="utf-8"):
            item = json.loads(line)
            found.append(Request(item["text"], gain_of(item["weak"], item["strong"]), known(item["task"]), known(item["domain"])))
    return found
