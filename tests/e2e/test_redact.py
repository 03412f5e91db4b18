"""Redaction: placeholders go up, values come back, and where that cannot be done nothing goes up."""
import base64
import json
import random
import subprocess

import pytest

import client
import fake_upstream as fake
from conftest import BINARY

NAME, MAIL, SSN = "Maria Gonzalez", "jane.doe@acme-corp.com", "536-22-8145"
TEXT = f"My name is {NAME}, write to {MAIL}. My SSN is {SSN}."

POLICY = {
    "version": 1,
    "name": "redact",
    "pii": {"entities": {"PERSON": "redact", "EMAIL_ADDRESS": "redact", "US_SSN": "mask",
                         "CREDIT_CARD": "route_local", "secrets": "block"}},
    "rules": [
        {"name": "cloud-only", "when": {"model": "only*"}, "route": ["cloud"]},
        {"name": "premises-too", "when": {"model": "premises*"}, "route": ["premises"],
         "pii": {"redact_for": "on_premises", "entities": {"CREDIT_CARD": "mask"}}},
        {"name": "premises-plain", "when": {"model": "plain*"}, "route": ["premises"]},
    ],
    "default": {"route": ["cloud", "premises", "local"]},
}


@pytest.fixture
def gateway(start_gateway):
    return start_gateway(POLICY)


def echo(pieces=None, seed=0):
    """Says what the last message said; in a stream, cut anywhere."""
    def behave(connection, request):
        text = request.json["messages"][-1]["content"]
        if not request.json.get("stream"):
            connection.send(fake.answer(200, fake.completion([text])))
            return
        cuts = random.Random(seed)
        words = []
        while text:
            size = cuts.randint(1, pieces or 6)
            words.append(text[:size])
            text = text[size:]
        fake.stream_of(fake.events(words))(connection, request)
    return behave


def never_saw(upstream, *values):
    return all(value.encode() not in upstream.received for value in values)


@pytest.mark.parametrize("stream", [False, True])
def test_values_stay_and_come_back(gateway, upstreams, stream):
    upstreams.cloud.default = echo()
    reply = gateway.ask(client.chat(TEXT, stream=stream))
    assert reply.status == 200 and reply.complete
    assert reply.header("x-penstock-route") == "cloud"
    sent = upstreams.cloud.requests[0].json["messages"][0]["content"]
    assert sent == "My name is [PERSON_1], write to [EMAIL_ADDRESS_1]. My SSN is [US_SSN]."
    assert never_saw(upstreams.cloud, NAME, MAIL, SSN)
    assert reply.text == TEXT.replace(SSN, "[US_SSN]")
    record = gateway.decision_of(reply)
    assert record["redaction"] == {"outcome": "done", "redact_for": "cloud", "spans": 3, "values": 3, "restored": 2}
    assert record["pii"]["PERSON"]["action"] == "redact" and record["pii"]["US_SSN"]["action"] == "mask"
    assert gateway.metric("penstock_pii_events_total", type="PERSON", action="redacted") == 1
    assert gateway.metric("penstock_pii_events_total", type="US_SSN", action="masked") == 1


def test_only_changed_spans_differ(gateway, upstreams):
    """Unknown fields, number spelling, key order and escapes survive around the edits."""
    body = ('{ "z":1.50, "messages":[{"content":"caf\\u00e9 \\/ My name is M\\u0061ria Gonzalez","role":"user" }],'
            '"model":"x",\t"odd":{"b":1e3,"a":[ ]} }').encode()
    upstreams.cloud.default = echo()
    reply = gateway.ask(body)
    assert reply.status == 200
    assert upstreams.cloud.requests[0].body == body.replace(b"M\\u0061ria Gonzalez", b"[PERSON_1]")
    assert reply.text == "café / My name is Maria Gonzalez"


@pytest.mark.parametrize("seed", range(8))
def test_any_cut_of_the_stream(gateway, upstreams, seed):
    text = f"My name is {NAME}. I said: my name is {NAME}, [PERSON_, [not], [[{MAIL}]] ]["
    upstreams.cloud.default = echo(pieces=1 + seed, seed=seed)
    whole = gateway.ask(client.chat(text))
    stream = gateway.ask(client.chat(text, stream=True))
    assert whole.text == stream.text == text
    assert stream.events[-1] == "[DONE]"
    assert never_saw(upstreams.cloud, NAME, MAIL)


def tool_call(arguments):
    return {"id": "call_1", "type": "function", "function": {"name": "send", "arguments": arguments}}


@pytest.mark.parametrize("stream", [False, True])
def test_tool_arguments(gateway, upstreams, stream):
    """Values inside JSON inside a string: out of the request's, and into the answer's."""
    name = 'Jane "JJ" Doe'
    said = json.dumps({"to": MAIL, "name": name})
    got = []

    def answer(connection, request):
        arguments = request.json["messages"][1]["tool_calls"][0]["function"]["arguments"]
        got.append(json.loads(arguments))
        if stream:
            pieces = [fake.chunk({"tool_calls": [{"index": 0, **tool_call("")}]})]
            pieces += [fake.chunk({"tool_calls": [{"index": 0, "function": {"arguments": c}}]}) for c in arguments]
            fake.stream_of([*pieces, fake.chunk({}, "tool_calls")])(connection, request)
        else:
            message = {"role": "assistant", "content": None, "tool_calls": [tool_call(arguments)]}
            connection.send(fake.answer(200, fake.completion(choices=[{"index": 0, "message": message,
                                                                       "finish_reason": "tool_calls"}])))

    upstreams.cloud.default = answer
    reply = gateway.ask({"model": "x", "stream": stream, "messages": [
        {"role": "user", "content": f"Mail {MAIL}"},
        {"role": "assistant", "content": None, "tool_calls": [tool_call(said)]},
        {"role": "tool", "tool_call_id": "call_1", "content": "sent"}]})
    assert reply.status == 200
    assert got[0]["to"] == "[EMAIL_ADDRESS_1]"
    assert never_saw(upstreams.cloud, MAIL)
    if stream:
        calls = [event["choices"][0]["delta"].get("tool_calls") for event in reply.events if event != "[DONE]"]
        back = "".join(call[0]["function"]["arguments"] for call in calls if call)
    else:
        back = reply.json["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(back) == json.loads(said)


def test_all_turns_and_fields(gateway, upstreams):
    upstreams.cloud.default = echo()
    body = {"model": "x", "user": MAIL, "metadata": {"contact": MAIL}, "messages": [
        {"role": "system", "content": f"You serve {MAIL}."},
        {"role": "user", "content": [{"type": "text", "text": f"I am at {MAIL}"}]},
        {"role": "assistant", "content": f"Noted: {MAIL}"},
        {"role": "user", "content": "Which address?"}]}
    assert gateway.ask(body).status == 200
    assert never_saw(upstreams.cloud, MAIL)
    assert upstreams.cloud.requests[0].body.count(b"[EMAIL_ADDRESS_1]") == 5


@pytest.mark.parametrize("body", [
    {"model": "M", "metadata": {MAIL: "x"}, "messages": [{"role": "user", "content": "hi"}]},
    {"model": "M", "messages": [{"role": "user", "content": f"{MAIL}"}], "metadata": {MAIL: "x"}},
    {"model": "M", "metadata": {"ssn": 536228145}, "messages": [{"role": "user", "content": "hi"}]},
    {"model": "M", "messages": [{"role": "user", "content":
        "see data:text/plain;base64,bWFpbCBqYW5lLmRvZUBhY21lLWNvcnAuY29t"}]},
    {"model": "M", "messages": [{"role": "user", "content": "hi"}],
     "tools": [{"type": "function", "function": {"name": "536-22-8145", "parameters": {}}}]},
], ids=["key", "key and text", "number", "base64", "tool name"])
@pytest.mark.parametrize("model,status", [("x", 200), ("only-x", 403)])
def test_what_cannot_be_edited_stays(gateway, upstreams, body, model, status):
    reply = gateway.ask({**body, "model": model})
    assert reply.status == status
    assert not upstreams.cloud.received
    record = gateway.decision_of(reply)
    assert record["redaction"]["outcome"] == "place"
    if status == 200:
        assert reply.header("x-penstock-route") == "premises" and record["restricted"]
    else:
        assert reply.error["code"] == "policy_unscannable"


@pytest.mark.parametrize("stream", [False, True])
def test_base64_in_text_goes_and_comes_back_whole(gateway, upstreams, stream):
    upstreams.cloud.default = echo()
    encoded = base64.b64encode(f"mail {MAIL}".encode()).decode()
    reply = gateway.ask(client.chat(f"Decode {encoded}, please", stream=stream))
    assert upstreams.cloud.requests[0].json["messages"][0]["content"] == "Decode [EMAIL_ADDRESS_1], please"
    assert never_saw(upstreams.cloud, encoded, MAIL)
    assert reply.text == f"Decode {encoded}, please"


def test_local_and_blocked(gateway, upstreams):
    """A type of its own mind: the card keeps the whole request, the secret ends it."""
    reply = gateway.ask(client.chat(f"{TEXT} My card is 4111 1111 1111 1111."))
    assert reply.header("x-penstock-route") == "premises"
    assert not upstreams.cloud.received
    assert SSN.encode() in upstreams.premises.received  # redact_for: cloud
    reply = gateway.ask(client.chat("my key is AKIAIOSFODNN7EXAMPLQ and the password: hunter2hunter2"))
    assert reply.status == 403 and reply.error["code"] == "policy_blocked"
    assert gateway.decision_of(reply)["block"] == "sensitive"


def test_redact_for_the_premises(gateway, upstreams):
    upstreams.premises.default = echo()
    text = f"{TEXT} My card is 4111 1111 1111 1111."
    reply = gateway.ask(client.chat(text, model="premises-x"))
    assert never_saw(upstreams.premises, NAME, MAIL, SSN, "4111")
    assert reply.text == text.replace(SSN, "[US_SSN]").replace("4111 1111 1111 1111", "[CREDIT_CARD]")
    assert gateway.ask(client.chat(TEXT, model="plain-x")).text == TEXT
    assert NAME.encode() in upstreams.premises.received


def test_fallback_gets_its_own_body(gateway, upstreams):
    """The cloud fails; what the premises get is the client's body, and their answer is not touched."""
    upstreams.cloud.script = [fake.fail(503)]
    upstreams.premises.default = lambda connection, request: connection.send(
        fake.answer(200, fake.completion(["[PERSON_1] ", request.json["messages"][0]["content"]])))
    reply = gateway.ask(client.chat(TEXT))
    assert reply.header("x-penstock-route") == "premises"
    assert reply.text == "[PERSON_1] " + TEXT
    assert never_saw(upstreams.cloud, NAME, MAIL, SSN)


def test_broken_stream_lets_go(gateway, upstreams):
    """What was held back goes out before the error that ends the stream."""
    upstreams.cloud.default = lambda connection, request: fake.raw(
        fake.STREAM_HEAD + fake.framed(fake.chunk({"content": "a [PERSON"})))(connection, request)
    reply = gateway.ask(client.chat(TEXT, stream=True))
    assert reply.events[-1]["error"]["code"] == "target_cut"
    assert client.joined(reply.events[:-1]) == "a [PERSON"


def test_a_long_prompt(start_gateway, upstreams):
    """Classified off the loop, its spans come back to it."""
    gateway = start_gateway(POLICY, classifiers__timeout="10m")
    upstreams.cloud.default = echo()
    text = "Nothing to see here, move along. " * 2000 + TEXT
    reply = gateway.ask(client.chat(text))
    assert reply.status == 200 and reply.header("x-penstock-route") == "cloud"
    assert never_saw(upstreams.cloud, NAME, MAIL, SSN)
    assert reply.text == text.replace(SSN, "[US_SSN]")


SAID = "It belongs to Maria Gonzalez, who is at maria.gonzalez@acme-corp.com, SSN 536-22-8145."


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("mode", ["detect", "mask"])
def test_answers_are_scanned(start_gateway, upstreams, stream, mode):
    """What a target says by itself: counted, or masked; what the client sent comes back all the same."""
    policy = {**POLICY, "pii": {**POLICY["pii"], "scan_reply": mode}}
    gateway = start_gateway(policy)
    answer = "Thank you, [PERSON_1]! " + SAID
    upstreams.cloud.default = fake.ok([answer[i:i + 3] for i in range(0, len(answer), 3)])
    reply = gateway.ask(client.chat("My name is Peter Schmidt. Whose is this?", stream=stream))
    masked = SAID.replace("Maria Gonzalez", "[PERSON]").replace("maria.gonzalez@acme-corp.com", "[EMAIL_ADDRESS]")
    masked = masked.replace("536-22-8145", "[US_SSN]")
    assert reply.text == "Thank you, Peter Schmidt! " + (masked if mode == "mask" else SAID)
    record = gateway.decision_of(reply)
    assert record["reply"]["pii"]["US_SSN"] == 1 and record["reply"]["pii"]["EMAIL_ADDRESS"] == 1
    assert record["reply"]["masked"] == (3 if mode == "mask" else 0)
    assert gateway.metric("penstock_reply_pii_events_total", type="US_SSN") == 1


LONG = "".join(f"Line {i} of a long answer about rivers and hills. " + SAID + "\n" for i in range(400))


def scanning(start_gateway, upstreams, **more):
    gateway = start_gateway({**POLICY, "pii": {**POLICY["pii"], "scan_reply": "mask"}}, **more)
    upstreams.cloud.default = fake.ok([LONG[i:i + 4000] for i in range(0, len(LONG), 4000)])
    return gateway


def test_a_long_answer_is_scanned_by_the_pool(start_gateway, upstreams):
    """As a stream says it, so does the whole answer, and other requests go on meanwhile."""
    gateway = scanning(start_gateway, upstreams, workers=1, classifiers__timeout="10m")
    stream = gateway.ask(client.chat("Whose is this?", stream=True))
    whole = gateway.ask(client.chat("Whose is this?"))
    assert whole.status == 200 and whole.complete and whole.text == stream.text
    assert "536-22-8145" not in whole.text and whole.text.count("[US_SSN]") == 400
    one, other = gateway.decision_of(stream), gateway.decision_of(whole)
    assert one["reply"] == other["reply"]


def test_a_long_answer_that_cannot_be_scanned_stays(start_gateway, upstreams):
    gateway = scanning(start_gateway, upstreams, classifiers__timeout="10ms")
    reply = gateway.ask(client.chat("Whose is this?"))
    assert reply.status == 503 and b"536-22" not in reply.body and b"Line" not in reply.body
    assert gateway.ask(client.chat("Whose is this?", stream=True)).text.count("[US_SSN]") == 400


def test_who_hangs_up_while_the_pool_scans(start_gateway, upstreams):
    gateway = scanning(start_gateway, upstreams, workers=1, classifiers__timeout="10m")
    for turn in range(3):
        with client.Client(gateway.address) as connection:
            connection.request(client.chat("Whose is this?"))
            upstreams.cloud.wait_for(turn + 1)
    assert gateway.ask(client.chat("Whose is this?")).text.count("[US_SSN]") == 400


def test_the_engines_answers_are_scanned(start_gateway):
    policy = {"version": 1, "pii": {"scan_reply": "mask", "entities": {"all": "redact"}}, "default": {"route": ["local"]}}
    gateway = start_gateway(policy)
    plain = start_gateway({"version": 1, "default": {"route": ["local"]}})
    for stream in (False, True):
        body = client.chat("What is the capital of France?", stream=stream, temperature=0, logprobs=True)
        reply = gateway.ask(body)
        said = plain.ask(body).text
        record = gateway.decision_of(reply)
        assert reply.status == 200 and reply.complete
        assert "reply" in record
        if record["reply"]["masked"]:
            assert "[" in reply.text
        else:
            assert reply.text == said


def test_the_verdict_does_not_see_the_cuts(gateway, upstreams):
    """However the body comes over the wire, the same is found and the same goes up."""
    cuts = random.Random(5)
    body = json.dumps(client.chat(f"{TEXT} Żółć 漢字. " * 20)).encode()
    seen = set()
    for way in range(6):
        with client.Client(gateway.address) as connection:
            if way % 2:
                head, rest = client.request_bytes(None).rstrip(b"\r\n"), body
                connection.send(head + b"\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
            else:
                rest = client.request_bytes(body)
            while rest:
                size = cuts.randint(1, 400)
                piece, rest = rest[:size], rest[size:]
                connection.send(fake.framed(piece) if way % 2 else piece)
            if way % 2:
                connection.send(b"0\r\n\r\n")
            reply = connection.read()
        assert reply.status == 200
        record = gateway.decision_of(reply)
        seen.add(json.dumps([record["pii"], record["sensitive"], record["redaction"]["spans"]]))
    assert len(seen) == 1
    assert len({request.body for request in upstreams.cloud.requests}) == 1


def test_a_replay_knows_what_could_not_be_edited(start_gateway):
    """The log alone tells why a request that a rule sends to the cloud was refused."""
    gateway = start_gateway({**POLICY, "rules": [], "default": {"route": ["cloud"]}})
    gateway.ask({"model": "x", "metadata": {MAIL: "x"}, "messages": [{"role": "user", "content": "hi"}]})
    gateway.ask(client.chat(TEXT))
    assert [record["action"] for record in gateway.decisions(2)] == ["block", "route"]
    done = subprocess.run([BINARY, "policy", "replay", "-c", str(gateway.config_file), str(gateway.log_file)],
                          capture_output=True, text=True)
    assert done.returncode == 0 and "2 decisions, 0 differ" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_cannot_be_read_is_not_let_through(start_gateway, upstreams, stream):
    """Where answers are masked, one that the scan cannot take apart is an error, not a way around it."""
    gateway = scanning(start_gateway, upstreams)
    many = ",".join(["0"] * (1 << 18)).encode()
    if stream:
        event = json.dumps({"id": "x", "choices": [{"index": 0, "delta": {"content": SAID}}]}).encode()
        event = b"data: " + event[:-1] + b', "more": [' + many + b"]}\n\n"
        upstreams.cloud.script = [fake.stream_of([event])]
    else:
        body = fake.completion([SAID])
        upstreams.cloud.script = [fake.raw(fake.answer(200, body[:-1] + b', "more": [' + many + b"]}"))]
    reply = gateway.ask(client.chat("Whose is this?", stream=stream))
    assert b"536-22-8145" not in reply.body
    assert gateway.decision_of(reply)["outcome"] == "partial"
    assert reply.status == 503 and reply.error["code"] == "internal_overloaded"
