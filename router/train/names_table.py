"""Makes router/models/names.bin: what the lists of names say of a word.

A slot has two bytes, little endian: ten bits of the word's key and a class of six bits: forename and
surname (0 no, 1 in a list, 2 a common one), place, and whether it is a common word as well. Slots that
no word took are 0.
"""

import argparse
import collections
import ctypes
import glob
import os
import re

from features import _LIBRARY
from gazetteers import Gazetteers

SLOTS, SURNAMES = 1 << 17, 40000
_LIBRARY.tagger_name_key.restype = ctypes.c_uint32


def key_of(word):
    raw = word.encode()
    return _LIBRARY.tagger_name_key(raw, ctypes.c_size_t(len(raw)))


def common_words(data):
    """Words that the training corpora write in small letters."""
    counts = collections.Counter()
    for path in glob.glob(os.path.join(data, "pii", "*.train.*")):
        counts.update(re.findall(r"(?<![^\W\d_])[a-z]{2,}(?![^\W\d_])", open(path, encoding="utf-8", errors="replace").read()))
    return {word for word, count in counts.items() if count >= 4}


def one_word(names):
    """The parts of names that are a token of their own, in small letters; not "van" and "dos"."""
    for name in names:
        for word in re.findall(r"[^\W\d_]+", name):
            if len(word) > 1 and not (word.isascii() and word.islower()):
                yield word.lower()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    g = Gazetteers(os.path.join(options.data, "gazetteers"))
    first, last, place = {}, {}, set()
    for lists, target in ((g.forenames, first), (g.surnames, last)):
        for names in lists.values():
            for word in one_word(names):
                target[word] = 2
    for part in ("female", "male"):
        for at, (name, _) in enumerate(g._census(part)):
            for word in one_word([name]):
                first[word] = max(first.get(word, 0), 2 if at < 900 else 1)
    for at, (name, _) in enumerate(g.census_last[:SURNAMES]):
        for word in one_word([name]):
            last[word] = max(last.get(word, 0), 2 if at < 6000 else 1)
    for name in g.cities + [c[0] for c in g.us_cities] + g.towns + g.states + g.countries + g.regions:
        words = list(one_word([name]))
        if len(words) == 1:
            place.add(words[0])
    common = common_words(options.data)
    table, taken = [0] * SLOTS, {}
    for word in sorted(set(first) | set(last) | place):
        entry = 1 + first.get(word, 0) + 3 * last.get(word, 0) + 9 * (word in place) + 18 * (word in common)
        key = key_of(word)
        slot = key % SLOTS
        while table[slot] and table[slot] >> 6 != key >> 22:
            slot = (slot + 1) % SLOTS
        table[slot] = table[slot] or (key >> 22) << 6 | entry
        taken[slot] = word
    with open(options.out, "wb") as file:
        file.write(b"".join(entry.to_bytes(2, "little") for entry in table))
    print(f"{len(taken)} of {SLOTS} slots taken; {len(first)} forenames, {len(last)} surnames, {len(place)} places")


if __name__ == "__main__":
    main()
