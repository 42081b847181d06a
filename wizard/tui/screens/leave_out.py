"""Leaves an optional step out for a reason, or takes it in again."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from wizard.engine.events import AnswerTaken
from wizard.tui.rows import Field, StepRow
from wizard.tui.screens.base import BoardChanged, WizardModal
from wizard.tui.widgets.question_field import QuestionField


class LeaveOutScreen(WizardModal[None]):
    """Asks for the reason, which is an answer like any other: an empty one takes the step in again."""

    AUTO_FOCUS = "Input"

    def __init__(self, row: StepRow, reason: Field) -> None:
        super().__init__()
        self._row = row
        self._field = reason
        self._given = reason.value

    def compose(self) -> ComposeResult:
        """The question and the ways out of it."""
        row = self._row
        where = f" ({row.environment})" if row.environment else ""
        with Vertical(classes="dialog"):
            yield Static(Content(f"Leave out: {row.title}{where}?"), classes="title")
            yield Static("This step is optional. The reason is kept with the answers, for whoever asks later.\n")
            yield QuestionField(self._field, live=False)
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="cancel")
                if self._field.value:
                    yield Button("Take it in again", id="take-in")
                yield Button("Leave it out", id="leave-out", variant="primary")

    @on(QuestionField.Submitted)
    @on(Button.Pressed, "#leave-out")
    def _leave_out(self) -> None:
        reason = self.query_one(QuestionField).value.strip()
        if reason:
            self._answer(reason)
        else:
            self.query_one(QuestionField).complain("a reason is needed; one sentence will do")

    @on(Button.Pressed, "#take-in")
    def _take_in(self) -> None:
        self._answer("")

    def _answer(self, reason: str) -> None:
        self._given = reason
        self.wizard.tell("answer", name=self._field.name, value=reason)

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    @on(BoardChanged)
    def _changed(self, message: BoardChanged) -> None:
        for event in message.events:
            if isinstance(event, AnswerTaken) and event.name == self._field.name:
                if event.complaint:
                    self.query_one(QuestionField).complain(event.complaint)
                else:
                    if self._given:
                        self.wizard.ask("apply", [self._row.key], yes=True)  # writes the reason down, does nothing else
                    self.wizard.ask("plan")  # what waited for this step may go on now
                    self.dismiss(None)
                return
