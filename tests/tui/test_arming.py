"""Prod is armed by typing the name of its group; a stray key does nothing there, and the header counts down."""

from __future__ import annotations

from textual.widgets import Input

from tests.tui.conftest import Stage, ended, place, shown, straight_to_checklist, until
from wizard.engine import events
from wizard.tui.board import Board

KEY = "azure.groups@prod"
WORD = "rg-wine-prod"
GUARDS = [{"environment": "prod", "word": WORD, "risks": [], "minutes": 10}]


async def ask_for_prod(pilot) -> None:
    pilot.app.screen.query_one("#steps").select(KEY, by_hand=True)
    await until(pilot, lambda: not pilot.app.link.busy)
    await pilot.press("s")
    await until(pilot, lambda: place(pilot) == "ConfirmScreen")


async def test_neither_enter_nor_a_wrong_name_changes_prod_and_once_armed_a_yes_is_enough(stage: Stage) -> None:
    app = stage.app("wide", "halfway", "guarded")
    async with app.run_test(size=(120, 40)) as pilot:
        await straight_to_checklist(pilot)
        await ask_for_prod(pilot)
        assert isinstance(app.focused, Input), "the name can be typed at once"
        await pilot.press("enter")
        await until(pilot, lambda: f"This is not {WORD}" in shown(pilot))
        await pilot.press(*"rg-wine-test", "enter")
        await until(pilot, lambda: f"This is not {WORD}" in shown(pilot))
        assert not app.board.rows[KEY].good
        app.focused.value = WORD
        await pilot.press("enter")
        await until(pilot, lambda: app.board.rows[KEY].good and "prod armed" in shown(pilot))
        app.screen.query_one("#steps").select("azure.rbac@prod", by_hand=True)
        await until(pilot, lambda: not app.link.busy)
        await pilot.press("s")
        await until(pilot, lambda: place(pilot) == "ConfirmScreen")
        assert not app.screen.query("#arm-word"), "it is armed"
        await pilot.press("y")
        await until(pilot, lambda: app.board.rows["azure.rbac@prod"].good)


async def test_escape_is_a_no(stage: Stage) -> None:
    app = stage.app("wide", "halfway", "guarded")
    async with app.run_test(size=(120, 40)) as pilot:
        await straight_to_checklist(pilot)
        await ask_for_prod(pilot)
        await pilot.press("escape")
        await ended(pilot, "apply")
        assert not app.board.rows[KEY].good


async def test_a_name_that_is_typed_where_nothing_asks_for_it_goes_to_its_field(stage: Stage) -> None:
    app = stage.app("wide", "guarded")
    async with app.run_test(size=(120, 40)) as pilot:
        await straight_to_checklist(pilot)
        await pilot.press("a")
        await until(pilot, lambda: place(pilot) == "ConfirmScreen" and app.screen.query("#arm-word"))
        assert app.focused.id == "no", "it may stay empty"
        await pilot.press(*WORD, "enter")
        await until(pilot, lambda: "prod armed" in shown(pilot))
        await until(pilot, lambda: app.board.rows[KEY].good)


async def test_everything_may_be_armed_at_once_or_asked_about_in_its_turn(stage: Stage) -> None:
    app = stage.app("wide", "guarded")
    async with app.run_test(size=(80, 24)) as pilot:
        await straight_to_checklist(pilot)
        await pilot.press("a")
        await until(pilot, lambda: place(pilot) == "ConfirmScreen" and app.screen.query("#arm-word"))
        await pilot.press("y")
        await until(pilot, lambda: place(pilot) == "ConfirmScreen" and "go ahead" in shown(pilot))
        assert app.board.rows["azure.groups@test"].good
        assert not app.board.rows[KEY].good
        await pilot.press("escape")
        await ended(pilot, "apply")
        assert place(pilot) == "checklist", "what waits for it is not asked about"


async def test_a_key_arms_and_disarms(stage: Stage) -> None:
    app = stage.app("wide", "guarded")
    async with app.run_test(size=(80, 24)) as pilot:
        await straight_to_checklist(pilot)
        await pilot.press("A")
        await until(pilot, lambda: place(pilot) == "ConfirmScreen")
        await pilot.press(*WORD, "enter")
        await until(pilot, lambda: place(pilot) == "checklist" and "prod armed 10 min" in shown(pilot))
        await pilot.press("A")
        await until(pilot, lambda: "prod armed" not in shown(pilot))


async def test_where_nothing_is_guarded_there_is_nothing_to_arm(stage: Stage) -> None:
    app = stage.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await straight_to_checklist(pilot)
        await pilot.press("A")
        await until(pilot, lambda: any("Nothing has to be armed" in each.message for each in app._notifications))


def test_the_countdown_ends_by_itself_and_with_the_engine() -> None:
    seconds = [100.0]
    board = Board("sandbox", now=lambda: seconds[0], clock=lambda: "12:00:00")
    board.apply(events.ChecklistShown([], GUARDS))
    board.apply(events.Armed("prod", 600.0))
    board.apply(events.ChecklistShown([], GUARDS))
    told = []
    for passed in (0, 59, 60, 541, 599, 600):
        seconds[0] = 100.0 + passed
        told += board.armings.badges(board.now()) or ["nothing"]
    assert told == [
        *("prod armed 10 min", "prod armed 10 min", "prod armed 9 min"),
        *("prod armed 59 s", "prod armed 1 s", "nothing"),
    ]
    board.apply(events.Armed("prod", 600.0))
    board.lost("The engine stopped.")
    assert not board.armings.armed(board.now())
