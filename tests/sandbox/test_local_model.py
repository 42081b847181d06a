"""What a version predicts on this machine, when the project's job does not get there."""

import pytest

from wizard.clients import local_model
from wizard.clients.local_model import predictions
from wizard.engine.errors import WizardError

SLOW = """
import sys, time
print("predict: looking for wine in the registry", file=sys.stderr, flush=True)
print("predict: downloading version 1 from the storage of https://adb-1 databricks", file=sys.stderr, flush=True)
print("Downloading artifacts:  0%", file=sys.stderr, flush=True)
time.sleep(120)
"""


class Token:
    token = "a token"


class Credential:
    """Signed in."""

    def get_token(self, *_scopes):
        return Token()


@pytest.fixture
def asked(tmp_path):
    """Ask a project whose job is this script."""
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "__init__.py").touch()

    def ask(script):
        (tmp_path / "jobs" / "predict.py").write_text(script)
        return predictions(tmp_path, "adb-1", "databricks", Credential(), "wine", "1")

    return ask


def test_what_took_too_long_is_named(asked, monkeypatch):
    monkeypatch.setattr(local_model, "SECONDS", 5.0)
    with pytest.raises(WizardError) as told:
        asked(SLOW)
    assert "5 seconds were not enough" in told.value.message
    assert told.value.message.endswith(
        "while it was downloading version 1 from the storage of https://adb-1 databricks"
    )
    assert "reaches that" in told.value.fix


def test_what_the_job_says_is_the_reason(asked):
    with pytest.raises(WizardError, match="cannot be asked on this machine: no version 1"):
        asked("raise SystemExit('error: no version 1')")


def test_a_job_that_says_nothing_has_no_reason(asked):
    with pytest.raises(WizardError, match="no reason given"):
        asked("raise SystemExit(1)")
