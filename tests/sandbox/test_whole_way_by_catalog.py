"""The whole way where new workspaces have neither mounts nor a registry of their own: volumes, and Unity Catalog."""

import re
from collections.abc import Iterator

import pytest

from tests.rehearsal import Rehearsal, Run, key, new_project
from tests.sandbox.conftest import VERY_FAST
from wizard.sandbox.scenarios.player import Player

pytestmark = [pytest.mark.xdist_group("by-catalog"), pytest.mark.slow, pytest.mark.timeout(600)]

SECRETS = ("cmr.secrets@cmr", "cmr.scope@prod")
CENTRAL = r"dbw_wine_cmr\.models\.sk-learn-linear-reg-model"


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    rehearsal = Rehearsal(new_project(tmp_path_factory.mktemp("by-catalog") / "project"))
    rehearsal.start(VERY_FAST)
    try:
        with Player(rehearsal.folder / ".mlops-wizard" / "sandbox") as player:
            player.play("x-new-workspaces")
        yield rehearsal
    finally:
        rehearsal.stop()


@pytest.fixture(scope="module")
def first(rehearsal: Rehearsal) -> Run:
    return rehearsal.walk("apply", "--all", "--yes")


def test_it_ends_well_by_the_other_route(first):
    assert first.exit_code == 0, first.explain()
    last = {key(event): event for event in first.of("step.checked")}
    assert {name for name, event in last.items() if event["left_out"]} == set(SECRETS)
    assert all("Unity Catalog" in last[name]["message"] for name in SECRETS), "and why is said"
    assert "/Volumes/" in last["databricks.mount@prod"]["proof"]
    assert re.search(CENTRAL, last["registry.model-cmr@prod"]["message"])
    assert last["cmr.registry@prod"]["message"].startswith("databricks-uc: ")
    assert float(re.search(r"by at most (\S+)$", last["service.prod@prod"]["proof"])[1]) <= 1e-9


def test_prods_version_is_the_champion_and_of_the_releases_run(rehearsal, first, monkeypatch):
    from databricks.sdk import WorkspaceClient

    from tests.sandbox.conftest import enter
    from wizard.engine.secrets import read_exports

    assert first.exit_code == 0
    enter(rehearsal.environment(), monkeypatch)
    exports = read_exports(rehearsal.folder / "env.prod.sh")
    prod = WorkspaceClient(host=exports["DATABRICKS_HOST"], token=exports["DATABRICKS_TOKEN"])
    name = "dbw_wine_cmr.models.sk-learn-linear-reg-model"
    model = prod.registered_models.get(name, include_aliases=True)
    assert [(each.alias_name, each.version_num) for each in model.aliases] == [("champion", 1)]
    (version,) = prod.model_versions.list(name)
    tags = {tag.key: tag.value for tag in prod.experiments.get_run(version.run_id).run.data.tags}
    found = {event["step"]: event for event in first.of("step.checked")}
    assert tags["pipeline_run"] == re.search(r"run (\d+) is of", found["devops.run-prod"]["proof"])[1]


def test_a_second_apply_does_nothing(rehearsal, first):
    assert first.exit_code == 0
    again = rehearsal.walk("apply", "--all", "--yes")
    assert again.exit_code == 0, again.explain()
    assert again.summary["actions"] == 0


def test_teardown_takes_the_shared_schema_back_too(rehearsal, first, monkeypatch):
    assert first.exit_code == 0
    gone = rehearsal.walk("teardown", "--yes")
    assert gone.exit_code == 0, gone.explain()
    removed = {event["thing"]: event["result"] for event in gone.of("removal")}
    assert removed["Delete schema dbw_wine_cmr.models and the model's versions"] == "deleted"
    assert set(removed.values()) <= {"deleted", "absent"}
