"""The screen of a remote run: what is selected first, following, folding, logs, and what can be done."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from tests.tui.conftest import Stage, ended, place, shown, straight_to_checklist, until
from wizard.engine.events import TimelineShown
from wizard.tui.timelines import Timeline
from wizard.tui.widgets.log_view import LogView, wrapped
from wizard.tui.widgets.run_tree import RunTree

KEY = "devops.run-test@test"


async def to_run(pilot: Pilot[int]) -> None:
    """From the start to the run's screen, by its key on the checklist."""
    await straight_to_checklist(pilot)
    pilot.app.screen.query_one("#steps").select(KEY)
    await pilot.press("o")
    await until(pilot, lambda: place(pilot) == "timeline" and pilot.app.screen.query("RunTree"))
    await pilot.pause(0.05)


def cursor(pilot: Pilot[int]) -> str:
    line = pilot.app.screen.query_one(RunTree).selected
    return line.name if line else ""


def going(**changes: str) -> TimelineShown:
    """A run of one stage, whose two steps are as told."""
    names = ("parent", "result", "started", "finished", "problem", "remark")
    empty = dict.fromkeys(names, "")
    lines = [{**empty, "id": "s", "kind": "stage", "name": "Test", "state": "running"}]
    lines += [
        {**empty, "id": id_, "parent": "s", "kind": "step", "name": id_, "state": state}
        for id_, state in {"one": "waiting", "two": "waiting", **changes}.items()
    ]
    return TimelineShown("devops.run-test", "test", "run 8", "https://x/8", "running", "", "", lines)


async def test_what_failed_is_selected_first_with_the_end_of_its_log_and_can_be_run_again(stage: Stage) -> None:
    app = stage.app("run-failed")
    async with app.run_test(size=(80, 24)) as pilot:
        await to_run(pilot)
        assert cursor(pilot) == "Deploy"
        text = shown(pilot)
        assert "failed" in text
        assert "for the whole of it" in text, "the end of the log is in sight"
        assert "Run failed again" in text
        assert "Watch" not in text
        await pilot.press("r")
        await until(pilot, lambda: place(pilot) == "ConfirmScreen")
        await pilot.press("escape")
        await ended(pilot, "apply")
        assert place(pilot) == "timeline"
        await pilot.press("c")
        await until(pilot, lambda: app.clipboard.endswith("for the whole of it"))
        await pilot.press("escape")
        await until(pilot, lambda: place(pilot) == "checklist")
        assert "o shows jobs, steps and logs" not in shown(pilot), "the list is shown, not the details"


async def test_it_stays_with_what_runs_until_a_person_moves_and_goes_back_by_a_key(stage: Stage) -> None:
    app = stage.app("run-going")
    async with app.run_test(size=(120, 40)) as pilot:
        await to_run(pilot)
        assert cursor(pilot) == "Deploy"
        app._receive([going(one="running")])
        await until(pilot, lambda: cursor(pilot) == "one")
        app._receive([going(one="ended", two="running")])
        await until(pilot, lambda: cursor(pilot) == "two")
        await pilot.press("up")
        app._receive([going(one="running", two="running")])
        app._receive([going(one="ended", two="running")])
        await pilot.pause(0.05)
        assert cursor(pilot) == "one"
        assert "Follow" in shown(pilot)
        await pilot.press("f")
        await until(pilot, lambda: cursor(pilot) == "two")
        assert "Follow" not in shown(pilot)


async def test_a_watched_run_offers_to_watch_and_not_to_run_again(stage: Stage) -> None:
    app = stage.app("run-going")
    async with app.run_test(size=(120, 40)) as pilot:
        await to_run(pilot)
        assert "Watch" in shown(pilot)
        assert "Run failed again" not in shown(pilot)
        await pilot.press("question_mark")
        await until(pilot, lambda: place(pilot) == "HelpScreen")
        assert not app.screen_stack[-2].offers("run-again")
        assert app.check_action("command", ("run-again",)) is False, "the footer below a dialog stays as it is"
        await pilot.press("escape")
        await pilot.press("r")
        await pilot.pause(0.05)
        assert place(pilot) == "timeline"
        await pilot.press("w")
        await until(pilot, lambda: place(pilot) == "ConfirmScreen")
        await pilot.press("escape")


async def test_a_finished_run_is_read_as_a_success_and_prod_as_expected(stage: Stage) -> None:
    app = stage.app("run-done", "all-ok")
    async with app.run_test(size=(120, 40)) as pilot:
        await to_run(pilot)
        text = shown(pilot)
        assert "✓ ok  13:27  8/8 steps ok" in text
        assert "failed" not in text
        assert cursor(pilot) == "Smoke test", "the last that wrote"
        assert "5 rows answered" in text
        await pilot.press("end")
        await until(pilot, lambda: "It was skipped. Expected: prod is set up later." in shown(pilot))


async def test_parts_are_folded_and_found_again(stage: Stage) -> None:
    app = stage.app("run-failed")
    async with app.run_test(size=(120, 40)) as pilot:
        await to_run(pilot)
        await pilot.press("left")
        assert cursor(pilot) == "Train, deploy, test", "a step has no parts: left goes up, and then folds"
        assert "Smoke test" in shown(pilot)
        await pilot.press("left")
        await until(pilot, lambda: "Smoke test" not in shown(pilot))
        await pilot.press("f")
        await until(pilot, lambda: cursor(pilot) == "Deploy" and "Smoke test" in shown(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: app.focused is app.screen.query_one(LogView))
        await pilot.press("escape")
        await until(pilot, lambda: app.focused is app.screen.query_one(RunTree))


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (200, 50)])
async def test_markup_escapes_and_long_names_are_shown_as_text(stage: Stage, size: tuple[int, int]) -> None:
    app = stage.app("run-odd")
    async with app.run_test(size=size) as pilot:
        await to_run(pilot)
        text = shown(pilot)
        assert "[bold]" in text
        assert "\x1b" not in text
        assert all(len(line) <= size[0] for line in text.splitlines())


async def test_a_run_of_which_nothing_is_known_yet_says_so(stage: Stage) -> None:
    app = stage.app("run-empty")
    async with app.run_test(size=(80, 24)) as pilot:
        await to_run(pilot)
        assert "nothing is known of its stages yet" in shown(pilot)
        await pilot.press("down", "left", "right", "enter", "c")
        assert place(pilot) == "timeline"


async def test_its_page_is_opened_or_where_there_is_no_browser_copied(stage: Stage, monkeypatch) -> None:
    opened: list[str] = []
    app = stage.app("run-done")
    monkeypatch.setattr(app, "open_url", opened.append)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await to_run(pilot)
        await pilot.press("o")
        await until(pilot, lambda: app.clipboard.endswith("buildId=7"))
        assert opened == []
        monkeypatch.setenv("DISPLAY", ":0")
        await pilot.press("o")
        await until(pilot, lambda: opened and opened[0].endswith("buildId=7"))


async def test_the_details_of_the_step_tell_its_stages(stage: Stage) -> None:
    app = stage.app("run-failed")
    async with app.run_test(size=(120, 40)) as pilot:
        await straight_to_checklist(pilot)
        app.screen.query_one("#steps").select(KEY)
        await until(pilot, lambda: "o shows jobs, steps and logs" in shown(pilot))
        assert "Train and deploy in test  6:40" in shown(pilot)


def test_a_log_takes_each_line_once_and_begins_anew_where_it_is_read_from_before():
    run = Timeline()
    run.show(going(one="running"))
    line = run.line("one")
    for number in (8, 9, 8, 9, 10):
        run.write("one", f"line {number}", "stdout", number)
    assert [text for text, _ in run.log_of(line)] == [
        "… 7 earlier lines are on the run's page", "line 8", "line 9", "line 10",
    ]  # fmt: skip
    for number in (1, 2):
        run.write("one", f"line {number}", "stdout", number)
    assert [text for text, _ in run.log_of(line)] == ["line 1", "line 2"]
    assert [text for text, _ in run.log_of(run.line("s"))] == ["one", "line 1", "line 2"]


def test_another_run_forgets_the_logs_of_the_one_before():
    run = Timeline()
    run.show(going(one="running"))
    run.write("one", "text", "stdout", 1)
    run.show(replace(going(one="running"), title="run 9"))
    assert run.logs == {}


def test_lines_are_wrapped_between_words_and_by_cells():
    assert wrapped(("one two three", "stdout"), 8) == [("one two", "stdout"), ("  three", "stdout")]
    assert [text for text, _ in wrapped(("漢字漢字漢字", "stdout"), 8)] == ["漢字漢字", "漢字"]
