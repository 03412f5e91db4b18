"""Fixtures: the real daemon, and a scripted upstream for it.

PENSTOCK_BIN      the program (default: build/release/gateway/penstock)
PENSTOCK_TEST_SLOW  factor on every deadline, for sanitizer builds
"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import client
import fake_upstream
from client import PATIENCE, wait_until

ROOT = HERE.parent.parent
BINARY = pathlib.Path(os.environ.get("PENSTOCK_BIN", ROOT / "build" / "release" / "gateway" / "penstock")).absolute()
CLOUD_KEY = "sk-e2e-cloud-key-not-a-secret"
REPORTS = re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:|UndefinedBehavior")

# Requests choose their route by the model that they ask for.
POLICY = {
    "version": 1,
    "name": "e2e",
    "rules": [
        {"name": "private", "when": {"all": [{"model": "guarded*"}, {"any": [{"pii": ["US_SSN", "EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE"]}, {"sensitive": ">= 0.5"}]}]},
         "route": ["local"]},
        {"name": "refused", "when": {"model": "forbidden*"}, "block": {"reason": "model", "message": "Not this model."}},
        {"name": "guarded-cloud", "when": {"model": "guarded*"}, "route": ["cloud", "local"]},
        {"name": "cloud-only", "when": {"model": "cloud*"}, "route": ["cloud"]},
        {"name": "cloud-falls", "when": {"model": "falling*"}, "route": ["cloud", "premises", "local"]},
        {"name": "premises-falls", "when": {"model": "fallback*"}, "route": ["premises", "local"]},
        {"name": "premises-only", "when": {"model": "premises*"}, "route": ["premises"]},
        {"name": "hasty-falls", "when": {"model": "hasty-fallback*"}, "route": ["hasty", "local"]},
        {"name": "hasty-only", "when": {"model": "hasty*"}, "route": ["hasty"]},
        {"name": "unroutable", "when": {"model": "noline*"}, "route": ["noline", "local"]},
        {"name": "keyless", "when": {"model": "nokey*"}, "route": ["nokey", "local"]},
    ],
    "default": {"route": ["local"]},
}


class Gateway:
    """One run of the daemon with its own folder."""

    def __init__(self, folder, config, policy, environment=None, binary=BINARY):
        self.folder = folder
        self.config_file = folder / "penstock.yaml"
        self.policy_file = folder / "policy.yaml"
        self.log_file = folder / "decisions.jsonl"
        self.stderr_file = folder / "stderr"
        self.write_config(config)
        self.write_policy(policy)
        self.environment = {**os.environ, "ASAN_OPTIONS": "abort_on_error=0:exitcode=99", "E2E_CLOUD_KEY": CLOUD_KEY,
                            "UBSAN_OPTIONS": "print_stacktrace=1", "TSAN_OPTIONS": "exitcode=99", **(environment or {})}
        self.binary = binary
        self.process = None
        self.lines = []
        self.expected_exit = 0
        self.failures = 100

    def write_config(self, config):
        # JSON is YAML too, and says exactly what is meant.
        self.config_file.write_text(config if isinstance(config, str) else json.dumps(config, indent=1))

    def write_policy(self, policy):
        self.policy_file.write_text(policy if isinstance(policy, str) else json.dumps(policy, indent=1))

    def start(self):
        self.lines = []
        self.stderr = open(self.stderr_file, "ab")
        self.process = subprocess.Popen([str(self.binary), "serve", "-c", str(self.config_file)], cwd=self.folder,
                                        env=self.environment, stdout=subprocess.PIPE, stderr=self.stderr, text=True)
        ready = threading.Event()

        def read():
            for line in self.process.stdout:
                self.lines.append(line.rstrip("\n"))
                if line.startswith("penstock ready:"):
                    ready.set()
            ready.set()

        self.reader = threading.Thread(target=read, daemon=True)
        self.reader.start()
        assert ready.wait(PATIENCE), f"no ready line; stderr: {self.errors()}"
        line = next((line for line in self.lines if line.startswith("penstock ready:")), None)
        assert line, f"ended with {self.process.wait(5)}; stderr: {self.errors()}"
        found = re.match(r"penstock ready: (\S+) \(admin (\S+)\)$", line)
        assert found, f"not the ready line that was agreed: {line}"
        self.url, self.admin_url = found.groups()
        self.address, self.admin = address_of(self.url), address_of(self.admin_url)
        wait_until(lambda: client.ask(self.admin, None, "/readyz", "GET").status == 200, "never ready")
        return self

    def errors(self):
        return self.stderr_file.read_text(errors="replace")

    def output(self):
        return "\n".join(self.lines)

    def ask(self, body, **more):
        return client.ask(self.address, body, **more)

    def metrics(self):
        reply = client.ask(self.admin, None, "/metrics", "GET")
        assert reply.status == 200
        return reply.body.decode()

    def metric(self, name, **labels):
        """The sum over all lines of that name which have these labels."""
        total = 0.0
        for line in self.metrics().splitlines():
            found = re.match(r"([a-z_0-9]+)(?:\{(.*)\})? (\S+)$", line)
            if found and found[1] == name:
                has = dict(re.findall(r'(\w+)="([^"]*)"', found[2] or ""))
                if all(has.get(key) == value for key, value in labels.items()):
                    total += float(found[3])
        return total

    def decisions(self, count=None):
        """The lines of the decision log, once there are `count` of them."""
        end = time.monotonic() + PATIENCE
        while True:
            lines = self.log_file.read_text().splitlines() if self.log_file.exists() else []
            records = [json.loads(line) for line in lines if line.endswith("}")]  # the last may be half written
            records = [record for record in records if "request_id" in record]
            if count is None or len(records) >= count:
                return records
            assert time.monotonic() < end, f"{len(records)} of {count} decisions were written"
            time.sleep(0.02)

    def decision_of(self, reply):
        """The record of an answered request."""
        wanted = reply.header("x-request-id")
        return wait_until(lambda: [record for record in self.decisions() if record["request_id"] == wanted],
                          f"no decision of {wanted} was written")[0]

    def settle(self):
        """Waits until the decisions of all that ended so far are written; returns their number."""
        self.decision_of(self.ask(client.chat("Hello", model="nowhere")))
        return len(self.decisions())

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def wait_log(self, text):
        """Waits until standard error has that text."""
        wait_until(lambda: text in self.errors(), lambda: f"'{text}' never came: {self.errors()}")

    def alive(self):
        return self.process.poll() is None

    def stop(self, sig=signal.SIGTERM):
        if self.process is None:
            return
        died = self.process.poll()
        if died is None:
            self.process.send_signal(sig)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError(f"did not end within {PATIENCE:.0f} s of SIGTERM; stderr: {self.errors()}")
        self.reader.join(5)
        self.stderr.close()
        code, self.process = self.process.returncode, None
        errors = self.errors()
        assert not REPORTS.search(errors), errors
        assert died is None, f"the daemon died with {died}: {errors}"
        assert code == self.expected_exit, f"exit {code}: {errors}"


def address_of(url):
    if url.startswith("unix:"):
        return url[len("unix:"):]
    host, port = re.match(r"https?://(.+):(\d+)$", url).groups()
    return host.strip("[]"), int(port)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """An authority, a right certificate from it, one for another name, and a self-signed one."""
    folder = tmp_path_factory.mktemp("certificates")
    fake_upstream.make_certificate(folder, "authority", "DNS:authority.test")
    fake_upstream.make_certificate(folder, "right", "IP:127.0.0.1,DNS:localhost", issuer="authority")
    fake_upstream.make_certificate(folder, "wrong-name", "DNS:elsewhere.test", issuer="authority")
    fake_upstream.make_certificate(folder, "self-signed", "IP:127.0.0.1")
    return folder


class Upstreams:
    """The servers behind the gateway: premises (HTTP) and cloud (HTTPS)."""

    def __init__(self, certificates):
        self.premises = fake_upstream.FakeUpstream()
        self.cloud = fake_upstream.FakeUpstream(
            fake_upstream.server_context(certificates / "right.pem", certificates / "right.key"))

    def reset(self):
        self.premises.reset_records()
        self.cloud.reset_records()

    def saw_nothing(self):
        return not self.premises.received and not self.cloud.received

    def close(self):
        self.premises.close()
        self.cloud.close()


def make_config(upstreams, certificates, **changes):
    """The configuration that tests start from; a change is a dotted path, with __ for the dots."""
    # Long, so that a loaded machine does not make time-outs; what is about them asks hasty, or says so.
    times = {"connect_timeout": "2m", "first_byte_timeout": "2m", "idle_timeout": "2m", "total_timeout": "5m"}
    config = {
        "listen": "127.0.0.1:0",
        "admin": {"listen": "127.0.0.1:0"},
        "workers": 1,
        "policy": "policy.yaml",
        "decision_log": {"path": "decisions.jsonl"},
        "classifiers": {"timeout": "2m"},
        "limits": {"header_timeout": "2m", "body_timeout": "2m", "idle_timeout": "2m", "write_timeout": "2m"},
        "targets": {
            "local": {"kind": "engine"},
            "premises": {"placement": "on_premises", "url": upstreams.premises.url,
                         "breaker": {"failures": 1000}, **times},
            "cloud": {"placement": "cloud", "url": upstreams.cloud.url, "api_key_env": "E2E_CLOUD_KEY",
                      "ca_file": str(certificates / "authority.pem"), "breaker": {"failures": 1000}, **times},
            "noline": {"placement": "cloud", "url": "https://no-such-host.invalid/v1", "api_key_env": "E2E_CLOUD_KEY",
                       "breaker": {"failures": 1000}, **times, "connect_timeout": "2s"},
            "hasty": {"placement": "on_premises", "url": upstreams.premises.url, "breaker": {"failures": 1000},
                      **times, "first_byte_timeout": "1s", "idle_timeout": "1s"},
            "nokey": {"placement": "cloud", "url": upstreams.cloud.url, "api_key_env": "E2E_NO_SUCH_KEY",
                      "ca_file": str(certificates / "authority.pem"), **times},
        },
    }
    for path, value in changes.items():
        place = config
        *parents, last = path.split("__")
        for name in parents:
            place = place.setdefault(name, {})
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return config


@pytest.fixture(scope="session")
def shared_upstreams(certificates):
    upstreams = Upstreams(certificates)
    yield upstreams
    upstreams.close()


@pytest.fixture(scope="session")
def shared_gateway(shared_upstreams, certificates, tmp_path_factory):
    gateway = Gateway(tmp_path_factory.mktemp("gateway"), make_config(shared_upstreams, certificates), POLICY).start()
    yield gateway
    gateway.stop()


@pytest.fixture
def upstreams(shared_upstreams):
    shared_upstreams.reset()
    return shared_upstreams


def renew_breakers(gateway, upstreams, certificates):
    """New breakers, by a reload that changes their settings: failures of one test end with it."""
    gateway.failures = 100 + (gateway.failures - 99) % 900
    before = gateway.metric("penstock_reloads_total", result="accepted")
    gateway.write_config(make_config(upstreams, certificates, **{
        f"targets__{name}__breaker__failures": gateway.failures for name in ("premises", "cloud", "noline", "hasty", "nokey")}))
    gateway.reload()
    wait_until(lambda: gateway.metric("penstock_reloads_total", result="accepted") != before, gateway.errors, step=0.005)
    # The metric counts when the workers have been told; a request behind that finds the new ones.
    assert gateway.ask(client.chat(model="nowhere")).status == 200


@pytest.fixture
def gateway(shared_gateway, upstreams, certificates):
    """The daemon that most tests share. It must be alive after each of them, and remembers none.

    Callers without a key share what is remembered of a conversation, which is known by its first message: what one
    test said beside it would hold for another one that begins with the same.
    """
    assert client.ask(shared_gateway.admin, {"all": True}, "/ratchet/lower").status == 200
    yield shared_gateway
    assert shared_gateway.alive(), shared_gateway.errors()
    if upstreams.premises.misbehaved or upstreams.cloud.misbehaved:
        upstreams.premises.misbehaved = upstreams.cloud.misbehaved = False
        renew_breakers(shared_gateway, upstreams, certificates)


@pytest.fixture
def start_gateway(upstreams, certificates, tmp_path):
    """Starts daemons with changes to the configuration; stops them and looks for reports."""
    started = []

    def start(policy=POLICY, environment=None, wait=True, **changes):
        folder = tmp_path / f"gateway{len(started)}"
        folder.mkdir()
        gateway = Gateway(folder, make_config(upstreams, certificates, **changes), policy, environment)
        started.append(gateway)
        return gateway.start() if wait else gateway

    yield start
    for gateway in started:
        gateway.stop()
