"""The names form: every answer with its proposal. Whoever agrees presses Enter once."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Footer, Static

from wizard.engine.events import AnswerTaken, ChecklistShown
from wizard.tui.flow import NAMES, asked
from wizard.tui.screens.base import BoardChanged, WizardScreen
from wizard.tui.widgets.header_bar import HeaderBar
from wizard.tui.widgets.question_field import QuestionField

INTRODUCTION = "These names are proposed. Press Enter to use them, or Tab to change one: it is checked as you type."
WAITING = "The engine is still starting; the questions come in a moment."


class NamesScreen(WizardScreen):
    """All questions but those of the sign-in, under the titles of their steps."""

    CSS_PATH = "names.tcss"
    PLACE = NAMES
    AUTO_FOCUS = "#use"
    BINDINGS: ClassVar = [("escape", "back", "Back")]

    def compose(self) -> ComposeResult:
        """An introduction, the button that agrees, the fields."""
        yield HeaderBar(self.board)
        with Vertical(id="form", classes="panel"):
            with Horizontal(id="head"):
                yield Static(Content(INTRODUCTION), id="introduction")
                yield Button("Use these", id="use", variant="primary")
            yield VerticalScroll(id="fields", can_focus=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Fill in the questions, if they are known."""
        self.query_one("#form").border_title = "Names and other answers"
        self.wizard.tell("describe")  # proposals follow from what was learned since
        self._fill()

    def _fill(self) -> None:
        fields = self.query_one("#fields")
        if not self.board.described:
            self.query_one("#introduction", Static).update(Content(WAITING))
            return
        self.query_one("#introduction", Static).update(Content(INTRODUCTION))
        seen: set[str] = set()
        for row in asked(self.board):
            fresh = [each for each in row.inputs if each.name not in seen]
            seen |= {each.name for each in fresh}
            if fresh:
                where = f" ({row.environment})" if row.environment else ""
                fields.mount(Static(Content(row.title + where), classes="group"))
                fields.mount(*(QuestionField(each) for each in fresh))

    @on(BoardChanged)
    def _changed(self, message: BoardChanged) -> None:
        self.query_one(HeaderBar).reload()
        fields = {each.field.name: each for each in self.query(QuestionField)}
        for event in message.events:
            if isinstance(event, AnswerTaken) and event.name in fields:
                fields[event.name].complain(event.complaint)
            elif isinstance(event, ChecklistShown):
                if not fields:
                    self._fill()
                    return
                for name, shown in fields.items():
                    if known := self.board.field(name):
                        shown.take(known)

    @on(QuestionField.Changed)
    def _answer(self, message: QuestionField.Changed) -> None:
        self.wizard.tell("answer", name=message.name, value=message.value)

    @on(QuestionField.Submitted)
    def _next_field(self) -> None:
        self.focus_next()

    @on(Button.Pressed, "#use")
    def _use(self) -> None:
        for each in self.query(QuestionField):
            each.settle()
        wrong = next((each for each in self.query(QuestionField) if each.has_class("-wrong")), None)
        if wrong is None:
            self.wizard.go_on(NAMES)
            return
        wrong.scroll_visible(animate=False)
        self.wizard.toast("One of the answers breaks a rule: see what is written under it.", severity="warning")

    def action_back(self) -> None:
        """Leave the form; what was answered stays answered."""
        self.wizard.go_on(NAMES)
