"""What is shown while the terminal is too small for anything else."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from wizard.skeleton import SMALLEST
from wizard.tui.screens.base import WizardScreen


class TooSmallScreen(WizardScreen):
    """A plain message; the App takes it away when there is room again."""

    DEFAULT_CSS = (
        "TooSmallScreen { align: center middle; } TooSmallScreen > Static { width: 100%; text-align: center; }"
    )
    BINDINGS: ClassVar = []

    def compose(self) -> ComposeResult:
        """How much is needed, and that nothing is lost."""
        width, height = SMALLEST
        yield Static(
            Content(f"This terminal is too small.\nMake it at least {width}x{height}.\nWhat runs goes on. q quits.")
        )
