"""Asks before leaving while something is changed, and says what leaving means."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from wizard.tui.screens.base import WizardModal
from wizard.tui.widgets.detail_text import MUTED, duration


class QuitScreen(WizardModal[bool]):
    """Stay, or leave once the running action is finished."""

    AUTO_FOCUS = "#stay"
    BINDINGS: ClassVar = [("escape,n", "answer(False)", "Stay"), ("y", "answer(True)", "Leave")]

    def compose(self) -> ComposeResult:
        """What runs, what happens to it, the two answers."""
        row = self.board.acting
        running = f"{row.title}, for {duration(self.board.now() - row.since)}" if row else self.board.command
        with Vertical(classes="dialog"):
            yield Static(Content("Leave while this is running?"), classes="title")
            yield Static(
                Content.assemble(
                    ("Running: ", MUTED), (f"{running}\n\n", "bold"),
                    "The running action is finished, then the engine stops. What comes after it is not begun. "
                    "Start the wizard again at any time to go on from there.",
                )
            )  # fmt: skip
            with Horizontal(classes="buttons"):
                yield Button("Stay (n)", id="stay", variant="primary")
                yield Button("Leave (y)", id="leave")

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "leave")

    def action_answer(self, yes: bool) -> None:
        """Answer by key."""
        self.dismiss(yes)
