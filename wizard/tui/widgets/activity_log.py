"""What happened, newest at the bottom: the lines of the board's log."""

from __future__ import annotations

from rich.segment import Segment

from wizard.tui.board import Board
from wizard.tui.looks import look
from wizard.tui.widgets.tail_view import TailView

EMPTY = "Nothing has happened yet."


class ActivityLog(TailView):
    """Follows the end unless a person scrolled up."""

    def __init__(self, board: Board, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._board = board
        self._seen = -1

    def on_mount(self) -> None:
        """Show what is known already."""
        self.reload()

    def reload(self) -> None:
        """Take over new lines."""
        if self._seen == self._board.log_count:
            return
        self._seen = self._board.log_count
        self.lines_changed()

    def line_count(self) -> int:
        """Lines kept; one that says so when there are none."""
        return max(1, len(self._board.log))

    def line_segments(self, number: int, _width: int, /) -> list[Segment]:
        """Clock, glyph, text."""
        muted = self.colour("muted")
        if not self._board.log:
            return [Segment(f" {EMPTY}", muted)]
        line = self._board.log[number]
        glyph, _, _, token = look(line.status)
        style = self.colour(token)
        return [Segment(f" {line.clock} ", muted), Segment(f"{glyph} ", style), Segment(line.text)]
