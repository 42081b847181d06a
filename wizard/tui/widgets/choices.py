"""A few choices, all in sight, one of them taken. What is taken shows by its glyph, not by colour alone."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

TAKEN, FREE = "◉", "○"


class Choices(Widget, can_focus=True):
    """Up and down take another choice, and so does a click. Posts `Changed`."""

    BINDINGS: ClassVar = [
        Binding("down,j", "move(1)", "Next", show=False),
        Binding("up,k", "move(-1)", "Previous", show=False),
        Binding("enter", "submit", "Go on", show=False),
    ]
    DEFAULT_CSS = """
    Choices {
        height: auto; width: 1fr; max-width: 60; background: $surface;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    """

    class Changed(Message):
        """Another choice is taken."""

    class Submitted(Message):
        """Enter was pressed."""

    def __init__(self, choices: tuple[str, ...], taken: str) -> None:
        super().__init__()
        self._choices = choices
        self.value = taken

    def get_content_height(self, *_: object) -> int:
        """A line for each choice."""
        return len(self._choices)

    def render(self) -> Content:
        """The choices, one below the other."""
        lines = []
        for each in self._choices:
            taken = each == self.value
            style = "bold $text-primary" if taken and self.has_focus else "bold" if taken else ""
            shown = " ".join(each.split())  # a line each, however somebody named their subscription
            lines.append(Content.assemble((f"{TAKEN if taken else FREE} {shown}", style)))
        return Content("\n").join(lines)

    def action_move(self, step: int) -> None:
        """Take the next or the previous choice."""
        at = self._choices.index(self.value) + step
        self._take(self._choices[max(0, min(len(self._choices) - 1, at))])

    def action_submit(self) -> None:
        """Enter goes on with what is taken."""
        self.post_message(self.Submitted())

    def on_click(self, event: events.Click) -> None:
        """Take the choice under the mouse."""
        inside = event.get_content_offset(self)
        if inside is not None and inside.y < len(self._choices):
            self._take(self._choices[inside.y])

    def _take(self, choice: str) -> None:
        if choice != self.value:
            self.value = choice
            self.refresh()
            self.post_message(self.Changed())
