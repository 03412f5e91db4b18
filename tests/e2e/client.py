"""A client that sends any bytes and reads answers strictly."""
import json
import os
import select
import socket
import struct
import time

SLOW = float(os.environ.get("PENSTOCK_TEST_SLOW", "1"))
# How long to wait for what must come; long, so that no load of the machine decides a test.
PATIENCE = 20 * SLOW


def wait_until(happened, why, step=0.01):
    """Asks until the answer is true; returns it."""
    end = time.monotonic() + PATIENCE
    while not (found := happened()):
        assert time.monotonic() < end, why() if callable(why) else why
        time.sleep(step)
    return found


class Reply:
    def __init__(self, status, headers, body, complete, events=None):
        self.status, self.headers, self.body, self.complete = status, headers, body, complete

    def header(self, name):
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) <= 1, f"{name} came {len(values)} times"
        return values[0] if values else None

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def events(self):
        return sse_events(self.body)

    @property
    def text(self):
        """The assistant's words, streamed or not."""
        if (self.header("content-type") or "").startswith("text/event-stream"):
            return joined(self.events)
        return self.json["choices"][0]["message"]["content"]

    @property
    def error(self):
        return self.json["error"]


def sse_events(data):
    """The data of each event; [DONE] comes as that string, all else as parsed JSON."""
    found = []
    for block in data.decode().split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        if not lines:
            continue
        assert all(line.startswith("data: ") for line in lines), f"not an event: {lines}"
        text = "\n".join(line[6:] for line in lines)
        found.append(text if text == "[DONE]" else json.loads(text))
    return found


def joined(events):
    words = []
    for event in events:
        if event != "[DONE]" and event.get("choices"):
            words.append(event["choices"][0]["delta"].get("content") or "")
    return "".join(words)


class Client:
    """One connection."""

    def __init__(self, address, receive_buffer=None):
        if isinstance(address, str):
            self.sock = socket.socket(socket.AF_UNIX)
        else:
            self.sock = socket.socket()
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(address)
        if not isinstance(address, str):
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)

    def request(self, body, path="/v1/chat/completions", method="POST", headers=()):
        self.send(request_bytes(body, path, method, headers))

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def _more(self):
        data = self.sock.recv(65536)
        self.pending += data
        return bool(data)

    def read_head(self):
        while b"\r\n\r\n" not in self.pending:
            if not self._more():
                raise EOFError("closed before the end of the head" if self.pending else "closed without an answer")
        head, self.pending = self.pending.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        assert lines[0].startswith("HTTP/1.1 "), lines[0]
        headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        return int(lines[0].split(" ")[1]), headers

    def read_piece(self):
        """One chunk of a chunked answer; b"" at its end, None when the line was cut."""
        while b"\r\n" not in self.pending:
            if not self._more():
                return None
        line, self.pending = self.pending.split(b"\r\n", 1)
        size = int(line, 16)
        while len(self.pending) < size + 2:
            if not self._more():
                return None
        piece, self.pending = self.pending[:size], self.pending[size + 2:]
        return piece

    def read(self, method="POST"):
        """One whole answer (or what there was of it: see complete)."""
        status, headers = self.read_head()
        while 100 <= status < 200:
            status, headers = self.read_head()
        lower = {name.lower(): value for name, value in headers}
        assert not ("content-length" in lower and "transfer-encoding" in lower)
        body, complete = b"", True
        if method == "HEAD" or status in (204, 304):
            pass
        elif "content-length" in lower:
            size = int(lower["content-length"])
            while len(self.pending) < size and self._more():
                pass
            body, self.pending = self.pending[:size], self.pending[size:]
            complete = len(body) == size
        elif lower.get("transfer-encoding") == "chunked":
            while True:
                piece = self.read_piece()
                if not piece:
                    complete = piece == b""
                    break
                body += piece
        else:
            while self._more():
                pass
            body, self.pending = self.pending, b""
        return Reply(status, headers, body, complete)

    def closed_by_peer(self):
        """True when the other side closes without another byte."""
        if self.pending:
            return False
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            ready, _, _ = select.select([self.sock], [], [], 0.05)
            if ready:
                try:
                    data = self.sock.recv(65536)
                except ConnectionError:
                    return True
                self.pending += data
                return not data
        return False


def request_bytes(body, path="/v1/chat/completions", method="POST", headers=()):
    if not isinstance(body, (bytes, type(None))):
        body = json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: penstock.test"]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += list(headers)
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + (body or b"")


def ask(address, body, path="/v1/chat/completions", method="POST", headers=()):
    """One request on a connection of its own."""
    with Client(address) as client:
        client.request(body, path, method, [*headers, "Connection: close"])
        return client.read(method)


def chat(text="What is the capital of France?", model="auto", **more):
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}
