"""What is written is followed to its end, in a terminal of any height, until a person looks at something else."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tests.tui.conftest import shown, until
from wizard.tui.rows import StepRow
from wizard.tui.widgets.output_view import OutputView


class Tail(App[None]):
    """Fifty lines of a run."""

    def __init__(self) -> None:
        super().__init__()
        self.row = StepRow("run.first@dev", "run.first", "dev", "First run")
        self.view = OutputView()

    def compose(self) -> ComposeResult:
        yield self.view

    def write(self, *lines: str) -> None:
        self.row.output.extend(lines)
        self.row.output_count += len(lines)
        self.view.reload(self.row)


async def started(pilot: Pilot[None]) -> None:
    pilot.app.write(*(f"line {number:02}" for number in range(50)))
    await until(pilot, lambda: "line 49" in shown(pilot))


@pytest.mark.parametrize("height", [8, 39])
async def test_the_end_stays_in_sight_when_the_terminal_gets_lower_or_higher(height: int) -> None:
    app = Tail()
    async with app.run_test(size=(80, 24)) as pilot:
        await started(pilot)
        await pilot.resize_terminal(80, height)
        await until(pilot, lambda: f"line {50 - height:02}\n" in shown(pilot) and "line 49" in shown(pilot))
        app.write("line 50")
        await until(pilot, lambda: "line 50" in shown(pilot))


async def test_what_a_person_looks_at_stays_until_the_end_is_scrolled_to() -> None:
    app = Tail()
    async with app.run_test(size=(80, 24)) as pilot:
        await started(pilot)
        app.view.focus()
        await pilot.press("home")
        await until(pilot, lambda: "line 00" in shown(pilot))
        await pilot.resize_terminal(80, 8)
        await until(pilot, lambda: app.view.size.height == 8)
        app.write("line 50")
        await pilot.pause()
        assert "line 00" in shown(pilot)
        await pilot.press("end")
        await until(pilot, lambda: "line 50" in shown(pilot))
        app.write("line 51")
        await until(pilot, lambda: "line 51" in shown(pilot))


async def test_a_new_line_comes_with_the_scrolling_in_one_picture() -> None:
    app = Tail()
    async with app.run_test(size=(80, 24)) as pilot:
        await started(pilot)
        app.write("line 50", "line 51")
        assert app.view.scroll_offset.y == app.view.max_scroll_y == 52 - 24
