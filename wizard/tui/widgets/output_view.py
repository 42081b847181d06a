"""What a run wrote: a virtual list that follows the end unless a person scrolled up."""

from __future__ import annotations

from rich.segment import Segment

from wizard.tui.rows import StepRow
from wizard.tui.widgets.line_view import LineView

EMPTY = "Nothing has been written yet."


class OutputView(LineView):
    """The output of one row of the board."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[str] = []
        self._seen = -1

    def reload(self, row: StepRow | None) -> None:
        """Take over new lines."""
        if row is None or row.output_count == self._seen:
            return
        follow, self._seen = self.at_end, row.output_count
        self._lines = list(row.output)
        self.lines_changed()
        if follow:
            self.scroll_end(animate=False)

    def line_count(self) -> int:
        """Lines kept; one that says so when there are none."""
        return max(1, len(self._lines))

    def line_segments(self, number: int, _width: int, /) -> list[Segment]:
        """The line as it was written."""
        return [Segment(f" {self._lines[number] if self._lines else EMPTY}")]
