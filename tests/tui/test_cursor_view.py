"""The cursor of every list stays in sight when the terminal gets lower."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.tui.conftest import Stage, place, shown, straight_to_checklist, until

CURSOR = "▌"


async def to_list(pilot: Pilot[int], keys: str, name: str) -> None:
    """From the start to the list on that place, in a high terminal."""
    await straight_to_checklist(pilot)
    if name == "timeline":
        pilot.app.screen.query_one("#steps").select("devops.run-test@test")
    await pilot.press(*keys)
    await until(pilot, lambda: place(pilot) == name and pilot.app.screen.focused is not None)
    await until(pilot, lambda: CURSOR in shown(pilot))


@pytest.mark.parametrize(
    ("keys", "name"),
    [("", "checklist"), ("S", "status"), ("m", "matrix"), ("md", "difference"), ("o", "timeline")],
    ids=str,
)
async def test_it_is_still_in_sight_in_a_lower_terminal(stage: Stage, keys: str, name: str) -> None:
    app = stage.app("all-ok", "whole", "run-done")
    async with app.run_test(size=(120, 50)) as pilot:
        await to_list(pilot, keys, name)
        await pilot.press("end")
        await pilot.pause()
        assert CURSOR in shown(pilot)
        before = app.screen.focused.cursor_line
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: app.size.height == 24 and CURSOR in shown(pilot))
        assert app.screen.focused.cursor_line == before
