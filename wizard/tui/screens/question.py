"""One question that the engine asks in the middle of a command."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from wizard.engine.events import AnswerTaken, AnswerWanted
from wizard.tui.rows import Field
from wizard.tui.screens.base import BoardChanged, WizardModal
from wizard.tui.widgets.question_field import QuestionField


class QuestionScreen(WizardModal[None]):
    """Asks, shows the engine's complaint, and closes when the answer is taken."""

    ENGINE_WAITS = True
    BINDINGS: ClassVar = [("escape", "give_up", "Stop here")]

    def __init__(self, asked: AnswerWanted) -> None:
        super().__init__()
        choices = tuple(asked.choices)
        self._field = Field(asked.name, asked.prompt, asked.help, "", asked.default, choices, asked.secret)

    def compose(self) -> ComposeResult:
        """The field and its two ways out."""
        with Vertical(classes="dialog"):
            yield Static(Content("One answer is needed"), classes="title")
            yield QuestionField(self._field, live=False)
            with Horizontal(classes="buttons"):
                yield Button("Stop here", id="stop")
                yield Button("Go on", id="go", variant="primary")

    @on(QuestionField.Submitted)
    @on(Button.Pressed, "#go")
    def _send(self) -> None:
        self.wizard.tell("answer", name=self._field.name, value=self.query_one(QuestionField).value)

    @on(Button.Pressed, "#stop")
    def action_give_up(self) -> None:
        """Stop the command: without the answer it cannot go on."""
        self.wizard.tell("cancel")
        self.dismiss(None)

    @on(BoardChanged)
    def _changed(self, message: BoardChanged) -> None:
        for event in message.events:
            if isinstance(event, AnswerTaken) and event.name == self._field.name:
                if not event.complaint:
                    self.dismiss(None)
                    return
                self.query_one(QuestionField).complain(event.complaint)
