"""The status: rows with what to do next, values that go stale, and areas that do not hide each other."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.unit.fake_cloud import fake_cloud
from wizard.clients.clusters import Cluster
from wizard.clients.ml_services import MLService
from wizard.clients.models import TrackedRun
from wizard.clients.pipeline_runs import Run
from wizard.clients.service_connections import ServiceConnection
from wizard.clients.tokens import Token
from wizard.clients.variable_groups import Variable, VariableGroup
from wizard.clients.vault_secrets import SecretLife
from wizard.engine.events import StatusRead
from wizard.operations.status import clusters, endpoints, expiries, models, operation, runs, variables
from wizard.operations.status.memory import FAILED, Memory, Probes
from wizard.operations.status.rows import Area, Reading, Row, Stale, State, exit_code
from wizard.operations.status.times import age, left

NOW = 1_790_000_000.0
DAY = 86_400.0
SERVICE = MLService("wine-quality", "Healthy", "https://x/score", "aks", True, {"registered_version": "2"}, {}, "1")
RUN = TrackedRun("r" * 32, "FINISHED", {"r2": 0.38, "rmse": 0.62}, {}, {"pipeline_run": "7", "commit": "c" * 40})
FOUND = models.Found("wine", "3", "Staging 3", NOW - 7_200, RUN.id)
CLUSTER = Cluster("1", "wine-dev", "RUNNING", "", "", "16.4", "DS3", 0, 30, {}, NOW - 3_600)
GROUP = VariableGroup(1, "test-env", {"MODEL": Variable("x")}, False, "", "Ann", datetime.fromtimestamp(NOW - 60, UTC))
ROW = Row("k", "thing", "test", State.OK, {"latency": "41 ms", "state": "Healthy"})


def test_times_are_in_words():
    assert [age(NOW - each, NOW) for each in (5, 90, 7_200, 3 * DAY)] == ["5 s", "2 min", "2 h", "3 d"]
    assert (age(0.0, NOW), left(0.0, NOW)) == ("", "never ends")
    assert (left(NOW + DAY, NOW), left(NOW - DAY, NOW)) == ("ends in 1 d", "ended 1 d ago")


def test_a_model_shows_what_its_run_says():
    row = models.model_row("test", FOUND, {RUN.id: RUN}, NOW)
    assert row.state is State.OK
    assert row.cells == {
        **{"version": "3", "stage or alias": "Staging 3", "age": "2 h", "r2": "0.3800", "rmse": "0.6200"},
        **{"run": "rrrrrrrr", "made by": "run 7 cccccccc"},
    }


def test_runs_that_cannot_be_read_make_only_their_cells_stale():
    row = models.model_row("test", FOUND, "no answer", NOW)
    assert {each.cell for each in row.stale} == {"r2", "rmse", "made by"}
    assert row.cells["version"] == "3"


@pytest.mark.parametrize(("served", "state"), [("2", State.WARN), ("3", State.OK), ("", State.OK)])
def test_a_new_version_that_nobody_serves_is_told(served, state):
    row = models.model_row("test", FOUND, {}, NOW, models.Served(served, "", "wine", "test"))
    assert row.state is state
    assert ("Nobody serves version 3" in row.advice) == (state is State.WARN)
    assert ("devops.run-test@test" in row.advice) == (state is State.WARN)


@pytest.mark.parametrize(
    ("service", "wrong", "state", "words"),
    [
        (SERVICE, "", State.OK, ""),
        (SERVICE, "it answers 500", State.FAIL, "it answers 500"),
        (replace(SERVICE, state="Failed", error={"message": "no memory"}), "", State.FAIL, "no memory"),
        (replace(SERVICE, state="Transitioning"), "", State.WARN, "being deployed"),
    ],
)
def test_a_service_that_is_not_well_says_what_to_do(service, wrong, state, words):
    row = endpoints.row_of(service, "test", Probes(), "ok 1 h ago", wrong)
    assert row.state is state
    assert words in row.advice
    assert ("service.test@test" in row.advice) == (state is not State.OK)


def test_probes_count_what_failed():
    probes = Probes()
    for each in (40.0, FAILED, 44.0, FAILED):
        probes.add(each)
    row = endpoints.row_of(SERVICE, "test", probes, "never", "")
    assert (row.cells["latency"], row.cells["failed"]) == ("no good answer", "2 of 4")
    assert row.trend == (40.0, FAILED, 44.0, FAILED)


def test_only_the_newest_run_of_a_branch_needs_somebody():
    one = Run(2, "2", "completed", "failed", "c" * 40, "refs/heads/main", ("no agent",))
    found = runs.rows([one, replace(one, id=1), replace(one, id=0, branch="refs/tags/v1")], {}, NOW)
    assert [row.state for row in found] == [State.FAIL, State.OK, State.FAIL]
    assert "no agent" in found[0].advice
    assert "devops.run-prod@prod" in found[2].advice


@pytest.mark.parametrize(
    ("cluster", "state"),
    [
        (CLUSTER, State.OK),
        (replace(CLUSTER, autotermination_minutes=0), State.WARN),
        (replace(CLUSTER, started=NOW - DAY), State.WARN),
        (replace(CLUSTER, state="TERMINATED", reason_code="INACTIVITY"), State.OK),
        (replace(CLUSTER, state="TERMINATED", reason_code="CLOUD_PROVIDER_LAUNCH_FAILURE"), State.FAIL),
    ],
)
def test_a_cluster_that_costs_or_fails_says_so(cluster, state):
    [row] = clusters.rows([cluster], "wine-dev", "dev", "host", NOW)
    assert row.state is state
    assert bool(row.advice) == (state is not State.OK)


def test_a_cluster_that_is_gone_and_others_that_run():
    found = clusters.rows([CLUSTER, replace(CLUSTER, id="2", name="off", state="TERMINATED")], "mine", "dev", "h", NOW)
    assert [(row.title, row.state) for row in found] == [("mine", State.FAIL), ("wine-dev", State.OK)]
    assert found[1].cells["cost"] == "1.0 machine hours since its start"


@pytest.mark.parametrize(
    ("end", "state"), [(NOW - 60, State.FAIL), (NOW + 3 * DAY, State.WARN), (NOW + 90 * DAY, State.OK), (0, State.OK)]
)
def test_a_token_that_ends_is_told_before(end, state):
    found = expiries.token_rows([Token("id", "ours", end), Token("x", "other", 1.0)], "id", "ours", "test", NOW)
    row = next(each for each in found if each.title == "ours")
    assert row.state is state
    assert ("mlops-wizard rotate test" in row.advice) == (state is not State.OK)
    assert all(each.state is State.OK for each in found if each is not row)


def test_a_token_that_is_no_longer_listed_is_told():
    [row] = expiries.token_rows([], "0123456789", "ours", "cmr", NOW)
    assert row.state is State.FAIL
    assert "mlops-wizard rotate cmr" in row.advice


def test_the_vaults_secrets_and_connections():
    assert expiries.secret_row(SecretLife("cmr-token", True, NOW + 90 * DAY), "cmr", NOW).state is State.OK
    disabled = expiries.secret_row(SecretLife("cmr-token", False, 0.0), "cmr", NOW)
    assert (disabled.state, "cmr.secrets@cmr" in disabled.advice) == (State.FAIL, True)
    assert "does not use it" in expiries.secret_row(SecretLife("other", True, 1.0), "cmr", NOW).advice
    connection = ServiceConnection("1", "n", "WorkloadIdentityFederation", True, "", "", "", "", "")
    assert expiries.connection_row(connection, "test").cells["ends"] == "never: no secret"
    assert "no trust" in expiries.connection_row(replace(connection, ready=False, problem="no trust"), "test").advice
    assert expiries.connection_row(None, "test").state is State.FAIL


def test_a_variable_that_somebody_changed_is_told_with_who_and_when():
    row = variables.row_of(GROUP, "test-env", ["MODEL is 'x' instead of 'y'"], "test", NOW)
    assert row.state is State.WARN
    assert "MODEL is 'x' instead of 'y'. Ann changed the group 1 min ago. mlops-wizard apply" in row.advice
    assert variables.row_of(GROUP, "test-env", [], "test", NOW).advice == ""
    assert variables.row_of(None, "test-env", [], "test", NOW).state is State.FAIL


def test_a_part_that_cannot_be_read_keeps_its_last_values_with_their_age():
    memory = Memory()
    assert not memory.unread("p", "429").known
    memory.read("p", [ROW], NOW)
    [row] = memory.unread("p", "429").rows
    assert (row.cells, row.stale) == (ROW.cells, (Stale("", "429", NOW),))
    assert memory.unread("p", "again").rows[0].stale == (Stale("", "again", NOW),), "the first reading is its age"
    assert memory.read("p", [ROW], NOW + 9).rows[0].stale == ()


def test_a_cell_that_cannot_be_read_keeps_its_last_value():
    memory = Memory()
    memory.read("p", [ROW], NOW)
    broken = replace(ROW, cells={"latency": "—", "state": "Healthy"}, stale=(Stale("latency", "no key"),))
    for later in (9, 18):
        [row] = memory.read("p", [broken], NOW + later).rows
        assert row.cells["latency"] == "41 ms"
        assert row.stale == (Stale("latency", "no key", NOW),)
    assert Memory().read("p", [broken], NOW).rows[0].stale[0].read_at == 0.0, "never read"


@pytest.mark.parametrize(
    ("rows", "unread", "code"),
    [
        ([ROW], False, 0),
        ([ROW], True, 3),
        ([replace(ROW, stale=(Stale("", "x"),))], False, 3),
        ([replace(ROW, state=State.WARN)], True, 1),
        ([], False, 1),
    ],
)
def test_the_exit_code_says_how_it_stands(rows, unread, code):
    assert exit_code([Reading(Area("a", "A", ()), tuple(rows), unread=unread)]) == code


async def test_an_area_that_fails_hides_no_other_and_nothing_set_up_is_no_error(tmp_path, monkeypatch):
    cloud = await fake_cloud(tmp_path)

    async def refuse(*_):
        raise OSError("no answer")

    part = replace(clusters.CLUSTERS.parts[0], read=refuse, facts=())
    broken = replace(clusters.CLUSTERS, parts=(part,))
    others = tuple(each for each in operation.SOURCES if each.area.name in ("drift", "runs", "variables"))
    monkeypatch.setattr(operation, "SOURCES", (broken, *others))
    assert await operation.status(cloud.session, {}) in (1, 3)
    told = {each.area: each for each in cloud.said if isinstance(each, StatusRead)}
    assert set(told) == {"clusters", "drift", "runs", "variables"}
    assert told["clusters"].unread
    assert "no answer" in told["clusters"].remarks[0]
    assert not told["runs"].unread
    assert "not set up yet" in told["runs"].remarks[0]
