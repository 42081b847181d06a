"""What the screens share that show what the engine finds out on demand: status, differences, identities."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.content import Content
from textual.widgets import Static

from wizard.tui.screens.base import BoardChanged, WizardScreen
from wizard.tui.widgets.detail_text import Part
from wizard.tui.widgets.header_bar import HeaderBar

CLOCK_SECONDS = 1.0


class AskingScreen(WizardScreen):
    """Asks the engine when it is opened, or as soon as the engine is idle, and again on demand.

    A subclass composes a `HeaderBar` and a `Static` of the id `said`, and says what to ask and how that goes.
    """

    DEFAULT_CSS: ClassVar[str] = """
    AskingScreen {
        & #said { height: auto; padding: 0 1; margin: 1 0 0 0; }
        &.-low #said { margin: 0; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._wanted = True  # to be asked as soon as the engine is idle
        self._said = Content("")

    def ask(self) -> None:
        """Put the question to the engine."""
        raise NotImplementedError

    def show_answer(self) -> None:
        """Show what the engine has answered so far, and say how it goes."""
        raise NotImplementedError

    def how_it_goes(self) -> list[Part]:
        """One line: what is waited for, or what was found and when."""
        raise NotImplementedError

    @on(BoardChanged)
    def _board_changed(self) -> None:
        self.query_one(HeaderBar).reload()
        self._wanted = self._wanted or self.board.engine != "ready"  # a dead engine has forgotten what it was asked
        self.ask_when_idle()
        self.show_answer()

    def ask_when_idle(self) -> None:
        """Ask, unless the engine is at something else: that is not cut short for a question."""
        if self._wanted and self.board.engine == "ready" and not self.wizard.link.busy:
            self._wanted = False
            self.ask()

    def ask_again(self) -> None:
        """Ask, at the latest when the engine is idle, and say so."""
        self._wanted = True
        self.ask_when_idle()
        self.show_answer()

    def say(self) -> None:
        """Say how it goes; a line that has not changed is not drawn again."""
        said = Content.assemble(*self.how_it_goes())
        if not said.is_same(self._said):
            self._said = said
            self.query_one("#said", Static).update(said)
