"""
How the score ranks word problems, by GSM8K's outcomes that are known and by such as they may be: on problems that were
not trained on. See the model card.
"""

import argparse
import os

import numpy as np

import complexity_data as data
import judged
from measure_complexity import apgr, rank_correlation, through

LENGTH_APGR = .598  # published of length on GSM8K's test, GPT-4 against Mixtral-8x7B


def standardised(x):
    return (x - x.mean()) / x.std()


def gains_made_up(length, hard, share):
    """Gains whose logarithm is a sum of length and what was judged, so steep that length has its published APGR."""
    direction = standardised(share * standardised(length) + (1 - share) * standardised(hard))
    low, high = 0.0, 3.0
    for _ in range(30):
        steepness = (low + high) / 2
        gain = np.exp(steepness * direction)
        low, high = (steepness, high) if apgr(length, gain / gain.max()) < LENGTH_APGR else (low, steepness)
    return gain / gain.max()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--penstock", required=True, help="the program, built")
    options = parser.parse_args()
    folder = os.path.join(options.data, "complexity")
    rows = [r for r in data.split(data.read_prompts(folder))[0] if r.source == "gsm8k"]
    steps = {item["prompt"]: item["steps"] for item in data.read_lines(folder, "gsm8k_train_steps.jsonl")}
    outcome = {item["prompt"]: item["gain"] for item in data.read_lines(folder, "llmrouter_gain.jsonl") if item["src"] == "lr-gsm8k"}
    gain = np.array([r.gain for r in rows])
    by = {"length": np.log([len(r.prompt) for r in rows]), "steps": np.array([steps[r.prompt] for r in rows], float),
          "judged": np.log(gain / (1 - gain)), "score": through(options.penstock)([r.prompt for r in rows])}
    known = np.array([r.prompt in outcome for r in rows])
    real = np.array([outcome[r.prompt] for r in rows if r.prompt in outcome])
    first, second = judged.two_readers()
    print(f"two readers of one problem: r {np.corrcoef(first, second)[0, 1]:.3f} over {len(first)}")
    for name, value in by.items():
        print(f"  {name:8} with what was judged, {len(rows)}: rank {rank_correlation(value, by['judged']):.3f};",
              f"with {len(real)} outcomes: rank {rank_correlation(value[known], real):.3f} APGR {apgr(value[known], real):.3f}")
    x = np.stack([standardised(by["judged"][known]), standardised(by["length"][known]), np.ones(len(real))], 1)
    weights = np.linalg.lstsq(x, real, rcond=None)[0]
    error = np.sqrt(np.diag(np.linalg.inv(x.T @ x)) * ((real - x @ weights) ** 2).sum() / (len(real) - 3))
    print("  outcomes by what was judged and by length:", " ".join(f"{w:.3f} ±{e:.3f}" for w, e in zip(weights[:2], error)))
    for share in (0, .25, .5, .75, 1):
        made_up = gains_made_up(by["length"], by["judged"], share)
        print(f"  share of length {share}: APGR", " ".join(f"{name} {apgr(value, made_up):.3f}" for name, value in by.items()), f"perfect {apgr(made_up, made_up):.3f}")


if __name__ == "__main__":
    main()
