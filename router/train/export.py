"""Writes a trained net as a GGUF of architecture "penstock-net"; engine/net.c tells the format."""

import os
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
