"""What a status is made of: areas of rows of cells. Data only; nothing is read here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """How a row stands. Of a row to do nobody was wrong yet; unknown means that nobody could look."""

    OK = "ok"
    TODO = "todo"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


WANTS_SOMEBODY = (State.FAIL, State.WARN, State.TODO)


@dataclass(frozen=True, slots=True)
class Stale:
    """A cell that could not be read this time, "" for the whole row: why, and when its value was read (0: never)."""

    cell: str
    reason: str
    read_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a form: what is proposed, and the least and the most of those that are known."""

    name: str
    proposed: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Deed:
    """What can be done about a row: the `command` that the engine is told, which asks before it changes anything.

    What it says while it runs is of the step instance `key`. `asks` is what has to be typed, "" for nothing, and
    `form` are numbers to be asked for one by one: with commas between them, either is the command's one `rows`.
    """

    title: str
    key: str
    command: Mapping[str, Any]
    asks: str = ""
    form: tuple[Number, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One thing. `key` is its own for good; `cells` by the names of the area's columns.

    `advice` says what is wrong and what to do next, `deeds` are what can be done from here. `trend` are the latencies
    of this session's probes in milliseconds, oldest first, -1 for one that failed. `read_at` is Unix time in seconds.
    """

    key: str
    title: str
    environment: str
    state: State
    cells: Mapping[str, str]
    advice: str = ""
    link: str = ""
    trend: tuple[float, ...] = ()
    stale: tuple[Stale, ...] = ()
    read_at: float = 0.0
    deeds: tuple[Deed, ...] = ()


@dataclass(frozen=True, slots=True)
class Area:
    """A table: its `columns` in the order in which they matter, so that a narrow screen leaves out the last."""

    name: str
    title: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What an area holds now. `remarks` says what is not set up, or could not be read and has no rows."""

    area: Area
    rows: tuple[Row, ...] = ()
    remarks: tuple[str, ...] = ()
    unread: bool = False
    more: bool = False
    seconds: float = field(default=0.0, compare=False)


def exit_code(readings: Iterable[Reading]) -> int:
    """0 all well, 1 something needs somebody or nothing is set up yet, 3 something could not be read."""
    found = list(readings)
    rows = [row for reading in found for row in reading.rows]
    if any(row.state in WANTS_SOMEBODY for row in rows):
        return 1
    if any(reading.unread for reading in found) or any(row.state is State.UNKNOWN or row.stale for row in rows):
        return 3
    return 0 if rows else 1
