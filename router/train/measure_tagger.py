"""Measures the shipped tagger, weights and C code, on the development sets: spans at score 0.5."""

import argparse

from scanner import Scanner
from tagger_data import KIND_NAMES, Generator, IdentityGenerator, read_all


TAGGER = 1  # PII_SOURCE_TAGGER of router/facts.h


class Tagger:
    """Its spans as the scanner completes them and leaves them beside those of the recognizers."""

    def __init__(self):
        self.scanner = Scanner()

    def spans(self, text):
        found, _ = self.scanner.scan(text)
        return [(start, end, KIND_NAMES.index(kind), score) for start, end, kind, score, _, source in found if source == TAGGER]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--threshold", type=float, default=0.5)
    options = parser.parse_args()
    _, _, development, gazetteers = read_all(options.data)
    held_out = Generator(gazetteers, options.data + "/pii", 999)
    development["generated"] = [held_out.text() for _ in range(400)]
    measured = IdentityGenerator(gazetteers, options.data + "/pii", 999, "measure")
    development["identities"] = [measured.text() for _ in range(400)]
    tagger = Tagger()
    print("| set | " + " | ".join(f"{t} P / R / F1" for t in KIND_NAMES) + " | any type, touched |")
    print("|---|" + "---|" * (len(KIND_NAMES) + 1))
    for name, texts in development.items():
        hit, found, real, touched, spans = *([0] * len(KIND_NAMES) for _ in range(3)), 0, 0
        for data, truth, ignored in texts:
            guess = [(b, e, t) for b, e, t, score in tagger.spans(data)
                     if score >= options.threshold and not any(b < stop and e > start for start, stop in ignored)]
            truth = {(b, e, k) for b, e, k in truth if not any(b < stop and e > start for start, stop in ignored)}
            for b, e, k in truth:
                real[k] += 1
                hit[k] += (b, e, k) in guess
                touched += any(x < e and y > b for x, y, _ in guess)
                spans += 1
            for _, _, k in guess:
                found[k] += 1
        cells = [f"{hit[k] / max(found[k], 1):.2f} / {hit[k] / max(real[k], 1):.2f} / "
                 f"{2 * hit[k] / max(found[k] + real[k], 1):.2f}" for k in range(len(KIND_NAMES))]
        print(f"| {name} ({spans}) | " + " | ".join(cells) + f" | {touched / max(spans, 1):.2f} |")


if __name__ == "__main__":
    main()
