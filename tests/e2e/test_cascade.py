"""The model in process answers first; where that is not good enough another target is asked unseen."""
import pytest

import client
import fake_upstream as fake
from conftest import POLICY

FRANCE = "What is the capital of France?"


def rule(name, confidence, targets=("local", "cloud"), placement="cloud"):
    return {"name": name, "when": {"model": f"{name}*"}, "route": list(targets), "placement": placement,
            "cascade": {"min_confidence": confidence}}


CASCADES = {**POLICY, "rules": [
    {"name": "kept", "when": {"pii": ["US_SSN"]}, "route": ["local", "premises"], "placement": "on_premises",
     "cascade": {"min_confidence": 1}},
    rule("easygoing", 0), rule("strict", 1), rule("patient", 1, ("local", "noline"))] + POLICY["rules"]}


@pytest.mark.parametrize("stream", [False, True])
def test_a_good_answer_stays(start_gateway, upstreams, stream):
    gateway = start_gateway(policy=CASCADES)
    plain = gateway.ask(client.chat(FRANCE, stream=stream, temperature=0))
    held = gateway.ask(client.chat(FRANCE, model="easygoing", stream=stream, temperature=0))
    assert held.status == 200 and held.text == plain.text and held.complete
    assert held.header("x-penstock-route") == "local" and not upstreams.cloud.requests
    cascade = gateway.decision_of(held)["cascade"]
    assert cascade["verdict"] == "kept" and 0 < cascade["confidence"] <= 1
    assert "cascade" not in gateway.decision_of(plain)


@pytest.mark.parametrize("stream", [False, True])
def test_a_doubtful_one_goes_on(start_gateway, upstreams, stream):
    gateway = start_gateway(policy=CASCADES)
    direct = gateway.ask(client.chat(FRANCE, model="cloud-x", stream=stream))
    reply = gateway.ask(client.chat(FRANCE, model="strict", stream=stream))
    assert reply.status == 200 and reply.text == direct.text
    assert reply.header("x-penstock-route") == "cloud"
    assert reply.header("x-penstock-fallback") == "local=low_confidence"
    record = gateway.decision_of(reply)
    assert record["cascade"]["verdict"] == "low_confidence"
    assert [t["target"] for t in record["tries"]] == ["local", "cloud"]
    assert record["target"] == "cloud" and record["outcome"] == "ok"


@pytest.mark.parametrize("stream", [False, True])
def test_nobody_better_answers(start_gateway, upstreams, stream):
    gateway = start_gateway(policy=CASCADES)
    plain = gateway.ask(client.chat(FRANCE, stream=stream, temperature=0))
    reply = gateway.ask(client.chat(FRANCE, model="patient", stream=stream, temperature=0))
    assert reply.status == 200 and reply.text == plain.text and reply.complete
    assert reply.header("x-penstock-route") == "local"
    assert reply.header("x-penstock-fallback").startswith("local=low_confidence, noline=")
    assert gateway.decision_of(reply)["outcome"] == "ok"


def test_doubt_does_not_lift_the_placement(start_gateway, upstreams):
    """What may not leave the premises goes on within them, and an unreadable part takes the cloud away."""
    gateway = start_gateway(policy=CASCADES)
    reply = gateway.ask(client.chat("My SSN is 219-09-9999. " + FRANCE, model="strict"))
    assert reply.status == 200 and reply.header("x-penstock-route") == "premises"
    image = [{"role": "user", "content": [{"type": "text", "text": FRANCE},
                                          {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]}]
    reply = gateway.ask(client.chat(model="strict", messages=image))
    assert reply.status == 200 and reply.header("x-penstock-route") == "premises"
    assert not upstreams.cloud.requests


def test_json_is_checked_where_it_was_asked_for(start_gateway, upstreams):
    """The grammar makes the model in process say just that."""
    gateway = start_gateway(policy=CASCADES)

    def verdict(*messages):
        reply = gateway.ask(client.chat(model="easygoing", messages=list(messages), grammar='root ::= "[Verse 1] la la la"'))
        assert reply.status == 200
        return gateway.decision_of(reply)["cascade"]["verdict"]

    user, system = {"role": "user", "content": "Sing!"}, {"role": "system", "content": "Answer in JSON."}
    assert verdict(user) == "kept" and not upstreams.cloud.requests
    assert verdict(system, user) == "invalid_json" and len(upstreams.cloud.requests) == 1
    assert verdict({"role": "user", "content": "Two numbers, as json."}) == "invalid_json"
    earlier = {"role": "user", "content": "What is JSON?"}, {"role": "assistant", "content": "A notation."}
    assert verdict(*earlier, user) == "kept"
