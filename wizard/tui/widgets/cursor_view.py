"""A virtual list with a cursor on one of its lines: the keys that move it, and how its line stands out."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding

from wizard.tui.widgets.line_view import LineView

MARGIN = Segment("   ")


class CursorView(LineView):
    """A subclass tells by `cursor_line` where the cursor is, moves it in `action_move`, draws it by `with_cursor`."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar = [
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("home,g", "edge(-1)", "First", show=False),
        Binding("end,G", "edge(1)", "Last", show=False),
    ]
    COMPONENT_CLASSES: ClassVar = {"cursor-view--cursor", "cursor-view--cursor-blurred"}
    DEFAULT_CSS = """
    CursorView {
        & > .cursor-view--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        & > .cursor-view--cursor-blurred { background: $primary-muted; color: $text-primary; text-style: bold; }
        & > .line-view--error { text-style: bold; }
    }
    """
    PAGE_KEEPS = 1  # lines that stay in sight when a page is turned

    def on_focus(self) -> None:
        """The cursor looks another way with the focus."""
        self.refresh()

    def on_blur(self) -> None:
        """The cursor looks another way without the focus."""
        self.refresh()

    def on_resize(self, _event: events.Resize) -> None:
        """A lower list shows the cursor as a higher one did."""
        self.show_cursor()

    @property
    def cursor_line(self) -> int:
        """The number of the line under the cursor; -1 when it is nowhere."""
        raise NotImplementedError

    def is_heading(self, _number: int, /) -> bool:
        """Whether a line is the heading of those below it."""
        return False

    def show_cursor(self) -> None:
        """Scroll until the cursor is in sight, with the heading where that stands right above."""
        at = self.cursor_line
        if at > 0 and self.is_heading(at - 1):
            self.show_line(at - 1)
        if at >= 0:
            self.show_line(at)

    def action_move(self, step: int) -> None:
        """Move the cursor by so many lines."""
        raise NotImplementedError

    def action_page(self, direction: int) -> None:
        """Move the cursor by what fits on the screen."""
        self.action_move(direction * max(1, self.size.height - self.PAGE_KEEPS))

    def action_edge(self, direction: int) -> None:
        """Move the cursor to the first or the last line."""
        self.action_move(direction * self.line_count())

    @property
    def cursor_style(self) -> str:
        """The component class of what is under the cursor now."""
        return "cursor-view--cursor" if self.has_focus else "cursor-view--cursor-blurred"

    def with_cursor(self, parts: list[Segment]) -> list[Segment]:
        """The line under the cursor: all of it in the cursor's style, with a bar in its margin."""
        cursor = self.get_component_rich_style(self.cursor_style, partial=True)
        return [Segment(" ▌ ", cursor), *(Segment(part.text, cursor) for part in parts)]
