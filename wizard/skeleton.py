"""The first thing on the screen: title, stages and steps with their last known state, in plain ANSI.

It is painted before Textual is imported (four fifths of a small Textual app's start are that import), in the
places where the first real screen will paint the same things. Standard library only, and little of it.
"""

from __future__ import annotations

import os

from wizard.tui.looks import WORD_WIDTH, look, seen_as

TYPE_CHECKING = False  # importing it from typing would take as long as all the drawing
if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

STATE_VERSION = 1
ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J\x1b[H"
LEAVE = "\x1b[?25h\x1b[?1049l"
ENVIRONMENT_WIDTH = 4
SMALLEST = (60, 16)
NARROW_BELOW = 100
LIST_WIDEST = 84


def draw(project: Path | str, cloud: str, stream: TextIO) -> None:
    """Switch to the alternate screen and paint; nothing is read but the state file, and a bad one counts as none."""
    columns, rows = _size(stream)
    colour = "NO_COLOR" not in os.environ
    lines = _lines(remembered(project, cloud), list_width(columns), colour)
    header = f" mlops-wizard   {cloud}   starting …"[:columns].ljust(columns)
    body = [f"\x1b[{number}H{line}" for number, line in enumerate(lines[: max(0, rows - 2)], start=3)]
    stream.write(ENTER + f"\x1b[1H\x1b[1;7m{header}\x1b[0m" + "".join(body))
    stream.flush()


def erase(stream: TextIO) -> None:
    """Leave the alternate screen: for when the real screen does not come to do it."""
    stream.write(LEAVE)
    stream.flush()


def list_width(columns: int) -> int:
    """Columns of the checklist in a terminal of that width; the first real screen takes the same."""
    return columns if columns < NARROW_BELOW else min(LIST_WIDEST, columns * 9 // 20)


def remembered(project: Path | str, cloud: str) -> dict[str, dict[str, str]]:
    """The last outcome of each step (`id` or `id@environment`), empty when the file is absent, broken or newer."""
    try:
        with open(f"{project}/.mlops-wizard/state.json", encoding="utf-8") as file:  # noqa: PTH123  (pathlib takes time)
            text = file.read()
        import json

        document = json.loads(text)
        steps = document["clouds"][cloud]["steps"] if document["version"] == STATE_VERSION else {}
        return {key: entry for key, entry in steps.items() if isinstance(entry, dict)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _lines(memory: dict[str, dict[str, str]], width: int, colour: bool) -> list[str]:
    from wizard.steps.outline import OUTLINE

    lines = []
    for number, title, steps in OUTLINE:
        lines.append(_styled(f" {number}  {title}"[:width], 1, True))
        for step_id, step_title, environments in steps:
            for environment in environments or ("",):
                key = f"{step_id}@{environment}" if environment else step_id
                last = memory.get(key, {})
                status = seen_as(str(last.get("status", "")), str(last.get("message", "")))
                lines.append(_row(status, step_title, environment, width, colour))
    return lines


def _row(status: str, title: str, environment: str, width: int, colour: bool) -> str:
    glyph, word, sgr, _ = look(status, remembered=True)
    place = f" {environment:<{ENVIRONMENT_WIDTH}}" if environment else ""
    room = width - WORD_WIDTH - len(place) - 5
    text = title if len(title) <= room else title[: room - 1] + "…"
    return f"   {_styled(f'{glyph} {word:<{WORD_WIDTH}}', sgr, colour)}{text:<{room}}{place}"


def _styled(text: str, sgr: int, colour: bool) -> str:
    return f"\x1b[{sgr}m{text}\x1b[0m" if colour else text


def _size(stream: TextIO) -> tuple[int, int]:
    try:
        size = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        return 80, 24
    return size.columns or 80, size.lines or 24
