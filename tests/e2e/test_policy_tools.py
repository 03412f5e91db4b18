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


def test_other_targets_of_a_rule_are_a_difference(start_gateway, upstreams):
    gateway = start_gateway(policy=scored(0.4))
    for prompt in PROMPTS:
        gateway.ask(client.chat(prompt))
    records = gateway.decisions(len(PROMPTS))
    hard = [r for r in records if r["rule"] == "hard"]
    tokens = sum(r["prompt_tokens_estimate"] + r["complexity"]["expected_tokens"] for r in hard)
    same = tool("replay", "-c", gateway.config_file, gateway.log_file)
    cloud = f"to the cloud first: {len(hard)} requests, about {tokens} tokens"
    assert hard and same.returncode == 0 and f"{cloud} -> {len(hard)}, {tokens}\n" in same.stdout, same.stdout
    policy = scored(0.4)
    next(rule for rule in policy["rules"] if rule["name"] == "hard")["route"] = ["local"]
    gateway.write_policy(policy)
    other = tool("replay", "-c", gateway.config_file, gateway.log_file)
    assert other.returncode == 1 and f" {len(hard)} differ" in other.stdout, other.stdout
    assert f"{cloud} -> 0, 0\n" in other.stdout and "route by hard to cloud, local -> route by hard to local" in other.stdout
    lines = [json.loads(line) for line in tool("replay", "--json", "-c", gateway.config_file, gateway.log_file).stdout.splitlines()]
    assert {line["request_id"] for line in lines} == {r["request_id"] for r in hard}
    assert all(line["was"]["targets"] == ["cloud", "local"] and line["is"]["targets"] == ["local"] for line in lines)
    assert sum(line["was"]["cloud_tokens"] for line in lines) == tokens and not any(line["is"]["cloud_tokens"] for line in lines)
    # A log of a version that did not say so is compared by rule and action.
    older = gateway.folder / "older.log"
    older.write_text("".join(json.dumps({k: v for k, v in r.items() if k != "targets"}) + "\n" for r in records))
    done = tool("replay", "-c", gateway.config_file, older)
    assert done.returncode == 0 and "did not log the targets" in done.stdout, done.stdout


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
    broken.write_text(gateway.log_file.read_text() + '{"time":"2026-')  # just being written
    assert tool("threshold", "--cost-target", "0.4", "--json", broken).stdout == done.stdout


def test_a_threshold_where_a_classifier_is_off(start_gateway, upstreams):
    """Whoever switches the search for personal data off vouches for it; without scores there is nothing to count."""
    log = ""
    for off in ("pii", "complexity"):
        gateway = start_gateway(policy=scored(0.4), classifiers={off: False})
        for prompt in PROMPTS:
            gateway.ask(client.chat(prompt))
        gateway.decisions(len(PROMPTS))
        log += gateway.log_file.read_text()
    both = gateway.folder / "both.log"
    both.write_text(log)
    result = json.loads(tool("threshold", "--cost-target", "0.4", "--json", both).stdout)
    assert (result["requests"], result["kept"]) == (len(PROMPTS), 0)
    assert tool("threshold", "--cost-target", "0.4", gateway.log_file).returncode == 1


def explained(gateway, request, *more):
    request_file = gateway.folder / "request.json"
    request_file.write_text(json.dumps(request))
    done = tool("explain", "--json", "-c", gateway.config_file, *more, request_file)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_explain_says_what_the_gateway_decides(start_gateway, upstreams, monkeypatch):
    monkeypatch.setenv("E2E_CLOUD_KEY", "x")
    policy = scored(0.4)
    policy["pii"] = {"entities": {"people": "redact", "contact": "mask", "secrets": "block"}}
    gateway = start_gateway(policy=policy, models=["auto", "falling-x", "forbidden-x"])
    hard = "Prove that there are infinitely many primes, for Maria Schneider of 14 Elm Street, mail maria@example.org. "
    for request in [client.chat(prompt) for prompt in PROMPTS] + [
            client.chat(hard, model="falling-x"), client.chat("My key is sk-proj-4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c", model="falling-x"),
            {"model": "falling-x", "messages": [{"role": "user", "content": hard, "name": "maria@example.org"}]},
            client.chat("no", model="forbidden-x"), client.chat("hello", stream=True, max_tokens=7, tools=[
                {"type": "function", "function": {"name": "f", "parameters": {}}}])]:
        record = gateway.decision_of(gateway.ask(request))
        found = explained(gateway, request)
        decision = found["decision"]
        assert (decision["rule"], decision["action"]) == (record["rule"], record["action"]), request
        assert [rule["rule"] for rule in found["rules"] if rule["holds"]][0] == record["rule"]
        assert {name: span["action"] for name, span in decision["pii"].items()} == \
               {name: span["action"] for name, span in record["pii"].items()}
        if record["action"] == "route":
            assert decision["allowed_placement"] == record["allowed_placement"]
        assert decision["uneditable"] == (record.get("redaction", {}).get("outcome", "none") not in ("none", "done"))
        # The record explains itself as the request does.
        logged = tool("explain", "--json", "-c", gateway.config_file, "--record", record["request_id"], gateway.log_file)
        assert logged.returncode == 0, logged.stderr
        logged = json.loads(logged.stdout)
        assert logged["logged"]["rule"] == record["rule"]
        assert logged["decision"] == decision and logged["rules"] == found["rules"]


def test_explain_for_people(start_gateway, upstreams, monkeypatch):
    monkeypatch.setenv("E2E_CLOUD_KEY", "x")
    policy = copy.deepcopy(POLICY)
    policy["rules"].insert(0, {"name": "down", "when": {"target": {"cloud": "down"}}, "route": ["local"]})
    gateway = start_gateway(policy=policy)
    request = gateway.folder / "request.json"
    request.write_text(json.dumps(client.chat("hello", model="falling-x")))
    text = tool("explain", "-c", gateway.config_file, request).stdout
    assert "no   rule down" in text and "yes  rule cloud-falls  <- decides" in text, text
    assert "targets  cloud (cloud), premises (on_premises), local (in_process)" in text, text
    assert "rule down  <- decides" in tool("explain", "-c", gateway.config_file, "--down", "noline,cloud", request).stdout
    wrong = tool("explain", "-c", gateway.config_file, "--down", "moon", request)
    assert wrong.returncode == 2 and '"moon"' in wrong.stderr
    request.write_text('{"model": "x", "model": "y", "messages": []}')
    refused = tool("explain", "-c", gateway.config_file, request)
    assert refused.returncode == 1 and "caller_duplicate_key" in refused.stderr, refused.stderr
    assert tool("explain", "-c", gateway.config_file, gateway.folder / "none").returncode == 1
    assert tool("explain", "-c", gateway.config_file, "--record", "req_none", gateway.log_file).returncode == 1
    assert tool("explain", "-c", gateway.config_file).returncode == 2
    assert tool("explain", "-c", gateway.config_file, request, request).returncode == 2
    given = subprocess.run([BINARY, "policy", "explain", "-c", gateway.config_file, "-"], text=True, capture_output=True,
                           input=json.dumps(client.chat("hello", model="forbidden-x")))
    assert given.returncode == 0 and "block by refused\nreason   model: Not this model." in given.stdout


def test_cases_for_a_policy(tmp_path, start_gateway, upstreams):
    folder = tmp_path / "cases"
    folder.mkdir()
    (tmp_path / "p.yaml").write_text(json.dumps({
        "rules": [{"name": "hard", "when": {"complexity": ">= 0.4"}, "route": ["cloud", "local"]},
                  {"name": "never", "when": {"complexity": "> 0.9"}, "route": ["local"]}],
        "default": {"route": ["local"]}}))
    cases = folder / "p.yaml"
    cases.write_text("targets: {local: in_process, cloud: cloud}\n"
                     "cases:\n"
                     "  - name: hard\n"
                     "    facts: {complexity: 0.5}\n"
                     "    expect: {rule: hard, route: [cloud, local]}\n"
                     "  - name: easy\n"
                     "    expect: {rule: default, placement: in_process}\n")
    done = tool("test", cases)
    assert done.returncode == 0 and done.stdout == f"{cases}: 2 cases, 0 failed\n", done.stdout
    done = tool("test", "--every-rule", cases)
    assert done.returncode == 1 and "no case reaches the rule never" in done.stdout
    other = folder / "other.yaml"
    other.write_text(cases.read_text().replace("0.5", "0.3") + "policy: ../p.yaml\n")
    done = tool("test", other, cases)
    assert done.returncode == 1, done.stdout
    assert f'{other}:5: cases[0].expect.rule: case "hard": it is default\n' in done.stdout
    assert f"{other}: 2 cases, 1 failed\n{cases}: 2 cases, 0 failed\n" in done.stdout
    report = json.loads(tool("test", "--json", other).stdout)
    assert (report["cases"], report["failed"], len(report["problems"])) == (2, 1, 2)
    assert report["problems"][0]["line"] == 5 and report["problems"][0]["file"] == str(other)
    for wrong in ("targets: {local: in_process", "cases: []", "policy: none.yaml\ntargets: {local: in_process}\ncases: []"):
        other.write_text(wrong)
        assert tool("test", other).returncode == 1
    assert tool("test", folder / "none.yaml").returncode == 1
    assert tool("test").returncode == 2
    # Against the policy that a configuration names.
    gateway = start_gateway()
    cases.write_text("cases:\n"
                     "  - name: no\n"
                     "    facts: {model: forbidden-x}\n"
                     "    expect: {rule: refused, action: block, block: model}\n")
    assert tool("test", "-c", gateway.config_file, cases).returncode == 0
