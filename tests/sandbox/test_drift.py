"""`mlops-wizard drift` on a finished set-up: changes past the wizard are found, adopted, and taken back."""

import os
import re

import pytest
from azure.identity import EnvironmentCredential
from databricks.sdk.service.compute import Library, PythonPyPiLibrary

from tests.rehearsal import Run
from tests.sandbox.conftest import enter
from tests.sandbox.devops_access import connection
from tests.sandbox.test_doctor import READING_POSTS
from tests.sandbox.test_status import facts, workspace_of
from wizard.clients.arm import Arm
from wizard.clients.clusters import Clusters
from wizard.clients.variable_groups import VariableGroups
from wizard.engine.answers import Answers
from wizard.steps.checklist import CHECKLIST

pytestmark = [pytest.mark.xdist_group("whole-way"), pytest.mark.slow]

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
NAME = "00000000-0000-0000-0000-00000000d21f"
STORAGE, VERSION = "storage.accounts@dev:storageAccounts", "2023-05-01"
OWNER, MINUTES = f"{STORAGE}.tags.owner", "databricks.cluster@dev:autotermination_minutes"
ROLE, PACKAGE = f"azure.rbac@dev:role.{NAME}", "databricks.libraries@dev:attrs"
MARK = "azure.groups@test:resourceGroups.tags.mlops-wizard"
SERVICE = "devops.variables@test:SERVICE_NAME"


def differing(run: Run) -> dict[str, dict]:
    """What the last list tells, by key, but for what was adopted."""
    assert run.of("drift"), run.explain()
    return {each["key"]: each for each in run.of("drift")[-1]["lines"] if each["kind"] != "adopted"}


class Outside:
    """Somebody who changes things past the wizard."""

    def __init__(self, rehearsal) -> None:
        environment = rehearsal.environment()
        self.arm = Arm(EnvironmentCredential())
        self.subscription = f"/subscriptions/{environment['AZURE_SUBSCRIPTION_ID']}"
        self.group = f"{self.subscription}/resourceGroups/rg-wine-"
        self.account = facts(rehearsal, "storage.accounts@dev")["id"]
        self.workspace = workspace_of(rehearsal, "dev")
        self.cluster_id = facts(rehearsal, "databricks.cluster@dev")["cluster_id"]
        clients = connection(environment, environment["AZURE_DEVOPS_EXT_PAT"]).clients_v7_1
        self.tasks, self.project = clients.get_task_agent_client(), environment["AZURE_DEVOPS_PROJECT"]

    def storage(self) -> dict:
        return self.arm.send("GET", self.account, VERSION)

    def variables(self):
        return VariableGroups(self.tasks).get(self.project, "test-env").variables

    def change(self) -> None:
        """Tag, redundancy and TLS of the storage account, the mark of a group, a role, cluster, package, variables."""
        changes = {
            "tags": {**self.storage()["tags"], "owner": "x"},
            "sku": {"name": "Standard_GRS"},
            "properties": {"minimumTlsVersion": "TLS1_0"},
        }
        self.arm.send("PATCH", self.account, VERSION, changes)
        self.arm.send("PATCH", f"{self.group}test", "2021-04-01", {"tags": {}})
        identities = f"{self.group}test/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
        found = self.arm.send("GET", f"{identities}/id-wine-test", "2023-01-31")
        given = {
            "roleDefinitionId": f"{self.subscription}/providers/Microsoft.Authorization/roleDefinitions/{READER}",
            "principalId": found["properties"]["principalId"],
            "principalType": "ServicePrincipal",
        }
        role = f"{self.group}dev/providers/Microsoft.Authorization/roleAssignments/{NAME}"
        self.arm.send("PUT", role, "2022-04-01", {"properties": given})
        Clusters(self.workspace).change(self.cluster_id, "autotermination_minutes", "120")
        self.workspace.libraries.install(self.cluster_id, [Library(pypi=PythonPyPiLibrary("attrs"))])
        [group] = self.tasks.get_variable_groups(self.project, group_name="test-env")
        changed = {"EXTRA": {"value": "1"}, "EXPERIMENT": {"value": "/Shared/other"}, "SERVICE_NAME": {"value": "ours"}}
        group.variables = {**group.variables, **changed}
        self.tasks.update_variable_group(group, group.id)


@pytest.fixture
def outside(finished, monkeypatch):
    """This process in the cloud of the rehearsal, as somebody else; the cluster runs again when it is over."""
    enter(finished.rehearsal.environment(), monkeypatch)
    somebody = Outside(finished.rehearsal)
    yield somebody
    somebody.workspace.clusters.ensure_cluster_is_running(somebody.cluster_id)


def test_a_set_up_that_nobody_touched_does_not_differ_and_nothing_is_changed_by_looking(finished, outside):
    outside.workspace.clusters.delete_and_wait(outside.cluster_id)
    before = len(finished.rehearsal.traffic())
    run = finished.rehearsal.walk("drift")
    assert differing(run) == {}, "a cluster that stopped by itself is no difference"
    assert run.exit_code == 0
    changing = [
        f"{each['method']} {each['url']}"
        for each in finished.rehearsal.traffic()[before:]
        if each["method"] not in ("GET", "HEAD", "OPTIONS")
        and not (each["method"] == "POST" and READING_POSTS.fullmatch(each["url"]))
    ]
    assert changing == []


def test_changes_past_the_wizard_are_found_adopted_and_taken_back(finished, outside):
    file = finished.rehearsal.folder / "mlops-wizard.toml"
    answers, tags = file.read_text(), outside.storage()["tags"]
    outside.change()
    found = finished.rehearsal.walk("drift")
    assert {
        key: (each["kind"], each["planned"], each["found"].split(" for ")[0]) for key, each in differing(found).items()
    } == {
        OWNER: ("extra", "—", "x"),
        f"{STORAGE}.sku.name": ("changed", "Standard_LRS", "Standard_GRS"),
        f"{STORAGE}.properties.minimumTlsVersion": ("changed", "TLS1_2", "TLS1_0"),
        MARK: ("missing", "wine-test", "—"),
        ROLE: ("extra", "—", "Reader"),
        MINUTES: ("changed", "30", "120"),
        PACKAGE: ("extra", "—", "attrs"),
        SERVICE: ("changed", "wine-quality", "ours"),
        "devops.variables@test:EXTRA": ("extra", "—", "1"),
        "devops.variables@test:EXPERIMENT": ("changed", "/Shared/wine-test", "/Shared/other"),
    }
    assert found.exit_code == 1
    assert os.environ["AZURE_DEVOPS_EXT_PAT"] not in str(found.events)
    assert not re.search(r"dapi[0-9a-f]{32}", str(found.events))

    wanted = (OWNER, MINUTES, MARK, SERVICE)
    done = finished.rehearsal.walk(
        "drift", "--adopt", *wanted, "--restore", *(differing(found).keys() - {*wanted}), "--yes"
    )
    left = differing(done)
    assert list(left) == ["repo.push"], "the answers that were adopted are still to be pushed"
    assert "were not looked at" in left["repo.push"]["fix"]
    after = outside.storage()
    assert (after["sku"]["name"], after["properties"]["minimumTlsVersion"]) == ("Standard_LRS", "TLS1_2")
    assert after["tags"] == {**tags, "owner": "x"}, "what was adopted stays"
    kept = Answers(file, CHECKLIST.questions(), {})
    assert (kept.get("dev.cluster_minutes"), kept.get("test.service_name")) == ("120", "ours")
    variables = outside.variables()
    assert "EXTRA" not in variables
    assert variables["EXPERIMENT"].value == "/Shared/wine-test"
    assert variables["DATABRICKS_TOKEN"].secret

    file.write_text(answers)
    last = finished.rehearsal.walk("drift", "--restore", *wanted, "--yes")
    assert differing(last) == {}, last.explain()
    assert last.exit_code == 0
    assert outside.storage()["tags"] == tags
    assert outside.arm.send("GET", f"{outside.group}test", "2021-04-01")["tags"] == {"mlops-wizard": "wine-test"}
    assert outside.variables()["SERVICE_NAME"].value == "wine-quality"
    assert outside.workspace.clusters.get(outside.cluster_id).autotermination_minutes == 30
