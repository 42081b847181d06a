"""Pictures of all screens, at two sizes and in both themes, some also wide or without colour. Times stand still."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from tests.tui.conftest import Stage, ended, place, shown, stage, straight_to_checklist, until

__all__ = ["stage"]

LOOKS = [("textual-dark", (80, 24)), ("textual-dark", (120, 40)), ("textual-light", (120, 40))]
Walk = Callable[[Pilot[int]], Awaitable[None]]
Compare = Callable[..., bool]


async def welcome(pilot: Pilot[int]) -> None:
    await ended(pilot, "check")


async def sign_in(pilot: Pilot[int]) -> None:
    await ended(pilot, "check")
    pilot.app.go_to("sign-in")
    await until(pilot, lambda: place(pilot) == "sign-in" and pilot.app.screen.query("Choices"))
    await pilot.press("enter")
    await until(pilot, lambda: pilot.app.board.rows["signin.azure"].notice)


async def names(pilot: Pilot[int]) -> None:
    await ended(pilot, "check")
    pilot.app.go_to("names")
    await until(pilot, lambda: place(pilot) == "names" and pilot.app.screen.query("QuestionField"))
    await pilot.press("tab", "1")
    await until(pilot, lambda: pilot.app.screen.query(".-wrong"))


async def checklist(pilot: Pilot[int]) -> None:
    await straight_to_checklist(pilot)


async def confirm(pilot: Pilot[int]) -> None:
    await straight_to_checklist(pilot)
    await pilot.press("a")
    await until(pilot, lambda: place(pilot) == "ConfirmScreen")


async def working(pilot: Pilot[int]) -> None:
    await confirm(pilot)
    await pilot.press("y")
    await until(pilot, lambda: pilot.app.board.acting and pilot.app.board.acting.fraction)


async def failed(pilot: Pilot[int]) -> None:
    await confirm(pilot)
    await pilot.press("y")
    await ended(pilot, "apply")
    await pilot.press("enter")
    pilot.app.clear_notifications()
    await pilot.pause()


async def error(pilot: Pilot[int]) -> None:
    await failed(pilot)
    await pilot.press("e")
    await until(pilot, lambda: place(pilot) == "ErrorScreen")


async def leaving(pilot: Pilot[int]) -> None:
    await working(pilot)
    await pilot.press("q")
    await until(pilot, lambda: place(pilot) == "QuitScreen")


async def question(pilot: Pilot[int]) -> None:
    await confirm(pilot)
    await pilot.press("y")
    await until(pilot, lambda: place(pilot) == "QuestionScreen")


async def train(pilot: Pilot[int]) -> None:
    await straight_to_checklist(pilot)
    await pilot.press("t")
    await until(pilot, lambda: place(pilot) == "TrainScreen")


async def leave_out(pilot: Pilot[int]) -> None:
    await straight_to_checklist(pilot)
    pilot.app.screen.query_one("#steps").select("repo.branch")
    await pilot.press("l")
    await until(pilot, lambda: place(pilot) == "LeaveOutScreen")
    await pilot.press("enter")
    await until(pilot, lambda: pilot.app.screen.query(".-wrong"))


async def run(pilot: Pilot[int]) -> None:
    await straight_to_checklist(pilot)
    await pilot.press("t")
    await until(pilot, lambda: place(pilot) == "TrainScreen")
    await pilot.press("enter")
    await ended(pilot, "run")
    pilot.app.clear_notifications()
    await until(pilot, lambda: place(pilot) == "run")


async def help_(pilot: Pilot[int]) -> None:
    await straight_to_checklist(pilot)
    await pilot.press("question_mark")
    await until(pilot, lambda: place(pilot) == "HelpScreen")


async def page(pilot: Pilot[int]) -> None:
    await straight_to_checklist(pilot)
    pilot.app.screen.query_one("#steps").select("databricks.cluster@dev")
    await pilot.press("f1")
    await until(pilot, lambda: place(pilot) == "PageScreen")


async def identity(pilot: Pilot[int]) -> None:
    await straight_to_checklist(pilot)
    await pilot.press("w")
    found = pilot.app.board.identities
    await until(pilot, lambda: place(pilot) == "identity" and found.answered_at and not found.asking)
    await pilot.press("down")
    await pilot.pause()


async def to_send(pilot: Pilot[int]) -> None:
    await straight_to_checklist(pilot)
    await pilot.press("f", "enter")
    await until(pilot, lambda: pilot.app.screen.query_one("#detail").display)
    await pilot.pause(0.1)


async def second_environment(pilot: Pilot[int]) -> None:
    await ended(pilot, "check")
    pilot.app.go_to("names")
    await until(pilot, lambda: place(pilot) == "names" and pilot.app.screen.query("QuestionField"))
    await pilot.press("tab", "pagedown", "pagedown")
    await pilot.pause(0.1)


async def timeline(pilot: Pilot[int]) -> None:
    await straight_to_checklist(pilot)
    pilot.app.screen.query_one("#steps").select("devops.run-test@test")
    await pilot.press("o")
    await until(pilot, lambda: place(pilot) == "timeline" and pilot.app.screen.query("RunTree"))
    await pilot.pause(0.1)


async def matrix(pilot: Pilot[int]) -> None:
    await straight_to_checklist(pilot)
    await pilot.press("m")
    await until(pilot, lambda: place(pilot) == "matrix" and pilot.app.screen.query("MatrixView"))
    await pilot.press("down", "right", "right")
    await pilot.pause(0.1)


async def difference(pilot: Pilot[int]) -> None:
    await matrix(pilot)
    await pilot.press("d")
    await until(pilot, lambda: place(pilot) == "difference" and pilot.app.board.comparison.read_at)
    await until(pilot, lambda: not pilot.app.link.busy)
    await pilot.press("down")
    await pilot.pause(0.1)


async def status(pilot: Pilot[int]) -> None:
    await straight_to_checklist(pilot)
    await pilot.press("S")
    await until(pilot, lambda: place(pilot) == "status" and pilot.app.board.status.read_at is not None)
    await until(pilot, lambda: not pilot.app.link.busy)
    await pilot.press("home", "down")
    await pilot.pause(0.1)


async def status_stale(pilot: Pilot[int]) -> None:
    await status(pilot)
    await pilot.press("s", "slash", *"main", "enter")
    await pilot.pause(0.1)


async def deeds(pilot: Pilot[int]) -> None:
    await status(pilot)
    await pilot.press("s", "home", "enter")
    await until(pilot, lambda: place(pilot) == "DeedsScreen")
    await pilot.pause(0.1)


async def numbers(pilot: Pilot[int]) -> None:
    await deeds(pilot)
    await pilot.press("down", "enter")
    await until(pilot, lambda: place(pilot) == "NumbersScreen")
    await pilot.press("down", "down", "backspace", "x", "enter")
    pilot.app.screen.query_one("#send", Button).press()
    await until(pilot, lambda: pilot.app.screen.query(".-wrong") and not pilot.app.screen.query("Button.-active"))


async def against_the_plan(pilot: Pilot[int]) -> None:
    await status(pilot)
    await pilot.press("d")
    await until(pilot, lambda: "plan" in pilot.app.board.status.areas and not pilot.app.link.busy)
    await pilot.press("home")
    pilot.app.clear_notifications()
    await pilot.pause(0.1)


async def rolled_back(pilot: Pilot[int]) -> None:
    await deeds(pilot)
    await pilot.press("down", "down", "enter")
    await until(pilot, lambda: place(pilot) == "ConfirmScreen")
    await pilot.press("y")
    await until(pilot, lambda: pilot.app.board.jobs["service.version@prod"].status == "ok")
    await until(pilot, lambda: not pilot.app.link.busy)
    await pilot.pause(0.1)


async def teardown(pilot: Pilot[int]) -> None:
    await straight_to_checklist(pilot)
    await until(pilot, lambda: not pilot.app.link.busy)
    await pilot.press("T")
    await until(pilot, lambda: place(pilot) == "ConfirmScreen" and isinstance(pilot.app.focused, Input))


async def arming(pilot: Pilot[int]) -> None:
    await straight_to_checklist(pilot)
    pilot.app.screen.query_one("#steps").select("azure.groups@prod", by_hand=True)
    await until(pilot, lambda: not pilot.app.link.busy)
    await pilot.press("s")
    await until(pilot, lambda: place(pilot) == "ConfirmScreen" and isinstance(pilot.app.focused, Input))


async def armed(pilot: Pilot[int]) -> None:
    await arming(pilot)
    await pilot.press(*"rg-wine-prod", "enter")
    await ended(pilot, "apply")
    pilot.app.clear_notifications()
    await pilot.pause()


async def too_small(pilot: Pilot[int]) -> None:
    await until(pilot, lambda: place(pilot) == "TooSmallScreen" and "60x16" in shown(pilot))


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, stage: Stage) -> None:
    """Files of the project are named from there."""
    monkeypatch.chdir(stage.project)


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch):
    """Times of the pictures are those of one place."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


PICTURES: dict[str, tuple[Walk, tuple[str, ...]]] = {
    "welcome": (welcome, ()),
    "sign-in": (sign_in, ("device-code",)),
    "names": (names, ()),
    "checklist": (checklist, ()),
    "confirm": (confirm, ()),
    "working": (working, ("held",)),
    "failed": (failed, ("fails",)),
    "error": (error, ("fails",)),
    "leaving": (leaving, ("held",)),
    "question": (question, ("asks",)),
    "leave-out": (leave_out, ("wide", "halfway")),
    "train": (train, ("all-ok",)),
    "run": (run, ("all-ok",)),
    "help": (help_, ()),
    "page": (page, ()),
    "identity": (identity, ()),
    "identity-refused": (identity, ("refused",)),
    "identity-nobody": (identity, ("nobody",)),
    "wide": (checklist, ("wide", "halfway")),
    "wide-names": (second_environment, ("wide",)),
    "to-send": (to_send, ("wide", "halfway")),
    "matrix": (matrix, ("whole", "halfway")),
    "difference": (difference, ("whole", "halfway")),
    "replica": (difference, ("whole", "halfway", "replica")),
    "status": (status, ("all-ok",)),
    "status-unwell": (status, ("all-ok", "unwell")),
    "status-stale": (status_stale, ("all-ok", "unwell")),
    "status-empty": (status, ("all-ok", "empty")),
    "deeds": (deeds, ("all-ok", "unwell")),
    "numbers": (numbers, ("all-ok", "unwell")),
    "drift": (against_the_plan, ("all-ok",)),
    "rolled-back": (rolled_back, ("all-ok", "unwell")),
    "teardown": (teardown, ("all-ok",)),
    "arming": (arming, ("wide", "halfway", "guarded")),
    "armed": (armed, ("wide", "halfway", "guarded")),
    "run-going": (timeline, ("run-going",)),
    "run-failed": (timeline, ("run-failed",)),
    "run-done": (timeline, ("run-done", "all-ok")),
    "run-odd": (timeline, ("run-odd",)),
    "run-empty": (timeline, ("run-empty",)),
}


WIDE = ("names", "checklist", "failed", "run", "identity", "matrix", "difference", "status-unwell", "deeds", "teardown")
COLOURLESS = ("confirm", "checklist", "failed", "matrix", "status-unwell", "run-failed")


@pytest.mark.parametrize(
    ("theme", "size"), LOOKS, ids=lambda each: each if isinstance(each, str) else f"{each[0]}x{each[1]}"
)
@pytest.mark.parametrize("name", PICTURES)
def test_screen(snap_compare: Compare, stage: Stage, name: str, theme: str, size: tuple[int, int]) -> None:
    walk, scenarios = PICTURES[name]
    app = stage.app(*scenarios, clock=False)
    app.theme = theme
    assert snap_compare(app, terminal_size=size, run_before=walk)


@pytest.mark.parametrize("name", WIDE)
def test_screen_with_much_room(snap_compare: Compare, stage: Stage, name: str) -> None:
    walk, scenarios = PICTURES[name]
    assert snap_compare(stage.app(*scenarios, clock=False), terminal_size=(200, 50), run_before=walk)


@pytest.mark.parametrize("name", COLOURLESS)
def test_screen_without_colour(snap_compare: Compare, stage: Stage, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    walk, scenarios = PICTURES[name]
    assert snap_compare(stage.app(*scenarios, clock=False), terminal_size=(80, 24), run_before=walk)


def test_a_terminal_that_is_too_small(snap_compare: Compare, stage: Stage) -> None:
    assert snap_compare(stage.app(clock=False), terminal_size=(59, 15), run_before=too_small)
