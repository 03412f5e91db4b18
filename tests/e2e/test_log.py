"""What is written about requests, and that nothing of what was said is in it."""
import json
import re

import pytest

import client
import fake_upstream as fake
from client import PATIENCE, wait_until

FRANCE = "What is the capital of France?"


def test_one_line_a_request(start_gateway, upstreams):
    gateway = start_gateway()
    bodies = [client.chat(FRANCE), client.chat(FRANCE, stream=True), client.chat(FRANCE, model="premises-x"),
              client.chat(FRANCE, model="cloud-x", stream=True), client.chat(FRANCE, model="forbidden-x"),
              client.chat("SSN 219-09-9999", model="guarded-x"), b"{oops", b'{"model":"a","model":"b"}']
    replies = [gateway.ask(body) for body in bodies]
    assert gateway.settle() == len(bodies) + 1
    records = gateway.decisions()[:-1]
    assert [record["seq"] for record in records] == list(range(records[0]["seq"], records[0]["seq"] + len(bodies)))
    for reply, record in zip(replies, records):
        assert reply.header("x-request-id") == record["request_id"]
    by_outcome = [record["outcome"] for record in records]
    assert by_outcome == ["ok"] * 4 + ["blocked", "ok", "refused", "refused"]
    sensitive = records[5]
    assert "US_SSN" in json.dumps(sensitive)
    assert "219-09-9999" not in gateway.log_file.read_text()


def test_what_a_record_holds(start_gateway, upstreams):
    gateway = start_gateway()
    reply = gateway.ask(client.chat(FRANCE, model="premises-x"))
    record = gateway.decisions(1)[0]
    text = json.dumps(record)
    for name in ("time", "request_id", "seq", "principal", "rule", "target", "placement", "outcome"):
        assert name in record, f"{name} is not in {sorted(record)}"
    assert record["rule"] == "premises-only"
    assert record["target"] == "premises" and record["placement"] == "on_premises"
    assert re.search(r"[0-9a-f]{64}", text), "no hash of policy and models"
    assert reply.header("x-penstock-policy")[:8] in text


def test_no_log_no_request(start_gateway, tmp_path):
    """on_full: refuse: when decisions cannot be written, none is taken."""
    import os
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full")
    gateway = start_gateway(wait=False, decision_log={"path": "/dev/full", "on_full": "refuse"})
    try:
        gateway.start()
    except AssertionError:
        gateway.process.wait(PATIENCE)
        gateway.reader.join(5)
        gateway.process = None
        return  # refusing to start is right as well
    wait_until(lambda: gateway.ask(client.chat(FRANCE)).status == 503, "it went on without a log", step=0.05)


# --- the canary ---

CANARY = "zqCANARYqz"
BARE = "zqcanaryqz"  # as it would look in lower case


def canary_bodies(model):
    """The canary in every position of a request."""
    def put(i):
        return f"{CANARY}{i}"
    full = {
        "model": model, "user": put(1), "metadata": {put(2): put(3)}, "stop": [put(4)], put(5): put(6),
        "x": {"deep": [put(7), {put(8): [put(9)]}]},
        "messages": [
            {"role": "system", "name": "n" + put(10), "content": put(11)},
            {"role": "developer", "content": put(12)},
            {"role": "user", "content": [{"type": "text", "text": put(13)}, {"type": "text", "text": f"SSN 219-09-9999 {put(14)}"}]},
            {"role": "assistant", "content": put(15), "refusal": put(16), "tool_calls": [
                {"id": put(17), "type": "function", "function": {"name": put(18), "arguments": json.dumps({put(19): put(20)})}}]},
            {"role": "tool", "tool_call_id": put(17), "content": put(21)},
            {"role": "user", "name": put(22), "content": put(23)}],
        "tools": [{"type": "function", "function": {"name": put(18), "description": put(24),
                                                   "parameters": {"type": "object", "properties": {put(25): {"enum": [put(26)]}}}}}],
        "tool_choice": {"type": "function", "function": {"name": put(18)}},
        "response_format": {"type": "json_schema", "json_schema": {"name": put(27), "schema": {"description": put(28)}}},
    }
    plain = client.chat(f"{CANARY} hello", model=model)
    text = json.dumps(full)
    bad_role = client.chat("a", model=model)
    bad_role["messages"][0]["role"] = CANARY
    yield "everywhere", full
    yield "plain", plain
    yield "streamed", {**plain, "stream": True}
    yield "cut JSON", text[:-2].encode()
    yield "cut inside a string", text[:text.rindex(CANARY) + len(CANARY)].encode()
    yield "a bad byte", text.replace(CANARY, CANARY + "@", 1).encode().replace(b"@", b"\xff")
    yield "only a word", CANARY.encode()
    yield "a key twice", f'{{"model":"{model}","{CANARY}":1,"{CANARY}":2,"messages":[]}}'.encode()
    yield "the model twice", f'{{"model":"{CANARY}","model":"{CANARY}2","messages":[]}}'.encode()
    yield "as a model", client.chat("a", model=CANARY)
    yield "as a local model", client.chat("a", model=f"{CANARY}-{model}")
    yield "as a role", bad_role
    yield "as a number", text.replace('"deep"', f'"deep{CANARY}": {CANARY}, "deep"').encode()
    yield "a wrong type", {**plain, "max_tokens": CANARY}
    yield "another wrong type", {**plain, "stream": CANARY}
    yield "an unknown part", {"model": model, "messages": [{"role": "user", "content": [{"type": CANARY, CANARY: CANARY}]}]}
    yield "a wrong tool", {**plain, "tools": [{"type": CANARY}]}
    yield "no messages", {"model": model, CANARY: CANARY}


HEADERS = [f"X-Custom: {CANARY}", f"X-{CANARY}: 1", f"User-Agent: {CANARY}", f"Authorization: Bearer {CANARY}", f"Cookie: a={CANARY}",
           f"X-Request-Id: {CANARY}", f"OpenAI-Organization: {CANARY}", f"X-Penstock-User: {CANARY}", f"Traceparent: {CANARY}",
           f"Idempotency-Key: {CANARY}", f"Accept: {CANARY}", f"Referer: http://{CANARY}/"]


def assert_silent(gateway):
    """No log, metric or admin page has a trace of the canary."""
    pages = [client.ask(gateway.admin, None, path, "GET").body.decode("latin-1") for path in ("/healthz", "/readyz", "/metrics", f"/{CANARY}")]
    for name, text in [("decision log", gateway.log_file.read_text()), ("standard error", gateway.errors()),
                       ("standard output", gateway.output()), ("admin pages", "".join(pages))]:
        found = text.lower().find(BARE)
        assert found < 0, f"in {name}: {text[max(0, found - 200):found + 100]}"


UPSTREAM = {
    "answers": fake.ok(),
    "refuses": fake.fail(400, body=b'{"error":{"message":"zqCANARYqz","type":"zqCANARYqz","param":"zqCANARYqz","code":"zqCANARYqz"}}'),
    "fails": fake.fail(500, ["X-Canary: zqCANARYqz", "Retry-After: zqCANARYqz"], body=b"zqCANARYqz"),
    "limits": fake.fail(429, body=b"zqCANARYqz"),
    "is silent": fake.silent(),
    "cuts": fake.cut(2),
    "sends garbage": fake.stream_of([fake.chunk({"content": "a"}), b"data: zqCANARYqz\n\n"]),
    "sends a bad head": fake.raw(b"HTTP/1.1 zqCANARYqz\r\nzqCANARYqz\r\n\r\n"),
}


@pytest.mark.parametrize("model", ["auto", "premises-x", "guarded-x", "forbidden-x", "fallback-x"])
def test_canary_in_bodies(gateway, upstreams, model):
    before = gateway.settle()
    count = 0
    for name, body in canary_bodies(model):
        reply = gateway.ask(body, headers=HEADERS)
        count += 1
        if reply.status != 200:
            assert BARE not in reply.body.lower().decode("latin-1"), f"{name}: {reply.body}"
        for key, value in reply.headers:
            # The client's own request id may come back to it, and to nobody else.
            if key.lower() != "x-request-id":
                assert BARE not in f"{key}: {value}".lower(), name
    gateway.decisions(before + count)
    assert_silent(gateway)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", UPSTREAM)
def test_canary_when_upstream(gateway, upstreams, name, stream):
    before = gateway.settle()
    upstreams.premises.default = UPSTREAM[name]
    model = "hasty-x" if name == "is silent" else "premises-x"
    reply = gateway.ask(client.chat(CANARY, model=model, stream=stream), headers=HEADERS)
    assert BARE not in reply.body.lower().decode("latin-1")
    gateway.decisions(before + 1)
    assert_silent(gateway)


def test_canary_in_malformed_requests(gateway, upstreams):
    lines = [f"{CANARY} / HTTP/1.1", f"POST /{CANARY} HTTP/1.1", f"POST /v1/chat/completions?{CANARY} HTTP/1.1", f"POST / {CANARY}",
             f"GET /v1/models/{CANARY} HTTP/1.1", CANARY]
    for line in lines:
        with client.Client(gateway.address) as connection:
            connection.send(f"{line}\r\nHost: {BARE}\r\nContent-Length: 0\r\n\r\n".encode())
            assert BARE not in connection.read().body.lower().decode("latin-1"), line
    for header in (f"{CANARY} : 1", f"{CANARY}", f"Content-Length: {CANARY}", f"Transfer-Encoding: {CANARY}", f"Expect: {CANARY}",
                   f"X: \x01{CANARY}", f"Host: {CANARY}", f"Content-Type: {CANARY}"):
        with client.Client(gateway.address) as connection:
            connection.send(f"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\n{header}\r\n\r\n".encode())
            assert BARE not in connection.read().body.lower().decode("latin-1"), header
    assert_silent(gateway)


def test_canary_when_the_client_leaves(start_gateway, upstreams):
    gateway = start_gateway(limits__body_timeout="1s")
    upstreams.premises.default = fake.silent()
    with client.Client(gateway.address) as connection:
        connection.request(client.chat(CANARY, model="premises-x"), headers=HEADERS)
        upstreams.premises.wait_for(1)
    gateway.decisions(1)
    with client.Client(gateway.address) as connection:
        connection.send(client.request_bytes(client.chat(CANARY, model="premises-x"))[:-5])
    with client.Client(gateway.address) as connection:
        connection.send(client.request_bytes(client.chat(CANARY, model="premises-x"))[:-5])
        assert BARE not in connection.read().body.lower().decode("latin-1")
    assert_silent(gateway)


def test_canary_in_a_file_of_the_process(start_gateway, upstreams):
    """Nothing is left in files: the folder of the daemon holds the canary nowhere."""
    gateway = start_gateway()
    for _, body in canary_bodies("fallback-x"):
        gateway.ask(body)
    gateway.stop()
    for path in gateway.folder.rglob("*"):
        if path.is_file():
            assert BARE.encode() not in path.read_bytes().lower(), path
