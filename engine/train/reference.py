#!/usr/bin/python3
"""Run a small Llama GGUF in numpy, single precision: the plain reading of the file.

  engine/train/reference.py engine/models/chat.gguf "What is the capital of France?"
  engine/train/reference.py engine/models/chat.gguf --golden tests/golden/chat_greedy.jsonl

The second form answers every conversation of the file greedily and fails when a text differs.
It shares no code with the training: its own reader, tokeniser and layers.
"""
import argparse
import json
import pathlib
import struct
import sys

import numpy

SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def scalar(self, form):
        value, = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return value

    def text(self):
        length = self.scalar("<Q")
        self.at += length
        return self.data[self.at - length:self.at].decode()

    def value(self, kind):
        if kind == 8:
            return self.text()
        if kind == 9:
            inner, count = self.scalar("<I"), self.scalar("<Q")
            return [self.value(inner) for _ in range(count)]
        return self.scalar(SCALARS[kind])


def read_gguf(path):
    """Metadata, and tensors as float32 arrays in row-major order."""
    data = pathlib.Path(path).read_bytes()
    reader = Reader(data)
    if data[:4] != b"GGUF":
        sys.exit(f"{path} is not a GGUF file")
    reader.at = 4
    if reader.scalar("<I") != 3:
        sys.exit(f"{path}: not version 3")
    tensor_count, entry_count = reader.scalar("<Q"), reader.scalar("<Q")
    meta = {}
    for _ in range(entry_count):
        key = reader.text()
        meta[key] = reader.value(reader.scalar("<I"))
    infos = []
    for _ in range(tensor_count):
        name = reader.text()
        shape = [reader.scalar("<Q") for _ in range(reader.scalar("<I"))]
        infos.append((name, shape[::-1], reader.scalar("<I"), reader.scalar("<Q")))
    alignment = meta.get("general.alignment", 32)
    base = -(-reader.at // alignment) * alignment
    tensors = {}
    for name, shape, kind, offset in infos:
        count = int(numpy.prod(shape))
        if kind == 0:
            array = numpy.frombuffer(data, "<f4", count, base + offset)
        elif kind == 8:
            blocks = numpy.frombuffer(data, [("scale", "<f2"), ("values", "i1", 32)], count // 32, base + offset)
            array = blocks["scale"].astype(numpy.float32)[:, None] * blocks["values"].astype(numpy.float32)
        else:
            sys.exit(f"{name}: tensor type {kind} is not read here")
        tensors[name] = array.reshape(shape)
    return meta, tensors


class Tokeniser:
    """SentencePiece's BPE: join the neighbours whose piece has the best score, until none has any."""

    def __init__(self, meta):
        self.tokens = meta["tokenizer.ggml.tokens"]
        self.scores = meta["tokenizer.ggml.scores"]
        self.types = meta["tokenizer.ggml.token_type"]
        self.ids = {token: i for i, token in enumerate(self.tokens)}

    def encode(self, text):
        parts = list(text.replace(" ", "\u2581"))
        while True:
            best = None
            for i in range(len(parts) - 1):
                token = self.ids.get(parts[i] + parts[i + 1])
                if token is not None and self.types[token] == 1 and (best is None or self.scores[token] > best[0]):
                    best = (self.scores[token], i)
            if best is None:
                break
            i = best[1]
            parts[i:i + 2] = [parts[i] + parts[i + 1]]
        ids = []
        for part in parts:
            if part in self.ids:
                ids.append(self.ids[part])
            else:
                ids += [self.ids[f"<0x{byte:02X}>"] for byte in part.encode()]
        return ids

    def decode(self, ids):
        data = b""
        for token in ids:
            if self.types[token] == 6:
                data += bytes([int(self.tokens[token][3:5], 16)])
            elif self.types[token] == 1:
                data += self.tokens[token].replace("\u2581", " ").encode()
        return data.decode(errors="replace")


class Model:
    def __init__(self, path):
        self.meta, self.tensors = read_gguf(path)
        self.tokeniser = Tokeniser(self.meta)
        get = lambda key: self.meta["llama." + key]
        self.layers, self.heads, self.kv_heads = get("block_count"), get("attention.head_count"), get("attention.head_count_kv")
        self.epsilon, self.base, self.rotary = get("attention.layer_norm_rms_epsilon"), get("rope.freq_base"), get("rope.dimension_count")

    def norm(self, x, name):
        return x / numpy.sqrt((x * x).mean(-1, keepdims=True) + self.epsilon) * self.tensors[name]

    def rope(self, x):
        angle = numpy.arange(x.shape[0])[:, None] * self.base ** (-numpy.arange(0, self.rotary, 2) / self.rotary)
        cos, sin = numpy.cos(angle)[:, None, :], numpy.sin(angle)[:, None, :]
        out = numpy.empty_like(x)
        out[..., 0::2] = x[..., 0::2] * cos - x[..., 1::2] * sin
        out[..., 1::2] = x[..., 0::2] * sin + x[..., 1::2] * cos
        return out

    def logits(self, ids):
        """Of the last position."""
        count, width = len(ids), self.rotary
        x = self.tensors["token_embd.weight"][ids]
        mask = numpy.triu(numpy.full((count, count), -numpy.inf, numpy.float32), 1)
        for layer in range(self.layers):
            name = lambda part: f"blk.{layer}.{part}.weight"
            h = self.norm(x, name("attn_norm"))
            project = lambda part, heads: (h @ self.tensors[name(part)].T).reshape(count, heads, width)
            q, k = self.rope(project("attn_q", self.heads)), self.rope(project("attn_k", self.kv_heads))
            v = project("attn_v", self.kv_heads)
            mixed = numpy.empty_like(q)
            for head in range(self.heads):
                group = head // (self.heads // self.kv_heads)
                scores = q[:, head] @ k[:, group].T / numpy.sqrt(width) + mask
                weights = numpy.exp(scores - scores.max(-1, keepdims=True))
                mixed[:, head] = weights / weights.sum(-1, keepdims=True) @ v[:, group]
            x = x + mixed.reshape(count, -1) @ self.tensors[name("attn_output")].T
            h = self.norm(x, name("ffn_norm"))
            gate = h @ self.tensors[name("ffn_gate")].T
            x = x + (gate / (1 + numpy.exp(-gate)) * (h @ self.tensors[name("ffn_up")].T)) @ self.tensors[name("ffn_down")].T
        output = self.tensors.get("output.weight", self.tensors["token_embd.weight"])
        return output @ self.norm(x[-1], "output_norm.weight")

    def answer(self, messages, most=96):
        start, end = self.tokeniser.ids["<|im_start|>"], self.meta["tokenizer.ggml.eos_token_id"]
        encode = self.tokeniser.encode
        ids = []
        for role, content in messages:
            ids += [start, *encode(role + "\n"), *encode(content), end, *encode("\n")]
        ids += [start, *encode("assistant\n")]
        begin = len(ids)
        while len(ids) - begin < most:
            token = int(self.logits(ids).argmax())
            if token == end:
                break
            ids.append(token)
        return self.tokeniser.decode(ids[begin:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("question", nargs="*")
    parser.add_argument("--golden", type=pathlib.Path)
    options = parser.parse_args()
    model = Model(options.model)
    for question in options.question:
        print(model.answer([("user", question)]))
    if options.golden:
        rows = [json.loads(line) for line in options.golden.read_text().splitlines()]
        wrong = 0
        for row in rows:
            text = model.answer(row["messages"])
            if text != row["answer"]:
                wrong += 1
                print(f"{row['messages']}\n  wanted {row['answer']!r}\n  given  {text!r}")
        print(f"{len(rows) - wrong} of {len(rows)} texts are the same")
        sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
