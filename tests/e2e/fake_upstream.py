"""A scripted server that speaks OpenAI's chat API, well or badly, on loopback.

It keeps the exact bytes of every request and the moment at which the other side left, so that tests
can assert on what went up and on what never did. A behaviour is a function (connection, request);
take_next() hands out those of `script` in turn, then `default`.
"""
import json
import select
import socket
import ssl
import struct
import subprocess
import threading
import time

from client import PATIENCE, wait_until

WORDS = ["The", " answer", " is", " forty", "-two", ",", " and", " that", " is", " all", "."]


class Request:
    def __init__(self, raw_head, head, headers, body, raw, connection):
        self.line = head
        self.method, self.path = head.split(" ")[:2]
        self.headers = headers  # list of (name as sent, value)
        self.raw_head = raw_head
        self.body = body
        self.raw = raw
        self.connection = connection
        self.arrived = time.monotonic()
        self.gone = None  # when the other side was seen to leave
        self.sent = 0  # bytes of an endless answer that were taken

    def header(self, name):
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) <= 1, f"{name} was sent {len(values)} times"
        return values[0] if values else None

    @property
    def json(self):
        return json.loads(self.body)


class Connection:
    """One accepted socket."""

    def __init__(self, sock, number, upstream):
        self.sock, self.number, self.upstream = sock, number, upstream
        self.pending = b""
        self.keep = True

    def read_some(self):
        data = self.sock.recv(65536)
        self.upstream.received += data
        self.pending += data
        return len(data)

    def take(self, count):
        while len(self.pending) < count:
            if not self.read_some():
                raise ConnectionError("closed inside a request")
        data, self.pending = self.pending[:count], self.pending[count:]
        return data

    def take_line(self):
        while b"\r\n" not in self.pending:
            if not self.read_some():
                raise ConnectionError("closed inside a line")
        line, self.pending = self.pending.split(b"\r\n", 1)
        return line + b"\r\n"

    def read_request(self):
        while b"\r\n\r\n" not in self.pending:
            if not self.read_some():
                return None
        raw_head, self.pending = self.pending.split(b"\r\n\r\n", 1)
        lines = raw_head.decode("latin-1").split("\r\n")
        headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        lower = {name.lower(): value for name, value in headers}
        raw = raw_head + b"\r\n\r\n"
        body = b""
        if lower.get("expect", "").lower() == "100-continue":
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if lower.get("transfer-encoding", "").lower() == "chunked":
            while True:
                line = self.take_line()
                chunk = self.take(int(line, 16) + 2)
                raw += line + chunk
                if chunk == b"\r\n":
                    break
                body += chunk[:-2]
        elif "content-length" in lower:
            body = self.take(int(lower["content-length"]))
            raw += body
        return Request(raw_head, lines[0], headers, body, raw, self.number)

    def send(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode())

    def has_left(self, wait=0.0):
        """True when the other side closed or reset within so many seconds."""
        end = time.monotonic() + wait
        while True:
            ready, _, _ = select.select([self.sock], [], [], max(0.0, min(0.02, end - time.monotonic())))
            if ready:
                try:
                    if not self.read_some():
                        return True
                except OSError:
                    return True
            if time.monotonic() >= end:
                return False

    def reset(self):
        """Close with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.keep = False


class FakeUpstream:
    def __init__(self, context=None):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.context = context
        self._default = ok()
        self.script = []
        self.misbehaved = False  # a behaviour was set since the last look
        self.requests = []
        self.received = b""  # every byte that arrived, whole requests or not
        self.connections = 0
        self.failures = []
        self.lock = threading.Lock()
        self.stopping = False
        self.threads = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.port}/v1"

    @property
    def default(self):
        return self._default

    @default.setter
    def default(self, behaviour):
        self.misbehaved = True
        self._default = behaviour

    def take_next(self):
        with self.lock:
            return self.script.pop(0) if self.script else self.default

    def wait_for(self, count):
        """The requests, once there are so many."""
        wait_until(lambda: len(self.requests) >= count, lambda: f"{len(self.requests)} of {count} requests came")
        return self.requests

    def reset_records(self):
        with self.lock:
            self.requests.clear()
            self.script.clear()
            self.received = b""
            self._default = ok()

    def close(self):
        self.stopping = True
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()

    def _accept(self):
        while not self.stopping:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            threading.Thread(target=self._serve, args=(sock, self.connections), daemon=True).start()

    def _serve(self, sock, number):
        request = None
        try:
            sock.settimeout(60)
            if self.context:
                sock = self.context.wrap_socket(sock, server_side=True)
            connection = Connection(sock, number, self)
            while connection.keep and not self.stopping:
                request = connection.read_request()
                if request is None:
                    break
                with self.lock:
                    self.requests.append(request)
                self.take_next()(connection, request)
        except (OSError, ConnectionError, ssl.SSLError):
            # The gateway leaving is part of many tests; when it did is what counts.
            if request is not None and request.gone is None:
                request.gone = time.monotonic()
        finally:
            sock.close()


# ---- pieces of answers ----

def completion(words=WORDS, model="upstream-model", **extra):
    body = {"id": "chatcmpl-fake", "object": "chat.completion", "created": 1700000000, "model": model,
            "choices": [{"index": 0, "finish_reason": "stop", "logprobs": None,
                         "message": {"role": "assistant", "content": "".join(words), "refusal": None}}],
            "usage": {"prompt_tokens": 9, "completion_tokens": len(words), "total_tokens": 9 + len(words)}}
    body.update(extra)
    return json.dumps(body).encode()


def chunk(delta, finish=None, model="upstream-model"):
    return b"data: " + json.dumps(
        {"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 1700000000, "model": model,
         "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]}).encode() + b"\n\n"


def events(words=WORDS):
    """The events of a whole stream, without [DONE]."""
    return ([chunk({"role": "assistant", "content": ""})] + [chunk({"content": word}) for word in words]
            + [chunk({}, "stop")])


DONE = b"data: [DONE]\n\n"
STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def framed(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def answer(status, body, headers=(), content_type="application/json"):
    lines = [f"HTTP/1.1 {status} Reason", f"Content-Type: {content_type}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


# ---- behaviours ----

def ok(words=WORDS, gap=0.0, first=0.0):
    """A right answer, streamed if the request says so; gap seconds between events."""
    def behave(connection, request):
        if first and connection.has_left(first):
            request.gone = time.monotonic()
            connection.keep = False
            return
        try:
            stream = json.loads(request.body).get("stream", False)
        except ValueError:
            connection.send(answer(400, b'{"error":{"message":"not JSON","type":"invalid_request_error","param":null,"code":null}}'))
            return
        if not stream:
            connection.send(answer(200, completion(words)))
            return
        connection.send(STREAM_HEAD)
        for event in events(words):
            connection.send(framed(event))
            if gap and connection.has_left(gap):
                request.gone = time.monotonic()
                connection.keep = False
                return
        connection.send(framed(DONE) + b"0\r\n\r\n")
    return behave


def stepped(turns):
    """A right stream; each event but the first waits for turns, a semaphore."""
    def behave(connection, request):
        connection.send(STREAM_HEAD)
        for event in [*events(), DONE]:
            connection.send(framed(event))
            if not turns.acquire(timeout=PATIENCE):
                connection.keep = False
                return
        connection.send(b"0\r\n\r\n")
    return behave


def silent(seconds=30.0):
    """Takes the request and says nothing."""
    def behave(connection, request):
        if connection.has_left(seconds):
            request.gone = time.monotonic()
        connection.keep = False
    return behave


def silent_after(count=3, seconds=30.0):
    """Some events of a stream, then nothing."""
    def behave(connection, request):
        connection.send(STREAM_HEAD)
        for event in events()[:count]:
            connection.send(framed(event))
        if connection.has_left(seconds):
            request.gone = time.monotonic()
        connection.keep = False
    return behave


def fail(status, headers=(), body=b'{"error":{"message":"upstream says no","type":"server_error","param":null,"code":null}}'):
    def behave(connection, request):
        connection.send(answer(status, body, headers))
    return behave


def cut(count=3, how="fin", chunked=True):
    """Some events, then the line goes: how is fin, rst, clean (a proper end without [DONE]) or inside (an event)."""
    def behave(connection, request):
        head = STREAM_HEAD if chunked else STREAM_HEAD.replace(b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n")
        connection.send(head)
        for event in events()[:count]:
            connection.send(framed(event) if chunked else event)
        if how == "inside":
            half = events()[count][:20]
            connection.send(framed(half) if chunked else half)
        if how == "clean" and chunked:
            connection.send(b"0\r\n\r\n")
        if how == "rst":
            time.sleep(0.1)
            connection.reset()
        connection.keep = False
    return behave


def cut_body():
    """An unstreamed answer that ends before its announced length."""
    def behave(connection, request):
        data = answer(200, completion())
        connection.send(data[:-10])
        connection.keep = False
    return behave


def raw(data, close=True):
    """Any bytes at all."""
    def behave(connection, request):
        connection.send(data)
        connection.keep = not close
    return behave


def stream_of(pieces, done=True):
    """A stream of the given raw pieces."""
    def behave(connection, request):
        connection.send(STREAM_HEAD)
        for piece in pieces:
            connection.send(framed(piece))
        connection.send((framed(DONE) if done else b"") + b"0\r\n\r\n")
    return behave


def trickle(seconds=0.1, count=40, words=WORDS):
    """A right stream in single bytes; after `count` of them the rest at once."""
    def behave(connection, request):
        connection.send(STREAM_HEAD)
        data = b"".join(events(words)) + DONE
        for i in range(count):
            connection.send(framed(data[i:i + 1]))
            if connection.has_left(seconds):
                request.gone = time.monotonic()
                connection.keep = False
                return
        connection.send(framed(data[count:]) + b"0\r\n\r\n")
    return behave


def endless(word=" more", gap=0.0, most=None):
    """A stream without end; request.sent counts the bytes that were taken."""
    def behave(connection, request):
        connection.send(STREAM_HEAD)
        event = framed(chunk({"content": word}))
        while most is None or request.sent < most:
            connection.send(event)
            request.sent += len(event)
            if gap:
                time.sleep(gap)
    return behave


# ---- certificates ----

def make_certificate(folder, name, alternative, issuer=None, days=30):
    """A key and a certificate by openssl(1); signed by issuer, a name made before, or by itself."""
    key, certificate = folder / f"{name}.key", folder / f"{name}.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
               "-keyout", str(key), "-out", str(certificate), "-days", str(days), "-subj", f"/CN={name}",
               "-addext", f"subjectAltName={alternative}"]
    if issuer:
        command += ["-CA", str(folder / f"{issuer}.pem"), "-CAkey", str(folder / f"{issuer}.key"),
                    "-addext", "basicConstraints=critical,CA:FALSE"]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


def server_context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
