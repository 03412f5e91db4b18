"""Trains the complexity net. See README.md for how it is called and what it reached."""

import argparse
import json
import math
import os
import random
import time

import numpy as np
import torch
from torch import nn

import complexity_data as data
import judged
import written_exams
from complexity_data import FAMILIES, Row
from complexity_exams import Restyled, made_up_exams, subjects
from complexity_tasks import made_up
from features import DENSE, SEEN_BITS, complexity_features
from gazetteers import Gazetteers
from measure_complexity import report, within_subjects
from tagger_model import LEVELS, Round, int8_weight

BUCKETS, WIDTH, HIDDEN = 12288, 80, 48
EMBED_CLIP, HIDDEN_CLIP = 4.0, 6.0
SHARPNESS = 6.0  # of the mean over segments: the hardest one counts most
F = len(FAMILIES)
OUTPUTS = 3 * F


def rounded(x, clip):
    step = clip / LEVELS
    return Round.apply(torch.clamp(x, 0, clip) / step) * step


class Scorer(nn.Module):
    """Outputs of a segment: a gate, "the weak fails", "the strong succeeds" by family."""

    def __init__(self):
        super().__init__()
        self.bag = nn.EmbeddingBag(BUCKETS, WIDTH, mode="sum")
        nn.init.normal_(self.bag.weight, std=0.05)
        self.dense = nn.Linear(DENSE, WIDTH)
        self.register_buffer("mean", torch.zeros(DENSE))
        self.register_buffer("deviation", torch.ones(DENSE))
        self.hidden = nn.Linear(WIDTH, HIDDEN)
        self.head = nn.Linear(HIDDEN, OUTPUTS)

    def forward(self, ids, offsets, counts, dense, dropout=0.0):
        x = self.bag(ids, offsets) / counts.clamp_min(1).sqrt().unsqueeze(1)
        x = rounded(x + self.dense((dense - self.mean) / self.deviation), EMBED_CLIP)
        if dropout:
            x = nn.functional.dropout(x, dropout)
        x = rounded(nn.functional.linear(x, int8_weight(self.hidden.weight), self.hidden.bias), HIDDEN_CLIP)
        if dropout:
            x = nn.functional.dropout(x, dropout)
        return nn.functional.linear(x, int8_weight(self.head.weight), self.head.bias)


class Combined:
    """Segments to one answer a text; router/complexity.c does the same."""

    def __init__(self, outputs, mass, owner, count, words=None, slopes=None, middles=None):
        def mean(values, weight):
            total = torch.zeros(count).index_add(0, owner, weight).clamp_min(1e-9)
            sums = torch.zeros(count, values.shape[1]).index_add(0, owner, values * weight.unsqueeze(1))
            return sums / total.unsqueeze(1)

        share = torch.softmax(outputs[:, :F], 1)
        fails, strong = torch.sigmoid(outputs[:, F:2 * F]), torch.sigmoid(outputs[:, 2 * F:])
        gains = fails * strong
        if slopes is not None:
            gains = torch.sigmoid(torch.logit(gains.clamp(1e-4, 1 - 1e-4)) + slopes * (words.unsqueeze(1) - middles))
        score = (share * gains).sum(1)
        weight = mass * torch.exp(SHARPNESS * score)
        self.score = mean(score.unsqueeze(1), weight).squeeze(1)
        self.share, self.gains = mean(share, weight), mean(gains, weight)
        self.fails, self.strong = mean(fails, weight), mean(strong, weight)


def ranking_loss(logit, gain, source):
    """Which of two prompts of one source is harder: what the level of the scores cannot say."""
    same = source.unsqueeze(0) == source.unsqueeze(1)
    weight = (gain.unsqueeze(1) - gain.unsqueeze(0)).clamp_min(0) * same
    loss = nn.functional.softplus(logit.unsqueeze(0) - logit.unsqueeze(1)) * weight
    return loss.sum() / weight.sum().clamp_min(1e-6)


def batch_of(texts, drop=0.0, buckets=BUCKETS):
    """Inputs of a net, and for Combined; what word vectors say of each segment's words, for train_kinds.py."""
    ids, counts, dense, mass, owner, words, codes = [], [], [], [], [], [], []
    for at, text in enumerate(texts):
        starts, feature, structure, word_starts, _, code_starts, code = complexity_features(text)
        for s in range(len(starts) - 1):
            part = feature[starts[s]:starts[s + 1]]
            if drop:
                part = part[np.random.rand(len(part)) >= drop]
            count = word_starts[s + 1] - word_starts[s]
            ids.append(part % buckets)
            counts.append(len(part))
            dense.append(structure[s])
            mass.append(min(1.0, (count + 1) / 8))
            words.append(min(max(math.log1p(count), 3.0), 5.7))
            owner.append(at)
            codes.append(code[code_starts[s]:code_starts[s + 1]])
    counts = np.array(counts, np.int64)
    return ((torch.from_numpy(np.concatenate(ids).astype(np.int64)), torch.from_numpy(np.cumsum(counts) - counts),
             torch.from_numpy(counts.astype(np.float32)), torch.from_numpy(np.array(dense, np.float32))),
            (torch.tensor(mass, dtype=torch.float32), torch.tensor(owner), len(texts),
             torch.tensor(words, dtype=torch.float32)), codes)


def predict(model, texts, slopes=None, middles=None):
    out = []
    with torch.no_grad():
        for at in range(0, len(texts), 256):
            inputs, segments, _ = batch_of(texts[at:at + 256])
            out.append(Combined(model(*inputs), *segments, slopes, middles))
    return out


def scores(model, texts, slopes=None, middles=None):
    return np.concatenate([c.score.numpy() for c in predict(model, texts, slopes, middles)])


def length_of(text):
    return math.log1p(len(text.split()))


def length_slopes(rows):
    """
    How the odds of a gain follow the length within each source. Kept out of what the net learns, as
    it differs from one collection to the next (and turns around between MMLU-Pro and others); what
    is right for most is put in afterwards by export_complexity.py.
    """
    groups = {}
    rng = random.Random(6)
    for row in rows:
        name = "mmlu-pro" if row.source.startswith("mmlu-pro") else row.source
        groups.setdefault(name, []).append((length_of(data.rendered(row.prompt, rng)), row.gain))
    slopes = {}
    for name, items in groups.items():
        if len(items) < 100:
            continue
        length, gain = np.array(items).T
        spread = max(gain.mean() * (1 - gain.mean()), 0.02)
        slopes[name] = (float(np.cov(length, gain)[0, 1] / length.var() / spread), float(length.mean()))
    return slopes


def losses_of(model, group, options, rng, padding, slopes, sources):
    plain = [data.rendered(r.prompt, rng, rng.random() < 0.3) for r in group]
    texts = [data.varied(t, rng, padding) for t in plain]
    inputs, segments, _ = batch_of(texts, options.drop)
    got = Combined(model(*inputs, options.dropout), *segments[:3])
    dressed = [i for i, t in enumerate(plain) if t != texts[i]]
    inputs, segments, _ = batch_of([plain[i] for i in dressed])
    undressed = Combined(model(*inputs), *segments[:3]).score
    change = torch.logit(got.score[dressed].clamp(1e-3, 0.999)) - torch.logit(undressed.clamp(1e-3, 0.999))

    gain = torch.tensor([r.gain for r in group])
    family = torch.tensor([r.family for r in group])
    source = torch.tensor([sources[r.source] for r in group])
    at = torch.arange(len(group))
    by_length = torch.zeros(len(group))
    for i, row in enumerate(group):
        name = "mmlu-pro" if row.source.startswith("mmlu-pro") else row.source
        if name in slopes:
            slope, middle = slopes[name]
            by_length[i] = slope * (length_of(plain[i]) - middle)

    def binary(probability, target, offset=None):
        logit = torch.logit(probability.clamp(1e-4, 1 - 1e-4))
        return nn.functional.binary_cross_entropy_with_logits(logit if offset is None else logit + offset, target)

    loss = (binary(got.score, gain, by_length) + binary(got.gains[at, family], gain, by_length) +
            options.ranking * ranking_loss(torch.logit(got.score.clamp(1e-4, 1 - 1e-4)) + by_length, gain, source) +
            options.steadiness * change.square().mean() +
            0.3 * nn.functional.nll_loss(torch.log(got.share.clamp_min(1e-6)), family))
    known = [i for i, r in enumerate(group) if r.fails is not None]
    if known:
        own = family[known]
        loss = loss + 0.2 * (binary(got.fails[known, own], torch.tensor([group[i].fails for i in known])) +
                             binary(got.strong[known, own], torch.tensor([group[i].strong for i in known])))
    return loss, texts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--keep-out", help="a folder of test sets whose items are dropped from training")
    parser.add_argument("--without", help="sources that begin so are not trained on: to measure what is learned on site")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--rate", type=float, default=6e-3)
    parser.add_argument("--decay", type=float, default=0.2)
    parser.add_argument("--drop", type=float, default=0.3)
    parser.add_argument("--ranking", type=float, default=0.8)
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--steadiness", type=float, default=0.8,
                        help="weight of: what means nothing changes nothing")
    parser.add_argument("--made-up", type=int, default=3800)
    parser.add_argument("--exams", type=int, default=1500)
    parser.add_argument("--requests", type=int, default=1, help="how often an epoch has each written request")
    parser.add_argument("--written", type=int, default=2, help="likewise each written exam question")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--seed", type=int, default=18)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    np.random.seed(options.seed)
    rng = random.Random(options.seed)
    folder = os.path.join(options.data, "complexity")
    rows = data.read_prompts(folder)
    held_out = data.split(rows)[0]
    train = data.split(data.read_prompts(folder, over_pairs=True))[1]
    train = data.trained_on(train, options.keep_out, options.without)
    gazetteers = Gazetteers(os.path.join(options.data, "gazetteers"))
    names = ["Mia", "Omar", "Chen", "Ruth", "Ivan", "Aisha", "Tom", "Lena"]
    anchors = data.anchors()
    requests = data.trained_on([data.row_of("request", r) for r in judged.requests("learned")], options.keep_out)
    passages = data.passages(os.path.join(options.data, "pii"))
    padding = [text for text, _ in passages]
    written = written_exams.trained_on(options.keep_out)
    restyled, about = Restyled(data.stems(train, rng)), subjects()
    limit = {"math-level": 0.5}
    slopes = length_slopes(train)
    print("slopes", {k: round(v[0], 2) for k, v in slopes.items()})
    model = Scorer()
    structure = np.concatenate([complexity_features(data.rendered(r.prompt, rng))[2] for r in train[:4000]])
    model.mean.copy_(torch.from_numpy(structure.mean(0)))
    model.deviation.copy_(torch.from_numpy(structure.std(0) + 0.05))
    sources = {name: i for i, name in enumerate(sorted({r.source for r in rows} | {"anchor", "request", "written-exam", "padding", "made-up", "made-up-exam"}))}
    optimizer = torch.optim.AdamW([
        {"params": model.bag.parameters(), "weight_decay": options.decay * 10},
        {"params": [p for n, p in model.named_parameters() if not n.startswith("bag")], "weight_decay": options.decay}],
        lr=options.rate)
    seen = np.zeros(SEEN_BITS, bool)
    started, step = time.time(), 0
    for epoch in range(options.epochs):
        items = [r for r in train if rng.random() < limit.get(r.source, 1.0)]
        items += [r._replace(prompt=data.filled(r.prompt, rng, gazetteers.countries)) for r in anchors * 9]
        items += requests * options.requests
        items += [Row("written-exam", data.EXAM, written_exams.laid_out(q, rng)[0], q.strong - q.weak, 1 - q.weak, q.strong) for q in written * options.written]
        items += [Row("made-up", f, p, g, None, None, t, d) for f, p, g, t, d in made_up(rng, passages, names, options.made_up)]
        exams = made_up_exams(rng, options.exams, about) + restyled.made_up(rng, options.exams, about)
        items += [Row("made-up-exam", data.EXAM, p, g, None, None, "choice", d) for p, g, d, _ in exams]
        # Text that is only there to be read: neither maths nor code, and nothing to solve.
        items += [Row("padding", data.OPEN, p, 0.08, None, None, "text", d) for p, d in rng.choices(passages, k=600)]
        rng.shuffle(items)
        total = options.epochs * len(items) / options.batch
        losses = []
        for at in range(0, len(items) - options.batch, options.batch):
            loss, texts = losses_of(model, items[at:at + options.batch], options, rng, padding, slopes, sources)
            if epoch == 0:
                for text in texts:
                    seen[complexity_features(text)[4]] = True
            rate = options.rate * min(1, step / 50) * max(0.02, 0.5 * (1 + np.cos(np.pi * min(1, step / total))))
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            step += 1
        print(f"epoch {epoch} items {len(items)} loss {np.mean(losses):.4f} {time.time() - started:.0f} s", flush=True)
        torch.save({"state": model.state_dict(), "seen": torch.from_numpy(seen)}, options.out)
    model.eval()
    outcome = report(lambda texts: scores(model, texts), data.development(folder, held_out))
    outcome["within mmlu-pro subjects"] = within_subjects(lambda texts: scores(model, texts), held_out)
    with open(options.out + ".json", "w") as file:
        json.dump(outcome, file, indent=1)


if __name__ == "__main__":
    main()
