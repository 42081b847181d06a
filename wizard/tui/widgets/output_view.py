"""What a run wrote: a virtual list that follows the end unless a person scrolled up."""

from __future__ import annotations

from rich.segment import Segment

from wizard.tui.rows import StepRow
from wizard.tui.widgets.tail_view import TailView

EMPTY = "Nothing has been written yet."


class OutputView(TailView):
    """The output of one row of the board."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[str] = []
        self._seen = -1

    def reload(self, row: StepRow | None) -> None:
        """Take over new lines."""
        if row is None or row.output_count == self._seen:
            return
        self._seen = row.output_count
        self._lines = list(row.output)
        self.lines_changed()

    def line_count(self) -> int:
        """Lines kept; one that says so when there are none."""
        return max(1, len(self._lines))

    def line_segments(self, number: int, _width: int, /) -> list[Segment]:
        """The line as it was written."""
        return [Segment(f" {self._lines[number] if self._lines else EMPTY}")]
