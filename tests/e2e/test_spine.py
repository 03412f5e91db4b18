"""The way of a request under conditions that its stages see rarely."""
import client


def test_a_long_prompt_stays_long_when_its_scan_times_out(start_gateway, upstreams):
    """Its size is known whatever becomes of the classifiers: a rule on it must not see a short one."""
    policy = {"version": 1, "name": "by-size",
              "rules": [{"name": "long", "when": {"tokens": ">= 1000"}, "route": ["local"]}],
              "default": {"route": ["premises"]}}
    gateway = start_gateway(policy=policy, classifiers__timeout="10ms")
    text = "The quick brown fox. " * 100_000
    reply = gateway.ask(client.chat(text, max_tokens=1))
    record = gateway.decisions(1)[0]
    assert record["unclassified"] == "timeout"
    assert record["text_bytes"] == len(text)
    assert record["rule"] == "long" and reply.header("x-penstock-rule") == "long"
    assert upstreams.saw_nothing()
