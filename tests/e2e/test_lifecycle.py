"""Start, reload, drain, and what is said when something is wrong."""
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import pytest

import client
import fake_upstream as fake
from client import PATIENCE, SLOW, wait_until
from conftest import BINARY, POLICY

FRANCE = "What is the capital of France?"


def run(*arguments, **more):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE, **more)


def test_help_and_version():
    for arguments in (["--help"], ["serve", "--help"], ["check", "--help"], ["key", "--help"]):
        done = run(*arguments)
        assert done.returncode == 0, done.stderr
        assert "penstock" in done.stdout and not done.stderr
    done = run("--version")
    assert done.returncode == 0 and done.stdout.startswith("penstock ")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["check", "--help"], ["classify"], ["model", "info"]])
def test_output_that_cannot_be_written_is_an_error(arguments):
    with open("/dev/full", "w") as full:
        done = subprocess.run([BINARY, *arguments], input="hello", stdout=full, stderr=subprocess.PIPE, text=True,
                              timeout=PATIENCE)
    assert done.returncode == 1
    assert "standard output" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["serve", "--nonsense"], ["serve", "-c"], ["check", "a", "b"]])
def test_usage_errors(arguments, tmp_path):
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr


def test_no_configuration(tmp_path):
    done = run("serve", "-c", tmp_path / "none.yaml")
    assert done.returncode == 1 and "none.yaml" in done.stderr


def test_check_reports_everything(start_gateway):
    gateway = start_gateway(wait=False)
    done = run("check", "-c", gateway.config_file)
    assert done.returncode == 0, done.stderr
    gateway.write_config("listen: 127.0.0.1:0\nlisen: 1\nworkers: many\nlimits:\n  body_bytes: -5\npolicy: policy.yaml\n"
                         "targets:\n  local: {kind: engine}\n  x: {placement: moon, url: 'https://a/v1'}\n")
    done = run("check", "-c", gateway.config_file)
    assert done.returncode == 1
    text = done.stdout + done.stderr
    for line in (2, 3, 5, 9):
        assert f"penstock.yaml:{line}" in text, text


def test_broken_configuration_does_not_start(start_gateway):
    gateway = start_gateway(wait=False, workers="many")
    done = run("serve", "-c", gateway.config_file)
    assert done.returncode == 1 and "penstock.yaml:" in done.stderr


def test_a_policy_that_could_lower_placement_is_rejected(start_gateway):
    policy = {"version": 1, "rules": [{"name": "leaky", "when": {"pii": "any"}, "route": ["premises", "cloud"]}],
              "default": {"route": ["local"]}}
    gateway = start_gateway(wait=False, policy=policy)
    done = run("check", "-c", gateway.config_file)
    assert done.returncode == 1
    assert "policy.yaml:" in done.stdout + done.stderr and "cloud" in done.stdout + done.stderr


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(SLOW > 1, reason="sanitizers are slow and large")
def test_fast_and_small(start_gateway):
    gateway = start_gateway()
    assert gateway.ask(client.chat("My SSN is 219-09-9999", model="guarded-x")).status == 200
    # The time of its own work: what else the machine does must not count.
    assert cpu_seconds(gateway.process.pid) < 0.3
    for _ in range(20):
        assert gateway.ask(client.chat(FRANCE)).status == 200
    with open(f"/proc/{gateway.process.pid}/status") as file:
        resident = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
    assert resident < 60 << 10


def test_admin_pages(gateway):
    assert client.ask(gateway.admin, None, "/healthz", "GET").status == 200
    assert client.ask(gateway.admin, None, "/readyz", "GET").status == 200
    assert client.ask(gateway.admin, None, "/nothing", "GET").status == 404
    assert client.ask(gateway.admin, client.chat(), "/v1/chat/completions").status in (404, 405)
    before = gateway.metric("penstock_requests_total", outcome="ok", placement="in_process")
    gateway.ask(client.chat(FRANCE))
    wait_until(lambda: gateway.metric("penstock_requests_total", outcome="ok", placement="in_process") == before + 1, "it was not counted")
    page = gateway.metrics()
    for name in ("gen_ai_client_token_usage", "gen_ai_server_request_duration", "penstock_overhead_seconds",
                 "penstock_classifier_duration_seconds", "penstock_target_state"):
        assert name in page, name


SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)((?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})?) (?:-?[0-9.e+-]+|NaN|[+-]Inf)$')


def test_the_format_of_the_metrics(gateway):
    """Prometheus' text format: each family once and together, known types, no series twice, whole histograms."""
    for model in ("auto", "premises-x", "fallback-x", "forbidden-x"):
        gateway.ask(client.chat("My SSN is 219-09-9999", model=model))
    types, series, order, buckets = {}, set(), [], {}
    page = gateway.metrics()
    assert page.endswith("\n")
    for line in page.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types, name
            types[name] = kind
            order.append(name)
        elif not line.startswith("# HELP "):
            found = SAMPLE.match(line)
            assert found, line
            name, labels = found[1], found[2]
            family = re.sub("_(bucket|sum|count)$", "", name)
            family = family if types.get(family) == "histogram" else name
            assert family == order[-1], f"{line} stands with {order[-1]}"
            assert name + labels not in series, line
            series.add(name + labels)
            assert (types[family] == "counter") == name.endswith("_total"), line
            if name.endswith(("_bucket", "_count")):
                key = family + re.sub('le="[^"]*"', "", labels).replace("{}", "").replace(",}", "}")
                buckets.setdefault(key, []).append(float(line.split(" ")[-1]))
    for key, values in buckets.items():  # the last two: +Inf, and the count
        assert values == sorted(values) and values[-1] == values[-2], key


def test_admin_on_a_unix_socket(start_gateway, tmp_path):
    gateway = start_gateway(admin__listen=str(tmp_path / "admin.sock"))
    assert gateway.admin_url == f"unix:{tmp_path / 'admin.sock'}"
    assert "penstock_requests_total" in gateway.metrics()
    gateway.stop()
    assert not (tmp_path / "admin.sock").exists()


def test_clients_on_a_unix_socket(start_gateway, tmp_path):
    gateway = start_gateway(listen=str(tmp_path / "clients.sock"))
    assert gateway.ask(client.chat(FRANCE)).status == 200


def test_several_listeners(start_gateway, tmp_path):
    gateway = start_gateway(listen=["127.0.0.1:0", str(tmp_path / "second.sock")])
    assert gateway.ask(client.chat(FRANCE)).status == 200
    assert client.ask(str(tmp_path / "second.sock"), client.chat(FRANCE)).status == 200


def test_admin_stays_on_this_machine(start_gateway):
    gateway = start_gateway(wait=False, admin__listen="0.0.0.0:0")
    done = run("check", "-c", gateway.config_file)
    assert done.returncode == 1 and "admin" in done.stdout + done.stderr


def test_second_start_on_the_same_port(start_gateway):
    gateway = start_gateway()
    host, port = gateway.address
    second = start_gateway(wait=False, listen=f"{host}:{port}")
    done = run("serve", "-c", second.config_file)
    assert done.returncode == 1
    assert str(port) in done.stderr and "use" in done.stderr.lower(), done.stderr
    assert gateway.ask(client.chat(FRANCE)).status == 200


def test_second_start_on_the_same_decision_log(start_gateway):
    gateway = start_gateway()
    second = start_gateway(wait=False, decision_log__path=str(gateway.log_file))
    done = run("serve", "-c", second.config_file)
    assert done.returncode == 1 and "decisions.jsonl" in done.stderr


# --- reload ---

def rule_of(gateway, model="premises-x"):
    return gateway.ask(client.chat(FRANCE, model=model)).header("x-penstock-rule")


def wait_rule(gateway, rule):
    wait_until(lambda: rule_of(gateway) == rule, "the new policy never ruled")


def test_reload_of_a_good_policy(start_gateway):
    gateway = start_gateway()
    assert rule_of(gateway) == "premises-only"
    before = gateway.ask(client.chat(FRANCE)).header("x-penstock-policy")
    gateway.write_policy({"version": 1, "rules": [{"name": "renamed", "when": {"model": "premises*"}, "route": ["local"]}],
                          "default": {"route": ["local"]}})
    gateway.reload()
    wait_rule(gateway, "renamed")
    assert gateway.ask(client.chat(FRANCE)).header("x-penstock-policy") != before


def test_reload_of_a_broken_policy(start_gateway):
    """Rejected whole: the old one goes on, and the mistake is told with its line."""
    gateway = start_gateway()
    gateway.write_policy("version: 1\nrules:\n  - name: new\n    when: {model: 'premises*'}\n    route: [nowhere]\ndefault: {route: [local]}\n")
    gateway.reload()
    gateway.wait_log("policy.yaml:5")
    assert rule_of(gateway) == "premises-only"
    gateway.write_policy(POLICY)
    gateway.reload()
    wait_until(lambda: gateway.metric("penstock_reloads_total", result="accepted") == 1, gateway.errors)
    assert rule_of(gateway) == "premises-only"


def test_reload_of_a_broken_configuration(start_gateway):
    gateway = start_gateway()
    gateway.write_config("listen: [\n")
    gateway.reload()
    gateway.wait_log("penstock.yaml:")
    assert rule_of(gateway) == "premises-only"


def test_a_request_keeps_the_policy_it_began_with(start_gateway, upstreams):
    gateway = start_gateway()
    turns = threading.Semaphore(0)
    upstreams.premises.default = fake.stepped(turns)
    with client.Client(gateway.address) as connection:
        connection.request(client.chat(FRANCE, model="premises-x", stream=True))
        connection.read_head()
        gateway.write_policy({"version": 1, "default": {"block": "No more."}})
        gateway.reload()
        wait_until(lambda: gateway.ask(client.chat(FRANCE)).status == 403, "the new policy never ruled")
        assert read_to_the_end(connection, turns)


def read_to_the_end(connection, turns):
    """Lets upstream send the rest of its stream; true when that came whole."""
    turns.release(100)
    data = b""
    while piece := connection.read_piece():
        data += piece
    return piece == b"" and data.endswith(fake.DONE)


def test_reloads_under_load(start_gateway, upstreams):
    gateway = start_gateway(workers=2)
    stop, statuses = threading.Event(), []

    def load():
        while not stop.is_set():
            statuses.append(gateway.ask(client.chat(FRANCE, model="premises-x")).status)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        gateway.reload()
        time.sleep(0.05)
    stop.set()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200}


# --- the end ---

def turned_away(gateway):
    try:
        gateway.ask(client.chat(FRANCE))
    except (ConnectionError, EOFError):
        return True
    return False


def test_drain_lets_streams_end(start_gateway, upstreams):
    gateway = start_gateway()
    turns = threading.Semaphore(0)
    upstreams.premises.default = fake.stepped(turns)
    with client.Client(gateway.address) as stream, client.Client(gateway.address) as idle:
        idle.request(client.chat(FRANCE))
        assert idle.read().status == 200
        stream.request(client.chat(FRANCE, model="premises-x", stream=True))
        stream.read_head()
        gateway.process.send_signal(signal.SIGTERM)
        wait_until(lambda: turned_away(gateway), "it still takes requests")
        assert idle.closed_by_peer()
        assert gateway.alive()
        assert read_to_the_end(stream, turns)
    assert gateway.process.wait(PATIENCE) == 0
    gateway.reader.join(5)
    gateway.process = None


def test_drain_has_an_end(start_gateway, upstreams):
    """What does not end by itself is ended with an error, not a clean end."""
    gateway = start_gateway(drain_timeout="1s")
    upstreams.premises.default = fake.endless(gap=0.05)
    with client.Client(gateway.address) as stream:
        stream.request(client.chat(FRANCE, model="premises-x", stream=True))
        stream.read_head()
        gateway.process.send_signal(signal.SIGTERM)
        data = b""
        try:
            while True:
                piece = stream.read_piece()
                if not piece:
                    break
                data += piece
        except ConnectionError:
            pass
        assert b"[DONE]" not in data
    assert gateway.process.wait(PATIENCE) == 0
    gateway.reader.join(5)
    gateway.process = None


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_the_drain(start_gateway, upstreams, sent):
    gateway = start_gateway(drain_timeout="1h")
    upstreams.premises.default = fake.endless(gap=0.05)
    with client.Client(gateway.address) as stream:
        stream.request(client.chat(FRANCE, model="premises-x", stream=True))
        stream.read_head()
        gateway.process.send_signal(sent)
        gateway.wait_log("event=draining")
        gateway.process.send_signal(sent)
        assert gateway.process.wait(PATIENCE) == 0
    gateway.wait_log("event=drain_cut_short")
    gateway.reader.join(5)
    gateway.process = None


def test_readyz_tells_of_the_drain(start_gateway, upstreams):
    gateway = start_gateway()
    turns = threading.Semaphore(0)
    upstreams.premises.default = fake.stepped(turns)
    with client.Client(gateway.address) as stream:
        stream.request(client.chat(FRANCE, model="premises-x", stream=True))
        stream.read_head()
        gateway.process.send_signal(signal.SIGTERM)
        wait_until(lambda: client.ask(gateway.admin, None, "/readyz", "GET").status == 503, "it still says that it is ready")
        assert read_to_the_end(stream, turns)
    assert gateway.process.wait(PATIENCE) == 0
    gateway.reader.join(5)
    gateway.process = None


def test_killed_in_the_middle_and_started_again(start_gateway, upstreams):
    gateway = start_gateway()
    for _ in range(5):
        gateway.ask(client.chat(FRANCE))
    assert len(gateway.decisions(5)) == 5
    gateway.process.kill()
    gateway.process.wait()
    gateway.reader.join(5)
    gateway.start()
    gateway.ask(client.chat(FRANCE))
    records = gateway.decisions(6)
    numbers = [record["seq"] for record in records]
    assert numbers == sorted(set(numbers))


def test_systemd_readiness(start_gateway, tmp_path):
    import socket
    path = tmp_path / "notify.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(path))
        notify.settimeout(PATIENCE)
        gateway = start_gateway(environment={"NOTIFY_SOCKET": str(path)})
        assert b"READY=1" in notify.recv(4096)
        gateway.stop()
        words = b""
        while b"STOPPING=1" not in words:
            words += notify.recv(4096)


# --- limits ---

def test_connection_limit(start_gateway):
    gateway = start_gateway(limits__connections=8)
    held = []
    try:
        for _ in range(8):
            held.append(client.Client(gateway.address))
            held[-1].request(client.chat(FRANCE))
            assert held[-1].read().status == 200
        with client.Client(gateway.address) as more:
            try:
                more.request(client.chat(FRANCE))
                assert more.read().status == 503
            except (ConnectionError, EOFError):
                pass
    finally:
        for connection in held:
            connection.sock.close()
    wait_until(lambda: not turned_away(gateway) and gateway.ask(client.chat(FRANCE)).status == 200, "no room again")


def test_idle_connections_close(start_gateway):
    gateway = start_gateway(limits__idle_timeout="500ms")
    with client.Client(gateway.address) as connection:
        connection.request(client.chat(FRANCE))
        assert connection.read().status == 200
        assert connection.closed_by_peer()


# --- TLS ---

def tls_ask(gateway, certificates, **more):
    import ssl
    context = ssl.create_default_context(cafile=str(certificates / "authority.pem"))
    for key, value in more.items():
        setattr(context, key, value)
    connection = client.Client(gateway.address)
    connection.sock = context.wrap_socket(connection.sock, server_hostname="localhost")
    with connection:
        connection.request(client.chat(FRANCE))
        return connection.read(), connection.sock.version()


def test_tls(start_gateway, certificates, tmp_path):
    import shutil
    import ssl
    for end in ("pem", "key"):
        shutil.copy(certificates / f"right.{end}", tmp_path / f"own.{end}")
    gateway = start_gateway(listen=[{"address": "127.0.0.1:0", "tls": {"cert_file": str(tmp_path / "own.pem"),
                                                                       "key_file": str(tmp_path / "own.key")}}])
    assert gateway.url.startswith("https://")
    reply, version = tls_ask(gateway, certificates)
    assert reply.status == 200 and version == "TLSv1.3"
    reply, version = tls_ask(gateway, certificates, maximum_version=ssl.TLSVersion.TLSv1_2)
    assert reply.status == 200 and version == "TLSv1.2"
    # A new certificate takes effect on SIGHUP; the one for another name must now be refused.
    for end in ("pem", "key"):
        shutil.copy(certificates / f"wrong-name.{end}", tmp_path / f"own.{end}")
    gateway.reload()

    def refused():
        try:
            tls_ask(gateway, certificates)
        except ssl.SSLCertVerificationError:
            return True
        return False

    wait_until(refused, "the old certificate is still shown")


def test_plain_http_on_a_tls_port(start_gateway, certificates):
    gateway = start_gateway(listen=[{"address": "127.0.0.1:0", "tls": {"cert_file": str(certificates / "right.pem"),
                                                                       "key_file": str(certificates / "right.key")}}])
    with client.Client(gateway.address) as connection:
        connection.request(client.chat(FRANCE))
        try:
            connection.read()
            raise AssertionError("plain HTTP was answered")
        except (EOFError, ConnectionError):
            pass
    reply, _ = tls_ask(gateway, certificates)
    assert reply.status == 200


# --- keys ---

def test_api_keys(start_gateway, upstreams, tmp_path):
    keys = tmp_path / "keys"
    made = run("key", "new", "--name", "alice", "--file", keys)
    assert made.returncode == 0, made.stderr
    key = next(word for word in made.stdout.split() if word.startswith("pk-"))
    assert key not in keys.read_text()
    gateway = start_gateway(identity={"mode": "api_keys", "keys_file": str(keys)})
    right = [f"Authorization: Bearer {key}"]
    assert gateway.ask(client.chat(FRANCE, model="premises-x"), headers=right).status == 200
    upstreams.reset()
    other = key[:-1] + ("0" if key[-1] != "0" else "1")
    for headers in ([], ["Authorization: Bearer nonsense"], [f"Authorization: Bearer {other}"], [f"Authorization: Basic {key}"],
                    [f"Authorization: Bearer {key}x"], ["X-Penstock-User: alice"], right + ["Authorization: Bearer nonsense"]):
        reply = gateway.ask(client.chat(FRANCE, model="premises-x"), headers=headers)
        assert reply.status in (400, 401), headers
        assert set(reply.error) == {"message", "type", "param", "code"}
    assert upstreams.saw_nothing()
    assert gateway.decisions(1)[0]["principal"] == "alice"
    assert key not in gateway.log_file.read_text() + gateway.errors() + gateway.metrics()
