"""The kinds of words that the verdict counts, learned with it: router/word_meaning.h says what they are."""

import numpy as np
import torch

from features import WORD_CODES, tagger_features
from scanner import MEANINGS
from tagger_model import CODES as FIRST_CODE

UNIT, MOST = 32, 255  # WORD_MEANING_UNIT, WORD_MEANING_MOST
LEFT_OUT = 0.2
DIMENSIONS = 100


class Words:
    """The words of texts that have a vector, as numbers."""

    def __init__(self):
        self.numbers, self.codes = {}, []

    def of(self, text):
        _, _, starts, ids = tagger_features(text.encode())
        words = []
        for end in starts[1:].astype(np.int64):
            if ids[end - 1] < FIRST_CODE:
                continue
            codes = ids[end - WORD_CODES:end] - FIRST_CODE
            key = codes.tobytes()
            if key not in self.numbers:
                self.numbers[key] = len(self.codes)
                self.codes.append(codes.astype(np.int64))
            words.append(self.numbers[key])
        return torch.tensor(words, dtype=torch.int64)

    def sums(self, rows):
        """Of each word the rows of its codes."""
        return rows[torch.from_numpy(np.array(self.codes))].sum(1)


def amounts(table, texts):
    """What features_of() of router/pii_verdict.c makes of texts, given how much each word is of each kind."""
    count = torch.tensor([len(text) for text in texts])
    total = torch.nn.functional.embedding_bag(torch.cat(texts), table, count.cumsum(0) - count, mode="sum")
    return torch.stack([total / (total + 1.5), total * 4 / (count[:, None] + 8)], 2).flatten(1)


class Kinds(torch.nn.Module):
    def __init__(self, books):
        super().__init__()
        self.books = torch.from_numpy(books.reshape(-1, DIMENSIONS))
        self.layer = torch.nn.Linear(DIMENSIONS, MEANINGS)
        torch.nn.init.normal_(self.layer.weight)
        torch.nn.init.constant_(self.layer.bias, -1)

    def forward(self, vectors, texts):
        """While learning: some words are left out."""
        some = [text[torch.rand(len(text)) > LEFT_OUT] for text in texts]
        used, at = torch.cat(some).unique(return_inverse=True)
        table = torch.relu(self.layer(vectors[used]))
        return torch.nn.functional.dropout(amounts(table, at.split([len(text) for text in some])), 0.2)

    def rows(self):
        """meanings.bin: what each row of the books adds to each kind."""
        with torch.no_grad():
            rows = (self.books @ self.layer.weight.T + self.layer.bias / WORD_CODES) * UNIT
        print(f"{(rows.abs() > 127).double().mean():.5f} of the bytes of meanings.bin are cut off")
        return rows.round().clamp(-127, 127).to(torch.int8)


def counted(sums):
    """How much each word is of each kind as the C code has it, given the sums of its rows of meanings.bin."""
    return sums.clamp(0, MOST) / UNIT
