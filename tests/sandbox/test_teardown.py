"""`teardown` takes back all that a set-up made and nothing of its neighbours, and the same names can be had again."""

import json
from dataclasses import dataclass

import pytest

from tests.chaos.killing import Killer
from tests.rehearsal import BUT_THE_RUN, Rehearsal, Run, key, new_project
from tests.sandbox.neighbours import Cloud

pytestmark = [pytest.mark.xdist_group("teardown"), pytest.mark.slow, pytest.mark.timeout(600)]

MOST_ATTEMPTS = 40
PARTS = 16


@dataclass
class Stage:
    """A set-up among things of others, and what `teardown` said and left."""

    rehearsal: Rehearsal
    cloud: Cloud
    neighbours: dict
    plan: Run
    refused: Run
    torn: Run
    left: dict

    @property
    def memory(self) -> dict:
        """What is remembered of the cloud."""
        state = json.loads((self.rehearsal.folder / ".mlops-wizard" / "state.json").read_text())
        return state["clouds"]["sandbox"]["steps"]


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    rehearsal = Rehearsal(new_project(tmp_path_factory.mktemp("teardown") / "project"))
    rehearsal.start(600)
    try:
        cloud = Cloud(rehearsal.environment(), rehearsal.folder / ".mlops-wizard" / "sandbox" / "state.sqlite")
        cloud.group("rg-wine-prod")  # was there before the set-up, which takes it
        cloud.group("rg-theirs")
        cloud.code("theirs")
        neighbours = cloud.inventory()
        applied = rehearsal.walk("apply", "--yes", *BUT_THE_RUN)
        assert applied.exit_code == 0, applied.explain()
        cloud.account("rg-wine-test", "theirsintest")
        cloud.account("rg-theirs", "theirs")
        cloud.vault("rg-theirs", "kv-theirs-8449")
        cloud.secret("kv-theirs-8449", "theirs")
        vault = next(each for each in cloud.inventory()["resources"] if "vaults/kvwinecmr" in each)
        cloud.secret(vault.rpartition("/")[2], "their-secret")
        cloud.cluster("rg-wine-dev", "dbw-wine-dev", "their-cluster")
        plan = rehearsal.walk("teardown", "--plan")
        refused = rehearsal.wizard("teardown", "--sandbox", "--json")
        torn = rehearsal.walk("teardown", "--yes")
        yield Stage(rehearsal, cloud, neighbours, plan, refused, torn, cloud.inventory())
    finally:
        rehearsal.stop()


def ends(run: Run) -> dict[str, set[str]]:
    """How it ended for the things of every step."""
    found: dict[str, set[str]] = {}
    for event in run.of("removal"):
        found.setdefault(key(event), set()).add(event["result"])
    return found


def losses(run: Run) -> str:
    return "\n".join(action["loses"] for event in run.of("step.planned") for action in event["actions"])


def test_the_plan_tells_what_is_taken_along_and_changes_nothing(stage):
    assert stage.plan.exit_code == 0
    assert stage.plan.summary["actions"] == 0
    assert "cluster their-cluster" in losses(stage.plan)
    assert "secret their-secret" in losses(stage.plan)
    assert "could not be listed" not in losses(stage.plan)
    kept = [each["thing"] for event in stage.plan.of("step.planned") for each in event["kept"]]
    assert sorted(kept) == ["resource group rg-wine-prod", "resource group rg-wine-test"]
    goes_with = {key(event): event["goes_with"] for event in stage.plan.of("step.planned") if event["goes_with"]}
    assert goes_with["databricks.cluster@test"] == "Databricks workspace"
    assert goes_with["storage.dataset@dev"] == "Storage account"


def test_without_anybody_to_type_the_name_it_is_not_begun(stage):
    assert stage.refused.returncode == 2
    assert "--yes" in stage.refused.stderr


def test_exactly_what_is_not_ours_remains(stage):
    assert stage.torn.exit_code == 0, stage.torn.explain()
    before = stage.neighbours
    assert stage.left == before | {
        "groups": sorted([*before["groups"], "rg-wine-test"]),
        "resources": [
            "rg-theirs/providers/Microsoft.KeyVault/vaults/kv-theirs-8449",
            "rg-theirs/providers/Microsoft.Storage/storageAccounts/theirs",
            "rg-wine-test/providers/Microsoft.Storage/storageAccounts/theirsintest",
        ],
        "roles": stage.left["roles"],
    }
    assert len(stage.left["roles"]) == len(before["roles"]) + 1  # the one of their vault
    assert stage.left["deleted"] == []


def test_each_thing_is_told_with_how_it_ended(stage):
    found = ends(stage.torn)
    assert found["azure.groups@dev"] == found["databricks.workspaces@prod"] == found["aks.compute@test"] == {"deleted"}
    assert found["azure.groups@test"] == found["azure.groups@prod"] == {"kept"}
    assert found["devops.run-test@test"] == {"absent"}
    why = next(event["why"] for event in stage.torn.of("removal") if key(event) == "azure.groups@test")
    assert "storageAccounts theirsintest" in why


def test_memory_and_secrets_are_gone_and_answers_stay(stage):
    folder = stage.rehearsal.folder
    assert [name for name in stage.memory if "@" in name] == ["azure.groups@prod", "azure.groups@test"]
    assert {"signin.azure", "plan.names"} <= stage.memory.keys()
    assert "repo.devops" not in stage.memory
    assert [file.name for file in folder.glob("env*")] == []
    assert 'prefix = "wine"' in (folder / "mlops-wizard.toml").read_text()


def test_a_second_time_nothing_is_there(stage):
    again = stage.rehearsal.walk("teardown", "--yes")
    assert again.exit_code == 0
    assert again.summary["actions"] == 0
    assert {result for results in ends(again).values() for result in results} == {"absent", "kept"}


def test_the_same_names_can_be_had_again_and_a_killed_teardown_goes_on(stage):
    applied = stage.rehearsal.walk("apply", "--yes", *BUT_THE_RUN)
    assert applied.exit_code == 0, applied.explain()
    killer = Killer(stage.rehearsal, "during", parts=PARTS, verb="teardown")
    for _ in range(MOST_ATTEMPTS):
        attempt = killer.attempt()
        if attempt.ended:
            break
    assert attempt.ended
    stands = [
        each for each in attempt.events if each["event"] == "removal" and (each["ours"] or each["result"] == "failed")
    ]
    assert (attempt.events[-1]["exit_code"], stands) == (0, [])
    assert killer.done
    assert stage.cloud.inventory() == stage.left
    assert [name for name in stage.memory if "@" in name] == ["azure.groups@prod", "azure.groups@test"]
