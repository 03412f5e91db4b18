"""The tagger as torch sees it. Activations and convolution weights are rounded as engine/net.c
rounds them, so that what is measured here is what runs there."""

import torch
from torch import nn

# As in router/tagger_features.h: parts of words below, whole words above.
PART_BUCKETS, BUCKETS, WORD_FEATURES, NAME_FEATURE = 32768, 81920, 2, 2
WIDTH, HIDDEN, CLASSES = 48, 80, 9
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
    def __init__(self, dilations=(1, 1, 2, 4, 8), hidden=HIDDEN):
        super().__init__()
        self.dilations = dilations
        self.bag = nn.EmbeddingBag(BUCKETS, WIDTH, mode="sum")
        nn.init.normal_(self.bag.weight, std=0.08)
        self.bias = nn.Parameter(torch.full((WIDTH,), 0.5))
        self.layers = nn.ModuleList(nn.Linear(3 * (hidden if at else WIDTH), hidden) for at in range(len(dilations)))
        self.head = nn.Linear(hidden, CLASSES)

    def forward(self, ids, offsets, mask, dropout=0.0):
        """mask: 1 for tokens, 0 for the gaps between texts, which stay zero in every layer."""
        gap = mask.unsqueeze(1)
        x = activation(self.bag(ids, offsets) + self.bias) * gap
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

    def start_from(self, tensors):
        """The weights of a shipped file (export.read_net), to train on from there."""
        state = {"bag.weight": tensors["embed.weight"] * tensors["embed.scale"], "bias": tensors["embed.bias"]}
        for name in [f"layer.{at}" for at in range(len(self.layers))] + ["head"]:
            own = name.replace("layer.", "layers.")
            state[own + ".weight"] = tensors[name + ".weight"] * tensors[name + ".scale"][:, None]
            state[own + ".bias"] = tensors[name + ".bias"]
        self.load_state_dict({key: torch.tensor(value, dtype=torch.float32) for key, value in state.items()})

    @property
    def residual(self):
        return [int(layer.in_features == 3 * layer.out_features) for layer in self.layers]

    @property
    def reach(self):
        return sum(self.dilations)
