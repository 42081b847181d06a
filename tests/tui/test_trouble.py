"""When something is wrong: the engine dies, steps fail, people leave, terminals are too small, texts are hostile."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.tui.conftest import Stage, ended, place, shown, straight_to_checklist, until
from wizard.tui.engine_process import EngineProcess

HOSTILE = "[/subscriptions/x] [bold]not bold[/bold]"
SECRET = "dapi" + "0123456789abcdef" * 2


async def test_a_dead_engine_is_told_replaced_and_everything_checked_again(stage: Stage) -> None:
    app = stage.app("dies")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await straight_to_checklist(pilot)
        await pilot.press("a")
        await until(pilot, lambda: place(pilot) == "ConfirmScreen")
        await pilot.press("y")
        await until(pilot, lambda: "The engine stopped (signal 9)" in "\n".join(line.text for line in app.board.log))
        await until(pilot, lambda: app.board.engine == "ready" and app.board.summary, "a new engine checked everything")
        assert place(pilot) == "checklist", "the screen is kept"
        assert len(stage.engines) == 2
        assert app.board.summary.command == "check"
        await pilot.press("a")
        await until(pilot, lambda: place(pilot) == "ConfirmScreen")
        await pilot.press("y")
        await ended(pilot, "apply")
        assert app.board.done == len(app.board.rows)


async def test_signing_in_can_be_tried_again_after_the_engine_died_at_it(stage: Stage) -> None:
    app = stage.app("device-code")
    async with app.run_test() as pilot:
        await ended(pilot, "check")
        app.go_to("sign-in")
        await until(pilot, lambda: place(pilot) == "sign-in")
        await pilot.press("enter")
        await until(pilot, lambda: app.board.rows["signin.azure"].notice)
        os.kill(app.link.process.pid, signal.SIGKILL)
        await until(pilot, lambda: len(stage.engines) == 2 and app.board.engine == "ready" and app.board.summary)
        stage.let_go()
        await pilot.press("enter")
        await until(pilot, lambda: place(pilot) == "names")


async def test_an_engine_that_always_dies_is_given_up_and_started_again_on_demand(stage: Stage) -> None:
    app = stage.app("dies-always")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.engine_gone)
        assert len(stage.engines) == 4
        assert "exit code 3: no such module: engine" in app.board.log[-1].text
        app.go_to("checklist")
        await until(pilot, lambda: place(pilot) == "checklist")
        assert "the engine has stopped" in shown(pilot)
        await pilot.press("R")
        await until(pilot, lambda: len(stage.engines) > 4)


async def test_an_idle_engine_that_is_killed_is_noticed_without_a_key(stage: Stage) -> None:
    app = stage.app("all-ok")
    async with app.run_test() as pilot:
        await ended(pilot, "check")
        os.kill(app.link.process.pid, signal.SIGKILL)
        await until(pilot, lambda: len(stage.engines) == 2 and app.board.engine == "ready")


async def test_a_failed_step_ends_with_cause_and_next_action(stage: Stage) -> None:
    app = stage.app("fails")
    async with app.run_test(size=(80, 24)) as pilot:
        await straight_to_checklist(pilot)
        await pilot.press("a")
        await until(pilot, lambda: place(pilot) == "ConfirmScreen")
        await pilot.press("y")
        await ended(pilot, "apply")
        assert app.screen.selected.id == "databricks.cluster", "the cursor goes to what failed"
        assert app.board.rows["jobs.train-from-local@dev"].status == "skip"
        await pilot.press("e")
        await until(pilot, lambda: place(pilot) == "ErrorScreen")
        text = shown(pilot)
        for expected in (
            "AZURE_QUOTA_EXCEEDED",
            "Next action",
            "ask for more cores",
            "F12",
            "Send this to an owner of the subscription",
            "Log",
        ):
            assert expected in text
        await pilot.press("y")
        await until(pilot, lambda: "Next action: ask for more cores" in app.clipboard)
        await pilot.press("escape", "home", "f")
        await until(pilot, lambda: place(pilot) == "checklist" and app.screen.selected.id == "databricks.cluster")


async def test_leaving_while_an_action_runs_is_asked_and_explained(stage: Stage) -> None:
    app = stage.app("held")
    async with app.run_test(size=(80, 24)) as pilot:
        await straight_to_checklist(pilot)
        await pilot.press("a")
        await until(pilot, lambda: place(pilot) == "ConfirmScreen")
        await pilot.press("y")
        await until(pilot, lambda: app.board.acting)
        await pilot.press("q")
        await until(pilot, lambda: place(pilot) == "QuitScreen")
        assert "The running action is finished, then the engine stops" in " ".join(shown(pilot).split())
        await pilot.press("enter")
        await until(pilot, lambda: place(pilot) == "checklist")
        await pilot.press("x")
        stage.let_go()
        await ended(pilot, "apply")
        assert app.board.missing, "what came after the running action was not begun"
        await pilot.press("q")
    assert app.return_value == 0
    assert stage.engines[0].finish(), "the engine left when it was told to"


def test_an_engine_that_says_much_while_it_finishes_is_never_held_up_by_a_full_pipe() -> None:
    talk = "import sys; sys.stdin.read(); print('x' * 500_000, flush=True)"
    engine = EngineProcess([sys.executable, "-c", talk], None)
    assert engine.finish(10.0)
    assert engine.ended() == 0


async def test_what_makes_no_sense_now_is_refused_with_the_reason(stage: Stage) -> None:
    app = stage.app("all-ok")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await ended(pilot, "check")
        await pilot.press("enter")
        await until(pilot, lambda: place(pilot) == "checklist")
        await ended(pilot, "plan")
        await pilot.press("a")
        await until(pilot, lambda: "Nothing to do: every step is OK" in shown(pilot))
        button = app.screen.query_one("#do-apply-step")
        assert button.disabled
        assert "nothing to do" in str(button.tooltip)


async def test_too_small_a_terminal_gets_a_plain_message_and_the_screen_back(stage: Stage) -> None:
    app = stage.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await straight_to_checklist(pilot)
        await pilot.resize_terminal(50, 12)
        await until(pilot, lambda: "too small" in shown(pilot))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: place(pilot) == "checklist")


async def test_too_small_from_the_start(stage: Stage) -> None:
    app = stage.app()
    async with app.run_test(size=(40, 10)) as pilot:
        await until(pilot, lambda: "too small" in shown(pilot))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: place(pilot) == "welcome")


async def test_markup_and_escape_sequences_are_shown_as_they_are(stage: Stage) -> None:
    app = stage.app("odd-names", "fails")
    async with app.run_test(size=(200, 50), notifications=True) as pilot:
        await ended(pilot, "check")
        await pilot.press("enter")
        await until(pilot, lambda: place(pilot) == "sign-in")
        await pilot.press("enter")
        await until(pilot, lambda: place(pilot) == "names" and HOSTILE in shown(pilot), "in the form's titles")
        await pilot.press("enter")
        await until(pilot, lambda: place(pilot) == "checklist" and HOSTILE in shown(pilot), "in list and details")
        await ended(pilot, "plan")
        assert "\x1b" not in shown(pilot)
        await pilot.press("a")
        await until(pilot, lambda: place(pilot) == "ConfirmScreen" and HOSTILE in shown(pilot), "in a confirmation")
        await pilot.press("y")
        await ended(pilot, "apply")
        await pilot.press("e")
        await until(pilot, lambda: place(pilot) == "ErrorScreen" and HOSTILE in shown(pilot), "in the error panel")
        await pilot.press("escape")
        app.toast(HOSTILE, title="[/x]")
        await until(pilot, lambda: f"{HOSTILE}" in shown(pilot) and "[/x]" in shown(pilot), "in a passing message")


async def test_a_flood_of_output_is_taken_in_bundles_and_keys_are_answered(stage: Stage) -> None:
    app = stage.app("flood", "all-ok")
    bundles: list[float] = []
    take = app.link._receive
    app.link._receive = lambda bundle: (bundles.append(app.board.now()), take(bundle))
    async with app.run_test(size=(120, 40)) as pilot:
        await ended(pilot, "check")
        gaps = [later - earlier for earlier, later in itertools.pairwise(bundles)]
        assert min(gaps) > 0.15, "at most five times a second"
        assert app.board.find("signin.azure").output_count == 3000


def test_a_crash_prints_no_values_of_variables(tmp_path: Path) -> None:
    script = f"""
import asyncio, sys
from pathlib import Path
from wizard.tui.app import WizardApp
from wizard.tui.engine_process import EngineProcess
spawn = lambda: EngineProcess([sys.executable, "-c", "input()"], None)
def broken(self):
    pasted = "{SECRET}"
    raise KeyError("[/no] theme for " + pasted)
WizardApp.do_theme = broken
app = WizardApp(spawn, Path({str(tmp_path)!r}), "sandbox")
async def press(pilot):
    await pilot.press("D")
app.run(headless=True, auto_pilot=press)
sys.exit(app.return_code)
"""
    file = tmp_path / "broken.py"
    file.write_text(script)
    done = subprocess.run([sys.executable, str(file)], capture_output=True, text=True, timeout=60, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 1
    assert "KeyError" in said
    assert "[/no] theme for" in said
    assert "Nothing that was set up is lost" in said
    assert SECRET not in said
    assert "pasted =" not in said
