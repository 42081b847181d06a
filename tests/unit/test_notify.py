"""Which waits are long, how a person is called, and what a webhook is told."""

import io
import json
import os
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import trustme

from wizard import cli
from wizard.notify.endings import Endings
from wizard.notify.plain import PlainNotifier
from wizard.notify.terminal import call
from wizard.notify.webhook import body, post
from wizard.settings import Settings

SUMMARY = {"event": "summary", "command": "apply", "counts": {"ok": 60, "fail": 1}, "actions": 3, "seconds": 725.4,
           "critical_path": ["secret-host"], "critical_seconds": 1.0, "exit_code": 1}  # fmt: skip
FAILED = {"event": "action.failed", "step": "aks.compute", "environment": "test", "action": "Create aks-secret",
          "seconds": 31.0, "message": "secret", "fix": "secret"}  # fmt: skip


class Clock:
    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


def test_the_end_of_a_long_walk_is_told_in_one_line():
    ending = Endings(Clock()).of(SUMMARY)
    assert ending.text == "mlops-wizard: apply: ended, not all is well after 12 min 5 s (60 ok, 1 fail)"


@pytest.mark.parametrize(("code", "words"), [(0, "done after"), (130, "stopped after"), (3, "not all is well after")])
def test_how_it_ended_is_in_words(code, words):
    assert words in Endings(Clock()).of({**SUMMARY, "exit_code": code}).text


def test_short_waits_and_other_events_are_not_told():
    endings = Endings(Clock())
    assert endings.of({**SUMMARY, "seconds": 29.9}) is None
    assert endings.of({"event": "step.checked", "seconds": 300.0}) is None


def test_a_walk_that_ends_just_after_its_last_action_is_told_once():
    clock = Clock()
    endings = Endings(clock)
    assert endings.of(FAILED).text == "mlops-wizard: aks.compute (test): ended, not all is well after 31 s"
    clock.seconds += 9.0
    assert endings.of(SUMMARY) is None
    clock.seconds += 2.0
    assert endings.of(SUMMARY) is not None


def test_a_webhook_is_told_nothing_but_what_ended_and_how():
    told = json.dumps([body(Endings(Clock()).of(each), "azure") for each in (FAILED, SUMMARY)])
    assert "secret" not in told
    assert json.loads(told)[1] | {"text": ""} == {
        "text": "", "what": "apply", "result": "trouble", "seconds": 725.4, "counts": {"ok": 60, "fail": 1},
        "cloud": "azure",
    }  # fmt: skip


def test_a_terminal_is_called_by_bell_and_notification():
    assert call("done") == "\a\x1b]9;done\a"
    assert call("a\x1b]0;b\x07\n") == "\a\x1b]9;a]0;b\a"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def heard(stream, cloud="azure", complaint="", **settings):
    told = []

    def tell(*what):
        told.append(what)
        return complaint

    PlainNotifier(stream, Settings(**settings), cloud, Clock(), tell)(SUMMARY)
    return told


def test_the_plain_command_calls_at_a_terminal_only():
    terminal, file = Terminal(), io.StringIO()
    heard(terminal)
    heard(file)
    assert terminal.getvalue().startswith("\a\x1b]9;mlops-wizard: apply")
    assert file.getvalue() == ""
    silent = Terminal()
    heard(silent, bell=False)
    assert silent.getvalue() == ""


def test_a_webhook_is_told_of_the_real_cloud_and_its_silence_is_no_error(capsys):
    address = "https://hooks.example.com/secret"
    assert [each[0] for each in heard(io.StringIO(), webhook=address)] == [address]
    assert heard(io.StringIO(), cloud="sandbox", webhook=address) == []
    assert heard(io.StringIO()) == []
    heard(io.StringIO(), webhook=address, complaint="The webhook was not told.")
    assert capsys.readouterr().err == "The webhook was not told.\n"


def test_the_engine_and_what_it_starts_do_not_know_the_webhook(monkeypatch, tmp_path):
    monkeypatch.setenv("MLOPS_WIZARD_WEBHOOK", "https://hooks.example.com/secret")
    monkeypatch.setattr("wizard.engine_process.serve", lambda *_: 0)
    assert cli.main(["engine", "--project", str(tmp_path)]) == 0
    assert "MLOPS_WIZARD_WEBHOOK" not in os.environ


class Hook(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.posted.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
        self.send_response(self.server.status)
        self.send_header("Location", "https://localhost/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def hook(monkeypatch, tmp_path):
    """A webhook on this machine, by https."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = HTTPServer(("127.0.0.1", 0), Hook)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.posted, server.status = [], 200
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_webhook_is_really_told(hook):
    ending = Endings(Clock()).of(SUMMARY)
    assert post(f"https://localhost:{hook.server_port}/services/secret", ending, "azure") == ""
    assert hook.posted == [("/services/secret", body(ending, "azure"))]


@pytest.mark.parametrize("status", [302, 307, 404, 500])
def test_refusals_and_redirects_are_said_without_the_address(hook, status):
    hook.status = status
    said = post(f"https://localhost:{hook.server_port}/services/secret", Endings(Clock()).of(SUMMARY), "azure")
    assert said == f"The webhook at localhost was not told: HTTP status {status}."
    assert len(hook.posted) == 1


def test_an_unknown_certificate_and_plain_http_are_no_way(hook, monkeypatch):
    ending = Endings(Clock()).of(SUMMARY)
    assert "not https" in post(f"http://localhost:{hook.server_port}/", ending, "azure")
    monkeypatch.delenv("SSL_CERT_FILE")
    assert post(f"https://localhost:{hook.server_port}/", ending, "azure").endswith("it does not answer.")
    assert hook.posted == []
