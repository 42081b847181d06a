"""The top line: what this is, which cloud and environment, who you are, and how far it has come."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

from wizard.tui.board import Board
from wizard.tui.widgets.line_view import cut

BAR_CELLS = 10
CLOCK_SECONDS = 1.0
REAL_CLOUD = "azure"


class HeaderBar(Widget):
    """One line. `environment` is that of the selected step, "" for the whole set-up."""

    DEFAULT_CSS = """
    HeaderBar { height: 1; width: 1fr; dock: top; background: $panel; color: $foreground; }
    """

    def __init__(self, board: Board) -> None:
        super().__init__()
        self._board = board
        self.environment = ""
        self._seen: tuple[object, ...] = ()
        self._clock: Timer | None = None

    def on_mount(self) -> None:
        """A clock counts down while something is armed."""
        self._clock = self.set_interval(CLOCK_SECONDS, self.reload, pause=True)
        self.reload()

    def reload(self, environment: str | None = None) -> None:
        """Take over what changed."""
        if environment is not None:
            self.environment = environment
        board = self._board
        seen = (
            board.cloud,
            self.environment,
            board.identity,
            board.engine,
            board.starting,
            board.done,
            board.total,
            *(armed := board.armings.badges(board.now())),
        )
        if self._clock is not None:
            (self._clock.resume if armed else self._clock.pause)()
        if seen != self._seen:
            self._seen = seen
            self.refresh()

    def render(self) -> Content:
        """Title and badges at the left, progress at the right; who you are gets what is left between."""
        board = self._board
        left = [(" mlops-wizard ", "bold"), (" ", "")]
        badge = (
            "bold $text-warning on $warning-muted"
            if board.cloud != REAL_CLOUD
            else "bold $text-primary on $primary-muted"
        )
        left += [(f" {board.cloud} ", badge), (" ", "")]
        if self.environment:
            left += [(f" {self.environment} ", "bold $text-accent on $accent-muted"), (" ", "")]
        for armed in board.armings.badges(board.now()):
            left += [(f" {armed} ", "bold $text-warning on $warning-muted"), (" ", "")]
        right = self._progress()
        room = self.size.width - sum(cell_len(text) for text, _ in (*left, *right))
        who = board.identity or self._engine()
        style = "$foreground-muted" if board.engine != "stopped" else "$text-error bold"
        return Content.assemble(*left, (cut(who, room), style), *right)

    def _engine(self) -> str:
        board = self._board
        return {"starting": f"{board.starting} …", "stopped": "the engine has stopped"}.get(
            board.engine, "not signed in"
        )

    def _progress(self) -> list[tuple[str, str]]:
        total, done = self._board.total, self._board.done
        filled = round(BAR_CELLS * done / total) if total else 0
        return [
            (" " + "━" * filled, "$success"),
            ("─" * (BAR_CELLS - filled), "$foreground-muted"),
            (f" {done}/{total} ok ", "bold"),
        ]
