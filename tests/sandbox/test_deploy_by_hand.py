"""`python -m jobs.deploy` and its fellows by hand on a finished set-up: killed in the middle, and run again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from azureml.core import Workspace
from azureml.core.model import Model
from azureml.core.webservice import Webservice

from tests.conftest import Finished
from tests.rehearsal import clean_environment
from tests.sandbox.conftest import enter
from tests.sandbox.machine_learning_access import only_workspace
from wizard.engine.secrets import read_exports

pytestmark = [pytest.mark.xdist_group("whole-way"), pytest.mark.slow]

SERVICE = "by-hand"
MODEL = "sk-learn-linear-reg-model"
PATIENCE = 120.0  # seconds


@pytest.fixture
def workspace(finished: Finished, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """Test's Azure ML workspace, opened by the vendor's SDK."""
    environment = finished.rehearsal.environment()
    enter(environment, monkeypatch)
    return only_workspace(environment, "rg-wine-test")


@pytest.fixture
def clean(workspace: Workspace) -> Iterator[None]:
    """The set-up as it was, afterwards."""
    yield
    for service in Webservice.list(workspace):
        if service.name == SERVICE:
            service.delete()


def job(finished: Finished, workspace: Workspace, name: str, *arguments: str) -> subprocess.Popen:
    """A job as a person starts it: signed in by variables, each setting by parameter."""
    exports = read_exports(finished.rehearsal.folder / "env.test.sh")
    environment = {**clean_environment(), **finished.rehearsal.environment(), **exports}
    place = ("--subscription-id", workspace.subscription_id, "--resource-group", workspace.resource_group,
             "--workspace-name", workspace.name, "--service", SERVICE)  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", f"jobs.{name}", *place, *arguments],
        cwd=finished.rehearsal.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def said(process: subprocess.Popen) -> str:
    """What a job printed, once it ended well."""
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, out + err
    return out


def kill_at(process: subprocess.Popen, words: str) -> None:
    """kill -9 as soon as the job says these words."""
    assert any(words in line for line in process.stdout)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def test_killed_while_it_deploys_it_finds_what_it_began(finished, workspace, clean):
    deploy = ("--aks-cluster", "aks-wine", "--minutes", "2")
    kill_at(job(finished, workspace, "deploy", *deploy), f"making service {SERVICE}")
    began = time.monotonic()
    first = said(job(finished, workspace, "deploy", *deploy))
    print(f"taken up again in {time.monotonic() - began:.1f} s")
    assert "scoring URI: https://aks-wine" in first
    assert "nothing changed" in said(job(finished, workspace, "deploy", *deploy))
    assert [service.name for service in Webservice.list(workspace)].count(SERVICE) == 1
    assert len(Model.list(workspace, name=MODEL)) == 2  # one of each of the pipeline's runs, not registered again
    tested = said(job(finished, workspace, "smoke_test", "--requests", "3"))
    assert "5 rows answered with 5 numbers" in tested
    assert "4 bad requests refused with 4xx" in tested
