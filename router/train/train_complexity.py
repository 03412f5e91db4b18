"""Trains the complexity net. See README.md for how it is called and what it reached."""

import argparse
import csv
import json
import os
import random
import time
import zlib

import numpy as np
import torch
from torch import nn

import complexity_data as data
from complexity_data import FAMILIES
from features import DENSE, SEEN_BITS, complexity_features
from gazetteers import Gazetteers
from tagger_model import LEVELS, Round, int8_weight

BUCKETS, WIDTH, HIDDEN = 24576, 48, 32
EMBED_CLIP, HIDDEN_CLIP = 4.0, 6.0
SHARPNESS = 6.0  # of the mean over segments: the hardest one counts most


def rounded(x, clip):
    step = clip / LEVELS
    return Round.apply(torch.clamp(x, 0, clip) / step) * step


class Scorer(nn.Module):
    def __init__(self):
        super().__init__()
        self.bag = nn.EmbeddingBag(BUCKETS, WIDTH, mode="sum")
        nn.init.normal_(self.bag.weight, std=0.05)
        self.dense = nn.Linear(DENSE, WIDTH)
        self.register_buffer("mean", torch.zeros(DENSE))
        self.register_buffer("deviation", torch.ones(DENSE))
        self.hidden = nn.Linear(WIDTH, HIDDEN)
        self.head = nn.Linear(HIDDEN, 2 * len(FAMILIES))

    def forward(self, ids, offsets, counts, dense, dropout=0.0):
        x = self.bag(ids, offsets) / counts.clamp_min(1).sqrt().unsqueeze(1)
        x = rounded(x + self.dense((dense - self.mean) / self.deviation), EMBED_CLIP)
        if dropout:
            x = nn.functional.dropout(x, dropout)
        x = rounded(nn.functional.linear(x, int8_weight(self.hidden.weight), self.hidden.bias), HIDDEN_CLIP)
        if dropout:
            x = nn.functional.dropout(x, dropout)
        return nn.functional.linear(x, int8_weight(self.head.weight), self.head.bias)


def combined(outputs, mass, owner, count):
    """Segments to one score a text; router/complexity.c does the same."""
    families = len(FAMILIES)
    share = torch.softmax(outputs[:, :families], 1)
    gains = torch.sigmoid(outputs[:, families:])
    score = (share * gains).sum(1)
    weight = mass * torch.exp(SHARPNESS * score)
    total = torch.zeros(count).index_add(0, owner, weight).clamp_min(1e-9)

    def mean(values):
        sums = torch.zeros(count, values.shape[1]).index_add(0, owner, values * weight.unsqueeze(1))
        return sums / total.unsqueeze(1)

    return mean(score.unsqueeze(1)).squeeze(1), mean(share), mean(gains)


def ranking_loss(score, gain, source):
    """Which of two prompts of one source is harder: what the level of the scores cannot say."""
    logit = torch.logit(score.clamp(1e-4, 1 - 1e-4))
    same = source.unsqueeze(0) == source.unsqueeze(1)
    weight = (gain.unsqueeze(1) - gain.unsqueeze(0)).clamp_min(0) * same
    loss = nn.functional.softplus(logit.unsqueeze(0) - logit.unsqueeze(1)) * weight
    return loss.sum() / weight.sum().clamp_min(1e-6)


def batch_of(texts, drop=0.0):
    ids, counts, dense, mass, owner = [], [], [], [], []
    for at, text in enumerate(texts):
        starts, feature, structure, word_starts, _ = complexity_features(text)
        for s in range(len(starts) - 1):
            part = feature[starts[s]:starts[s + 1]]
            if drop:
                part = part[np.random.rand(len(part)) >= drop]
            ids.append(part % BUCKETS)
            counts.append(len(part))
            dense.append(structure[s])
            mass.append(min(1.0, (word_starts[s + 1] - word_starts[s] + 1) / 8))
            owner.append(at)
    counts = np.array(counts, np.int64)
    return (torch.from_numpy(np.concatenate(ids).astype(np.int64)), torch.from_numpy(np.cumsum(counts) - counts),
            torch.from_numpy(counts.astype(np.float32)), torch.from_numpy(np.array(dense, np.float32)),
            torch.tensor(mass, dtype=torch.float32), torch.tensor(owner), len(texts))


def scores(model, texts):
    out = []
    with torch.no_grad():
        for at in range(0, len(texts), 256):
            *inputs, mass, owner, count = batch_of(texts[at:at + 256])
            out.append(combined(model(*inputs), mass, owner, count)[0].numpy())
    return np.concatenate(out)


def rank_correlation(a, b):
    def ranks(x):
        order = np.argsort(x, kind="stable")
        rank = np.empty(len(x))
        rank[order] = np.arange(len(x))
        for value in np.unique(x):
            rank[x == value] = rank[x == value].mean()
        return rank
    a, b = ranks(np.asarray(a)), ranks(np.asarray(b))
    return float(np.corrcoef(a, b)[0, 1]) if a.std() and b.std() else 0.0


def apgr(score, gain):
    """Mean share of the possible gain that is recovered when the highest scores are sent away."""
    order = np.argsort(-score, kind="stable")
    recovered = np.cumsum(np.asarray(gain)[order]) / max(np.sum(gain), 1e-9)
    return float(np.interp(np.arange(0.05, 1.0, 0.1), np.arange(1, len(score) + 1) / len(score), recovered).mean())


def auc(score, hard):
    order = np.argsort(score, kind="stable")
    rank = np.empty(len(score))
    rank[order] = np.arange(1, len(score) + 1)
    positive = hard.sum()
    negative = len(hard) - positive
    return float((rank[hard].sum() - positive * (positive + 1) / 2) / max(positive * negative, 1))


def calibration_error(score, gain):
    bins = np.minimum((score * 10).astype(int), 9)
    return float(sum(abs(score[bins == b].mean() - gain[bins == b].mean()) * (bins == b).mean()
                     for b in range(10) if (bins == b).any()))


def report(model, rows, held_out):
    rng = random.Random(1)
    result = {}
    by_source = {}
    for source, _, prompt, gain in held_out:
        group = "mmlu-pro" if source.startswith("mmlu-pro") else source
        by_source.setdefault(group, []).append((data.rendered(prompt, rng), gain))
    for source, family in (("rdc-arc", 0), ("rdc-prealg", 0), ("rdc-code", 0), ("rb-arc", 0), ("rb-wino", 0), ("rb-mbpp", 0)):
        by_source["select:" + source] = [(r["prompt"], r["weak_fails"]) for r in rows if r["src"] == source]
    everything, measured = [], []
    for source, items in sorted(by_source.items()):
        if len(items) < 30:
            continue
        score = scores(model, [t for t, _ in items])
        gain = np.array([g for _, g in items])
        length = np.array([len(t) for t, _ in items], float)
        result[source] = {"n": len(items), "mean": round(float(score.mean()), 3), "gain": round(float(gain.mean()), 3),
                          "rank": round(rank_correlation(score, gain), 3), "rank_length": round(rank_correlation(length, gain), 3),
                          "apgr": round(apgr(score, gain), 3), "apgr_length": round(apgr(length, gain), 3),
                          "auc": round(auc(score, gain > gain.mean()), 3), "ece": round(calibration_error(score, gain), 3)}
        if source.startswith(("lr-", "ze-", "mmlu")):
            measured += list(zip(score, gain))
        if source.startswith("select:"):
            everything += list(zip(score, gain))
    pooled = np.array(measured)
    result["held-out:all-outcomes"] = {"n": len(pooled), "rank": round(rank_correlation(pooled[:, 0], pooled[:, 1]), 3),
                                       "apgr": round(apgr(pooled[:, 0], pooled[:, 1]), 3),
                                       "ece": round(calibration_error(pooled[:, 0], pooled[:, 1]), 3)}
    pooled = np.array(everything)
    result["select:all"] = {"n": len(pooled), "rank": round(rank_correlation(pooled[:, 0], pooled[:, 1]), 3),
                            "auc": round(auc(pooled[:, 0], pooled[:, 1] > 0.5), 3),
                            "ece": round(calibration_error(pooled[:, 0], pooled[:, 1]), 3)}
    result["within mmlu-pro subjects"] = within_subjects(model, held_out)
    return result


def within_subjects(model, held_out):
    """Mean AUC inside one subject, where its level tells nothing."""
    rng = random.Random(2)
    subjects = {}
    for source, _, prompt, gain in held_out:
        if source.startswith("mmlu-pro"):
            subjects.setdefault(source, []).append((data.rendered(prompt, rng), gain))
    values = []
    for items in subjects.values():
        gain = np.array([g for _, g in items])
        values.append(auc(scores(model, [t for t, _ in items]), gain > np.median(gain)))
    return {"n": len(values), "auc": round(float(np.mean(values)), 3)}


def robustness(model, held_out, padding):
    """Mean absolute change of the score under changes that mean nothing."""
    rng = random.Random(4)
    texts = [data.rendered(p, rng) for _, _, p, _ in held_out[:400]]
    plain = scores(model, texts)
    changes = {"polite": [rng.choice(data.POLITE_BEFORE) + t + rng.choice(data.POLITE_AFTER) for t in texts],
               "steered": [t + " " + rng.choice(data.STEERING) for t in texts],
               "padded": [t + "\n\n" + "\n\n".join(rng.choice(padding) for _ in range(3)) for t in texts],
               "upper case": [t.upper() for t in texts]}
    return {name: round(float(np.abs(scores(model, changed) - plain).mean()), 3) for name, changed in changes.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--keep-out", help="a folder of test sets whose items are dropped from training")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--decay", type=float, default=0.02)
    parser.add_argument("--drop", type=float, default=0.3)
    parser.add_argument("--ranking", type=float, default=0.5)
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--steadiness", type=float, default=0.3,
                        help="weight of: what means nothing changes nothing")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    np.random.seed(options.seed)
    rng = random.Random(options.seed)
    folder = os.path.join(options.data, "complexity")
    rows = data.read_prompts(folder)
    if options.keep_out:
        overlaps = data.overlap_filter(options.keep_out)
        before = len(rows)
        rows = [r for r in rows if not overlaps(r[2][0] if isinstance(r[2], tuple) else r[2])]
        print(f"kept out {before - len(rows)} prompts")
    # Held out by a hash of the prompt, so that the split survives new data.
    held_out = [r for r in rows if zlib.crc32(str(r[2]).encode()) % 8 == 0]
    train = [r for r in rows if zlib.crc32(str(r[2]).encode()) % 8]
    countries = Gazetteers(os.path.join(options.data, "gazetteers")).countries
    anchors = data.anchors(countries)
    padding = []
    for row in csv.DictReader(open(os.path.join(options.data, "pii", "mts-dialog.train.csv"), encoding="utf-8")):
        padding.append(row["section_text"][:800].replace("\n\n", "\n"))
    selection = data.read_lines(folder, "select_only_arc_winogrande_mbpp.jsonl")
    limit = {"gsm8k-steps": 0.5, "math-level": 0.6}
    model = Scorer()
    structure = np.concatenate([complexity_features(data.rendered(r[2], rng))[2] for r in train[:4000]])
    model.mean.copy_(torch.from_numpy(structure.mean(0)))
    model.deviation.copy_(torch.from_numpy(structure.std(0) + 0.05))
    sources = {name: i for i, name in enumerate(sorted({r[0] for r in rows} | {"anchor", "padding"}))}
    optimizer = torch.optim.AdamW([
        {"params": model.bag.parameters(), "weight_decay": options.decay * 10},
        {"params": [p for n, p in model.named_parameters() if not n.startswith("bag")], "weight_decay": options.decay}],
        lr=options.rate)
    seen = np.zeros(SEEN_BITS, bool)
    started, step = time.time(), 0
    for epoch in range(options.epochs):
        items = [r for r in train if rng.random() < limit.get(r[0], 1.0)]
        items += [("anchor", f, data.filled(p, rng, countries), g) for _, f, p, g in anchors * 8]
        # Text that is only there to be read: neither maths nor code, and nothing to solve.
        items += [("padding", data.OPEN, rng.choice(padding), 0.08) for _ in range(600)]
        rng.shuffle(items)
        total = options.epochs * len(items) / options.batch
        losses = []
        for at in range(0, len(items) - options.batch, options.batch):
            group = items[at:at + options.batch]
            plain = [data.rendered(p, rng, rng.random() < 0.3) for _, _, p, _ in group]
            texts = [data.varied(t, rng, padding) for t in plain]
            if epoch == 0:
                for text in texts:
                    seen[complexity_features(text)[4]] = True
            *inputs, mass, owner, count = batch_of(texts, options.drop)
            score, share, gains = combined(model(*inputs, options.dropout), mass, owner, count)
            dressed = [i for i, t in enumerate(plain) if t != texts[i]]
            *inputs, mass, owner, count_plain = batch_of([plain[i] for i in dressed])
            undressed = combined(model(*inputs), mass, owner, count_plain)[0]
            change = torch.logit(score[dressed].clamp(1e-3, 0.999)) - torch.logit(undressed.clamp(1e-3, 0.999))
            gain = torch.tensor([g for *_, g in group])
            family = torch.tensor([f for _, f, _, _ in group])
            source = torch.tensor([sources[s] for s, *_ in group])
            own = gains[torch.arange(count), family]
            loss = (nn.functional.binary_cross_entropy(score.clamp(1e-5, 1 - 1e-5), gain) +
                    nn.functional.binary_cross_entropy(own.clamp(1e-5, 1 - 1e-5), gain) +
                    options.ranking * ranking_loss(score, gain, source) +
                    options.steadiness * change.square().mean() +
                    0.3 * nn.functional.nll_loss(torch.log(share.clamp_min(1e-6)), family))
            rate = options.rate * min(1, step / 50) * max(0.02, 0.5 * (1 + np.cos(np.pi * min(1, step / total))))
            for group_ in optimizer.param_groups:
                group_["lr"] = rate
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            step += 1
        print(f"epoch {epoch} items {len(items)} loss {np.mean(losses):.4f} {time.time() - started:.0f} s", flush=True)
    model.eval()
    outcome = report(model, selection, held_out)
    outcome["robustness"] = robustness(model, held_out, padding)
    for source, row in outcome.items():
        print(f"  {source:24}", row)
    torch.save({"state": model.state_dict(), "seen": torch.from_numpy(seen)}, options.out)
    with open(options.out + ".json", "w") as file:
        json.dump(outcome, file, indent=1)


if __name__ == "__main__":
    main()
