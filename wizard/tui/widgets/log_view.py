"""The log of one part of a run, wrapped to the width, following the end unless a person scrolled up."""

from __future__ import annotations

import textwrap
from typing import Any

from rich.cells import cell_len, chop_cells
from rich.segment import Segment
from textual import events

from wizard.tui.timelines import Line, Timeline, Written
from wizard.tui.widgets.tail_view import TailView

CONTINUED = "  "
AS_WRITTEN: dict[str, Any] = {"replace_whitespace": False, "break_on_hyphens": False}
STYLES = {"stderr": "error", "title": "title", "remark": "muted"}


class LogView(TailView):
    """Lines as they were written; what was said of errors, titles and remarks stands out."""

    DEFAULT_CSS = """
    LogView {
        & > .line-view--error { text-style: bold; }
        & > .line-view--title { color: $text-primary; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._written: list[Written] = []
        self._rows: list[Written] = []
        self._seen: tuple[object, ...] = ()
        self._width = 0

    def reload(self, timeline: Timeline, line: Line | None) -> None:
        """Take over what the line wrote. Another line's log is shown from its end."""
        if line is None:
            return
        seen = timeline.log_changes(line)
        if seen == self._seen:
            return
        if not self._seen or getattr(self._seen[0], "id", "") != line.id:
            self._following = True
        self._seen, self._written = seen, timeline.log_of(line)
        self._wrap()

    def _wrap(self) -> None:
        self._width = self.line_width
        self._rows = [row for written in self._written for row in wrapped(written, self._width - 2)]
        self.lines_changed()

    def on_resize(self, _event: events.Resize) -> None:
        """Lines are wrapped anew."""
        if self.line_width != self._width:
            self._wrap()

    @property
    def text(self) -> str:
        """All lines, as they were written."""
        return "\n".join(text for text, _ in self._written)

    def line_count(self) -> int:
        """Rows on the screen."""
        return len(self._rows)

    def line_segments(self, number: int, _width: int, /) -> list[Segment]:
        """One row."""
        text, stream = self._rows[number]
        name = STYLES.get(stream)
        return [Segment(f" {text}", self.colour(name) if name else None)]


def wrapped(written: Written, width: int) -> list[Written]:
    """A line in pieces of so many cells, between words where there are any."""
    text, stream = written
    if width <= len(CONTINUED) or (len(text) <= width and cell_len(text) <= width):
        return [written]
    if not text.isascii():  # not every character is one cell wide
        return [(piece, stream) for piece in chop_cells(text, width)]
    return [(piece, stream) for piece in textwrap.wrap(text, width, subsequent_indent=CONTINUED, **AS_WRITTEN)]
