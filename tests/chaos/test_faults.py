"""Broken networks and services: the cause and the next action, never a traceback, nothing lost."""

import json
import re
import subprocess

import pytest

from tests.chaos.faulty import Answer, FaultyInternet, sign_in
from tests.rehearsal import WIZARD, clean_environment, new_project

REFUSED = {
    "error": "invalid_client",
    "error_description": "AADSTS7000215: Invalid client secret provided. Trace ID: x",
    "error_codes": [7000215],
}


def arm(answer):
    """Sign-in works, Azure Resource Manager answers so."""
    return lambda method, host, path: sign_in(method, host, path) if host.startswith("login.") else answer


def refused(method, host, path):
    """Entra knows the tenant and refuses the secret."""
    return sign_in(method, host, path) if method == "GET" else Answer(401, json.dumps(REFUSED))


THROTTLED = Answer(429, '{"error":{"code":"TooManyRequests","message":"slow down"}}', headers=(("Retry-After", "1"),))
PAGE = "<html><title>Welcome to the hotel network</title><body>Please accept our terms</body></html>"

FAULTS = {
    "server error": (arm(Answer(503, '{"error":{"code":"ServerUnavailable","message":"no"}}')), 3, "unknown", ""),
    "throttled": (arm(THROTTLED), 3, "unknown", "F36"),
    "truncated JSON": (arm(Answer(200, '{"value": [{"id": "/subscriptions/x"', cut=0)), 3, "unknown", ""),
    "connection cut": (arm(Answer(200, '{"value": []}' + " " * 100, cut=50)), 3, "unknown", ""),
    "HTML instead of JSON": (arm(Answer(200, PAGE, "text/html")), 3, "unknown", ""),
    "markup": (
        arm(Answer(403, '{"error":{"code":"AuthorizationFailed","message":"[/subscriptions/x] no [b]"}}')),
        1,
        "fail",
        "",
    ),
    "wrong secret": (refused, 1, "fail", "F02"),
    "a foreign login page": (lambda *_: Answer(200, PAGE, "text/html"), 3, "unknown", ""),
}


def check(folder, environment):
    """`mlops-wizard check --step azure.groups --json` on what the test made of the internet."""
    done = subprocess.run(
        [*WIZARD, "check", "--step", "azure.groups", "--json"],
        cwd=folder, env={**clean_environment(), **environment}, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return done, events, next(event for event in events if event["event"] == "step.checked")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_explained(tmp_path, fault):
    behaviour, code, status, diagnosis = FAULTS[fault]
    folder = new_project(tmp_path / "project")
    with FaultyInternet(tmp_path, behaviour) as internet:
        done, events, signin = check(folder, internet.environment())
    assert (signin["step"], signin["status"]) == ("signin.azure", status), signin
    assert done.returncode == code
    assert signin["message"]
    assert signin["fix"]
    assert signin["diagnosis"] == diagnosis or not diagnosis
    told = json.dumps(events) + done.stderr
    assert "Traceback" not in told
    assert "a-client-secret-for-tests" not in told
    assert "the wizard broke" not in told
    if fault == "markup":
        assert "[/subscriptions/x] no [b]" in signin["message"]


def test_no_network_is_unknown_and_what_was_known_stays(tmp_path):
    folder = new_project(tmp_path / "project")
    memory = folder / ".mlops-wizard"
    memory.mkdir()
    known = {
        "status": "ok",
        "message": "was there",
        "proof": "p",
        "checked": "2026-01-01T00:00:00+00:00",
        "facts": {"a": "b"},
    }
    document = {"version": 1, "clouds": {"azure": {"steps": {"signin.azure": known, "databricks.cluster@dev": known}}}}
    (memory / "state.json").write_text(json.dumps(document))
    with FaultyInternet(tmp_path, sign_in) as internet:
        dead = internet.environment()
    done, _, signin = check(folder, dead)
    assert signin["status"] == "unknown"
    assert done.returncode == 3
    assert re.search("network|reach|connect", signin["message"], re.IGNORECASE)
    after = json.loads((memory / "state.json").read_text())["clouds"]["azure"]["steps"]
    assert after["signin.azure"]["facts"] == {"a": "b"}
    assert after["databricks.cluster@dev"] == known


@pytest.mark.slow
def test_a_service_that_never_answers_is_given_up_on(tmp_path):
    folder = new_project(tmp_path / "project")
    with FaultyInternet(tmp_path, arm(None)) as internet:
        done, _, signin = check(folder, internet.environment())
    assert signin["status"] == "unknown"
    assert done.returncode == 3
