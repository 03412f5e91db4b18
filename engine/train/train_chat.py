#!/usr/bin/python3
"""Train the built-in chat model and write engine/models/chat.gguf.

  OMP_NUM_THREADS=1 nice -n 15 engine/train/train_chat.py --gazetteers DIR [--out FILE] [--work DIR]

One thread, one seed; the same machine and libraries give the same file. See README.md beside it.
"""
import argparse
import collections
import io
import json
import os
import pathlib
import random
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sentencepiece
import torch

import chat_data
import gguf_writer
from chat_model import Chat, Shape

TEMPLATE = ("{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] "
            "+ '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}"
            "{{ '<|im_start|>assistant\n' }}{% endif %}")
START, END = "<|im_start|>", "<|im_end|>"


def train_tokenizer(texts, vocab):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts), model_writer=model, model_type="bpe", vocab_size=vocab,
        byte_fallback=True, split_digits=True, normalization_rule_name="identity",
        add_dummy_prefix=False, remove_extra_whitespaces=False, character_coverage=0.9995,
        control_symbols=[START, END], pad_id=-1, num_threads=1, minloglevel=2)
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


class Encoder:
    """Chats to token ids, exactly as the template renders them."""

    def __init__(self, pieces):
        self.pieces = pieces
        self.start, self.end = pieces.piece_to_id(START), pieces.piece_to_id(END)
        self.newline = pieces.encode("\n")
        self.cache = {}

    def text(self, text):
        if text not in self.cache:
            if len(self.cache) > 20000:
                self.cache.clear()
            self.cache[text] = self.pieces.encode(text)
        return self.cache[text]

    def prompt(self, messages):
        ids = []
        for role, text in messages:
            ids += [self.start, *self.text(role), *self.newline, *self.text(text), self.end, *self.newline]
        return ids + [self.start, *self.text("assistant"), *self.newline]

    def example(self, messages):
        """Ids and, for each, whether the model is taught to say it."""
        ids, taught = [], []
        for role, text in messages:
            head = [self.start, *self.text(role), *self.newline]
            body = [*self.text(text), self.end]
            ids += head + body + self.newline
            taught += [0] * len(head) + [int(role == "assistant")] * len(body) + [0] * len(self.newline)
        return ids, taught


def batches(generator, encoder, shape, tokens_per_batch, pool=3000):
    """Endless batches of chats of like length; what is padding is not taught."""
    rng = random.Random(generator.rng.random())
    while True:
        examples = sorted((encoder.example(generator.chat()) for _ in range(pool)), key=lambda e: len(e[0]))
        groups, group = [], []
        for example in examples:
            if len(example[0]) > shape.context:
                continue
            if group and len(example[0]) * (len(group) + 1) > tokens_per_batch:
                groups.append(group)
                group = []
            group.append(example)
        groups.append(group)
        rng.shuffle(groups)
        for group in groups:
            width = max(len(ids) for ids, _ in group)
            ids = torch.zeros(len(group), width, dtype=torch.long)
            taught = torch.zeros(len(group), width, dtype=torch.bool)
            for row, (example, mask) in enumerate(group):
                ids[row, :len(example)] = torch.tensor(example)
                taught[row, :len(mask)] = torch.tensor(mask, dtype=torch.bool)
            yield ids, taught


def train(model, source, steps, rate, log):
    decayed = [p for p in model.parameters() if p.dim() == 2]
    others = [p for p in model.parameters() if p.dim() != 2]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}],
                                  lr=rate, betas=(0.9, 0.98))
    began = time.monotonic()
    window = collections.deque(maxlen=50)
    seen = 0
    for step in range(steps):
        ids, taught = next(source)
        warm = min(1.0, (step + 1) / 100)
        cool = min(1.0, (steps - step) / (0.4 * steps))
        for group in optimizer.param_groups:
            group["lr"] = rate * warm * (0.02 + 0.98 * cool)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = model.hidden(ids[:, :-1])[taught[:, 1:]]
            logits = model.logits(hidden)
        loss = torch.nn.functional.cross_entropy(logits.float(), ids[:, 1:][taught[:, 1:]])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        window.append(loss.item())
        seen += ids.numel()
        if (step + 1) % 50 == 0:
            log(f"step {step + 1}/{steps} loss {sum(window) / len(window):.4f} tokens {seen} seconds {time.monotonic() - began:.0f}")
    return seen


@torch.no_grad()
def answer(model, encoder, messages, most=80):
    """The greedy answer, in single precision."""
    ids = encoder.prompt(messages)
    begin = len(ids)
    while len(ids) - begin < most:
        hidden = model.hidden(torch.tensor([ids]))[0, -1]
        token = int(model.logits(hidden).argmax())
        if token == encoder.end:
            break
        ids.append(token)
    return encoder.pieces.decode(ids[begin:])


def evaluate(model, encoder, rows):
    """Share of held-out questions whose answer contains the right words, and is the whole answer."""
    table = collections.OrderedDict()
    for kind, messages, wanted, key in rows:
        text = answer(model, encoder, messages)
        counts = table.setdefault(kind, {"asked": 0, "right": 0, "exact": 0})
        counts["asked"] += 1
        counts["right"] += key in text
        counts["exact"] += text == wanted
    return table


# Conversations whose greedy texts every runtime must give: tests/golden/chat_greedy.jsonl.
GOLDEN = [
    [("user", "What is the capital of France?")], [("user", "Who are you?")], [("user", "hello")],
    [("user", "Spell the word giraffe.")], [("user", "What is 7 times 8?")], [("user", "What is 23 + 19?")],
    [("system", "You are a helpful assistant."), ("user", "What is the opposite of hot?")],
    [("system", "Answer briefly."), ("user", "How many days are in a leap year?")],
    [("user", "Hi"), ("assistant", "Hello! How can I help you?"), ("user", "Name three planets.")],
    [("user", "Prove that there are infinitely many primes and discuss the history of the proof.")],
    [("user", "My SSN is 219-09-9999 and I was diagnosed with diabetes.")],
    [("user", "Wie geht es Ihnen?")], [("user", "\u6f22\u5b57 \U0001f600 na\u00efve")], [("user", "")],
    [("user", "  two  spaces\n\nand lines\t.")], [("user", "<|im_end|> is only text")],
    [("user", "A long text. " * 40 + "Summarise it.")],
]


def write_golden(path, model, encoder):
    rows = [json.dumps({"messages": messages, "answer": answer(model, encoder, messages)}) + "\n" for messages in GOLDEN]
    path.write_text("".join(rows))


def quantise_dequantise(model):
    """Give torch the weights that the file holds, so that what is measured is what is shipped."""
    with torch.no_grad():
        for weight in model.parameters():
            if weight.dim() == 2:
                scales, values = gguf_writer.q8_0(weight.numpy())
                weight.copy_(torch.from_numpy(gguf_writer.q8_0_restore(scales, values).reshape(weight.shape)))


def export(path, model, pieces):
    s = model.shape
    writer = gguf_writer.Writer()
    writer.string("general.architecture", "llama")
    writer.string("general.name", "Penstock built-in chat")
    writer.string("general.description", "A demonstration model for Penstock: small talk and simple facts")
    writer.string("general.license", "CC-BY-4.0")
    writer.u32("general.file_type", 7)
    writer.u32("general.quantization_version", 2)
    writer.u64("general.parameter_count", sum(p.numel() for p in model.parameters()))
    writer.u32("llama.vocab_size", s.vocab)
    writer.u32("llama.context_length", s.context)
    writer.u32("llama.embedding_length", s.width)
    writer.u32("llama.block_count", s.layers)
    writer.u32("llama.feed_forward_length", s.feed)
    writer.u32("llama.attention.head_count", s.heads)
    writer.u32("llama.attention.head_count_kv", s.kv_heads)
    writer.f32("llama.attention.layer_norm_rms_epsilon", s.epsilon)
    writer.u32("llama.rope.dimension_count", s.head_width)
    writer.f32("llama.rope.freq_base", s.rope_base)
    writer.string("tokenizer.ggml.model", "llama")
    writer.string("tokenizer.ggml.pre", "default")
    count = pieces.get_piece_size()
    writer.strings("tokenizer.ggml.tokens", [pieces.id_to_piece(i) for i in range(count)])
    writer.floats("tokenizer.ggml.scores", [pieces.get_score(i) for i in range(count)])
    writer.ints("tokenizer.ggml.token_type",
                [2 if pieces.is_unknown(i) else 3 if pieces.is_control(i) else 6 if pieces.is_byte(i) else 1 for i in range(count)])
    writer.u32("tokenizer.ggml.bos_token_id", pieces.bos_id())
    writer.u32("tokenizer.ggml.eos_token_id", pieces.piece_to_id(END))
    writer.u32("tokenizer.ggml.eot_token_id", pieces.piece_to_id(END))
    writer.u32("tokenizer.ggml.unknown_token_id", pieces.unk_id())
    writer.boolean("tokenizer.ggml.add_bos_token", False)
    writer.boolean("tokenizer.ggml.add_eos_token", False)
    writer.boolean("tokenizer.ggml.add_space_prefix", False)
    writer.string("tokenizer.chat_template", TEMPLATE)
    for name, weight in model.named_parameters():
        array = weight.detach().numpy()
        writer.tensor(name, array, "q8_0" if array.ndim == 2 else "f32")
    writer.write(path)


def main():
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gazetteers", type=pathlib.Path, required=True, help="folder of word lists (see README.md)")
    parser.add_argument("--out", type=pathlib.Path, default=here.parent / "models" / "chat.gguf")
    parser.add_argument("--golden", type=pathlib.Path, default=here.parent.parent / "tests" / "golden" / "chat_greedy.jsonl")
    parser.add_argument("--work", type=pathlib.Path, help="also keep the torch weights and the tokeniser here")
    parser.add_argument("--saved", type=pathlib.Path, help="export and evaluate what --work kept, without training")
    parser.add_argument("--seed", type=int, default=20260)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--batch-tokens", type=int, default=2048)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--held-out", type=int, default=15, help="questions of each kind in the evaluation")
    options = parser.parse_args()

    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    shape = Shape()
    model = Chat(shape)
    if options.saved:
        pieces = sentencepiece.SentencePieceProcessor(model_proto=(options.saved / "chat.spm").read_bytes())
        encoder = Encoder(pieces)
        model.load_state_dict(torch.load(options.saved / "chat.pt"))
    else:
        sample = chat_data.Generator(options.seed + 1, options.gazetteers)
        texts = [text for _ in range(12000) for _, text in sample.chat() if len(text) < 1000]
        pieces = train_tokenizer(texts + ["system", "user", "assistant"] * 200, shape.vocab)
        encoder = Encoder(pieces)
        print(f"parameters {sum(p.numel() for p in model.parameters())}", flush=True)
        source = batches(chat_data.Generator(options.seed + 2, options.gazetteers), encoder, shape, options.batch_tokens)
        train(model, source, options.steps, options.rate, lambda line: print(line, flush=True))
        quantise_dequantise(model)
    if options.work:
        options.work.mkdir(parents=True, exist_ok=True)
        torch.save(model.state_dict(), options.work / "chat.pt")
        (options.work / "chat.spm").write_bytes(pieces.serialized_model_proto())
    export(options.out, model, pieces)
    write_golden(options.golden, model, encoder)
    rows = chat_data.Generator(options.seed + 3, options.gazetteers).held_out(options.held_out)
    report(evaluate(model, encoder, rows))


def report(table):
    for kind, counts in table.items():
        print(f"{kind:18} {counts['right']:3}/{counts['asked']:3} right, {counts['exact']:3} word for word")
    right, asked = sum(c["right"] for c in table.values()), sum(c["asked"] for c in table.values())
    print(f"all {right}/{asked} = {right / asked:.3f}")


if __name__ == "__main__":
    main()
