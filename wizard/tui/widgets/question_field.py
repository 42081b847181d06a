"""One question as a form shows it: prompt, a way to answer, help, and what is wrong with the answer."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Select, Static

from wizard.tui.rows import Field
from wizard.tui.widgets.choices import Choices
from wizard.tui.widgets.steady_input import SteadyInput

FEW_CHOICES = 6  # up to so many are all shown at once
STILL_SECONDS = 0.3  # without a key, before an answer is sent to be judged


class QuestionField(Vertical):
    """Posts `Changed` once typing pauses (where `live`), and `Submitted` on Enter."""

    # Textual looks at the rules below anew when the focus moves only if some `:focus-within` is of the field itself.
    DEFAULT_CSS = """
    QuestionField {
        height: auto; width: 1fr;
        & > Horizontal { height: auto; }
        & .prompt { width: 38; padding-right: 2; }
        & Input, & Select { width: 1fr; max-width: 60; }
        & > .help { color: $foreground-muted; display: none; padding-left: 38; }
        & > .complaint { color: $text-error; display: none; padding-left: 38; }
        &:focus-within { height: auto; }
        &:focus-within .prompt { text-style: bold; color: $text-primary; }
        &:focus-within > .help { display: block; }
        &.-wrong > .complaint { display: block; }
        &.-wrong > .help { display: none; }
        &.-wrong .prompt { color: $text-error; }
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

    def __init__(self, field: Field, *, live: bool = True, where: str = "") -> None:
        """`where` is the environment that is said elsewhere already, so that the prompt need not repeat it."""
        super().__init__(classes="question")
        self.field = field
        self._where = where
        self._live = live
        self._touched = False
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Prompt beside input or choice; help while it has the focus; complaint when there is one."""
        field = self.field
        with Horizontal():
            yield Static(Content(field.prompt.removesuffix(f" ({self._where})")), classes="prompt")
            if not field.choices:
                shown = field.value if field.secret else field.shown
                yield SteadyInput(
                    shown, placeholder=field.default, password=field.secret, compact=True, select_on_focus=False
                )
            elif len(field.choices) <= FEW_CHOICES:
                yield Choices(field.choices, self._chosen_now)
            else:
                options = [(Content(each), each) for each in field.choices]
                yield Select(options, value=self._chosen_now, allow_blank=False, compact=True)
        if field.help:
            yield Static(Content(field.help), classes="help")
        yield Static("", classes="complaint", markup=False)

    @property
    def _chosen_now(self) -> str:
        return self.field.shown if self.field.shown in self.field.choices else self.field.choices[0]

    @property
    def value(self) -> str:
        """The answer as it stands."""
        if not self.field.choices:
            return self.query_one(Input).value
        if len(self.field.choices) > FEW_CHOICES:
            return str(self.query_one(Select).value)
        return self.query_one(Choices).value

    def take(self, field: Field) -> None:
        """The engine's view of the question changed: show the new proposal, unless a person typed here."""
        if field == self.field:
            return
        other_choices = field.choices != self.field.choices
        self.field = field
        if other_choices:
            self.refresh(recompose=True)
        elif not self._touched and not field.choices and not field.secret:
            box = self.query_one(Input)
            with box.prevent(Input.Changed):
                box.value = field.shown

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
    @on(Choices.Changed)
    def _chosen(self, event: Select.Changed | Choices.Changed) -> None:
        event.stop()
        if self.value != self.field.shown:
            self._tell()

    @on(Input.Submitted)
    @on(Choices.Submitted)
    def _submitted(self, event: Input.Submitted | Choices.Submitted) -> None:
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
