"""The engine under load and under faults: waiting has an end, and health tells of what is broken."""
import pathlib
import shutil

import client
import pytest
from client import wait_until
from conftest import POLICY, Gateway, make_config

# Random weights: an answer that does not end by itself.
MODEL = pathlib.Path(__file__).resolve().parent.parent / "golden" / "models" / "llama-linear.gguf"
ENDLESS = {"engine__model": str(MODEL), "engine__context_shift": True, "engine__max_sequences": 1}


def endless(gateway):
    """A client that has begun to read an answer that goes on and on."""
    connection = client.Client(gateway.address)
    connection.request(client.chat(stream=True, max_tokens=1000000))
    assert connection.read_head()
    connection.read_piece()
    return connection


def local_is_up(gateway):
    health = client.ask(gateway.admin, None, "/healthz", "GET").json
    return [target["up"] for target in health["targets"] if target["name"] == "local"] == [True]


def test_waiting_has_an_end(start_gateway):
    gateway = start_gateway(engine__queue_wait="300ms", **ENDLESS)
    holder = endless(gateway)
    reply = gateway.ask(client.chat(max_tokens=5))
    assert reply.status == 503
    assert reply.error["code"] == "internal_overloaded"
    assert 1 <= int(reply.header("retry-after")) <= 60
    assert local_is_up(gateway)  # busy is not down
    holder.sock.close()
    wait_until(lambda: gateway.ask(client.chat(max_tokens=5)).status == 200, "no place again")


def test_a_full_queue_says_so(start_gateway):
    gateway = start_gateway(engine__queue_length=1, **ENDLESS)
    holder = endless(gateway)
    waiting = client.Client(gateway.address)
    waiting.request(client.chat(max_tokens=5))
    wait_until(lambda: gateway.ask(client.chat(max_tokens=5)).status == 503, "the queue was never full")
    holder.sock.close()
    assert waiting.read().status == 200


def test_the_same_prompt_again(start_gateway):
    """What earlier prompts left changes no answer, with and without it."""
    texts = set()
    for cache in "all", "off":
        gateway = start_gateway(engine__prefix_cache=cache)
        for _ in range(2):
            reply = gateway.ask(client.chat("Tell me a story about a fox. " * 20, temperature=0))
            assert reply.status == 200
            texts.add(reply.text)
    assert len(texts) == 1


def test_q8_cache_and_lookup(start_gateway):
    gateway = start_gateway(engine__kv_type="q8_0", engine__lookup_tokens=4)
    assert gateway.ask(client.chat(temperature=0)).status == 200


def test_a_draft_model(start_gateway, certificates, upstreams):
    """It changes no answer; one that does not go with the model is refused by its reason."""
    texts = set()
    for draft in "none", str(MODEL):
        gateway = start_gateway(engine__model=str(MODEL), engine__draft_model=draft)
        for temperature in 0, 1:
            reply = gateway.ask(client.chat(temperature=temperature, seed=5, max_tokens=40))
            assert reply.status == 200
            texts.add(reply.text)
    assert len(texts) == 2
    folder = gateway.folder / "refused"
    folder.mkdir()
    gateway = Gateway(folder, make_config(upstreams, certificates, engine__draft_model=str(MODEL)), POLICY)
    with pytest.raises(AssertionError, match="vocabulary"):
        gateway.start()


def test_a_model_file_that_is_cut(start_gateway, tmp_path):
    """Its requests fail, the target is down and says so; the gateway lives."""
    copy = tmp_path / "model.gguf"
    shutil.copy(MODEL, copy)
    gateway = start_gateway(**{**ENDLESS, "engine__model": str(copy)})
    holder = endless(gateway)
    with open(copy, "r+b") as file:
        file.truncate(4096)
    while holder.read_piece():
        pass
    wait_until(lambda: not local_is_up(gateway), "health never told")
    assert gateway.ask(client.chat(max_tokens=5)).status >= 500
    gateway.wait_log("engine_not_ready")
    assert gateway.alive()
