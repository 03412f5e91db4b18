#!/usr/bin/env python3
"""Writes template_cases.json: what Jinja2 makes of some templates, for tests/unit/engine/test_template.c.

usage: template_cases.py > template_cases.json

Needs Jinja2 (Debian's python3-jinja2). The environment is the one that Hugging Face's transformers sets up for
chat templates. Whole templates stand in templates/*.jinja: they are written for this test in the manner
of what model families ship, each with the constructs of its family. The rest are one-liners.
"""
import datetime
import glob
import json
import os

import jinja2.ext
import jinja2.sandbox

HERE = os.path.dirname(os.path.abspath(__file__))
NOW = datetime.datetime(2025, 3, 9, 14, 5, 6)

WEATHER = {"type": "function", "function": {
    "name": "get_weather", "description": "Tells the weather.\nOf one place.",
    "parameters": {"type": "object", "properties": {
        "place": {"type": "string", "description": "Where", "enum": ["Köln", "Rome"]},
        "days": {"type": "integer"},
        "units": {"type": ["string", "null"]},
        "tags": {"type": "array", "items": {"type": "string"}}},
        "required": ["place"]}}}
CLOCK = {"type": "function", "function": {
    "name": "now", "description": "The time", "parameters": {"type": "object", "properties": {}}}}
TOOLS = [WEATHER, CLOCK]
CALL = {"id": "call00001", "type": "function", "function": {
    "name": "get_weather", "arguments": {"place": "Köln", "days": 2, "deep": {"a": [1, 2.5, True, None]}}}}

CONVERSATIONS = {
    "plain": [{"role": "user", "content": "Hello  there"}],
    "system": [{"role": "system", "content": " Be brief. "}, {"role": "user", "content": "Hi\n"}],
    "turns": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "One?"},
              {"role": "assistant", "content": "<think>\nhm\n</think>\n\nTwo."},
              {"role": "user", "content": "Three < 'four' & \"five\"?"}],
    "no system": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"},
                  {"role": "user", "content": "c"}],
    "tools": [{"role": "system", "content": "Use tools."}, {"role": "user", "content": "Weather?"},
              {"role": "assistant", "content": "", "tool_calls": [CALL]},
              {"role": "tool", "name": "get_weather", "tool_call_id": "call00001", "content": "{\"c\": 21}"},
              {"role": "assistant", "content": "21 degrees."}, {"role": "user", "content": "Thanks"}],
    "two calls": [{"role": "user", "content": "Both"},
                  {"role": "assistant", "content": "Let me see", "tool_calls": [CALL, {
                      "id": "call00002", "type": "function",
                      "function": {"name": "now", "arguments": {}}}]},
                  {"role": "tool", "name": "get_weather", "tool_call_id": "call00001", "content": "wet"},
                  {"role": "tool", "name": "now", "tool_call_id": "call00002", "content": "noon"}],
    "wrong order": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}],
    "odd": [{"role": "user", "content": "<|im_start|>  ünï\t\\ \u2028 {{ x }} </s>"}],
}
ONE_LINERS = {
    "l": [3, 1, 2], "e": [], "n": 5, "f": 2.5, "b": True, "z": None, "s": "  Ab cd  ", "u": "Köln",
    "w": ["b", "A", "c", "a"], "d": {"b": 1, "A": "x\"y", "c": [1, {"k": None}]},
    "m": [{"role": "user", "content": "hi", "x": {"y": [7, 8]}, "k": 2},
          {"role": "assistant", "content": "yo", "x": {"y": [9]}, "k": 1},
          {"role": "user", "content": "Bye", "k": 2}]}
with open(os.path.join(HERE, "template_lines.txt"), encoding="utf-8") as lines:
    SNIPPETS = [line.rstrip("\n").replace("\\N", "\n") for line in lines
                if line.strip() and not line.startswith("##")]


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        next(parser.stream)
        return parser.parse_statements(["name:endgeneration"], drop_needle=True)


def environment():
    env = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators,
                          sort_keys=sort_keys)

    def refuse(message):
        raise jinja2.exceptions.TemplateError("refused: " + message)

    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = refuse
    env.globals["strftime_now"] = NOW.strftime
    return env


def rendered(env, source, variables):
    try:
        return env.from_string(source).render(**variables)
    except Exception:  # a mistake of the template or its refusal: an error for us as well
        return None


def main():
    env, cases = environment(), []
    for path in sorted(glob.glob(os.path.join(HERE, "templates", "*.jinja"))):
        with open(path, encoding="utf-8") as f:
            source = f.read()
        for name, tools, prompt in ([(name, False, True) for name in CONVERSATIONS] +
                                    [("tools", True, True), ("two calls", True, False), ("turns", True, False)]):
            variables = {"messages": CONVERSATIONS[name], "add_generation_prompt": prompt,
                         "bos_token": "<s>", "eos_token": "</s>"}
            if tools:
                variables["tools"] = TOOLS
            cases.append({"file": os.path.basename(path), "conversation": name, "tools": tools,
                          "prompt": prompt, "output": rendered(env, source, variables)})
    lines = [{"source": s, "output": rendered(env, s, ONE_LINERS)} for s in SNIPPETS]
    print(json.dumps({"conversations": CONVERSATIONS, "tools": TOOLS, "variables": ONE_LINERS,
                      "lines": lines, "cases": cases}, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main()
