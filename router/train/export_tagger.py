"""Calibrates a trained tagger on the development sets and writes it as a file."""

import numpy as np
import torch

from export import NetWriter
from tagger_data import ADDRESS, KIND_NAMES, LOCATION, ORGANIZATION, IdentityGenerator
from tagger_model import CLASSES, CLIP
from tagger_batches import labelled, labels_of, logits_of


def scored_spans(model, items, bias):
    """For every span found: its kind, mean logit, and whether it is right in full."""
    rows = []
    for (_, _, truth), logits in logits_of(model, items):
        guess, logits = labels_of(logits, bias), logits.double()
        kinds = np.where(guess > 0, (guess - 1) // 2, -1)
        at = 0
        while at < len(guess):
            if kinds[at] < 0:
                at += 1
                continue
            stop = at + 1
            while stop < len(guess) and guess[stop] == 2 + 2 * kinds[at]:
                stop += 1
            kind = int(kinds[at])
            if not (truth[at:stop] == -100).any():
                inside = torch.logsumexp(logits[at:stop, 1 + 2 * kind:3 + 2 * kind], 1)
                rest = [c for c in range(CLASSES) if c not in (1 + 2 * kind, 2 + 2 * kind)]
                score = (inside - torch.logsumexp(logits[at:stop][:, rest], 1)).mean().item()
                # Right: every token of it belongs to that kind. Corpora call addresses places, and do not
                # agree whether a shop, a team named for its country or a government is a place.
                kinds_meant = {ADDRESS: (ADDRESS, LOCATION), LOCATION: (LOCATION, ORGANIZATION),
                               ORGANIZATION: (LOCATION, ORGANIZATION)}.get(kind, (kind,))
                right = all(t > 0 and (t - 1) // 2 in kinds_meant for t in truth[at:stop])
                rows.append((kind, score, right))
            at = stop
    return rows


def fit_platt(scores, right):
    x = torch.tensor(scores, dtype=torch.float64)
    y = torch.tensor(right, dtype=torch.float64)
    factor = torch.ones(1, dtype=torch.float64, requires_grad=True)
    shift = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([factor, shift], max_iter=200)

    def closure():
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(factor * x + shift, y)
        loss.backward()
        return loss

    optimizer.step(closure)
    return factor.item(), shift.item()


def write(model, development, gazetteers, data, bias, path):
    """The file, with scores calibrated on the development sets. bias: see --bias of train_tagger.py."""
    model.eval()
    rows = []
    for texts in development.values():
        rows += scored_spans(model, [labelled(t) for t in texts if t[0].strip()], bias)
    # Addresses are in no corpus; the texts kept for measuring stand in.
    measured = IdentityGenerator(gazetteers, data + "/pii", 998, "measure")
    rows += [row for row in scored_spans(model, [labelled(measured.text()) for _ in range(1500)], bias)
             if row[0] == ADDRESS]
    calibration = []
    for kind, name in enumerate(KIND_NAMES):
        scores = [s for k, s, _ in rows if k == kind]
        right = [float(r) for k, _, r in rows if k == kind]
        factor, shift = fit_platt(scores, right)
        calibration += [factor, shift]
        share = 1 / (1 + np.exp(-(factor * np.array(scores) + shift)))
        bins = np.minimum((share * 10).astype(int), 9)
        error = sum(abs(share[bins == b].mean() - np.array(right)[bins == b].mean()) * (bins == b).mean()
                    for b in range(10) if (bins == b).any())
        print(f"{name}: {len(scores)} spans, right {np.mean(right):.3f}, "
              f"factor {factor:.3f} shift {shift:.3f} ECE {error:.3f}")
    writer = NetWriter("penstock PII tagger")
    state = {k: v.numpy() for k, v in model.state_dict().items()}
    writer.table(model.table().detach().numpy(), state["bias"], "sum", CLIP)
    layers = len(model.dilations)
    writer.shapes([3] * layers, list(model.dilations), model.residual, [CLIP] * layers)
    for at in range(layers):
        writer.layer(f"layer.{at}", state[f"layers.{at}.weight"], state[f"layers.{at}.bias"])
    writer.layer("head", state["head.weight"], state["head.bias"])
    writer.file.string("tagger.classes", " ".join(("O",) + KIND_NAMES))
    writer.floats("tagger.calibration", calibration)
    writer.floats("tagger.bias", [bias])
    writer.floats("tagger.reach", [model.reach])
    writer.write(path)
