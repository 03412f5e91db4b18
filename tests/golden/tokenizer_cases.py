#!/usr/bin/python3
"""Writes tokenizer_cases.json: what llama.cpp makes of some texts, for tests/unit/engine/test_vocab.c.

usage: tokenizer_cases.py LIBS VOCABS > tokenizer_cases.json

LIBS is a folder with llama.cpp's shared libraries, such as node_modules/@node-llama-cpp/
linux-x64/bins/linux-x64 after `npm install node-llama-cpp`; VOCABS is shared/models/vocab. Each rule
for cutting text into words is tried on GPT-2's vocabulary, whose file is made to name the rule.
Vocabularies with restrictive licences stay out.
"""
import ctypes
import glob
import json
import random
import struct
import sys
import tempfile

RULES = ["gpt-2", "llama-bpe", "qwen2", "qwen35", "smollm", "starcoder", "gpt-4o", "tekken", "falcon",
         "deepseek-llm", "deepseek-coder", "deepseek-v3", "smaug-bpe", "falcon3", "seed-coder",
         "poro-chat", "viking", "default"]
PIECES = ["a", "Z", "Hello", "world", " ", "  ", "\n", "\r\n", "\t", "'s", "'S", "'Ll", "'", "1", "23",
          "4567", "٣", "½", "é", "e\u0301", "Ä", "ß", "日本", "語", "한글", "ไทย", "😀", "👩\u200d👧",
          "\u00a0", "\u3000", "\u2028", ".", ",", "!?", "...", "--", "_", "/", "\\", "(", ")", "<|",
          "|>", "$", "+", "=", "^", "~", "`", "€", "«", "”", "İ", "ſ", "Σ", "ǅ", "ʰ", "ª", "מ",
          "مرحبا", "क्षि", "\x01", "\u00ad", "\ufeff", "Ⅷ", "①", "Ab", "aB", "ABc", "don't", "DON'T",
          "CamelCase", "foo_bar", "http://x.y/z?a=b", "<s>", "</s>", "[CLS]", "𝒳", "𠀀", " a", " 1",
          " .", " \n", "\n ", "\n\n", "   \n  "]
PARAMS_SIZE, VOCAB_ONLY = 512, 72  # room for llama_model_params, and a byte's place in it


class Params(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_ubyte * PARAMS_SIZE)]


class Llama:
    def __init__(self, folder):
        for name in ("libggml-base.so*", "libggml.*so*", "libllama.*so*"):
            self.lib = ctypes.CDLL(sorted(glob.glob(f"{folder}/{name}"))[0], ctypes.RTLD_GLOBAL)
        lib = self.lib
        lib.llama_model_default_params.restype = Params
        lib.llama_model_load_from_file.restype = ctypes.c_void_p
        lib.llama_model_load_from_file.argtypes = [ctypes.c_char_p, Params]
        lib.llama_model_get_vocab.restype = ctypes.c_void_p
        lib.llama_model_get_vocab.argtypes = [ctypes.c_void_p]
        lib.llama_tokenize.argtypes = [
            ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(ctypes.c_int),
            ctypes.c_int, ctypes.c_bool, ctypes.c_bool]

    def open(self, path):
        params = self.lib.llama_model_default_params()
        params.bytes[VOCAB_ONLY] = 1
        return self.lib.llama_model_get_vocab(
            self.lib.llama_model_load_from_file(path.encode(), params))

    def tokenize(self, vocab, text):
        data = text.encode()
        out = (ctypes.c_int * (len(data) + 8))()
        n = self.lib.llama_tokenize(vocab, data, len(data), out, len(out), True, False)
        return list(out[:n])


def with_rule(path, rule):
    """A copy of the file that names another pre-tokenizer."""
    data = open(path, "rb").read()
    key = b"tokenizer.ggml.pre"
    at = data.index(struct.pack("<Q", len(key)) + key) + 8 + len(key) + 4
    end = at + 8 + struct.unpack_from("<Q", data, at)[0]
    out = tempfile.NamedTemporaryFile(suffix=".gguf")
    out.write(data[:at] + struct.pack("<Q", len(rule)) + rule.encode() + data[end:])
    out.flush()
    return out


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    llama, draw = Llama(sys.argv[1]), random.Random(1)
    texts = ["".join(draw.choice(PIECES) for _ in range(draw.randrange(3, 14))) for _ in range(48)]
    cases = []
    for name, rules in (("gpt-2", RULES), ("qwen2", [None]), ("phi-3", [None]), ("bert-bge", [None])):
        for rule in rules:
            path = f"{sys.argv[2]}/ggml-vocab-{name}.gguf"
            changed = with_rule(path, rule) if rule else None
            vocab = llama.open(changed.name if changed else path)
            cases.append({"vocab": name, "rule": rule,
                          "ids": [llama.tokenize(vocab, t) for t in texts]})
    print("{\"texts\": [")
    print(",\n".join(json.dumps(t) for t in texts))
    print("], \"cases\": [")
    print(",\n".join(json.dumps(c, separators=(",", ":")) for c in cases))
    print("]}")


if __name__ == "__main__":
    main()
