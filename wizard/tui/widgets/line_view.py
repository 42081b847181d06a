"""A virtual list: only the lines in sight are ever rendered, however many there are."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

# The tokens of looks.py, and what else stands out in a line.
PARTS = ("success", "primary", "warning", "error", "accent", "muted", "title")


class LineView(ScrollView, can_focus=True):
    """Lines of one row each. A subclass says how many there are and what each looks like, by `colour`."""

    COMPONENT_CLASSES: ClassVar = {f"line-view--{part}" for part in PARTS}
    DEFAULT_CSS = """
    LineView {
        overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; scrollbar-gutter: stable;
        & > .line-view--success { color: $text-success; }
        & > .line-view--primary { color: $text-primary; }
        & > .line-view--warning { color: $text-warning; }
        & > .line-view--error { color: $text-error; }
        & > .line-view--accent { color: $text-accent; }
        & > .line-view--muted { color: $foreground-muted; }
        & > .line-view--title { text-style: bold; }
    }
    """

    def colour(self, part: str) -> Style:
        """The style of one of PARTS."""
        return self.get_component_rich_style(f"line-view--{part}", partial=True)

    def line_count(self) -> int:
        """How many lines there are."""
        raise NotImplementedError

    def line_segments(self, number: int, width: int, /) -> list[Segment]:
        """The line's parts; what is wider than `width` is cut."""
        raise NotImplementedError

    def lines_changed(self, *numbers: int) -> None:
        """Tell the view that these lines are others now, or all of them when none is named.

        The number of lines is set without a new layout of the whole screen: nothing but the scrollbar depends on it.
        """
        size = Size(0, self.line_count())
        if self.virtual_size != size:
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)
            self.refresh()
        elif not numbers:
            self.refresh()
        for number in numbers:
            self.refresh_line(number)

    def on_resize(self, _event: events.Resize) -> None:
        """Lines are laid out to the width."""
        self.refresh()

    @property
    def line_width(self) -> int:
        """Cells of a line: all but the scrollbar's."""
        return self.scrollable_content_region.width

    def render_line(self, y: int) -> Strip:
        """One visible line."""
        number = y + self.scroll_offset.y
        width = self.line_width
        base = self.rich_style
        if not 0 <= number < self.line_count():
            return Strip.blank(width, base)
        segments = self.line_segments(number, width)
        styled = [Segment(segment.text, base + segment.style if segment.style else base) for segment in segments]
        fill = styled[-1].style if styled else base
        strip = Strip(styled).crop_extend(0, width, fill)
        return self._selected(strip, number).apply_offsets(0, number)

    def _selected(self, strip: Strip, number: int) -> Strip:
        """The line with what a person marked by mouse standing out."""
        selection = self.text_selection
        span = selection.get_span(number) if selection is not None else None
        if span is None:
            return strip
        start, end = span[0], strip.cell_length if span[1] == -1 else span[1]
        marked = strip.crop(start, end).apply_style(self.screen.get_component_rich_style("screen--selection"))
        return Strip.join([strip.crop(0, start), marked, strip.crop(end)])

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The marked text, for the clipboard."""
        width = self.line_width
        lines = ("".join(part.text for part in self.line_segments(n, width)) for n in range(self.line_count()))
        return selection.extract("\n".join(line.rstrip() for line in lines)), "\n"

    def selection_updated(self, _selection: Selection | None) -> None:
        """Show what is marked now."""
        self.refresh()

    def show_line(self, number: int) -> None:
        """Scroll until the line is in sight."""
        self.scroll_to_region(Region(0, number, 1, 1), animate=False)


def cut(text: str, width: int) -> str:
    """The text in exactly so many cells, with an ellipsis where something is left out."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + "…"
