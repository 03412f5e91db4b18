"""A conversation's values are called the same in every turn, where the policy wants it."""
import pytest

import client
from test_redact import echo, never_saw

OPENING = "I have a question about two people who work on the third floor of our house."
ANSWER = "Ask away, and I will do what I can about the two of them and about the third floor."
ZOE, ANN = "Zoe Quinn", "Ann Whitfield"


def policy(names):
    return {"version": 1, "pii": {"placeholders": names, "entities": {"PERSON": "redact", "EMAIL_ADDRESS": "redact"}},
            "default": {"route": ["cloud"]}}


def ask(gateway, upstreams, *texts, headers=()):
    """The last text as the cloud got it, and as it came back."""
    roles = ["user", "assistant"]
    upstreams.cloud.default = echo()
    reply = gateway.ask({"model": "x", "messages": [{"role": roles[i % 2], "content": t} for i, t in enumerate(texts)]},
                        headers=headers)
    assert reply.status == 200
    assert reply.text == texts[-1]
    return upstreams.cloud.requests[-1].json["messages"][-1]["content"]


FIRST = f"My name is {ZOE}. Her name is {ANN}."
LATER = f"Her name is {ANN}."


@pytest.mark.parametrize("names, later", [("conversation", "Her name is [PERSON_2]."), ("request", "Her name is [PERSON_1].")])
def test_a_trimmed_conversation(start_gateway, upstreams, names, later):
    gateway = start_gateway(policy(names))
    assert ask(gateway, upstreams, OPENING, ANSWER, FIRST) == "My name is [PERSON_1]. Her name is [PERSON_2]."
    assert ask(gateway, upstreams, OPENING, ANSWER, LATER) == later
    assert never_saw(upstreams.cloud, ZOE, ANN)
    gateway.decisions(2)
    assert ZOE not in gateway.log_file.read_text() and "Whitfield" not in gateway.log_file.read_text()


def test_another_conversation_knows_nothing(start_gateway, upstreams):
    gateway = start_gateway(policy("conversation"))
    ask(gateway, upstreams, OPENING, ANSWER, FIRST)
    assert ask(gateway, upstreams, "Something else altogether, about rivers. " + LATER).endswith("is [PERSON_1].")


def test_a_session_that_the_client_names(start_gateway, upstreams):
    gateway = start_gateway(policy("conversation"), ratchet__lifetime=0)
    mine, other = ["x-penstock-session: tab-1"], ["x-penstock-session: tab-2"]
    assert ask(gateway, upstreams, FIRST, headers=mine) == "My name is [PERSON_1]. Her name is [PERSON_2]."
    assert ask(gateway, upstreams, LATER, headers=mine) == "Her name is [PERSON_2]."
    assert ask(gateway, upstreams, LATER, headers=other) == "Her name is [PERSON_1]."
    assert ask(gateway, upstreams, LATER) == "Her name is [PERSON_1]."


def test_nothing_comes_back_that_was_not_sent(start_gateway, upstreams):
    """Who knows a conversation's key gets no values out of it."""
    gateway = start_gateway(policy("conversation"))
    mine = ["x-penstock-session: tab-1"]
    ask(gateway, upstreams, FIRST, headers=mine)
    from fake_upstream import ok
    upstreams.cloud.default = ok(["It is [PERSON_1], ", "or [PERSON_2]."])
    reply = gateway.ask(client.chat(LATER), headers=mine)
    assert reply.text == f"It is [PERSON_1], or {ANN}."


def test_off(start_gateway, upstreams):
    gateway = start_gateway(policy("conversation"), placeholders__lifetime=0)
    ask(gateway, upstreams, OPENING, ANSWER, FIRST)
    assert ask(gateway, upstreams, OPENING, ANSWER, LATER) == "Her name is [PERSON_1]."
