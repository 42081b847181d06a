"""Asks for the numbers of a form, one field each, with what is known of them."""

from __future__ import annotations

import math
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from wizard.tui.rows import Field
from wizard.tui.screens.base import WizardModal
from wizard.tui.status_board import StatusDeed, StatusNumber
from wizard.tui.widgets.question_field import QuestionField


class NumbersScreen(WizardModal[str]):
    """The numbers with commas between them, in the order of the form; None when it is left."""

    CSS_PATH = "numbers.tcss"
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar = [
        Binding("down", "app.focus_next", "Next", show=False),
        Binding("up", "app.focus_previous", "Previous", show=False),
    ]

    def __init__(self, deed: StatusDeed) -> None:
        super().__init__()
        self._deed = deed

    def compose(self) -> ComposeResult:
        """A field for each number, the ways out."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._deed.title), classes="title")
            with VerticalScroll(can_focus=False):
                for number in self._deed.form:
                    yield QuestionField(_field(number), live=False)
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="cancel")
                yield Button("Send", id="send", variant="primary")

    @on(QuestionField.Submitted)
    def _next(self) -> None:
        """Enter goes from field to field, and from the last one to the button."""
        self.focus_next()

    @on(Button.Pressed, "#send")
    def _send(self) -> None:
        fields = list(self.query(QuestionField))
        for field in fields:
            field.complain("" if _is_number(field.value) else "a number is needed, such as 7.4")
        wrong = next((field for field in fields if field.has_class("-wrong")), None)
        if wrong is None:
            self.dismiss(",".join(field.value.strip() for field in fields))
        else:
            wrong.query("Input").first().focus()

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)


def _field(number: StatusNumber) -> Field:
    known = f"{number.least:g} to {number.most:g} in the data set"
    return Field(number.name, number.name, known, default=f"{number.proposed:g}")


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
