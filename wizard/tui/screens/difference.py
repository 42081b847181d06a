"""Whether prod is an exact replica of test: what differs, what of it is expected, and what is a surprise."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Footer, Static

from wizard.tui.board import DIFF
from wizard.tui.commands import DIFFERENCE, bindings
from wizard.tui.looks import counted, verdict_look
from wizard.tui.screens.asking import CLOCK_SECONDS, AskingScreen
from wizard.tui.widgets.detail_text import HEADING, MUTED, STYLE_OF, Part, duration
from wizard.tui.widgets.detail_view import DetailView
from wizard.tui.widgets.difference_list import DifferenceList
from wizard.tui.widgets.header_bar import HeaderBar


class DifferenceScreen(AskingScreen):
    """Has both environments read."""

    CSS_PATH = "difference.tcss"
    PLACE = DIFFERENCE
    AUTO_FOCUS = "#differences"
    BINDINGS: ClassVar = bindings(DIFFERENCE)

    def compose(self) -> ComposeResult:
        """How the reading goes, above the list, and the whole values under it."""
        yield HeaderBar(self.board)
        yield Static("", id="said", markup=False)
        yield DifferenceList(id="differences").add_class("panel")
        yield DetailView(id="values").add_class("panel")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Ask; a clock counts while the answer is awaited."""
        self.query_one("#differences").border_title = "Differences"
        self.set_interval(CLOCK_SECONDS, self.say)
        self.ask_when_idle()
        self.call_after_refresh(self.show_answer)

    def ask(self) -> None:
        """Have both read."""
        self.wizard.ask(DIFF)

    def show_answer(self) -> None:
        """Show what differs."""
        self.query_one(DifferenceList).reload(self.board.comparison)
        self._show_values()
        self.say()

    @on(DifferenceList.Selected)
    def _show_values(self) -> None:
        found, line = self.board.comparison, self.query_one(DifferenceList).selected
        if line is None:
            self.query_one(DetailView).update(Content(""))
            return
        glyph, word, token = verdict_look(line.verdict)
        parts: list[Part] = [(f"{glyph} {word}", f"bold {STYLE_OF[token]}"), (f"  {line.title}", "bold")]
        parts += [(f"  {line.remark}", MUTED)] if line.remark else []
        for name, value in ((found.first, line.first), (found.second, line.second)):
            parts += [(f"\n{name:<6}", HEADING), (value, "")]
        self.query_one(DetailView).update(Content.assemble(*parts))

    def how_it_goes(self) -> list[Part]:
        """What is waited for, or whether prod is a replica."""
        board, found = self.board, self.board.comparison
        if self.engine_gone:
            return [("✗ The engine is not running. ", "bold $text-error"), ("R starts it again.", "")]
        if self._wanted or board.engine != "ready":
            busy = f"`{board.command}`" if board.command else "its start"
            return [("▸ The engine is busy with ", "bold $text-accent"), (f"{busy}; both are read after that.", "")]
        if found.asking or self.wizard.link.busy:
            since = duration(board.now() - board.command_since)
            return [("◌ Reading both environments. ", "bold $text-accent"), (since, MUTED)]
        if not found.read_at:
            return [("? They could not be compared: the activity log says why.", "$text-warning")]
        counts = ", ".join(counted(*each) for each in found.counts)
        verdict = "an exact replica of" if found.is_replica else "no exact replica of"
        style = "bold $text-success" if found.is_replica else "bold $text-warning"
        glyph = "✓" if found.is_replica else "▲"
        said = f"{glyph} {found.second} is {verdict} {found.first}"
        return [(said, style), (f", at {found.read_at}: {counts}", "")]

    # -- commands -------------------------------------------------------------------------------------------------

    def do_read_again(self) -> None:
        """Read both again, once the engine is idle."""
        if self.board.comparison.asking:
            self.wizard.toast("They are being read.")
            return
        self.ask_again()

    def do_copy_differences(self) -> None:
        """Copy all that differs."""
        self.wizard.copy(self.board.comparison.as_text(), "What differs")

    def do_leave_difference(self) -> None:
        """Go back to the matrix."""
        self.wizard.pop_screen()
