"""Whether prod is a replica of test: asked when it is opened, surprises first, read again, copied."""

from __future__ import annotations

from tests.tui.conftest import Stage, place, shown, straight_to_checklist, until
from wizard.engine import events
from wizard.tui.board import Board
from wizard.tui.screens.difference import DifferenceScreen
from wizard.tui.widgets.difference_list import DifferenceList


async def open_differences(pilot) -> None:
    await straight_to_checklist(pilot)
    await pilot.press("m")
    await until(pilot, lambda: place(pilot) == "matrix")
    await pilot.press("d")
    await until(pilot, lambda: isinstance(pilot.app.screen, DifferenceScreen))


async def test_surprises_come_first_with_both_values_and_the_reason(stage: Stage) -> None:
    app = stage.app("whole", "halfway")
    async with app.run_test(size=(120, 40)) as pilot:
        await open_differences(pilot)
        await until(pilot, lambda: "prod is no exact replica of test" in shown(pilot))
        found = app.screen.query_one(DifferenceList)
        assert found.selected.title == "Variables: MODEL"
        text = shown(pilot)
        assert "2 surprises, 1 not set up, 1 not read" in text
        assert "it should be the same model" in text
        assert text.index("2 surprises") < text.index("4 expected") or "17.3.x" in text
        await pilot.press("end")
        assert found.selected.name == "node type"
        await pilot.press("home", "down")
        await pilot.click(found, offset=(10, 5))
        await until(pilot, lambda: found.selected.section == "Kubernetes")
        await pilot.press("y")
        await until(pilot, lambda: "surprise: Variables: MODEL: sk-learn" in app.clipboard)
        assert "node type" not in app.clipboard, "what is the same is not copied"
        await pilot.press("escape")
        await until(pilot, lambda: place(pilot) == "matrix")


async def test_a_replica_is_called_one(stage: Stage) -> None:
    app = stage.app("whole", "halfway", "replica")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_differences(pilot)
        await until(pilot, lambda: "prod is an exact replica of test" in shown(pilot))
        assert "4 expected, 2 the same" in shown(pilot)


async def test_it_says_that_it_reads_and_reads_again_on_demand(stage: Stage) -> None:
    app = stage.app("whole", "halfway", "slow-diff")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_differences(pilot)
        await until(pilot, lambda: "Reading both environments" in shown(pilot))
        stage.let_go()
        await until(pilot, lambda: "no exact replica" in shown(pilot))
        app.board.comparison.read_at = ""
        await until(pilot, lambda: not app.link.busy)
        await pilot.press("r")
        await until(pilot, lambda: app.board.comparison.read_at)


async def test_it_waits_for_a_busy_engine(stage: Stage) -> None:
    app = stage.app("whole", "halfway", "held")
    async with app.run_test(size=(80, 24)) as pilot:
        await straight_to_checklist(pilot)
        app.ask("apply", ["databricks.cluster@dev"], yes=True)
        await until(pilot, lambda: app.board.acting)
        await pilot.press("m", "d")
        await until(pilot, lambda: "busy with `apply`" in shown(pilot))
        stage.let_go()
        await until(pilot, lambda: "no exact replica" in shown(pilot))


def test_an_engine_that_cannot_compare_leaves_what_was_read() -> None:
    board = Board("sandbox", now=lambda: 0.0, clock=lambda: "12:00:00")
    board.apply(events.Started("diff", []))
    assert board.comparison.asking
    board.apply(events.Differences("test", "prod", [{"section": "S", "name": "n", "verdict": "odd"}]))
    board.lost("gone")
    assert not board.comparison.asking
    assert (board.comparison.read_at, board.comparison.is_replica) == ("12:00:00", False)
    assert "S: n" in board.comparison.as_text()
