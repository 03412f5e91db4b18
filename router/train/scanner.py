"""The whole PII scanner of the router through ctypes: spans, facts and what the verdict rests on."""

import ctypes
import os
import re

import numpy as np

from features import _LIBRARY

ROUTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
TYPE_NAMES = re.findall(r"^PII_TYPE\((\w+)\)", open(os.path.join(ROUTER, "pii_types.def")).read(), re.M)
TYPES, TOPICS = len(TYPE_NAMES), 12
CUES = len(re.findall(r"^CUE\(", open(os.path.join(ROUTER, "pii_cues.def")).read(), re.M))
FORMS = int(re.search(r"PII_FORMS = (\d+)", open(os.path.join(ROUTER, "facts.h")).read()).group(1))
MEANINGS = int(re.search(r"WORD_MEANING_KINDS = (\d+)", open(os.path.join(ROUTER, "word_meaning.h")).read()).group(1))


class Span(ctypes.Structure):
    _fields_ = [("start", ctypes.c_size_t), ("end", ctypes.c_size_t), ("type", ctypes.c_int), ("score", ctypes.c_float),
                ("source", ctypes.c_int), ("validated", ctypes.c_bool), ("encoded", ctypes.c_bool), ("placeholder", ctypes.c_bool),
                ("recognizer", ctypes.c_char_p), ("context", ctypes.c_char_p)]


class Spans(ctypes.Structure):
    _fields_ = [("items", ctypes.POINTER(Span)), ("count", ctypes.c_size_t), ("cap", ctypes.c_size_t)]


class Content(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_char_p), ("len", ctypes.c_size_t)]


class Evidence(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_float), ("topic", ctypes.c_float * TOPICS), ("cue", ctypes.c_float * CUES),
                ("form", ctypes.c_float * FORMS), ("meaning", ctypes.c_uint32 * (1 + MEANINGS)), ("spans", ctypes.c_float * 10), ("best", ctypes.c_float * 2)]


class Facts(ctypes.Structure):
    _fields_ = [("count", ctypes.c_uint16 * TYPES), ("best_score", ctypes.c_float * TYPES), ("validated", ctypes.c_uint16 * TYPES),
                ("identifying", ctypes.c_float), ("topic", ctypes.c_float * TOPICS), ("evidence", Evidence),
                ("alone", ctypes.c_float), ("sensitive", ctypes.c_float)]


_LIBRARY.pii_verdict_features.restype = ctypes.c_size_t
_LIBRARY.pii_verdict_feature_name.restype = ctypes.c_char_p


class Scanner:
    def __init__(self):
        self.scanner, self.scratch = ctypes.c_void_p(), ctypes.c_void_p()
        problem = ctypes.create_string_buffer(4096)
        assert _LIBRARY.pii_scanner_new(ctypes.byref(self.scanner), problem) == 0, problem.raw
        assert _LIBRARY.pii_scratch_new(ctypes.byref(self.scratch), problem) == 0
        self.problem = problem

    def scan(self, text):
        """spans as (start, end, type, score, validated, source), and the facts"""
        found, facts = Spans(), Facts()
        assert _LIBRARY.pii_scan(self.scanner, self.scratch, Content(text, len(text)), ctypes.byref(found),
                                 ctypes.byref(facts), self.problem) == 0
        spans = [(s.start, s.end, TYPE_NAMES[s.type], s.score, s.validated, s.source) for s in found.items[:found.count]]
        _LIBRARY.pii_spans_release(ctypes.byref(found))
        return spans, facts


def feature_names():
    """What each is; a second one that counts the same, by the length of the text, has " per KB" behind it."""
    count = _LIBRARY.pii_verdict_features(None, None, ctypes.c_size_t(0))
    names = [_LIBRARY.pii_verdict_feature_name(ctypes.c_size_t(at)) for at in range(count)]
    return [name.decode() for name in names if name is not None] + [
        f"meaning {kind}{form}" for kind in range(MEANINGS) for form in ("", " per KB")]


def verdict_features(facts):
    count = _LIBRARY.pii_verdict_features(None, None, ctypes.c_size_t(0))
    out = np.empty(count, np.float32)
    _LIBRARY.pii_verdict_features(ctypes.byref(facts.evidence), out.ctypes.data_as(ctypes.c_void_p), ctypes.c_size_t(count))
    return out
