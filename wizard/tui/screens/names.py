"""The names form: every answer with its proposal. Whoever agrees presses Enter once."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import DescendantFocus
from textual.widgets import Button, Footer, Static

from wizard.engine.events import AnswerTaken, ChecklistShown
from wizard.tui.flow import NAMES, Group, by_environment
from wizard.tui.screens.base import BoardChanged, WizardScreen
from wizard.tui.widgets.detail_text import MUTED
from wizard.tui.widgets.header_bar import HeaderBar
from wizard.tui.widgets.question_field import QuestionField

INTRODUCTION = (
    "These names are proposed. Press Enter to use them, or Tab to change one: it is checked as you type. "
    "F2 uses them from anywhere, Page Down goes to the next environment."
)
WAITING = "The engine is still starting; the questions come in a moment."


class Questions(VerticalScroll, can_focus=False, inherit_bindings=False):
    """The questions. What is in sight follows the focus, so no key scrolls by itself."""


class NamesScreen(WizardScreen):
    """All questions but those of the sign-in, under the titles of their steps."""

    CSS_PATH = "names.tcss"
    PLACE = NAMES
    AUTO_FOCUS = "#use"
    BINDINGS: ClassVar = [
        ("f2", "use", "Use these"),
        ("pagedown", "group(1)", "Next group"),
        ("pageup", "group(-1)", "Previous group"),
        ("escape", "back", "Back"),
    ]

    def compose(self) -> ComposeResult:
        """An introduction, the button that agrees, the fields."""
        yield HeaderBar(self.board)
        with Vertical(id="form", classes="panel"):
            with Horizontal(id="head"):
                yield Static(Content(INTRODUCTION), id="introduction")
                yield Button("Use these", id="use", variant="primary")
            yield Questions(id="fields")
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
        for group in by_environment(self.board):
            fields.mount(Static(_heading(group), classes="group"))
            fields.mount(*(QuestionField(each, where=group.environment) for each in group.fields))

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

    @on(DescendantFocus)
    def _show_whole(self, event: DescendantFocus) -> None:
        """Bring the question's help into sight too, and above the first question of a group its heading."""
        question = next((each for each in event.widget.ancestors if isinstance(each, QuestionField)), None)
        if question is not None:
            self.call_after_refresh(self._reveal, question)

    def _reveal(self, question: QuestionField) -> None:
        fields = self.query_one("#fields")
        rows = list(fields.children)
        region = question.virtual_region
        at = rows.index(question) if question in rows else 0
        if at and rows[at - 1].has_class("group"):
            region = region.union(rows[at - 1].virtual_region)
        fields.scroll_to_region(region, animate=False)

    def action_group(self, direction: int) -> None:
        """Go to the first question of the next or the previous group."""
        rows = list(self.query_one("#fields").children)
        firsts = [n + 1 for n, each in enumerate(rows) if each.has_class("group")]
        here = next((n for n, each in enumerate(rows) if each.has_focus_within), 0)
        rest = [n for n in firsts if n > here] if direction > 0 else [n for n in reversed(firsts) if n < here]
        if rest:
            rows[rest[0]].query("Input, Choices, Select").first().focus()
        elif direction < 0:
            self.query_one("#use").focus()

    @on(Button.Pressed, "#use")
    def action_use(self) -> None:
        """Take all answers as they stand, if no rule is broken."""
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


def _heading(group: Group) -> Content:
    """Which environment the questions are about, and which steps ask them."""
    name = group.environment or "All environments"
    return Content.assemble((name, "bold $text-primary"), (f"   {', '.join(group.titles)}", MUTED))
