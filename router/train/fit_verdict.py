"""Fits the weights of the verdict (router/pii_verdict.def): a logistic regression over the features that
router/pii_verdict.c computes, on top of what identifiers say by themselves."""

import argparse

import numpy as np
import torch

from gazetteers import Gazetteers
from scanner import Scanner, feature_names, verdict_features
from verdict_data import examples


PRIVATE = 2.0


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


def set_weights(rows):
    """Every set counts by the root of its size; to miss what is private counts PRIVATE times as much."""
    sizes = {}
    for name, private, _ in rows:
        sizes[name, private] = sizes.get((name, private), 0) + 1
    share = {key: size ** 0.5 for key, size in sizes.items()}
    total = {private: sum(s for (_, p), s in share.items() if p == private) for private in (True, False)}
    each = {private: (PRIVATE if private else 1) / total[private] for private in total}
    return np.array([share[name, private] / sizes[name, private] * each[private] for name, private, _ in rows],
                    np.float32) * len(rows) / (1 + PRIVATE)


def fit(features, identifying, truth, weights, decay):
    x, base, y, w = (torch.from_numpy(a) for a in (features, identifying, truth, weights))
    theta = torch.zeros(x.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS([theta], max_iter=400, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        private = torch.sigmoid(x @ theta)
        p = (1 - (1 - base) * (1 - private)).clamp(1e-5, 1 - 1e-5)
        loss = (w * torch.nn.functional.binary_cross_entropy(p, y, reduction="none")).mean() + decay * (theta[1:] ** 2).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    return theta.detach().numpy()


def verdicts(features, identifying, theta):
    return 1 - (1 - identifying) / (1 + np.exp(features @ theta))


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
    parser.add_argument("--out", default="../pii_verdict.def")
    parser.add_argument("--per-register", type=int, default=700)
    parser.add_argument("--decay", type=float, default=1e-5)
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    gazetteers = Gazetteers(options.data + "/gazetteers")
    train = examples(options.data, gazetteers, "train", options.per_register)
    features, identifying, truth = table(train)
    theta = fit(features, identifying, truth, set_weights(train), options.decay)
    names = feature_names()
    if options.show:
        for at in np.argsort(theta):
            print(f"{theta[at]:8.2f} {names[at]}")
    with open(options.out, "w") as file:
        file.write("/* Written by router/train/fit_verdict.py: X-macro, one row a feature of pii_verdict.c, in order. */\n")
        for name, value in zip(names, theta):
            file.write(f"WEIGHT({value:.4f}F) /* {name} */\n")
    measure = examples(options.data, gazetteers, "measure", options.per_register // 2, seed=8)
    for title, rows in (("train", train), ("measure", measure)):
        print(title)
        x, base, _ = (features, identifying, truth) if title == "train" else table(rows)
        report(rows, verdicts(x, base, theta))


if __name__ == "__main__":
    main()
