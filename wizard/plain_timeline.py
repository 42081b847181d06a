"""A remote run for people without the screens: each stage, job and step as it begins and ends, its log in between."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

Event = dict[str, Any]
Line = dict[str, str]

TAIL = 15
BEGINS = "▸"
ENDS = {"ok": "✓", "warn": "!", "fail": "✗", "skipped": "–", "cancelled": "■"}
COLOURS = {"ok": "32", "warn": "33", "fail": "31", "skipped": "2", "cancelled": "33"}
WORDS = {"warn": "ok, with warnings", "fail": "failed"}
BAD = ("fail", "cancelled")


class TimelinePrinter:
    """Prints what changed in one run since it was last shown. `say` prints a line, `paint` colours a text."""

    def __init__(self, say: Callable[[str], None], paint: Callable[[str, str], str]) -> None:
        self._say = say
        self._paint = paint
        self._head = ("", "")
        self._lines: dict[str, Line] = {}
        self._ending: list[Line] = []
        self._written: dict[str, int] = {}
        self._last = ""
        self._tail: deque[Event] = deque(maxlen=TAIL)

    def show(self, event: Event, watched: bool) -> None:
        """Say what began; what ended is said by `rest`, after its log. Unless watched, only what matters most."""
        self.rest()
        if self._head != (event["title"], event["link"]):
            self._head = (event["title"], event["link"])
            self._lines, self._written, self._last = {}, {}, ""
            self._say(f"    {event['title']}: {event['link']}")
        for line in event["lines"]:
            before = self._lines.get(line["id"], {})
            self._lines[line["id"]] = line
            told = watched or line["kind"] == "stage" or line["state"] == "running" or line["result"] in BAD
            began = line["state"] == "running" != before.get("state")
            if told and began and line["kind"] != "step":
                self._say(f"    {self._paint(BEGINS, '36')} {line['kind']} {line['name']}")
            if told and line["state"] == "ended" != before.get("state"):
                self._ending.append(line)

    def write(self, event: Event, watched: bool) -> None:
        """Say a log's line once, under the name of what wrote it; of what nobody watches, the end of what failed."""
        part, number = event["part"], event["number"]
        if 0 < number <= self._written.get(part, 0):
            return
        self._written[part] = number
        if watched:
            self._write(event)
        elif self._lines.get(part, {}).get("result") in BAD:
            self._tail.append(event)

    def _write(self, event: Event) -> None:
        part = event["part"]
        if self._last != part:
            self._last = part
            self._say(f"    {self._paint(BEGINS, '36')} {self._name(self._lines.get(part, {}))}")
        text = event["text"]
        self._say(f"    | {self._paint(text, '31') if event['stream'] == 'stderr' else text}")

    def rest(self) -> None:
        """Say what has ended: steps first, then what they were a part of."""
        while self._tail:
            self._write(self._tail.popleft())
        ending, self._ending = self._ending, []
        for line in sorted(ending, key=lambda each: ("step", "job", "stage").index(each["kind"])):
            self._last = ""
            result = line["result"] or "ended"
            sign = self._paint(ENDS.get(result, "?"), COLOURS.get(result, "0"))
            after = "".join(f": {line[each]}" for each in ("problem", "remark") if line[each])
            self._say(f"    {sign} {self._name(line)}: {WORDS.get(result, result)}{_time(line)}{after}")

    @staticmethod
    def _name(line: Line) -> str:
        return f"{line.get('kind', 'part')} {line.get('name', '')}".strip()


def _time(line: Line) -> str:
    """How long it took, where that is known."""
    if not line["started"] or not line["finished"]:
        return ""
    try:
        seconds = (datetime.fromisoformat(line["finished"]) - datetime.fromisoformat(line["started"])).total_seconds()
    except (ValueError, TypeError):  # no moments, or one of them without its zone
        return ""
    return f" in {int(seconds) // 60}:{int(seconds) % 60:02d}"
