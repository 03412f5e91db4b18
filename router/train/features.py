"""The C feature extractors of the router, reached through ctypes.

Build the library once with `ninja router_features` and name it in PENSTOCK_FEATURES.
"""

import ctypes
import os

import numpy as np

_LIBRARY = ctypes.CDLL(os.environ.get("PENSTOCK_FEATURES",
                                      "build/debug/router/librouter_features.so"))
_LIBRARY.tagger_features_of_text.restype = ctypes.c_size_t


def _pointer(array):
    return array.ctypes.data_as(ctypes.c_void_p)


def tagger_features(text):
    """Byte offsets of the tokens, first feature of each token, feature ids."""
    size = len(text)
    begin = np.empty(size + 1, np.uint64)
    end = np.empty(size + 1, np.uint64)
    starts = np.empty(size + 2, np.uint32)
    ids = np.empty((size + 2) * 32, np.uint32)
    count = _LIBRARY.tagger_features_of_text(
        text, ctypes.c_size_t(size), _pointer(begin), _pointer(end), _pointer(starts),
        ctypes.c_size_t(size + 1), _pointer(ids), ctypes.c_size_t(len(ids)))
    assert count <= size
    return (begin[:count].astype(np.int64), end[:count].astype(np.int64),
            starts[:count + 1].copy(), ids[:starts[count]].copy())


# The first SHAPE of the structural features are the text's shape, the others kinds of words.
DENSE, SHAPE, SEEN_BITS = 24, 16, 1 << 17
WORD_CODES = 10  # of a word: router/word_codes.h
_LIBRARY.complexity_features_of_text.restype = ctypes.c_size_t


def complexity_features(text):
    """First id of each segment, ids, structural features; first word of each segment, words; first code, codes."""
    raw = text.encode()
    segments = len(raw) // 24 + 4
    starts, word_starts = np.empty(segments + 1, np.uint32), np.empty(segments + 1, np.uint32)
    room = 2 * len(raw) + 4096
    ids, words, codes = np.empty(room, np.uint32), np.empty(room, np.uint32), np.empty(2 * room, np.uint32)
    code_starts = np.empty(segments + 1, np.uint32)
    dense = np.empty((segments, DENSE), np.float32)
    count = _LIBRARY.complexity_features_of_text(
        raw, ctypes.c_size_t(len(raw)), ctypes.c_size_t(segments), _pointer(starts), _pointer(ids),
        ctypes.c_size_t(room), _pointer(dense), _pointer(words), _pointer(word_starts), _pointer(codes), _pointer(code_starts))
    return (starts[:count + 1].astype(np.int64), ids[:starts[count]], dense[:count],
            word_starts[:count + 1].astype(np.int64), words[:word_starts[count]],
            code_starts[:count + 1].astype(np.int64), codes[:code_starts[count]])
