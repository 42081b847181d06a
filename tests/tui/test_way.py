"""The way from the welcome to the trained model, as a person walks it."""

from __future__ import annotations

import json

import pytest

from tests.tui.conftest import Stage, ended, place, shown, straight_to_checklist, to_checklist, until


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


def whole(app, question) -> bool:
    fields = app.screen.query_one("#fields").region
    return fields.y < question.region.y and question.region.bottom <= fields.bottom


async def test_twenty_names_are_walked_by_keys_environment_by_environment(stage: Stage) -> None:
    app = stage.app("wide")
    async with app.run_test(size=(80, 24)) as pilot:
        await ended(pilot, "check")
        app.go_to("names")
        await until(pilot, lambda: place(pilot) == "names" and len(app.screen.query("QuestionField")) > 18)
        names = [each.field.name for each in app.screen.query("QuestionField")]
        assert "repo.branch.skip" not in names, "the reason to leave a step out is asked where one leaves it out"
        assert names.index("dev.cluster") < names.index("test.workspace"), "grouped by environment"
        for first in ("prefix", "dev.resource_group", "test.resource_group", "prod.resource_group"):
            await pilot.press("pagedown")
            question = next(each for each in app.screen.query("QuestionField") if each.has_focus_within)
            assert question.field.name == first
            await until(pilot, lambda: whole(app, question), "with its heading and its help in sight")  # noqa: B023
        assert "prod   " in shown(pilot)
        await pilot.press("pageup", "pageup", "pageup", "pageup")
        assert app.focused.id == "use"
        await pilot.press("pagedown", "pagedown", "f2")
        await until(pilot, lambda: place(pilot) == "checklist")


async def test_an_optional_step_is_left_out_for_a_reason_and_taken_in_again(stage: Stage) -> None:
    app = stage.app("wide", "halfway")
    async with app.run_test(size=(80, 24)) as pilot:
        await straight_to_checklist(pilot)
        row = app.board.rows["repo.branch"]
        total = app.board.total
        await pilot.press("l")
        assert place(pilot) == "checklist", "a step that must be done cannot be left out"
        app.screen.query_one("#steps").select(row.key)
        await pilot.press("l")
        await until(pilot, lambda: place(pilot) == "LeaveOutScreen")
        await pilot.press("enter")
        await until(pilot, lambda: "a reason is needed" in shown(pilot))
        await pilot.press(*"trunk", "enter")
        await until(pilot, lambda: row.left_out and not app.link.busy)
        assert "– left out" in shown(pilot)
        assert "left out: trunk" in shown(pilot)
        assert app.board.total == total - 1
        assert row not in app.board.missing
        await pilot.press("l")
        await until(pilot, lambda: place(pilot) == "LeaveOutScreen" and app.screen.query("#take-in"))
        await pilot.click("#take-in")
        await until(pilot, lambda: row.good and not app.link.busy)


async def test_forty_steps_are_jumped_through_and_followed_until_a_person_moves(stage: Stage) -> None:
    app = stage.app("wide", "halfway", "held")
    async with app.run_test(size=(80, 24)) as pilot:
        await straight_to_checklist(pilot)
        steps = app.screen.query_one("#steps")
        await pilot.press("home", "f")
        assert app.screen.selected.id == "azure.quota"
        await pilot.press("u")
        assert app.screen.selected.id == "databricks.cluster"
        await pilot.press("u", "u", "u", "u")
        assert app.screen.selected.id == "azure.quota", "round the end"
        await pilot.press("M")
        assert app.clipboard.startswith("Please raise the quota")
        await pilot.press("home")
        app.ask("apply", ["databricks.cluster@dev"], yes=True)
        await until(pilot, lambda: app.board.acting)
        await until(pilot, lambda: app.screen.selected is app.board.acting, "what runs is followed")
        assert steps.scroll_offset.y > 0
        await pilot.press("home")
        await pilot.pause(0.5)
        assert app.screen.selected.id == "signin.azure", "who moved the cursor keeps it"
        stage.let_go()
        await ended(pilot, "apply")
        assert app.screen.selected.id == "signin.azure"


async def test_a_long_message_to_others_can_be_read_to_its_end_at_80x24(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(stage.project)
    app = stage.app("wide", "halfway")
    async with app.run_test(size=(80, 24)) as pilot:
        await straight_to_checklist(pilot)
        await pilot.press("f", "enter", "end")
        await until(pilot, lambda: "--limit 23" in shown(pilot))
        await pilot.press("escape", "e")
        await until(pilot, lambda: place(pilot) == "ErrorScreen")
        await pilot.press(*["pagedown"] * 4)
        await until(pilot, lambda: " .mlops-wizard/log " in shown(pilot), "the last line, by keys")
        await pilot.press("M")
        assert app.clipboard.endswith("--limit 23")
