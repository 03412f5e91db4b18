"""Texts as the tagger's network takes them: features and labels of every token, many texts to a batch."""

import numpy as np
import torch

from features import tagger_features
from tagger_model import CODES, NAME_FEATURE, PART_BUCKETS, WORD_FEATURES

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


def groups(items, size):
    """Items in their order, as many at once as make a batch."""
    group, total = [], 0
    for item in items:
        group.append(item)
        total += len(item[2]) + GAP
        if total >= size:
            yield group
            group, total = [], 0
    if group:
        yield group


def with_less_known(starts, feature, drop, unknown):
    """Features and counts as if some words had never been seen, in lists, in texts or by word vectors."""
    count = np.diff(starts)
    feature = feature.copy()
    # A word never seen before is one that others happen to share a row with: for some words
    # the row is any row, so that the parts and the neighbours must do.
    for at in starts[:-1][np.random.rand(len(count)) < drop]:
        feature[at:at + WORD_FEATURES] = np.random.randint(PART_BUCKETS, CODES, WORD_FEATURES)
    feature[starts[:-1][np.random.rand(len(count)) < drop] + NAME_FEATURE] = NO_NAME
    token = np.repeat(np.arange(len(count)), count)
    gone = (feature >= CODES) & (np.random.rand(len(count)) < unknown)[token]
    return feature[~gone], count - np.bincount(token[gone], minlength=len(count))


def batch_of(group, drop=0.0, unknown=0.0):
    """What Tagger.forward takes, and the labels. drop, unknown: shares of words made unknown."""
    ids, counts, labels, mask = [], [], [], []
    for starts, feature, label in group:
        count = np.diff(starts)
        if drop or unknown:
            feature, count = with_less_known(starts, feature, drop, unknown)
        ids.append(feature)
        counts += [count, np.zeros(GAP, np.int64)]
        labels += [label, np.full(GAP, -100)]
        mask += [np.ones(len(label), np.float32), np.zeros(GAP, np.float32)]
    counts = np.concatenate(counts)
    offsets = np.cumsum(counts) - counts
    return (torch.from_numpy(np.concatenate(ids)), torch.from_numpy(offsets),
            torch.from_numpy(np.concatenate(mask)), torch.from_numpy(np.concatenate(labels)))


def logits_of(model, items):
    """(item, logits of its tokens) for every item."""
    for group in groups(items, 4096):
        with torch.no_grad():
            logits = model(*batch_of(group)[:3])
        at = 0
        for item in group:
            yield item, logits[at:at + len(item[2])]
            at += len(item[2]) + GAP


def labels_of(logits, bias):
    """Labels as router/pii_tagger.c reads them: the likeliest ones of which none goes on with what has not begun."""
    logits = logits.numpy().astype(np.float64)
    logits[:, 0] -= bias
    classes = logits.shape[1]
    paths, before = np.full(classes, -1e30), []
    paths[0] = 0
    for row in logits:
        last = np.full(classes, paths.argmax())
        for begins in range(1, classes, 2):
            last[begins + 1] = begins if paths[begins] >= paths[begins + 1] else begins + 1
        before.append(last)
        paths = paths[last] + row
    labels = [int(paths.argmax())]
    for last in before[:0:-1]:
        labels.append(int(last[labels[-1]]))
    return np.array(labels[::-1])
