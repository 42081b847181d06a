"""The help page of a step: what it is for, proves, does, needs and asks, and how it is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from wizard.tui.commands import key_of
from wizard.tui.screens.base import WizardModal
from wizard.tui.widgets.detail_text import CODE, HEADING, MUTED, Part

if TYPE_CHECKING:
    from wizard.help.page import Page
    from wizard.help.sections import Section


class PageScreen(WizardModal[None]):
    """One page; the keys and signs are one key away."""

    AUTO_FOCUS = "VerticalScroll"
    BINDINGS: ClassVar = [  # by the ids of the commands that do the same elsewhere: a person may have chosen other keys
        Binding("question_mark", "keys", "Keys and signs", id="keys"),
        Binding("f1", "close", "Close", id="help"),
    ]

    def __init__(self, shown: Page) -> None:
        super().__init__()
        self._shown = shown

    def compose(self) -> ComposeResult:
        """The page's sections, one below the other."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._shown.title), classes="title")
            with VerticalScroll():
                yield Static(page_text(self._shown))
            with Horizontal(classes="buttons"):
                yield Button(f"Keys ({key_of(self.board, 'keys')})", id="keys")
                yield Button("Close", id="close", variant="primary")

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#keys")
    def action_keys(self) -> None:
        """Show keys and signs in the page's place."""
        self.dismiss(None)
        self.wizard.do_keys()


def found(step_id: str) -> Page | None:
    """A step's page, None for a row that is no step; the checklist is loaded when one is first wanted."""
    from wizard.help.page import page
    from wizard.steps.checklist import CHECKLIST

    return page(CHECKLIST, step_id)


def page_text(shown: Page) -> Content:
    """The page as styled text; nothing in it is ever markup."""
    from wizard.help.sections import sections, where

    parts: list[Part] = [(f"{shown.id}\n{where(shown)}\n", MUTED)]
    for section in sections(shown):
        parts += [("\n", ""), *_section(section)]
    return Content.assemble(*parts)


def _section(section: Section) -> list[Part]:
    lines: list[Part] = [(f"  {line.text}\n", CODE) if line.code else (f"{line.text}\n", "") for line in section.lines]
    return [(f"{section.title}\n", HEADING), *lines]
