"""ack_then_deepen: the model in process says a sentence while another target is asked."""
import json
import threading

import pytest

import client
import fake_upstream as fake
from client import wait_until
from conftest import POLICY

FRANCE = "What is the capital of France?"
ANSWER = "".join(fake.WORDS)


def rule(name, targets, **cascade):
    return {"name": name, "when": {"model": f"{name}*"}, "route": targets, "cascade": {"mode": "ack_then_deepen", "max_time": "10s", **cascade}}


ACKS = {**POLICY, "rules": [
    {"name": "kept", "when": {"pii": ["US_SSN"], "unclassified": False}, "route": ["local"]},
    rule("ack", ["cloud", "premises", "local"]), rule("short", ["cloud", "local"], max_tokens=3), rule("hasty", ["cloud", "local"], max_time="1ms"),
    {**rule("edited", ["cloud", "local"]), "pii": {"entities": {"EMAIL_ADDRESS": "redact"}}},
    {**rule("scanned", ["cloud", "local"]), "pii": {"scan_reply": "mask", "entities": {"EMAIL_ADDRESS": "redact"}}}] + POLICY["rules"]}


class Held:
    """A target that has taken the request and does not go on before it is let."""

    def __init__(self, behaviour):
        self.gate = threading.Event()
        self.behaviour = behaviour

    def __call__(self, connection, request):
        assert self.gate.wait(client.PATIENCE)
        self.behaviour(connection, request)


def begin(gateway, body):
    connection = client.Client(gateway.address)
    connection.request(body, headers=["Connection: close"])
    return connection


def read_to_sentence(connection):
    """Up to the end of the acknowledgement; the head, and what came."""
    status, headers = connection.read_head()
    data = b""
    while b"\\n\\n" not in data:
        piece = connection.read_piece()
        assert piece
        data += piece
    return status, dict(headers), data


def read_rest(connection):
    data = b""
    while piece := connection.read_piece():
        data += piece
    connection.sock.close()
    return data, piece == b""


def one_stream(events):
    """What every client relies on. Returns the events with choices."""
    chunks = [event for event in events if event != "[DONE]" and "error" not in event]
    told = [event for event in chunks if event["choices"]]
    assert len({event["id"] for event in chunks}) == 1 and len({event["created"] for event in chunks}) == 1
    assert [event["choices"][0]["delta"]["role"] for event in told if "role" in event["choices"][0]["delta"]] == ["assistant"]
    assert "role" in told[0]["choices"][0]["delta"]
    assert sum(event["choices"][0]["finish_reason"] is not None for event in told) <= 1
    return told


@pytest.fixture
def acks(start_gateway):
    return start_gateway(policy=ACKS)


def acknowledged(gateway, upstreams, behaviour, text=FRANCE, **body):
    """Asks, waits for the sentence, lets the target go on. Returns the whole stream and the record."""
    held = Held(behaviour)
    upstreams.cloud.script = [held]
    connection = begin(gateway, client.chat(text, stream=True, **{"model": "ack", **body}))
    status, headers, data = read_to_sentence(connection)
    assert status == 200 and headers["content-type"] == "text/event-stream"
    held.gate.set()
    rest, complete = read_rest(connection)
    reply = client.Reply(status, list(headers.items()), data + rest, complete)
    return reply, gateway.decision_of(reply)


def test_a_sentence_and_then_the_answer(acks, upstreams):
    reply, record = acknowledged(acks, upstreams, fake.ok(), stream_options={"include_usage": True})
    assert reply.complete and reply.events[-1] == "[DONE]"
    told = one_stream(reply.events)
    assert told[-1]["choices"][0]["finish_reason"] == "stop"
    first, rest = reply.text.split("\n\n", 1)
    assert first and first[-1] in ".!?…" and rest == ANSWER
    assert reply.header("x-penstock-route") == "cloud" and reply.header("x-penstock-placement") == "cloud"
    # But for id, time and role the target's events are its own, byte for byte.
    theirs = b"".join(fake.events()) + fake.DONE
    mine = told[0]
    theirs = theirs.replace(b'"chatcmpl-fake"', b'"%s"' % mine["id"].encode()).replace(b"1700000000", b"%d" % mine["created"])
    assert reply.body.endswith(theirs.replace(b'"role": "assistant", ', b""))
    assert record["target"] == "cloud" and record["outcome"] == "ok" and record["http_status"] == 200
    ack = record["acknowledgement"]
    assert (ack["outcome"], ack["target"]) == ("said", "local")
    assert ack["prompt_tokens"] > 0 and 0 < ack["completion_tokens"] <= 24 and ack["duration_us"] > 0
    times = record["timings_us"]
    assert times["first_byte"] < times["answer"] <= times["total"]
    assert [one["target"] for one in record["tries"]] == ["cloud"]
    body = upstreams.cloud.requests[0].json
    assert body["messages"] == client.chat(FRANCE)["messages"], "the target learns nothing of it"


def test_it_is_bounded(acks, upstreams):
    reply, record = acknowledged(acks, upstreams, fake.ok(), model="short")
    assert record["acknowledgement"]["completion_tokens"] <= 3
    assert reply.text.split("\n\n", 1)[0].endswith("…") and reply.text.endswith("\n\n" + ANSWER)


def plain_answer(reply):
    assert reply.status == 200 and reply.complete and reply.text == ANSWER
    assert reply.body == b"".join(fake.events()) + fake.DONE, "without a sentence every byte is the target's"


def test_time_is_up(acks, upstreams):
    upstreams.cloud.script = [fake.ok(first=0.5)]
    reply = acks.ask(client.chat("word " * 100, model="hasty", stream=True))
    plain_answer(reply)
    ack = acks.decision_of(reply)["acknowledgement"]
    assert ack["outcome"] == "too_slow" and ack["target"] == "local"


def test_nothing_waits_for_it(acks, upstreams):
    """Whatever is there first: the stream is well formed, and the answer whole."""
    seen = set()
    for _ in range(20):
        reply = acks.ask(client.chat("word " * 100, model="ack", stream=True))
        outcome = acks.decision_of(reply)["acknowledgement"]["outcome"]
        seen.add(outcome)
        one_stream(reply.events)
        if outcome == "said":
            assert reply.text.endswith("\n\n" + ANSWER)
        else:
            plain_answer(reply)
    assert seen <= {"said", "overtaken"}


@pytest.mark.parametrize("more", [
    {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]},
    {"response_format": {"type": "json_object"}}, {"logprobs": True}, {"stop": ["x"]}, {"max_tokens": 255}, {"n": 2},
    {"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}])
def test_who_says_how_the_answer_must_be_gets_the_answer(acks, upstreams, more):
    upstreams.cloud.script = [fake.ok(first=0.3)]
    reply = acks.ask(client.chat(FRANCE, stream=True, **{"model": "ack", **more}) if "messages" not in more
                     else {"model": "ack", "stream": True, **more})
    plain_answer(reply)
    assert acks.decision_of(reply)["acknowledgement"] == {"outcome": "unsuited"}


def test_unstreamed_is_the_target_alone(acks, upstreams):
    reply = acks.ask(client.chat(FRANCE, model="ack"))
    assert reply.status == 200 and reply.body == fake.completion()
    assert acks.decision_of(reply)["acknowledgement"] == {"outcome": "unsuited"}


def test_what_stays_is_answered_alone(acks, upstreams):
    reply = acks.ask(client.chat("My SSN is 219-09-9999. " + FRANCE, model="ack", stream=True))
    record = acks.decision_of(reply)
    assert record["target"] == "local" and "acknowledgement" not in record
    # What could not be read takes the cloud away; what is left acknowledges for the premises.
    upstreams.premises.script = [fake.ok(first=0.3)]
    image = [{"role": "user", "content": [{"type": "text", "text": FRANCE}, {"type": "image_url", "image_url": {"url": "https://x.test/a.png"}}]}]
    reply = acks.ask({"model": "ack", "stream": True, "messages": image})
    assert reply.header("x-penstock-route") == "premises" and not upstreams.cloud.requests


@pytest.mark.parametrize("fault", [fake.fail(500), fake.fail(429, ["Retry-After: 7"]), fake.raw(b"garbage\r\n\r\n"), fake.cut(0)])
def test_a_target_that_fails_unheard_is_replaced(acks, upstreams, fault):
    reply, record = acknowledged(acks, upstreams, fault)
    one_stream(reply.events)
    assert reply.complete and reply.events[-1] == "[DONE]" and reply.text.endswith("\n\n" + ANSWER)
    assert record["target"] == "premises" and [one["target"] for one in record["tries"]] == ["cloud", "premises"]
    assert record["acknowledgement"]["outcome"] == "said" and record["outcome"] == "ok"


def test_the_model_in_process_goes_on_itself(acks, upstreams):
    upstreams.premises.script = [fake.fail(500)]
    alone = acks.ask(client.chat(FRANCE, stream=True, temperature=0))
    reply, record = acknowledged(acks, upstreams, fake.fail(500), temperature=0, stream_options={"include_usage": True})
    told = one_stream(reply.events)
    assert told[-1]["choices"][0]["finish_reason"] == "stop" and reply.events[-1] == "[DONE]"
    assert reply.text.endswith("\n\n" + alone.text)
    assert record["target"] == "local" and record["tokens"]["completion"] > 0
    assert [one["target"] for one in record["tries"]] == ["cloud", "premises", "local"]


def test_nobody_goes_on(acks, upstreams):
    """A request that no target takes, behind a sentence: an error, never a clean end."""
    reply, record = acknowledged(acks, upstreams, fake.fail(400))
    assert "error" in reply.events[-1] and "[DONE]" not in reply.events
    assert reply.events[-1]["error"]["code"] == record["error_code"] == "target_rejected"
    assert record["outcome"] == "failed" and record["target"] is None


@pytest.mark.parametrize("how", ["fin", "rst", "clean", "inside"])
def test_an_answer_that_breaks_off(acks, upstreams, how):
    reply, record = acknowledged(acks, upstreams, fake.cut(3, how))
    assert "error" in reply.events[-1] and "[DONE]" not in reply.events
    assert reply.text.endswith("\n\n" + "".join(fake.WORDS[:2])) and record["outcome"] == "partial"
    assert not upstreams.premises.requests and record["acknowledgement"]["outcome"] == "said"


def test_values_come_back_behind_it(acks, upstreams):
    mail = "jane.roe@example.org"
    reply, record = acknowledged(acks, upstreams, fake.ok(["Write to [EMAIL_", "ADDRESS_1]", "."]),
                                 f"Whom do I ask, {mail}?", model="edited")
    one_stream(reply.events)
    assert reply.complete and reply.text.endswith(f"\n\nWrite to {mail}.")
    assert mail.encode() not in upstreams.cloud.requests[0].body
    assert record["redaction"]["restored"] == 1


def test_it_is_scanned_as_answers_are(acks, upstreams):
    reply, record = acknowledged(acks, upstreams, fake.ok(["Ask bob.miller@example.org", " now."]), model="scanned")
    one_stream(reply.events)
    assert "example.org" not in reply.text and reply.text.endswith("\n\nAsk [EMAIL_ADDRESS] now.")
    assert record["reply"]["masked"] == 1


def test_an_abort_ends_both(acks, upstreams):
    upstreams.cloud.script = [fake.silent(client.PATIENCE)]
    connection = begin(acks, client.chat(FRANCE, model="ack", stream=True))
    read_to_sentence(connection)
    request, = upstreams.cloud.wait_for(1)  # the sentence may be there before the target has heard of it
    connection.reset()
    wait_until(lambda: request.gone, "the target was not let go")
    record = wait_until(lambda: acks.decisions(), "no decision")[0]
    assert record["outcome"] == "cancelled" and record["acknowledgement"]["outcome"] == "said"
    # Before there is a sentence, too.
    upstreams.cloud.script = [fake.silent(client.PATIENCE)]
    connection = begin(acks, client.chat("word " * 2000, model="ack", stream=True))
    upstreams.cloud.wait_for(2)
    connection.reset()
    record = wait_until(lambda: acks.decisions()[1:], "no decision")[0]
    assert record["outcome"] == "cancelled"
    assert client.ask(acks.address, client.chat(FRANCE)).status == 200


def test_it_becomes_part_of_the_conversation(acks, upstreams):
    """What the client sends back as the answer is known again."""
    reply, record = acknowledged(acks, upstreams, fake.ok(fake.WORDS * 3), "My mail is jane.roe@example.org. " + FRANCE)
    trimmed = {"model": "auto", "messages": [{"role": "assistant", "content": reply.text}, {"role": "user", "content": "Go on, and say more of it."}]}
    assert acks.decision_of(acks.ask(trimmed))["held"] is True
    assert "jane" not in json.dumps(record)


def test_it_does_not_count_as_the_targets_word(start_gateway, upstreams, tmp_path):
    """Where answers are compared with the local model's own, what that said itself would agree with it."""
    outcomes = tmp_path / "outcomes.jsonl"
    gateway = start_gateway(policy=ACKS, learning={"outcomes": str(outcomes), "dual_percent": 100})
    acknowledged(gateway, upstreams, fake.ok(["Oslo"]))
    told = []
    while not told:  # one comparison at a time: the next is left out while one is under way
        reply = gateway.ask(client.chat(FRANCE, model="cloud-x"))
        told = outcomes.read_text().splitlines()[1:]
    assert json.loads(told[0])["request_id"] != gateway.decisions(1)[0]["request_id"]
    assert reply.status == 200
