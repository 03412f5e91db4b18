"""How often kinds.gguf names an examination's subject, and how the score ranks questions by what is known of their subjects."""

import argparse
import collections
import json
import os

import numpy as np

import exam_dev
import written_exams
from complexity_exams import NAMES, subjects
from complexity_tasks import DOMAINS, TASKS
from export import read_net
from features import SHAPE, complexity_features
from measure_complexity import auc, rank_correlation, through

EMBED_CLIP, LEVELS = 6.0, 127
NEAR = 0.03  # gains that are as good as the same
# Of MMLU, from memory: subject, questions, per cent that GPT-4 and Mixtral-8x7B answer rightly.
MMLU = """
abstract algebra|100|57|40
anatomy|135|84|70
astronomy|152|92|80
business ethics|100|83|72
clinical knowledge|265|88|79
college biology|144|94|82
college chemistry|100|56|53
college computer science|100|75|60
college mathematics|100|53|42
college medicine|173|79|73
college physics|102|68|43
computer security|100|86|80
conceptual physics|235|87|66
econometrics|114|71|62
electrical engineering|145|78|66
elementary mathematics|378|76|46
formal logic|126|66|53
global facts|100|57|43
high school biology|310|94|83
high school chemistry|203|74|61
high school computer science|100|91|72
high school European history|165|88|80
high school geography|198|94|87
high school government|193|99|95
high school macroeconomics|390|89|72
high school mathematics|270|56|37
high school microeconomics|238|94|79
high school physics|151|70|47
high school psychology|545|95|88
high school statistics|216|78|62
high school US history|204|94|86
high school world history|237|94|87
human aging|223|85|77
human sexuality|131|90|81
international law|121|92|86
jurisprudence|108|89|83
logical fallacies|163|90|80
machine learning|112|75|56
management|103|91|87
marketing|234|95|92
medical genetics|100|93|79
miscellaneous|783|95|87
moral disputes|346|87|80
moral scenarios|895|77|45
nutrition|306|90|82
philosophy|311|88|80
prehistory|324|92|84
professional accounting|282|72|53
professional law|1534|68|54
professional medicine|272|92|78
professional psychology|612|91|78
public relations|110|81|72
security studies|245|84|79
sociology|201|94|89
US foreign policy|100|95|92
virology|166|57|53
world religions|171|89|88
"""
KNOWN = {name: (int(count), (int(strong) - int(weak)) / 100) for name, count, strong, weak in (line.split("|") for line in MMLU.strip().split("\n"))}
GAIN_OF = {name: gain for name, gain, _, _ in subjects()}


def softmax(x):
    shares = np.exp(x - x.max(-1, keepdims=True))
    return shares / shares.sum(-1, keepdims=True)


def subjects_told_by(path):
    """A function of texts: shares of the subjects as router/complexity.c reckons them, without its rounding of sums."""
    net = read_net(path)
    rows = net["embed.weight"] * net["embed.scale"].ravel()
    head = net["head.weight"] * net["head.scale"].reshape(-1, 1)
    buckets = len(rows) - 2560  # behind them the rows of the words' codes: router/word_codes.h

    def told(text):
        starts, ids, dense, words, _, code_starts, codes = complexity_features(text)
        outputs = []
        for s in range(len(starts) - 1):
            at = np.concatenate([ids[starts[s]:starts[s + 1]] % buckets, buckets + codes[code_starts[s]:code_starts[s + 1]]]).astype(int)
            x = rows[at].sum(0) / max(1, len(at)) ** .5 + net["embed.bias"].ravel() + dense[s][:SHAPE] @ net["dense.weight"]
            step = EMBED_CLIP / LEVELS
            outputs.append(head @ (np.round(np.clip(x, 0, EMBED_CLIP) / step) * step) + net["head.bias"].ravel())
        outputs = np.array(outputs)
        asks = np.maximum(1 - softmax(outputs[:, :len(TASKS)])[:, -1], 1e-4)
        weight = np.minimum(1, (np.diff(words) + 1) / 8) * asks
        return weight @ softmax(outputs[:, len(TASKS) + len(DOMAINS):]) / weight.sum()

    return lambda texts: np.array([told(text) for text in texts])


def weighed_apgr(score, gain, weight):
    """measure_complexity.apgr where each text stands for so many."""
    order = np.argsort(-score, kind="stable")
    share = np.cumsum(weight[order]) / weight.sum()
    recovered = np.cumsum((weight * gain)[order]) / (weight * gain).sum()
    return float(np.interp(np.arange(0.05, 1.0, 0.1), share, recovered).mean())


def report(name, rows, told, score):
    """rows: [(subject, text)]"""
    rows = [(subject, text) for subject, text in rows if subject in KNOWN]
    names, texts = [subject for subject, _ in rows], [text for _, text in rows]
    shares, scores = told(texts), score(texts)
    counts = collections.Counter(names)
    weight = np.array([KNOWN[n][0] / counts[n] for n in names])
    gain, own = np.array([KNOWN[n][1] for n in names]), np.array([GAIN_OF[n] for n in names])
    best = [NAMES[i] for i in shares.argmax(1)]
    odds = np.log(np.array(list(GAIN_OF.values())) / (1 - np.array(list(GAIN_OF.values()))))
    figures = {"right": np.mean([a == b for a, b in zip(best, names)]),
               "near": np.mean([abs(GAIN_OF[a] - GAIN_OF[b]) <= NEAR for a, b in zip(best, names)]),
               "APGR of the score": weighed_apgr(scores, gain, weight), "of the subject's gain": weighed_apgr(shares @ odds, gain, weight),
               "of the right subject's": weighed_apgr(own, gain, weight), "by length": weighed_apgr(np.array([len(t) for t in texts]), gain, weight)}
    print(f"  {name} ({len(rows)}):", " ".join(f"{k} {v:.3f}" for k, v in figures.items()), flush=True)


def within(questions, score):
    """How the judged gains are ranked within one subject."""
    groups = collections.defaultdict(list)
    for question, value in zip(questions, score([written_exams.as_printed(q) for q in questions])):
        groups[question.subject].append((value, question.strong - question.weak))
    values, sizes = [], []
    for rows in groups.values():
        scores, gains = np.array(rows).T
        hard = gains > np.median(gains)
        if 0 < hard.sum() < len(hard):
            values.append((auc(scores, hard), rank_correlation(scores, gains)))
            sizes.append(len(rows))
    print("  within subjects, judged gain: AUC %.3f rank %.3f" % tuple(np.average(values, axis=0, weights=sizes)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--penstock", required=True, help="the program, built")
    parser.add_argument("--kinds", required=True, help="kinds.gguf")
    options = parser.parse_args()
    told, score = subjects_told_by(options.kinds), through(options.penstock)
    kept = written_exams.questions()[0]
    report("kept from training", [(q.subject, written_exams.as_printed(q)) for q in kept], told, score)
    report("the same without options", [(q.subject, q.text) for q in kept], told, score)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "probes", "exams.jsonl")
    report("probes", [(written_exams.called(item["kind"]), item["text"]) for item in map(json.loads, open(path, encoding="utf-8"))], told, score)
    report("our own", [(subject, text) for subject, text, _ in exam_dev.rows()], told, score)
    within(kept, score)


if __name__ == "__main__":
    main()
