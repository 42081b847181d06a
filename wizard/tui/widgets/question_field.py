"""One question as a form shows it: prompt, a way to answer, help, and what is wrong with the answer."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Select, Static

from wizard.tui.rows import Field

STILL_SECONDS = 0.3  # without a key, before an answer is sent to be judged


class QuestionField(Vertical):
    """Posts `Changed` once typing pauses (where `live`), and `Submitted` on Enter."""

    DEFAULT_CSS = """
    QuestionField {
        height: auto; margin-bottom: 1;
        & > .prompt { text-style: bold; }
        & > .help { color: $text-muted; }
        & > .complaint { color: $text-error; display: none; }
        &.-wrong > .complaint { display: block; }
        &.-wrong > Input { border: tall $error; }
    }
    """

    class Changed(Message):
        """A person gave another answer."""

        def __init__(self, name: str, value: str) -> None:
            super().__init__()
            self.name = name
            self.value = value

    class Submitted(Message):
        """Enter was pressed."""

    def __init__(self, field: Field, *, live: bool = True) -> None:
        super().__init__(classes="question")
        self.field = field
        self._live = live
        self._touched = False
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Prompt, input or choice, help, complaint."""
        field = self.field
        yield Static(Content(field.prompt), classes="prompt")
        if field.choices:
            value = field.shown if field.shown in field.choices else field.choices[0]
            options = [(Content(each), each) for each in field.choices]
            yield Select(options, value=value, allow_blank=False)
        else:
            yield Input(field.shown, placeholder=field.default, password=field.secret, select_on_focus=False)
        if field.help:
            yield Static(Content(field.help), classes="help")
        yield Static("", classes="complaint", markup=False)

    @property
    def value(self) -> str:
        """The answer as it stands."""
        if self.field.choices:
            return str(self.query_one(Select).value)
        return self.query_one(Input).value

    def take(self, field: Field) -> None:
        """The engine's view of the question changed: show the new proposal, unless a person typed here."""
        if field == self.field:
            return
        self.field = field
        if self._touched:
            return
        if not field.choices:
            box = self.query_one(Input)
            with box.prevent(Input.Changed):
                box.value = field.shown
        elif field.shown in field.choices:
            choice = self.query_one(Select)
            with choice.prevent(Select.Changed):
                choice.value = field.shown

    def complain(self, complaint: str) -> None:
        """Say what is wrong, "" for nothing."""
        self.set_class(bool(complaint), "-wrong")
        self.query_one(".complaint", Static).update(Content(complaint))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value == self.field.shown and not self._touched:
            return
        self._touched = True
        if self._timer is not None:
            self._timer.stop()
        if self._live:
            self._timer = self.set_timer(STILL_SECONDS, self._tell)

    @on(Select.Changed)
    def _chosen(self, event: Select.Changed) -> None:
        event.stop()
        if str(event.value) != self.field.shown or self._touched:
            self._touched = True
            self._tell()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.settle()
        self.post_message(self.Submitted())

    def settle(self) -> None:
        """Send what was typed without waiting for the pause."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
            self._tell()

    def _tell(self) -> None:
        self._timer = None
        if self._live:
            self.post_message(self.Changed(self.field.name, self.value))
