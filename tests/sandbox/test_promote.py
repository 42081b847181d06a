"""`promote` and `rollback` on a finished set-up: prod goes to another version and back, and no request fails."""

import re
import subprocess
import sys
import threading

import pytest
import requests
from azureml.core.webservice import Webservice
from databricks.sdk import WorkspaceClient

from tests.rehearsal import ROOT, Rehearsal, clean_environment
from tests.sandbox.conftest import enter
from tests.sandbox.machine_learning_access import only_workspace
from wizard.engine.secrets import read_exports
from wizard.steps.registry_names import MODEL

pytestmark = [pytest.mark.xdist_group("whole-way"), pytest.mark.slow, pytest.mark.timeout(400)]

DATA = ROOT / "wizard" / "data" / "winequality-red.csv"
WINE = [7.4, 0.7, 0.0, 1.9, 0.076, 11.0, 34.0, 0.9978, 3.51, 0.56, 9.4]


class Client(threading.Thread):
    """Sends requests to prod's service until it is told to stop; keeps what failed, and each answer that is new."""

    def __init__(self, environment: dict[str, str]) -> None:
        super().__init__()
        (service,) = Webservice.list(only_workspace(environment, "rg-wine-prod"))
        self._address, self._key = service.scoring_uri, service.get_keys()[0]
        self.over = threading.Event()
        self.answered = 0
        self.failed: list[str] = []
        self.answers: list[float] = []

    def run(self) -> None:
        """Ask, again and again."""
        while not self.over.is_set():
            self._ask()

    def _ask(self) -> None:
        headers = {"Authorization": f"Bearer {self._key}"}
        try:
            found = requests.post(self._address, json={"data": [WINE]}, headers=headers, timeout=30)
            found.raise_for_status()
        except requests.RequestException as error:
            self.failed.append(str(error))
            return
        self.answered += 1
        if self.answers[-1:] != found.json():
            self.answers += found.json()


def train_another(rehearsal: Rehearsal, folder) -> None:
    """Register one more version in the central registry: the same code on half of the wines."""
    lines = DATA.read_text().splitlines()
    half = folder / "half.csv"
    half.write_text("\n".join([lines[0], *lines[1::2]]) + "\n")
    cloud = {name: value for name, value in rehearsal.environment().items() if not name.startswith("AZURE_")}
    environment = {**clean_environment(), **cloud, **read_exports(rehearsal.folder / "env.cmr.sh")}
    command = [sys.executable, "-m", "jobs.train", "--data", str(half), "--experiment", "/Shared/another"]
    command += ["--registry-uri", "databricks", "--model-name", MODEL]
    subprocess.run(command, cwd=rehearsal.folder, env=environment, check=True, capture_output=True)


def delete_another(rehearsal: Rehearsal) -> None:
    """Delete that version: other tests count them."""
    exports = read_exports(rehearsal.folder / "env.cmr.sh")
    central = WorkspaceClient(host=exports["DATABRICKS_HOST"], token=exports["DATABRICKS_TOKEN"], auth_type="pat")
    central.model_registry.delete_model_version(MODEL, "2")


def status(rehearsal: Rehearsal) -> dict:
    """How the step of prod's service stands."""
    return next(
        each
        for each in rehearsal.walk("check", "--step", "service.prod").of("step.checked")
        if each["step"] == "service.prod"
    )


def test_prod_goes_to_another_version_and_back_while_it_answers(finished, tmp_path, monkeypatch):
    rehearsal = finished.rehearsal
    train_another(rehearsal, tmp_path)
    enter(rehearsal.environment(), monkeypatch)
    client = Client(rehearsal.environment())
    client.start()
    try:
        there = rehearsal.walk("promote", "2", "--yes")
        held = status(rehearsal)
        back = rehearsal.walk("rollback", "--yes")
        anew = rehearsal.walk("service", "restart", "--yes")
    finally:
        client.over.set()
        client.join()
    assert (there.exit_code, back.exit_code) == (0, 0), there.explain() + back.explain()
    assert (anew.exit_code, anew.summary["actions"]) == (0, 1), anew.explain()
    assert any("changing service" in each["text"] for each in anew.of("output")), "it was deployed anew"
    assert held["status"] == "ok"
    assert "version 2" in held["message"], "what was promoted is right, though the pipeline's run made another"
    assert "differ from version 1 on this machine by at most" in back.of("step.checked")[-1]["proof"]
    print(f"{client.answered} requests answered meanwhile, {len(client.failed)} failed; answers: {client.answers}")
    assert client.failed == []
    first, second, third = client.answers
    assert first == third != second
    assert not re.search(r"dapi[0-9a-f]{32}", str(there.events) + str(back.events))
    again = rehearsal.walk("promote", "--from", "test", "--yes")
    delete_another(rehearsal)
    assert (again.exit_code, again.summary["actions"]) == (0, 0), "version 1 is what was made of test's commit"


def test_the_service_is_asked_and_versions_are_compared(finished):
    rehearsal = finished.rehearsal
    asked = rehearsal.walk("ask", ",".join(map(str, WINE)))
    assert asked.exit_code == 0, asked.explain()
    assert [each["text"].split()[4] for each in asked.of("output")[2:]] == ["5.040"]
    compared = rehearsal.walk("compare", "1", "1")
    assert compared.of("output")[-1]["text"] == "they predict the same for every wine"
    logged = rehearsal.walk("service", "logs")
    assert any("POST /score 200" in each["text"] for each in logged.of("output"))


def test_the_cluster_is_stopped_and_started(finished):
    stopped = finished.rehearsal.walk("cluster", "stop", "--yes")
    assert [each["action"] for each in stopped.of("action.finished")] == ["Stop the cluster"]
    started = finished.rehearsal.walk("cluster", "start", "--yes")
    assert started.statuses == {"databricks.cluster@dev": "ok"}
