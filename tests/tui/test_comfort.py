"""Help where one is."""

from __future__ import annotations

from tests.tui.conftest import Stage, place, shown, straight_to_checklist, until

SIZE = (120, 40)


async def test_f1_shows_the_page_of_the_selected_step_and_the_keys_are_one_key_away(stage: Stage) -> None:
    app = stage.app()
    async with app.run_test(size=SIZE) as pilot:
        await straight_to_checklist(pilot)
        app.screen.query_one("#steps").select("databricks.cluster@dev")
        await pilot.press("f1")
        await until(pilot, lambda: place(pilot) == "PageScreen")
        text = shown(pilot)
        assert "databricks.cluster" in text
        assert "What proves it" in text
        await pilot.press("question_mark")
        await until(pilot, lambda: place(pilot) == "HelpScreen")
        await pilot.press("escape")
        await until(pilot, lambda: place(pilot) == "checklist")
        await pilot.press("f1", "f1")
        await until(pilot, lambda: place(pilot) == "checklist")


async def test_f1_shows_the_keys_where_no_step_is_selected(stage: Stage) -> None:
    app = stage.app()
    async with app.run_test(size=SIZE) as pilot:
        await straight_to_checklist(pilot)
        await pilot.press("S")
        await until(pilot, lambda: place(pilot) == "status")
        await pilot.press("f1")
        await until(pilot, lambda: place(pilot) == "HelpScreen")
