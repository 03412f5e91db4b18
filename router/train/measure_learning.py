"""What `penstock learn` makes of 1,500 labels: MMLU-Pro as it is, and thinned to how hard MMLU is."""

import argparse
import json
import os
import random
import subprocess
import tempfile

import numpy as np

import complexity_data as data

SMALL = "Mixtral-8x7B-Instruct-v0.1"
LARGE = ("gemini-1.5-pro-002", "gemini-1.5-flash-002", "Meta-Llama-3_1-70B-Instruct")
# Of MMLU as published: Mixtral is right on .706 and GPT-4 on .81, which with .054 lost makes .158 gained.
SMALL_RIGHT, GAINED, LOST = .706, .158, .054
SHOWN = 4


def question(item, rng):
    """The text, with four of the options."""
    options, answer = list(item["options"]), item["answer"]
    at = min(ord(answer) - ord("A") if isinstance(answer, str) else int(answer), len(options) - 1)
    others = options[:at] + options[at + 1:]
    rng.shuffle(others)
    return data.exam_text(item["question"], [options[at]] + others[:SHOWN - 1], rng)


def thinned(items, large, rng):
    """
    As many of each of the four outcomes (both right, one, none) as MMLU has. Drawn at random within
    an outcome: which questions are hard stays as it is, only how many are changes.
    """
    share = {(1, 1): SMALL_RIGHT - LOST, (1, 0): LOST, (0, 1): GAINED, (0, 0): 1 - SMALL_RIGHT - GAINED}
    cells = {}
    for item in items:
        cells.setdefault((item["correct"][SMALL], item["correct"][large]), []).append(item)
    count = min(len(cells[cell]) / part for cell, part in share.items())
    return [item for cell, part in share.items() for item in rng.sample(cells[cell], int(count * part))]


def labelled(items, large, rng):
    return [(question(item, rng), int(item["correct"][large] > item["correct"][SMALL])) for item in items]


def learned(program, rows, train, rng):
    rng.shuffle(rows)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "labelled.jsonl")
        with open(path, "w", encoding="utf-8") as file:
            for text, needed in rows:
                file.write(json.dumps({"text": text, "needed": needed}) + "\n")
        done = subprocess.run([program, "learn", "--labelled", path, "--train", str(train), "--dry-run", "--json",
                               "--correction", os.path.join(folder, "correction")], capture_output=True, text=True)
    return json.loads(done.stdout)


def measure(name, program, draw, train, splits):
    results = []
    for seed in range(splits):
        rng = random.Random(seed)
        rows = draw(rng)
        result = learned(program, rows, train, rng)
        results.append([result[when][what] for what in ("apgr", "auc", "loss", "ece") for when in ("before", "after")])
    mean, error = np.mean(results, 0), np.std(results, 0) / max(splits - 1, 1) ** .5
    print(f"{name}: {len(rows) - train} held back", " ".join(
        f"{what} {mean[2 * i]:.3f} -> {mean[2 * i + 1]:.3f} (±{error[2 * i + 1]:.3f})"
        for i, what in enumerate(("APGR", "AUC", "loss", "ECE"))), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--penstock", required=True, help="built with nets that were trained without MMLU-Pro")
    parser.add_argument("--train", type=int, default=1500)
    parser.add_argument("--splits", type=int, default=5)
    options = parser.parse_args()
    folder = os.path.join(options.data, "complexity")
    items = data.read_lines(folder, "mmlu_pro_outcomes.jsonl")
    for large in LARGE:
        both = [i for i in items if SMALL in i["correct"] and large in i["correct"]]
        for name, chosen in (("as it is", lambda _: both), ("thinned", lambda rng: thinned(both, large, rng))):
            measure(f"{SMALL} / {large}, {name}", options.penstock,
                    lambda rng: labelled(chosen(rng), large, rng), options.train, options.splits)


if __name__ == "__main__":
    main()
