#!/usr/bin/python3
"""Rules for the sources that a compiler does not check. Run from anywhere; prints file:line: rule.

    sources.py includes   who may include what (the layers)
    sources.py banned     functions and marks that may not be used
    sources.py content    who may see message text
    sources.py format     clang-format 14 agrees with every file (exit 77 where it is missing)
"""
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ["gateway", "router", "engine", "plugins", "tests"]
LINES_AT_MOST = 900


def sources(*folders):
    for folder in folders or FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.[ch]")):
            yield path.relative_to(ROOT)


def lines(path):
    return (ROOT / path).read_text(encoding="utf-8").splitlines()


def stem_in(path, folder, *names):
    """Is the file one of these modules (listener also means listener_tls)?"""
    return str(path.parent) == folder and any(
        path.stem == n or path.stem.startswith(n + "_") for n in names)


# A library's headers, and the files that may know it.
LIBRARIES = [
    (re.compile(r"event2/"), lambda p: stem_in(p, "gateway", "listener", "worker", "upstream", "reply")),
    (re.compile(r"curl/"), lambda p: stem_in(p, "gateway", "upstream", "admin_ask")),
    (re.compile(r"openssl/"), lambda p: stem_in(p, "gateway", "listener", "identity")
        or p.name == "hash.c"),
    (re.compile(r"llhttp\.h"), lambda p: stem_in(p, "gateway", "listener", "http")),
    (re.compile(r"yaml\.h$"), lambda p: stem_in(p, "gateway/base", "yaml")),
    (re.compile(r"jansson\.h"), lambda p: str(p.parent) == "gateway"),
    (re.compile(r"pcre2\.h"), lambda p: p.parts[0] == "router"),
    (re.compile(r"utf8proc\.h"), lambda p: p.parts[0] in ("router", "gateway")),
]
# The router is pure: no sockets, files, threads.
IMPURE = re.compile(r"sys/socket\.h|netinet/|netdb\.h|unistd\.h|fcntl\.h|pthread\.h|threads\.h|poll\.h"
                    r"|sys/epoll\.h|sys/stat\.h|signal\.h")


def allowed_own(path, target):
    """May this file include that file of ours?"""
    own, top = path.parts[0], target.split("/")[0]
    if own == "tests":
        return True
    if own == "plugins":
        return target == "plugins/plugin.h"
    if str(path.parent).startswith("gateway/base"):
        return target.startswith("gateway/base/")
    if own == "engine":
        return top == "engine"
    if own == "router":
        return top == "router" or target.startswith("gateway/base/") or target in (
            "engine/engine.h", "engine/engine_net.h", "plugins/plugin.h")
    return top in ("gateway", "router") or target in (
        "engine/engine.h", "engine/engine_tools.h", "engine/models/builtin.h", "plugins/plugin.h")


def check_includes():
    for path in sources():
        for number, line in enumerate(lines(path), 1):
            match = re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', line)
            if not match:
                continue
            kind, target = match.groups()
            if kind == '"':
                beside = path.parts[0] == "tests" and (ROOT / path.parent / target).is_file()
                if beside:
                    continue
                if not (ROOT / target).is_file():
                    yield path, number, f'"{target}" is not relative to the root'
                elif not allowed_own(path, target):
                    yield path, number, f'{path.parts[0]} may not include "{target}"'
                continue
            if path.parts[0] == "tests":
                continue
            for pattern, may in LIBRARIES:
                if pattern.match(target) and not may(path):
                    yield path, number, f"<{target}> belongs to other modules"
            if path.parts[0] == "router" and IMPURE.match(target):
                yield path, number, f"<{target}>: the router does no I/O and has no threads"
            if path.parts[0] == "engine" and any(p.match(target) for p, _ in LIBRARIES):
                yield path, number, f"<{target}>: the engine depends on libc alone"


BANNED = re.compile(r"(?<![\w.>])(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|atoll|atof|gmtime|"
                    r"localtime|ctime|asctime|strtok|tmpnam|mktemp|rand|srand|alloca|"
                    r"setlocale)\s*\(")
SHELLS = re.compile(r"(?<![\w.>])(system|popen)\s*\(")
GENERATED = re.compile(r"/\* (Generated|Made|Written) by ")
MARKS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
# The engine's assert-free rule: errors are returned, the process is not ended.
ENDINGS = re.compile(r"(?<![\w.>])(abort|exit|_exit|assert)\s*\(")


def without_comments(text):
    """Comments and strings replaced by blanks; line numbers stay."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), text)


def check_banned():
    for path in sources():
        text = (ROOT / path).read_text(encoding="utf-8")
        if GENERATED.match(text):
            continue
        code = without_comments(text).splitlines()
        for number, line in enumerate(code, 1):
            for match in BANNED.finditer(line):
                yield path, number, f"{match.group(1)}() is not used here"
            if path.parts[0] != "tests" and SHELLS.search(line):
                yield path, number, "no shell is started from here"
            if path.parts[0] in ("engine", "router"):
                for match in ENDINGS.finditer(line):
                    yield path, number, f"{match.group(1)}(): a library returns errors"
        for number, line in enumerate(text.splitlines(), 1):
            if MARKS.search(line):
                yield path, number, "unfinished work belongs into an issue"
            if re.search(r"[ \t]+$", line):
                yield path, number, "blanks at the end of the line"
        if path.parts[0] != "tests" and len(code) > LINES_AT_MOST:
            yield path, len(code), f"more than {LINES_AT_MOST} lines"
        if path.suffix == ".h" and not re.search(r"#ifndef (\w+_H)\n#define \1\n", text):
            yield path, 1, "no include guard"


def check_content():
    """content_bytes() is called only by files whose work is on the bytes themselves."""
    users = {line.split("#")[0].strip() for line in lines("tests/lint/content_users.txt")} - {""}
    seen = set()
    for path in sources("gateway", "router", "plugins"):
        if str(path) == "gateway/base/content.h":
            continue
        code = without_comments((ROOT / path).read_text(encoding="utf-8"))
        for number, line in enumerate(code.splitlines(), 1):
            if re.search(r"(\.|->)\s*_bytes\b", line):
                yield path, number, "the member of struct content is private"
            if "content_bytes(" in line:
                seen.add(str(path))
                if str(path) not in users:
                    yield path, number, "content_bytes() is not for this file"
    for stale in sorted(users - seen):
        yield Path("tests/lint/content_users.txt"), 1, f"{stale} does not use content_bytes()"


def check_format():
    if shutil.which("clang-format-14") is None:
        sys.exit(77)
    files = [str(p) for p in sources()]
    result = subprocess.run(["clang-format-14", "--dry-run", "-Werror", *files], cwd=ROOT,
                            capture_output=True, text=True)
    for line in result.stderr.splitlines():
        match = re.match(r"(\S+?):(\d+):\d+: error", line)
        if match:
            yield Path(match.group(1)), int(match.group(2)), "clang-format would change this"


CHECKS = {"includes": check_includes, "banned": check_banned, "content": check_content,
          "format": check_format}


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in CHECKS:
        print(__doc__, file=sys.stderr)
        return 2
    found = list(CHECKS[sys.argv[1]]())
    for path, number, rule in found:
        print(f"{path}:{number}: {rule}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
