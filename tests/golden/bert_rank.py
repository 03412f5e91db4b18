#!/usr/bin/python3
"""Writes models/bert-rank.gguf: a tiny encoder of random weights with a classification head.

usage: bert_rank.py models/bert.gguf models/bert-rank.gguf   (the first lends its vocabulary)
"""
import struct
import sys

import numpy as np

WIDTH, HIDDEN, CONTEXT, LABELS = 32, 64, 64, ["positive", "negative", "neither"]


def vocabulary(path):
    """The tokenizer's metadata, as it lies in the file: the last values before the tensors."""
    data = open(path, "rb").read()
    first = data.index(struct.pack("<Q", 20) + b"tokenizer.ggml.model")
    last = data.index(struct.pack("<Q", 17) + b"token_embd.weight")
    return data[first:last], 10


def string(text):
    return struct.pack("<Q", len(text)) + text.encode()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    draw = np.random.default_rng(7)
    values = [string("general.architecture") + struct.pack("<I", 8) + string("bert")]
    for key, n in (("context_length", CONTEXT), ("embedding_length", WIDTH), ("block_count", 1),
                   ("feed_forward_length", HIDDEN), ("attention.head_count", 2),
                   ("pooling_type", 4)):
        values.append(string("bert." + key) + struct.pack("<II", 4, n))
    values.append(string("bert.attention.layer_norm_epsilon") + struct.pack("<If", 6, 1e-12))
    values.append(string("bert.attention.causal") + struct.pack("<IB", 7, 0))
    values.append(string("bert.classifier.output_labels")
                  + struct.pack("<IIQ", 9, 8, len(LABELS)) + b"".join(map(string, LABELS)))
    words, word_count = vocabulary(sys.argv[1])
    tensors = {"token_embd.weight": (512, WIDTH), "token_types.weight": (2, WIDTH),
               "position_embd.weight": (CONTEXT, WIDTH), "token_embd_norm.weight": (WIDTH,),
               "token_embd_norm.bias": (WIDTH,), "cls.weight": (WIDTH, WIDTH), "cls.bias": (WIDTH,),
               "cls.output.weight": (len(LABELS), WIDTH), "cls.output.bias": (len(LABELS),)}
    for name, rows, cols in (("attn_q", WIDTH, WIDTH), ("attn_k", WIDTH, WIDTH),
                             ("attn_v", WIDTH, WIDTH), ("attn_output", WIDTH, WIDTH),
                             ("ffn_up", HIDDEN, WIDTH), ("ffn_down", WIDTH, HIDDEN)):
        tensors["blk.0.%s.weight" % name] = (rows, cols)
        tensors["blk.0.%s.bias" % name] = (rows,)
    for name in ("attn_output_norm", "layer_output_norm"):
        tensors["blk.0.%s.weight" % name] = tensors["blk.0.%s.bias" % name] = (WIDTH,)
    table, data = b"", b""
    for name, shape in tensors.items():
        half = name == "token_embd.weight"
        weights = draw.normal(1 if "norm.weight" in name else 0, 0.2 if len(shape) == 1 else 0.3, shape)
        data += b"\0" * (-len(data) % 32)
        table += string(name) + struct.pack("<I", len(shape))
        table += b"".join(struct.pack("<Q", n) for n in reversed(shape))
        table += struct.pack("<IQ", 1 if half else 0, len(data))
        data += weights.astype("<f2" if half else "<f4").tobytes()
    out = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(values) + word_count)
    out += b"".join(values) + words + table
    out += b"\0" * (-len(out) % 32) + data + b"\0" * (-len(data) % 32)
    open(sys.argv[2], "wb").write(out)


if __name__ == "__main__":
    main()
