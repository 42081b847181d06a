"""The environment matrix: what is one row, what is counted, and the way there and back by keys and by mouse."""

from __future__ import annotations

import pytest

from tests.tui.conftest import Stage, ended, place, shown, straight_to_checklist, until
from wizard.engine import events
from wizard.steps.outline import OUTLINE
from wizard.tui.board import Board
from wizard.tui.matrix import columns_of, counts, rows_of
from wizard.tui.widgets.matrix_text import age
from wizard.tui.widgets.matrix_view import CELL, MatrixView, title_width

TWINS = (
    (0, "Zero", (("signin", "Sign in", ()), ("groups", "Group", ("dev", "test", "prod")))),
    (2, "Test", (("run-test", "Run", ("test",)), ("a", "Same", ("test",)), ("b", "Same", ("test",)))),
    (3, "Prod", (("run-prod", "Run", ("prod",)), ("scope", "Scope", ("cmr",)))),
)


def board(outline=TWINS, wall=1000.0) -> Board:
    made = Board("sandbox", now=lambda: 0.0, clock=lambda: "12:00:00", wall=lambda: wall)
    made.outline(outline, {})
    return made


def test_what_does_the_same_in_other_environments_is_one_row() -> None:
    found = rows_of(board().stages)
    assert [(row.title, sorted(row.cells)) for row in found] == [
        ("Sign in", [""]),
        ("Group", ["dev", "prod", "test"]),
        ("Run", ["prod", "test"]),
        ("Same", ["test"]),
        ("Same", ["test"]),
        ("Scope", ["cmr"]),
    ]
    assert found[2].cells["prod"].id == "run-prod"
    assert found[2].stage.title == "Test"
    assert columns_of(board().stages) == ["", "dev", "test", "prod", "cmr"]


def test_every_step_of_the_real_outline_has_its_cell() -> None:
    made = board(OUTLINE)
    rows = rows_of(made.stages)
    assert sorted(step.key for row in rows for step in row.cells.values()) == sorted(made.rows)
    assert len({row.key for row in rows}) == len(rows)


def test_counts_go_by_live_checks_and_leave_out_what_was_left_out() -> None:
    made = board()
    for step, environment, status, message in (
        ("groups", "dev", "ok", ""),
        ("groups", "test", "warn", ""),
        ("groups", "prod", "fail", ""),
        ("run-test", "test", "unknown", ""),
        ("run-prod", "prod", "skip", "left out: not now"),
    ):
        made.apply(events.Checked(step, environment, status, message, "", 0.1, left_out=status == "skip"))
    of = lambda name: counts(row for row in made.steps if row.environment == name)  # noqa: E731
    assert (of("dev"), of("test"), of("prod"), of("cmr")) == ((1, 0, 0), (1, 3, 0), (0, 0, 1), (0, 1, 0))


@pytest.mark.parametrize(("passed", "words"), [(5, "5 s ago, live"), (600, "10 min ago, live")])
def test_the_age_of_a_finding_is_told(passed: int, words: str) -> None:
    times = [1000.0]
    made = Board("sandbox", now=lambda: 0.0, clock=lambda: "12:00:00", wall=lambda: times[0])
    made.outline(TWINS, {})
    row = made.rows["groups@dev"]
    assert age(made, row) == ""
    made.apply(events.Checked("groups", "dev", "ok", "m", "p", 0.1))
    times[0] += passed
    assert age(made, row) == words
    row.remember({"status": "ok", "checked": "1970-01-01T00:10:00+00:00"})
    assert "earlier session" in age(made, row)


async def open_matrix(pilot) -> MatrixView:
    await straight_to_checklist(pilot)
    await pilot.press("m")
    await until(pilot, lambda: place(pilot) == "matrix" and pilot.app.screen.query("MatrixView"))
    await pilot.pause()
    return pilot.app.screen.query_one(MatrixView)


async def test_there_and_back_by_keys(stage: Stage) -> None:
    app = stage.app("whole", "halfway")
    async with app.run_test(size=(80, 24)) as pilot:
        view = await open_matrix(pilot)
        assert app.screen.selected.key == "azure.quota", "the cursor is where it was on the checklist"
        await pilot.press("down", "right", "right", "right")
        assert app.screen.selected.key == "azure.groups@prod"
        assert "GET https://management.azure.com/azure.groups" in shown(pilot)
        await pilot.press("end", "right", "right")
        assert view.environment == "cmr"
        await pilot.press("left", "enter")
        assert app.screen.selected is None
        assert place(pilot) == "matrix", "there is nothing to go to"
        await pilot.press("right", "enter")
        await until(pilot, lambda: place(pilot) == "checklist")
        assert app.screen.selected.key == "cmr.scope@cmr"


async def test_the_same_by_mouse(stage: Stage) -> None:
    app = stage.app("whole", "halfway")
    async with app.run_test(size=(120, 40)) as pilot:
        view = await open_matrix(pilot)
        x = title_width(view.line_width, 5) + 3 * CELL + 2
        await pilot.click(view, offset=(x, 7))
        await until(pilot, lambda: app.screen.selected and app.screen.selected.key == "azure.groups@prod")
        await pilot.click(view, offset=(x, 7))
        await until(pilot, lambda: place(pilot) == "checklist")
        assert app.screen.selected.key == "azure.groups@prod"


async def test_a_cell_a_row_or_a_column_is_checked_again(stage: Stage) -> None:
    app = stage.app("whole", "halfway")
    async with app.run_test(size=(120, 40)) as pilot:
        await open_matrix(pilot)
        await pilot.press("down", "right")
        for key, expected in (
            ("r", {"azure.groups@dev"}),
            ("w", {f"azure.groups@{each}" for each in ("dev", "test", "prod", "cmr")}),
            ("e", {row.key for row in app.board.steps if row.environment == "dev"}),
        ):
            app.board.summary = None
            asked: list[set[str]] = []
            ask = app.link.ask
            app.link.ask = lambda command, ask=ask, asked=asked: (asked.append(set(command["steps"])), ask(command))
            await pilot.press(key)
            await ended(pilot, "check")
            app.link.ask = ask
            assert asked == [expected]


async def test_cells_follow_what_the_engine_finds(stage: Stage) -> None:
    app = stage.app("whole")
    async with app.run_test(size=(120, 40)) as pilot:
        await open_matrix(pilot)
        assert "○1" in shown(pilot)
        app.ask("apply", ["signin.azure"], yes=True)
        await until(pilot, lambda: app.screen.selected.good and "✓1" in shown(pilot))
        assert "rita@contoso.example" in shown(pilot)
