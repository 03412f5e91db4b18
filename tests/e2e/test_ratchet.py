"""The ratchet: what was sensitive in an earlier turn keeps the conversation here, trimmed or not."""
import json

import pytest

import client
import fake_upstream as fake

OPENING = "I have a question about a form that I have to fill in."
SECRET = "My SSN is 536-22-8145 and I have colon cancer. Which box do I tick?"
ANSWER = "The second box from the top, below the line for your employer; leave the third one empty, please."

POLICY = {
    "version": 1, "name": "ratchet",
    "rules": [
        {"name": "blocked", "when": {"pii": ["SECRET"]}, "block": {"reason": "sensitive"}},
        {"name": "keep", "when": {"any": [{"sensitive": ">= 0.5"}, {"pii": {"sets": ["identifiers"], "validated": True}}]},
         "route": ["premises"]}],
    "default": {"route": ["cloud"]},
}


@pytest.fixture
def gateway(start_gateway, upstreams):
    for upstream in (upstreams.premises, upstreams.cloud):
        upstream.default = fake.ok([word + " " for word in ANSWER.split(" ")])
    return start_gateway(POLICY, workers=2)


def turns(*texts):
    roles = ["user", "assistant"]
    return [{"role": roles[i % 2], "content": text} for i, text in enumerate(texts) if text is not None]


def route(gateway, *texts, **more):
    reply = gateway.ask({"model": "x", "messages": turns(*texts), **more})
    assert reply.status == 200
    return reply.header("x-penstock-route"), reply


def test_new_conversations_are_free(gateway):
    assert route(gateway, OPENING, ANSWER, SECRET)[0] == "premises"
    assert route(gateway, "Another conversation altogether, about rivers.")[0] == "cloud"
    assert route(gateway, "Hello")[0] == "cloud"


@pytest.mark.parametrize("stream", [False, True])
def test_trimmed_history_stays(gateway, upstreams, stream):
    assert route(gateway, OPENING)[0] == "cloud"
    before = upstreams.cloud.received
    assert route(gateway, OPENING, ANSWER, SECRET, stream=stream)[0] == "premises"
    # The secret turn is left out; the opening, an earlier exchange or the last answer remains.
    for rest in [(OPENING, ANSWER, "And the fourth box?"), (OPENING,), (None, ANSWER, "And the fourth box?"),
                 (None, ANSWER + " "), ("What else?", ANSWER, "And the fourth box?")]:
        name, reply = route(gateway, *rest)
        assert name == "premises", rest
        record = gateway.decision_of(reply)
        assert record["held"] and record["rule"] == "keep"
    assert upstreams.cloud.received == before
    assert gateway.metric("penstock_conversations_held_total") == 5


@pytest.mark.parametrize("stream", [False, True])
def test_only_the_answer_remains(gateway, upstreams, stream):
    """All that is left of the sensitive turn is what the model said to it."""
    assert route(gateway, SECRET, stream=stream)[0] == "premises"
    assert route(gateway, None, ANSWER, "Thank you. And the fourth box?")[0] == "premises"
    assert not upstreams.cloud.received


def test_answers_of_the_engine(start_gateway, upstreams):
    policy = json.loads(json.dumps(POLICY))
    policy["rules"][1]["route"] = ["local"]
    gateway = start_gateway(policy)
    name, reply = route(gateway, SECRET, temperature=0)
    assert name == "local"
    said = reply.text
    if len(said) < 80:  # then it is known together with what it answered
        assert route(gateway, SECRET + " ", said, "Why?")[0] == "local"
    else:
        assert route(gateway, None, said, "Why?")[0] == "local"
    assert not upstreams.cloud.received


def test_a_refused_request_may_be_asked_again(gateway):
    """What was blocked never became part of the conversation."""
    secret = "the password: hunter2hunter2, key AKIAIOSFODNN7EXAMPLQ"
    reply = gateway.ask({"model": "x", "messages": turns(OPENING, ANSWER, secret)})
    assert reply.status == 403
    assert route(gateway, OPENING, ANSWER, "Which box?")[0] == "cloud"


def lower(gateway, body, headers=("Content-Type: application/json",)):
    data = json.dumps(body).encode()
    raw = ("\r\n".join(["POST /ratchet/lower HTTP/1.1", "Host: x", f"Content-Length: {len(data)}", "Connection: close",
                        *headers]) + "\r\n\r\n").encode() + data
    with client.Client(gateway.admin) as connection:
        connection.send(raw)
        return connection.read()


def test_lowering_is_an_act_that_is_logged(gateway):
    _, reply = route(gateway, OPENING, ANSWER, SECRET)
    conversation = gateway.decision_of(reply)["conversation"]
    trimmed = (OPENING, ANSWER, "And the fourth box?")
    assert route(gateway, *trimmed)[0] == "premises"
    for body, headers in [({"conversation": "xyz"}, None), ({}, None), ({"all": False}, None),
                          ({"all": True}, ("Content-Type: text/plain",)), ({"all": True}, ())]:
        reply = lower(gateway, body, *([] if headers is None else [headers]))
        assert reply.status == 400
    assert lower(gateway, {"conversation": "0123456789abcdef"}).json == {"messages": 0}
    assert route(gateway, *trimmed)[0] == "premises"
    assert lower(gateway, {"conversation": conversation}).json["messages"] > 0
    gateway.wait_log("ratchet_lowered")
    assert route(gateway, *trimmed)[0] == "cloud"
    # The turn itself, sent again, is as sensitive as ever.
    assert route(gateway, OPENING, ANSWER, SECRET)[0] == "premises"
    assert route(gateway, *trimmed)[0] == "premises"
    assert lower(gateway, {"all": True}).status == 200
    assert route(gateway, *trimmed)[0] == "cloud"


def test_off_and_lifetime(start_gateway, upstreams):
    upstreams.premises.default = upstreams.cloud.default = fake.ok()
    gateway = start_gateway(POLICY, ratchet__lifetime="0")
    assert route(gateway, OPENING, ANSWER, SECRET)[0] == "premises"
    assert route(gateway, OPENING, ANSWER, "And now?")[0] == "cloud"
    assert lower(gateway, {"all": True}).status == 404
    gateway = start_gateway(POLICY, ratchet__lifetime="1ms")
    assert route(gateway, OPENING, ANSWER, SECRET)[0] == "premises"
    assert gateway.decisions(1)
    assert route(gateway, OPENING, ANSWER, "And now?")[0] == "cloud"
