"""Measures the shipped tagger, weights and C code, on the development sets: spans at score 0.5."""

import argparse
import ctypes

from features import _LIBRARY
from scanner import TYPE_NAMES, Spans
from tagger_data import KIND_NAMES, Generator, IdentityGenerator, read_all


class Tagger:
    def __init__(self):
        self.tagger, self.scratch = ctypes.c_void_p(), ctypes.c_void_p()
        assert _LIBRARY.pii_tagger_new(ctypes.byref(self.tagger), None) == 0
        assert _LIBRARY.pii_tagger_scratch_new(ctypes.byref(self.scratch), None) == 0

    def spans(self, text):
        found = Spans()
        assert _LIBRARY.pii_tagger_run(self.tagger, self.scratch, text, ctypes.c_size_t(len(text)),
                                       ctypes.byref(found), None) == 0
        result = [(s.start, s.end, KIND_NAMES.index(TYPE_NAMES[s.type]), s.score) for s in found.items[:found.count]]
        _LIBRARY.pii_spans_release(ctypes.byref(found))
        return result


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
