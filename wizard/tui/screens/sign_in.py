"""Sign-in: choose how, then follow what the service asks for, such as a code to type on its page."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Footer, Static

from wizard.engine.events import AnswerTaken, ChecklistShown, Summary
from wizard.tui.flow import SIGN_IN
from wizard.tui.looks import look
from wizard.tui.rows import StepRow
from wizard.tui.screens.base import BoardChanged, WizardScreen
from wizard.tui.widgets.detail_text import HEADING, MUTED, STYLE_OF, Part, duration
from wizard.tui.widgets.header_bar import HeaderBar
from wizard.tui.widgets.question_field import QuestionField

WAITING = "The engine is still starting; how you can sign in comes in a moment."


class SignInScreen(WizardScreen):
    """Signs in by the sign-in steps themselves, and goes on once their check says so."""

    CSS_PATH = "sign_in.tcss"
    PLACE = SIGN_IN
    AUTO_FOCUS = "#sign-in"
    BINDINGS: ClassVar = [("escape", "skip", "Later"), ("y", "copy", "Copy the code"), ("l", "link", "Copy the link")]

    def __init__(self) -> None:
        super().__init__()
        self._asked = False

    def compose(self) -> ComposeResult:
        """What it is about, the questions, what is going on, the buttons."""
        yield HeaderBar(self.board)
        with Vertical(id="card", classes="panel"):
            with VerticalScroll(can_focus=False):
                yield Static("", id="why", markup=False)
                yield Vertical(id="fields")
                yield Static("", id="state", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Copy the code", id="copy")
                yield Button("Later", id="skip")
                yield Button("Sign in", id="sign-in", variant="primary")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Fill in what is known; a clock shows how long a code has been waiting."""
        self.query_one("#card").border_title = "Sign in"
        self._clock = self.set_interval(1.0, self._show, pause=True)
        self._fill()
        self._show()

    def _fill(self) -> None:
        rows = self.board.sign_in
        why = "\n".join(row.why for row in rows if row.why)
        self.query_one("#why", Static).update(Content(why if self.board.described else WAITING))
        if self.board.described and not self.query(QuestionField):
            self.query_one("#fields").mount(*(QuestionField(each) for row in rows for each in row.inputs))

    @on(BoardChanged)
    def _changed(self, message: BoardChanged) -> None:
        self.query_one(HeaderBar).reload()
        self._asked = self._asked and self.board.engine == "ready"  # a dead engine has forgotten what it was asked
        for event in message.events:
            if isinstance(event, ChecklistShown):
                self._fill()
                for each in self.query(QuestionField):
                    if known := self.board.field(each.field.name):
                        each.take(known)
            elif isinstance(event, AnswerTaken):
                for each in self.query(QuestionField):
                    if each.field.name == event.name:
                        each.complain(event.complaint)
            elif isinstance(event, Summary) and event.command == "apply" and self._asked:
                self._asked = False
                if self._signed_in:
                    self.wizard.go_on(SIGN_IN)
                    return
                self.wizard.tell("describe")  # there may be subscriptions to choose from now
        self._show()

    @property
    def _signed_in(self) -> bool:
        return all(row.good for row in self.board.sign_in)

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool:
        """Offer to copy only what is there."""
        name = {"copy": "copy", "link": "link"}.get(action, "")
        return not name or any(row.notice and getattr(row.notice, name) for row in self.board.sign_in)

    def _show(self) -> None:
        rows = self.board.sign_in
        notice = next((row.notice for row in rows if row.notice), None)
        waiting = notice is not None or any(row.busy for row in rows)
        (self._clock.resume if waiting else self._clock.pause)()
        self.query_one("#copy", Button).display = notice is not None and bool(notice.copy)
        self.query_one("#sign-in", Button).label = "Continue" if self._signed_in else "Sign in"
        self.refresh_bindings()
        parts = [part for row in rows for part in self._state(row)]
        self.query_one("#state", Static).update(Content.assemble(*parts))

    def _state(self, row: StepRow) -> list[Part]:
        glyph, word, _, token = look(row.shown_status, row.remembered and not row.busy)
        parts: list[Part] = [
            (f"{glyph} {word}", f"bold {STYLE_OF[token]}"),
            (f"  {row.progress or row.message or row.title}\n", ""),
        ]
        if row.fix and not row.busy and not row.good:
            parts.append((f"{row.fix}\n", MUTED))
        if row.notice:
            parts += [("\nYour turn\n", HEADING), (f"{row.notice.message}\n\n", "")]
            parts += (
                [("  code  ", MUTED), (f" {row.notice.copy} ", "bold reverse"), ("   y copies it\n\n", MUTED)]
                if row.notice.copy
                else []
            )
            parts += (
                [("  page  ", MUTED), (row.notice.link, "underline $text-primary"), ("   l copies it\n\n", MUTED)]
                if row.notice.link
                else []
            )
            parts.append((f"waiting {duration(self.board.now() - row.notice.since)}\n", MUTED))
        return parts

    @on(QuestionField.Changed)
    def _answer(self, message: QuestionField.Changed) -> None:
        self.wizard.tell("answer", name=message.name, value=message.value)

    @on(QuestionField.Submitted)
    @on(Button.Pressed, "#sign-in")
    def _sign_in(self) -> None:
        if self._signed_in and not self._asked:
            self.wizard.go_on(SIGN_IN)
            return
        if self._asked:
            self.wizard.toast("The answer of the service is awaited.")
            return
        for each in self.query(QuestionField):
            each.settle()
        self._asked = True
        self.wizard.ask("apply", [row.key for row in self.board.sign_in], yes=True)
        self._show()

    @on(Button.Pressed, "#skip")
    def action_skip(self) -> None:
        """Go on without."""
        if self._asked:
            self.wizard.tell("cancel")
        self.wizard.go_on(SIGN_IN)

    @on(Button.Pressed, "#copy")
    def action_copy(self) -> None:
        """Copy the code that is to be typed elsewhere."""
        self._copy("copy", "The code")

    def action_link(self) -> None:
        """Copy the page's address."""
        self._copy("link", "The link")

    def _copy(self, part: str, what: str) -> None:
        texts = [getattr(row.notice, part) for row in self.board.sign_in if row.notice]
        if any(texts):
            self.wizard.copy(next(text for text in texts if text), what)
        else:
            self.wizard.toast("There is nothing to copy yet.")
