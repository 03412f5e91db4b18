#!/usr/bin/python3
"""Makes unigram.gguf, a small unigram vocabulary, and unigram_cases.json: what llama.cpp makes of some texts
with it, for tests/unit/engine/test_vocab.c.

usage: unigram_cases.py LIBS    (LIBS as for tokenizer_cases.py; needs Debian's python3-sentencepiece)

The vocabulary is trained by SentencePiece itself on invented sentences and keeps its map of characters (nmt_nfkc,
as XLM-RoBERTa and T5 have it). SentencePiece's own ids must be llama.cpp's where both are asked the same.
"""
import io
import json
import pathlib
import random
import sys
import tempfile

import sentencepiece

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "engine" / "train")]
import gguf_writer  # noqa: E402
from tokenizer_cases import PIECES, Llama  # noqa: E402

WORDS = ("the a of water river stone light morning letter garden winter summer slowly quickly opens closes reads writes "
         "carries under over between house window door table bread salt paper ink lamp clock bell road bridge valve pump "
         "réseau été größe straße niño 東京 日本語 говорит река 1 2 3 1998 2026").split()
SYLLABLES = "ka lo mi ren tu vas pel dor shi ne gra bli ston ter ing ed er est ly un re".split()
MORE = ["ﬁne", "①②", "Ｆｕｌｌ", "ﷺ", "ｶﾞ", "e\u0301", "\u00a0", "  ", "<s>", "</s>", "<extra>", "plain", "▁", "\u200b"]
LOST = "wkt東"  # no pieces by themselves any more, though others hold them
U8 = 0


def trained():
    draw = random.Random(3)
    words = WORDS + ["".join(draw.choice(SYLLABLES) for _ in range(draw.randrange(1, 5))) for _ in range(600)]
    sentences = (" ".join(draw.choice(words) for _ in range(draw.randrange(4, 14))) for _ in range(3000))
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=sentences, model_writer=model, model_type="unigram", vocab_size=320, num_threads=1,
        bos_id=0, pad_id=1, eos_id=2, unk_id=3, pad_piece="<pad>", user_defined_symbols=["<extra>", "plain"],
        normalization_rule_name="nmt_nfkc", minloglevel=2)
    return model.getvalue()


def fields(data):
    """The length-delimited fields of a protocol buffer message."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    while at < len(data):
        key = varint()
        if key & 7 == 2:
            length = varint()
            yield key >> 3, data[at:at + length]
            at += length
        elif key & 7 == 0:
            varint()
        else:
            at += 4 if key & 7 == 5 else 8


def character_map(model):
    normalizer = dict(fields(model))[3]
    return dict(fields(normalizer))[2]


def kind_of(model, i):
    if model.id_to_piece(i) in LOST:
        return 3
    kinds = ((model.is_unknown, 2), (model.is_control, 3), (model.is_unused, 5), (model.is_byte, 6))
    for is_one, kind in kinds:
        if is_one(i):
            return kind
    return 4 if model.id_to_piece(i) in ("<extra>", "plain") else 1


def write(path, data, prefix, merges):
    model = sentencepiece.SentencePieceProcessor(model_proto=data)
    ids = range(model.get_piece_size())
    w = gguf_writer.Writer()
    w.string("general.architecture", "t5")
    w.string("tokenizer.ggml.model", "t5")
    w.strings("tokenizer.ggml.tokens", [model.id_to_piece(i) for i in ids])
    w.floats("tokenizer.ggml.scores", [model.get_score(i) for i in ids])
    w.ints("tokenizer.ggml.token_type", [kind_of(model, i) for i in ids])
    for name, value in (("bos", 0), ("padding", 1), ("eos", 2), ("unknown", 3)):
        w.u32(f"tokenizer.ggml.{name}_token_id", value)
    for name, value in (("add_bos_token", True), ("add_eos_token", True), ("add_space_prefix", prefix),
                        ("remove_extra_whitespaces", merges)):
        w.boolean(f"tokenizer.ggml.{name}", value)
    characters = character_map(data)
    w._array("tokenizer.ggml.precompiled_charsmap", U8, len(characters), characters)
    w.write(path)
    return model


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    llama, draw, data = Llama(sys.argv[1]), random.Random(5), trained()
    texts = ["".join(draw.choice(draw.choice((PIECES, MORE, [f" {w}" for w in WORDS]))) for _ in range(draw.randrange(3, 16)))
             for _ in range(120)]
    cases, differ = [], []
    for prefix in (True, False):
        for merges in (True, False):
            with tempfile.NamedTemporaryFile(suffix=".gguf") as file:
                model = write(file.name, data, prefix, merges)
                vocab = llama.open(file.name)
                ids = [llama.tokenize(vocab, text) for text in texts]
            cases.append({"prefix": prefix, "merges": merges, "ids": ids})
            if prefix and merges:  # as it was trained; behind a user-defined piece llama.cpp puts a space
                differ = [i for i, text in enumerate(texts) if ids[i][1:-1] != model.encode(text)
                          and not any(part in text.lower() for part in ("plain", "<extra>", *LOST, "ｗ", "ｋ", "ｔ"))]
    write(HERE / "unigram.gguf", data, True, True)
    with open(HERE / "unigram_cases.json", "w", encoding="utf-8") as out:
        out.write("{\"texts\": [\n" + ",\n".join(json.dumps(t) for t in texts) + "\n], \"cases\": [\n" +
                  ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]}\n")
    print(f"{len(texts)} texts; SentencePiece itself differs from llama.cpp in {[texts[i] for i in differ]}")


if __name__ == "__main__":
    main()
