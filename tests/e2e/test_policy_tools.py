"""Thresholds, replays and differences from the decision log alone."""
import copy
import json
import subprocess

import client
from conftest import BINARY, POLICY

PROMPTS = ["hello", "What is the capital of France?", "Prove that there are infinitely many primes of the form 4k + 3.",
           "Write a poem about rain.", "Implement a lock-free queue in C++ and explain the memory orderings.",
           "A shop sells pens for 3 dollars each. Tom buys 12. What does he pay?", "My SSN is 219-09-9999, is it valid?",
           "Summarise: the cat sat on the mat.", "Derive the Euler-Lagrange equation.", "thanks!"]


def tool(*arguments):
    return subprocess.run([BINARY, "policy", *map(str, arguments)], capture_output=True, text=True)


def scored(threshold):
    policy = copy.deepcopy(POLICY)
    policy["tiers"] = {"medium": 0.2}
    policy["rules"] += [{"name": "keep", "when": {"sensitive": ">= 0.5"}, "route": ["local"]},
                        {"name": "code", "when": {"task": "code", "language": "en"}, "route": ["premises"]},
                        {"name": "hard", "when": {"complexity": f">= {threshold}"}, "route": ["cloud", "local"]}]
    policy["default"] = {"route": ["local"]}
    return policy


def test_yesterdays_log_gives_yesterdays_decisions(start_gateway, upstreams):
    gateway = start_gateway(policy=scored(0.4))
    replies = [gateway.ask(client.chat(prompt)) for prompt in PROMPTS]
    records = gateway.decisions(len(PROMPTS))
    scores = {reply.header("x-request-id"): None for reply in replies}
    for record in records:
        scores[record["request_id"]] = record["complexity"]["score"]
    # A threshold at exactly a score that was logged is the hard case.
    for threshold in (0.4, sorted(scores.values())[-2]):
        gateway.write_policy(scored(threshold))
        done = tool("replay", "-c", gateway.config_file, gateway.log_file)
        assert done.returncode in (0, 1), done.stderr
        expected = sum((score >= 0.4) != (score >= threshold) and record["rule"] in ("hard", "default")
                       for record in records for score in [record["complexity"]["score"]])
        assert f"{len(PROMPTS)} decisions, {expected} differ" in done.stdout, done.stdout
    assert "another policy file" in done.stdout


def test_what_another_policy_would_do(start_gateway, upstreams):
    gateway = start_gateway(policy=scored(0.4))
    for prompt in PROMPTS:
        gateway.ask(client.chat(prompt))
    records = gateway.decisions(len(PROMPTS))
    other = gateway.folder / "other.yaml"
    config = json.loads(gateway.config_file.read_text())
    config["policy"] = "other-policy.yaml"
    other.write_text(json.dumps(config))
    (gateway.folder / "other-policy.yaml").write_text(json.dumps(scored(1.0)))
    done = tool("diff", "-c", gateway.config_file, "--with", other, "--json", gateway.log_file)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1, done.stderr
    assert {f["request_id"] for f in found} == {r["request_id"] for r in records if r["rule"] == "hard"}
    assert all(f["was"]["rule"] == "hard" and f["is"]["rule"] == "default" for f in found) and found
    same = tool("diff", "-c", gateway.config_file, "--with", gateway.config_file, gateway.log_file)
    assert same.returncode == 0 and " 0 differ" in same.stdout


def test_a_threshold_for_a_share(start_gateway, upstreams):
    gateway = start_gateway(policy=scored(0.4))
    for prompt in PROMPTS:
        gateway.ask(client.chat(prompt))
    records = gateway.decisions(len(PROMPTS))
    free = [r["complexity"]["score"] for r in records if r["sensitive"] < 0.5]
    done = tool("threshold", "--cost-target", "0.4", "--json", gateway.log_file)
    result = json.loads(done.stdout)
    assert result["requests"] == len(free) and result["kept"] == len(PROMPTS) - len(free)
    sent = sum(score >= result["threshold"] for score in free)
    assert sent <= 0.4 * len(free) and abs(result["share"] - sent / len(free)) < 1e-3
    assert sum(score >= result["threshold"] - 0.002 for score in free) > sent or sent == int(0.4 * len(free))
    assert 'complexity: ">= ' in tool("threshold", "--cost-target", "0.4", gateway.log_file).stdout
    assert tool("threshold", "--cost-target", "2", gateway.log_file).returncode == 2
    assert tool("threshold", gateway.log_file).returncode == 2
    assert tool("threshold", "--cost-target", "0.4", gateway.folder / "none").returncode == 1
    broken = gateway.folder / "broken"
    broken.write_text("not json\n")
    assert tool("threshold", "--cost-target", "0.4", broken).returncode == 1
