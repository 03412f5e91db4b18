"""Measures the shipped tagger, weights and C code, on the development sets: spans at score 0.5."""

import argparse
import ctypes

from features import _LIBRARY
from tagger_data import Generator, read_all

TYPES = ("PERSON", "LOCATION", "ORGANIZATION")


class Span(ctypes.Structure):
    _fields_ = [("start", ctypes.c_size_t), ("end", ctypes.c_size_t), ("type", ctypes.c_int), ("score", ctypes.c_float),
                ("source", ctypes.c_int), ("validated", ctypes.c_bool), ("placeholder", ctypes.c_bool),
                ("recognizer", ctypes.c_char_p), ("context", ctypes.c_char_p)]


class Spans(ctypes.Structure):
    _fields_ = [("items", ctypes.POINTER(Span)), ("count", ctypes.c_size_t), ("cap", ctypes.c_size_t)]


class Tagger:
    def __init__(self):
        self.tagger, self.scratch = ctypes.c_void_p(), ctypes.c_void_p()
        assert _LIBRARY.pii_tagger_new(ctypes.byref(self.tagger), None) == 0
        assert _LIBRARY.pii_tagger_scratch_new(ctypes.byref(self.scratch), None) == 0

    def spans(self, text):
        found = Spans()
        assert _LIBRARY.pii_tagger_run(self.tagger, self.scratch, text, ctypes.c_size_t(len(text)),
                                       ctypes.byref(found), None) == 0
        result = [(s.start, s.end, s.type, s.score) for s in found.items[:found.count]]
        _LIBRARY.pii_spans_release(ctypes.byref(found))
        return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--person", type=int, required=True, help="the number of PERSON in enum pii_type")
    parser.add_argument("--threshold", type=float, default=0.5)
    options = parser.parse_args()
    _, _, development, gazetteers = read_all(options.data)
    held_out = Generator(gazetteers, options.data + "/pii", 999)
    development["generated"] = [held_out.text() for _ in range(400)]
    tagger = Tagger()
    print("| set | " + " | ".join(f"{t} P / R / F1" for t in TYPES) + " | any type, touched |")
    print("|---|---|---|---|---|")
    for name, texts in development.items():
        hit, found, real, touched, spans = [0] * 3, [0] * 3, [0] * 3, 0, 0
        for data, truth, ignored in texts:
            guess = [(b, e, t - options.person) for b, e, t, score in tagger.spans(data)
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
                 f"{2 * hit[k] / max(found[k] + real[k], 1):.2f}" for k in range(3)]
        print(f"| {name} ({spans}) | " + " | ".join(cells) + f" | {touched / max(spans, 1):.2f} |")


if __name__ == "__main__":
    main()
