"""The screens over a scripted engine that is really started as a child process."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from wizard.settings import Settings
from wizard.tui.app import WizardApp
from wizard.tui.board import Board
from wizard.tui.engine_process import EngineProcess

FAKE_ENGINE = Path(__file__).with_name("fake_engine.py")
LIMIT_SECONDS = 15.0
LOOK_SECONDS = 0.02
STILL = 1770113220.0  # 2026-02-03 10:07 UTC, where the clock of the pictures stands

Start = Callable[..., WizardApp]


class Stage:
    """Starts apps over fake engines in one project folder, and remembers the engines."""

    def __init__(self, project: Path) -> None:
        self.project = project
        self.release = project / "release"
        self.died = project / "died"
        self.engines: list[EngineProcess] = []

    def app(self, *scenarios: str, clock: bool = True, settings: Settings | None = None) -> WizardApp:
        """An app whose engine plays these scenarios. Without `clock`, times stand still (for pictures)."""
        environment = {**os.environ, "RELEASE": str(self.release), "DIED": str(self.died)}

        def spawn() -> EngineProcess:
            engine = EngineProcess([sys.executable, str(FAKE_ENGINE), *scenarios], environment)
            self.engines.append(engine)
            return engine

        board = None if clock else Board("sandbox", now=lambda: 0.0, clock=lambda: "12:00:00", wall=lambda: STILL)
        return WizardApp(spawn, self.project, "sandbox", board, settings)

    def let_go(self) -> None:
        """Let the engine's held action end."""
        self.release.touch()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    found = Stage(tmp_path)
    yield found
    for engine in found.engines:
        engine.kill()


async def until(pilot: Pilot[int], met: Callable[[], object], what: str = "") -> None:
    """Let the app work until the condition is met; fail when it is not within the limit."""
    for _ in itertools.repeat(None, int(LIMIT_SECONDS / LOOK_SECONDS)):
        await pilot.pause(LOOK_SECONDS)
        if met():
            await pilot.pause()
            return
    raise AssertionError(f"not within {LIMIT_SECONDS} s: {what or met}; shown: {shown(pilot)[:3000]}")


def shown(pilot: Pilot[int]) -> str:
    """The text on the screen, line by line."""
    width, height = pilot.app.size
    compositor = pilot.app.screen._compositor
    lines = compositor.render_strips(pilot.app.size) if hasattr(compositor, "render_strips") else []
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in lines[:height])[: width * height]


def place(pilot: Pilot[int]) -> str:
    """Which screen is shown: its place, or the name of its class."""
    return getattr(pilot.app.screen, "PLACE", "") or type(pilot.app.screen).__name__


async def ended(pilot: Pilot[int], command: str) -> None:
    """Wait for the summary of that command."""
    app = pilot.app
    await until(pilot, lambda: app.board.summary and app.board.summary.command == command, f"{command} ended")


async def straight_to_checklist(pilot: Pilot[int]) -> None:
    """To the checklist without the forms, for what is not about the way there."""
    await ended(pilot, "check")
    pilot.app.go_to("checklist")
    await ended(pilot, "plan")
    await until(pilot, lambda: place(pilot) == "checklist")


async def to_checklist(pilot: Pilot[int]) -> None:
    """From the welcome to the checklist with three presses of Enter."""
    await ended(pilot, "check")
    for expected in ("sign-in", "names", "checklist"):
        await pilot.press("enter")
        await until(pilot, lambda: place(pilot) == expected, expected)  # noqa: B023  (used before the next turn)
    await ended(pilot, "plan")
