"""Replies have every field that OpenAI's schema requires."""
import json
import re
import shutil
import subprocess

import pytest

import client
import fake_upstream as fake
from client import PATIENCE
from conftest import HERE

FRANCE = "What is the capital of France?"


def check_usage(usage):
    assert usage["prompt_tokens"] > 0 and usage["completion_tokens"] > 0
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


def test_whole(gateway):
    reply = gateway.ask(client.chat(FRANCE))
    assert reply.status == 200
    assert reply.header("content-type").split(";")[0] == "application/json"
    body = reply.json
    assert body["id"].startswith("chatcmpl-")
    assert body["object"] == "chat.completion"
    assert abs(body["created"] - __import__("time").time()) < 60
    assert isinstance(body["model"], str) and body["model"]
    (choice,) = body["choices"]
    assert set(choice) >= {"index", "message", "finish_reason", "logprobs"}
    assert choice["index"] == 0 and choice["finish_reason"] == "stop" and choice["logprobs"] is None
    assert set(choice["message"]) >= {"role", "content", "refusal"}
    assert choice["message"]["role"] == "assistant" and choice["message"]["refusal"] is None
    assert "Paris" in choice["message"]["content"]
    check_usage(body["usage"])


def test_stream(gateway):
    reply = gateway.ask(client.chat(FRANCE, stream=True))
    events = reply.events
    assert events[-1] == "[DONE]"
    assert len({event["id"] for event in events[:-1]}) == 1
    for event in events[:-1]:
        assert event["object"] == "chat.completion.chunk"
        assert set(event) >= {"id", "object", "created", "model", "choices"}
        for choice in event["choices"]:
            assert set(choice) >= {"index", "delta", "finish_reason"}
    assert events[0]["choices"][0]["delta"]["role"] == "assistant"
    assert [event["choices"][0]["finish_reason"] for event in events[:-1]][-1] == "stop"
    assert all(event["choices"][0]["finish_reason"] is None for event in events[:-2])
    assert reply.header("cache-control") is not None


def test_length(gateway):
    for more in ({"max_tokens": 3}, {"max_completion_tokens": 3}):
        body = gateway.ask(client.chat("Who are you?", **more)).json
        assert body["choices"][0]["finish_reason"] == "length"
        assert body["usage"]["completion_tokens"] == 3


def test_stop(gateway):
    body = gateway.ask(client.chat(FRANCE, stop=["Paris"], temperature=0)).json
    assert "Paris" not in body["choices"][0]["message"]["content"]
    assert body["choices"][0]["finish_reason"] == "stop"
    reply = gateway.ask(client.chat(FRANCE, stop="Paris", stream=True, temperature=0))
    assert "Paris" not in reply.text


def test_same_seed_same_text(gateway):
    texts = {gateway.ask(client.chat("Who are you?", temperature=1.5, seed=11)).text for _ in range(3)}
    assert len(texts) == 1


def check_logprobs(content, top):
    for entry in content:
        assert set(entry) == {"token", "logprob", "bytes", "top_logprobs"}
        assert len(entry["top_logprobs"]) == top
        for one in [entry, *entry["top_logprobs"]]:
            assert isinstance(one["token"], str) and -9999 <= one["logprob"] <= 0
            assert one["bytes"] is None or bytes(one["bytes"]).decode(errors="replace") == one["token"]
        order = [one["logprob"] for one in entry["top_logprobs"]]
        assert order == sorted(order, reverse=True) and (not order or entry["logprob"] <= order[0])


@pytest.mark.parametrize("top", [0, 1, 20])
def test_logprobs(gateway, top):
    asked = {"logprobs": True, "top_logprobs": top, "temperature": 0}
    body = gateway.ask(client.chat(FRANCE, **asked)).json
    (choice,) = body["choices"]
    whole = choice["logprobs"]["content"]
    check_logprobs(whole, top)
    assert "".join(entry["token"] for entry in whole).strip() == choice["message"]["content"].strip()
    if top:  # at temperature 0 the likeliest token is taken
        assert all(entry["token"] == entry["top_logprobs"][0]["token"] for entry in whole)
    streamed = []
    for event in gateway.ask(client.chat(FRANCE, stream=True, **asked)).events[:-1]:
        for choice in event["choices"]:
            streamed += (choice["logprobs"] or {"content": []})["content"]
    assert streamed == whole


def test_logit_bias(gateway):
    """A token forbidden by -100 is not said, and its log-probability is not changed by that."""
    asked = {"logprobs": True, "top_logprobs": 20, "temperature": 0, "max_tokens": 1}
    first = gateway.ask(client.chat(FRANCE, **asked)).json["choices"][0]["logprobs"]["content"][0]
    def ban(low, high):
        bias = {str(token): -100 for token in range(low, high)}
        return gateway.ask(client.chat(FRANCE, **asked, logit_bias=bias)).json["choices"][0]["logprobs"]["content"][0]

    low, high = 0, 1000
    while ban(low, high)["token"] == first["token"]:
        low, high = high, high + 1000
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if ban(low, middle)["token"] != first["token"] else (middle, high)
    biased = ban(low, high)
    assert biased["top_logprobs"][0] == {key: first[key] for key in ("token", "logprob", "bytes")}


ANSWER = {"type": "object", "additionalProperties": False, "required": ["city", "sure"], "properties": {
    "city": {"enum": ["Paris", "Rome", "Oslo"]}, "sure": {"type": "boolean"}, "year": {"type": "integer", "minimum": 1, "maximum": 99}}}


def by_schema(schema):
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}}


@pytest.mark.parametrize("temperature", [0, 2])
def test_json_schema(gateway, temperature):
    asked = {**by_schema(ANSWER), "temperature": temperature, "seed": 3}
    choice = gateway.ask(client.chat(FRANCE, **asked)).json["choices"][0]
    assert choice["finish_reason"] == "stop"
    answer = json.loads(choice["message"]["content"])
    assert answer["city"] in ("Paris", "Rome", "Oslo") and answer["sure"] in (True, False)
    assert set(answer) <= {"city", "sure", "year"} and 1 <= answer.get("year", 1) <= 99
    reply = gateway.ask(client.chat(FRANCE, stream=True, **asked))
    streamed = "".join(event["choices"][0]["delta"].get("content", "") for event in reply.events[:-1])
    assert streamed == choice["message"]["content"]


def test_json_object(gateway):
    choice = gateway.ask(client.chat(FRANCE, response_format={"type": "json_object"}, max_tokens=40)).json["choices"][0]
    assert choice["message"]["content"].startswith("{")
    if choice["finish_reason"] == "stop":
        assert isinstance(json.loads(choice["message"]["content"]), dict)


def test_grammar(gateway):
    for seed in range(4):
        body = client.chat(FRANCE, grammar='root ::= ("yes" | "no") "!"{2}', temperature=2, seed=seed)
        choice = gateway.ask(body).json["choices"][0]
        assert choice["message"]["content"] in ("yes!!", "no!!") and choice["finish_reason"] == "stop"


@pytest.mark.parametrize("field, code, param", [
    (by_schema({"type": "object", "properties": {"secretword": {"not": {}}}}), "caller_unsupported_field", "response_format.json_schema.schema.properties[0].not"),
    (by_schema({"type": "secretword"}), "caller_invalid_field", "response_format.json_schema.schema.type"),
    ({"grammar": "root ::= secretword"}, "caller_invalid_field", "grammar"),
], ids=str)
def test_constraints_that_cannot_be_kept(gateway, field, code, param):
    reply = gateway.ask(client.chat(FRANCE, **field))
    assert reply.status == 400 and reply.error["code"] == code and reply.error["param"] == param
    assert b"secretword" not in reply.body


def test_models(gateway):
    reply = gateway.ask(None, path="/v1/models", method="GET")
    assert reply.status == 200
    body = reply.json
    assert body["object"] == "list" and body["data"]
    for model in body["data"]:
        assert set(model) >= {"id", "object", "created", "owned_by"}
        assert model["object"] == "model" and isinstance(model["created"], int)


@pytest.mark.parametrize("body, status", [(b"{", 400), (client.chat(FRANCE, model="forbidden-x"), 403), ({"model": "x"}, 400)])
def test_errors_have_four_fields(gateway, body, status):
    reply = gateway.ask(body)
    assert reply.status == status
    assert set(reply.json) == {"error"}
    error = reply.error
    assert set(error) == {"message", "type", "param", "code"}
    assert isinstance(error["message"], str) and error["message"]
    assert isinstance(error["type"], str)
    assert re.fullmatch(r"(caller|policy|target|internal)_[a-z0-9_]+", error["code"])
    assert error["param"] is None or isinstance(error["param"], str)
    assert reply.header("x-request-id")


def test_param_names_the_field(gateway):
    assert gateway.ask({"model": "x"}).error["param"] == "messages"
    assert gateway.ask(client.chat("a", max_tokens="x")).error["param"] == "max_tokens"


def test_it_says_what_it_is(gateway):
    for question in ("Who are you?", "What model is this?", "Are you ChatGPT?"):
        assert "demonstration model" in gateway.ask(client.chat(question, temperature=0)).text


@pytest.mark.parametrize("stream", [False, True])
def test_several_choices(start_gateway, stream):
    """Each with its own seed and its own end; the prompt is counted once."""
    gateway = start_gateway(engine__model=str(HERE.parent / "golden" / "models" / "llama-linear.gguf"))
    asked = {"temperature": 1.5, "max_tokens": 12}
    question = "Tell me a story about a fox."
    alone = [gateway.ask(client.chat(question, seed=40 + i, **asked)).json for i in range(3)]
    if stream:
        reply = gateway.ask(client.chat(question, seed=40, n=3, stream=True, stream_options={"include_usage": True}, **asked))
        texts, finishes = [""] * 3, [[] for _ in range(3)]
        events = reply.events[:-1]
        assert reply.events[-1] == "[DONE]"
        for event in events:
            for choice in event["choices"]:
                texts[choice["index"]] += choice["delta"].get("content") or ""
                finishes[choice["index"]] += [choice["finish_reason"]] if choice["finish_reason"] else []
        usage = events[-1]["usage"]
        assert all(len(finish) == 1 for finish in finishes)
        finishes = [finish[0] for finish in finishes]
    else:
        reply = gateway.ask(client.chat(question, seed=40, n=3, **asked)).json
        assert [choice["index"] for choice in reply["choices"]] == [0, 1, 2]
        texts = [choice["message"]["content"] for choice in reply["choices"]]
        finishes = [choice["finish_reason"] for choice in reply["choices"]]
        usage = reply["usage"]
    assert texts == [one["choices"][0]["message"]["content"] for one in alone]
    assert len(set(texts)) == 3
    assert finishes == [one["choices"][0]["finish_reason"] for one in alone]
    assert usage["prompt_tokens"] == alone[0]["usage"]["prompt_tokens"]
    assert usage["completion_tokens"] == sum(one["usage"]["completion_tokens"] for one in alone)


@pytest.mark.parametrize("field", [{"n": 9}, {"logit_bias": {"99999999": 1}}, {"tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}],
                                                                 "tool_choice": "required"}, {"stop": "x" * 257}], ids=str)
def test_what_the_engine_cannot_do_is_said(gateway, field):
    """Rather than answering something else than was asked for."""
    reply = gateway.ask(client.chat(FRANCE, **field))
    assert reply.status == 400 and reply.error["code"] == "caller_unsupported_field"


@pytest.mark.skipif(not shutil.which("node"), reason="no node")
@pytest.mark.skipif(not (HERE / "sdk" / "node_modules" / "openai").is_dir(), reason="run npm ci in tests/e2e/sdk first")
def test_official_sdk(gateway, upstreams):
    done = subprocess.run(["node", "chat.mjs", gateway.url], cwd=HERE / "sdk", capture_output=True, text=True, timeout=3 * PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(done.stdout)
    assert "Paris" in result["whole"] and result["whole"] == result["streamed"] == result["helper"]
    assert result["remote"] == result["remoteStreamed"]
    assert result["models"] >= 1
    assert result["usage"] > 0
    assert result["error"] == {"name": "PermissionDeniedError", "status": 403, "code": "policy_blocked"}
    assert result["broken"] == {"name": "BadRequestError", "status": 400, "code": "caller_missing_field"}
    assert result["aborted"] == "APIUserAbortError"


@pytest.mark.skipif(not shutil.which("node"), reason="no node")
@pytest.mark.skipif(not (HERE / "sdk" / "node_modules" / "openai").is_dir(), reason="run npm ci in tests/e2e/sdk first")
def test_official_sdk_in_trouble(gateway, upstreams):
    """Tools in a stream, retries, aborts, cuts and time-outs are to the SDK what OpenAI's own would be."""
    begun = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": ""}}
    call = [fake.chunk({"role": "assistant", "content": None, "tool_calls": [begun]}),
            *[fake.chunk({"tool_calls": [{"index": 0, "function": {"arguments": part}}]}) for part in ('{"ci', 'ty":"Paris"}')],
            fake.chunk({}, "tool_calls")]
    upstreams.premises.default = fake.silent()  # for the last one
    upstreams.premises.script = [fake.stream_of(call), fake.fail(429, ["Retry-After: 0"]), fake.ok(), fake.fail(503), fake.ok(), fake.fail(400),
                                 fake.ok(gap=0.2), fake.cut(3), fake.ok(['{"city":', '"Paris"}'])]
    done = subprocess.run(["node", "trouble.mjs", gateway.url], cwd=HERE / "sdk", capture_output=True, text=True, timeout=3 * PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout) == {
        "call": {"name": "get_weather", "arguments": '{"city":"Paris"}'}, "busy": "stop", "down": "stop",
        "refused": {"name": "BadRequestError", "status": 400, "code": "target_rejected"},
        "cut": {"name": "APIError", "status": None, "code": "target_cut"}, "parsed": {"city": "Paris"}, "model": "auto",
        "noModel": {"name": "NotFoundError", "status": 404, "code": "caller_not_found"},
        "blocked": {"name": "PermissionDeniedError", "status": 403, "code": "policy_blocked"},
        "late": {"name": "APIConnectionTimeoutError", "status": None, "code": None}}
    assert len(upstreams.premises.requests) == 10
    assert upstreams.premises.requests[6].gone is not None
