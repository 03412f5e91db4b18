"""How well scores rank and how well they are calibrated, set by set."""

import argparse
import json
import os
import random
import subprocess

import numpy as np

import complexity_data as data

JUDGED = ("held-out: gsm8k", "held-out: alpacaeval", "held-out: math-level")  # no outcomes


def rank_correlation(a, b):
    def ranks(x):
        order = np.argsort(x, kind="stable")
        rank = np.empty(len(x))
        rank[order] = np.arange(len(x))
        for value in np.unique(x):
            rank[x == value] = rank[x == value].mean()
        return rank
    a, b = ranks(np.asarray(a)), ranks(np.asarray(b))
    return float(np.corrcoef(a, b)[0, 1]) if a.std() and b.std() else 0.0


def apgr(score, gain):
    """Mean share of the possible gain that is recovered when the highest scores are sent away."""
    order = np.argsort(-score, kind="stable")
    total = np.sum(gain)
    if total <= 0:
        return float("nan")
    recovered = np.cumsum(np.asarray(gain)[order]) / total
    return float(np.interp(np.arange(0.05, 1.0, 0.1), np.arange(1, len(score) + 1) / len(score), recovered).mean())


def auc(score, hard):
    order = np.argsort(score, kind="stable")
    rank = np.empty(len(score))
    rank[order] = np.arange(1, len(score) + 1)
    positive = hard.sum()
    negative = len(hard) - positive
    return float((rank[hard].sum() - positive * (positive + 1) / 2) / max(positive * negative, 1))


def calibration_error(score, gain):
    bins = np.minimum((score * 10).astype(int), 9)
    return float(sum(abs(score[bins == b].mean() - gain[bins == b].mean()) * (bins == b).mean()
                     for b in range(10) if (bins == b).any()))


def margin_error(score, gain, length, draws=100):
    """Standard error, by drawing the prompts again, of how far the score's APGR is above length's."""
    rng = np.random.default_rng(0)
    picks = [rng.integers(0, len(score), len(score)) for _ in range(draws)]
    return float(np.nanstd([apgr(score[i], gain[i]) - apgr(length[i], gain[i]) for i in picks]))


def row_of(score, gain, length):
    return {"n": len(score), "mean": round(float(score.mean()), 3), "gain": round(float(gain.mean()), 3),
            "rank": round(rank_correlation(score, gain), 3), "rank_length": round(rank_correlation(length, gain), 3),
            "apgr": round(apgr(score, gain), 3), "apgr_length": round(apgr(length, gain), 3), "margin_error": round(margin_error(score, gain, length), 3),
            "auc": round(auc(score, gain > gain.mean()), 3), "ece": round(calibration_error(score, gain), 3)}


def report(score_texts, sets):
    """sets: name to [(text, gain)]. Prints and returns the figures of each, and pooled ones."""
    result, outcomes, selection = {}, [], []
    for name, items in sorted(sets.items()):
        score, gain = score_texts([t for t, _ in items]), np.array([g for _, g in items])
        length = np.array([len(t) for t, _ in items], float)
        result[name] = row_of(score, gain, length)
        rows = list(zip(score, gain, length))
        if name.startswith("held-out:") and name not in JUDGED:
            outcomes += rows
        if name.startswith("select:"):
            selection += rows
    pairs = [row for name, row in result.items() if name.startswith("pair: ") and "/" in name]
    print(f"  {len(pairs)} pairs: APGR {np.mean([r['apgr'] for r in pairs]):.3f}, by length {np.mean([r['apgr_length'] for r in pairs]):.3f},",
          f"below length {sum(r['apgr'] < r['apgr_length'] for r in pairs)}")
    result["held-out: all outcomes"] = row_of(*np.array(outcomes).T)
    result["select: all"] = row_of(*np.array(selection).T)
    for name, row in result.items():
        print(f"  {name:28}", " ".join(f"{k} {v}" for k, v in row.items()), flush=True)
    return result


def within_subjects(score_texts, held_out):
    """Mean AUC inside one subject, where its level tells nothing."""
    rng = random.Random(2)
    subjects = {}
    for row in held_out:
        if row.source.startswith("mmlu-pro"):
            subjects.setdefault(row.source, []).append((data.rendered(row.prompt, rng), row.gain))
    values = []
    for items in subjects.values():
        gain = np.array([g for _, g in items])
        values.append(auc(score_texts([t for t, _ in items]), gain > np.median(gain)))
    print("  within subjects, AUC", round(float(np.mean(values)), 3))
    return {"n": len(values), "auc": round(float(np.mean(values)), 3)}


def robustness(score_texts, held_out, padding):
    """Mean absolute change of the score under changes that mean nothing."""
    rng = random.Random(4)
    rows = [r for r in held_out if r.source != "alpacaeval"][:400]
    texts = [data.rendered(r.prompt, rng) for r in rows]
    plain = score_texts(texts)
    changes = {"polite": [rng.choice(data.POLITE_BEFORE) + t + rng.choice(data.POLITE_AFTER) for t in texts],
               "steered": [t + " " + rng.choice(data.STEERING) for t in texts],
               "padded": [t + "\n\n" + "\n\n".join(rng.choice(padding) for _ in range(3)) for t in texts],
               "upper case": [t.upper() for t in texts],
               "options": [data.rendered(r.prompt, rng) for r in rows]}
    result = {name: round(float(np.abs(score_texts(changed) - plain).mean()), 3) for name, changed in changes.items()}
    print("  mean change", result)
    return result


def through(program):
    """Scores by the shipped weights and C code: penstock classify --jsonl."""
    def score(texts):
        lines = "".join(json.dumps({"id": i, "text": t}) + "\n" for i, t in enumerate(texts))
        out = subprocess.run([program, "classify", "--jsonl"], input=lines, capture_output=True, text=True, check=True).stdout
        return np.array([json.loads(line)["complexity"]["score"] for line in out.splitlines()])
    return score


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--penstock", required=True, help="the program, built")
    options = parser.parse_args()
    folder = os.path.join(options.data, "complexity")
    held_out, _ = data.split(data.read_prompts(folder))
    score = through(options.penstock)
    report(score, data.development(folder, held_out))
    within_subjects(score, held_out)
    robustness(score, held_out, [p for p, _ in data.passages(os.path.join(options.data, "pii"))])


if __name__ == "__main__":
    main()
