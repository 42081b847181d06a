"""Help where one is, keys of one's own, and a call when a long wait ends."""

from __future__ import annotations

import os
import pty
import sys
from pathlib import Path

import pytest
from textual import events

from tests.rehearsal import ROOT
from tests.tui.conftest import FAKE_ENGINE, Stage, place, shown, straight_to_checklist, until
from wizard.engine.events import ActionFailed, Summary
from wizard.settings import Settings, SettingsError

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


async def scrolled_to(pilot, words: str) -> None:
    """Scroll the dialog down until it shows these words."""
    body = pilot.app.screen.query_one("VerticalScroll")
    while words not in shown(pilot) and body.scroll_offset.y < body.max_scroll_y:
        body.scroll_relative(y=4, animate=False)
        await pilot.pause()
    assert words in shown(pilot)


async def test_chosen_keys_work_and_are_shown_and_the_old_ones_do_nothing(stage: Stage) -> None:
    app = stage.app(settings=Settings(keys={"matrix": "f7", "keys": "f3", "names": "ctrl+n"}))
    async with app.run_test(size=SIZE) as pilot:
        await straight_to_checklist(pilot)
        assert "^n Names" in shown(pilot), "the footer"
        await pilot.press("m")
        await pilot.pause()
        assert place(pilot) == "checklist"
        await pilot.press("f7")
        await until(pilot, lambda: place(pilot) == "matrix")
        await pilot.press("escape", "f3")
        await until(pilot, lambda: place(pilot) == "HelpScreen")
        await scrolled_to(pilot, "F7  setup: Environment matrix")
        await pilot.press("escape")
        app.action_command_palette()
        await until(pilot, lambda: place(pilot) == "CommandPalette")
        await pilot.press(*"matrix")
        await until(pilot, lambda: "F7" in shown(pilot))


async def test_keys_can_be_swapped_on_one_screen(stage: Stage) -> None:
    app = stage.app(settings=Settings(keys={"matrix": "n", "names": "m"}))
    async with app.run_test(size=SIZE) as pilot:
        await straight_to_checklist(pilot)
        await pilot.press("n")
        await until(pilot, lambda: place(pilot) == "matrix")
        await pilot.press("escape", "m")
        await until(pilot, lambda: place(pilot) == "names")


def test_keys_that_conflict_do_not_start(stage: Stage) -> None:
    with pytest.raises(SettingsError, match="a is the key of apply-all"):
        stage.app(settings=Settings(keys={"stop": "a"}))


SUMMARY = Summary("apply", {"ok": 3}, 2, 31.0, [], 0.0, 0)


async def test_the_end_of_a_long_wait_calls_unless_the_terminal_has_the_focus(stage: Stage) -> None:
    app = stage.app(clock=False)
    async with app.run_test(size=SIZE) as pilot:
        await straight_to_checklist(pilot)
        written: list[str] = []
        app.write_to_terminal = written.append  # type: ignore[method-assign]
        seconds = [100.0]
        app.board.now = lambda: seconds[0]

        def end() -> int:
            seconds[0] += 60.0
            app._receive([SUMMARY])
            return len(written)

        assert end() == 1, "nothing is known of the focus"
        assert "apply: done after 31 s (3 ok)" in written[0]
        app.post_message(events.AppBlur())
        await until(pilot, lambda: not app.app_focus)
        assert end() == 2
        app.post_message(events.AppFocus())
        await until(pilot, lambda: app.app_focus)
        assert end() == 2
        seconds[0] += 60.0
        app._receive([ActionFailed("a", "dev", "b", 10.0, "c", "d")])
        assert len(written) == 2, "a short one"


async def test_a_webhook_that_is_not_there_is_a_passing_message(stage: Stage) -> None:
    app = stage.app(clock=False, settings=Settings(webhook="https://example.com/secret", bell=False))
    told: list[str] = []
    async with app.run_test(size=SIZE) as pilot:
        await straight_to_checklist(pilot)
        app.ringer._tell = lambda address, ending, cloud: told.append(f"{cloud} {ending.what}") or "It was not told."
        app.write_to_terminal = lambda _: told.append("bell")  # type: ignore[method-assign]
        app._receive([SUMMARY])
        await pilot.pause()
        assert told == [], "a rehearsal tells nobody"
        app.board.cloud = "azure"
        app.ringer._endings = None
        app._receive([SUMMARY])
        await until(pilot, lambda: "It was not told." in [each.message for each in app._notifications])
        assert told == ["azure apply"]
        assert place(pilot) == "checklist"


CALLS_AT_ONCE = """
import sys
from wizard.notify import endings
from wizard.tui.launch import run
endings.ENOUGH = 0.0
sys.exit(run([sys.executable, {engine!r}], None, {project!r}, "sandbox"))
"""


def test_the_codes_reach_a_real_terminal(tmp_path: Path) -> None:
    script = tmp_path / "start.py"
    script.write_text(CALLS_AT_ONCE.format(engine=str(FAKE_ENGINE), project=str(tmp_path)))
    child, terminal = pty.fork()
    if child == 0:
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "XDG_CONFIG_HOME": str(tmp_path),
            "TERM": "xterm-256color",
        }
        os.execve(sys.executable, [sys.executable, str(script)], environment)  # noqa: S606
    written = b""
    try:
        while b"\a\x1b]9;mlops-wizard: check: " not in written:  # at its end os.read raises OSError
            written += os.read(terminal, 1 << 16)
    finally:
        os.close(terminal)
        os.waitpid(child, 0)
