"""penstock chat in a terminal's place: what a signal does to it."""
import fcntl
import os
import signal
import struct
import subprocess
import termios

import pytest

from client import wait_until
from conftest import BINARY, ROOT

MODEL = ROOT / "tests" / "golden" / "models" / "llama-linear.gguf"  # its answers are long and odd
F_SETPIPE_SZ = 1031


def held(pipe):
    """Bytes that nobody has read yet."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0]


@pytest.fixture
def chat():
    """A chat whose output goes into a pipe that is all but full: its answer waits for a reader."""
    reader, writer = os.pipe()
    size = fcntl.fcntl(reader, F_SETPIPE_SZ, 4096)
    os.write(writer, b"." * (size - 64))
    process = subprocess.Popen([BINARY, "chat", "--model", MODEL], stdin=subprocess.PIPE,
                               stdout=writer)
    os.close(writer)
    yield process, reader, size
    process.kill()
    process.wait()
    process.stdin.close()
    os.close(reader)


def read_rest(reader):
    parts = []
    while part := os.read(reader, 65536):
        parts.append(part)
    return b"".join(parts)


def test_interrupt_stops_the_answer(chat):
    process, reader, size = chat
    process.stdin.write(b"Once upon a time\n")
    process.stdin.flush()
    wait_until(lambda: held(reader) > size - 64, "the answer did not come")
    process.send_signal(signal.SIGINT)
    process.stdin.write(b"/exit\n")
    process.stdin.flush()
    assert b"(stopped)" in read_rest(reader)
    assert process.wait() == 0


def test_interrupt_at_the_prompt_leaves(chat):
    process, reader, size = chat
    process.stdin.write(b"/reset\n")
    process.stdin.flush()
    wait_until(lambda: held(reader) > size - 64, "the prompt did not come")
    process.send_signal(signal.SIGINT)
    assert process.wait() == 0
