"""Targets that fail: who is asked next, what the client is told, and what never moves."""
import subprocess
import time

import pytest

import client
import fake_upstream as fake
from client import PATIENCE, wait_until
from conftest import CLOUD_KEY

FRANCE = "What is the capital of France?"


def test_routes(gateway, upstreams):
    reply = gateway.ask(client.chat(FRANCE, model="premises-x"))
    assert reply.status == 200 and reply.text == "".join(fake.WORDS)
    assert reply.header("x-penstock-placement") == "on_premises"
    assert reply.header("x-penstock-route") == "premises"
    assert reply.header("x-penstock-rule") == "premises-only"
    assert reply.header("x-penstock-policy")
    assert reply.header("x-request-id")
    reply = gateway.ask(client.chat(FRANCE, model="cloud-x"))
    assert reply.header("x-penstock-placement") == "cloud" and reply.header("x-penstock-route") == "cloud"
    reply = gateway.ask(client.chat(FRANCE))
    assert reply.header("x-penstock-placement") == "in_process" and reply.header("x-penstock-rule") == "default"
    assert "Paris" in reply.text


def test_headers_that_go_up(gateway, upstreams):
    """The key of the target, and nothing of the client's."""
    reply = gateway.ask(client.chat(FRANCE, model="cloud-x"), headers=[
        "Authorization: Bearer client-secret", "Cookie: a=b", "X-Forwarded-For: 1.2.3.4", "X-Penstock-Debug: true",
        "OpenAI-Organization: org", "X-User: someone", "User-Agent: client-agent", "X-Other: other"])
    assert reply.status == 200
    request = upstreams.cloud.requests[0]
    assert request.header("authorization") == f"Bearer {CLOUD_KEY}"
    assert request.header("content-type") == "application/json"
    assert int(request.header("content-length")) == len(request.body)
    assert request.path == "/v1/chat/completions"
    for word in (b"client-secret", b"a=b", b"1.2.3.4", b"enstock-Debug", b"org", b"someone", b"client-agent", b"other"):
        assert word not in request.raw_head, word


def test_premises_gets_no_key(gateway, upstreams):
    gateway.ask(client.chat(FRANCE, model="premises-x"), headers=["Authorization: Bearer client-secret"])
    assert upstreams.premises.requests[0].header("authorization") is None


@pytest.mark.parametrize("text, kept", [
    (FRANCE, False),
    ("My SSN is 219-09-9999 and I have diabetes.", True),
    ("Write to jane.roe@example.org about the bill.", True),
    ("Charge card 4111 1111 1111 1111.", True),
    ("IBAN DE89 3704 0044 0532 0130 00", True)])
def test_what_is_private_stays(gateway, upstreams, text, kept):
    reply = gateway.ask(client.chat(text, model="guarded-x"))
    assert reply.status == 200
    if kept:
        assert reply.header("x-penstock-placement") == "in_process"
        assert reply.header("x-penstock-rule") == "private"
        assert not upstreams.cloud.received
    else:
        assert reply.header("x-penstock-placement") == "cloud"


PRIVATE = "219-09-9999"


def test_no_test_holds_for_another(shared_gateway, request):
    """What was private beside the first message of a conversation, before the fixture makes the gateway forget it."""
    private = {"model": "guarded-x", "messages": [{"role": "user", "content": FRANCE}, {"role": "user", "content": f"SSN {PRIVATE}"}]}
    assert shared_gateway.ask(private).header("x-penstock-rule") == "private"
    assert shared_gateway.ask(client.chat(FRANCE, model="guarded-x")).header("x-penstock-rule") == "private"
    gateway = request.getfixturevalue("gateway")
    assert gateway.ask(client.chat(FRANCE, model="guarded-x")).header("x-penstock-placement") == "cloud"


def uri_part(uri):
    return {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "image_url", "image_url": {"url": uri}}]}]}


PLACES = {
    "system": {"messages": [{"role": "system", "content": f"SSN {PRIVATE}"}, {"role": "user", "content": "Hi"}]},
    "developer": {"messages": [{"role": "developer", "content": f"SSN {PRIVATE}"}, {"role": "user", "content": "Hi"}]},
    "an earlier turn": {"messages": [{"role": "user", "content": f"My SSN is {PRIVATE}"}, {"role": "assistant", "content": "ok"},
                                     {"role": "user", "content": "Hi"}]},
    "an assistant turn": {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": f"SSN {PRIVATE}"},
                                       {"role": "user", "content": "Hi"}]},
    "a part": {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "text", "text": f"SSN {PRIVATE}"}]}]},
    "a tool call": {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": None, "tool_calls": [
        {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"ssn": "%s"}' % PRIVATE}}]},
        {"role": "tool", "tool_call_id": "c", "content": "ok"}]},
    "a tool result": {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": None, "tool_calls": [
        {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c", "content": f"SSN {PRIVATE}"}]},
    "a tool's description": {"tools": [{"type": "function", "function": {"name": "f", "description": f"SSN {PRIVATE}", "parameters": {}}}]},
    "a tool's schema": {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "description": f"SSN {PRIVATE}"}}}]},
    "an enum of a schema": {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"enum": [f"SSN {PRIVATE}"]}}}]},
    "a key of a schema": {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"properties": {f"SSN {PRIVATE}": {}}}}}]},
    "metadata": {"metadata": {"note": f"SSN {PRIVATE}"}},
    "a key of metadata": {"metadata": {f"SSN {PRIVATE}": "note"}},
    "user": {"user": f"SSN {PRIVATE}"},
    "stop": {"stop": [f"SSN {PRIVATE}"]},
    "an unknown field": {"x-new": {"deep": [{"er": f"SSN {PRIVATE}"}]}},
    "a name": {"messages": [{"role": "user", "name": "jane.roe@example.org", "content": "Hi"}]},
    "prediction": {"prediction": {"type": "content", "content": f"SSN {PRIVATE}"}},
    "response_format": {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"description": f"SSN {PRIVATE}"}}}},
    "the end of a long text": {"messages": [{"role": "user", "content": "Plain words. " * 20000 + f"SSN {PRIVATE}"}]},
    "the middle of a long text": {"messages": [{"role": "user", "content": "Plain words. " * 10000 + f"SSN {PRIVATE}" + " Plain words." * 10000}]},
    "a data URI": {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "image_url", "image_url": {
        "url": "data:text/plain,SSN%20219-09-9999"}}]}]},
    "a data URI in capitals": uri_part("DATA:text/plain,SSN%20219-09-9999"),
    "a data URI in base64": uri_part("data:text/plain;base64,U1NOIDIxOS0wOS05OTk5"),
    "a data URI in BASE64": uri_part("data:text/plain;BASE64,U1NOIDIxOS0wOS05OTk5"),
    "a data URI in escaped base64": uri_part("data:text/plain;base64,U1NOIDIxOS0wOS05OTk%35"),
    "a data URI in base64 with a long head": uri_part("data:text/plain;x=" + "y" * 200 + ";base64,U1NOIDIxOS0wOS05OTk5"),
    "a data URI in UTF-16": uri_part("data:text/plain;base64,UwBTAE4AIAAyADEAOQAtADAAOQAtADkAOQA5ADkA"),
    "a data URI of another charset": uri_part("data:text/plain;charset=utf-7,SSN%20219-09-9999"),
    "an image beside a text URI": {"messages": [{"role": "user", "content": [{"type": "image_url", "x": "data:text/plain,hi", "image_url": {
        "url": "https://example.org/a.png"}}]}]},
    "an image": {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "image_url", "image_url": {
        "url": "https://example.org/a.png"}}]}]},
    "an unknown part": {"messages": [{"role": "user", "content": [{"type": "hologram", "hologram": "x"}]}]},
    "audio": {"messages": [{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}]}]},
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_nothing_escapes_from_any_place(gateway, upstreams, place, stream):
    """Also when the only rule's first choice is the cloud: no byte of it goes there."""
    body = {**client.chat("Hi", model="guarded-x", stream=stream), **PLACES[place]}
    reply = gateway.ask(body)
    assert not upstreams.cloud.received
    assert reply.header("x-penstock-placement") in (None, "in_process", "on_premises")
    assert reply.status in (200, 400, 403), reply.body


FAILURES = {
    "500": (fake.fail(500), {502, 503}, {"target_refused", "target_bad_reply", "target_unavailable"}),
    "503": (fake.fail(503), {502, 503}, {"target_refused", "target_unavailable", "target_bad_reply"}),
    "429": (fake.fail(429), {429}, {"target_rate_limited"}),
    "429 with Retry-After": (fake.fail(429, ["Retry-After: 7"]), {429}, {"target_rate_limited"}),
    "closes at once": (fake.raw(b""), {502, 503}, {"target_unavailable", "target_cut", "target_bad_reply"}),
    "garbage": (fake.raw(b"\x00\x01\x02 garbage\r\n\r\n"), {502, 503}, {"target_bad_reply", "target_unavailable", "target_cut"}),
    "a huge header": (fake.raw(b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * (8 << 20) + b"\r\n\r\n"), {502, 503},
                      {"target_bad_reply", "target_unavailable", "target_cut"}),
    "half an answer": (fake.cut_body(), {502}, {"target_cut", "target_bad_reply"}),
    "HTML": (fake.raw(fake.answer(200, b"<html></html>", content_type="text/html"), close=False), {502}, {"target_bad_reply"}),
    "not JSON": (fake.raw(fake.answer(200, b"{oops"), close=False), {502}, {"target_bad_reply"}),
    "a redirect": (fake.raw(fake.answer(302, b"", ["Location: http://127.0.0.1:1/"]), close=False), {502}, {"target_bad_reply", "target_refused"}),
    "silence": (fake.silent(), {504}, {"target_timeout"}),
    "late": (fake.ok(first=20), {504}, {"target_timeout"}),
}
TIMED = ("silence", "late")


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", FAILURES)
def test_failure_is_told(gateway, upstreams, name, stream):
    behaviour, statuses, codes = FAILURES[name]
    upstreams.premises.default = behaviour
    reply = gateway.ask(client.chat(FRANCE, model="hasty-x" if name in TIMED else "premises-x", stream=stream))
    assert reply.status in statuses, reply.body
    assert set(reply.error) == {"message", "type", "param", "code"}
    assert reply.error["code"] in codes
    assert b"upstream says no" not in reply.body
    if name == "429 with Retry-After":
        assert reply.header("retry-after") == "7"
    # HTTP's own exception: a kept-alive connection that dies before a byte of the answer.
    assert len(upstreams.premises.requests) <= (2 if name == "closes at once" else 1), "a request goes out once"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("name", FAILURES)
def test_failure_falls_over_unseen(gateway, upstreams, name, stream):
    upstreams.premises.default = FAILURES[name][0]
    reply = gateway.ask(client.chat(FRANCE, model="hasty-fallback-x" if name in TIMED else "fallback-x", stream=stream))
    assert reply.status == 200 and "Paris" in reply.text
    assert reply.header("x-penstock-placement") == "in_process"
    assert gateway.decision_of(reply)["outcome"] == "ok"


def test_falls_from_cloud_to_premises(gateway, upstreams):
    upstreams.cloud.default = fake.fail(500)
    reply = gateway.ask(client.chat(FRANCE, model="falling-x"))
    assert reply.status == 200 and reply.header("x-penstock-placement") == "on_premises"
    assert len(upstreams.cloud.requests) == len(upstreams.premises.requests) == 1
    assert upstreams.cloud.requests[0].body == upstreams.premises.requests[0].body


def test_falls_all_the_way(gateway, upstreams):
    upstreams.cloud.default = fake.fail(500)
    upstreams.premises.default = fake.fail(500)
    reply = gateway.ask(client.chat(FRANCE, model="falling-x"))
    assert reply.status == 200 and reply.header("x-penstock-placement") == "in_process"


def test_never_falls_to_the_cloud(gateway, upstreams):
    """premises-only has no other target: an error, though the cloud would answer."""
    upstreams.premises.default = fake.fail(500)
    assert gateway.ask(client.chat(FRANCE, model="premises-x")).status in (502, 503)
    assert not upstreams.cloud.received


def test_clients_own_mistakes_are_not_repeated_elsewhere(gateway, upstreams):
    """A 400 from a target is the request's fault; what it said stays there."""
    upstreams.premises.default = fake.fail(400, body=b'{"error":{"message":"canary-from-upstream","type":"x","param":null,"code":null}}')
    reply = gateway.ask(client.chat(FRANCE, model="premises-x"))
    assert reply.status == 400 and reply.error["code"] == "target_rejected"
    assert b"canary-from-upstream" not in reply.body
    upstreams.premises.default = fake.fail(401)  # the gateway's own key, which no caller can mend
    reply = gateway.ask(client.chat(FRANCE, model="premises-x"))
    assert reply.status == 502 and reply.error["code"] == "target_refused"


def test_no_line(gateway, upstreams):
    """A name that does not resolve: answered locally."""
    reply = gateway.ask(client.chat(FRANCE, model="noline-x"))
    assert reply.status == 200 and "Paris" in reply.text
    assert reply.header("x-penstock-placement") == "in_process"


def test_no_line_does_not_stall_others(gateway, upstreams):
    """Name resolution happens off the loop."""
    with client.Client(gateway.address) as waiting:
        waiting.request(client.chat(FRANCE, model="noline-x"))
        assert gateway.ask(client.chat(FRANCE, model="premises-x")).status == 200
        assert waiting.read().status == 200


def test_no_key(gateway, upstreams):
    reply = gateway.ask(client.chat(FRANCE, model="nokey-x"))
    assert reply.status == 200 and "Paris" in reply.text
    assert reply.header("x-penstock-placement") == "in_process"
    assert not upstreams.cloud.received, "a request without its key went up"


def test_nobody_listens(start_gateway, upstreams):
    import socket
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        gateway = start_gateway(targets__premises__url=f"http://127.0.0.1:{unused.getsockname()[1]}/v1")
        assert gateway.ask(client.chat(FRANCE, model="premises-x")).status in (502, 503)
        assert gateway.ask(client.chat(FRANCE, model="fallback-x")).status == 200


def test_key_from_a_file(start_gateway, upstreams, tmp_path):
    (tmp_path / "key").write_text("sk-from-a-file\n")
    (tmp_path / "key").chmod(0o600)
    gateway = start_gateway(targets__cloud__api_key_env=None, targets__cloud__api_key_file=str(tmp_path / "key"))
    assert gateway.ask(client.chat(FRANCE, model="cloud-x")).status == 200
    assert upstreams.cloud.requests[0].header("authorization") == "Bearer sk-from-a-file"


@pytest.mark.parametrize("certificate", ["wrong-name", "self-signed"])
def test_tls_is_verified(start_gateway, certificates, certificate):
    """Neither the key nor a byte of the request goes to a server that cannot prove its name."""
    server = fake.FakeUpstream(fake.server_context(certificates / f"{certificate}.pem", certificates / f"{certificate}.key"))
    try:
        gateway = start_gateway(targets__cloud__url=server.url)
        assert gateway.ask(client.chat(FRANCE, model="cloud-x")).status in (502, 503)
        assert gateway.ask(client.chat(FRANCE, model="falling-x")).status == 200
        assert not server.received
    finally:
        server.close()


def test_cloud_must_be_https(start_gateway):
    gateway = start_gateway(wait=False, targets__cloud__url="http://api.example.com/v1")
    done = subprocess.run([gateway.binary, "check", "-c", gateway.config_file], capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 1
    assert "url" in done.stderr + done.stdout


def test_breaker_leaves_a_failing_target_alone(start_gateway, upstreams):
    gateway = start_gateway(targets__premises__breaker={"failures": 3, "open_time": "10m"})
    upstreams.premises.default = fake.fail(500)
    for _ in range(3):
        assert gateway.ask(client.chat(FRANCE, model="fallback-x")).status == 200
    assert len(upstreams.premises.requests) == 3
    for _ in range(4):
        assert gateway.ask(client.chat(FRANCE, model="fallback-x")).status == 200
    assert gateway.ask(client.chat(FRANCE, model="premises-x")).status == 503
    assert len(upstreams.premises.requests) == 3, "an open breaker let requests through"


def test_breaker_tries_again(start_gateway, upstreams):
    """Some time after the failures one request is let through; its good end closes the circuit."""
    gateway = start_gateway(targets__premises__breaker={"failures": 3, "open_time": "100ms"})
    upstreams.premises.default = fake.fail(500)
    for _ in range(3):
        assert gateway.ask(client.chat(FRANCE, model="fallback-x")).status == 200
    assert len(upstreams.premises.requests) == 3
    upstreams.premises.default = fake.ok()
    wait_until(lambda: gateway.ask(client.chat(FRANCE, model="fallback-x")).header("x-penstock-placement") == "on_premises",
               "the target was never tried again")
    for _ in range(3):
        reply = gateway.ask(client.chat(FRANCE, model="fallback-x"))
        assert reply.header("x-penstock-placement") == "on_premises"
    assert len(upstreams.premises.requests) == 7


def test_breaker_does_not_count_the_clients_mistakes(start_gateway, upstreams):
    gateway = start_gateway(targets__premises__breaker={"failures": 2, "open_time": "5s"})
    upstreams.premises.default = fake.fail(400)
    for _ in range(4):
        gateway.ask(client.chat(FRANCE, model="premises-x"))
    upstreams.premises.default = fake.ok()
    assert gateway.ask(client.chat(FRANCE, model="premises-x")).status == 200


def test_connections_upstream_are_reused(gateway, upstreams):
    before = upstreams.premises.connections
    for _ in range(10):
        assert gateway.ask(client.chat(FRANCE, model="premises-x")).status == 200
    assert upstreams.premises.connections - before <= 1


def test_a_reused_connection_that_died(gateway, upstreams):
    """The server closed an idle connection: the next request must not fail for it."""
    upstreams.premises.script = [fake.raw(fake.answer(200, fake.completion()), close=True)]
    assert gateway.ask(client.chat(FRANCE, model="premises-x")).status == 200
    time.sleep(0.1)
    assert gateway.ask(client.chat(FRANCE, model="premises-x")).status == 200


def test_blocked(gateway, upstreams):
    reply = gateway.ask(client.chat(FRANCE, model="forbidden-x"))
    assert reply.status == 403
    assert reply.error["code"] == "policy_blocked"
    assert upstreams.saw_nothing()


def test_debug_headers(start_gateway, upstreams):
    """Types and numbers, for who may and asks."""
    gateway = start_gateway(identity={"mode": "anonymous", "debug": "everybody"})
    asked = client.chat("My SSN is 219-09-9999.", model="guarded-x")
    reply = gateway.ask(asked, headers=["X-Penstock-Debug: true"])
    assert reply.status == 200
    assert "US_SSN=1" in reply.header("x-penstock-signals") and "complexity=" in reply.header("x-penstock-signals")
    assert reply.header("x-penstock-reasons").startswith("rule=private; ") and "pii US_SSN" in reply.header("x-penstock-reasons")
    assert "219-09" not in str(reply.headers)
    for headers in ([], ["X-Penstock-Debug: false"]):
        assert gateway.ask(asked, headers=headers).header("x-penstock-signals") is None


def test_debug_headers_are_not_for_everybody(gateway, upstreams, start_gateway):
    asked = client.chat("My SSN is 219-09-9999.", model="guarded-x")
    assert gateway.ask(asked, headers=["X-Penstock-Debug: true"]).header("x-penstock-signals") is None
    gateway = start_gateway(identity={"mode": "anonymous", "debug": "keys"})
    assert gateway.ask(asked, headers=["X-Penstock-Debug: true"]).header("x-penstock-signals") is None
