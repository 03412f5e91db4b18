"""The network of the built-in chat model: Llama's layers, small, in torch."""
import dataclasses

import torch
from torch import nn
from torch.nn import functional as F


@dataclasses.dataclass(frozen=True)
class Shape:
    vocab: int = 1536
    width: int = 192
    layers: int = 6
    heads: int = 6
    kv_heads: int = 2
    head_width: int = 32
    feed: int = 512
    context: int = 1024
    rope_base: float = 10000.0
    epsilon: float = 1e-5


class Norm(nn.Module):
    def __init__(self, width, epsilon):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x):
        x = x.float()
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon) * self.weight


def rope_tables(shape, length):
    """Angles for pairs (2i, 2i+1): the pairing of GGUF's llama architecture."""
    i = torch.arange(0, shape.head_width, 2, dtype=torch.float32)
    angle = torch.arange(length, dtype=torch.float32)[:, None] * shape.rope_base ** (-i / shape.head_width)
    return angle.cos(), angle.sin()


def rope(x, cos, sin):
    even, odd = x[..., 0::2].float(), x[..., 1::2].float()
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), dim=-1).flatten(-2)


class Layer(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.s = s
        self.attn_norm = Norm(s.width, s.epsilon)
        self.attn_q = nn.Linear(s.width, s.heads * s.head_width, bias=False)
        self.attn_k = nn.Linear(s.width, s.kv_heads * s.head_width, bias=False)
        self.attn_v = nn.Linear(s.width, s.kv_heads * s.head_width, bias=False)
        self.attn_output = nn.Linear(s.heads * s.head_width, s.width, bias=False)
        self.ffn_norm = Norm(s.width, s.epsilon)
        self.ffn_gate = nn.Linear(s.width, s.feed, bias=False)
        self.ffn_up = nn.Linear(s.width, s.feed, bias=False)
        self.ffn_down = nn.Linear(s.feed, s.width, bias=False)

    def forward(self, x, cos, sin, mask):
        s = self.s
        batch, length, _ = x.shape
        h = self.attn_norm(x)
        q = rope(self.attn_q(h).view(batch, length, s.heads, s.head_width).transpose(1, 2), cos, sin)
        k = rope(self.attn_k(h).view(batch, length, s.kv_heads, s.head_width).transpose(1, 2), cos, sin)
        v = self.attn_v(h).view(batch, length, s.kv_heads, s.head_width).transpose(1, 2)
        group = s.heads // s.kv_heads
        # Head h reads key/value head h / group: one batch of matrices per key/value head.
        q = q.reshape(batch, s.kv_heads, group * length, s.head_width)
        scores = torch.matmul(q, k.transpose(-1, -2)) * s.head_width ** -0.5
        scores = scores.view(batch, s.kv_heads, group, length, length) + mask
        weights = torch.softmax(scores.float(), dim=-1).view(batch, s.kv_heads, group * length, length)
        mixed = torch.matmul(weights.to(v.dtype), v).reshape(batch, s.heads, length, s.head_width)
        x = x + self.attn_output(mixed.transpose(1, 2).reshape(batch, length, -1))
        h = self.ffn_norm(x)
        return x + self.ffn_down(F.silu(self.ffn_gate(h)) * self.ffn_up(h))


class Chat(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        self.token_embd = nn.Embedding(shape.vocab, shape.width)
        self.blk = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.output_norm = Norm(shape.width, shape.epsilon)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                deep = name.endswith(("attn_output.weight", "ffn_down.weight"))
                nn.init.normal_(weight, std=0.04 / ((2 * shape.layers) ** 0.5 if deep else 1))

    def hidden(self, tokens):
        length = tokens.shape[1]
        cos, sin = rope_tables(self.shape, length)
        mask = torch.full((length, length), float("-inf")).triu(1)
        x = self.token_embd(tokens)
        for layer in self.blk:
            x = layer(x, cos, sin, mask)
        return self.output_norm(x)

    def logits(self, hidden):
        """The output matrix is the embedding's (tied), as in a GGUF without output.weight."""
        return F.linear(hidden, self.token_embd.weight)
