"""The areas of the status as one virtual list: a heading and a row for each thing, with a cursor kept by key."""

from __future__ import annotations

from rich.segment import Segment
from textual import events
from textual.message import Message

from wizard.tui.looks import look
from wizard.tui.status_board import StatusArea, StatusBoard, StatusRow
from wizard.tui.widgets.cursor_view import MARGIN, CursorView
from wizard.tui.widgets.line_view import cut

TITLE_CELLS, PLACE_CELLS, COLUMN_CELLS, GAP = 27, 5, 22, 2
SPARKLINE = "latency"  # the column behind whose figures the bars stand


class StatusList(CursorView):
    """Posts `Selected` when the cursor is on another row."""

    class Selected(Message):
        """The cursor is on another row."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[StatusArea | StatusRow | str] = []
        self._widths: dict[str, list[int]] = {}
        self._at = -1
        self._moved = False

    def line_count(self) -> int:
        """Headings, rows and remarks together."""
        return len(self._lines)

    @property
    def selected(self) -> StatusRow | None:
        """The row under the cursor."""
        line = self._lines[self._at] if 0 <= self._at < len(self._lines) else None
        return line if isinstance(line, StatusRow) else None

    @property
    def cursor_line(self) -> int:
        """The number of the selected row's line."""
        return self._at

    def is_heading(self, number: int, /) -> bool:
        """Whether a line is an area's heading, or a remark."""
        return not isinstance(self._lines[number], StatusRow)

    def reload(self, board: StatusBoard, words: str, *, by_state: bool) -> None:
        """Show what is known now: only lines that are others are drawn again.

        Once somebody moved the cursor it stays on its row; before that it is on the first, whichever comes in first.
        """
        before, at = (self.selected, self._at) if self._moved else (None, -1)
        lines: list[StatusArea | StatusRow | str] = []
        for area, rows in board.shown(words, by_state):
            remarks = [*area.remarks, *(["there are more: + reads further ones"] if area.more else [])]
            lines += [area, *rows, *(remarks or ([] if rows else ["none"]))]
            self._widths[area.title] = _widths(area, rows)
        if lines == self._lines:
            return
        same_length, old = len(lines) == len(self._lines), self._lines
        self._lines = lines
        if same_length:
            self.lines_changed(*(n for n, (one, other) in enumerate(zip(lines, old, strict=True)) if one != other))
        else:
            self.lines_changed()
        places = self._places()
        kept = next((n for n in places if before and _id(lines[n]) == _id(before)), None)
        if kept is None:
            kept = min(places, key=lambda n: abs(n - at), default=-1)
        self._go(kept, scroll=kept != self._at)

    def _places(self) -> list[int]:
        return [number for number, line in enumerate(self._lines) if isinstance(line, StatusRow)]

    def _go(self, number: int, *, scroll: bool = True) -> None:
        before, self._at = self._at, number
        self.lines_changed(*{each for each in (before, number) if 0 <= each < len(self._lines)})
        if scroll:
            self.show_cursor()
        self.post_message(self.Selected())

    def action_move(self, step: int) -> None:
        """Move the cursor by so many rows."""
        self._moved = True
        if places := self._places():
            at = places.index(self._at) + step if self._at in places else 0
            self._go(places[max(0, min(len(places) - 1, at))])

    def on_click(self, event: events.Click) -> None:
        """Select by mouse."""
        inside = event.get_content_offset(self)
        number = inside.y + self.scroll_offset.y if inside is not None else -1
        if 0 <= number < len(self._lines) and isinstance(self._lines[number], StatusRow):
            self._moved = True
            self._go(number)

    def line_segments(self, number: int, width: int, /) -> list[Segment]:
        """A heading with the names of the columns, a row, or a remark."""
        line = self._lines[number]
        if isinstance(line, str):
            return [Segment(cut(f"     {line}", width), self.colour("muted"))]
        title = line.title if isinstance(line, StatusArea) else line.area
        widths = self._widths.get(title, [])
        room = width - len(MARGIN.text) - 2 - TITLE_CELLS - PLACE_CELLS - GAP
        if isinstance(line, StatusArea):
            names = _laid_out(line.columns, widths, room)
            head = cut(f" {line.title}", len(MARGIN.text) + 2 + TITLE_CELLS + PLACE_CELLS + GAP)
            return [Segment(head, self.colour("title")), Segment(names, self.colour("muted"))]
        return self._row(line, widths, room, with_cursor=number == self._at)

    def _row(self, row: StatusRow, widths: list[int], room: int, *, with_cursor: bool) -> list[Segment]:
        glyph, _, _, token = look(row.state)
        stale = {cell for cell, _, _ in row.stale}
        cells = [f"~{value}" if stale & {"", name} else value for name, value in _with_bars(row)]
        parts = [
            Segment(f"{glyph} ", self.colour(token)),
            Segment(f"{cut(row.title, TITLE_CELLS)} {cut(row.environment, PLACE_CELLS)} "),
            Segment(_laid_out(cells, widths, room), self.colour("muted") if stale else None),
        ]
        return self.with_cursor(parts) if with_cursor else [MARGIN, *parts]


def _with_bars(row: StatusRow) -> list[tuple[str, str]]:
    return [
        (name, f"{value} {row.sparkline}" if name == SPARKLINE and row.trend else value) for name, value in row.cells
    ]


def _widths(area: StatusArea, rows: list[StatusRow]) -> list[int]:
    """How wide each column is: as its widest value, within bounds."""
    found = []
    for name in area.columns:
        values = [value for row in rows for cell, value in _with_bars(row) if cell == name]
        found.append(min(COLUMN_CELLS, max(map(len, (name, *values))) + 1))
    return found


def _laid_out(cells: list[str] | tuple[str, ...], widths: list[int], room: int) -> str:
    """Cells side by side; the last that begins within the room has what is left of it."""
    text = ""
    for number, (cell, width) in enumerate(zip(cells, widths, strict=False)):
        rest = room - len(text)
        if rest < min(width, 8):
            break
        last = number == len(widths) - 1
        text += cut(cell, rest if last else min(width, rest - 1)) + ("" if last else " ")
    return text


def _id(line: object) -> tuple[str, str] | None:
    return (line.area, line.key) if isinstance(line, StatusRow) else None
