"""The live status: models, endpoints, runs, clusters, tokens, variables and drift, with what to do next."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Footer, Input, Static

from wizard.tui.board import STATUS as COMMAND
from wizard.tui.commands import STATUS, bindings
from wizard.tui.links import visit
from wizard.tui.looks import look
from wizard.tui.screens.asking import CLOCK_SECONDS, AskingScreen
from wizard.tui.status_board import StatusBoard, StatusRow, since
from wizard.tui.widgets.detail_text import HEADING, MUTED, STYLE_OF, Part, duration
from wizard.tui.widgets.detail_view import DetailView
from wizard.tui.widgets.header_bar import HeaderBar
from wizard.tui.widgets.status_list import StatusList
from wizard.tui.widgets.steady_input import SteadyInput

REFRESH_SECONDS = 60.0
MOST_PAGES = 20


class StatusScreen(AskingScreen):
    """Has everything read, again every minute while the engine is idle, until it is frozen."""

    CSS_PATH = "status.tcss"
    PLACE = STATUS
    AUTO_FOCUS = "#areas"
    BINDINGS: ClassVar = bindings(STATUS)

    def __init__(self) -> None:
        super().__init__()
        self._frozen = False
        self._by_state = False
        self._pages = 1

    def compose(self) -> ComposeResult:
        """How the reading goes, above the list, and all about one row under it."""
        yield HeaderBar(self.board)
        yield Static("", id="said", markup=False)
        yield SteadyInput(placeholder="words that a row must have; Esc closes", id="filter")
        yield StatusList(id="areas").add_class("panel")
        yield DetailView(id="row").add_class("panel")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Ask; a clock counts, and asks again."""
        self.query_one("#areas").border_title = "Status"
        self.set_interval(CLOCK_SECONDS, self._tick)
        self.ask_when_idle()
        self.call_after_refresh(self._show)

    def _tick(self) -> None:
        read_at = self.board.status.read_at
        if not self._frozen and read_at is not None and self.board.now() - read_at >= REFRESH_SECONDS:
            self._wanted = not self.board.status.asking
        self.ask_when_idle()
        self.say()

    def ask(self) -> None:
        """Have everything read."""
        self.wizard.ask(COMMAND, pages=self._pages)

    def ask_when_idle(self) -> None:
        """Ask as soon as the engine is idle, unless nothing is to change now."""
        if not self._frozen:
            super().ask_when_idle()

    def show_answer(self) -> None:
        """Show what was read, unless what is shown is to stay."""
        self.say() if self._frozen else self._show()

    @on(Input.Changed, "#filter")
    def _show(self) -> None:
        words = self.query_one("#filter", Input).value
        self.query_one(StatusList).reload(self.board.status, words, by_state=self._by_state)
        self._show_row()
        self.say()

    @on(Input.Submitted, "#filter")
    def _to_the_list(self) -> None:
        self.query_one(StatusList).focus()

    @on(StatusList.Selected)
    def _show_row(self) -> None:
        row = self.query_one(StatusList).selected
        self.query_one(DetailView).update(Content.assemble(*(about(row) if row else ())))

    def how_it_goes(self) -> list[Part]:
        """What is waited for, or how everything stands and since when."""
        board, found = self.board, self.board.status
        counts = ", ".join(f"{number} {look(state)[1]}" for state, number in found.counts.items())
        age = "" if found.read_at is None else f"updated {board.now() - found.read_at:.0f} s ago"
        known = f"{age}{': ' if age and counts else ''}{counts}"
        if self.engine_gone:
            return [("✗ The engine is not running. ", "bold $text-error"), (f"R starts it again. {known}", "")]
        if self._frozen:
            return [("■ Frozen. ", "bold $text-warning"), (f"z goes on. {known}", "")]
        if found.asking:
            return [("◌ Reading. ", "bold $text-accent"), (f"{duration(board.now() - board.command_since)} ", MUTED),
                    (counts, "")]  # fmt: skip
        if self._wanted or board.engine != "ready":
            busy = f"`{board.command}`" if board.command else "its start"
            return [("▸ The engine is busy with ", "bold $text-accent"), (f"{busy}; it reads after that. {known}", "")]
        stale = f", {found.stale} stale" if found.stale else ""
        return [verdict(found), (f", {known}{stale}", "")]

    # -- commands -------------------------------------------------------------------------------------------------

    def do_do_row(self) -> None:
        """Offer what can be done about the row."""
        row = self.query_one(StatusList).selected
        if row is None or not row.deeds:
            self.wizard.toast("Nothing can be done about this row from here.")
            return
        from wizard.tui.screens.deeds import DeedsScreen

        self.wizard.push_screen(DeedsScreen(row), self._done)

    def _done(self, begun: bool | None) -> None:
        """What was begun changes what is to be seen."""
        self._wanted = self._wanted or bool(begun)

    def do_drift(self) -> None:
        """Have the engine compare everything with the plan."""
        self.wizard.ask("drift")
        self.wizard.toast("Everything is compared with the plan; that takes some seconds.")

    def do_refresh(self) -> None:
        """Read everything again, once the engine is idle."""
        if self.board.status.asking:
            self.wizard.toast("It is being read.")
            return
        self._frozen = False
        self.ask_again()

    def do_freeze(self) -> None:
        """Let what is shown stay as it is, or go on."""
        self._frozen = not self._frozen
        self.show_answer()

    def do_filter(self) -> None:
        """Open the filter."""
        field = self.query_one("#filter", Input)
        field.add_class("-open")
        field.focus()

    def do_sort(self) -> None:
        """The rows that need somebody first, or the order of the services."""
        self._by_state = not self._by_state
        self._show()

    def do_more_rows(self) -> None:
        """Read one more page of long lists."""
        self._pages = min(MOST_PAGES, self._pages + 1)
        self.do_refresh()

    def do_copy_row(self) -> None:
        """Copy all about the row."""
        if row := self.query_one(StatusList).selected:
            self.wizard.copy(row.as_text(), "The row")

    def do_open_row(self) -> None:
        """Open the row's page."""
        row = self.query_one(StatusList).selected
        if row and row.link:
            visit(self.wizard, row.link)
        else:
            self.wizard.toast("This row has no page.", severity="warning")

    def do_leave_status(self) -> None:
        """Close the filter, else the screen."""
        field = self.query_one("#filter", Input)
        if field.has_class("-open"):
            field.remove_class("-open")
            field.value = ""
            self.query_one(StatusList).focus()
        else:
            self.wizard.pop_screen()


def verdict(found: StatusBoard) -> Part:
    """How everything stands in a word or two."""
    if set(found.counts) & {"fail", "warn", "todo"}:
        return "▲ Somebody is needed", "bold $text-warning"
    if found.unread or "unknown" in found.counts:
        return "? Not all could be read", "bold $text-warning"
    if not found.counts:
        return "○ Nothing is set up yet", "bold $text-primary"
    return "✓ All well", "bold $text-success"


def about(row: StatusRow) -> list[Part]:
    """Everything of a row: how it stands, what to do, and every cell, however narrow the list is."""
    glyph, word, _, token = look(row.state)
    parts: list[Part] = [(f"{glyph} {word}", f"bold {STYLE_OF[token]}"), (f"  {row.title} {row.environment}", "bold")]
    parts += [("\nNext: ", HEADING), (row.advice, "")] if row.advice else []
    for cell, why, read_at in row.stale:
        parts += [(f"\nStale: {cell or 'all'}: ", "$text-warning"), (f"{since(read_at)}{why}", "")]
    parts.append(("\n", ""))
    for name, value in row.cells:
        parts += [(f"{name} ", MUTED), (f"{value}   ", "")] if value else []
    parts += [("\nEnter: ", HEADING), (" · ".join(each.title for each in row.deeds), "")] if row.deeds else []
    parts += [("\nProbes of this session: ", MUTED), (row.sparkline, "$text-accent")] if row.trend else []
    return [*parts, (f"\n{row.link}", MUTED)] if row.link else parts
