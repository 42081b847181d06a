"""The live status: filled in as it arrives, what needs somebody with what to do, frozen, filtered, sorted, copied."""

from __future__ import annotations

from tests.tui.conftest import Stage, place, shown, straight_to_checklist, until
from wizard.engine.events import StatusRead
from wizard.tui.status_board import StatusBoard
from wizard.tui.widgets.status_list import StatusList


async def open_status(pilot) -> None:
    await straight_to_checklist(pilot)
    await pilot.press("S")
    await until(pilot, lambda: place(pilot) == "status")


async def test_it_opens_from_anywhere_and_shows_all_areas_with_their_age(stage: Stage) -> None:
    app = stage.app("all-ok")
    async with app.run_test(size=(120, 40)) as pilot:
        await straight_to_checklist(pilot)
        await pilot.press("m")
        await until(pilot, lambda: place(pilot) == "matrix")
        await pilot.press("S")
        await until(pilot, lambda: "All well" in shown(pilot) and "updated" in shown(pilot))
        assert "Endpoints" in shown(pilot)
        assert "41 ms ▄▄▄█▄▄▄" in shown(pilot), "the latencies of this session's probes"
        await pilot.press("S")
        assert [getattr(each, "PLACE", "") for each in app.screen_stack].count("status") == 1
        await pilot.press("escape")
        await until(pilot, lambda: place(pilot) == "matrix")


async def test_what_needs_somebody_says_what_to_do_and_what_is_stale_says_why(stage: Stage) -> None:
    app = stage.app("all-ok", "unwell")
    async with app.run_test(size=(120, 40)) as pilot:
        await open_status(pilot)
        await until(pilot, lambda: "Somebody is needed" in shown(pilot))
        await pilot.press("s")
        found = app.screen.query_one(StatusList)
        await pilot.press("home")
        assert found.selected.key == "prod/wine"
        await until(pilot, lambda: "service.prod@prod" in shown(pilot))
        await pilot.press("slash", *"run 2026", "enter")
        await until(pilot, lambda: found.selected and found.selected.key == "2")
        assert "~succeeded" in shown(pilot)
        assert "slow down (429)" in shown(pilot)
        await pilot.press("y")
        await until(pilot, lambda: "stale: all: never read; Azure DevOps asks" in app.clipboard)
        await pilot.press("o")
        await until(pilot, lambda: "https://dev.azure.com/run/2" in app.clipboard)
        await pilot.press("escape", "home")
        await until(pilot, lambda: "Endpoints" in shown(pilot))


async def test_a_refresh_keeps_the_cursor_on_its_row_and_more_pages_are_read_on_demand(stage: Stage) -> None:
    app = stage.app("all-ok")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_status(pilot)
        await until(pilot, lambda: app.board.status.read_at is not None)
        found = app.screen.query_one(StatusList)
        await pilot.press("home", "down", "down", "down")
        assert found.selected.key == "test/model-002"
        scrolled = found.scroll_offset
        await until(pilot, lambda: not app.link.busy)
        await pilot.press("plus")
        await until(pilot, lambda: len(app.board.status.areas["models"].rows) == 100 and not app.link.busy)
        assert (found.selected.key, found.scroll_offset) == ("test/model-002", scrolled)


async def test_it_says_that_it_reads_and_a_frozen_screen_stays_as_it_is(stage: Stage) -> None:
    app = stage.app("all-ok", "slow-status")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_status(pilot)
        await until(pilot, lambda: "Reading." in shown(pilot))
        await pilot.press("z")
        await until(pilot, lambda: "Frozen." in shown(pilot))
        stage.let_go()
        await until(pilot, lambda: app.board.status.read_at is not None)
        assert "Endpoints" not in shown(pilot)
        await pilot.press("z")
        await until(pilot, lambda: "Endpoints" in shown(pilot))


async def test_what_is_not_set_up_says_so(stage: Stage) -> None:
    app = stage.app("all-ok", "empty")
    async with app.run_test(size=(80, 24)) as pilot:
        await open_status(pilot)
        await until(pilot, lambda: "not set up yet: signin.azure comes first" in shown(pilot))
        await until(pilot, lambda: "Nothing is set up yet" in shown(pilot))


def test_odd_rows_of_a_newer_engine_are_shown_as_far_as_they_can_be() -> None:
    board = StatusBoard()
    board.told(StatusRead("new", "New", ["a"], [{"key": "k", "state": "odd"}], [], False, False, 0.0, 0.0))
    [(area, rows)] = board.shown("", by_state=True)
    assert (area.title, rows[0].sparkline, rows[0].as_text()) == ("New", "", "New: : odd")
