#!/usr/bin/python3
"""Measure the gateway beside nginx as a plain proxy, on one core each. Prints figures; see README.md."""
import argparse
import contextlib
import json
import mmap
import os
import pathlib
import re
import selectors
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
COMPLETION = json.dumps({
    "id": "chatcmpl-bench", "object": "chat.completion", "created": 1700000000, "model": "bench",
    "choices": [{"index": 0, "finish_reason": "stop", "logprobs": None,
                 "message": {"role": "assistant", "content": "A fixed answer of a few words.", "refusal": None}}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 7, "total_tokens": 16}})
PROMPT = ("The committee met in the large room and went through the list of open points. Several of them had "
          "been on it since spring, and nobody could say why. The chair asked for short answers. ")
SHORT = "What is the capital of France?"


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def pinned(core, command, **more):
    return subprocess.Popen(["taskset", "-c", str(core), *map(str, command)], **more)


def wait_port(port, process):
    for _ in range(500):
        if process.poll() is not None:
            sys.exit(f"{process.args} ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.02)
    sys.exit(f"nothing listens on {port}")


@contextlib.contextmanager
def running(process):
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def nginx(folder, name, core, port, location):
    path = folder / f"{name}.conf"
    path.write_text(f"""
daemon off; worker_processes 1; pid {folder}/{name}.pid; error_log {folder}/{name}.log error;
events {{ worker_connections 4096; }}
http {{
  access_log off; client_max_body_size 64m; keepalive_requests 100000000; keepalive_timeout 600s; default_type application/json;
  client_body_buffer_size 64k; client_body_temp_path {folder}/{name}-body; proxy_temp_path {folder}/{name}-proxy;
  fastcgi_temp_path {folder}/{name}-f; uwsgi_temp_path {folder}/{name}-u; scgi_temp_path {folder}/{name}-s;
  {location[0]}
  server {{ listen 127.0.0.1:{port}; location / {{ {location[1]} }} }}
}}
""")
    return pinned(core, ["nginx", "-c", path, "-p", folder], stderr=subprocess.DEVNULL)


def answering(folder, core, port):
    return nginx(folder, "answer", core, port, ("", f"return 200 '{COMPLETION}';"))


def proxy(folder, core, port, upstream):
    return nginx(folder, "proxy", core, port, (
        f"upstream up {{ server 127.0.0.1:{upstream}; keepalive 256; keepalive_requests 100000000; }}",
        'proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection "";'))


def penstock(binary, folder, core, upstream, classify):
    folder = folder / f"penstock-{'on' if classify else 'off'}-{upstream}"
    folder.mkdir(exist_ok=True)
    (folder / "policy.yaml").write_text(json.dumps({"version": 1, "default": {"route": ["up"]}}))
    (folder / "penstock.yaml").write_text(json.dumps({
        "listen": "127.0.0.1:0", "admin": {"listen": str(folder / "admin.sock")}, "workers": 1, "policy": "policy.yaml",
        "decision_log": {"path": "decisions.jsonl", "on_full": "count"}, "engine": {"threads": 1},
        "classifiers": {"pii": classify, "complexity": classify},
        "targets": {"up": {"placement": "on_premises", "url": f"http://127.0.0.1:{upstream}/v1", "max_in_flight": 4096}}}))
    process = pinned(core, [binary, "serve", "-c", folder / "penstock.yaml"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in process.stdout:
        found = re.match(r"penstock ready: http://127.0.0.1:(\d+)", line)
        if found:
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return process, int(found[1])
    sys.exit(f"penstock did not start: {process.wait()}")


def children(pid):
    return map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def cpu_seconds(pid):
    """User and system time of a process and its children so far."""
    total = 0
    for each in [pid, *children(pid)]:
        fields = pathlib.Path(f"/proc/{each}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def wrk_script(folder, prompt):
    path = folder / f"post-{len(prompt)}.lua"
    body = json.dumps({"model": "bench", "messages": [{"role": "user", "content": prompt}]})
    path.write_text(f'wrk.method = "POST"\nwrk.body = [==[{body}]==]\nwrk.headers["Content-Type"] = "application/json"\n')
    return path


def milliseconds(text):
    number, unit = re.match(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[unit]


def load(core, port, connections, seconds, script, pid):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script, f"http://127.0.0.1:{port}/v1/chat/completions"]
    before = cpu_seconds(pid)
    done = pinned(core, command, stdout=subprocess.PIPE, text=True)
    out = done.communicate()[0]
    used = cpu_seconds(pid) - before
    requests = int(re.search(r"(\d+) requests in", out)[1])
    errors = sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)", out)))
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    return {"connections": connections, "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]),
            "p50_ms": milliseconds(re.search(r"(?m)^ +50% +(\S+)", out)[1]), "p99_ms": milliseconds(re.search(r"(?m)^ +99% +(\S+)", out)[1]),
            "cpu_us": used / requests * 1e6 if requests else 0.0, "errors": errors, "wrong": int(wrong[1]) if wrong else 0}


# ---- paced streams: each event carries the time at which it was sent ----

def paced_upstream(sock, events, gap):
    """Serves streams on its own core (it is a process): event i leaves gap seconds after event i - 1."""
    waiting = selectors.DefaultSelector()
    sock.setblocking(False)
    waiting.register(sock, selectors.EVENT_READ, None)
    due = []
    while True:
        now = time.monotonic()
        for key, _ in waiting.select(max(0.0, min([when for when, *_ in due], default=now + 0.05) - now)):
            if key.data is None:
                with contextlib.suppress(BlockingIOError):
                    connection, _ = sock.accept()
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    waiting.register(connection, selectors.EVENT_READ, [b""])
                continue
            try:
                data = key.fileobj.recv(65536)
            except OSError:
                data = b""
            if not data:
                waiting.unregister(key.fileobj)
                key.fileobj.close()
                due = [entry for entry in due if entry[1] is not key.fileobj]
                continue
            key.data[0] += data
            if b"\r\n\r\n" in key.data[0]:
                head, rest = key.data[0].split(b"\r\n\r\n", 1)
                length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
                if len(rest) >= length:
                    key.data[0] = b""
                    key.fileobj.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
                    due.append((time.monotonic() + gap * (1 + len(due) / 64), key.fileobj, 0))
        now = time.monotonic()
        for entry in [entry for entry in due if entry[0] <= now]:
            due.remove(entry)
            when, connection, i = entry
            if i == events:
                data = b"data: [DONE]\n\n"
            else:
                data = b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"%.9f"},"finish_reason":null}]}\n\n' % time.monotonic()
            with contextlib.suppress(OSError):
                connection.sendall(b"%x\r\n%s\r\n" % (len(data), data) + (b"0\r\n\r\n" if i == events else b""))
            if i < events:
                due.append((when + gap, connection, i + 1))


def streams(port, count, prompt):
    """Latency in milliseconds of each chunk of `count` streams at once."""
    body = json.dumps({"model": "bench", "stream": True, "messages": [{"role": "user", "content": prompt}]}).encode()
    waiting = selectors.DefaultSelector()
    late, open_streams = [], 0
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        waiting.register(connection, selectors.EVENT_READ)
        open_streams += 1
    while open_streams:
        for key, _ in waiting.select(20):
            data = key.fileobj.recv(65536)
            now = time.monotonic()
            late += [(now - float(sent)) * 1e3 for sent in re.findall(rb'"content":"([\d.]+)"', data)]
            if not data or b"[DONE]" in data:
                waiting.unregister(key.fileobj)
                key.fileobj.close()
                open_streams -= 1
    return late


def percentiles(values):
    values = sorted(values)
    return {"count": len(values), "p50_ms": statistics.median(values), "p99_ms": values[int(len(values) * 0.99)], "most_ms": values[-1]}


def measure_streams(options, folder, prompt):
    first, second = options.cores
    found = {}
    with socket.create_server(("127.0.0.1", 0), backlog=256) as sock:
        port = sock.getsockname()[1]
        child = os.fork()
        if child == 0:
            os.sched_setaffinity(0, {second})
            try:
                paced_upstream(sock, options.events, 0.05)
            finally:
                os._exit(1)
        try:
            os.sched_setaffinity(0, {second})
            found["direct"] = percentiles(streams(port, 64, prompt))
            proxy_port = free_port()
            with running(nginx(folder, "streamproxy", first, proxy_port, (
                    f"upstream up {{ server 127.0.0.1:{port}; keepalive 256; }}",
                    'proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;'))) as process:
                wait_port(proxy_port, process)
                found["nginx"] = percentiles(streams(proxy_port, 64, prompt))
            process, own = penstock(options.penstock, folder, first, port, True)
            with running(process):
                found["penstock"] = percentiles(streams(own, 64, prompt))
        finally:
            os.kill(child, 15)
            os.waitpid(child, 0)
    return found


# ---- a client with large prompts beside one with small ones ----

def ask(connection, data):
    connection.sendall(data)
    answer = b""
    while b"\r\n\r\n" not in answer or not answer.endswith(b"}"):
        answer += connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 200"), answer[:200]


def request_of(prompt):
    body = json.dumps({"model": "bench", "messages": [{"role": "user", "content": prompt}]}).encode()
    return b"POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body


def paced_requests(port, count, gap):
    """Latency in milliseconds of small requests, one each gap seconds."""
    small, took = request_of(PROMPT), []
    with socket.create_connection(("127.0.0.1", port)) as connection:
        due = time.monotonic()
        for _ in range(count):
            due += gap
            time.sleep(max(0.0, due - time.monotonic()))
            began = time.monotonic()
            ask(connection, small)
            took.append((time.monotonic() - began) * 1e3)
    return took


def come_first(options, pid, priority):
    """Lets the threads of a process run before all that is not of this measurement, where that is wanted."""
    for thread in os.listdir(f"/proc/{pid}/task") if options.fifo else ():
        os.sched_setscheduler(int(thread), os.SCHED_FIFO, os.sched_param(priority))


@contextlib.contextmanager
def large_prompts(options, port, prompt):
    """A process that asks with that prompt again and again; gives a way to tell how often it was answered."""
    request = request_of(prompt)  # made before: what the load costs on its core falls on the small requests, too
    answered = mmap.mmap(-1, 8)
    child = os.fork()
    if child == 0:
        try:
            come_first(options, os.getpid(), 1)
            with socket.create_connection(("127.0.0.1", port)) as connection:
                while True:
                    ask(connection, request)
                    answered[:] = (int.from_bytes(answered, "little") + 1).to_bytes(8, "little")
        finally:
            os._exit(1)
    try:
        yield lambda: int.from_bytes(answered, "little")
    finally:
        os.kill(child, 15)
        os.waitpid(child, 0)


def beside_large(options, port):
    """How late small requests are, alone and while another client sends requests of 1 MiB, by its kind of text."""
    kinds = {"plain": (PROMPT * 6000)[:1 << 20], "lines": "\n".join([PROMPT[:60]] * 20000)[:1 << 20],
             "escapes": ("\u00e9\u4e2d" * 100000)[:(1 << 20) // 6]}
    found = {"alone": percentiles(paced_requests(port, options.paced, 0.005))}
    for kind, prompt in kinds.items():
        with large_prompts(options, port, prompt) as answered:
            row = percentiles(paced_requests(port, options.paced, 0.005))
            found[f"beside 1 MiB, {kind}"] = row | {"large": answered()}
    return found


def measure_large(options, folder, upstream, answer):
    """Through the gateway, and to the upstream itself: what its clients and the upstream do on their core, alone."""
    first, second = options.cores
    os.sched_setaffinity(0, {second})
    for pid in [answer.pid, *children(answer.pid)]:
        come_first(options, pid, 2)
    come_first(options, os.getpid(), 3)
    found = {f"upstream itself, {label}": row for label, row in beside_large(options, upstream).items()}
    for classify in (False, True):
        process, port = penstock(options.penstock, folder, first, upstream, classify)
        come_first(options, process.pid, 1)
        with running(process):
            state = f"classification {'on' if classify else 'off'}"
            found |= {f"{state}, {label}": row for label, row in beside_large(options, port).items()}
    return found


# ---- throughput ----

def measure_load(options, folder, upstream, answer):
    """By label, then connections: a row for each round."""
    first, second = options.cores
    short, kilobyte = SHORT, (PROMPT * 6)[:1024]
    results = {}
    proxy_port = free_port()
    with contextlib.ExitStack() as stack:
        plain = stack.enter_context(running(proxy(folder, first, proxy_port, upstream)))
        wait_port(proxy_port, plain)
        off, off_port = penstock(options.penstock, folder, first, upstream, False)
        stack.enter_context(running(off))
        on, on_port = penstock(options.penstock, folder, first, upstream, True)
        stack.enter_context(running(on))
        runs = [("upstream itself", upstream, answer.pid, kilobyte),
                ("nginx, 1 KB", proxy_port, plain.pid, kilobyte),
                ("penstock, classification off, 1 KB", off_port, off.pid, kilobyte),
                ("penstock, classification on, 1 KB", on_port, on.pid, kilobyte),
                ("penstock, classification on, short", on_port, on.pid, short)]
        scripts = {prompt: wrk_script(folder, prompt) for prompt in (kilobyte, short)}
        for label, port, pid, prompt in runs:
            load(second, port, 16, 1, scripts[prompt], pid)
        # In turn, so that what else the machine does falls on all alike.
        for _ in range(options.rounds):
            for connections in (1, 16, 64):
                for label, port, pid, prompt in runs:
                    row = load(second, port, connections, options.seconds, scripts[prompt], pid)
                    results.setdefault(label, {}).setdefault(connections, []).append(row)
    return results


def print_load(results):
    def middle(rows, key):
        return statistics.median(row[key] for row in rows)

    def over(rows, others, key):
        """The median ratio of the rounds."""
        return statistics.median(row[key] / other[key] for row, other in zip(rows, others))

    nginx_rows = results["nginx, 1 KB"]
    print(f"{'':44}{'conns':>6}{'req/s':>10}{'of nginx':>10}{'p50 ms':>9}{'p99 ms':>9}{'CPU us':>9}{'of nginx':>10}  errors")
    for label, by_connections in results.items():
        for connections, rows in by_connections.items():
            print(f"{label:44}{connections:6}{middle(rows, 'rate'):10.0f}{over(rows, nginx_rows[connections], 'rate'):10.2f}"
                  f"{middle(rows, 'p50_ms'):9.3f}{middle(rows, 'p99_ms'):9.3f}{middle(rows, 'cpu_us'):9.1f}"
                  f"{over(rows, nginx_rows[connections], 'cpu_us'):10.2f}  {sum(row['errors'] + row['wrong'] for row in rows)}")

    def added(label):
        rounds = zip(results[label][1], results["upstream itself"][1])
        return 1000 * statistics.median(row["p50_ms"] - direct["p50_ms"] for row, direct in rounds)

    print(f"\nadded at one connection (p50, beside the upstream itself, median of the rounds): "
          f"penstock {added('penstock, classification off, 1 KB'):.0f} us, nginx {added('nginx, 1 KB'):.0f} us")


def print_latencies(title, table):
    print(f"\n{title}")
    for label, row in table.items():
        large = f", beside {row['large']}" if "large" in row else ""
        print(f"  {label:44} p50 {row['p50_ms']:.3f} ms  p99 {row['p99_ms']:.3f} ms  most {row['most_ms']:.3f} ms  ({row['count']}{large})")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--penstock", type=pathlib.Path, default=ROOT / "build" / "release" / "gateway" / "penstock")
    parser.add_argument("--only", choices=("load", "large", "streams"), help="one part of the measurements")
    parser.add_argument("--seconds", type=int, default=3, help="of each run")
    parser.add_argument("--rounds", type=int, default=3, help="of all runs in turn; figures are medians over them")
    parser.add_argument("--paced", type=int, default=600, help="small requests beside a client with large ones")
    parser.add_argument("--fifo", action="store_true",
                        help="beside large ones let nothing else of this machine run first (needs root)")
    parser.add_argument("--events", type=int, default=60, help="events of each paced stream")
    parser.add_argument("--cores", type=lambda text: tuple(map(int, text.split(","))), default=(0, 1),
                        help="core of what is measured, core of the load")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    for program in ("nginx", "wrk", "taskset"):
        if not shutil.which(program):
            sys.exit(f"{program} is needed: apt-get install nginx-light wrk util-linux")
    found = {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        upstream = free_port()
        with running(answering(folder, options.cores[1], upstream)) as answer:
            wait_port(upstream, answer)
            if options.only in (None, "load"):
                found["load"] = measure_load(options, folder, upstream, answer)
            if options.only in (None, "large"):
                found["large"] = measure_large(options, folder, upstream, answer)
        if options.only in (None, "streams"):
            found["streams"] = measure_streams(options, folder, SHORT)
    if "load" in found:
        print_load(found["load"])
    if "streams" in found:
        print_latencies("64 paced streams, how late a chunk is:", found["streams"])
    if "large" in found:
        print_latencies("a small request each 5 ms, how long it takes:", found["large"])
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
