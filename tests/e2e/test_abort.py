"""A client that leaves takes its request along, and upstream hears of it."""
import signal
import time

import pytest

import client
import fake_upstream as fake
from client import wait_until


def wait_gone(request):
    wait_until(lambda: request.gone is not None, "upstream was still waiting")


@pytest.mark.parametrize("leave", ["close", "reset", "half-close"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_before_the_first_byte(gateway, upstreams, leave, stream):
    before = gateway.settle()
    upstreams.premises.default = fake.silent()
    connection = client.Client(gateway.address)
    connection.request(client.chat(model="premises-x", stream=stream))
    request = upstreams.premises.wait_for(1)[0]
    {"close": connection.sock.close, "reset": connection.reset, "half-close": lambda: connection.sock.shutdown(1)}[leave]()
    wait_gone(request)
    connection.sock.close()
    record = gateway.decisions(before + 1)[-1]
    assert record["outcome"] == "cancelled"
    assert [t["outcome"] for t in record["tries"]] == ["cancelled"]


@pytest.mark.parametrize("leave", ["close", "reset"])
def test_inside_a_stream(gateway, upstreams, leave):
    upstreams.premises.default = fake.silent_after(3)
    connection = client.Client(gateway.address)
    connection.request(client.chat(model="premises-x", stream=True))
    connection.read_head()
    connection.read_piece()
    request = upstreams.premises.wait_for(1)[0]
    connection.reset() if leave == "reset" else connection.sock.close()
    wait_gone(request)


def test_no_fallback_for_who_left(gateway, upstreams):
    """A cancelled request is not tried on the next target."""
    before = gateway.settle()
    upstreams.cloud.default = fake.silent()
    connection = client.Client(gateway.address)
    connection.request(client.chat(model="falling-x"))
    upstreams.cloud.wait_for(1)
    connection.sock.close()
    assert gateway.decisions(before + 1)[-1]["outcome"] == "cancelled"
    gateway.settle()
    assert not upstreams.premises.received


def test_during_a_local_answer(gateway):
    """The engine stops writing for who left; others are served."""
    for _ in range(12):
        connection = client.Client(gateway.address)
        connection.request(client.chat("Who are you?", stream=True))
        connection.read_head()
        connection.reset()
    reply = gateway.ask(client.chat("What is the capital of France?"))
    assert reply.status == 200 and "Paris" in reply.text


def test_inside_the_body(gateway, upstreams):
    for size in (1, 20, 60):
        connection = client.Client(gateway.address)
        connection.send(client.request_bytes(client.chat(model="premises-x"))[:-size])
        connection.reset()
    time.sleep(0.1)
    assert upstreams.saw_nothing()


@pytest.mark.parametrize("part", ["head", "body", "whole"])
def test_a_reset_that_comes_with_the_bytes(start_gateway, upstreams, part):
    """Both are there when the gateway looks: it must not only see the bytes."""
    gateway = start_gateway()
    upstreams.premises.default = fake.silent()
    data = client.request_bytes(client.chat(model="premises-x"))
    connection = client.Client(gateway.address)
    wait_until(lambda: gateway.metric("penstock_connections") == 1, "not counted")
    gateway.process.send_signal(signal.SIGSTOP)
    connection.send({"head": data[:30], "body": data[:-5], "whole": data}[part])
    connection.reset()
    gateway.process.send_signal(signal.SIGCONT)
    wait_until(lambda: gateway.metric("penstock_connections") == gateway.metric("penstock_requests_in_flight") == 0, "it stays")


def test_a_pipelined_byte_while_a_request_is_handled(gateway, upstreams):
    upstreams.premises.default = fake.ok(first=0.3)
    with client.Client(gateway.address) as connection:
        connection.request(client.chat(model="premises-x"))
        upstreams.premises.wait_for(1)
        connection.send(b"P")
        assert connection.read().status == 200
        rest = client.request_bytes(client.chat(model="premises-x"))[1:]
        connection.send(rest)
        assert connection.read().status == 200
