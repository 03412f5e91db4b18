"""Streams: exact, in time, and never a clean end where there was none."""
import json
import threading
import time

import pytest

import client
import fake_upstream as fake
from client import SLOW, wait_until


def ask_stream(gateway, text="What is the capital of France?", model="premises-x", **more):
    return gateway.ask(client.chat(text, model=model, stream=True, **more))


@pytest.mark.parametrize("model", ["premises-x", "cloud-x", "auto"])
@pytest.mark.parametrize("text", ["What is the capital of France?", "Hello", "Write an essay about rivers."])
def test_joined_equals_unstreamed(gateway, upstreams, model, text):
    more = {"temperature": 0, "seed": 7} if model == "auto" else {}
    whole = gateway.ask(client.chat(text, model=model, **more))
    stream = gateway.ask(client.chat(text, model=model, stream=True, **more))
    assert whole.status == stream.status == 200
    assert stream.header("content-type").startswith("text/event-stream")
    assert stream.complete
    assert stream.events[-1] == "[DONE]" and stream.events.count("[DONE]") == 1
    assert stream.text == whole.text != ""


def test_upstream_events_pass_as_they_came(gateway, upstreams):
    """Unknown fields, number spelling and order inside an event survive."""
    odd = b'data: {"choices":[{"index":0,"delta":{"content":"a"}}],"z":1.50,"a":{"b":1e3}, "id" : "x"}\n\n'
    pieces = [fake.chunk({"role": "assistant"}), odd, fake.chunk({}, "stop")]
    upstreams.premises.default = fake.stream_of(pieces)
    assert ask_stream(gateway).body == b"".join(pieces) + fake.DONE


def test_unstreamed_body_passes_as_it_came(gateway, upstreams):
    body = b'{ "choices":[{"message":{"role":"assistant","content":"a"},"index":0}] , "z":1.50, "object":"chat.completion"}'
    upstreams.premises.default = fake.raw(fake.answer(200, body), close=False)
    reply = gateway.ask(client.chat(model="premises-x"))
    assert reply.status == 200 and reply.body == body


def cut_into(data, sizes):
    pieces, at, i = [], 0, 0
    while at < len(data):
        pieces.append(data[at:at + sizes[i % len(sizes)]])
        at += sizes[i % len(sizes)]
        i += 1
    return pieces


@pytest.mark.parametrize("sizes", [[1], [2, 3], [7], [100, 1], [65536]], ids=str)
def test_events_cut_anywhere(gateway, upstreams, sizes):
    """How the network cuts the bytes does not change what is joined, umlauts and emoji included."""
    words = ["Żółć", " 漢字", " 😀", ' "quoted"', "\\n", "\n\n", " data: [DONE]", "."]
    data = b"".join(fake.events(words))
    upstreams.premises.default = fake.stream_of(cut_into(data, sizes))
    reply = ask_stream(gateway)
    assert reply.text == "".join(words)
    assert reply.events[-1] == "[DONE]"


def test_comments_and_blanks_do_not_matter(gateway, upstreams):
    pieces = [b": keep-alive\n\n", *fake.events()[:2], b": ping\n\n", b"\n", *fake.events()[2:]]
    upstreams.premises.default = fake.stream_of(pieces)
    reply = ask_stream(gateway)
    assert reply.text == "".join(fake.WORDS) and reply.events[-1] == "[DONE]"


def test_crlf_events(gateway, upstreams):
    pieces = [event.replace(b"\n\n", b"\r\n\r\n") for event in fake.events()]
    upstreams.premises.default = fake.stream_of(pieces)
    reply = ask_stream(gateway)
    events = [line[6:] for line in reply.body.replace(b"\r\n", b"\n").split(b"\n") if line.startswith(b"data: ")]
    assert client.joined([json.loads(event) for event in events[:-1]]) == "".join(fake.WORDS)
    assert events[-1] == b"[DONE]"


def test_chunks_pass_at_once(gateway, upstreams):
    """Nothing is held back for company: each event arrives before the next one is sent."""
    turns = threading.Semaphore(0)
    upstreams.premises.default = fake.stepped(turns)
    with client.Client(gateway.address) as connection:
        connection.request(client.chat(model="premises-x", stream=True))
        connection.read_head()
        for event in [*fake.events(), fake.DONE]:
            assert connection.read_piece() == event
            turns.release()
        assert connection.read_piece() == b""


def test_trickle(gateway, upstreams):
    upstreams.premises.default = fake.trickle(seconds=0.02, count=100)
    reply = ask_stream(gateway)
    assert reply.text == "".join(fake.WORDS) and reply.events[-1] == "[DONE]"


def ended_by_error(reply, codes):
    assert reply.status == 200
    assert b"[DONE]" not in reply.body
    last = reply.events[-1]
    assert set(last["error"]) == {"message", "type", "param", "code"}
    assert last["error"]["code"] in codes, last
    return last


@pytest.mark.parametrize("chunked", [True, False], ids=["chunked", "until close"])
@pytest.mark.parametrize("how", ["fin", "rst", "clean", "inside"])
@pytest.mark.parametrize("model", ["premises-x", "fallback-x"])
def test_cut_stream_ends_in_an_error(gateway, upstreams, how, chunked, model):
    """After the first word a failure is told to the client, and nobody else is asked."""
    upstreams.premises.default = fake.cut(3, how, chunked)
    reply = ask_stream(gateway, model=model)
    ended_by_error(reply, {"target_cut"})
    assert client.joined(reply.events[:-1]) == "".join(fake.WORDS[:2])
    assert len(upstreams.premises.requests) == 1
    assert gateway.decision_of(reply)["outcome"] == "partial"


@pytest.mark.parametrize("how", ["fin", "rst", "clean"])
def test_cut_before_the_first_word_falls_over_unseen(gateway, upstreams, how):
    upstreams.premises.default = fake.cut(0, how)
    reply = ask_stream(gateway, model="fallback-x")
    assert reply.status == 200 and reply.events[-1] == "[DONE]"
    assert "Paris" in reply.text
    assert reply.header("x-penstock-placement") == "in_process"


def test_silence_inside_a_stream(gateway, upstreams):
    upstreams.premises.default = fake.silent_after(3)
    began = time.monotonic()
    reply = ask_stream(gateway, model="hasty-x")
    ended_by_error(reply, {"target_timeout", "target_cut"})
    assert time.monotonic() - began > 0.9


GARBAGE = [
    ("not JSON", b"data: hello\n\n"),
    ("half of an object", b'data: {"choices":[\n\n'),
    ("a list", b"data: []\n\n"),
    ("a number", b"data: 7\n\n"),
    ("an HTML page", b"<html><body>Bad gateway</body></html>\n\n"),
    ("NULs", b"data: \0\0\0\n\n"),
    ("no UTF-8", b'data: {"choices":[{"index":0,"delta":{"content":"\xff\xfe"}}]}\n\n'),
]


@pytest.mark.parametrize("piece", [case[1] for case in GARBAGE], ids=[case[0] for case in GARBAGE])
def test_garbage_inside_a_stream(gateway, upstreams, piece):
    upstreams.premises.default = fake.stream_of([*fake.events()[:3], piece, *fake.events()[3:]])
    ended_by_error(ask_stream(gateway), {"target_bad_reply", "target_cut"})


@pytest.mark.parametrize("piece", [case[1] for case in GARBAGE], ids=[case[0] for case in GARBAGE])
def test_garbage_first(gateway, upstreams, piece):
    upstreams.premises.default = fake.stream_of([piece])
    reply = ask_stream(gateway)
    assert reply.status == 502 and reply.error["code"] in ("target_bad_reply", "target_cut")


def test_error_event_from_upstream(gateway, upstreams):
    upstreams.premises.default = fake.stream_of(
        [*fake.events()[:3], b'data: {"error":{"message":"secret detail","type":"server_error","param":null,"code":null}}\n\n'], done=False)
    reply = ask_stream(gateway)
    ended_by_error(reply, {"target_cut", "target_bad_reply", "target_refused"})


def test_an_event_without_end_is_not_collected_for_ever(gateway, upstreams):
    upstreams.premises.default = fake.stream_of([fake.events()[0], b"data: " + b"x" * (32 << 20)])
    reply = ask_stream(gateway)
    ended_by_error(reply, {"target_bad_reply", "target_cut"})
    assert SLOW > 1 or memory(gateway) < 200 << 20  # sanitizers keep freed memory


def memory(gateway):
    with open(f"/proc/{gateway.process.pid}/status") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmRSS"))


def standstill(value):
    """The value once it has not changed for a second."""
    last, since = value(), time.monotonic()
    while time.monotonic() - since < 1.0:
        time.sleep(0.05)
        now = value()
        if now != last:
            last, since = now, time.monotonic()
    return last


@pytest.mark.skipif(SLOW > 1, reason="sanitizers keep freed memory")
def test_a_slow_client_slows_the_upstream(start_gateway, upstreams):
    """Back-pressure: what the client does not read is not read from upstream either."""
    gateway = start_gateway()
    before = memory(gateway)
    upstreams.premises.default = fake.endless(" more" * 200, most=256 << 20)
    with client.Client(gateway.address, receive_buffer=8192) as connection:
        connection.request(client.chat(model="premises-x", stream=True))
        request = upstreams.premises.wait_for(1)[0]
        wait_until(lambda: request.sent, "nothing is sent")
        taken = standstill(lambda: request.sent)
        assert taken < 32 << 20, "upstream is still being read"
        assert memory(gateway) - before < 16 << 20
        connection.read_head()
        for _ in range(20000):
            assert connection.read_piece()
        assert request.sent > taken, "reading did not go on"
    wait_until(lambda: request.gone is not None, "upstream was not cancelled")


def test_a_client_that_never_reads_is_dropped(start_gateway, upstreams):
    gateway = start_gateway(limits__write_timeout="1s")
    upstreams.premises.default = fake.endless(" more" * 200, most=256 << 20)
    with client.Client(gateway.address, receive_buffer=8192) as connection:
        connection.request(client.chat(model="premises-x", stream=True))
        request = upstreams.premises.wait_for(1)[0]
        wait_until(lambda: request.gone is not None, "upstream was not cancelled")
    assert gateway.decisions(1)[-1]["outcome"] in ("cancelled", "partial")


def test_many_streams_at_once(gateway, upstreams):
    upstreams.premises.default = fake.ok(gap=0.02)
    connections = [client.Client(gateway.address) for _ in range(64)]
    try:
        for i, connection in enumerate(connections):
            connection.request(client.chat(f"number {i}", model="premises-x", stream=True))
        for connection in connections:
            reply = connection.read()
            assert reply.text == "".join(fake.WORDS) and reply.events[-1] == "[DONE]"
    finally:
        for connection in connections:
            connection.sock.close()


def test_local_streams_at_once(gateway):
    """More than the engine has places for: they wait their turn, and each gets its own answer."""
    cities = [("France", "Paris"), ("Japan", "Tokyo"), ("Italy", "Rome"), ("Norway", "Oslo")] * 4
    connections = [client.Client(gateway.address) for _ in cities]
    try:
        for connection, (country, _) in zip(connections, cities):
            connection.request(client.chat(f"What is the capital of {country}?", stream=True, temperature=0))
        for connection, (_, city) in zip(connections, cities):
            reply = connection.read()
            assert city in reply.text and reply.events[-1] == "[DONE]"
    finally:
        for connection in connections:
            connection.sock.close()


def test_usage_in_the_stream(gateway):
    reply = gateway.ask(client.chat("Hello", stream=True, stream_options={"include_usage": True}))
    events = reply.events
    assert events[-1] == "[DONE]"
    assert events[-2]["choices"] == []
    usage = events[-2]["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0
    assert all(event.get("usage") is None for event in events[:-2])
