"""Measures the whole scanner on texts of invented identities that were kept from training.

A span is right when it and a real one share most of their bytes, whatever their types (at score 0.4, the
least that a span needs to count); neighbours that only a comma or a space parts are one span first, as an
address is found in parts or whole. F2 weighs recall four times.
"""

import argparse
import re

from gazetteers import Gazetteers
from scanner import Scanner
from tagger_data import IdentityGenerator

REGISTERS = ("sentences", "letters", "cv", "records", "hr", "doctor")
COUNTED = 0.4


def joined(spans, data):
    out = []
    for begin, end in sorted(spans):
        if out and (begin <= out[-1][1] or re.fullmatch(rb"[\s,;/|-]{1,3}", data[out[-1][1]:begin])):
            out[-1][1] = max(out[-1][1], end)
        else:
            out.append([begin, end])
    return [tuple(s) for s in out]


def overlap(a, b):
    both = min(a[1], b[1]) - max(a[0], b[0])
    return max(both, 0) / (max(a[1], b[1]) - min(a[0], b[0]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--texts", type=int, default=400, help="of each register")
    parser.add_argument("--show", type=int, default=0, help="mistakes to print")
    options = parser.parse_args()
    generator = IdentityGenerator(Gazetteers(options.data + "/gazetteers"), options.data + "/pii", 4242, "measure")
    scanner = Scanner()
    per_type = {}
    for register in REGISTERS:
        hit = found = real = covered = texts = any_span = shown = 0
        for _ in range(options.texts):
            _, _, data, truth = generator.example(register)
            spans = [(b, e) for b, e, kind, score, _, _ in scanner.scan(data)[0] if score >= COUNTED]
            names = {(b, e): kind for b, e, kind in truth}
            for (b, e), kind in names.items():
                row = per_type.setdefault(kind, [0, 0, 0])
                row[0] += 1
                touching = sum(max(0, min(e, y) - max(b, x)) for x, y in joined(spans, data))
                row[1] += touching > 0
                row[2] += touching >= 0.8 * (e - b)
            guess, wanted = joined(spans, data), joined(names, data)
            covered += sum(any(overlap(w, g) > 0.5 for g in guess) for w in wanted)
            right = sum(any(overlap(w, g) > 0.5 for w in wanted) for g in guess)
            hit, found, real = hit + right, found + len(guess), real + len(wanted)
            if names:
                texts += 1
                any_span += bool(spans)
            wrong = [data[g[0]:g[1]].decode(errors="replace") for g in guess if not any(overlap(w, g) > 0.5 for w in wanted)]
            missed = [data[w[0]:w[1]].decode(errors="replace") for w in wanted if not any(overlap(w, g) > 0.5 for g in guess)]
            if (wrong or missed) and shown < options.show:
                shown += 1
                print("   wrong", wrong, "missed", missed, "|", data.decode()[:160].replace("\n", " / "))
        precision, recall = hit / max(found, 1), covered / max(real, 1)
        f2 = 5 * precision * recall / max(4 * precision + recall, 1e-9)
        print(f"| {register} ({real} spans) | {precision:.3f} / {recall:.3f} | {f2:.3f} | {any_span / max(texts, 1):.3f} |")
    print()
    for kind, (count, touched, whole) in sorted(per_type.items()):
        print(f"| {kind} ({count}) | {touched / count:.3f} | {whole / count:.3f} |")


if __name__ == "__main__":
    main()
