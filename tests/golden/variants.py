#!/usr/bin/env python3
"""Writes models/variant-*.gguf: tiny decoders of random weights with what few files have.

usage: variants.py models [LOGITS]

llama: queries, keys and values in one matrix, biases everywhere, a rope factor without a type, numbers
as lists of one for each layer. gemma3: a list of the layers that have the window. The vocabulary is that
of models/llama-linear.gguf. LOGITS is llama_logits.c, built; with it the golden files are written too.
"""
import json
import random
import struct
import subprocess
import sys

WIDTH, HIDDEN, HEADS, SIZE = 32, 48, 2, 16
PROMPTS = {"one": [1], "seven": [1, 17, 300, 45, 260, 99, 411], "long": [1] + [3 + i * 37 % 500 for i in range(60)]}


def string(text):
    return struct.pack("<Q", len(text)) + text.encode()


def value(key, kind, form, *values):
    return string(key) + struct.pack("<I", kind) + struct.pack("<" + form, *values)


def vocabulary(path):
    data = open(path, "rb").read()
    first = data.index(struct.pack("<Q", 20) + b"tokenizer.ggml.model")
    last = data.index(struct.pack("<Q", 17) + b"token_embd.weight")
    return data[first:last], data.count(b"tokenizer.ggml.", first, last)


def metadata(arch, layers):
    values = [string("general.architecture") + struct.pack("<I", 8) + string(arch)]
    for key, n in (("context_length", 256), ("embedding_length", WIDTH), ("block_count", layers),
                   ("feed_forward_length", HIDDEN), ("attention.head_count_kv", 1),
                   ("attention.key_length", SIZE), ("attention.value_length", SIZE)):
        values.append(value(f"{arch}.{key}", 4, "I", n))
    values.append(value(f"{arch}.attention.layer_norm_rms_epsilon", 6, "f", 1e-5))
    values.append(value(f"{arch}.attention.head_count", 9, f"IQ{layers}I", 4, layers, *[HEADS] * layers))
    values.append(value(f"{arch}.rope.scaling.factor", 6, "f", 3.0))
    if arch == "gemma3":
        values.append(value("gemma3.attention.sliding_window", 4, "I", 9))
        values.append(value("gemma3.attention.sliding_window_pattern", 9, f"IQ{layers}B", 7, layers, 0, 1))
    return values


def shapes(arch, layers):
    tensors = {"token_embd.weight": (512, WIDTH), "output_norm.weight": (WIDTH,)}
    matrices = {"attn_output": (WIDTH, HEADS * SIZE), "ffn_gate": (HIDDEN, WIDTH), "ffn_up": (HIDDEN, WIDTH),
                "ffn_down": (WIDTH, HIDDEN)}
    norms = {"attn_norm": WIDTH, "ffn_norm": WIDTH}
    if arch == "llama":
        matrices["attn_qkv"] = ((HEADS + 2) * SIZE, WIDTH)
    else:
        matrices.update(attn_q=(HEADS * SIZE, WIDTH), attn_k=(SIZE, WIDTH), attn_v=(SIZE, WIDTH))
        norms.update(post_attention_norm=WIDTH, post_ffw_norm=WIDTH, attn_q_norm=SIZE, attn_k_norm=SIZE)
    for i in range(layers):
        for name, n in norms.items():
            tensors[f"blk.{i}.{name}.weight"] = (n,)
        for name, shape in matrices.items():
            tensors[f"blk.{i}.{name}.weight"] = shape
            if arch == "llama":
                tensors[f"blk.{i}.{name}.bias"] = shape[:1]
    return tensors


def write(path, arch, layers, words):
    draw, table, data = random.Random(arch), b"", b""
    values, tensors = metadata(arch, layers), shapes(arch, layers)
    for name, shape in tensors.items():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        middle, spread = (1, 0.2) if "norm" in name else (0, 0.3)
        data += b"\0" * (-len(data) % 32)
        table += string(name) + struct.pack("<I", len(shape))
        table += b"".join(struct.pack("<Q", n) for n in reversed(shape))
        table += struct.pack("<IQ", 0, len(data))
        data += struct.pack(f"<{count}f", *(draw.gauss(middle, spread) for _ in range(count)))
    out = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(values) + words[1])
    out += b"".join(values) + words[0] + table
    with open(path, "wb") as f:
        f.write(out + b"\0" * (-len(out) % 32) + data)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    words = vocabulary(sys.argv[1] + "/llama-linear.gguf")
    for arch, layers in (("llama", 1), ("gemma3", 2)):
        path = f"{sys.argv[1]}/variant-{arch}.gguf"
        write(path, arch, layers, words)
        prompts = []
        for name, tokens in PROMPTS.items() if len(sys.argv) == 3 else ():
            told = subprocess.run([sys.argv[2], path, *map(str, tokens)], check=True, capture_output=True)
            prompts.append({"name": name, "tokens": tokens, "logits_f32": json.loads(told.stdout)})
        if prompts:
            with open(path.replace(".gguf", ".golden.json"), "w", encoding="utf-8") as f:
                json.dump({"prompts": prompts}, f, separators=(",", ":"))


if __name__ == "__main__":
    main()
