"""Trains router/models/language.bin from translated messages of installed programs.

Text: gettext catalogues below /usr/share/locale and the fingerprints of Debian's libexttextcat-data
(unpacked to a folder). One catalogue in six is kept apart to measure. The file: number of languages,
their names of three bytes each, then an int8 row of weights for each bucket of router/language.h.
"""

import argparse
import collections
import ctypes
import glob
import json
import os
import random
import re
import struct
import zlib

import numpy as np
import torch
from torch import nn

BUCKETS, AT_MOST = 8192, 800
LANGUAGES = ("en de fr es it pt nl sv da nb fi et lv lt pl cs sk sl hr hu ro sq tr az id vi ca eu ga cy is tl "
             "ru uk be bg mk sr kk ar fa").split()
assert len(LANGUAGES) <= 48  # WEIGHED_AT_MOST of router/language.c
USUAL = set("en de fr es it pt nl sv da nb fi pl cs sk sl hr hu ro tr id vi ca ru uk bg sr ar fa".split())
SAME = {"no": "nb", "nn": "nb", "ms": "id", "bs": "hr", "fil": "tl"}

_LIBRARY = ctypes.CDLL(os.environ["PENSTOCK_FEATURES"])
_LIBRARY.language_features_of_text.restype = ctypes.c_size_t
_ROOM = np.empty(AT_MOST, np.uint32)


def features(text):
    raw = text.encode()
    count = _LIBRARY.language_features_of_text(raw, ctypes.c_size_t(len(raw)), _ROOM.ctypes.data_as(ctypes.c_void_p))
    return _ROOM[:count].astype(np.int64)


def catalogue(path):
    """The translated messages of a .mo file."""
    data = open(path, "rb").read()
    order = "<" if data[:4] == b"\xde\x12\x04\x95" else ">"
    count, _, translated = struct.unpack(order + "3I", data[8:20])
    for i in range(count):
        size, at = struct.unpack(order + "2I", data[translated + 8 * i:translated + 8 * i + 8])
        for text in data[at:at + size].decode("utf-8", "replace").split("\0"):
            yield text


def english(path):
    data = open(path, "rb").read()
    order = "<" if data[:4] == b"\xde\x12\x04\x95" else ">"
    count, originals = struct.unpack(order + "2I", data[8:16])
    for i in range(count):
        size, at = struct.unpack(order + "2I", data[originals + 8 * i:originals + 8 * i + 8])
        yield data[at:at + size].decode("utf-8", "replace").split("\0")[0]


def clean(text):
    text = re.sub(r"%[-0-9.*$l]*[a-zA-Z]|<[^>]*>|\{[^}]*\}|https?:\S+|--?[a-z-]+|[A-Z_]{4,}|[_&](?=\w)", " ", text)
    return re.sub(r"\s+", " ", text).strip()


def collect(root, rng):
    """(language, text, kept apart?)"""
    texts = collections.defaultdict(set)
    for folder in sorted(glob.glob(os.path.join(root, "*", "LC_MESSAGES"))):
        name = os.path.basename(os.path.dirname(folder))
        if "@" in name:
            continue
        language = SAME.get(name.split("_")[0], name.split("_")[0])
        for path in sorted(glob.glob(os.path.join(folder, "*.mo"))):
            domain = os.path.basename(path)
            if domain.startswith("iso_") or language not in LANGUAGES or language == "en":
                continue
            apart = zlib.crc32(domain.encode()) % 6 == 0
            source = set(english(path))
            for text in catalogue(path):
                line = clean(text)
                if text not in source and 12 <= len(line) <= 400 and "charset=" not in line:
                    texts[language].add((line, apart))
            if language == "de":
                texts["en"] |= {(clean(t), apart) for t in source if 12 <= len(clean(t)) <= 400}
    rows = []
    for language, found in texts.items():
        found = sorted(found)
        rng.shuffle(found)
        rows += [(language, t, apart) for t, apart in [f for f in found if f[1]][:300] + [f for f in found if not f[1]][:4000]]
    return rows


def fingerprints(folder):
    """(language, n-gram as a text, count): what the catalogues' dry style lacks."""
    for language in LANGUAGES:
        path = os.path.join(folder, (language if language != "sr" else "sr-Cyrl") + ".lm")
        if not os.path.exists(path):
            continue
        grams = []
        for line in open(path, encoding="utf-8", errors="replace"):
            parts = line.rstrip("\n").split("\t")
            if len(parts) == 2 and len(parts[0].replace("_", "")) > 1:
                grams.append((parts[0], int(parts[1])))
        yield language, grams


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", default="/usr/share/locale")
    parser.add_argument("--fingerprints", required=True)
    parser.add_argument("--dev", help="lines of language, tab, text: measured only")
    parser.add_argument("--data", required=True, help="for English: prompts of the complexity data")
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(3)
    rng = random.Random(3)
    index = {name: i for i, name in enumerate(LANGUAGES)}
    rows = collect(options.messages, rng)
    train = [(index[l], t) for l, t, apart in rows if not apart]
    words = {}
    for language, grams in fingerprints(options.fingerprints):
        whole = [(g.strip("_"), c) for g, c in grams if g.startswith("_") and g.endswith("_")]
        if whole:
            words[language] = ([w for w, _ in whole], [c ** 0.5 for _, c in whole])
    # Small words of the fingerprints as made-up lines of three.
    for language, (names, weights) in words.items():
        train += [(index[language], " ".join(rng.choices(names, weights, k=3))) for _ in range(500)]
    prompts = []
    for name in ("alpacaeval_preference", "llmrouter_gain", "gsm8k_train_steps"):
        with open(os.path.join(options.data, "complexity", name + ".jsonl"), encoding="utf-8") as file:
            prompts += [json.loads(line)["prompt"][:400] for line in file]
    train += [(index["en"], clean(t)) for t in rng.sample(prompts, 5000)]
    print(len(train), "lines", collections.Counter(l for l, _, apart in rows if not apart))
    cached = [(l, features(t)) for l, t in train]
    cached = [(l, f) for l, f in cached if len(f)]
    weights = nn.Embedding(BUCKETS, len(LANGUAGES))
    nn.init.zeros_(weights.weight)
    share = np.bincount([l for l, _ in cached], minlength=len(LANGUAGES)).astype(np.float32)
    # What is rarely asked in must not take from what is asked in often.
    usual = np.array([1.0 if name in USUAL else 0.35 for name in LANGUAGES], np.float32)
    balance = torch.from_numpy(np.sqrt(share.mean() / np.maximum(share, 1)) * usual)
    epochs, batch, rate, step = 8, 256, 0.15, 0
    optimizer = torch.optim.Adagrad(weights.parameters(), lr=rate)
    for _ in range(epochs):
        rng.shuffle(cached)
        for at in range(0, len(cached), batch):
            group = cached[at:at + batch]
            # Pieces of a text, so that short ones are learned as well.
            parts = []
            for _, ids in group:
                keep = max(4, int(len(ids) * rng.choice((0.15, 0.3, 0.6, 1.0))))
                start = rng.randint(0, max(0, len(ids) - keep))
                parts.append(ids[start:start + keep])
            sizes = np.array([len(p) for p in parts])
            logits = nn.functional.embedding_bag(torch.from_numpy(np.concatenate(parts)), weights.weight,
                                                 torch.from_numpy(np.cumsum(sizes) - sizes), mode="sum")
            loss = nn.functional.cross_entropy(logits, torch.tensor([l for l, _ in group]), weight=balance,
                                               label_smoothing=0.02) + 2e-6 * weights.weight.square().sum()
            for part in optimizer.param_groups:
                part["lr"] = rate * max(0.02, 1 - step / (epochs * len(cached) / batch))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
        print("loss", round(loss.item(), 3), flush=True)
    table = weights.weight.detach().numpy()
    table = table - table.mean(1, keepdims=True)
    scale = np.quantile(np.abs(table), 0.9995) / 127
    table = np.clip(np.round(table / scale), -127, 127).astype(np.int8)
    with open(options.out, "wb") as file:
        file.write(bytes([len(LANGUAGES)]) + b"".join(name.encode().ljust(3, b"\0") for name in LANGUAGES) + table.tobytes())
    wide = table.astype(np.int32)
    test = [(l, t) for l, t, apart in rows if apart]
    if options.dev:
        test += [("dev " + l, t) for l, t in (line.rstrip("\n").split("\t") for line in open(options.dev, encoding="utf-8"))]
    test = [(l, t) for l, t in test if len(features(t)) > 3]  # the others: their script tells
    good, wrong = collections.Counter(), collections.Counter()
    for language, text in test:
        ids = features(text)
        name = LANGUAGES[int(wide[ids].sum(0).argmax())] if len(ids) else "und"
        key = "dev" if language.startswith("dev ") else "apart"
        right = name == language.split()[-1]
        good[key, right] += 1
        if not right:
            wrong[key, language, name] += 1
    for key in ("apart", "dev"):
        print(key, good[key, True], "of", good[key, True] + good[key, False])
    print(wrong.most_common(25), [w for w in wrong if w[0] == 'dev'])


if __name__ == "__main__":
    main()
