"""Trains the PII tagger from nothing and writes router/models/tagger.gguf. See README.md for what it reached."""

import argparse
import copy
import os
import random
import time

import numpy as np
import torch

import export_tagger
from gazetteers import SomeNames
from other_languages import OtherLanguages
from tagger_batches import batch_of, groups, labelled, labels_of, logits_of
from tagger_data import KIND_NAMES, Generator, IdentityGenerator, in_another_language, read_all, varied
from tagger_model import Tagger

KINDS = len(KIND_NAMES)


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


def evaluate(model, sets, bias):
    """{set: {kind: (precision, recall, F1)}} of whole spans."""
    model.eval()
    result = {}
    for name, items in sets.items():
        hit, found, real = np.zeros(KINDS), np.zeros(KINDS), np.zeros(KINDS)
        for (_, _, truth), logits in logits_of(model, items):
            guess = labels_of(logits, bias)
            guess[truth == -100] = 0
            guess, truth = spans_of(guess), spans_of(np.maximum(truth, 0))
            for kind in range(KINDS):
                a = {s for s in guess if s[2] == kind}
                b = {s for s in truth if s[2] == kind}
                hit[kind] += len(a & b)
                found[kind] += len(a)
                real[kind] += len(b)
        result[name] = {kind: (hit[i] / max(found[i], 1), hit[i] / max(real[i], 1),
                               2 * hit[i] / max(found[i] + real[i], 1)) for i, kind in enumerate(KIND_NAMES)}
    model.train()
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True, help="the folder that holds pii/ and gazetteers/")
    parser.add_argument("--books", required=True, help="the code books that words_table.py wrote")
    parser.add_argument("--out", required=True, help="tagger.gguf; the weights as torch has them go beside it, .pt")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--generated", type=int, default=11000, help="texts of templates.py an epoch")
    parser.add_argument("--identities", type=int, default=3500, help="texts of identity_templates.py an epoch")
    parser.add_argument("--negatives", type=float, default=0.3, help="share of the negatives an epoch")
    parser.add_argument("--translated", type=int, default=4000, help="texts word by word in another language an epoch")
    parser.add_argument("--copies", type=int, default=1, help="passes over the corpora an epoch")
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--batch", type=int, default=4096)
    parser.add_argument("--drop", type=float, default=0.25, help="words whose own row, and that lists do not hold")
    parser.add_argument("--unknown", type=float, default=0.15, help="words without a vector")
    parser.add_argument("--dropout", type=float, default=0.25)
    parser.add_argument("--smoothing", type=float, default=0.03)
    parser.add_argument("--average", type=float, default=0.998, help="how slowly the kept weights follow")
    parser.add_argument("--bias", type=float, default=0.7,
                        help="how much less likely 'no name' is made when spans are read")
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
    languages = OtherLanguages()
    model = Tagger(torch.from_numpy(np.load(options.books)))
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.rate, weight_decay=0.01, betas=(0.9, 0.98))
    average = copy.deepcopy(model)  # of the weights along the way: what is kept
    started, step, total = time.time(), 0, None
    for epoch in range(options.epochs):
        texts = [varied(t, rng, generator) for _ in range(options.copies) for t in train]
        texts += [varied(t, rng, generator) for t in negatives if rng.random() < options.negatives]
        texts += [varied(generator.text(), rng, generator) for _ in range(options.generated)]
        texts += [varied(identities.text(), rng, generator) for _ in range(options.identities)]
        others = [in_another_language(text, rng, languages) for text in rng.sample(texts, options.translated)]
        items, others = ([item for item in map(labelled, some) if len(item[2])] for some in (texts, others))
        rng.shuffle(items)
        batches = [*groups(items, options.batch), *groups(others, options.batch)]
        rng.shuffle(batches)
        tokens = sum(len(item[2]) for item in items + others)
        losses = []
        total = total or options.epochs * (tokens / options.batch) * 1.05
        for group in batches:
            ids, offsets, mask, labels = batch_of(group, options.drop, options.unknown)
            share = min(step / total, 1.0)
            rate = options.rate * min(1, step / 100) * max(0.02, 0.5 * (1 + np.cos(np.pi * share)))
            for parameters in optimizer.param_groups:
                parameters["lr"] = rate
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
        torch.save(average.state_dict(), options.out + ".pt")
    for name, row in evaluate(average, sets, options.bias).items():
        print(f"  {name:24}", " ".join(f"{kind[:3]} {p:.3f}/{r:.3f}/{f:.3f}" for kind, (p, r, f) in row.items()), flush=True)
    export_tagger.write(average, development, gazetteers, options.data, options.bias, options.out)


if __name__ == "__main__":
    main()
