"""The right side: everything about the selected step, and what can be done with it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button

from wizard.tui.board import Board
from wizard.tui.commands import BY_ID, Situation, key_of
from wizard.tui.rows import StepRow
from wizard.tui.widgets.detail_text import detail
from wizard.tui.widgets.detail_view import DetailView

ACTIONS = ("back", "apply-step", "check-step", "error", "copy-message", "leave-out", "output", "copy")
RARE = frozenset({"copy-message", "leave-out", "output"})  # of use to few steps: shown only where they can be used
LABELS = {
    "back": "‹ List",
    "apply-step": "Set up",
    "check-step": "Check",
    "error": "Problem",
    "copy-message": "Copy message",
    "leave-out": "Leave out",
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
        self._key = ""
        self._reasons: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        """The text above the buttons."""
        yield DetailView(id="detail-text")
        with Horizontal(id="detail-buttons"):
            for name in ACTIONS:
                yield Button(LABELS[name], id=f"do-{name}", compact=True)

    def reload(self, row: StepRow | None) -> None:
        """Show that row as it is now."""
        view = self.query_one(DetailView)
        view.update(detail(self._board, row) if row is not None else Content(EMPTY))
        if row is not None and row.key != self._key:
            self._key = row.key
            view.scroll_home(animate=False)
        for name in ACTIONS:
            self._offer(name)

    def _offer(self, name: str) -> None:
        reason = BY_ID[name].blocked(self._situation)
        if self._reasons.get(name) == reason:
            return
        self._reasons[name] = reason
        button = self.query_one(f"#do-{name}", Button)
        button.disabled = bool(reason)
        button.display = not reason or name not in RARE
        button.tooltip = Content(reason or f"{BY_ID[name].help} ({key_of(self._board, name)})")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Run the button's command, as its key would."""
        event.stop()
        self.app.action_command((event.button.id or "").removeprefix("do-"))  # type: ignore[attr-defined]
