"""Every scenario through the real wizard: played, explained, cleared, and the same wizard goes on from there."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
import yaml

from tests.long_engine import LongEngine
from tests.rehearsal import BUT_THE_RUN, ROOT, Rehearsal, Run, key, new_project
from tests.sandbox.scenario_rows import ELSEWHERE, PATIENT, ROWS, YOU, Row
from wizard.engine.diagnosis import RULES, rules
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.entra.directory import Directory
from wizard.sandbox.scenarios.catalogue import scenarios
from wizard.sandbox.scenarios.player import Player
from wizard.sandbox.store import Store

pytestmark = [pytest.mark.xdist_group("scenarios-through-wizard"), pytest.mark.slow]

SPEED = 6000
# The failures that a wizard up to the service has to explain, and that a state of the cloud can lead to.
NUMBERS = {f"F{number:02}" for number in (*range(1, 23), 24, 26, 27, 34, 35, 36, 37)}
MEMBERS = "devops_member"


class Stage:
    """A set-up that is complete, its cloud, and one engine that lives through all scenarios."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        self.rehearsal = rehearsal
        self.cloud = rehearsal.folder / ".mlops-wizard" / "sandbox"
        self.engine = LongEngine(rehearsal.folder)

    @contextmanager
    def prepared(self, row: Row) -> Iterator[None]:
        """What is taken back, forgotten or withheld for one row."""
        if row.undo:
            taken_back = self.engine.walk("undo", *row.undo)
            assert taken_back.exit_code == 0, taken_back.explain()
        if row.afresh:
            self.engine.restart()
        with self.only_token() if row.only_token else nullcontext():
            yield

    @contextmanager
    def only_token(self) -> Iterator[None]:
        """The service principal is no member of the organisation; the person whose token is handed out is."""
        store = Store(self.cloud / "state.sqlite")
        try:
            principals = Directory(Cloud(self.cloud, store)).service_principals()
            members = {each.object_id: store.get(MEMBERS, each.object_id) for each in principals}
            for name in members:
                store.delete(MEMBERS, name)
            yield
            for name, member in members.items():
                store.put(MEMBERS, name, member)
        finally:
            store.close()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    rehearsal = Rehearsal(new_project(tmp_path_factory.mktemp("scenarios") / "project"))
    rehearsal.start(SPEED)
    try:
        first = rehearsal.walk("apply", "--yes", *BUT_THE_RUN)
        assert first.exit_code == 0, first.explain()
        stage = Stage(rehearsal)
        yield stage
        stage.engine.close()
    finally:
        rehearsal.stop()


def last_of(run: Run, step: str) -> dict:
    """What was said last of a step."""
    return [event for event in run.of("step.checked") if step in (event["step"], key(event))][-1]


@pytest.mark.parametrize("name", [*PATIENT, *ROWS])
def test_the_wizard_explains_it_and_goes_on_from_there(stage: Stage, name: str) -> None:
    row = ROWS.get(name, Row("databricks.workspaces@dev", "ok", ""))
    with stage.prepared(row):
        with Player(stage.cloud) as player:
            player.play(name)
        try:
            run = stage.engine.walk(row.verb, row.step)
        finally:
            with Player(stage.cloud) as player:
                player.clear(name)
    said = last_of(run, row.step)
    assert (said["status"], said["who"]) == (row.status, row.who), run.explain()
    if name not in PATIENT:
        assert said["diagnosis"] == scenarios()[name].failure, run.explain()
        assert said["fix"]
        assert bool(said["message_to_send"]) == (row.who != YOU), said
        assert "Traceback" not in str(said)
    if row.leaves:
        taken_back = stage.engine.walk("undo", row.step)
        assert taken_back.exit_code == 0, taken_back.explain()
    after = stage.engine.walk("apply", *(row.undo or (row.step,)), row.step)
    assert last_of(after, row.step)["status"] == "ok", after.explain()


def test_the_table_covers_exactly_the_scenarios() -> None:
    assert set(scenarios()) == {*ROWS, *PATIENT, *ELSEWHERE}
    for name, place in ELSEWHERE.items():
        assert f'"{name}"' in (ROOT / place).read_text()


def test_every_rule_is_reached_by_a_scenario_or_a_fixture() -> None:
    """Each number of the catalogue by a scenario where one can be played, each single rule by what a service said."""
    files: list[Path] = sorted(RULES.with_name("fixtures").glob("*.yaml"))
    fixtures = {fixture["rule"] for file in files for fixture in yaml.safe_load(file.read_text())}
    played = {scenarios()[name].failure for name in ROWS}
    by_fixture = {rule.id for rule in rules() if rule.name in fixtures}
    assert NUMBERS - (played | by_fixture) == set()
    assert NUMBERS - played == set()
    assert {rule.name for rule in rules()} == fixtures
