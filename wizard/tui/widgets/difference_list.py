"""The differences of two environments: what needs somebody first, each with both values."""

from __future__ import annotations

from rich.segment import Segment
from textual import events
from textual.message import Message

from wizard.tui.differences import Comparison, Difference
from wizard.tui.looks import counted, verdict_look
from wizard.tui.widgets.cursor_view import MARGIN, CursorView
from wizard.tui.widgets.line_view import cut

Heading = tuple[str, int]  # a verdict, and how many lines there are of it
TITLE_SHARE = 3  # of eight parts of the width; the two values have the rest


class DifferenceList(CursorView):
    """A virtual list with a cursor on the differences. Posts `Selected`."""

    class Selected(Message):
        """The cursor is on another line."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[Heading | Difference] = []
        self._names = ("", "")
        self._at = -1

    def line_count(self) -> int:
        """Headings and differences together."""
        return len(self._lines)

    @property
    def selected(self) -> Difference | None:
        """The difference under the cursor."""
        line = self._lines[self._at] if 0 <= self._at < len(self._lines) else None
        return line if isinstance(line, Difference) else None

    @property
    def cursor_line(self) -> int:
        """The number of the selected difference's line."""
        return self._at

    def is_heading(self, number: int, /) -> bool:
        """Whether a line is a verdict's heading."""
        return not isinstance(self._lines[number], Difference)

    def reload(self, comparison: Comparison) -> None:
        """Show these; the cursor stays on what it is on, where that is still told."""
        before = self.selected
        lines: list[Heading | Difference] = []
        for verdict, number in comparison.counts:
            lines += [(verdict, number), *(each for each in comparison.lines if each.verdict == verdict)]
        if lines == self._lines:
            return
        self._lines, self._names = lines, (comparison.first, comparison.second)
        self.lines_changed()
        same = (n for n, each in enumerate(lines) if isinstance(each, Difference) and before and _same(each, before))
        self._go(next(same, 1 if lines else -1))

    def _go(self, number: int) -> None:
        before, self._at = self._at, number
        self.lines_changed(*{each for each in (before, number) if 0 <= each < len(self._lines)})
        self.show_cursor()
        self.post_message(self.Selected())

    def action_move(self, step: int) -> None:
        """Move the cursor by so many differences."""
        places = [number for number, line in enumerate(self._lines) if isinstance(line, Difference)]
        if places:
            at = places.index(self._at) + step
            self._go(places[max(0, min(len(places) - 1, at))])

    def on_click(self, event: events.Click) -> None:
        """Select by mouse."""
        inside = event.get_content_offset(self)
        number = inside.y + self.scroll_offset.y if inside is not None else -1
        if 0 <= number < len(self._lines) and isinstance(self._lines[number], Difference):
            self._go(number)

    def line_segments(self, number: int, width: int, /) -> list[Segment]:
        """How many there are of a verdict, or where a difference is, with its two values."""
        line = self._lines[number]
        room = width - len(MARGIN.text)
        title = room * TITLE_SHARE // 8
        first = (room - title) // 2
        if not isinstance(line, Difference):
            glyph, _, token = verdict_look(line[0])
            said = cut(f" {glyph} {counted(*line)}", len(MARGIN.text) + title)
            names = "" if number else f"{cut(self._names[0], first)}{self._names[1]}"
            return [Segment(said, self.colour(token) + self.colour("title")), Segment(names, self.colour("muted"))]
        muted = self.colour("muted") if line.verdict in ("expected", "same") else None
        parts = [
            Segment(cut(line.title, title - 1) + " "),
            Segment(cut(line.first, first - 1) + " ", muted),
            Segment(cut(line.second, room - title - first), muted),
        ]
        return self.with_cursor(parts) if number == self._at else [MARGIN, *parts]


def _same(one: Difference, other: Difference) -> bool:
    return (one.section, one.name) == (other.section, other.name)
