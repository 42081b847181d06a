"""Where the keys go when the terminal, or the page, comes to the front again."""

from __future__ import annotations

from textual import events

from tests.tui.conftest import Stage, place, to_checklist, until


async def test_a_dialog_that_came_up_unseen_has_its_focus_when_it_is_seen(stage: Stage) -> None:
    app = stage.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await to_checklist(pilot)
        app.post_message(events.AppBlur())
        await until(pilot, lambda: not app.app_focus)
        app.action_command("apply-step")
        await until(pilot, lambda: place(pilot) == "ConfirmScreen")
        assert app.focused is None
        app.post_message(events.AppFocus())
        await until(pilot, lambda: app.focused is not None)
        assert app.focused.id == "no"


async def test_what_had_the_focus_gets_it_back(stage: Stage) -> None:
    app = stage.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await to_checklist(pilot)
        await pilot.press("s")
        await until(pilot, lambda: place(pilot) == "ConfirmScreen")
        await pilot.press("tab")
        had = app.focused
        for event in (events.AppBlur(), events.AppFocus()):
            app.post_message(event)
        await until(pilot, lambda: app.app_focus and app.focused is had)
