"""The environment matrix: a row for each thing that is set up, a cell for each environment it is set up in."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from wizard.tui.board import Board
from wizard.tui.looks import LOOKS, SHORT_WIDTH, look, short
from wizard.tui.matrix import ONCE, MatrixRow, columns_of, counts, rows_of
from wizard.tui.rows import StageRow, StepRow
from wizard.tui.widgets.cursor_view import CursorView
from wizard.tui.widgets.detail_text import MUTED, Part
from wizard.tui.widgets.line_view import cut

CELL = 3 + SHORT_WIDTH  # the cursor's bar, a glyph, a space and a word
MARGIN, ROOMY = 3, 16
NO_STEP = "·"
COUNTED = ("ok", "todo", "fail")


def title_width(width: int, columns: int) -> int:
    """Cells that the cells of the environments leave to the titles."""
    return max(0, width - CELL * columns)


def indented(text: str, room: int) -> str:
    """A title of a row, with less of a margin where there is little room."""
    margin = MARGIN if room > ROOMY else 1
    return cut(f"{'':{margin}}{cut(text, room - margin)}", room)


class MatrixView(CursorView):
    """A virtual table with a cursor on one cell. Posts `Selected` and `Opened`."""

    BINDINGS: ClassVar = [
        Binding("left,h", "aside(-1)", "Left", show=False),
        Binding("right,l", "aside(1)", "Right", show=False),
    ]

    class Selected(Message):
        """The cursor is on another cell."""

    class Opened(Message):
        """A person wants to go to the step of the cell."""

    def __init__(self, board: Board, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._board = board
        self._lines: list[StageRow | MatrixRow] = []
        self._looks: list[tuple[object, ...]] = []
        self.columns: list[str] = []
        self._key = ""
        self._environment = ""

    def line_count(self) -> int:
        """Stages and rows together."""
        return len(self._lines)

    @property
    def row(self) -> MatrixRow | None:
        """The row under the cursor."""
        return next((line for line in self._rows if line.key == self._key), None)

    @property
    def environment(self) -> str:
        """The column under the cursor."""
        return self._environment

    @property
    def selected(self) -> StepRow | None:
        """The step of the cell under the cursor; None where the environment has none."""
        return self.row.cells.get(self._environment) if self.row else None

    @property
    def column(self) -> list[StepRow]:
        """The steps of the column under the cursor."""
        return [row.cells[self._environment] for row in self._rows if self._environment in row.cells]

    @property
    def _rows(self) -> list[MatrixRow]:
        return [line for line in self._lines if isinstance(line, MatrixRow)]

    def reload(self) -> None:
        """Take over the board's steps; the cursor stays on its cell, and only lines that differ are drawn again."""
        self.columns = columns_of(self._board.stages)
        lines: list[StageRow | MatrixRow] = []
        stage = None
        for row in rows_of(self._board.stages):
            if row.stage is not stage:
                stage = row.stage
                lines.append(stage)
            lines.append(row)
        looks = [_appearance(line) for line in lines]
        same_length = len(looks) == len(self._looks)
        changed = [n for n, seen in enumerate(looks) if not same_length or seen != self._looks[n]]
        self._lines, self._looks = lines, looks
        if changed:
            self.lines_changed(*(changed if same_length else ()))
        if self.row is None and self._rows:
            self.select(next(iter(self._rows[0].cells.values())))

    def select(self, step: StepRow) -> None:
        """Put the cursor on the cell of a step."""
        row = next((each for each in self._rows if step.key in (cell.key for cell in each.cells.values())), None)
        if row is not None:
            self._go(row, step.environment)

    @property
    def cursor_line(self) -> int:
        """The number of the selected row's line."""
        return self._number_of(self._key)

    def is_heading(self, number: int, /) -> bool:
        """Whether a line is a stage's title."""
        return isinstance(self._lines[number], StageRow)

    def _go(self, row: MatrixRow, environment: str) -> None:
        before, after = self._number_of(self._key), self._number_of(row.key)
        self._key, self._environment = row.key, environment
        self.lines_changed(*{number for number in (before, after) if number >= 0})
        self.show_cursor()
        self.post_message(self.Selected())

    def _number_of(self, key: str) -> int:
        return next(
            (n for n, line in enumerate(self._lines) if isinstance(line, MatrixRow) and line.key == key), -1
        )  # fmt: skip

    def action_move(self, step: int) -> None:
        """Move the cursor by so many rows."""
        rows = self._rows
        if self.row is not None:
            at = rows.index(self.row) + step
            self._go(rows[max(0, min(len(rows) - 1, at))], self._environment)

    def action_aside(self, step: int) -> None:
        """Move the cursor by so many columns."""
        if self.row is not None:
            at = self.columns.index(self._environment) + step
            self._go(self.row, self.columns[max(0, min(len(self.columns) - 1, at))])

    def on_click(self, event: events.Click) -> None:
        """Select by mouse; a click on the selected cell opens it. A row's title stands for its first cell."""
        inside = event.get_content_offset(self)
        number = inside.y + self.scroll_offset.y if inside is not None else -1
        line = self._lines[number] if 0 <= number < len(self._lines) else None
        if inside is None or not isinstance(line, MatrixRow):
            return
        at = (inside.x - title_width(self.line_width, len(self.columns))) // CELL
        environment = self.columns[at] if 0 <= at < len(self.columns) else next(iter(line.cells))
        if (line.key, environment) == (self._key, self._environment):
            self.post_message(self.Opened())
        else:
            self._go(line, environment)

    def line_segments(self, number: int, width: int, /) -> list[Segment]:
        """A stage's title, or a row: its title, and of each cell glyph and word."""
        line = self._lines[number]
        room = title_width(width, len(self.columns))
        if isinstance(line, StageRow):
            return [Segment(cut(f" {line.number}  {line.title}", width), self.colour("title"))]
        here = line.key == self._key
        title = Segment(indented(line.title, room), self.colour("title") if here else None)
        return [title, *(self._cell(line, each, here and each == self._environment) for each in self.columns)]

    def _cell(self, row: MatrixRow, environment: str, here: bool) -> Segment:
        step = row.cells.get(environment)
        if step is None:
            glyph, word, token = NO_STEP, "", "muted"
        else:
            glyph, word, _, token = look(step.shown_status, step.remembered and not step.busy)
        text = f"{glyph} {short(word):<{SHORT_WIDTH}}"
        if not here:
            return Segment(f" {text}", self.colour(token))
        return Segment(f"▌{text}", self.get_component_rich_style(self.cursor_style, partial=True))


class MatrixHead(Widget):
    """The names of the columns, and how many steps of each are ok, to do and failed."""

    DEFAULT_CSS = """
    MatrixHead { height: 2; width: 1fr; }
    """

    def __init__(self, view: MatrixView, board: Board) -> None:
        super().__init__()
        self._view = view
        self._board = board
        self._seen = Content("")

    def reload(self) -> None:
        """Take over what changed."""
        text = self.render()
        if not text.is_same(self._seen):
            self._seen = text
            self.refresh()

    def render(self) -> Content:
        """Two lines over the columns of the view."""
        view = self._view
        width = view.line_width
        room = title_width(width, len(view.columns))
        legend = "  ".join(f"{LOOKS[status][0]} {LOOKS[status][1]}" for status in COUNTED)
        names: list[Part] = [(cut("", room), "")]
        figures: list[Part] = [(indented(legend, room), MUTED)]
        for each in view.columns:
            style = "bold $text-accent" if each == view.environment else "bold"
            names.append((cut(f"{'▼' if each == view.environment else ' '}{each or ONCE}", CELL), style))
            steps = [row for row in self._board.steps if row.environment == each]
            figures.append((cut(f" {_figures(counts(steps))}", CELL), ""))
        return Content.assemble(*names, ("\n", ""), *figures)


def _figures(numbers: tuple[int, int, int]) -> str:
    """What there is of each, by the glyph of its status."""
    return " ".join(f"{LOOKS[status][0]}{n}" for status, n in zip(COUNTED, numbers, strict=True) if n)


def _appearance(line: StageRow | MatrixRow) -> tuple[object, ...]:
    """What a line's picture depends on, but for the cursor."""
    if isinstance(line, StageRow):
        return line.number, line.title
    return line.title, *((name, each.shown_status, each.remembered) for name, each in line.cells.items())
