"""What the refreshes of one session remember: the last value of everything, and how the services answered."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wizard.operations.status.rows import Row, Stale

PROBES_KEPT = 60
FAILED = -1.0


class Probes:
    """The probes of one service: their latencies in milliseconds, and how many of all failed."""

    def __init__(self) -> None:
        self.latencies: deque[float] = deque(maxlen=PROBES_KEPT)
        self.asked = 0
        self.failed = 0

    def add(self, milliseconds: float) -> None:
        """One more answer; FAILED where there was none, or a wrong one."""
        self.latencies.append(milliseconds)
        self.asked += 1
        self.failed += milliseconds == FAILED

    @property
    def error_rate(self) -> str:
        """How many of all probes failed, in words."""
        return f"{self.failed} of {self.asked}"


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows of a part as they are shown, and whether it was ever read."""

    rows: tuple[Row, ...]
    known: bool


class Memory:
    """The last values by part, such as the models of test, and the probes by service."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[Row, ...]] = {}
        self.probes: dict[str, Probes] = defaultdict(Probes)

    def read(self, part: str, rows: Sequence[Row], now: float) -> Kept:
        """A part was read: cells that were not keep their last value, and say when that was read."""
        before = {row.key: row for row in self._rows.get(part, ())}
        self._rows[part] = tuple(_filled(replace(row, read_at=now), before.get(row.key)) for row in rows)
        return Kept(self._rows[part], known=True)

    def unread(self, part: str, reason: str) -> Kept:
        """A part could not be read: all of it keeps its last values."""
        if part not in self._rows:
            return Kept((), known=False)
        rows = tuple(replace(row, stale=(Stale("", reason, row.read_at),)) for row in self._rows[part])
        return Kept(rows, known=True)

    def forget(self, part: str) -> None:
        """A part is not set up (any more)."""
        self._rows.pop(part, None)


def _filled(row: Row, before: Row | None) -> Row:
    """A row whose unread cells have their last value, where there is one."""
    if not row.stale or before is None:
        return row
    when = {each.cell: each.read_at for each in before.stale}
    stale = tuple(replace(each, read_at=when.get(each.cell, before.read_at)) for each in row.stale)
    kept = {each.cell: before.cells[each.cell] for each in row.stale if each.cell in before.cells}
    return replace(row, cells={**row.cells, **kept}, stale=stale)
