"""Where a person types the name by which an environment is armed."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from wizard.tui.armings import Guarded
from wizard.tui.widgets.steady_input import SteadyInput

LATER = "Leave it empty, and you are asked when its turn comes."


class ArmField(Vertical):
    """Posts `Armed` when Enter is pressed after the right name. Where it is not `required`, it may stay empty."""

    DEFAULT_CSS = """
    ArmField {
        height: auto; width: 1fr; margin-top: 1;
        & > .ask { color: $text-warning; text-style: bold; }
        & > .complaint { color: $text-error; display: none; }
        & > .later { color: $foreground-muted; }
        &.-wrong > .complaint { display: block; }
        &.-wrong > .later { display: none; }
    }
    .-low ArmField { margin-top: 0; }
    """

    class Armed(Message):
        """The right name is typed, and Enter pressed."""

    def __init__(self, guarded: Guarded, *, required: bool) -> None:
        super().__init__()
        self._guarded = guarded
        self._required = required

    def compose(self) -> ComposeResult:
        """What to type, where, and what is wrong with it."""
        found = self._guarded
        yield Static(Content(found.ask), classes="ask")
        yield SteadyInput(compact=True, select_on_focus=False, id="arm-word")
        yield Static(Content(f"This is not {found.word}."), classes="complaint")
        if not self._required:
            yield Static(Content(LATER), classes="later")

    @property
    def environment(self) -> str:
        """What is armed by it."""
        return self._guarded.environment

    @property
    def word(self) -> str:
        """What is typed."""
        return self.query_one(Input).value.strip()

    def begin(self, text: str = "") -> None:
        """Go on typing here, after this text."""
        field = self.query_one(Input)
        field.focus()
        field.insert_text_at_cursor(text)

    def complete(self) -> bool:
        """Whether one may go on; where not, say so and wait for the name."""
        right = self.word == self._guarded.word or not (self.word or self._required)
        self.set_class(not right, "-wrong")
        if not right:
            self.query_one(Input).focus()
        return right

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self.complete() and self.word:
            self.post_message(self.Armed())

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.remove_class("-wrong")
