"""Texts of services with markup and control codes in them, on every screen: shown as text, obeyed by nobody."""

from __future__ import annotations

import pytest

from tests.tui.conftest import Stage, ended, place, shown, straight_to_checklist, until

MARKUP = "[bold]not bold[/bold]"
SCENARIOS = ("odd-everywhere", "whole", "halfway", "unwell", "guarded")


def check(pilot) -> None:
    """What is on the screen now is text alone, and within it."""
    text = shown(pilot)
    odd = {letter for letter in text if not letter.isprintable() and letter != "\n"}
    assert odd == set(), (place(pilot), odd)
    assert all(len(line) <= pilot.app.size.width for line in text.splitlines())
    assert "\x1b" not in pilot.app.clipboard


@pytest.mark.parametrize("size", [(200, 60), (80, 24)])
async def test_no_screen_obeys_them(stage: Stage, size: tuple[int, int]) -> None:
    app = stage.app(*SCENARIOS)
    async with app.run_test(size=size, notifications=True) as pilot:
        await ended(pilot, "check")
        check(pilot)
        for name in ("sign-in", "names"):
            app.go_to(name)
            await until(pilot, lambda name=name: place(pilot) == name)
            check(pilot)
        await straight_to_checklist(pilot)
        check(pilot)
        await until(pilot, lambda: MARKUP in shown(pilot))
        for key, name in (("m", "matrix"), ("S", "status"), ("w", "identity")):
            await pilot.press(key)
            await until(pilot, lambda name=name: place(pilot) == name, name)
            await until(pilot, lambda: not app.link.busy)
            await pilot.press("down", "y")
            await pilot.pause()
            check(pilot)
            await pilot.press("escape")
        await pilot.press("m")
        await until(pilot, lambda: place(pilot) == "matrix")
        await pilot.press("d")
        await until(pilot, lambda: "[bold]" in shown(pilot) and not app.link.busy)
        check(pilot)


async def test_neither_does_a_run_nor_a_deed_nor_a_teardown(stage: Stage) -> None:
    app = stage.app(*SCENARIOS, "run-failed")
    async with app.run_test(size=(160, 50), notifications=True) as pilot:
        await straight_to_checklist(pilot)
        for key in ("t", "T", "S"):
            await pilot.press(key)
            await until(pilot, lambda: not app.link.busy or place(pilot) == "ConfirmScreen")
            await pilot.pause()
            check(pilot)
            await pilot.press("down", "enter")
            await pilot.pause()
            check(pilot)
            await pilot.press("escape", "escape")
