"""Trains the net that tells what a request asks for, what it is about, and an exam question's subject: router/models/kinds.gguf."""

import argparse
import glob
import json
import os
import random

import numpy as np
import torch
from torch import nn

import complexity_data as data
import exam_dev
import judged
import open_ended_dev
import wordnet
import written_exams
from complexity_exams import NAMES, Restyled, made_up_exams, subjects, subjects_at_length
from complexity_tasks import DOMAINS, TASKS, made_up
from corpora import MARK, MARKED
from export import NetWriter
from features import SHAPE, WORD_CODES, complexity_features
from tagger_model import LEVELS, Round, int8_weight
from measure_complexity import apgr
from train_complexity import batch_of

BUCKETS, WIDTH = 12288, 64  # of hashed features; the rows of the words' codes follow
HASH_DROP, WORD_DROP, WORD_SCALE = 0.3, 0.1, 0.5
WORDLESS = 16  # channels that the words' vectors leave alone: what is asked for stands in a few words among many
EMBED_CLIP = 6.0
GIVEN, PASTED = ("summarise", "translate", "rewrite", "extract", "classify", "writing", "code"), 0.35
T, D, S = len(TASKS), len(DOMAINS), len(NAMES)
GAIN_OF = {name: gain for name, gain, _, _ in subjects()}
DOMAIN_OF = {name: domain for name, _, domain, _ in subjects()}
SUBJECT_ODDS = torch.logit(torch.tensor(list(GAIN_OF.values())))
USUAL_GAIN = 0.2  # of a pair of models on MMLU-Pro

DEV_TASK = {"coding": "code", "maths": "maths", "reasoning": "reasoning", "extraction": "extract", "stem": "question",
            "roleplay": "roleplay", "writing": "writing", "humanities": "question"}


class Kinds(nn.Module):
    """
    The words' vectors go through one projection, so that the rows of their codes (books times projection, as
    exported) keep saying the same of words that no training text holds.
    """

    def __init__(self, books):
        super().__init__()
        self.register_buffer("books", books)
        self.meaning = nn.Linear(books.shape[1], WIDTH, bias=False)
        nn.init.normal_(self.meaning.weight, std=WORD_SCALE)
        self.register_buffer("told", (torch.arange(WIDTH) < WIDTH - WORDLESS).float().unsqueeze(1))
        self.bag = nn.EmbeddingBag(BUCKETS, WIDTH, mode="sum")
        nn.init.normal_(self.bag.weight, std=0.05)
        self.dense = nn.Linear(SHAPE, WIDTH)
        self.register_buffer("mean", torch.zeros(SHAPE))
        self.register_buffer("deviation", torch.ones(SHAPE))
        self.head = nn.Linear(WIDTH, T + D + S)

    def forward(self, ids, offsets, counts, dense, codes, code_offsets, code_counts, dropout=0.0):
        vectors = nn.functional.embedding_bag(codes, self.books, code_offsets, mode="sum")
        x = self.bag(ids, offsets) + nn.functional.linear(vectors, self.meaning.weight * self.told)
        x = x / (counts + code_counts).clamp_min(1).sqrt().unsqueeze(1)
        x = torch.clamp(x + self.dense((dense[:, :SHAPE] - self.mean) / self.deviation), 0, EMBED_CLIP) / (EMBED_CLIP / LEVELS)
        x = Round.apply(x) * (EMBED_CLIP / LEVELS)
        if dropout:
            x = nn.functional.dropout(x, dropout)
        return nn.functional.linear(x, int8_weight(self.head.weight), self.head.bias)


def with_text(rng, items, passages):
    """Some of the requests that a text may be given with, with one: its words must not drown theirs."""
    made = []
    for prompt, task, domain, about in items:
        if task in GIVEN and len(prompt) < 200 and rng.random() < PASTED:
            text, domain = rng.choice(passages)[0], None
            prompt = prompt + rng.choice(["\n\n", "\n", " "]) + text if rng.random() < .7 else text + "\n\n" + prompt
        made.append((prompt, task, domain, about))
    return made


def inputs_of(texts, drop=0.0, word_drop=0.0):
    inputs, segments, codes = batch_of(texts, drop, BUCKETS)
    if word_drop:
        codes = [c.reshape(-1, WORD_CODES)[np.random.rand(len(c) // WORD_CODES) >= word_drop].ravel() for c in codes]
    counts = np.array([len(c) for c in codes], np.int64)
    return (*inputs, torch.from_numpy(np.concatenate(codes).astype(np.int64)), torch.from_numpy(np.cumsum(counts) - counts),
            torch.from_numpy(counts.astype(np.float32))), segments[:3]


def combined(outputs, mass, owner, count):
    """
    Tasks without "text", how likely each paragraph is text, domains, subjects; router/complexity.c does the same. Of a request with a
    text in a paragraph of its own, that is no request.
    """
    def mean(values, weight):
        total = torch.zeros(count).index_add(0, owner, weight).clamp_min(1e-9)
        return torch.zeros(count, values.shape[1]).index_add(0, owner, values * weight.unsqueeze(1)) / total.unsqueeze(1)
    tasks, domains = torch.softmax(outputs[:, :T], 1), torch.softmax(outputs[:, T:T + D], 1)
    asks = (1 - tasks[:, -1]).clamp_min(1e-4)
    return (mean(tasks[:, :-1] / asks.unsqueeze(1), mass * asks), torch.ones(count).scatter_reduce(0, owner, tasks[:, -1], "amin"),
            mean(domains, mass * asks), mean(torch.softmax(outputs[:, T + D:], 1), mass * asks))


def told(model, texts):
    with torch.no_grad():
        inputs, segments = inputs_of(texts)
        tasks, _, domains, _ = combined(model(*inputs), *segments)
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


def definition_rows(rng, groups, count):
    """WordNet's definitions as they are or as questions; large groups no more often than those of 400."""
    rows = []
    for about in rng.choices(list(groups), [min(len(texts), 400) ** .5 for texts in groups.values()], k=count):
        text = rng.choice(groups[about])
        if rng.random() < .5:
            head, _, meaning = text.partition(": ")
            options = [name.partition(":")[0].split(",")[0] for name in rng.choices(groups[about], k=3)] + [head.split(",")[0]]
            rng.shuffle(options)
            text = rng.choice(["Which term means the following: {}?", "{} is called", "What is described by: {}"]).format(meaning.split(";")[0])
            text += "\n" + "\n".join(f"{'ABCD'[i]}. {o}" for i, o in enumerate(options))
        rows.append((text, about))
    return rows


def written_rows(rng, questions, times):
    """Each question so many times, put in different ways."""
    by_subject = {}
    for question in questions:
        by_subject.setdefault(question.subject, []).append(question)
    rows = []
    for question in questions * times:
        text, shown = written_exams.laid_out(question, rng, [q for q in by_subject[question.subject] if q != question])
        rows.append((text, "choice" if shown else None, DOMAIN_OF[question.subject], (question.subject,)))
    return rows


def texts_by_other_hands():
    """News and court paragraphs that ask for nothing."""
    court = os.path.join(os.path.dirname(os.path.abspath(__file__)), "written", "court.jsonl")
    found = []
    for path in sorted(glob.glob(os.path.join(MARKED, "news_*.jsonl"))) + [court]:
        for line in open(path, encoding="utf-8"):
            found.append((MARK.sub(r"\2", json.loads(line)["text"]), None))
    return found


REQUESTS = (("summarise", "Summarize the following text."), ("summarise", "Please give me a short summary of this:"),
            ("translate", "Translate the following paragraph into German:"), ("rewrite", "Correct the spelling and grammar of the text below."),
            ("extract", "List all names that are mentioned in this text."), ("classify", "Is the tone of this text positive or negative?"),
            ("code", "Write a Python function that counts the words of this text:"), ("writing", "Write a poem based on this:"))


def measure_given(model, passages):
    """A request in a few words with a text that was not trained on, in one paragraph."""
    measure(model, "with a text", [(f"{request}\n\n{text}", task, None) for text, _ in passages for task, request in REQUESTS])


def measure_collections(model, rows):
    """Questions of examinations by source: how often the likeliest subject is one that they belong to."""
    for source in sorted({r.source for r in rows if r.source.startswith("mmlu-pro")}):
        own = [NAMES.index(name) for name in data.SUBJECTS[source].split("|")]
        texts = [data.rendered(r.prompt, random.Random(1)) for r in rows if r.source == source]
        right = 0
        for at in range(0, len(texts), 256):
            with torch.no_grad():
                inputs, segments = inputs_of(texts[at:at + 256])
                right += sum(i in own for i in combined(model(*inputs), *segments)[3].argmax(1).tolist())
        print(f"  {source}: {right / len(texts):.3f} of {len(texts)} right", flush=True)


def measure_subjects(model, questions):
    """[(subject, question, gain)] that no training saw: the right subject, and how well its gain ranks."""
    with torch.no_grad():
        inputs, segments = inputs_of([q for _, q, _ in questions])
        told_subjects = combined(model(*inputs), *segments)[3]
    right = np.mean([NAMES[i] == name for i, (name, _, _) in zip(told_subjects.argmax(1).tolist(), questions)])
    gain = np.array([g for _, _, g in questions])
    print(f"  subjects of {len(questions)}: {right:.3f} right, APGR {apgr((told_subjects @ SUBJECT_ODDS).numpy(), gain):.3f} of {apgr(gain, gain):.3f}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--wordnet", required=True, help="the folder of Debian's wordnet-base: /usr/share/wordnet")
    parser.add_argument("--books", required=True, help="the code books that words_table.py writes")
    parser.add_argument("--out", required=True)
    parser.add_argument("--keep-out", help="a folder of test sets whose items are dropped from training")
    parser.add_argument("--without", help="sources that begin so are not trained on")
    parser.add_argument("--written", type=int, default=9, help="how often an epoch sees each question of exams/")
    parser.add_argument("--requests", type=int, default=5, help="likewise each request of judged/")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    np.random.seed(options.seed)
    rng = random.Random(options.seed)
    folder = os.path.join(options.data, "complexity")
    held_out, train_of_all = data.split(data.read_prompts(folder))
    train = data.trained_on(train_of_all, options.keep_out, options.without)
    restyled, every = Restyled(data.stems(train, rng)), subjects_at_length()
    definitions = {}
    for text, about in wordnet.definitions(options.wordnet):
        definitions.setdefault(about, []).append(text)
    passages, more_texts = data.passages(os.path.join(options.data, "pii")), texts_by_other_hands()
    rng.shuffle(passages)
    kept, passages = passages[:200], passages[200:]
    names = ["Mia", "Omar", "Chen", "Ruth", "Ivan", "Aisha", "Tom", "Lena"]
    requests = data.trained_on([data.row_of("request", r) for r in judged.requests("learned")], options.keep_out)
    written = written_exams.trained_on(options.keep_out)
    limit = {"gsm8k": 0.1, "math-level": 0.15, "alpacaeval": 1.0}
    model = Kinds(torch.from_numpy(np.load(options.books)))
    structure = np.concatenate([complexity_features(data.rendered(r.prompt, rng))[2] for r in train[:3000]])[:, :SHAPE]
    model.mean.copy_(torch.from_numpy(structure.mean(0)))
    model.deviation.copy_(torch.from_numpy(structure.std(0) + 0.05))
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.02)
    step = 0
    for epoch in range(options.epochs):
        items = [(data.rendered(r.prompt, rng, plain), None if plain and r.task == "choice" else r.task, r.domain,
                  tuple(data.SUBJECTS[r.source].split("|")) if r.source in data.SUBJECTS else None)
                 for r in train if r.task and rng.random() < limit.get(r.source, 0.5) for plain in (rng.random() < 0.3,)]
        items += with_text(rng, [(p, t, d, None) for _, p, _, t, d in made_up(rng, passages, names, 9000)], passages)
        items += [(p, "choice" if "\n" in p else None, d, (s,)) for p, _, d, s in made_up_exams(rng, 8000, every)]
        items += [(p, None, d, (s,)) for p, _, d, s in restyled.made_up(rng, 6000, every)]
        items += written_rows(rng, written, options.written)
        items += [(p, None, None, about) for p, about in definition_rows(rng, definitions, 3000)]
        for about in rng.choices(list(definitions), [min(len(t), 400) ** .5 for t in definitions.values()], k=3000):
            items.append((restyled.text(rng, rng.choices(definitions[about], k=2)), None, None, about))
        items += [(r.prompt, r.task, r.domain, None) for r in requests * options.requests]
        items += [(p, "text", d, None) for p, d in rng.choices(passages, k=2500) + more_texts]
        rng.shuffle(items)
        losses = []
        for at in range(0, len(items) - 128, 128):
            group = items[at:at + 128]
            texts = [data.varied(t, rng, [p for p, _ in passages]) if k != "text" and rng.random() < .4 else t for t, k, _, _ in group]
            inputs, segments = inputs_of(texts, HASH_DROP, WORD_DROP)
            tasks, text, domains, subject = combined(model(*inputs, 0.1), *segments)
            asked = [i for i, (_, t, _, _) in enumerate(group) if t and t != "text"]
            loss = nn.functional.nll_loss(torch.log(tasks[asked].clamp_min(1e-6)),
                                          torch.tensor([TASKS.index(group[i][1]) for i in asked]))
            plain = [i for i, g in enumerate(group) if texts[i] == g[0] and g[1]]
            is_text = torch.tensor([0.95 if group[i][1] == "text" else 0.05 for i in plain])
            loss = loss + nn.functional.binary_cross_entropy(text[plain].clamp(1e-4, 1 - 1e-4), is_text)
            about = [i for i, (_, _, d, _) in enumerate(group) if d]
            loss = loss + 0.7 * nn.functional.nll_loss(torch.log(domains[about].clamp_min(1e-6)),
                                                       torch.tensor([DOMAINS.index(group[i][2]) for i in about]))
            known = [i for i, g in enumerate(group) if g[3]]
            wanted = torch.zeros(len(known), S)
            for at_row, i in enumerate(known):
                for name in group[i][3]:
                    wanted[at_row, NAMES.index(name)] = 1 / len(group[i][3])
            loss = loss - 1.5 * (wanted * torch.log(subject[known].clamp_min(1e-6))).sum(1).mean()
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
    for kept_requests in ("kept", "languages"):
        measure(model, kept_requests, [(r.text, r.task, r.domain) for r in judged.requests(kept_requests)])
    measure(model, "hand-written", [(p, DEV_TASK[k], None) for k, p, _ in open_ended_dev.rows()])
    measure(model, "new passages", [(p, None, d) for p, d in kept])
    measure_given(model, kept)
    measure_subjects(model, exam_dev.rows())
    measure_subjects(model, [(q.subject, written_exams.as_printed(q), GAIN_OF[q.subject]) for q in written_exams.questions()[0]])
    unseen = options.without and "mmlu-pro".startswith(options.without)
    measure_collections(model, held_out + train_of_all if unseen else held_out)
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    dense = state["dense.weight"] / state["deviation"]
    writer = NetWriter("penstock kinds")
    rows = np.concatenate([state["bag.weight"], state["books"] @ (state["meaning.weight"] * state["told"]).T])
    writer.table(rows, state["dense.bias"] - dense @ state["mean"], "sqrt", EMBED_CLIP)
    writer.floats("dense.weight", np.ascontiguousarray(dense.T))
    writer.shapes([], [], [], [])
    writer.layer("head", state["head.weight"], state["head.bias"])
    writer.file.string("kinds.tasks", " ".join(TASKS))
    writer.file.string("kinds.domains", " ".join(DOMAINS))
    writer.file.string("kinds.subjects", "|".join(NAMES))
    writer.floats("kinds.subject_odds", SUBJECT_ODDS.numpy())
    known = data.gains_by_subject(folder, {str(r.prompt) for r in train})
    relative = torch.tensor([known.get(name, 1.0) for name in NAMES])
    writer.floats("kinds.outcome_odds", (torch.logit(USUAL_GAIN * relative) - torch.logit(torch.tensor(USUAL_GAIN))).numpy())
    writer.write(options.out)


if __name__ == "__main__":
    main()
