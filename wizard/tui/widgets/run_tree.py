"""The parts of a remote run as a tree: stages, jobs and steps, each with state, name and time."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.message import Message

from wizard.tui.looks import WORD_WIDTH, run_look
from wizard.tui.timelines import Line, Timeline
from wizard.tui.widgets.cursor_view import MARGIN, CursorView
from wizard.tui.widgets.detail_text import duration
from wizard.tui.widgets.line_view import cut

OPEN, FOLDED, LEAF = "▾ ", "▹ ", "  "
EMPTY = "The run has not begun: nothing is known of its stages yet."
REMARK_WORTH = 12  # cells below which a piece of a remark says nothing


class RunTree(CursorView):
    """A virtual tree with a cursor. Posts `Selected` and `Opened`."""

    BINDINGS: ClassVar = [
        Binding("left,h", "fold", "Fold or go to what it is a part of", show=False),
        Binding("right,l", "unfold", "Unfold or go to its first part", show=False),
        Binding("enter", "open", "Fold or unfold; read a step's log", show=False),
    ]

    class Selected(Message):
        """The cursor is on another line, moved there by a person."""

    class Opened(Message):
        """A person wants to read the selected step's log."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._timeline = Timeline()
        self._now = 0.0
        self._folded: set[str] = set()
        self._lines: list[Line] = []
        self._numbers: dict[str, int] = {}  # of lines, by their id
        self._looks: list[tuple[object, ...]] = []
        self._cursor = ""

    def line_count(self) -> int:
        """Lines that no folded one hides; one that says so when there are none."""
        return max(1, len(self._lines))

    @property
    def selected(self) -> Line | None:
        """The line under the cursor."""
        return self._timeline.line(self._cursor)

    def reload(self, timeline: Timeline, now: float) -> None:
        """Take over what is known at that Unix time; the cursor stays, and only lines that differ are drawn again."""
        self._timeline, self._now = timeline, now
        hidden: set[str] = set()
        self._lines = []
        for line in timeline.lines:
            if line.parent in hidden or line.parent in self._folded:
                hidden.add(line.id)
            else:
                self._lines.append(line)
        self._numbers = {line.id: number for number, line in enumerate(self._lines)}
        looks = [self._appearance(line) for line in self._lines]
        same_length = len(looks) == len(self._looks)
        changed = [n for n, seen in enumerate(looks) if not same_length or seen != self._looks[n]]
        self._looks = looks
        if changed or not same_length:
            self.lines_changed(*(changed if same_length else ()))
        if self._cursor not in self._numbers and self._lines:
            self.select(self._lines[0].id)

    def _appearance(self, line: Line) -> tuple[object, ...]:
        return line.id, line.status, line.name, line.remark, line.depth, self._mark(line), self._time(line)

    def _time(self, line: Line) -> str:
        seconds = line.seconds(self._now)
        return "" if seconds is None else duration(seconds)

    def _mark(self, line: Line) -> str:
        if not self._timeline.has_parts(line):
            return LEAF
        return FOLDED if line.id in self._folded else OPEN

    def select(self, id_: str) -> None:
        """Put the cursor on a line, unfolding what it is a part of."""
        line = self._timeline.line(id_)
        if line is None:
            return
        if id_ not in self._numbers:
            self._unfold_above(line)
        changed = [self._numbers[each] for each in (self._cursor, id_) if each in self._numbers]
        if id_ != self._cursor:
            self._cursor = id_
            self.lines_changed(*changed)
        self.show_cursor()

    @property
    def cursor_line(self) -> int:
        """The number of the selected line."""
        return self._numbers.get(self._cursor, -1)

    def _unfold_above(self, line: Line) -> None:
        above: Line | None = line
        while (above := self._timeline.line(above.parent) if above else None) is not None:
            self._folded.discard(above.id)
        self.reload(self._timeline, self._now)

    def show_cursor(self) -> None:
        """Bring the selected line in sight, and what it is a part of where that fits above it."""
        line, number = self.selected, self.cursor_line
        if line is None or number < 0:
            return
        top = number
        while (parent := self._timeline.line(line.parent)) is not None:
            at = self._numbers.get(parent.id, -1)
            if at < 0 or number - at >= max(1, self.size.height):
                break
            line, top = parent, at
        for each in (top, min(number + 1, self.line_count() - 1), number):
            self.show_line(each)

    def _select_by_hand(self, number: int) -> None:
        if self._lines:
            self.select(self._lines[max(0, min(len(self._lines) - 1, number))].id)
            self.post_message(self.Selected())

    def action_move(self, step: int) -> None:
        """Move the cursor by so many lines."""
        self._select_by_hand(self.cursor_line + step)

    def action_fold(self) -> None:
        """Hide the parts of the line; where none are shown, go to what it is a part of."""
        line = self.selected
        if line is None:
            return
        if self._mark(line) == OPEN:
            self._folded.add(line.id)
            self.reload(self._timeline, self._now)
            self.post_message(self.Selected())
        elif line.parent:
            self._select_by_hand(self._numbers.get(line.parent, -1))

    def action_unfold(self) -> None:
        """Show the parts of the line; where they are shown, go to the first."""
        line = self.selected
        if line is None:
            return
        if self._mark(line) == FOLDED:
            self._folded.discard(line.id)
            self.reload(self._timeline, self._now)
            self.post_message(self.Selected())
        elif self._mark(line) == OPEN:
            self.action_move(1)

    def action_open(self) -> None:
        """Fold or unfold what has parts; read the log of what has none."""
        line = self.selected
        if line is None:
            return
        if self._mark(line) == LEAF:
            self.post_message(self.Opened())
        elif self._mark(line) == OPEN:
            self.action_fold()
        else:
            self.action_unfold()

    def on_click(self, event: events.Click) -> None:
        """Select by mouse; a click on the selected line opens it."""
        inside = event.get_content_offset(self)
        number = inside.y + self.scroll_offset.y if inside is not None else -1
        if 0 <= number < len(self._lines):
            if self._lines[number].id == self._cursor:
                self.action_open()
            else:
                self._select_by_hand(number)

    def line_segments(self, number: int, width: int, /) -> list[Segment]:
        """State, name indented by its depth, a remark where there is one, the time at the right."""
        if not self._lines:
            return [Segment(f" {EMPTY}", self.colour("muted"))]
        line = self._lines[number]
        glyph, word, _, token = run_look(line.status)
        time = f" {self._time(line):>5} " if self._time(line) else " "
        muted = self.colour("muted")
        room = width - 5 - WORD_WIDTH - len(time)
        name = f"{'  ' * line.depth}{self._mark(line)}{line.name}"
        for_remark = room - cell_len(name) if line.remark else 0
        remark = cut(f"  {line.remark}", for_remark) if for_remark >= REMARK_WORTH else ""
        status_style = self.colour("muted" if line.remark else token)
        name_style = self.colour("title") if line.depth == 0 else None
        parts = [
            Segment(f"{glyph} {word:<{WORD_WIDTH}}", status_style),
            Segment(cut(name, room - cell_len(remark)), muted if line.status in ("skipped", "waiting") else name_style),
            Segment(remark, muted),
            Segment(time, muted),
        ]
        return self.with_cursor(parts) if line.id == self._cursor else [MARGIN, *parts]
