"""`mlops-wizard status` on a finished set-up: what went wrong over there is seen in one refresh, with what to do."""

import json
import os
import re

import pytest
from databricks.sdk import WorkspaceClient

from tests.rehearsal import Rehearsal, Run
from tests.sandbox.conftest import enter
from tests.sandbox.refresh_cost import requests_since
from wizard.clients.devops import DevOps
from wizard.clients.devops_sign_in import TokenSignIn
from wizard.engine.secrets import Secret

pytestmark = [pytest.mark.xdist_group("whole-way"), pytest.mark.slow]

MANY = 200


def read(rehearsal: Rehearsal) -> Run:
    run = rehearsal.walk("status")
    assert not [each for each in run.of("status.area") if each["unread"]], run.events
    return run


def row(run: Run, area: str, environment: str, title: str = "") -> dict:
    [event] = [each for each in run.of("status.area") if each["area"] == area]
    return next(each for each in event["rows"] if each["environment"] == environment and title in each["title"])


def host_of(rehearsal: Rehearsal, environment: str) -> str:
    return facts(rehearsal, f"databricks.workspaces@{environment}")["host"]


def facts(rehearsal: Rehearsal, key: str) -> dict[str, str]:
    state = json.loads((rehearsal.folder / ".mlops-wizard" / "state.json").read_text())
    return state["clouds"]["sandbox"]["steps"][key]["facts"]


def workspace_of(rehearsal: Rehearsal, environment: str) -> WorkspaceClient:
    """The real client, as somebody else uses it: with the token of the install script."""
    script = {"dev": "env.sh"}.get(environment, f"env.{environment}.sh")
    [token] = set(re.findall(r"dapi[0-9a-f-]{32,}", (rehearsal.folder / script).read_text()))
    return WorkspaceClient(host=f"https://{host_of(rehearsal, environment)}", token=token, auth_type="pat")


@pytest.fixture
def outside(finished, monkeypatch):
    """The rehearsal, with this process in its cloud as another client."""
    environment = finished.rehearsal.environment()
    enter({name: value for name, value in environment.items() if not name.startswith("AZURE_")}, monkeypatch)
    monkeypatch.setenv("PAT_OF_THE_TEST", environment["AZURE_DEVOPS_EXT_PAT"])
    return finished.rehearsal


def test_everything_is_read_and_shown_without_a_secret(outside):
    run = read(outside)
    assert {each["area"] for each in run.of("status.area")} == {
        *("endpoints", "models", "runs", "clusters", "expiries", "variables", "drift")
    }
    for environment in ("test", "prod"):
        service = row(run, "endpoints", environment)
        assert (service["state"], service["cells"]["state"]) == ("ok", "Healthy"), service
        assert service["trend"][0] > 0, "a real probe"
    assert row(run, "models", "cmr")["cells"]["made by"].startswith("run ")
    assert not re.search(r"dapi[0-9a-f]{32}", json.dumps(run.events))


def test_a_refresh_costs_as_many_requests_for_many_models_as_for_few(outside):
    before = len(outside.traffic())
    read(outside)
    few = requests_since(outside, before)
    models = workspace_of(outside, "test").model_registry
    for number in range(MANY):
        models.create_model(f"seeded-{number:03}")
    try:
        before = len(outside.traffic())
        run = read(outside)
        assert requests_since(outside, before) == few
        assert len(few) == 29
        [listed] = [each for each in run.of("status.area") if each["area"] == "models"]
        assert listed["more"]
    finally:
        for number in range(MANY):
            models.delete_model(f"seeded-{number:03}")


def test_a_new_version_that_nobody_serves_is_seen(outside):
    models = workspace_of(outside, "test").model_registry
    name = row(read(outside), "models", "test")["title"]
    made = models.create_model_version(name, "dbfs:/somewhere").model_version
    try:
        found = row(read(outside), "models", "test", name)
        assert found["state"] == "warn"
        assert f"Nobody serves version {made.version}" in found["advice"]
    finally:
        models.delete_model_version(name, made.version)


def test_a_variable_changed_by_another_client_is_seen(outside):
    signed_in = facts(outside, "signin.devops")
    devops = DevOps(signed_in["url"], TokenSignIn(Secret(os.environ["PAT_OF_THE_TEST"])))
    group = devops.variables.get(signed_in["project"], "test-env")
    before = group.variables["EXPERIMENT"].value

    def change(value):
        devops.variables.update(signed_in["project_id"], signed_in["project"], group, {"EXPERIMENT": value})

    change("/Shared/another")
    try:
        found = row(read(outside), "variables", "test")
        assert found["state"] == "warn"
        assert "EXPERIMENT is '/Shared/another'" in found["advice"]
        assert "devops.variables@test" in found["advice"]
    finally:
        change(before)


def test_a_token_that_another_client_revoked_is_seen(outside):
    """Revoked like expired: the workspace no longer lists it."""
    workspace = workspace_of(outside, "dev")
    workspace.tokens.delete(facts(outside, "databricks.token@dev")["token_id"])
    found = row(read(outside), "expiries", "dev", "mlops-wizard")
    assert found["state"] == "fail"
    assert "mlops-wizard rotate dev" in found["advice"]
    assert outside.walk("rotate", "dev", "--yes").exit_code == 0
    assert row(read(outside), "expiries", "dev", "mlops-wizard")["state"] == "ok"


def test_a_service_that_fails_is_seen(outside):
    outside.wizard("sandbox", "scenario", "play", "f28-service-answers-nonsense", check=True)
    try:
        found = row(read(outside), "endpoints", "test")
        assert (found["state"], found["cells"]["latency"], found["cells"]["failed"]) == (
            "fail",
            "no good answer",
            "1 of 1",
        )
        assert "mlops-wizard apply --step service.test@test" in found["advice"]
    finally:
        outside.wizard("sandbox", "scenario", "clear", check=True)
    assert row(read(outside), "endpoints", "test")["state"] == "ok"
