"""Trains the net that tells what a request asks for and what it is about: router/models/kinds.gguf."""

import argparse
import os
import random
import re

import numpy as np
import torch
from torch import nn

import complexity_data as data
import open_ended_dev
from complexity_exams import made_up_exams
from complexity_tasks import DOMAINS, TASKS, made_up
from export import NetWriter
from features import DENSE, complexity_features
from tagger_model import LEVELS, Round, int8_weight
from train_complexity import batch_of

BUCKETS, WIDTH = 8192, 48
EMBED_CLIP = 6.0
T, D = len(TASKS), len(DOMAINS)

# What the first words of AlpacaEval's prompts say of their task; the others are left out.
RULES = (("code", r"\b(python|javascript|java|sql|latex code|c\+\+|script|regex|function that|code)\b"),
         ("roleplay", r"^(you are|act as|pretend|play the (role|part)|imagine you|i want you to act)"),
         ("summarise", r"^(summari[sz]e|give me a summary|condense)|\btl;?dr\b"),
         ("translate", r"^(translate|how do you say)"),
         ("rewrite", r"^(rewrite|re-write|edit|correct|rephrase|paraphrase|fix|proofread|convert|transform|change|reorganize)"),
         ("classify", r"^(classify|decide (if|whether)|determine (if|whether)|categori[sz]e|is this (review|text|sentence))"),
         ("extract", r"^(extract|identify|find the|list all|read the)"),
         ("writing", r"^(write|compose|draft|create an? (story|poem|e-?mail|post|title|slogan|description)|generate an? (story|poem|title|post|description)|tell me a (story|joke))"),
         ("plan", r"^(suggest|recommend|plan|give me (\w+ )?(ideas|tips|advice)|come up with|brainstorm|make a list|curate|provide (ideas|suggestions))"),
         ("maths", r"^(solve|calculate|compute|what is \d+)"),
         ("question", r"^(what|who|when|where|why|how|which|explain|describe|tell me about|are|is|do|does|can)\b"))
DEV_TASK = {"coding": "code", "maths": "maths", "reasoning": "reasoning", "extraction": "extract", "stem": "question",
            "roleplay": "roleplay", "writing": "writing", "humanities": "question"}


class Kinds(nn.Module):
    def __init__(self):
        super().__init__()
        self.bag = nn.EmbeddingBag(BUCKETS, WIDTH, mode="sum")
        nn.init.normal_(self.bag.weight, std=0.05)
        self.dense = nn.Linear(DENSE, WIDTH)
        self.register_buffer("mean", torch.zeros(DENSE))
        self.register_buffer("deviation", torch.ones(DENSE))
        self.head = nn.Linear(WIDTH, T + D)

    def forward(self, ids, offsets, counts, dense, dropout=0.0):
        x = self.bag(ids, offsets) / counts.clamp_min(1).sqrt().unsqueeze(1)
        x = torch.clamp(x + self.dense((dense - self.mean) / self.deviation), 0, EMBED_CLIP) / (EMBED_CLIP / LEVELS)
        x = Round.apply(x) * (EMBED_CLIP / LEVELS)
        if dropout:
            x = nn.functional.dropout(x, dropout)
        return nn.functional.linear(x, int8_weight(self.head.weight), self.head.bias)


def combined(outputs, mass, owner, count):
    """Tasks without "text", the share of text, domains; router/complexity.c does the same."""
    def mean(values, weight):
        total = torch.zeros(count).index_add(0, owner, weight).clamp_min(1e-9)
        return torch.zeros(count, values.shape[1]).index_add(0, owner, values * weight.unsqueeze(1)) / total.unsqueeze(1)
    tasks, domains = torch.softmax(outputs[:, :T], 1), torch.softmax(outputs[:, T:], 1)
    asks = (1 - tasks[:, -1]).clamp_min(1e-4)
    return (mean(tasks[:, :-1] / asks.unsqueeze(1), mass * asks), mean(tasks[:, -1:], mass).squeeze(1),
            mean(domains, mass * asks))


def alpaca(folder):
    for item in data.read_lines(folder, "alpacaeval_preference.jsonl"):
        task = next((t for t, rule in RULES if re.search(rule, item["prompt"].lower())), None)
        if task:
            yield item["prompt"], task, None


def told(model, texts):
    with torch.no_grad():
        inputs, segments = batch_of(texts, 0.0, BUCKETS)
        tasks, _, domains = combined(model(*inputs), *segments[:3])
    return tasks.argmax(1).numpy(), domains.argmax(1).numpy()


def measure(model, name, rows):
    """Share of right answers; the commonest mistakes."""
    tasks, domains = told(model, [t for t, _, _ in rows])
    for what, names, got, at in (("task", TASKS, tasks, 1), ("domain", DOMAINS, domains, 2)):
        pairs = [(r[at], names[g]) for r, g in zip(rows, got) if r[at]]
        if pairs:
            wrong = {}
            for want, have in pairs:
                if want != have:
                    wrong[want, have] = wrong.get((want, have), 0) + 1
            right = sum(a == b for a, b in pairs)
            print(f"  {name} {what}: {right} of {len(pairs)} = {right / len(pairs):.3f}",
                  sorted(wrong.items(), key=lambda w: -w[1])[:6], flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(4)
    np.random.seed(4)
    rng = random.Random(4)
    folder = os.path.join(options.data, "complexity")
    held_out, train = data.split(data.read_prompts(folder))
    passages = data.passages(os.path.join(options.data, "pii"))
    rng.shuffle(passages)
    kept, passages = passages[:200], passages[200:]
    names = ["Mia", "Omar", "Chen", "Ruth", "Ivan", "Aisha", "Tom", "Lena"]
    prompts = list(alpaca(folder))
    limit = {"gsm8k-steps": 0.1, "math-level": 0.15}
    model = Kinds()
    structure = np.concatenate([complexity_features(data.rendered(r.prompt, rng))[2] for r in train[:3000]])
    model.mean.copy_(torch.from_numpy(structure.mean(0)))
    model.deviation.copy_(torch.from_numpy(structure.std(0) + 0.05))
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.02)
    step = 0
    for epoch in range(options.epochs):
        items = [(data.rendered(r.prompt, rng, plain), None if plain and r.task == "choice" else r.task, r.domain)
                 for r in train if r.task and rng.random() < limit.get(r.source, 0.5) for plain in (rng.random() < 0.3,)]
        items += [(p, t, d) for _, p, _, t, d in made_up(rng, passages, names, 9000)]
        items += [(p, "choice" if "\n" in p else None, d) for p, _, d in made_up_exams(rng, 1500)]
        items += prompts[100:] * 3
        items += [(p, "text", d) for p, d in rng.choices(passages, k=1500)]
        rng.shuffle(items)
        losses = []
        for at in range(0, len(items) - 128, 128):
            group = items[at:at + 128]
            texts = [data.varied(t, rng, [p for p, _ in passages]) if k != "text" and rng.random() < .5 else t for t, k, _ in group]
            inputs, segments = batch_of(texts, 0.15, BUCKETS)
            tasks, text, domains = combined(model(*inputs, 0.1), *segments[:3])
            asked = [i for i, (_, t, _) in enumerate(group) if t and t != "text"]
            loss = nn.functional.nll_loss(torch.log(tasks[asked].clamp_min(1e-6)),
                                          torch.tensor([TASKS.index(group[i][1]) for i in asked]))
            plain = [i for i, g in enumerate(group) if texts[i] == g[0] and g[1]]
            is_text = torch.tensor([0.95 if group[i][1] == "text" else 0.05 for i in plain])
            loss = loss + nn.functional.binary_cross_entropy(text[plain].clamp(1e-4, 1 - 1e-4), is_text)
            about = [i for i, (_, _, d) in enumerate(group) if d]
            loss = loss + 0.7 * nn.functional.nll_loss(torch.log(domains[about].clamp_min(1e-6)),
                                                       torch.tensor([DOMAINS.index(group[i][2]) for i in about]))
            for part in optimizer.param_groups:
                part["lr"] = 4e-3 * max(0.02, 1 - step / (options.epochs * len(items) / 128))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            step += 1
        print(f"epoch {epoch} loss {np.mean(losses):.3f}", flush=True)
    model.eval()
    measure(model, "held-out outcomes", [(data.rendered(r.prompt, rng), r.task, r.domain) for r in held_out if r.task])
    measure(model, "AlpacaEval by rule", prompts[:100])
    measure(model, "hand-written", [(p, DEV_TASK[k], None) for k, p, _ in open_ended_dev.rows()])
    measure(model, "new passages", [(p, None, d) for p, d in kept])
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    dense = state["dense.weight"] / state["deviation"]
    writer = NetWriter("penstock kinds")
    writer.table(state["bag.weight"], state["dense.bias"] - dense @ state["mean"], "sqrt", EMBED_CLIP)
    writer.floats("dense.weight", np.ascontiguousarray(dense.T))
    writer.shapes([], [], [], [])
    writer.layer("head", state["head.weight"], state["head.bias"])
    writer.file.string("kinds.tasks", " ".join(TASKS))
    writer.file.string("kinds.domains", " ".join(DOMAINS))
    writer.write(options.out)


if __name__ == "__main__":
    main()
