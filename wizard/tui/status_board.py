"""The status as the engine told it last, area by area. Knows no Textual."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wizard.engine import events as wire

PLAN = "plan"
PLAN_TITLE = "Against the plan"
STATES = {"missing": "fail", "broken": "fail", "changed": "warn", "extra": "warn", "adopted": "ok"}  # else unknown
ORDER = ("fail", "warn", "unknown", "todo", "ok")
BARS = "▁▂▃▄▅▆▇█"
BARS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class StatusNumber:
    """A number of a form: what is proposed, and the least and the most of those that are known."""

    name: str
    proposed: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class StatusDeed:
    """What can be done about a row: what the engine is told, and of which step or job it then speaks.

    `asks` is what has to be typed, "" for nothing; `form` are numbers to be asked for one by one.
    """

    title: str
    key: str
    command: Mapping[str, Any]
    asks: str = ""
    form: tuple[StatusNumber, ...] = ()

    def told(self, typed: str) -> dict[str, Any]:
        """The command, with what was typed."""
        return {**self.command, **({"rows": [typed]} if self.asks or self.form else {})}


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A row, as the stream carries it; `stale` maps a cell ("": all) to why it has its last value."""

    area: str
    key: str
    title: str
    environment: str
    state: str
    cells: tuple[tuple[str, str], ...]
    advice: str
    link: str
    trend: tuple[float, ...]
    stale: tuple[tuple[str, str, float], ...]
    deeds: tuple[StatusDeed, ...] = ()

    @property
    def text(self) -> str:
        """All words of it, in lower case, for the filter."""
        words = (self.title, self.environment, self.state, self.advice, *(value for _, value in self.cells))
        return " ".join(words).lower()

    @property
    def sparkline(self) -> str:
        """The latencies as bars, a cross for a probe that failed."""
        shown = self.trend[-BARS_SHOWN:]
        highest = max((each for each in shown if each > 0), default=0.0)
        scale = (len(BARS) - 1) / highest if highest else 0.0
        return "".join("✗" if each < 0 else BARS[round(each * scale)] for each in shown)

    def as_text(self) -> str:
        """What is worth copying of it."""
        lines = [f"{self.area}: {self.title}{f' ({self.environment})' if self.environment else ''}: {self.state}"]
        lines += [f"{name}: {value}" for name, value in self.cells if value]
        lines += [f"next: {self.advice}"] if self.advice else []
        lines += [f"stale: {cell or 'all'}: {since(read_at)}{why}" for cell, why, read_at in self.stale]
        return "\n".join(lines + ([self.link] if self.link else []))


@dataclass(frozen=True, slots=True)
class StatusArea:
    """A table: its rows, and what could not be read or is not set up."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[StatusRow, ...]
    remarks: tuple[str, ...]
    unread: bool
    more: bool


class StatusBoard:
    """The areas in the order in which they are shown. `read_at` is in monotonic seconds, None before all were read."""

    NAMES = (PLAN, "endpoints", "models", "runs", "clusters", "expiries", "variables", "drift")

    def __init__(self) -> None:
        self.areas: dict[str, StatusArea] = {}
        self.asking = False
        self.read_at: float | None = None

    def told(self, event: wire.StatusRead) -> None:
        """An area was read."""
        rows = tuple(_row(event.title, event.columns, each) for each in event.rows)
        self.areas[event.area] = StatusArea(
            event.area, event.title, tuple(event.columns), rows, tuple(event.remarks), event.unread, event.more
        )

    def compared(self, lines: Sequence[Mapping[str, str]]) -> None:
        """All was compared with the plan: what differs, until it is compared again."""
        rows = tuple(_difference(each) for each in lines)
        remarks = () if rows else ("nothing differs",)
        unread = any(row.state == "unknown" for row in rows)
        self.areas[PLAN] = StatusArea(PLAN, PLAN_TITLE, ("found", "planned"), rows, remarks, unread, more=False)

    def shown(self, words: str, by_state: bool) -> Iterator[tuple[StatusArea, list[StatusRow]]]:
        """The areas with the rows that have all these words, those first that need somebody if `by_state`."""
        known = [name for name in self.NAMES if name in self.areas]
        for name in known + [each for each in self.areas if each not in self.NAMES]:
            area = self.areas[name]
            rows = [row for row in area.rows if all(word in row.text for word in words.lower().split())]
            if by_state:
                rows.sort(key=lambda row: ORDER.index(row.state) if row.state in ORDER else 0)
            if rows or not words:
                yield area, rows

    @property
    def counts(self) -> dict[str, int]:
        """How many rows there are of each state, the worst first."""
        states = [row.state for area in self.areas.values() for row in area.rows]
        return {state: states.count(state) for state in ORDER if state in states}

    @property
    def stale(self) -> int:
        """How many rows have a value of an earlier reading."""
        return sum(bool(row.stale) for area in self.areas.values() for row in area.rows)

    @property
    def unread(self) -> bool:
        """Whether anything could not be read this time."""
        return self.stale > 0 or any(area.unread for area in self.areas.values())


def since(read_at: float) -> str:
    """When a stale value was read, in words."""
    return f"read at {time.strftime('%H:%M:%S', time.localtime(read_at))}; " if read_at else "never read; "


def _difference(line: Mapping[str, str]) -> StatusRow:
    """A row for a difference, whose deeds are its ways out."""
    key = f"{line['step']}@{line['environment']}" if line["environment"] else line["step"]
    kind = line["kind"]
    ways = [way for way in ("restore", "adopt") if line[way] and (kind != "adopted" or way == "restore")]
    return StatusRow(
        PLAN_TITLE,
        line["key"],
        line["name"],
        line["environment"],
        STATES.get(kind, "unknown"),
        cells=(("found", line["found"]), ("planned", line["planned"])),
        advice=line["fix"] or "; or ".join(f"{way}: {line[way]}" for way in ways),
        link="",
        trend=(),
        stale=(),
        deeds=tuple(
            StatusDeed(f"{way.capitalize()}: {line[way]}", key, {"do": "drift", way: [line["key"]]}) for way in ways
        ),
    )


def _row(area: str, columns: Sequence[str], found: Mapping[str, Any]) -> StatusRow:
    text = {name: str(found.get(name, "")) for name in ("key", "title", "environment", "state", "advice", "link")}
    return StatusRow(
        area,
        **text,
        cells=tuple((name, str(found.get("cells", {}).get(name, ""))) for name in columns),
        trend=tuple(found.get("trend", ())),
        stale=tuple(
            (str(each["cell"]), str(each["reason"]), float(each["read_at"])) for each in found.get("stale", ())
        ),
        deeds=tuple(_deed(each) for each in found.get("deeds", ())),
    )


def _deed(found: Mapping[str, Any]) -> StatusDeed:
    form = tuple(StatusNumber(**each) for each in found.get("form", ()))
    return StatusDeed(str(found["title"]), str(found["key"]), found["command"], str(found["asks"]), form)
