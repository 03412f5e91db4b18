"""Writes a trained complexity net as router/models/complexity.gguf."""

import argparse

import numpy as np
import torch

from export import NetWriter
from train_complexity import EMBED_CLIP, HIDDEN_CLIP, SHARPNESS, Scorer

# How the odds of a gain grow with the logarithm of a segment's different words, by family, below and above a middle.
SLOPES = ((0.8, 0.15, 0.8, 0.2), (2.4, 0.15, 0.8, 0.2))
MIDDLES = (3.3, 3.3, 3.4, 2.8)
# Factor and offset of the odds by family, so that they say chances (measure_complexity.py).
CALIBRATION = ((0.85, -0.1), (0.7, 0.35), (0.7, 0.4), (0.7, 0.3))
# Of an exam question: factors of the net's odds and of the subject's (train_kinds.py), and an offset; then with many options.
EXAM = ((0.9, 0.6, 0.54), (1.6, 2.0, -0.45))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", required=True)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()
    saved = torch.load(options.weights)
    model = Scorer()
    model.load_state_dict(saved["state"])
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    # The structural features are given as they are: their scaling goes into the weights.
    dense = state["dense.weight"] / state["deviation"]
    bias = state["dense.bias"] - dense @ state["mean"]
    writer = NetWriter("penstock complexity")
    writer.table(state["bag.weight"], bias, "sqrt", EMBED_CLIP)
    writer.floats("dense.weight", np.ascontiguousarray(dense.T))
    writer.shapes([1], [1], [0], [HIDDEN_CLIP])
    writer.layer("layer.0", state["hidden.weight"], state["hidden.bias"])
    writer.layer("head", state["head.weight"], state["head.bias"])
    writer.file.string("complexity.families", "maths exam code open")
    writer.floats("complexity.sharpness", [SHARPNESS])
    writer.floats("complexity.slopes", np.ravel(SLOPES))
    writer.floats("complexity.middles", MIDDLES)
    writer.floats("complexity.exam", np.ravel(EXAM))
    writer.floats("complexity.calibration", np.array(CALIBRATION).T.ravel())
    # Bits of the words seen in training, 16 to a float.
    bits = saved["seen"].numpy().reshape(-1, 16).astype(np.int64)
    writer.floats("complexity.seen", (bits << np.arange(16)).sum(1))
    writer.write(options.out)


if __name__ == "__main__":
    main()
