"""Memory runs out under a load: requests are refused, and nothing else happens."""
import resource
import threading

import pytest

import client
from client import SLOW

ROOM = 1 << 20


def size_of(gateway):
    with open(f"/proc/{gateway.process.pid}/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()


@pytest.mark.skipif(SLOW != 1, reason="a sanitizer's shadow is no memory of the program's")
def test_no_memory_for_large_bodies(start_gateway, upstreams):
    gateway = start_gateway()
    unlimited = resource.prlimit(gateway.process.pid, resource.RLIMIT_AS)
    most = size_of(gateway) + ROOM
    resource.prlimit(gateway.process.pid, resource.RLIMIT_AS, (most, unlimited[1]))
    large = client.chat("x y " * 1000000, model="premises-x")
    statuses = []

    def ask(body):
        try:
            statuses.append(gateway.ask(body).status)
        except (EOFError, ConnectionError):
            statuses.append("cut")  # not even memory to say so

    threads = [threading.Thread(target=ask, args=[body]) for body in [large, client.chat(model="premises-x")] * 8]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert gateway.alive(), gateway.errors()
    assert 503 in statuses and set(statuses) <= {200, 503, "cut"}, statuses
    assert gateway.ask(client.chat(model="premises-x")).status == 200
