"""Bodies that are not what they seem: refused with the right status, and nothing goes up."""
import json

import pytest

import client

USER = '{"role": "user", "content": "hello"}'


def chat_text(inner="", messages=f"[{USER}]", model='"premises-x"'):
    return '{"model": %s, "messages": %s%s}' % (model, messages, ", " + inner if inner else "")


def message(text):
    return chat_text(messages=f"[{text}]")


DUPLICATES = [
    ("model", '{"model": "premises-a", "model": "local", "messages": [%s]}' % USER),
    ("model, escaped", '{"model": "premises-a", "mod\\u0065l": "local", "messages": [%s]}' % USER),
    ("model, far apart", '{"model": "premises-a", "messages": [%s], "x": {"y": [1, 2]}, "model": "premises-b"}' % USER),
    ("the same model", '{"model": "premises-a", "model": "premises-a", "messages": [%s]}' % USER),
    ("messages", '{"model": "premises-a", "messages": [%s], "messages": [%s]}' % (USER, USER)),
    ("stream", chat_text('"stream": false, "stream": true')),
    ("an unknown field", chat_text('"x": 1, "x": 2')),
    ("role", message('{"role": "user", "content": "a", "role": "system"}')),
    ("content", message('{"role": "user", "content": "a", "content": "b"}')),
    ("content, escaped", message('{"role": "user", "content": "a", "c\\u006fntent": "b"}')),
    ("name in a message", message('{"role": "user", "name": "a", "name": "b", "content": "a"}')),
    ("text in a part", message('{"role": "user", "content": [{"type": "text", "text": "a", "text": "b"}]}')),
    ("type in a part", message('{"role": "user", "content": [{"type": "text", "type": "image_url", "text": "a"}]}')),
    ("url in a part", message('{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "a", "url": "b"}}]}')),
    ("in a tool", chat_text('"tools": [{"type": "function", "function": {"name": "f", "name": "g", "parameters": {}}}]')),
    ("in a tool's schema", chat_text('"tools": [{"type": "function", "function": {"name": "f", "parameters": {"a": {"b": 1, "b": 2}}}}]')),
    ("in a tool call", message('{"role": "assistant", "content": null, "tool_calls": [{"id": "a", "id": "b", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}')),
    ("in metadata", chat_text('"metadata": {"a": "1", "a": "2"}')),
    ("in an unknown object", chat_text('"x": {"y": [{"z": 1, "z": 2}]}')),
    ("the empty key", chat_text('"x": {"": 1, "": 2}')),
    ("as a surrogate pair", chat_text('"x": {"\\ud83d\\ude00": 1, "😀": 2}')),
    ("in response_format", chat_text('"response_format": {"type": "text", "type": "json_object"}')),
    ("in stream_options", chat_text('"stream": true, "stream_options": {"include_usage": true, "include_usage": false}')),
    ("in logit_bias", chat_text('"logit_bias": {"5": 1, "5": 2}')),
    ("at depth 20", chat_text('"x": ' + '{"a": ' * 20 + '{"k": 1, "k": 2}' + "}" * 20)),
]

BROKEN = [
    ("empty", ""),
    ("a space", " "),
    ("a word", "hello"),
    ("half", chat_text()[:-1]),
    ("two values", chat_text() + chat_text()),
    ("something after it", chat_text() + "x"),
    ("a NUL after it", chat_text() + "\0"),
    ("a NUL inside", chat_text().replace("hello", "he\0llo")),
    ("a control character", chat_text().replace("hello", "he\x01llo")),
    ("a raw newline in a string", chat_text().replace("hello", "he\nllo")),
    ("a tab in a string", chat_text().replace("hello", "he\tllo")),
    ("a byte order mark", "\ufeff" + chat_text()),
    ("a comment", "/* x */" + chat_text()),
    ("a trailing comma", chat_text()[:-1] + ",}"),
    ("a trailing comma in a list", chat_text(messages=f"[{USER},]")),
    ("single quotes", chat_text().replace('"', "'")),
    ("a key without quotes", chat_text("x: 1")),
    ("NaN", chat_text('"temperature": NaN')),
    ("Infinity", chat_text('"temperature": Infinity')),
    ("a number with plus", chat_text('"temperature": +1')),
    ("a number with a leading zero", chat_text('"temperature": 01')),
    ("a number ending in a point", chat_text('"temperature": 1.')),
    ("a number beginning with a point", chat_text('"temperature": .5')),
    ("a hexadecimal number", chat_text('"max_tokens": 0x10')),
    ("a lone minus", chat_text('"temperature": -')),
    ("True", chat_text('"stream": True')),
    ("None", chat_text('"stream": None')),
    ("a bad escape", chat_text('"x": "\\q"')),
    ("a short escape", chat_text('"x": "\\u12"')),
    ("a lone high surrogate", chat_text('"x": "\\ud800"')),
    ("a lone low surrogate", chat_text('"x": "\\udc00"')),
    ("surrogates in the wrong order", chat_text('"x": "\\udc00\\ud800"')),
    ("a lone surrogate in content", message('{"role": "user", "content": "\\ud83d"}')),
    ("an escaped NUL", message('{"role": "user", "content": "a\\u0000b"}')),
    ("an integer beyond 64 bits", chat_text('"x": 123456789012345678901234567890')),
    ("a number beyond all bounds", chat_text('"x": 1e400')),
    ("a missing colon", '{"model" "premises-x"}'),
    ("a missing comma", '{"model": "premises-x" "messages": []}'),
    ("unbalanced", chat_text('"x": [1, 2}')),
    ("deep lists", chat_text('"x": ' + "[" * 5000 + "]" * 5000)),
    ("deep objects", chat_text('"x": ' + '{"a":' * 5000 + "1" + "}" * 5000)),
    ("deep and unfinished", chat_text('"x": ' + "[" * 100000)),
]

NOT_UTF8 = [
    ("a lone continuation byte", b"\x80"),
    ("a cut sequence", b"\xc3"),
    ("an overlong slash", b"\xc0\xaf"),
    ("an overlong NUL", b"\xc0\x80"),
    ("an overlong quote", b"\xe0\x80\xa2"),
    ("a surrogate", b"\xed\xa0\x80"),
    ("above the last", b"\xf4\x90\x80\x80"),
    ("a five-byte form", b"\xf8\x88\x80\x80\x80"),
    ("0xff", b"\xff"),
    ("0xfe", b"\xfe"),
    ("Latin-1", "é".encode("latin-1")),
]

WRONG = [
    ("a list", "[]"),
    ("a string", '"hello"'),
    ("a number", "7"),
    ("null", "null"),
    ("no model", '{"messages": [%s]}' % USER),
    ("model null", chat_text(model="null")),
    ("model a number", chat_text(model="7")),
    ("model a list", chat_text(model='["premises-x"]')),
    ("model an object", chat_text(model='{"a": "premises-x"}')),
    ("model empty", chat_text(model='""')),
    ("model with a newline", chat_text(model='"premises-x\\n"')),
    ("model with a NUL", chat_text(model='"premises-x\\u0000y"')),
    ("model very long", chat_text(model='"premises-' + "x" * 5000 + '"')),
    ("no messages", '{"model": "premises-x"}'),
    ("messages null", chat_text(messages="null")),
    ("messages empty", chat_text(messages="[]")),
    ("messages a string", chat_text(messages='"hello"')),
    ("messages an object", chat_text(messages=USER)),
    ("a message that is a string", message('"hello"')),
    ("a message that is null", message("null")),
    ("a message that is a list", message("[]")),
    ("no role", message('{"content": "a"}')),
    ("role null", message('{"role": null, "content": "a"}')),
    ("role a number", message('{"role": 7, "content": "a"}')),
    ("role unknown", message('{"role": "root", "content": "a"}')),
    ("role empty", message('{"role": "", "content": "a"}')),
    ("no content", message('{"role": "user"}')),
    ("content null for a user", message('{"role": "user", "content": null}')),
    ("content a number", message('{"role": "user", "content": 7}')),
    ("content an object", message('{"role": "user", "content": {"text": "a"}}')),
    ("content true", message('{"role": "user", "content": true}')),
    ("a part that is a number", message('{"role": "user", "content": [7]}')),
    ("a part without a type", message('{"role": "user", "content": [{"text": "a"}]}')),
    ("a part whose text is a number", message('{"role": "user", "content": [{"type": "text", "text": 7}]}')),
    ("a part without its text", message('{"role": "user", "content": [{"type": "text"}]}')),
    ("stream a string", chat_text('"stream": "true"')),
    ("stream a number", chat_text('"stream": 1')),
    ("max_tokens a string", chat_text('"max_tokens": "10"')),
    ("max_tokens negative", chat_text('"max_tokens": -1')),
    ("max_tokens zero", chat_text('"max_tokens": 0')),
    ("max_tokens a fraction", chat_text('"max_tokens": 1.5')),
    ("max_tokens huge", chat_text('"max_tokens": 1e400')),
    ("max_tokens beyond 64 bits", chat_text('"max_tokens": 99999999999999999999')),
    ("temperature a string", chat_text('"temperature": "hot"')),
    ("temperature too high", chat_text('"temperature": 99')),
    ("temperature negative", chat_text('"temperature": -1')),
    ("top_p too high", chat_text('"top_p": 2')),
    ("stop a number", chat_text('"stop": 7')),
    ("stop with a number", chat_text('"stop": ["a", 7]')),
    ("too many stops", chat_text('"stop": ["a", "b", "c", "d", "e"]')),
    ("stream_options a string", chat_text('"stream": true, "stream_options": "x"')),
    ("tools a string", chat_text('"tools": "x"')),
    ("tools with a string", chat_text('"tools": ["x"]')),
]


def refused(gateway, upstreams, data, code=None):
    reply = gateway.ask(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass"))
    assert reply.status == 400, f"{reply.status}: {reply.body!r}"
    assert set(reply.error) == {"message", "type", "param", "code"}
    assert reply.error["type"] == "invalid_request_error"
    if code:
        assert reply.error["code"] == code
    assert upstreams.saw_nothing(), "bytes of a refused request went up"


@pytest.mark.parametrize("text", [case[1] for case in DUPLICATES], ids=[case[0] for case in DUPLICATES])
def test_duplicate_key(gateway, upstreams, text):
    refused(gateway, upstreams, text, "caller_duplicate_key")


@pytest.mark.parametrize("text", [case[1] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_broken_json(gateway, upstreams, text):
    refused(gateway, upstreams, text, "caller_invalid_json")


@pytest.mark.parametrize("data", [case[1] for case in NOT_UTF8], ids=[case[0] for case in NOT_UTF8])
@pytest.mark.parametrize("place", ["content", "unknown value", "unknown key", "model"])
def test_invalid_utf8(gateway, upstreams, data, place):
    template = {"content": message('{"role": "user", "content": "a@b"}'), "unknown value": chat_text('"x": "a@b"'),
                "unknown key": chat_text('"a@b": 1'), "model": chat_text(model='"premises-@"')}[place]
    refused(gateway, upstreams, template.encode().replace(b"@", data), "caller_invalid_json")


@pytest.mark.parametrize("text", [case[1] for case in WRONG], ids=[case[0] for case in WRONG])
def test_wrong_type(gateway, upstreams, text):
    refused(gateway, upstreams, text)


@pytest.mark.parametrize("content_type", [
    "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx",
    "application/json; charset=utf-16", "application/json;charset=\"latin1\"", "application/json; charset=utf-8x",
    "application/json\r\nContent-Type: application/json", "application/json\r\nContent-Encoding: gzip",
    "application/json\r\nContent-Encoding: identity\r\nContent-Encoding: identity"])
def test_wrong_content_type(gateway, upstreams, content_type):
    body = chat_text().encode()
    with client.Client(gateway.address) as connection:
        connection.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
                        % (content_type.encode(), len(body)) + body)
        assert connection.read().status == 415
    assert upstreams.saw_nothing()


@pytest.mark.parametrize("content_type", [
    "application/json", "Application/JSON; charset=UTF-8", "application/json;charset=\"utf-8\"; x=y", "application/json\t",
    "application/json\r\nContent-Encoding: identity"])
def test_right_content_type(gateway, upstreams, content_type):
    body = chat_text().encode()
    with client.Client(gateway.address) as connection:
        connection.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
                        % (content_type.encode(), len(body)) + body)
        assert connection.read().status == 200


@pytest.mark.parametrize("method, path, status", [
    ("GET", "/v1/chat/completions", 405), ("PUT", "/v1/chat/completions", 405), ("DELETE", "/v1/chat/completions", 405),
    ("POST", "/v1/models", 405), ("GET", "/", 404), ("GET", "/v1", 404), ("POST", "/v1/chat/completions/", 404),
    ("POST", "/v1/chat/completions/..", 404), ("POST", "/v1//chat/completions", 404), ("POST", "/V1/chat/completions", 404),
    ("POST", "/v1/chat%2fcompletions", 404), ("GET", "/metrics", 404), ("GET", "/readyz", 404), ("POST", "/v1/embeddings", 404)])
def test_path_and_method(gateway, upstreams, method, path, status):
    reply = gateway.ask(None if method == "GET" else chat_text().encode(), path=path, method=method)
    assert reply.status == status
    assert set(reply.error) == {"message", "type", "param", "code"}
    if status == 405:
        assert reply.header("allow")
    assert upstreams.saw_nothing()


def test_body_above_the_limit(start_gateway, upstreams):
    gateway = start_gateway(limits__body_bytes="64KiB")
    assert gateway.ask(client.chat("a" * 60000, model="premises-x")).status == 200
    upstreams.reset()
    assert gateway.ask(client.chat("a" * 70000, model="premises-x")).status == 413
    assert upstreams.saw_nothing()


# --- what is right must pass, and pass as it came ---

ODD_BUT_RIGHT = [
    ("spacing", '  {"model"\t:\n"premises-x" ,\r\n "messages":[ %s ] } \n' % USER),
    ("an escaped model", chat_text(model='"premises\\u002dx"')),
    ("number spellings", chat_text('"temperature": 1.0e0, "top_p": 0.10, "seed": -0, "x": [1E5, 1e-5, 0.1e+1, 1234567890123456789]')),
    ("a number with many digits", chat_text('"x": 3.14159265358979323846264338327950288419716939937510')),
    ("key order", '{"zeta": 1, "messages": [%s], "alpha": 2, "model": "premises-x", "stream": false}' % USER),
    ("unknown fields", chat_text('"service_tier": "auto", "x-new": {"deep": [null, true, false, {"": ""}]}')),
    ("escapes", chat_text('"x": "\\/\\b\\f\\n\\r\\t\\"\\\\\\u00e9\\ud83d\\ude00"')),
    ("all of unicode", message('{"role": "user", "content": "żółć 漢字 😀 \u202e\u200b\ufffd\U0010ffff"}')),
    ("the same key in different objects", chat_text('"a": {"model": 1}, "b": {"model": 2}')),
    ("keys that differ in case", chat_text('"Model": "x", "MODEL": "y"')),
    ("an empty content", message('{"role": "user", "content": ""}')),
    ("parts", message('{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}')),
    ("every role", chat_text(messages='[{"role": "system", "content": "s"}, {"role": "developer", "content": "d"}, '
                                      '{"role": "user", "content": "u", "name": "n"}, {"role": "assistant", "content": null, "tool_calls": '
                                      '[{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{\\"a\\": 1}"}}]}, '
                                      '{"role": "tool", "tool_call_id": "c1", "content": "r"}, {"role": "assistant", "content": "a"}]')),
    ("tools", chat_text('"tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}}}], "tool_choice": "auto"')),
    ("depth of 60", chat_text('"x": ' + "[" * 60 + "]" * 60)),
    ("names that look like others", chat_text('"x": "{\\"model\\": \\"y\\"}"')),
]


@pytest.mark.parametrize("text", [case[1] for case in ODD_BUT_RIGHT], ids=[case[0] for case in ODD_BUT_RIGHT])
def test_forwarded_byte_for_byte(gateway, upstreams, text):
    reply = gateway.ask(text.encode())
    assert reply.status == 200, reply.body
    assert upstreams.premises.requests[0].body == text.encode()


def test_read_beside_the_loop(start_gateway, upstreams):
    """What is refused and what passes is the same where bodies are read on another thread."""
    gateway = start_gateway(classifiers__large_prompt_bytes=0)
    for code, cases in (("caller_duplicate_key", DUPLICATES), ("caller_invalid_json", BROKEN), (None, WRONG)):
        for _, text in cases:
            refused(gateway, upstreams, text, code)
    for _, data in NOT_UTF8:
        refused(gateway, upstreams, message('{"role": "user", "content": "a@b"}').encode().replace(b"@", data), "caller_invalid_json")
    for _, text in ODD_BUT_RIGHT:
        upstreams.reset()
        assert gateway.ask(text.encode()).status == 200
        assert upstreams.premises.requests[0].body == text.encode()


def test_only_the_model_is_changed(start_gateway, upstreams):
    gateway = start_gateway(targets__premises__model='served/"name"')
    for before in ("premises-x", "premises\\u002dx"):
        text = '{ "x":1.50,"messages" : [%s],  "model" :"%s" ,"model2": "premises-x", "seed":1e0}' % (USER, before)
        upstreams.reset()
        assert gateway.ask(text.encode()).status == 200
        expected = text.replace('"model" :"%s"' % before, '"model" :"served/\\"name\\""')
        assert upstreams.premises.requests[0].body == expected.encode()


def test_large_body(gateway, upstreams):
    text = json.dumps(client.chat("Plain words without anything private. " * 25000, model="premises-x"))
    reply = gateway.ask(text.encode())
    assert reply.status == 200, reply.body
    assert upstreams.premises.requests[0].body == text.encode()
