"""The environment matrix: how each step stands in each environment, live."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Footer

from wizard.tui.commands import DIFFERENCE, MATRIX, bindings
from wizard.tui.matrix import ONCE
from wizard.tui.rows import StepRow
from wizard.tui.screens.base import BoardChanged, WizardScreen
from wizard.tui.widgets.detail_view import DetailView
from wizard.tui.widgets.header_bar import HeaderBar
from wizard.tui.widgets.matrix_text import cell_text
from wizard.tui.widgets.matrix_view import MatrixHead, MatrixView

CLOCK_SECONDS = 1.0  # ages grow


class MatrixScreen(WizardScreen):
    """The table, and what is known of the cell under the cursor: beside it, or under it where it is narrow."""

    CSS_PATH = "matrix.tcss"
    PLACE = MATRIX
    AUTO_FOCUS = "#matrix"
    BINDINGS: ClassVar = bindings(MATRIX)

    def __init__(self, key: str = "") -> None:
        """`key` is the step whose cell is under the cursor at first."""
        super().__init__()
        self._key = key

    def compose(self) -> ComposeResult:
        """Header, table, details, footer."""
        view = MatrixView(self.board, id="matrix")
        yield HeaderBar(self.board)
        with Horizontal(id="halves"):
            with Vertical(id="table", classes="panel"):
                yield MatrixHead(view, self.board)
                yield view
            yield DetailView(id="cell").add_class("panel")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Put the cursor on the step that was selected."""
        self.query_one("#table").border_title = "Environments"
        self.set_interval(CLOCK_SECONDS, self._show_cell)
        view = self.query_one(MatrixView)
        view.reload()
        if (row := self.board.rows.get(self._key)) is not None:
            view.select(row)
        self.call_after_refresh(view.show_cursor)
        self.call_after_refresh(self._show)

    @property
    def selected(self) -> StepRow | None:
        """The step of the cell under the cursor."""
        return self.query_one(MatrixView).selected

    @on(BoardChanged)
    def _changed(self) -> None:
        self.query_one(MatrixView).reload()
        self._show()

    @on(MatrixView.Selected)
    def _show(self) -> None:
        view = self.query_one(MatrixView)
        self.query_one(HeaderBar).reload(view.environment)
        self.query_one(MatrixHead).reload()
        self._show_cell()

    def _show_cell(self) -> None:
        view, cell = self.query_one(MatrixView), self.query_one(DetailView)
        if view.row is not None:
            cell.update(cell_text(self.board, view.row, view.environment))
            title = view.environment or ONCE
            if str(cell.border_title) != title:
                cell.border_title = Content(title)

    @on(MatrixView.Opened)
    def _opened(self) -> None:
        self.do_go_to_step()

    # -- commands -------------------------------------------------------------------------------------------------

    def do_go_to_step(self) -> None:
        """Go to the step on the checklist."""
        if row := self.selected:
            self.wizard.show_step(row.key)

    def do_check_cell(self) -> None:
        """Check the step of this cell."""
        self._check([self.selected] if self.selected else [])

    def do_check_row(self) -> None:
        """Check this row in all environments."""
        row = self.query_one(MatrixView).row
        self._check(list(row.cells.values()) if row else [])

    def do_check_column(self) -> None:
        """Check all steps of this environment."""
        self._check(self.query_one(MatrixView).column)

    def _check(self, steps: list[StepRow]) -> None:
        if steps:
            self.wizard.ask("check", [step.key for step in steps])

    def do_differences(self) -> None:
        """Show in what prod differs from test."""
        self.wizard.open(DIFFERENCE)

    def do_leave_matrix(self) -> None:
        """Go back to the checklist."""
        self.wizard.pop_screen()
