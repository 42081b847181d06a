"""What all screens share: the board, its changes, and how a screen answers a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar, cast

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen, Screen

from wizard.skeleton import NARROW_BELOW
from wizard.tui.board import Board
from wizard.tui.rows import StepRow

if TYPE_CHECKING:
    from wizard.engine.events import Event
    from wizard.tui.app import WizardApp

NARROW = "-narrow"
WIDTHS: list[tuple[int, str]] | None = [(0, NARROW), (NARROW_BELOW, "-normal"), (160, "-wide")]
HEIGHTS: list[tuple[int, str]] | None = [(0, "-low"), (30, "-high")]
Result = TypeVar("Result")


class BoardChanged(Message):
    """A bundle of events was folded into the board."""

    def __init__(self, events: list[Event]) -> None:
        super().__init__()
        self.events = events


class _OnTheBoard:
    """A look at the App's board and engine, for screens of both kinds."""

    PLACE: ClassVar[str] = ""

    @property
    def wizard(self) -> WizardApp:
        """The App, by its own type."""
        return cast("WizardApp", self.app)  # type: ignore[attr-defined]  # a screen has it

    @property
    def board(self) -> Board:
        """What is known."""
        return self.wizard.board

    @property
    def selected(self) -> StepRow | None:
        """The step that commands are about."""
        return None

    def offers(self, _command_id: str, /) -> bool:
        """Whether the footer shows a command of this place now; one that is not offered has no key either."""
        return True

    @property
    def engine_gone(self) -> bool:
        """The engine stopped and is not started again by itself."""
        return self.wizard.engine_gone


class WizardScreen(_OnTheBoard, Screen[None]):
    """A whole screen."""

    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS


class WizardModal(_OnTheBoard, ModalScreen[Result]):
    """A dialog over a screen. Esc closes it without a result.

    `ENGINE_WAITS` says that the engine asked for it, so that it makes no sense without that engine.
    """

    ENGINE_WAITS: ClassVar[bool] = False
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    BINDINGS: ClassVar = [
        Binding("escape", "close", "Close"),
        Binding("down,j", "scroll_body(1)", "Down", show=False),
        Binding("up,k", "scroll_body(-1)", "Up", show=False),
        Binding("pagedown", "scroll_body(10)", "Page down", show=False),
        Binding("pageup", "scroll_body(-10)", "Page up", show=False),
    ]

    def on_mount(self) -> None:
        """Passing messages would lie over the dialog."""
        self.app.clear_notifications()

    def action_scroll_body(self, lines: int) -> None:
        """Scroll what is longer than the screen, whatever has the focus."""
        for body in self.query(VerticalScroll):
            body.scroll_relative(y=lines, animate=False)

    def action_close(self) -> None:
        """Close without a result."""
        self.dismiss(None)
