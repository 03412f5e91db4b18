"""Mixed load on the model in process: nothing is lost, nothing grows.

PENSTOCK_SOAK_SECONDS  how long each of the two runs lasts (default: so many requests as an ordinary run can afford)
"""
import os
import pathlib
import random
import threading
import time

import client
import pytest
from client import wait_until

SECONDS = float(os.environ.get("PENSTOCK_SOAK_SECONDS", 0))
REQUESTS = 180
THREADS = 6
SANITIZED = float(os.environ.get("PENSTOCK_TEST_SLOW", 1)) > 1
MIB = 1 << 20
KV_LIMIT = 16 * MIB
MODELS_LIMIT = 5 * MIB  # the two models on demand, of which one fits
MODEL_KV_LIMIT = 4 * MIB  # of each
MODEL = pathlib.Path(__file__).resolve().parent.parent / "golden" / "models" / "llama-linear.gguf"
MODELS = ["first", "second"]
POLICY = {"version": 1, "name": "soak", "default": {"route": ["local"]},
          "rules": [{"name": name, "when": {"model": name}, "route": [name]} for name in MODELS]}
# What is remembered of messages fills up for half an hour otherwise, and hides what else may grow.
SMALL = {"classifiers__cached_messages": 64, "ratchet__messages": 512}
WORDS = "river gate water valve stone winter lamp bread letter garden cloud silver".split()


def resident(gateway):
    with open(f"/proc/{gateway.process.pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))


def text_of(dice, words):
    return " ".join(dice.choice(WORDS) for _ in range(words))


def whole(gateway, dice):
    reply = gateway.ask(client.chat(text_of(dice, 8), max_tokens=dice.randint(1, 24)))
    assert reply.status in (200, 503), reply.body
    return reply.status == 200


def known_prompt(gateway, dice):
    """One of a few beginnings, so that the cache has it or has to give it up."""
    start = text_of(random.Random(dice.randint(0, 5)), 60)
    reply = gateway.ask(client.chat(f"{start} {text_of(dice, 3)}", max_tokens=4))
    assert reply.status in (200, 503), reply.body
    return reply.status == 200


def streamed(gateway, dice):
    with client.Client(gateway.address) as connection:
        connection.request(client.chat(text_of(dice, 5), stream=True, max_tokens=16))
        reply = connection.read()
        assert reply.status in (200, 503) and reply.complete
        if reply.status == 200:
            assert reply.events[-1] == "[DONE]"
        return reply.status == 200


def left(gateway, dice):
    """A client that leaves before, or in the middle."""
    with client.Client(gateway.address) as connection:
        connection.request(client.chat(text_of(dice, 30), stream=True, max_tokens=500))
        if dice.random() < 0.7 and connection.read_head()[0] == 200:
            for _ in range(dice.randint(0, 4)):
                connection.read_piece()
        return False


def too_long(gateway, dice):
    """Longer than the context: refused, or cut where the context shifts."""
    reply = gateway.ask(client.chat(text_of(dice, 6000), max_tokens=4))
    assert reply.status in (200, 400, 503), reply.body
    return False


def on_and_on(gateway, dice):
    """Behind the end of the context, where that shifts; then the client leaves."""
    with client.Client(gateway.address) as connection:
        connection.request(client.chat(text_of(dice, 150), stream=True, max_tokens=2000, logit_bias=NO_END))
        status, _ = connection.read_head()
        assert status in (200, 503)
        for _ in range(dice.randint(100, 300) if status == 200 else 0):
            if not connection.read_piece():
                break
    return False


def constrained(gateway, dice):
    form = dice.choice([{"response_format": {"type": "json_object"}}, {"grammar": 'root ::= "yes" | [a-z]+ "!"'}])
    reply = gateway.ask(client.chat(text_of(dice, 8), max_tokens=16, temperature=1, **form))
    assert reply.status in (200, 503), reply.body
    return reply.status == 200


def several(gateway, dice):
    reply = gateway.ask(client.chat(text_of(dice, 40), n=dice.randint(2, 4), temperature=1, max_tokens=12))
    assert reply.status in (200, 503), reply.body
    return reply.status == 200


def elsewhere(gateway, dice):
    """Two more models, of which one at a time has room."""
    reply = gateway.ask(client.chat(text_of(dice, 8), model=dice.choice(MODELS), max_tokens=dice.randint(1, 8)))
    assert reply.status in (200, 503), reply.body
    return reply.status == 200


NO_END = {str(token): -100 for token in range(8)}  # the built-in model's markers
KINDS = ([whole] * 4 + [known_prompt] * 3 + [streamed] * 4 + [left] * 3 + [too_long, on_and_on, constrained, constrained,
                                                                          several, several, elsewhere])


def load(gateway, requests, seconds, seed):
    """Returns how many were answered; raises what a thread raised."""
    end, lock = time.monotonic() + seconds, threading.Lock()
    state = {"left": requests, "answered": 0, "problem": None}

    def run(number):
        dice = random.Random(seed * 100 + number)
        try:
            while state["problem"] is None:
                with lock:
                    state["left"] -= 1
                    if state["left"] < 0 and time.monotonic() >= end:
                        return
                answered = dice.choice(KINDS)(gateway, dice)
                with lock:
                    state["answered"] += answered
        except Exception as problem:  # noqa: BLE001 - told to the test's own thread
            state["problem"] = problem

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if state["problem"] is not None:
        raise state["problem"]
    return state["answered"]


def watch(gateway, done):
    """In a long run, resident memory over time."""
    began = time.monotonic()
    while SECONDS and not done.wait(SECONDS / 40):
        print(f"{time.monotonic() - began:.0f} s: {resident(gateway) / MIB:.1f} MiB", flush=True)


@pytest.mark.parametrize("shift", [False, True], ids=["refuse", "shift"])
def test_soak(start_gateway, shift):
    more = {f"targets__{name}": {"kind": "engine", "model_file": str(MODEL), "kv_limit": MODEL_KV_LIMIT} for name in MODELS}
    gateway = start_gateway(policy=POLICY, engine__models_limit=MODELS_LIMIT, **more, engine__max_sequences=4, engine__queue_length=3, engine__kv_limit=KV_LIMIT,
                            engine__prefix_cache="all", engine__lookup_tokens=4, engine__context_length=512,
                            engine__context_shift=shift, **SMALL)
    done = threading.Event()
    watcher = threading.Thread(target=watch, args=(gateway, done))
    watcher.start()
    try:
        soak(gateway)
    finally:
        done.set()
        watcher.join()


def soak(gateway):
    fresh = resident(gateway)
    answered = load(gateway, REQUESTS // 3, SECONDS / 3, 1)  # pools, buffers and the cache fill
    before = resident(gateway)
    answered += load(gateway, REQUESTS - REQUESTS // 3, SECONDS * 2 / 3, 2)
    # The engine let go of everybody: all places are free again.
    wait_until(lambda: gateway.ask(client.chat(max_tokens=1)).status == 200, "no place again")
    after = resident(gateway)
    print(f"{answered} answered; resident {fresh / MIB:.1f} MiB fresh, {before / MIB:.1f} warm, {after / MIB:.1f} at the end")
    assert answered > 20
    if not SANITIZED:
        assert SECONDS < 300 or after < before + 12 * MIB  # in a short run the cache is still filling
        assert after < fresh + KV_LIMIT + MODELS_LIMIT + MODEL_KV_LIMIT + 50 * MIB
