"""Trains the PII tagger. See README.md for how it is called and what it reached."""

import argparse
import copy
import json
import os
import random
import time

import numpy as np
import torch

from export import read_net
from features import tagger_features
from gazetteers import SomeNames
from tagger_data import KIND_NAMES, Generator, IdentityGenerator, read_all, varied
from tagger_model import BUCKETS, NAME_FEATURE, PART_BUCKETS, WORD_FEATURES, Tagger

KINDS = len(KIND_NAMES)
GAP = 8  # empty positions between two texts of a batch; at least the largest dilation
# What the table of names says of a word that is in no list.
NO_NAME = int(tagger_features(b"qzxvkq")[3][NAME_FEATURE])


def labelled(text):
    """Feature arrays and BIO class of every token; -100 where the label is not to be trusted."""
    data, spans, ignored = text
    begin, end, starts, ids = tagger_features(data)
    labels = np.zeros(len(begin), np.int64)
    for first, last, kind in spans:
        inside = np.nonzero((begin < last) & (end > first))[0]
        labels[inside] = 2 + 2 * kind
        labels[inside[:1]] = 1 + 2 * kind
    for first, last in ignored:
        labels[(begin < last) & (end > first)] = -100
    return starts.astype(np.int64), ids.astype(np.int64), labels


def batches(items, size, rng=None, drop=0.0):
    order = list(range(len(items)))
    if rng:
        rng.shuffle(order)
    group, total = [], 0
    for at in order:
        group.append(items[at])
        total += len(items[at][2]) + GAP
        if total >= size:
            yield batch_of(group, drop)
            group, total = [], 0
    if group:
        yield batch_of(group, drop)


def batch_of(group, drop):
    ids, counts, labels, mask = [], [], [], []
    for starts, feature, label in group:
        count = np.diff(starts)
        if drop:
            # A word never seen before is one that others happen to share a row with: for some words
            # the row is any row, so that the parts and the neighbours must do.
            feature = feature.copy()
            for at in starts[:-1][np.random.rand(len(count)) < drop]:
                feature[at:at + WORD_FEATURES] = np.random.randint(PART_BUCKETS, BUCKETS, WORD_FEATURES)
            # Nor do lists hold every name.
            feature[starts[:-1][np.random.rand(len(count)) < drop] + NAME_FEATURE] = NO_NAME
        ids.append(feature)
        counts += [count, np.zeros(GAP, np.int64)]
        labels += [label, np.full(GAP, -100)]
        mask += [np.ones(len(label), np.float32), np.zeros(GAP, np.float32)]
    counts = np.concatenate(counts)
    offsets = np.cumsum(counts) - counts
    return (torch.from_numpy(np.concatenate(ids)), torch.from_numpy(offsets),
            torch.from_numpy(np.concatenate(mask)), torch.from_numpy(np.concatenate(labels)))


def spans_of(labels):
    """(first, last, kind) from classes, as router/pii_tagger.c reads them."""
    spans = []
    for at, label in enumerate(labels):
        if label <= 0:
            continue
        kind = (label - 1) // 2
        if spans and label % 2 == 0 and spans[-1][1] == at and spans[-1][2] == kind:
            spans[-1][1] = at + 1
        else:
            spans.append([at, at + 1, kind])
    return {tuple(s) for s in spans}


def evaluate(model, sets, bias=0.0):
    model.eval()
    result = {}
    with torch.no_grad():
        for name, items in sets.items():
            hit, found, real = np.zeros(KINDS), np.zeros(KINDS), np.zeros(KINDS)
            for item in items:
                logits = model(*batch_of([item], 0)[:3])[:len(item[2])]
                logits[:, 0] -= bias
                truth = item[2]
                guess = logits.argmax(1).numpy()
                guess[truth == -100] = 0
                guess, truth = spans_of(guess), spans_of(np.maximum(truth, 0))
                for kind in range(KINDS):
                    a = {s for s in guess if s[2] == kind}
                    b = {s for s in truth if s[2] == kind}
                    hit[kind] += len(a & b)
                    found[kind] += len(a)
                    real[kind] += len(b)
            result[name] = {kind: {"precision": round(hit[i] / max(found[i], 1), 3),
                                   "recall": round(hit[i] / max(real[i], 1), 3),
                                   "f1": round(2 * hit[i] / max(found[i] + real[i], 1), 3),
                                   "spans": int(real[i])} for i, kind in enumerate(KIND_NAMES)}
    model.train()
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, help="the folder that holds pii/ and gazetteers/")
    parser.add_argument("--out", required=True)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--generated", type=int, default=9000, help="texts of templates.py an epoch")
    parser.add_argument("--identities", type=int, default=7000, help="texts of identity_templates.py an epoch")
    parser.add_argument("--negatives", type=float, default=0.4, help="share of the negatives an epoch")
    parser.add_argument("--copies", type=int, default=1, help="passes over the corpora an epoch")
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--batch", type=int, default=4096)
    parser.add_argument("--drop", type=float, default=0.12)
    parser.add_argument("--dropout", type=float, default=0.25)
    parser.add_argument("--smoothing", type=float, default=0.03)
    parser.add_argument("--average", type=float, default=0.998, help="how slowly the kept weights follow")
    parser.add_argument("--start", help="a tagger.gguf to train on from, instead of from nothing")
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    np.random.seed(options.seed)
    rng = random.Random(options.seed)
    train, negatives, development, gazetteers = read_all(options.data)
    pii = os.path.join(options.data, "pii")
    generator = Generator(SomeNames(gazetteers, "train"), pii, options.seed)
    identities = IdentityGenerator(gazetteers, pii, options.seed, "train")
    measured = IdentityGenerator(gazetteers, pii, 999, "measure")
    held_out = Generator(gazetteers, pii, 999)
    sets = {name: [labelled(t) for t in texts if t[0].strip()] for name, texts in development.items()}
    sets["generated"] = [labelled(held_out.text()) for _ in range(400)]
    sets["identities"] = [labelled(measured.text()) for _ in range(400)]
    sets["ewt-lower"] = [labelled((t[0].decode().lower().encode(), t[1], t[2]))
                         for t in development["uner-ewt"] if len(t[0].decode().lower().encode()) == len(t[0])]
    model = Tagger()
    if options.start:
        model.start_from(read_net(options.start))
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.rate, weight_decay=0.01, betas=(0.9, 0.98))
    average = copy.deepcopy(model)  # of the weights along the way: what is kept
    started, step, total = time.time(), 0, None
    for epoch in range(options.epochs):
        texts = [varied(t, rng, generator) for _ in range(options.copies) for t in train]
        texts += [varied(t, rng, generator) for t in negatives if rng.random() < options.negatives]
        texts += [varied(generator.text(), rng, generator) for _ in range(options.generated)]
        texts += [varied(identities.text(), rng, generator) for _ in range(options.identities)]
        items = [item for item in map(labelled, texts) if len(item[2])]
        tokens = sum(len(item[2]) for item in items)
        losses = []
        total = total or options.epochs * (tokens / options.batch) * 1.05
        for ids, offsets, mask, labels in batches(items, options.batch, rng, options.drop):
            share = min(step / total, 1.0)
            rate = options.rate * min(1, step / 100) * max(0.02, 0.5 * (1 + np.cos(np.pi * share)))
            for group in optimizer.param_groups:
                group["lr"] = rate
            logits = model(ids, offsets, mask, options.dropout)
            loss = torch.nn.functional.cross_entropy(
                logits, labels, ignore_index=-100, label_smoothing=options.smoothing)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
            optimizer.step()
            with torch.no_grad():
                share = min(options.average, 1 - 1 / (step + 10))
                for slow, fast in zip(average.parameters(), model.parameters()):
                    slow.lerp_(fast, 1 - share)
            losses.append(loss.item())
            step += 1
        print(f"epoch {epoch} tokens {tokens} loss {np.mean(losses):.4f} {time.time() - started:.0f} s", flush=True)
        torch.save(average.state_dict(), options.out)
        if epoch % 2 == 1 or epoch + 1 == options.epochs:
            for name, row in evaluate(average, sets).items():
                print(f"  {name:24}", " ".join(f"{kind[:3]} {v['precision']:.2f}/{v['recall']:.2f}/{v['f1']:.3f}"
                                               for kind, v in row.items()), flush=True)
    report = evaluate(average, sets)
    with open(options.out + ".json", "w") as file:
        json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
