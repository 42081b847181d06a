"""The first screen: what this is, or how far it had come, beside the checklist as it was last seen."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Footer, Static

from wizard.tui.flow import next_screen
from wizard.tui.screens.base import BoardChanged, WizardScreen
from wizard.tui.widgets.header_bar import REAL_CLOUD, HeaderBar
from wizard.tui.widgets.step_list import StepList

FIRST_TIME = (
    "This wizard takes you from an Azure subscription to a model that a pipeline trained on Databricks, that stands in "
    "a central registry and answers in test and in prod. It goes through the checklist beside, step by step."
)
HOW = (
    "Every step is checked live and ends with a proof read from the far side. Nothing is created before you have seen "
    "it and said yes. You can stop at any time and go on later."
)
REHEARSAL = (
    "You are in the sandbox: a rehearsal cloud on this machine. The same program makes the same calls, but no account "
    "is needed, nothing leaves this machine and nothing costs money."
)


class WelcomeScreen(WizardScreen):
    """Welcome, or welcome back."""

    PLACE = "welcome"
    AUTO_FOCUS = "#start"

    def __init__(self, was_ok: int) -> None:
        super().__init__()
        self._was_ok = was_ok

    def compose(self) -> ComposeResult:
        """Checklist at the left, the card at the right (below each other where it is narrow)."""
        yield HeaderBar(self.board)
        with Horizontal(id="halves"):
            yield StepList(self.board, cursor=False, id="steps")
            with Vertical(id="card", classes="panel"):
                with VerticalScroll(can_focus=False):
                    yield Static(self._text(), id="words")
                with Horizontal(classes="buttons"):
                    yield Static(self._doing(), id="doing")
                    yield Button("Quit", id="leave")
                    yield Button("Start", id="start", variant="primary")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Name the button after what it does."""
        if self._was_ok:
            self.query_one("#start", Button).label = "Resume"

    def _text(self) -> Content:
        board = self.board
        was_ok, total = self._was_ok, board.total
        parts: list[tuple[str, str]] = []
        if was_ok:
            parts += [("Welcome back\n\n", "bold $text-primary")]
            parts += [(f"{was_ok} of {total} steps were OK", "bold"), (" when last seen. ", "")]
            parts += [(f"{board.done} are confirmed live so far.\n\n", "")]
        else:
            parts += [("Welcome\n\n", "bold $text-primary"), (f"{FIRST_TIME}\n\n", "")]
        parts += [(f"{HOW}\n\n", "")]
        if board.cloud != REAL_CLOUD:
            parts += [
                (" sandbox ", "bold $text-warning on $warning-muted"),
                (f"  {REHEARSAL}\n\n", "$foreground-muted"),
            ]
        return Content.assemble(*parts)

    def _doing(self) -> Content:
        board = self.board
        if board.engine != "ready":
            return Content(f"… {board.starting}" if board.starting else "The engine has stopped.")
        if self.wizard.link.busy:
            return Content("… looking at everything live while you read")
        return Content("Enter goes on.")

    @on(BoardChanged)
    def _changed(self) -> None:
        self.query_one(HeaderBar).reload()
        self.query_one(StepList).reload()
        self.query_one("#words", Static).update(self._text())
        self.query_one("#doing", Static).update(self._doing())

    @on(Button.Pressed, "#start")
    def _start(self) -> None:
        self.wizard.go_to(next_screen(self.board, after=""))

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        self.wizard.do_quit()
