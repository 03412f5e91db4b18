"""`penstock classify`: what it prints, how it takes broken input, and that it knows the identifiers."""
import json
import os
import pty
import subprocess

import pytest

from client import PATIENCE
from conftest import BINARY, ROOT

LETTER = "Dear Mr. Ilves, my SSN is 219-45-6780, write to anna.keller@posteo.de. Ärzte: 07/12/2024"


def classify(*arguments, data=b"", code=0):
    done = subprocess.run([str(BINARY), "classify", *map(str, arguments)], input=data, capture_output=True, timeout=PATIENCE)
    assert done.returncode == code, done.stderr
    return done.stdout.decode(), done.stderr.decode()


def lines(*objects):
    return "\n".join(json.dumps(o, ensure_ascii=False) for o in objects).encode()


def test_published_cases():
    """Values with check digits made by python-stdnum, and cases in the manner of Presidio's own tests."""
    cases = [json.loads(line) for line in open(ROOT / "tests" / "golden" / "pii_cases.jsonl", encoding="utf-8")]
    out, _ = classify("--jsonl", data=lines(*({"id": i, "text": c["text"]} for i, c in enumerate(cases))))
    wrong = []
    for line, case in zip(out.splitlines(), cases, strict=True):
        raw = case["text"].encode()
        spans = [s for s in json.loads(line)["spans"] if s["type"] == case["type"]]
        if case["value"] is None:
            good = not spans
        else:
            good = any(s["score"] >= 0.4 and raw[s["start"]:s["end"]].decode() == case["value"] for s in spans)
        if not good:
            wrong.append(case)
    assert len(cases) > 500 and not wrong


def test_json_lines():
    out, err = classify("--jsonl", data=lines({"id": "a", "text": LETTER}, {"id": 7, "text": "Nothing here."}, {"text": ""}))
    first, second, third = map(json.loads, out.splitlines())
    assert not err and [first["id"], second["id"], third["id"]] == ["a", 7, None]
    found = {LETTER.encode()[s["start"]:s["end"]].decode(): s for s in first["spans"]}
    assert found["219-45-6780"]["type"] == "US_SSN" and found["07/12/2024"]["type"] == "DATE_TIME"
    assert found["anna.keller@posteo.de"]["source"] == "recognizer" and found["Ilves"]["source"] == "tagger"
    assert first["sensitive"] > 0.9 and second["sensitive"] < 0.5 and third["spans"] == []
    assert set(first) == {"id", "spans", "topics", "sensitive", "complexity"}
    assert all(0 <= s["score"] <= 1 and set(s) == {"start", "end", "type", "score", "source"} for s in first["spans"])


def test_explain_names_what_decided():
    out, _ = classify("--explain", "--json", data=LETTER.encode())
    spans = {s["type"]: s for s in json.loads(out)["spans"]}
    assert spans["US_SSN"]["context"] == "ssn" and spans["US_SSN"]["validated"] and not spans["US_SSN"]["placeholder"]
    assert spans["US_SSN"]["recognizer"] == "us_ssn" and spans["PERSON"]["recognizer"] == "tagger"
    assert 0 < json.loads(out)["identifying"] <= 1


def test_plain_text_from_a_file(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text(LETTER, encoding="utf-8")
    assert classify(path) == classify(data=LETTER.encode()) == classify("-", data=LETTER.encode())
    assert "id" not in json.loads(classify(path)[0])


def test_view_marks_and_lists(tmp_path):
    out, _ = classify("--view", "--explain", data=(LETTER + "\x1b[31m\x07").encode())
    assert "\x1b[1;97;41m219-45-6780\x1b[0m" in out and "holds private information" in out
    assert "us_ssn, beside \"ssn\"" in out and "\x07" not in out and "\x1b[31m" not in out
    plain, _ = classify("--view", data=b"Nothing here.")
    assert "private information" not in plain and "sensitive" in plain


def test_a_terminal_gets_the_view(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text(LETTER, encoding="utf-8")
    ours, theirs = pty.openpty()
    try:
        subprocess.run([str(BINARY), "classify", str(path)], stdout=theirs, timeout=PATIENCE, check=True)
        assert b"\x1b[1;97;41m219-45-6780" in os.read(ours, 65536)
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize("bad, problem", [
    (b"{", "line 2: not JSON"), (b"[]", "line 2: \"text\" is missing"), (b"{\"id\": 1}", "line 2: \"text\" is missing"),
    (b"{\"text\": 5}", "line 2: \"text\" is missing"), (b"{\"text\": \"a\", \"text\": \"b\"}", "line 2: not JSON"),
    (b"{\"text\": \"\xff\"}", "line 2: not JSON"), (b"\x00\x01", "line 2: not JSON"),
])
def test_a_broken_line_is_named_and_the_rest_is_done(bad, problem):
    data = lines({"id": 1, "text": "a"}) + b"\n" + bad + b"\n\n" + lines({"id": 3, "text": "b"})
    out, err = classify("--jsonl", data=data, code=1)
    assert problem in err and [json.loads(line)["id"] for line in out.splitlines()] == [1, 3]


def test_any_bytes_are_taken_as_text():
    out, _ = classify("--json", data=b"\xff\xfe 219-45-6780 \x00\xc3( \xf0\x9f")
    assert any(s["type"] == "US_SSN" and (s["start"], s["end"]) == (3, 14) for s in json.loads(out)["spans"])
    assert json.loads(classify("--json", data=b"")[0])["spans"] == []


def test_wrong_use(tmp_path):
    assert "unexpected argument" in classify("a", "b", code=2)[1]
    assert "--help" in classify("--nonsense", code=2)[1]
    assert "nowhere" in classify(tmp_path / "nowhere", code=1)[1]
    assert "cannot read" in classify(tmp_path, code=1)[1]
    assert "usage:" in classify("--help")[0]
