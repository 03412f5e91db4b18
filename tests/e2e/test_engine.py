"""The engine under load and under faults: waiting has an end, and health tells of what is broken."""
import json
import pathlib
import shutil
import subprocess

import client
import pytest
from client import PATIENCE, wait_until
from conftest import BINARY, POLICY, Gateway, make_config

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


# ---- several models ----

def several(start_gateway, tmp_path, **changes):
    """Two models of which only one fits, beside the one that is built in."""
    for name in "mine", "yours":
        shutil.copy(MODEL, tmp_path / f"{name}.gguf")
    policy = {"version": 1, "name": "several", "default": {"route": ["local"]},
              "rules": [{"name": name, "when": {"model": name}, "route": [name]} for name in ("mine", "yours")]}
    targets = {f"targets__{name}": {"kind": "engine", "model_file": str(tmp_path / f"{name}.gguf"), "kv_limit": "4MiB"}
               for name in ("mine", "yours")}
    return start_gateway(policy=policy, **{"engine__models_limit": "5MiB", "engine__queue_wait": "2m", **targets, **changes})


def model_states(gateway):
    reply = client.ask(gateway.admin, None, "/readyz", "GET")
    assert reply.status == 200
    return {target["name"]: target["model"] for target in reply.json["targets"] if "model" in target}


def test_models_open_on_demand(start_gateway, tmp_path):
    gateway = several(start_gateway, tmp_path)
    assert model_states(gateway) == {"local": "open", "mine": "closed", "yours": "closed"}
    texts = set()
    for name in "mine", "yours", "mine":
        reply = gateway.ask(client.chat(model=name, temperature=0, max_tokens=20, logprobs=True))
        assert reply.status == 200 and reply.json["model"] == name
        texts.add(reply.text)
        other = "yours" if name == "mine" else "mine"
        assert model_states(gateway) == {"local": "open", name: "open", other: "closed"}
    assert len(texts) == 1
    wait_until(lambda: gateway.metric("penstock_model_state", target="mine") == 2, gateway.metrics)
    assert gateway.metric("penstock_model_state", target="yours") == 0


def test_the_list_of_models(start_gateway, tmp_path):
    """`penstock model list -c` says what the gateway that runs with a configuration does with its models."""
    gateway = several(start_gateway, tmp_path, engine__models_limit="9MiB", engine__context_shift=True)
    stream = client.Client(gateway.address)
    stream.request(client.chat(model="yours", stream=True, max_tokens=1000000, logit_bias={"2": -100}))
    assert stream.read_head()
    address = gateway.admin_url.removeprefix("http://")
    config = {**json.loads(gateway.config_file.read_text()), "admin": {"listen": address}}
    gateway.write_config(config)

    def listed(*more):
        done = subprocess.run([BINARY, "model", "list", "-c", gateway.config_file, *more], capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return done

    listing = {one["target"]: one for one in json.loads(listed("--json").stdout)}
    assert {name: one["state"]["model"] for name, one in listing.items()} == {"local": "open", "mine": "closed", "yours": "open"}
    assert listing["yours"]["state"]["answering"] == 1 and listing["local"]["state"]["answering"] == 0
    assert listing["yours"]["state"]["bytes"] > listing["yours"]["model"]["bytes"] * 0.9
    assert listing["mine"]["state"]["bytes"] == 0
    assert listing["mine"]["model"]["file"] == str(tmp_path / "mine.gguf")
    assert listing["mine"]["model"]["parameters"] == listing["yours"]["model"]["parameters"] > 0
    assert [line.split()[:2] for line in listed().stdout.splitlines()] == [["local", "open"], ["mine", "closed"], ["yours", "open"]]
    stream.sock.close()
    gateway.stop()
    done = listed("--json")
    assert [one["state"] for one in json.loads(done.stdout)] == [None] * 3 and address in done.stderr


def test_a_draft_for_a_model_on_demand(start_gateway, tmp_path):
    """It guesses what the model says and changes nothing; what it takes is part of the limit."""
    texts, held = set(), []
    for draft in "none", str(MODEL):
        gateway = several(start_gateway, tmp_path, engine__models_limit="9MiB", targets__mine__draft_model=draft)
        for temperature in 0, 1:
            reply = gateway.ask(client.chat(model="mine", temperature=temperature, seed=5, max_tokens=40, logit_bias={"2": -100}))
            assert reply.status == 200
            texts.add(reply.text)
        health = client.ask(gateway.admin, None, "/healthz", "GET").json
        held += [target["bytes"] for target in health["targets"] if target["name"] == "mine"]
    assert len(texts) == 2 and held[1] > held[0] + MODEL.stat().st_size * 0.9
    gateway = several(start_gateway, tmp_path, engine__models_limit="4500KiB", targets__mine__draft_model=str(MODEL), wait=False)
    done = subprocess.run([BINARY, "serve", "-c", gateway.config_file], env=gateway.environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1 and "models_limit" in done.stderr, done.stderr


def test_a_busy_model_is_waited_for(start_gateway, tmp_path):
    """It finishes what it began; meanwhile the built-in model answers."""
    gateway = several(start_gateway, tmp_path, engine__queue_wait="4s", engine__context_shift=True)
    holder = client.Client(gateway.address)
    holder.request(client.chat(model="mine", stream=True, max_tokens=1000000))
    assert holder.read_head()[0] == 200
    waiting = client.Client(gateway.address)
    waiting.request(client.chat(model="yours", max_tokens=5))
    assert gateway.ask(client.chat(max_tokens=5)).status == 200
    assert waiting.read().status == 503  # its time is over
    waiting = client.Client(gateway.address)
    waiting.request(client.chat(model="yours", max_tokens=5))
    wait_until(lambda: model_states(gateway)["yours"] == "opening", "it never waited")
    holder.sock.close()
    assert waiting.read().status == 200


def test_the_end_does_not_wait_for_a_model(start_gateway, tmp_path):
    """Neither for one that is opened for a request nor for the one that it starts with."""
    huge = {"engine__models_limit": "99GiB", "drain_timeout": "100ms"}
    gateway = several(start_gateway, tmp_path, **huge)
    with open(tmp_path / "yours.gguf", "ab") as out:
        out.truncate(80 << 30)  # whose SHA-256 takes a while
    asked = client.Client(gateway.address)
    asked.request(client.chat(model="yours", max_tokens=5))
    wait_until(lambda: model_states(gateway)["yours"] == "opening", "it never opened")
    gateway.stop()
    gateway = start_gateway(wait=False, engine__model=str(tmp_path / "yours.gguf"), **huge)
    process = subprocess.Popen([BINARY, "serve", "-c", gateway.config_file], env=gateway.environment,
                               stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    mapped = pathlib.Path(f"/proc/{process.pid}/maps")
    wait_until(lambda: "yours.gguf" in mapped.read_text(), "it never opened")
    process.terminate()
    errors = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 0 and "start_failed" not in errors, errors


def test_a_model_that_cannot_be_opened(start_gateway, tmp_path):
    gateway = several(start_gateway, tmp_path, targets__yours__sha256="0" * 64)
    (tmp_path / "mine.gguf").unlink()
    for name in "mine", "yours":
        reply = gateway.ask(client.chat(model=name, max_tokens=5))
        assert reply.status == 503 and reply.error["code"] == "target_unavailable", reply.body
        assert "model_unavailable" in reply.error["message"]
        assert model_states(gateway)[name] == "failed"
    assert gateway.ask(client.chat(max_tokens=5)).status == 200
    gateway.wait_log("model_failed")
    shutil.copy(MODEL, tmp_path / "mine.gguf")
    wait_until(lambda: gateway.ask(client.chat(model="mine", max_tokens=5)).status == 200, "never tried again")


def test_a_reload_looks_at_a_failed_model_again(start_gateway, tmp_path):
    """As the log's line on a file that holds another model says."""
    gateway = several(start_gateway, tmp_path)
    (tmp_path / "mine.gguf").unlink()
    assert gateway.ask(client.chat(model="mine", max_tokens=5)).status == 503
    assert model_states(gateway)["mine"] == "failed"
    shutil.copy(MODEL, tmp_path / "mine.gguf")
    gateway.reload()
    wait_until(lambda: model_states(gateway)["mine"] == "closed", gateway.errors)
    assert gateway.ask(client.chat(model="mine", max_tokens=5)).status == 200


def test_models_come_and_go_with_a_reload(start_gateway, tmp_path, upstreams, certificates):
    gateway = several(start_gateway, tmp_path)
    assert gateway.ask(client.chat(model="mine", max_tokens=5)).status == 200
    config = json.loads(gateway.config_file.read_text())
    config["targets"]["c"] = {**config["targets"].pop("yours"), "kv_limit": "1MiB"}
    gateway.write_config(config)
    gateway.write_policy({"version": 1, "name": "more", "default": {"route": ["local"]},
                          "rules": [{"name": name, "when": {"model": name}, "route": [name]} for name in ("mine", "c")]})
    gateway.reload()
    wait_until(lambda: "c" in model_states(gateway), gateway.errors)
    assert model_states(gateway) == {"local": "open", "mine": "open", "c": "closed"}  # what stays stays open
    assert gateway.ask(client.chat(model="c", max_tokens=5)).status == 200
    del config["targets"]["mine"]
    config["targets"]["c"]["model_file"] = str(tmp_path / "none.gguf")
    gateway.write_config(config)
    gateway.reload()
    wait_until(lambda: gateway.metric("penstock_reloads_total", result="rejected") == 1, gateway.errors)
    assert gateway.ask(client.chat(model="c", max_tokens=5)).status == 200
