"""A list that follows its end."""

from __future__ import annotations

from textual import events

from wizard.tui.widgets.line_view import LineView


class TailView(LineView):
    """Keeps its last line in sight as lines and the terminal's size change, unless a person scrolled away from it."""

    _following = True

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling decides whether the end is followed; new lines or another size alone do not."""
        super().watch_scroll_y(old_value, new_value)
        self._following = self.scroll_offset.y >= self.max_scroll_y

    def lines_changed(self, *numbers: int) -> None:
        """As for every list; where the end is followed, it is scrolled to in the same picture."""
        super().lines_changed(*numbers)
        if self._following:
            self.scroll_end(animate=False, immediate=True)

    def on_resize(self, _event: events.Resize) -> None:
        """A lower list shows its end as a higher one did."""
        if self._following:
            self.scroll_end(animate=False, immediate=True)
