"""The tagger as torch sees it. Activations and convolution weights are rounded as engine/net.c
rounds them, so that what is measured here is what runs there."""

import torch
from torch import nn

# As in router/tagger_features.h: parts of words, whole words, the codes of word vectors.
PART_BUCKETS, CODES, BUCKETS, WORD_FEATURES, NAME_FEATURE = 32768, 65536, 68096, 2, 2
WIDTH, HIDDEN, CLASSES = 64, 80, 9
CLIP = 4.0
LEVELS = 127


class Round(torch.autograd.Function):
    @staticmethod
    def forward(_, x):
        return torch.round(x)

    @staticmethod
    def backward(_, gradient):
        return gradient


def activation(x):
    """ReLU, clipped, in 127 steps."""
    step = CLIP / LEVELS
    return Round.apply(torch.clamp(x, 0, CLIP) / step) * step


def int8_weight(weight):
    """One scale per output row."""
    scale = weight.detach().abs().amax(dim=1, keepdim=True).clamp_min(1e-8) / LEVELS
    return Round.apply(weight / scale).clamp(-LEVELS, LEVELS) * scale


class Tagger(nn.Module):
    def __init__(self, books, dilations=(1, 1, 2, 4, 8), hidden=HIDDEN):
        """books: the code books of word vectors (words_table.py). Their rows begin as a projection, learned with
        all else, and differ from it by what is learned of each row."""
        super().__init__()
        self.dilations = dilations
        self.register_buffer("books", books)
        self.project = nn.Parameter(torch.randn(books.shape[1], WIDTH) * 0.4)
        self.codes = nn.Parameter(torch.zeros(len(books), WIDTH))
        self.own = nn.Parameter(torch.randn(CODES, WIDTH) * 0.08)
        self.bias = nn.Parameter(torch.full((WIDTH,), 0.5))
        self.layers = nn.ModuleList(nn.Linear(3 * (hidden if at else WIDTH), hidden) for at in range(len(dilations)))
        self.head = nn.Linear(hidden, CLASSES)

    def table(self):
        return torch.cat([self.own, self.books @ self.project + self.codes])

    def forward(self, ids, offsets, mask, dropout=0.0):
        """mask: 1 for tokens, 0 for the gaps between texts, which stay zero in every layer."""
        gap = mask.unsqueeze(1)
        x = activation(nn.functional.embedding_bag(ids, self.table(), offsets, mode="sum") + self.bias) * gap
        if dropout:
            x = nn.functional.dropout(x, dropout)
        for layer, dilation in zip(self.layers, self.dilations):
            padded = nn.functional.pad(x, (0, 0, dilation, dilation))
            count = x.shape[0]
            taps = torch.cat([padded[:count], x, padded[2 * dilation:]], dim=1)
            y = nn.functional.linear(taps, int8_weight(layer.weight), layer.bias)
            x = activation(y + x if y.shape == x.shape else y) * gap
        if dropout:
            x = nn.functional.dropout(x, dropout)
        return nn.functional.linear(x, int8_weight(self.head.weight), self.head.bias)

    @property
    def residual(self):
        return [int(layer.in_features == 3 * layer.out_features) for layer in self.layers]

    @property
    def reach(self):
        return sum(self.dilations)
