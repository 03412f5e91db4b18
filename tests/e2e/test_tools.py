"""Tools for the model in process: the built-in one with the chat template of a family that has them."""
import json
import struct

import pytest

import client
from conftest import ROOT

TOOLS = [{"type": "function", "function": {"name": "get_weather", "description": "Weather in a city", "parameters": {
             "type": "object", "additionalProperties": False, "required": ["city"],
             "properties": {"city": {"enum": ["Paris", "Oslo"]}, "days": {"type": "integer", "minimum": 1, "maximum": 9}}}}},
         {"type": "function", "function": {"name": "now", "parameters": {"type": "object", "properties": {}, "additionalProperties": False}}}]

TURN = ("{%- for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{% for c in m.tool_calls or [] %}"
        "{{ c.function.arguments.city }}{% endfor %}<|im_end|>\n{%- endfor %}{%- if add_generation_prompt %}<|im_start|>assistant\n{%- endif %}")
FAMILIES = {
    "hermes": "{%- if tools %}{% for t in tools %}{{ t.function.name }} {% endfor %}<tool_call>{%- endif %}" + TURN,
    "mistral": "{%- if tools %}[TOOL_CALLS]{%- endif %}" + TURN,
    "llama": "{%- if tools %}<|python_tag|>{%- endif %}" + TURN,
}


def with_template(template):
    """The built-in model's file with another chat template."""
    old = (ROOT / "engine" / "models" / "chat.gguf").read_bytes()
    tensors, pairs = struct.unpack_from("<QQ", old, 8)
    at, alignment, head = 24, 32, b""
    sizes = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}

    def string(at):
        size, = struct.unpack_from("<Q", old, at)
        return at + 8 + size

    def value(at, kind):
        if kind == 8:
            return string(at)
        if kind != 9:
            return at + sizes[kind]
        inner, count = struct.unpack_from("<IQ", old, at)
        at += 12
        for _ in range(count):
            at = value(at, inner)
        return at

    kept = 0
    for _ in range(pairs):
        begin = at
        at = string(at)
        key = old[begin + 8:at].decode()
        kind, = struct.unpack_from("<I", old, at)
        at = value(at + 4, kind)
        if key == "general.alignment":
            alignment, = struct.unpack_from("<I", old, at - 4)
        if key != "tokenizer.chat_template":
            head += old[begin:at]
            kept += 1
    text = template.encode()
    key = b"tokenizer.chat_template"
    head += struct.pack("<Q", len(key)) + key + struct.pack("<IQ", 8, len(text)) + text
    begin = at
    for _ in range(tensors):
        at = string(at)
        dimensions, = struct.unpack_from("<I", old, at)
        at += 4 + 8 * dimensions + 12
    new = old[:8] + struct.pack("<QQ", tensors, kept + 1) + head + old[begin:at]
    data = -(-at // alignment) * alignment
    return new + bytes(-len(new) % alignment) + old[data:]


@pytest.fixture(params=list(FAMILIES))
def family(request, start_gateway, tmp_path):
    model = tmp_path / "model.gguf"
    model.write_bytes(with_template(FAMILIES[request.param]))
    return start_gateway(engine__model=str(model))


def call_of(message):
    (call,) = message["tool_calls"]
    assert call["type"] == "function" and call["id"].startswith("call_") and message["content"] is None
    return call["function"]["name"], json.loads(call["function"]["arguments"])


def test_demanded_calls(family):
    for choice in ("required", {"type": "function", "function": {"name": "get_weather"}}):
        asked = {"tools": TOOLS, "tool_choice": choice, "temperature": 1, "seed": 7}
        (choice,) = family.ask(client.chat("Weather?", **asked)).json["choices"]
        assert choice["finish_reason"] == "tool_calls"
        name, arguments = call_of(choice["message"])
        assert name == "now" and arguments == {} or name == "get_weather" and arguments["city"] in ("Paris", "Oslo")
        if asked["tool_choice"] != "required":
            assert name == "get_weather"
        # Streamed, the pieces make the same call.
        events = family.ask(client.chat("Weather?", stream=True, **asked)).events
        assert events[-1] == "[DONE]"
        pieces = [call for event in events[:-1] for call in event["choices"][0]["delta"].get("tool_calls", [])]
        assert [piece["function"].get("name") for piece in pieces if "id" in piece] == [name]
        assert {piece["index"] for piece in pieces} == {0}
        assert "".join(piece["function"]["arguments"] for piece in pieces) == choice["message"]["tool_calls"][0]["function"]["arguments"]
        assert not any(event["choices"][0]["delta"].get("content") for event in events[:-1])
        assert [event["choices"][0]["finish_reason"] for event in events[:-1]][-1] == "tool_calls"


def test_words_and_results(family):
    """With auto the answer may be words; calls and results in a conversation reach the template."""
    messages = [{"role": "user", "content": "Weather?"},
                {"role": "assistant", "content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": {
                    "name": "get_weather", "arguments": "{\"city\": \"Oslo, where it may snow a long while\"}"}}]},
                {"role": "tool", "tool_call_id": "call_1", "content": "Snow."}]
    full = family.ask({"model": "x", "messages": messages, "tools": TOOLS}).json
    assert full["choices"][0]["finish_reason"] in ("stop", "length", "tool_calls")
    messages[1]["tool_calls"][0]["function"]["arguments"] = "{}"
    assert family.ask({"model": "x", "messages": messages, "tools": TOOLS}).json["usage"]["prompt_tokens"] < full["usage"]["prompt_tokens"]


def test_what_cannot_be_demanded(family):
    for more, param in (({"tool_choice": {"type": "function", "function": {"name": "secretword"}}}, "tool_choice"),
                        ({"tool_choice": "required", "response_format": {"type": "json_object"}}, "tool_choice")):
        reply = family.ask(client.chat("Weather?", tools=TOOLS, **more))
        assert reply.status == 400 and reply.error["param"] == param and b"secretword" not in reply.body
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"properties": {"secretword": {"not": {}}}}}}]
    reply = family.ask(client.chat("Weather?", tools=tools, tool_choice="required"))
    assert reply.status == 400 and reply.error["param"] == "tools[0].function.parameters.properties[0].not"
