"""The right side: everything about the selected step, and what can be done with it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from wizard.tui.board import Board
from wizard.tui.commands import BY_ID, Situation
from wizard.tui.rows import StepRow
from wizard.tui.widgets.detail_text import detail

ACTIONS = ("back", "apply-step", "check-step", "error", "output", "copy")
LABELS = {
    "back": "‹ List",
    "apply-step": "Set up",
    "check-step": "Check",
    "error": "Problem",
    "output": "Output",
    "copy": "Copy",
}
EMPTY = "No step is selected: there is no checklist yet."


class DetailPane(Vertical):
    """Shows one row of the board. Its buttons run commands of the registry; a disabled one tells why on hover."""

    def __init__(self, board: Board, situation: Situation, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._board = board
        self._situation = situation
        self._shown = Content("")
        self._key = ""

    def compose(self) -> ComposeResult:
        """The text, scrolling, above the buttons."""
        with VerticalScroll(id="detail-scroll"):
            yield Static(EMPTY, id="detail-text", markup=False)
        with Horizontal(id="detail-buttons"):
            for name in ACTIONS:
                yield Button(
                    LABELS[name],
                    id=f"do-{name}",
                    compact=True,
                    variant="primary" if name == "apply-step" else "default",
                )

    def reload(self, row: StepRow | None) -> None:
        """Show that row as it is now."""
        shown = detail(self._board, row) if row is not None else Content(EMPTY)
        if shown.is_same(self._shown):
            return
        self._shown = shown
        self.query_one("#detail-text", Static).update(shown)
        if row is not None and row.key != self._key:
            self._key = row.key
            self.query_one("#detail-scroll").scroll_home(animate=False)
        for name in ACTIONS:
            self._offer(name)

    def _offer(self, name: str) -> None:
        button = self.query_one(f"#do-{name}", Button)
        reason = BY_ID[name].blocked(self._situation)
        button.disabled = bool(reason)
        button.tooltip = Content(reason or f"{BY_ID[name].help} ({BY_ID[name].key_label})")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Run the button's command, as its key would."""
        event.stop()
        self.app.action_command((event.button.id or "").removeprefix("do-"))  # type: ignore[attr-defined]
