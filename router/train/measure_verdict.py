"""Measures the shipped verdict, weights and C code, on texts that were kept from fitting it."""

import argparse

import numpy as np

from gazetteers import Gazetteers
from scanner import Scanner
import verdict_dev
import verdict_second
from verdict_data import examples, probes

IDENTIFIERS = {"PERSON", "LOCATION", "ORGANIZATION", "STREET_ADDRESS", "AGE", "DATE_TIME", "URL", "IP_ADDRESS", "MAC_ADDRESS",
               "USERNAME", "UK_POSTCODE", "NRP", "TITLE"}  # all but these: the set "identifiers" of router/pii_sets.c


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--per-register", type=int, default=400)
    parser.add_argument("--dev", action="store_true", help="the texts of verdict_dev.py instead; prints those judged wrongly")
    parser.add_argument("--second", action="store_true", help="the texts of verdict_second.py instead")
    parser.add_argument("--probes", action="store_true", help="the texts of the folder `probes` instead")
    options = parser.parse_args()
    if options.probes:
        rows = list(probes())
    elif options.dev or options.second:
        sets = verdict_dev.SETS if options.dev else verdict_second.SETS
        rows = [(name, private, text) for private, name, texts in sets for text in texts]
    else:
        rows = examples(options.data, Gazetteers(options.data + "/gazetteers"), "measure", options.per_register, seed=8)
    scanner, found_in, scores, truth = Scanner(), {}, [], []
    for name, private, text in rows:
        spans, facts = scanner.scan(text.encode())
        scores.append(facts.sensitive)
        truth.append(private)
        if options.dev and private != (facts.sensitive >= 0.5):
            print(f"{facts.sensitive:.2f} {name}: {text[:90]!r}")
        checked = any(validated and kind not in IDENTIFIERS for _, _, kind, _, validated, _ in spans)
        found_in.setdefault((not private, name), []).append((facts.sensitive >= 0.5, any(s[3] >= 0.4 for s in spans), checked))
    print("| set | n | sensitive ≥ .5 | any span | a validated identifier |\n|---|---|---|---|---|")
    for (clean, name), found in sorted(found_in.items()):
        shares = " | ".join(f"{share:.3f}" for share in np.mean(found, axis=0))
        print(f"| {'clean' if clean else 'private'}: {name} | {len(found)} | {shares} |")
    scores, truth = np.array(scores), np.array(truth, float)
    weight = np.where(truth == 1, 0.5 / truth.sum(), 0.5 / (1 - truth).sum())
    print("\n| score | texts | private, both kinds weighing the same |\n|---|---|---|")
    error = 0
    for low in range(10):
        at = (scores >= low / 10) & ((scores < (low + 1) / 10) | (low == 9))
        if at.any():
            share = (weight * truth)[at].sum() / weight[at].sum()
            error += weight[at].sum() * abs(share - (weight * scores)[at].sum() / weight[at].sum())
            print(f"| .{low}–{'1' if low == 9 else f'.{low + 1}'} | {at.sum()} | {share:.2f} |")
    print(f"\nexpected calibration error {error:.3f}")


if __name__ == "__main__":
    main()
