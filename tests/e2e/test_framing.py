"""Requests that two programs could read in two ways: each is refused once, and nothing goes up."""
import json
import select
import time

import pytest

import client

BODY = json.dumps(client.chat(model="premises-x")).encode()
SIZE = str(len(BODY)).encode()
LINE = b"POST /v1/chat/completions HTTP/1.1\r\n"
HOST = b"Host: penstock.test\r\n"
TYPE = b"Content-Type: application/json\r\n"
LENGTH = b"Content-Length: " + SIZE + b"\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
HEX = f"{len(BODY):x}".encode()
END = b"\r\n"


def plain(*headers, line=LINE, host=HOST, length=LENGTH, body=BODY):
    return line + host + TYPE + length + b"".join(headers) + END + body


def chunks(body, *headers, line=LINE):
    return line + HOST + TYPE + CHUNKED + b"".join(headers) + END + body


WHOLE = HEX + b"\r\n" + BODY + b"\r\n0\r\n\r\n"

# name, bytes, the statuses that are right
CASES = [
    # --- the length of the body ---
    ("two different lengths", plain(b"Content-Length: 5\r\n"), [400]),
    ("the same length twice", plain(LENGTH), [400]),
    ("a list of equal lengths", plain(length=b"Content-Length: " + SIZE + b", " + SIZE + b"\r\n"), [400]),
    ("a list of different lengths", plain(length=b"Content-Length: " + SIZE + b", 5\r\n"), [400]),
    ("a length with plus", plain(length=b"Content-Length: +" + SIZE + b"\r\n"), [400]),
    ("a negative length", plain(length=b"Content-Length: -1\r\n"), [400]),
    ("a minus zero length", plain(length=b"Content-Length: -0\r\n"), [400]),
    ("a hexadecimal length", plain(length=b"Content-Length: 0x" + HEX + b"\r\n"), [400]),
    ("a length with a letter", plain(length=b"Content-Length: " + SIZE + b"a\r\n"), [400]),
    ("a length with a fraction", plain(length=b"Content-Length: " + SIZE + b".0\r\n"), [400]),
    ("a length with an exponent", plain(length=b"Content-Length: 1e2\r\n"), [400]),
    ("a length with a space inside", plain(length=b"Content-Length: 1 0\r\n"), [400]),
    ("a length with an underscore", plain(length=b"Content-Length: 1_0\r\n"), [400]),
    ("a length with a comma", plain(length=b"Content-Length: " + SIZE + b",\r\n"), [400]),
    ("an empty length", plain(length=b"Content-Length:\r\n"), [400]),
    ("a blank length", plain(length=b"Content-Length:  \r\n"), [400]),
    ("a length beyond 64 bits", plain(length=b"Content-Length: 18446744073709551616\r\n"), [400, 413]),
    ("a length that wraps to the right one", plain(length=b"Content-Length: " + str(2**64 + len(BODY)).encode() + b"\r\n"), [400, 413]),
    ("a length of many digits", plain(length=b"Content-Length: " + b"9" * 100 + b"\r\n"), [400, 413]),
    ("a length above the limit", plain(length=b"Content-Length: 99999999\r\n", body=b""), [413]),
    ("a length in quotes", plain(length=b'Content-Length: "' + SIZE + b'"\r\n'), [400]),
    ("a length with a vertical tab", plain(length=b"Content-Length: \x0b" + SIZE + b"\r\n"), [400]),
    ("a length with a form feed", plain(length=b"Content-Length: \x0c" + SIZE + b"\r\n"), [400]),
    ("a length in wide digits", plain(length="Content-Length: １０\r\n".encode()), [400]),
    ("a length beside one with a space before the colon", plain(b"Content-Length : 5\r\n"), [400]),
    ("a length name with an underscore is no length", plain(b"Content-Length\x00: 5\r\n"), [400]),
    # --- length and chunks together ---
    ("length and chunked", plain(CHUNKED), [400]),
    ("chunked and length", chunks(WHOLE, LENGTH), [400]),
    ("length zero and chunked", chunks(WHOLE, b"Content-Length: 0\r\n"), [400]),
    ("chunked twice", chunks(WHOLE, CHUNKED), [400]),
    ("chunked, identity", chunks(WHOLE, b"Transfer-Encoding: identity\r\n"), [400]),
    ("chunked twice in a list", LINE + HOST + TYPE + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + WHOLE, [400]),
    ("gzip, chunked", LINE + HOST + TYPE + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + WHOLE, [400, 501]),
    ("identity alone", LINE + HOST + TYPE + b"Transfer-Encoding: identity\r\n\r\n" + BODY, [400, 501]),
    ("gzip alone", LINE + HOST + TYPE + b"Transfer-Encoding: gzip\r\n\r\n" + BODY, [400, 501]),
    ("xchunked", LINE + HOST + TYPE + b"Transfer-Encoding: xchunked\r\n\r\n" + WHOLE, [400, 501]),
    ("chunked with a parameter", LINE + HOST + TYPE + b"Transfer-Encoding: chunked;a=b\r\n\r\n" + WHOLE, [400, 501]),
    ("chunked in quotes", LINE + HOST + TYPE + b'Transfer-Encoding: "chunked"\r\n\r\n' + WHOLE, [400, 501]),
    ("chunked with a comma", LINE + HOST + TYPE + b"Transfer-Encoding: chunked,\r\n\r\n" + WHOLE, [400, 501]),
    ("a comma and chunked", LINE + HOST + TYPE + b"Transfer-Encoding: ,chunked\r\n\r\n" + WHOLE, [400, 501]),
    ("chunked after a vertical tab", LINE + HOST + TYPE + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + WHOLE, [400, 501]),
    ("chunked with a NUL", LINE + HOST + TYPE + b"Transfer-Encoding: chunked\x00\r\n\r\n" + WHOLE, [400]),
    ("an empty coding", LINE + HOST + TYPE + b"Transfer-Encoding:\r\n\r\n" + WHOLE, [400, 501]),
    ("chunked behind a space before the colon", LINE + HOST + TYPE + LENGTH + b"Transfer-Encoding : chunked\r\n\r\n" + BODY, [400]),
    ("chunked on a folded line", LINE + HOST + TYPE + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + WHOLE, [400]),
    ("chunked on HTTP/1.0", b"POST /v1/chat/completions HTTP/1.0\r\n" + HOST + TYPE + CHUNKED + END + WHOLE, [400]),
    ("two encodings, one obscured", chunks(WHOLE, b"Transfer-Encoding: x\r\n"), [400, 501]),
    # --- chunks ---
    ("a chunk size beyond 64 bits", chunks(b"10000000000000000\r\n" + BODY), [400, 413]),
    ("a chunk size that wraps", chunks(b"1" + b"0" * (16 - len(HEX)) + HEX + b"\r\n" + BODY + b"\r\n0\r\n\r\n"), [400, 413]),
    ("a chunk size of f's", chunks(b"ffffffffffffffff\r\n" + BODY), [400, 413]),
    ("a chunk above the limit", chunks(b"7fffffff\r\n"), [413, 400]),
    ("a negative chunk", chunks(b"-1\r\n" + BODY), [400]),
    ("a chunk with plus", chunks(b"+" + WHOLE), [400]),
    ("a chunk with 0x", chunks(b"0x" + WHOLE), [400]),
    ("a chunk with a space before", chunks(b" " + WHOLE), [400]),
    ("a chunk with a space after", chunks(HEX + b" \r\n" + BODY + b"\r\n0\r\n\r\n"), [400]),
    ("a chunk with a tab after", chunks(HEX + b"\t\r\n" + BODY + b"\r\n0\r\n\r\n"), [400]),
    ("a chunk with an extension", chunks(HEX + b";a=b\r\n" + BODY + b"\r\n0\r\n\r\n"), [400]),
    ("a chunk with an empty extension", chunks(HEX + b";\r\n" + BODY + b"\r\n0\r\n\r\n"), [400]),
    ("an extension with a bare LF", chunks(HEX + b";\n" + BODY + b"\r\n0\r\n\r\n"), [400]),
    ("an extension on the last chunk", chunks(HEX + b"\r\n" + BODY + b"\r\n0;a=b\r\n\r\n"), [400]),
    ("a chunk size in g", chunks(b"g\r\n" + BODY), [400]),
    ("a chunk without a size", chunks(b"\r\n" + BODY), [400]),
    ("a chunk size with an underscore", chunks(b"0_" + WHOLE), [400]),
    ("a chunk size with a fraction", chunks(HEX + b".0\r\n" + BODY + b"\r\n0\r\n\r\n"), [400]),
    ("a chunk size of many zeros", chunks(b"0" * 300 + WHOLE), [400, 413]),
    ("a chunk size ended by LF", chunks(HEX + b"\n" + BODY + b"\r\n0\r\n\r\n"), [400]),
    ("a chunk size ended by CR", chunks(HEX + b"\r" + BODY + b"\r\n0\r\n\r\n"), [400]),
    ("a chunk size ended by CR CR LF", chunks(HEX + b"\r\r\n" + BODY + b"\r\n0\r\n\r\n"), [400]),
    ("chunk data without its end", chunks(HEX + b"\r\n" + BODY + b"0\r\n\r\n"), [400]),
    ("chunk data ended by LF", chunks(HEX + b"\r\n" + BODY + b"\n0\r\n\r\n"), [400]),
    ("chunk data ended by CR", chunks(HEX + b"\r\n" + BODY + b"\r0\r\n\r\n"), [400]),
    ("chunk data ended by two other bytes", chunks(HEX + b"\r\n" + BODY + b"XX0\r\n\r\n"), [400]),
    ("a chunk longer than it says", chunks(f"{len(BODY) - 1:x}".encode() + b"\r\n" + BODY + b"\r\n0\r\n\r\n"), [400]),
    ("the last chunk ended by LF", chunks(HEX + b"\r\n" + BODY + b"\r\n0\n\n"), [400]),
    ("the end by a bare LF", chunks(HEX + b"\r\n" + BODY + b"\r\n0\r\n\n"), [400]),
    ("the end by CR and another byte", chunks(HEX + b"\r\n" + BODY + b"\r\n0\r\n\rX"), [400]),
    ("a trailer", chunks(HEX + b"\r\n" + BODY + b"\r\n0\r\nX-Trailer: 1\r\n\r\n"), [400]),
    ("a trailer that frames", chunks(HEX + b"\r\n" + BODY + b"\r\n0\r\nContent-Length: 5\r\n\r\n"), [400]),
    ("a trailer that authorises", chunks(HEX + b"\r\n" + BODY + b"\r\n0\r\nAuthorization: Bearer x\r\n\r\n"), [400]),
    ("a trailer announced", chunks(HEX + b"\r\n" + BODY + b"\r\n0\r\nX-T: 1\r\n\r\n", b"Trailer: X-T\r\n"), [400]),
    ("chunked with a capital", LINE + HOST + TYPE + b"Transfer-Encoding: Chunked\r\n\r\n" + WHOLE, [400]),
    # --- line ends ---
    ("bare LF after the request line", LINE.replace(b"\r\n", b"\n") + HOST + TYPE + LENGTH + END + BODY, [400]),
    ("bare LF after a header", plain(b"X-A: 1\nX-B: 2\r\n"), [400]),
    ("bare LF at the end of the head", LINE + HOST + TYPE + LENGTH + b"\n" + BODY, [400]),
    ("only LF everywhere", (LINE + HOST + TYPE + LENGTH + END).replace(b"\r\n", b"\n") + BODY, [400]),
    ("bare CR in a value", plain(b"X-A: 1\r2\r\n"), [400]),
    ("bare CR after the request line", LINE.replace(b"\r\n", b"\r") + HOST + TYPE + LENGTH + END + BODY, [400]),
    ("CR CR LF", plain(b"X-A: 1\r\r\n"), [400]),
    ("LF CR", plain(b"X-A: 1\n\r"), [400]),
    ("CR instead of the end of the head", LINE + HOST + TYPE + LENGTH + b"\rX" + BODY, [400]),
    # --- header lines ---
    ("a folded value", plain(b"X-A: 1\r\n 2\r\n"), [400]),
    ("a folded value with a tab", plain(b"X-A: 1\r\n\t2\r\n"), [400]),
    ("a folded first header", LINE + b" " + HOST + TYPE + LENGTH + END + BODY, [400]),
    ("a space before the colon", plain(b"X-A : 1\r\n"), [400]),
    ("a tab before the colon", plain(b"X-A\t: 1\r\n"), [400]),
    ("a name with a space inside", plain(b"X A: 1\r\n"), [400]),
    ("a name that is empty", plain(b": 1\r\n"), [400]),
    ("a line without a colon", plain(b"X-A 1\r\n"), [400]),
    ("a name with a NUL", plain(b"X-\x00A: 1\r\n"), [400]),
    ("a value with a NUL", plain(b"X-A: 1\x002\r\n"), [400]),
    ("a value with a BEL", plain(b"X-A: \x07\r\n"), [400]),
    ("a value with DEL", plain(b"X-A: \x7f\r\n"), [400]),
    ("a name with a high byte", plain("X-Ä: 1\r\n".encode()), [400]),
    ("a name with a bracket", plain(b"X[A]: 1\r\n"), [400]),
    ("a name with a slash", plain(b"X/A: 1\r\n"), [400]),
    ("a name with a quote", plain(b'X"A: 1\r\n'), [400]),
    ("too many headers", plain(*[b"X-%d: 1\r\n" % i for i in range(2000)]), [431]),
    ("headers that are too large", plain(b"X-A: " + b"a" * 100000 + b"\r\n"), [431]),
    ("a header name that is too large", plain(b"X" * 100000 + b": 1\r\n"), [431, 400]),
    # --- Host ---
    ("no Host", plain(host=b""), [400]),
    ("two Hosts", plain(b"Host: other.test\r\n"), [400]),
    ("the same Host twice", plain(HOST), [400]),
    ("an empty Host", plain(host=b"Host:\r\n"), [400]),
    ("a Host with a path", plain(host=b"Host: a/b\r\n"), [400]),
    ("a Host with a user", plain(host=b"Host: a@b\r\n"), [400]),
    ("a Host with a space", plain(host=b"Host: a b\r\n"), [400]),
    ("a Host list", plain(host=b"Host: a.test, b.test\r\n"), [400]),
    # --- the request line ---
    ("absolute form", plain(line=b"POST http://other.test/v1/chat/completions HTTP/1.1\r\n"), [400]),
    ("authority form", plain(line=b"CONNECT other.test:443 HTTP/1.1\r\n"), [400, 405, 501]),
    ("asterisk form", plain(line=b"OPTIONS * HTTP/1.1\r\n"), [400, 404, 405]),
    ("a target without a slash", plain(line=b"POST v1/chat/completions HTTP/1.1\r\n"), [400]),
    ("a target with a space", plain(line=b"POST /v1/chat completions HTTP/1.1\r\n"), [400, 505]),
    ("a target with a NUL", plain(line=b"POST /v1/chat\x00 HTTP/1.1\r\n"), [400]),
    ("a target with a high byte", plain(line="POST /v1/chät HTTP/1.1\r\n".encode()), [400]),
    ("a target with a fragment", plain(line=b"POST /v1/chat/completions#a HTTP/1.1\r\n"), [400, 404]),
    ("a target that is too long", plain(line=b"POST /" + b"a" * 60000 + b" HTTP/1.1\r\n"), [414, 431]),
    ("two spaces before the target", plain(line=b"POST  /v1/chat/completions HTTP/1.1\r\n"), [400]),
    ("two spaces before the version", plain(line=b"POST /v1/chat/completions  HTTP/1.1\r\n"), [400, 505]),
    ("a tab in the line", plain(line=b"POST\t/v1/chat/completions HTTP/1.1\r\n"), [400, 501]),
    ("a space at the end of the line", plain(line=b"POST /v1/chat/completions HTTP/1.1 \r\n"), [400, 505]),
    ("a space before the method", plain(line=b" POST /v1/chat/completions HTTP/1.1\r\n"), [400, 501]),
    ("no version", plain(line=b"POST /v1/chat/completions\r\n"), [400, 505]),
    ("HTTP/0.9", plain(line=b"POST /v1/chat/completions HTTP/0.9\r\n"), [400, 505]),
    ("HTTP/1.2", plain(line=b"POST /v1/chat/completions HTTP/1.2\r\n"), [400, 505]),
    ("HTTP/2.0", plain(line=b"POST /v1/chat/completions HTTP/2.0\r\n"), [400, 505]),
    ("HTTP/1.10", plain(line=b"POST /v1/chat/completions HTTP/1.10\r\n"), [400, 505]),
    ("http in small letters", plain(line=b"POST /v1/chat/completions http/1.1\r\n"), [400, 505]),
    ("a version with a space", plain(line=b"POST /v1/chat/completions HTTP/ 1.1\r\n"), [400, 505]),
    ("another protocol", plain(line=b"POST /v1/chat/completions RTSP/1.0\r\n"), [400, 505]),
    ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400, 501, 505]),
    ("a method in small letters", plain(line=b"post /v1/chat/completions HTTP/1.1\r\n"), [400, 405, 501]),
    ("an unknown method", plain(line=b"BREW /v1/chat/completions HTTP/1.1\r\n"), [400, 405, 501]),
    ("a method with a NUL", plain(line=b"PO\x00ST /v1/chat/completions HTTP/1.1\r\n"), [400, 501]),
    ("an empty method", plain(line=b" /v1/chat/completions HTTP/1.1\r\n"), [400, 501]),
    ("a method that is too long", plain(line=b"P" * 5000 + b" /v1/chat/completions HTTP/1.1\r\n"), [400, 501]),
    ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 32 + b"\r\n\r\n", [400, 501]),
    ("a NUL first", b"\x00" + plain(), [400, 501]),
    ("garbage", b"\xff\xfe\xfd\r\n\r\n", [400, 501]),
    # --- offers ---
    ("an upgrade to websocket", plain(b"Connection: Upgrade\r\n", b"Upgrade: websocket\r\n"), [400, 426, 501]),
    ("an unknown expectation", plain(b"Expect: 200-ok\r\n"), [417]),
]


def one_answer(gateway, upstreams, data, statuses):
    with client.Client(gateway.address) as connection:
        try:
            connection.send(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before all was sent; the answer may be waiting
        reply = connection.read()
        assert reply.status in statuses, f"{reply.status}: {reply.body!r}"
        assert reply.complete
        assert set(reply.error) == {"message", "type", "param", "code"}
        assert (reply.header("connection") or "").lower() == "close"
        assert connection.closed_by_peer(), f"after the answer came {connection.pending[:200]!r}"
    assert upstreams.saw_nothing(), "bytes of a refused request went up"


@pytest.mark.parametrize("data, statuses", [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_refused(gateway, upstreams, data, statuses):
    one_answer(gateway, upstreams, data, statuses)


@pytest.mark.parametrize("data, statuses", [case[1:] for case in CASES[::7]], ids=[case[0] for case in CASES[::7]])
def test_refused_byte_by_byte(gateway, upstreams, data, statuses):
    """The verdict does not depend on how the bytes are cut into packets."""
    with client.Client(gateway.address) as connection:
        try:
            for i in range(0, min(len(data), 1500)):
                connection.send(data[i:i + 1])
            connection.send(data[1500:])
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert connection.read().status in statuses
    assert upstreams.saw_nothing()


def test_refusals_are_counted(gateway, upstreams):
    before = gateway.metric("penstock_http_refused_total", reason="header_folded")
    one_answer(gateway, upstreams, plain(b"X-A: 1\r\n 2\r\n"), [400])
    assert gateway.metric("penstock_http_refused_total", reason="header_folded") == before + 1


def test_a_smuggled_request_is_not_answered(gateway, upstreams):
    """What follows a refused request on the connection is never read as a request of its own."""
    hidden = client.request_bytes(client.chat(model="premises-hidden"))
    data = LINE + HOST + TYPE + CHUNKED + b"Content-Length: 5\r\n" + END + b"0\r\n\r\n" + hidden
    one_answer(gateway, upstreams, data, [400])


# --- what is right must pass ---

RIGHT = [
    ("plain", plain()),
    ("chunked", chunks(WHOLE)),
    ("chunked in capitals", LINE + HOST + TYPE + b"TRANSFER-ENCODING: chunked\r\n\r\n" + WHOLE),
    ("a chunk size in capitals", chunks(WHOLE.replace(HEX, HEX.upper(), 1))),
    ("many chunks", chunks(b"".join(b"1\r\n" + BODY[i:i + 1] + b"\r\n" for i in range(len(BODY))) + b"0\r\n\r\n")),
    ("names in small letters", plain().replace(b"Content-Length", b"content-length").replace(b"Host", b"host")),
    ("no space after the colon", plain(host=b"Host:penstock.test\r\n")),
    ("spaces around a value", plain(b"X-A:   1 \t \r\n")),
    ("an empty value", plain(b"X-A:\r\n")),
    ("a Host with a port", plain(host=b"Host: penstock.test:8080\r\n")),
    ("a Host with an IPv6 address", plain(host=b"Host: [::1]:8080\r\n")),
    ("an offer of h2c", plain(b"Connection: Upgrade, HTTP2-Settings\r\n", b"Upgrade: h2c\r\n", b"HTTP2-Settings: AAMAAABk\r\n")),
    ("a query", plain(line=b"POST /v1/chat/completions?api-version=1 HTTP/1.1\r\n")),
    ("a value with UTF-8", plain("X-A: ä\r\n".encode())),
]


@pytest.mark.parametrize("data", [case[1] for case in RIGHT], ids=[case[0] for case in RIGHT])
def test_accepted(gateway, upstreams, data):
    with client.Client(gateway.address) as connection:
        connection.send(data)
        reply = connection.read()
        assert reply.status == 200, reply.body
    assert upstreams.premises.requests[0].body == BODY


def test_expect_100_continue(gateway, upstreams):
    with client.Client(gateway.address) as connection:
        connection.send(plain(b"Expect: 100-continue\r\n", body=b""))
        status, _ = connection.read_head()
        assert status == 100
        connection.send(BODY)
        assert connection.read().status == 200


def test_kept_alive_and_pipelined(gateway, upstreams):
    """Requests that were sent together are answered in order, one at a time."""
    with client.Client(gateway.address) as connection:
        for name in ("a", "b", "c"):
            connection.request(client.chat(text=name, model=f"premises-{name}"))
        assert [connection.read().status for _ in range(3)] == [200] * 3
    assert [request.json["model"] for request in upstreams.premises.requests] == ["premises-a", "premises-b", "premises-c"]


def test_slow_headers_are_ended(start_gateway, upstreams):
    gateway = start_gateway(limits__header_timeout="1s")
    began = time.monotonic()
    with client.Client(gateway.address) as connection:
        connection.send(LINE)
        assert connection.read().status == 408
        assert connection.closed_by_peer()
    assert time.monotonic() - began > 0.9


def test_slow_body_is_ended(start_gateway, upstreams):
    gateway = start_gateway(limits__body_timeout="1s")
    with client.Client(gateway.address) as connection:
        connection.send(plain(body=BODY[:10]))
        assert connection.read().status == 408
        assert connection.closed_by_peer()
    assert upstreams.saw_nothing()


def test_a_dripping_head_does_not_live_longer(start_gateway):
    """A byte now and then does not extend the time for the headers."""
    gateway = start_gateway(limits__header_timeout="1s")
    with client.Client(gateway.address) as connection:
        for byte in LINE + HOST * 40:
            connection.send(bytes([byte]))
            if select.select([connection.sock], [], [], 0.1)[0]:
                break
        else:
            raise AssertionError("it was listened to until the end")
        assert connection.read().status == 408


def test_what_follows_a_request_without_a_body(gateway, upstreams):
    """Without a length there is no body: what comes next is judged as a request of its own."""
    with client.Client(gateway.address) as connection:
        connection.send(LINE + HOST + TYPE + END + WHOLE)
        assert connection.read().status in (400, 411)
        assert connection.read().status in (400, 501)
        assert connection.closed_by_peer()
    assert upstreams.saw_nothing()


def test_body_cut_short(gateway, upstreams):
    with client.Client(gateway.address) as connection:
        connection.send(plain(body=BODY[:-5]))
        connection.sock.shutdown(1)
        try:
            assert connection.read().status == 400
        except (EOFError, ConnectionError):
            pass  # closed without a word is right as well
    time.sleep(0.1)
    assert upstreams.saw_nothing()
