"""A run, live: what it writes at the left, what it measures at the right."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Footer, Static

from wizard.tui.commands import RUN, bindings
from wizard.tui.looks import look
from wizard.tui.rows import StepRow
from wizard.tui.screens.base import BoardChanged, WizardScreen
from wizard.tui.widgets.detail_text import HEADING, MUTED, STYLE_OF, Part, duration, progress_bar
from wizard.tui.widgets.header_bar import HeaderBar
from wizard.tui.widgets.output_view import OutputView

SPARKS = "▁▂▃▄▅▆▇█"
SPARK_CELLS = 20
ACTIONS_SHOWN = 6
NO_METRICS = "No metrics have been logged yet.\n"


class RunScreen(WizardScreen):
    """Follows one step or job by its key; \"\" follows whichever writes next."""

    CSS_PATH = "run.tcss"
    PLACE = RUN
    AUTO_FOCUS = "#output"
    BINDINGS: ClassVar = bindings(RUN)

    def __init__(self, key: str) -> None:
        super().__init__()
        self._key = key

    def compose(self) -> ComposeResult:
        """Output beside figures."""
        yield HeaderBar(self.board)
        with Horizontal(id="halves"):
            yield OutputView(id="output")
            with VerticalScroll(id="figures", can_focus=False):
                yield Static("", id="figures-text", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Title the panels; a clock counts while the run goes on."""
        for name, title in (("#output", "Output"), ("#figures", "Run")):
            panel = self.query_one(name)
            panel.add_class("panel")
            panel.border_title = title
        self._clock = self.set_interval(1.0, self._show, pause=True)
        self._show()

    @property
    def selected(self) -> StepRow | None:
        """The row that is followed."""
        return self.board.find(self._key or self.board.run_key)

    @on(BoardChanged)
    def _show(self) -> None:
        row = self.selected
        (self._clock.resume if self.board.command else self._clock.pause)()
        self.query_one(HeaderBar).reload(row.environment if row else "")
        self.query_one(OutputView).reload(row)
        self.query_one("#figures-text", Static).update(Content.assemble(*self._figures(row)))

    def _figures(self, row: StepRow | None) -> list[Part]:
        if row is None:
            return [("The run begins as soon as the engine gets to it.", MUTED)]
        running = self.board.command == "run"
        glyph, word, _, token = look("working" if running else row.shown_status)
        parts: list[Part] = [(f"{row.title}\n", "bold"), (f"{glyph} {word}\n", STYLE_OF[token])]
        if running or row.busy:
            since = self.board.command_since if running else row.since
            parts.append((f"▸ {duration(self.board.now() - since)}  {row.progress}\n", "$text-accent"))
            parts += progress_bar(row.fraction, 20) if row.fraction is not None else []
        elif said := row.message or row.manual:
            parts += [(f"{said}\n", ""), *([(f"{row.fix}\n", MUTED)] if row.fix else [])]
        parts += self._actions(row)
        if not row.metrics:
            return [*parts, ("\nMetrics\n", HEADING), (NO_METRICS, MUTED)] if running else [*parts, *_proof(row)]
        parts.append(("\nMetrics\n", HEADING))
        width = max(len(name) for name in row.metrics)
        for name, values in row.metrics.items():
            parts += [
                (f"{name:<{width}}  ", MUTED),
                (f"{values[-1]:>10.4g}", "bold"),
                (f"  {sparkline(values)}\n", "$text-primary"),
            ]
        return [*parts, *_proof(row)]

    def _actions(self, row: StepRow) -> list[Part]:
        """What was done, newest last."""
        parts: list[Part] = [("\nActions\n", HEADING)] if row.works else []
        for work in row.works[-ACTIONS_SHOWN:]:
            glyph, style = ("▸", "$text-accent") if work.ended is None else ("✗", "$text-error") if work.failed else (
                "✓", "$text-success")  # fmt: skip
            parts += [(f"{glyph} ", style), (f"{work.title} ", ""),
                      (f"{duration(work.seconds(self.board.now()))}\n", MUTED)]  # fmt: skip
        return parts

    def do_follow(self) -> None:
        """Stay at the newest line."""
        self.query_one(OutputView).scroll_end(animate=False)

    def do_copy_output(self) -> None:
        """Copy the lines that are kept."""
        if row := self.selected:
            self.wizard.copy("\n".join(row.output), "The output")

    def do_leave(self) -> None:
        """Go back; the run goes on."""
        self.wizard.pop_screen()


def _proof(row: StepRow) -> list[Part]:
    return [("\nProof\n", HEADING), (row.proof, "")] if row.proof and row.good else []


def sparkline(values: list[float]) -> str:
    """The latest values as bars, lowest to highest; nothing for a single value."""
    shown = values[-SPARK_CELLS:]
    low, high = min(shown), max(shown)
    if len(shown) < 2 or high == low:
        return ""
    return "".join(SPARKS[int((value - low) / (high - low) * (len(SPARKS) - 1))] for value in shown)
