#!/usr/bin/env python3
"""Write a GGUF of a real model's shape with random weights, for measuring speed.

    make_gguf.py --shape 125m --type Q4_0 /tmp/125m-q4_0.gguf

Every matrix has the one type; Q4_K_M mixes as llama-quantize does (attn_v and ffn_down of half the
layers and the output in Q6_K), TQ2_0 has Q4_K and Q6_K outside the layers. Needs numpy.

With --fade 0.1 the layers behind the second one change little of what the first two say, so that
the same file with --layers 2 is a draft model that guesses well.
"""
import argparse
import struct
import zlib

import numpy

SHAPES = {  # width, layers, heads, key-value heads, feed-forward
    "125m": (768, 12, 12, 12, 2048),
    "1.1b": (2048, 22, 32, 4, 5632),
}
VOCABULARY = 32000
ALIGNMENT = 32
F32, STRING, UINT32, FLOAT32, ARRAY, INT32 = 0, 8, 4, 6, 9, 5

# Name: number in GGUF, weights a block, bytes a block, where its F16 scales lie, and the spread of
# a weight for a scale of 1 and random bits.
TYPES = {
    "F16": (1, 1, 2, (), 1),
    "Q4_0": (2, 32, 18, (0,), 4.6),
    "Q8_0": (8, 32, 34, (0,), 74),
    "Q4_K": (12, 256, 144, (0, 2), 200),
    "Q5_K": (13, 256, 176, (0, 2), 400),
    "Q6_K": (14, 256, 210, (208,), 1370),
    "TQ2_0": (35, 256, 66, (64,), 0.8),
}


def random_matrix(rng, kind, rows, columns, times):
    number, block, size, scales, spread = TYPES[kind]
    if kind == "F16":
        data = rng.standard_normal((rows, columns), dtype=numpy.float32) * times / columns**0.5
        return data.astype(numpy.float16).tobytes()
    blocks = rows * columns // block
    data = numpy.frombuffer(rng.bytes(blocks * size), dtype=numpy.uint8).reshape(blocks, size).copy()
    if kind == "TQ2_0":  # the fourth value of two bits is not used
        high = (data & 0xAA) >> 1
        data[:] = data & ~(high & data)
    scale = numpy.float16(times / (spread * columns**0.5)).tobytes()
    for at in scales:
        data[:, at], data[:, at + 1] = scale[0], scale[1]
    return data.tobytes()


def kind_of(name, layer, layers, kind):
    outside = name.startswith(("token_embd", "output"))
    if kind == "Q4_K_M":
        more = layer < layers // 8 or layer >= 7 * layers // 8 or (layer - layers // 8) % 3 == 2
        if name.startswith("output") or (more and ("attn_v" in name or "ffn_down" in name)):
            return "Q6_K"
        return "Q4_K"
    if kind == "TQ2_0" and outside:
        return "Q6_K" if name.startswith("output") else "Q4_K"
    return kind


def string(text):
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def field(key, kind, value):
    head = string(key) + struct.pack("<I", kind)
    if kind == STRING:
        return head + string(value)
    return head + struct.pack({UINT32: "<I", FLOAT32: "<f"}[kind], value)


def array(key, kind, values):
    head = string(key) + struct.pack("<IIQ", ARRAY, kind, len(values))
    if kind == STRING:
        return head + b"".join(string(v) for v in values)
    return head + struct.pack(f"<{len(values)}{'f' if kind == FLOAT32 else 'i'}", *values)


def metadata(width, layers, heads, kv_heads, ffn):
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{i:02X}>" for i in range(256)]
    tokens += [f"\u2581w{i}" for i in range(VOCABULARY - len(tokens))]
    kinds = [2, 3, 3] + [6] * 256 + [1] * (VOCABULARY - 259)
    return [
        field("general.architecture", STRING, "llama"),
        field("general.name", STRING, "random weights"),
        field("general.alignment", UINT32, ALIGNMENT),
        field("llama.context_length", UINT32, 2048),
        field("llama.embedding_length", UINT32, width),
        field("llama.block_count", UINT32, layers),
        field("llama.feed_forward_length", UINT32, ffn),
        field("llama.attention.head_count", UINT32, heads),
        field("llama.attention.head_count_kv", UINT32, kv_heads),
        field("llama.rope.dimension_count", UINT32, width // heads),
        field("llama.attention.layer_norm_rms_epsilon", FLOAT32, 1e-5),
        field("llama.rope.freq_base", FLOAT32, 10000.0),
        field("tokenizer.ggml.model", STRING, "llama"),
        array("tokenizer.ggml.tokens", STRING, tokens),
        array("tokenizer.ggml.scores", FLOAT32, [0.0 - i for i in range(VOCABULARY)]),
        array("tokenizer.ggml.token_type", INT32, kinds),
        field("tokenizer.ggml.bos_token_id", UINT32, 1),
        field("tokenizer.ggml.eos_token_id", UINT32, 2),
    ]


def tensors(width, layers, heads, kv_heads, ffn):
    kv = width // heads * kv_heads
    yield "token_embd.weight", -1, (VOCABULARY, width)
    for i in range(layers):
        part = f"blk.{i}."
        yield part + "attn_norm.weight", i, (width,)
        yield part + "attn_q.weight", i, (width, width)
        yield part + "attn_k.weight", i, (kv, width)
        yield part + "attn_v.weight", i, (kv, width)
        yield part + "attn_output.weight", i, (width, width)
        yield part + "ffn_norm.weight", i, (width,)
        yield part + "ffn_gate.weight", i, (ffn, width)
        yield part + "ffn_up.weight", i, (ffn, width)
        yield part + "ffn_down.weight", i, (width, ffn)
    yield "output_norm.weight", -1, (width,)
    yield "output.weight", -1, (VOCABULARY, width)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", choices=SHAPES, required=True)
    parser.add_argument("--type", choices=[*TYPES, "Q4_K_M"], required=True)
    parser.add_argument("--layers", type=int, help="write the first layers only")
    parser.add_argument("--fade", type=float, default=1, help="how much layers behind the second one add")
    parser.add_argument("out")
    options = parser.parse_args()
    shape = list(SHAPES[options.shape])
    shape[1] = options.layers or shape[1]
    infos, at = [], 0
    listed = list(tensors(*shape))
    for name, layer, dims in listed:
        kind = kind_of(name, layer, shape[1], options.type)
        number, block, size = TYPES[kind][:3] if len(dims) == 2 else (F32, 1, 4)
        info = string(name) + struct.pack("<I", len(dims))
        info += b"".join(struct.pack("<Q", d) for d in reversed(dims))
        infos.append(info + struct.pack("<IQ", number, at))
        at += -(-int(numpy.prod(dims)) // block * size // ALIGNMENT) * ALIGNMENT
    fields = metadata(*shape)
    with open(options.out, "wb") as out:
        out.write(struct.pack("<IIQQ", 0x46554747, 3, len(infos), len(fields)))
        out.write(b"".join(fields) + b"".join(infos))
        out.write(bytes(-out.tell() % ALIGNMENT))
        for name, layer, dims in listed:
            if len(dims) == 1:
                out.write(numpy.ones(dims, dtype=numpy.float32).tobytes())
            else:
                # By its name, so that a file with fewer layers has the same ones.
                rng = numpy.random.default_rng(zlib.crc32(name.encode()))
                times = options.fade if layer >= 2 and ("attn_output" in name or "ffn_down" in name) else 1
                out.write(random_matrix(rng, kind_of(name, layer, shape[1], options.type), *dims, times))
            out.write(bytes(-out.tell() % ALIGNMENT))


if __name__ == "__main__":
    main()
