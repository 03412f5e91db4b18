"""Writes a trained net as a GGUF of architecture "penstock-net"; engine/net.c tells the format."""

import os
import struct
import sys

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "engine", "train"))
import gguf_writer  # noqa: E402

I8 = 24
LEVELS = 127


class NetWriter:
    def __init__(self, name):
        # Rows of the table are cache lines when the table is aligned to one.
        gguf_writer.ALIGNMENT = 64
        self.file = gguf_writer.Writer()
        self.file.string("general.architecture", "penstock-net")
        self.file.string("general.name", name)
        self.file.u32("general.alignment", 64)
        self.file.u32("penstock-net.version", 1)

    def int8(self, name, array):
        data = np.ascontiguousarray(array, dtype=np.int8)
        self.file.tensors.append((name, data.shape[::-1], I8, data.tobytes()))

    def floats(self, name, values):
        self.file.tensor(name, np.asarray(values, dtype=np.float32), "f32")

    def table(self, weight, bias, bag, clip):
        """One scale per channel; the few values beyond it are cut to fit."""
        scale = np.quantile(np.abs(weight), 0.9998, axis=0) / LEVELS
        scale = np.maximum(scale, 1e-8)
        self.int8("embed.weight", np.clip(np.round(weight / scale), -LEVELS, LEVELS))
        self.floats("embed.scale", scale)
        self.floats("embed.bias", bias)
        self.file.string("penstock-net.bag", bag)
        self.file.f32("penstock-net.embed_clip", clip)

    def layer(self, name, weight, bias):
        scale = np.maximum(np.abs(weight).max(axis=1), 1e-8) / LEVELS
        self.int8(name + ".weight", np.round(weight / scale[:, None]))
        self.floats(name + ".scale", scale)
        self.floats(name + ".bias", bias)

    def shapes(self, widths, dilations, residual, clips):
        self.file.ints("penstock-net.width", widths)
        self.file.ints("penstock-net.dilation", dilations)
        self.file.ints("penstock-net.residual", residual)
        self.file.floats("penstock-net.clip", clips)

    def write(self, path):
        self.file.write(path)
        print(path, os.path.getsize(path), "bytes")


def read_net(path):
    """{name: array} of the tensors of a file that NetWriter wrote."""
    data, at = open(path, "rb").read(), 8

    def number(kind):
        nonlocal at
        value = struct.unpack_from("<" + kind, data, at)[0]
        at += struct.calcsize(kind)
        return value

    def text():
        nonlocal at
        size = number("Q")
        at += size
        return data[at - size:at].decode()

    def value(kind):
        if kind == gguf_writer.STRING:
            return text()
        if kind == gguf_writer.ARRAY:
            inner, count = number("I"), number("Q")
            return [value(inner) for _ in range(count)]
        return number({4: "I", 5: "i", 6: "f", 7: "?", 10: "Q"}[kind])

    tensors, entries = number("Q"), number("Q")
    settings = {}
    for _ in range(entries):
        key = text()
        settings[key] = value(number("I"))
    rows = [(text(), [number("Q") for _ in range(number("I"))], number("I"), number("Q")) for _ in range(tensors)]
    alignment = settings["general.alignment"]
    at += -at % alignment
    return {name: np.frombuffer(data, np.int8 if kind == I8 else np.float32, int(np.prod(shape)), at + offset)
            .reshape(shape[::-1]).astype(np.float32) for name, shape, kind, offset in rows}
