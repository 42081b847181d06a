"""What can be done about a row of the status: one is chosen, something typed where it needs that, and off it goes."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, OptionList, Static

from wizard.tui.screens.base import WizardModal
from wizard.tui.status_board import StatusDeed, StatusRow
from wizard.tui.widgets.steady_input import SteadyInput


class DeedsScreen(WizardModal[bool]):
    """True when something was begun.

    Whatever changes something is asked about once more, by the engine and with its plan.
    """

    CSS_PATH = "deeds.tcss"
    AUTO_FOCUS = "#deeds"

    def __init__(self, row: StatusRow) -> None:
        super().__init__()
        self._row = row

    def compose(self) -> ComposeResult:
        """The deeds, a field for what is typed, the ways out."""
        row = self._row
        where = f" ({row.environment})" if row.environment else ""
        with Vertical(classes="dialog"):
            yield Static(Content(f"{row.title}{where}: do what?"), classes="title")
            yield OptionList(*(Content(each.title) for each in row.deeds), id="deeds", compact=True)
            yield Static("", id="asks", markup=False)
            yield SteadyInput(id="typed", compact=True)
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="cancel")
                yield Button("Do it", id="do", variant="primary")

    @property
    def _deed(self) -> StatusDeed:
        return self._row.deeds[self.query_one(OptionList).highlighted or 0]

    @on(OptionList.OptionHighlighted)
    def _show_what_is_asked(self) -> None:
        self.query_one("#asks", Static).update(Content(self._deed.asks))
        self.set_class(bool(self._deed.asks), "-asks")

    @on(OptionList.OptionSelected)
    def _chosen(self) -> None:
        if self._deed.asks:
            self.query_one("#typed").focus()
        else:
            self._do()

    @on(Input.Submitted)
    @on(Button.Pressed, "#do")
    def _do(self) -> None:
        if self._deed.form:
            from wizard.tui.screens.numbers import NumbersScreen

            self.wizard.push_screen(NumbersScreen(self._deed), self._begin)
        else:
            self._begin(self.query_one(Input).value.strip())

    def _begin(self, typed: str | None) -> None:
        """Off it goes with what was typed; None, of a form that was left, is no answer."""
        if typed is None:
            return
        deed = self._deed
        self.dismiss(True)
        self.wizard.do_deed(deed.key, deed.title, deed.told(typed))

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)
