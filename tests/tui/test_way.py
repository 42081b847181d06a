"""The way from the welcome to the trained model, as a person walks it."""

from __future__ import annotations

import json

from tests.tui.conftest import Stage, ended, place, shown, to_checklist, until


async def test_a_new_person_gets_to_the_model_by_keys_alone_and_types_no_answer(stage: Stage) -> None:
    app = stage.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await to_checklist(pilot)
        await pilot.press("a")
        await until(pilot, lambda: place(pilot) == "ConfirmScreen")
        assert app.focused is not None
        assert app.focused.id == "no", "the focus of a confirmation starts on Cancel"
        await pilot.press("tab", "enter")
        await ended(pilot, "apply")
        assert app.board.done == len(app.board.rows)
        assert app.screen.selected is not None
        assert app.screen.selected.id == "jobs.train-from-local", "the cursor ends on the aim"
        text = shown(pilot)
        assert "version 1 of" in text
        assert "9/9 ok" in text


async def test_the_same_by_mouse(stage: Stage) -> None:
    app = stage.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await ended(pilot, "check")
        for button, expected in (("#start", "sign-in"), ("#sign-in", "names"), ("#use", "checklist")):
            await pilot.click(button)
            await until(pilot, lambda: place(pilot) == expected, expected)  # noqa: B023
        await ended(pilot, "plan")
        await pilot.click("#steps", offset=(10, 8))
        await until(pilot, lambda: app.screen.selected.id == "databricks.token")
        await pilot.click("#do-copy")
        await until(pilot, lambda: "databricks.token@dev" in app.clipboard)


async def test_a_narrow_terminal_shows_list_and_details_in_turns(stage: Stage) -> None:
    app = stage.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await to_checklist(pilot)
        assert app.screen.query_one("#steps").region.width == 80
        assert not app.screen.query_one("#detail").display
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.query_one("#detail").region.width == 80)
        assert not app.screen.query_one("#steps").display
        assert "Why" in shown(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen.query_one("#steps").region.width == 80)
        assert app.focused.id == "steps"


async def test_who_comes_back_is_told_what_was_ok_and_goes_straight_to_the_checklist(stage: Stage) -> None:
    memory = stage.project / ".mlops-wizard"
    memory.mkdir()
    steps = {"signin.azure": {"status": "ok", "message": "was rita", "proof": "", "checked": "2026-01-02T03:04:05"}}
    (memory / "state.json").write_text(json.dumps({"version": 1, "clouds": {"sandbox": {"steps": steps}}}))
    app = stage.app("all-ok")
    async with app.run_test(size=(120, 40)) as pilot:
        assert "steps were OK" in shown(pilot)
        assert str(app.screen.query_one("#start").label) == "Resume"
        await ended(pilot, "check")
        await pilot.press("enter")
        await until(pilot, lambda: place(pilot) == "checklist")


async def test_a_step_alone_is_confirmed_with_its_fresh_plan(stage: Stage) -> None:
    app = stage.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await to_checklist(pilot)
        await pilot.press("s")
        await until(pilot, lambda: place(pilot) == "ConfirmScreen")
        text = shown(pilot)
        assert "az resource create --name mlops-names" in text
        assert "subscription Rehearsal" in text
        await pilot.press("escape")
        await ended(pilot, "apply")
        assert app.board.rows["plan.names"].status == "todo", "a refused confirmation changes nothing"
        await pilot.press("s")
        await until(pilot, lambda: place(pilot) == "ConfirmScreen")
        await pilot.press("y")
        await until(pilot, lambda: app.board.rows["plan.names"].good)


async def test_signing_in_with_a_code(stage: Stage) -> None:
    app = stage.app("device-code")
    async with app.run_test(size=(80, 24)) as pilot:
        await ended(pilot, "check")
        await pilot.press("enter")
        await until(pilot, lambda: place(pilot) == "sign-in" and app.screen.query("QuestionField"))
        await pilot.press("shift+tab", "shift+tab", "down")
        await until(pilot, lambda: app.board.field("signin.method").value == "device code")
        await pilot.press("enter")
        await until(pilot, lambda: app.board.rows["signin.azure"].notice)
        await until(pilot, lambda: "H7KQ-29XW" in shown(pilot))
        await pilot.press("y")
        await until(pilot, lambda: app.clipboard == "H7KQ-29XW")
        await pilot.press("l")
        await until(pilot, lambda: app.clipboard == "https://microsoft.com/devicelogin")
        stage.let_go()
        await until(pilot, lambda: place(pilot) == "names")


async def test_a_name_that_breaks_a_rule_is_refused_with_the_rule_while_typing(stage: Stage) -> None:
    app = stage.app()
    async with app.run_test(size=(120, 40)) as pilot:
        await ended(pilot, "check")
        await pilot.press("enter")
        await until(pilot, lambda: place(pilot) == "sign-in")
        await pilot.press("enter")
        await until(pilot, lambda: place(pilot) == "names" and app.screen.query("QuestionField"))
        await pilot.press("tab", "1")
        await until(pilot, lambda: "3 to 10 small letters are needed" in shown(pilot))
        await pilot.press("shift+tab", "enter")
        await pilot.pause()
        assert place(pilot) == "names"
        await pilot.press("tab", "backspace", "x")
        await until(pilot, lambda: app.board.field("prefix").value == "mlopsx")
        await until(pilot, lambda: "mlopsx-dev" in shown(pilot), "names derived from the prefix follow")
        assert "are needed" not in shown(pilot)


async def test_the_run_is_shown_live_with_its_metrics(stage: Stage) -> None:
    app = stage.app("all-ok")
    async with app.run_test(size=(120, 40)) as pilot:
        await ended(pilot, "check")
        await pilot.press("enter")
        await until(pilot, lambda: place(pilot) == "checklist")
        await pilot.press("t")
        await until(pilot, lambda: place(pilot) == "TrainScreen")
        await pilot.press("enter")
        await until(pilot, lambda: place(pilot) == "run")
        await ended(pilot, "run")
        text = shown(pilot)
        assert "job line 2" in text
        assert "0.3514" in text
        await pilot.press("escape")
        await until(pilot, lambda: place(pilot) == "checklist")
