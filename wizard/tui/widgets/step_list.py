"""The checklist at the left: stages and steps, each with glyph, word and colour."""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.message import Message

from wizard.skeleton import ENVIRONMENT_WIDTH
from wizard.tui.board import Board
from wizard.tui.looks import WORD_WIDTH, look
from wizard.tui.rows import StageRow, StepRow
from wizard.tui.widgets.cursor_view import MARGIN, CursorView
from wizard.tui.widgets.line_view import cut

TITLE_ENOUGH = 40  # cells after which the rest of a row is better used for the message
MESSAGE_WORTH = 12  # cells below which a piece of a message says nothing


class StepList(CursorView):
    """A virtual list of stages and steps with a cursor on the steps. Posts `Selected` and `Opened`."""

    DEFAULT_CSS = """
    StepList > .line-view--title { color: $foreground; }
    """
    PAGE_KEEPS = 2

    class Selected(Message):
        """The cursor is on another step."""

        def __init__(self, row: StepRow, by_hand: bool) -> None:
            super().__init__()
            self.row = row
            self.by_hand = by_hand

    class Opened(Message):
        """A person wants the details of a step."""

    class Scrolled(Message):
        """A person turned the wheel: what is in sight is what is to be read."""

    def __init__(self, board: Board, *, cursor: bool = True, id: str | None = None) -> None:
        super().__init__(id=id)
        self._board = board
        self._has_cursor = cursor
        self.can_focus = cursor
        self._lines: list[StageRow | StepRow] = []
        self._numbers: dict[str, int] = {}  # of lines, by the step's key
        self._looks: list[tuple[object, ...]] = []
        self._longest = 0
        self._key = ""

    def on_mount(self) -> None:
        """Show what is known already."""
        self.reload()

    def line_count(self) -> int:
        """Stages and steps together."""
        return len(self._lines)

    @property
    def selected(self) -> StepRow | None:
        """The step under the cursor."""
        return self._board.rows.get(self._key)

    @property
    def cursor_line(self) -> int:
        """The number of the selected step's line."""
        return self._numbers.get(self._key, -1) if self._has_cursor else -1

    def reload(self) -> None:
        """Take over the board's rows; the cursor stays on its step, and only lines that differ are drawn again."""
        lines: list[StageRow | StepRow] = []
        for stage in self._board.stages:
            lines += [stage, *stage.steps]
        looks = [_appearance(line) for line in lines]
        self._longest = max((cell_len(row.title) for row in self._board.rows.values()), default=0)
        same_length = len(looks) == len(self._looks)
        changed = [n for n, seen in enumerate(looks) if not same_length or seen != self._looks[n]]
        self._lines, self._looks = lines, looks
        self._numbers = {line.key: number for number, line in enumerate(lines) if isinstance(line, StepRow)}
        if changed:
            self.lines_changed(*changed)
        if self._key not in self._board.rows and self._has_cursor:
            self.select(next(iter(self._board.rows), ""))

    def select(self, key: str, by_hand: bool = False) -> None:
        """Put the cursor on a step."""
        row = self._board.rows.get(key)
        if row is None or key == self._key:
            return
        changed = [self._numbers[each] for each in (self._key, key) if each in self._numbers]
        self._key = key
        self.lines_changed(*changed)
        self.show_cursor()
        self.post_message(self.Selected(row, by_hand))

    def action_move(self, step: int) -> None:
        """Move the cursor by so many steps; above the first step the stage's title comes into sight."""
        keys = list(self._board.rows)
        if keys:
            at = keys.index(self._key) if self._key in keys else 0
            self.select(keys[max(0, min(len(keys) - 1, at + step))], by_hand=True)
            if self._key == keys[0]:
                self.scroll_home(animate=False)

    def on_mouse_scroll_down(self) -> None:
        """The wheel scrolls, and says so."""
        self.post_message(self.Scrolled())

    def on_mouse_scroll_up(self) -> None:
        """The wheel scrolls, and says so."""
        self.post_message(self.Scrolled())

    def on_click(self, event: events.Click) -> None:
        """Select by mouse; a click on the selected step opens it."""
        inside = event.get_content_offset(self)
        number = inside.y + self.scroll_offset.y if inside is not None else -1
        line = self._lines[number] if self._has_cursor and 0 <= number < len(self._lines) else None
        if isinstance(line, StepRow):
            again = line.key == self._key
            self.select(line.key, by_hand=True)
            if again:
                self.post_message(self.Opened())

    def line_segments(self, number: int, width: int, /) -> list[Segment]:
        """A stage's title, or a step: status, title, what is going on where there is room, environment."""
        line = self._lines[number]
        if isinstance(line, StageRow):
            out = sum(row.left_out for row in line.steps)
            left_out = f", {out} left out" if out else ""
            count = f"{sum(row.good for row in line.steps)}/{len(line.steps) - out} ok{left_out} "
            title = cut(f" {line.number}  {line.title}", width - len(count))
            return [
                Segment(title, self.colour("title")),
                Segment(count, self.colour("muted")),
            ]
        return self._step_segments(line, width)

    def _step_segments(self, row: StepRow, width: int) -> list[Segment]:
        glyph, word, _, token = look(row.shown_status, row.remembered and not row.busy)
        environment = f" {row.environment:<{ENVIRONMENT_WIDTH}}" if row.environment else ""
        room = width - WORD_WIDTH - len(environment) - 5
        status_style = self.colour(token)
        muted = self.colour("muted")
        enough = min(TITLE_ENOUGH, self._longest)
        title_width = enough if room > enough + MESSAGE_WORTH else room
        message = row.progress if row.busy else row.message
        parts = [
            Segment(f"{glyph} {word:<{WORD_WIDTH}}", status_style),
            Segment(cut(row.title, title_width)),
            Segment(cut(f"  {_first_line(message)}", room - title_width), muted),
            Segment(environment, muted),
        ]
        return self.with_cursor(parts) if row.key == self._key else [MARGIN, *parts]


def _appearance(line: StageRow | StepRow) -> tuple[object, ...]:
    """What a line's picture depends on, but for the cursor."""
    if isinstance(line, StageRow):
        return line.title, len(line.steps), sum(row.good for row in line.steps), sum(row.left_out for row in line.steps)
    return line.shown_status, line.remembered, line.title, line.progress if line.busy else line.message


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0]
