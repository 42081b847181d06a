"""Styled text of any length, wrapped to the width and rendered line by line as it comes into sight."""

from __future__ import annotations

from rich.segment import Segment
from textual import events
from textual.content import Content
from textual.strip import Strip
from textual.visual import Visual

from wizard.tui.widgets.line_view import LineView

WIDEST = 110  # cells, beyond which lines are hard to read


class DetailView(LineView):
    """Shows one Content. Another text of it does not make the screen lay itself out again."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._content = Content("")
        self._strips: list[Strip] = []
        self._width = 0

    def update(self, content: Content) -> None:
        """Show other text; the place in it is kept."""
        if not content.is_same(self._content):
            self._content = content
            self._wrap()

    def on_resize(self, _event: events.Resize) -> None:
        """Wrap to the new width."""
        if self._width != self.line_width:
            self._wrap()

    def notify_style_update(self) -> None:
        """The theme changed, so the strips' colours did."""
        super().notify_style_update()
        self._wrap()

    def _wrap(self) -> None:
        self._width = self.line_width
        if self._width > 0:
            self._strips = Visual.to_strips(
                self, self._content, min(self._width, WIDEST), None, self.visual_style, apply_selection=False
            )
            self.lines_changed()

    def line_count(self) -> int:
        """Wrapped lines."""
        return len(self._strips)

    def line_segments(self, number: int, _width: int, /) -> list[Segment]:
        """A wrapped line as it was rendered."""
        return list(self._strips[number])
