"""Feedback on answers, what is kept of it, and the correction learned from that."""
import json
import random
import subprocess

import client
import fake_upstream as fake
from client import wait_until
from conftest import BINARY


def tell(gateway, reply, headers=(), **body):
    body = {"request_id": reply.header("x-request-id"), **body}
    return client.ask(gateway.address, json.dumps(body).encode(), "/v1/feedback", headers=headers)


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_feedback_is_kept_as_a_sketch(start_gateway, upstreams, tmp_path):
    outcomes = tmp_path / "outcomes.jsonl"
    gateway = start_gateway(learning={"outcomes": str(outcomes)})
    said = "Why do hedgehogs hibernate through the winter?"
    local, cloud = gateway.ask(client.chat(said)), gateway.ask(client.chat(said, model="cloud-x"))
    assert tell(gateway, local, outcome="bad").json == {"recorded": True}
    again = tell(gateway, local, outcome="bad")
    assert again.status == 404 and again.error["code"] == "caller_not_found"
    assert tell(gateway, cloud, thumb="down").json["recorded"] is False
    assert tell(gateway, cloud, outcome="local_ok").json["recorded"] is True
    header, first, second = lines_of(outcomes)
    assert len(header["key"]) == 32
    assert (first["needed"], second["needed"]) == (1, 0)
    assert first["bits"] == second["bits"] and int(first["bits"], 16)
    assert first["complexity_hash"] == gateway.decision_of(local)["hashes"]["complexity"]
    for word in ("hedgehogs", "hibernate", "winter"):
        assert word not in outcomes.read_text()
    # Renamed away, it is followed by a new one.
    outcomes.rename(tmp_path / "older.jsonl")
    gateway.reload()
    wait_until(lambda: outcomes.exists() and outcomes.read_text(), "it was not begun anew")
    assert tell(gateway, gateway.ask(client.chat(said)), outcome="bad").json == {"recorded": True}
    assert lines_of(outcomes)[0] == header and len(lines_of(outcomes)) == 2


def test_what_is_no_feedback(start_gateway, upstreams, tmp_path):
    gateway = start_gateway(learning={"outcomes": str(tmp_path / "outcomes.jsonl")})
    reply = gateway.ask(client.chat("hello there"))
    assert tell(gateway, reply).error["code"] == "caller_missing_field"
    assert tell(gateway, reply, outcome="meh").error["code"] == "caller_invalid_field"
    assert tell(gateway, reply, outcome="good", thumb="up").status == 400
    for body in (b"[]", b"{", b'{"request_id":1,"outcome":"good"}', b'{"outcome":"good"}'):
        assert client.ask(gateway.address, body, "/v1/feedback").status == 400
    assert client.ask(gateway.address, None, "/v1/feedback", "GET").status == 405
    off = start_gateway()
    assert tell(off, off.ask(client.chat("hello there")), outcome="good").status == 404


def test_asking_again_is_an_outcome(start_gateway, upstreams, tmp_path):
    keys, outcomes = tmp_path / "keys", tmp_path / "outcomes.jsonl"
    held = {}
    for name in ("alice", "bob"):
        made = subprocess.run([BINARY, "key", "new", "--name", name, "--file", keys, "--json"], capture_output=True, text=True)
        held[name] = [f"Authorization: Bearer {json.loads(made.stdout)['key']}"]
    gateway = start_gateway(learning={"outcomes": str(outcomes)}, identity={"mode": "api_keys", "keys_file": str(keys)})

    def ask(name, **more):
        reply = gateway.ask(client.chat("Why do hedgehogs hibernate?", **more), headers=held[name])
        assert reply.status == 200
        return reply.header("x-request-id")

    first = ask("alice")
    ask("bob")
    assert len(lines_of(outcomes)) == 1, "somebody else asked it"
    gateway.ask(client.chat("Why do hedgehogs hibernate? ", stream=True), headers=held["alice"])
    assert len(lines_of(outcomes)) == 1, "that was another question"
    second = ask("alice", temperature=1.5, stream=True)
    header, told = lines_of(outcomes)
    assert (told["request_id"], told["by"], told["needed"]) == (first, "asked_again", 1)
    assert ask("alice", model="cloud-x") and lines_of(outcomes)[2]["request_id"] == second
    ask("alice")
    assert len(lines_of(outcomes)) == 3, "the cloud's answer was the last"
    assert "hedgehog" not in outcomes.read_text()
    off = start_gateway(learning={"outcomes": str(tmp_path / "off.jsonl"), "asked_again": 0}, identity={"mode": "api_keys", "keys_file": str(keys)})
    strangers = start_gateway(learning={"outcomes": str(tmp_path / "strangers.jsonl")})
    for _ in range(2):
        assert off.ask(client.chat("hello there"), headers=held["alice"]).status == 200
        assert strangers.ask(client.chat("hello there")).status == 200
    assert len(lines_of(tmp_path / "off.jsonl")) == len(lines_of(tmp_path / "strangers.jsonl")) == 1


def test_dual_calls_compare_answers(start_gateway, upstreams, tmp_path):
    """Of what went elsewhere the model in process is asked, too: does it say the same?"""
    outcomes = tmp_path / "outcomes.jsonl"
    gateway = start_gateway(learning={"outcomes": str(outcomes), "dual_percent": 100})

    def told(body):
        before = len(lines_of(outcomes))
        reply = gateway.ask(body)
        assert reply.status == 200
        line = wait_until(lambda: lines_of(outcomes)[before:], "nothing was compared")[0]
        assert (line["by"], line["request_id"]) == ("dual_call", reply.header("x-request-id"))
        return line["needed"]

    france = "What is the capital of France?"
    for stream in (False, True):
        upstreams.cloud.script = [fake.ok(["It", " is", " Paris", "."])]
        assert told(client.chat(france, model="cloud-x", stream=stream)) == 0
        assert told(client.chat(france, model="cloud-x", stream=stream)) == 1
    kept = outcomes.read_text()
    assert "Paris" not in kept and "France" not in kept
    # What was answered in process goes nowhere, and what asks for a form is not compared.
    count = len(upstreams.cloud.requests)
    gateway.ask(client.chat(france))
    gateway.ask(client.chat(france, model="cloud-x", response_format={"type": "json_object"}))
    gateway.ask(client.chat(france, model="cloud-x", n=2))
    assert told(client.chat(france, model="cloud-x")) == 1 and len(lines_of(outcomes)) == 6
    assert len(upstreams.cloud.requests) == count + 3 and not upstreams.premises.requests
    off = start_gateway(learning={"outcomes": str(tmp_path / "off.jsonl")})
    off.ask(client.chat(france, model="cloud-x"))
    assert off.ask(client.chat(france)).status == 200 and len(lines_of(tmp_path / "off.jsonl")) == 1


def label(path):
    """Texts of two kinds, hard as the shipped score cannot know."""
    chance = random.Random(4)
    words = [f"word{i}" for i in range(60)]
    with open(path, "w") as file:
        for i in range(400):
            hard = i % 2
            text = " ".join(chance.choices(words, k=8)) + (" granite" if hard else " lantern")
            file.write(json.dumps({"text": text, "needed": hard}) + "\n")
    return path


def test_labelled_texts_beside_outcomes(start_gateway, upstreams, tmp_path):
    """A gateway that keeps outcomes takes up what was learned from labelled texts under their key."""
    outcomes, correction = tmp_path / "outcomes.jsonl", tmp_path / "correction.json"
    gateway = start_gateway(learning={"outcomes": str(outcomes), "correction": str(correction)})
    for said, outcome in (("How deep is the sea?", "bad"), ("What is a walrus?", "good")):
        assert tell(gateway, gateway.ask(client.chat(said)), outcome=outcome).json == {"recorded": True}
    learn = [BINARY, "learn", "--labelled", label(tmp_path / "labelled.jsonl"), "--correction", correction, "--json"]
    done = subprocess.run([*learn, "--outcomes", outcomes], capture_output=True, text=True)
    result = json.loads(done.stdout)
    assert result["installed"] and result["learned_from"] + result["held_back"] == 402
    assert json.loads(correction.read_text())["key"] == lines_of(outcomes)[0]["key"]

    def score(text):
        return gateway.decision_of(gateway.ask(client.chat(text)))["complexity"]["score"]

    gateway.reload()
    hard, easy = "word1 word2 word3 word4 granite", "word1 word2 word3 word4 lantern"
    wait_until(lambda: score(hard) > score(easy) + 0.2, "the correction was not taken up", step=0.1)
    # More outcomes before them move none of them from what is learned from to what is held back.
    count = 1
    while count % 5 != 3:
        count += 1
        assert tell(gateway, gateway.ask(client.chat(f"How deep is lake {count}?")), outcome="bad").status == 200
    again = json.loads(subprocess.run([*learn, "--outcomes", outcomes, "--dry-run"], capture_output=True, text=True).stdout)
    assert again["held_back"] == result["held_back"] and again["before"] == result["after"]
    # Learned without their key it would be passed over.
    correction.unlink()
    assert subprocess.run(learn, capture_output=True).returncode == 0
    gateway.reload()
    gateway.wait_log("correction_ignored")
    assert abs(score(hard) - score(easy)) < 0.2


def test_learning_installs_and_rolls_back(start_gateway, upstreams, tmp_path):
    """The gateway takes up what was learned."""
    labelled, correction = label(tmp_path / "labelled.jsonl"), tmp_path / "correction.json"

    def learn(*more):
        return subprocess.run([BINARY, "learn", "--correction", correction, "--json", *more], capture_output=True, text=True)

    dry = learn("--labelled", labelled, "--dry-run")
    assert dry.returncode == 0 and not correction.exists(), dry.stderr
    done = learn("--labelled", labelled)
    result = json.loads(done.stdout)
    assert done.returncode == 0 and result["installed"] and result["after"]["auc"] > 0.9 > result["before"]["auc"], result
    # The same again is no better than what is there, and changes nothing.
    before = correction.read_text()
    assert learn("--labelled", labelled).returncode == 1 and correction.read_text() == before

    gateway = start_gateway(learning={"correction": str(tmp_path / "moved.json")})

    def score(text):
        return gateway.decision_of(gateway.ask(client.chat(text)))["complexity"]["score"]

    texts = ["word1 word2 word3 word4 granite", "word1 word2 word3 word4 lantern"]
    shipped = [score(text) for text in texts]
    assert abs(shipped[0] - shipped[1]) < 0.2
    correction.rename(tmp_path / "moved.json")
    gateway.reload()
    wait_until(lambda: score(texts[0]) > score(texts[1]) + 0.2, "the correction was not taken up", step=0.1)
    # A broken file is refused as a whole, and what was there goes on.
    (tmp_path / "moved.json").write_text("{}")
    gateway.reload()
    gateway.wait_log("reload_refused")
    assert score(texts[0]) > score(texts[1]) + 0.2


def test_a_correction_that_does_worse_than_none_is_taken_away(tmp_path):
    """What was true in the first outcomes is not in those held back."""
    chance = random.Random(5)
    words = [f"word{i}" for i in range(60)]
    correction, previous = tmp_path / "correction.json", tmp_path / "correction.json.previous"

    def learn(turned_from, *more):
        labelled = tmp_path / "labelled.jsonl"
        with open(labelled, "w") as file:
            for i in range(400):
                text = " ".join(chance.choices(words, k=8)) + (" granite" if i % 2 else " lantern")
                file.write(json.dumps({"text": text, "needed": (i + (i >= turned_from)) % 2}) + "\n")
        return subprocess.run([BINARY, "learn", "--labelled", labelled, "--correction", correction, *more], capture_output=True, text=True)

    assert learn(400).returncode == 0
    installed = correction.read_text()
    worse = ["--train", "300"]
    dry = learn(300, *worse, "--dry-run")
    assert dry.returncode == 1 and "would be taken away" in dry.stdout and correction.read_text() == installed
    done = learn(300, *worse, "--json")
    result = json.loads(done.stdout)
    assert done.returncode == 1 and result["withdrawn"] and not result["installed"], done.stdout
    assert result["before"]["auc"] < result["shipped"]["auc"] and result["before"]["loss"] > result["shipped"]["loss"]
    assert not correction.exists() and previous.read_text() == installed
    # With nothing installed the same changes nothing, and a person can take it back.
    assert "nothing was changed" in learn(300, *worse).stdout and not correction.exists()
    back = subprocess.run([BINARY, "learn", "--roll-back", "--correction", correction], capture_output=True, text=True)
    assert back.returncode == 0 and correction.read_text() == installed


def test_outcomes_that_other_weights_scored_are_left_out(start_gateway, upstreams, tmp_path):
    """As after an update: what the old weights said is not mixed with what the new ones say."""
    outcomes = tmp_path / "outcomes.jsonl"
    gateway = start_gateway(learning={"outcomes": str(outcomes)})
    for said, outcome in (("How deep is the sea?", "bad"), ("What is a walrus?", "good")):
        assert tell(gateway, gateway.ask(client.chat(said)), outcome=outcome).json == {"recorded": True}
    header, bad, good = outcomes.read_text().splitlines()
    hash_of = json.loads(bad)["complexity_hash"]
    old = [line.replace(hash_of, "0" * 64) for line in (bad, good)] + [bad.replace(f'"complexity_hash":"{hash_of}",', "")]

    def learn(*lines, more=()):
        outcomes.write_text("\n".join([header, *lines]) + "\n")
        return subprocess.run([BINARY, "learn", "--outcomes", outcomes, "--correction", tmp_path / "c", "--dry-run", *more],
                              capture_output=True, text=True)

    result = json.loads(learn(*[bad, good, *old] * 150, more=["--json"]).stdout)
    assert result["left_out"] == 450 and result["learned_from"] + result["held_back"] == 300
    assert "left out: 450 that other complexity weights scored" in learn(*[bad, good, *old] * 150).stdout
    assert "left out" not in learn(*[bad, good] * 150).stdout
    few = learn(*old * 200)
    assert few.returncode == 1 and ": 0 outcomes" in few.stderr and "600 of other complexity weights" in few.stderr


def test_too_little_to_learn_from(tmp_path):
    labelled = tmp_path / "labelled.jsonl"
    labelled.write_text('{"text": "a", "needed": 1}\n' * 5)
    done = subprocess.run([BINARY, "learn", "--labelled", labelled, "--correction", tmp_path / "c"], capture_output=True, text=True)
    assert done.returncode == 1 and "too little to learn from" in done.stderr
    labelled.write_text('{"text": "a", "needed": 2}\n')
    done = subprocess.run([BINARY, "learn", "--labelled", labelled, "--correction", tmp_path / "c"], capture_output=True, text=True)
    assert done.returncode == 1 and f"{labelled}:1:" in done.stderr
