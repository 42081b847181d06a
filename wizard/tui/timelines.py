"""What is known of one remote run: the lines of its timeline and the log of each. Knows no Textual."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

LOG_KEPT = 3000
Written = tuple[str, str]  # a line of a log, and its stream
STEP = "step"

NOT_BEGUN = "It has not begun yet."
NOTHING_YET = "It has not written anything yet."
NOT_READ = "Its log has not been read in this session; the run's page has it."


@dataclass(slots=True)
class Log:
    """What a part wrote: `first` is the number of the first line that is kept."""

    first: int = 1
    lines: list[Written] = field(default_factory=list)
    changes: int = 0

    def add(self, written: Written, number: int) -> None:
        """Take a line: one known already is passed over; a log that is read again from before is taken anew."""
        expected = self.first + len(self.lines)
        if self.first <= number < expected:
            return
        if number and number != expected:
            self.first, self.lines = number, []
        self.lines.append(written)
        self.changes += 1
        if len(self.lines) > LOG_KEPT:
            dropped = LOG_KEPT // 10
            self.first += dropped
            del self.lines[:dropped]


@dataclass(frozen=True, slots=True)
class Line:
    """A stage, job or step of the run. Times are Unix seconds, None before."""

    id: str
    parent: str
    kind: str
    name: str
    state: str
    result: str
    problem: str
    remark: str
    started: float | None
    finished: float | None
    depth: int

    @classmethod
    def read(cls, data: Mapping[str, str], depth: int) -> Line:
        """From a line of the `timeline` event."""
        names = ("id", "parent", "kind", "name", "state", "result", "problem", "remark")
        texts = {name: " ".join(str(data.get(name, "")).split()) for name in names}
        return cls(**texts, started=moment(data.get("started")), finished=moment(data.get("finished")), depth=depth)

    @property
    def status(self) -> str:
        """The status to draw."""
        return self.result if self.state == "ended" else self.state

    def seconds(self, now: float) -> float | None:
        """How long it took, or has been running at that Unix time; None before it began."""
        if self.started is None or (self.finished is None and self.state == "ended"):
            return None
        return max(0.0, (now if self.finished is None else self.finished) - self.started)


@dataclass(slots=True)
class Timeline:
    """A run, its lines in order, and their logs."""

    title: str = ""
    link: str = ""
    state: str = "waiting"
    result: str = ""
    problem: str = ""
    lines: list[Line] = field(default_factory=list)
    logs: dict[str, Log] = field(default_factory=dict)

    def show(self, event: Any) -> None:
        """Take over how the run stands now; the logs of another run are forgotten."""
        if (event.title, event.link) != (self.title, self.link):
            self.logs = {} if self.title else self.logs
        self.title, self.link, self.state = event.title, event.link, event.state
        self.result, self.problem = event.result, event.problem
        depths: dict[str, int] = {"": -1}
        self.lines = []
        for data in event.lines:
            depth = depths.get(data.get("parent", ""), -1) + 1
            depths[data["id"]] = depth
            self.lines.append(Line.read(data, depth))

    def write(self, part: str, text: str, stream: str, number: int) -> None:
        """A part wrote this."""
        log = self.logs.setdefault(part, Log())
        for line in text.splitlines() or [""]:
            log.add((line, stream), number)

    @property
    def status(self) -> str:
        """The status to draw for all of it."""
        return self.result if self.state == "ended" else self.state

    @property
    def steps(self) -> list[Line]:
        """The steps alone."""
        return [line for line in self.lines if line.kind == STEP]

    @property
    def failed(self) -> bool:
        """Whether something failed that was not expected to."""
        return self.status in ("fail", "cancelled") or self.failing is not None or bool(self.problem)

    @property
    def failing(self) -> Line | None:
        """What failed first, the innermost: a step before its job; nothing below what is expected to fail."""
        failed = [line for line in self.lines if line.result == "fail" and not self.remark_on(line)]
        return next((line for line in failed if line.kind == STEP), failed[-1] if failed else None)

    @property
    def of_interest(self) -> Line | None:
        """The line to look at: what failed, else the innermost that runs; after the end, the last that wrote."""
        if (failing := self.failing) is not None:
            return failing
        running = [line for line in self.lines if line.state == "running"]
        if running or self.state != "ended":
            return next((line for line in running if line.kind == STEP), running[-1] if running else None)
        return next((line for line in reversed(self.steps) if line.id in self.logs), None)

    def line(self, id_: str) -> Line | None:
        """The line of that id."""
        return next((line for line in self.lines if line.id == id_), None)

    def remark_on(self, line: Line | None) -> str:
        """What to make of a line: its own remark or that of what it is a part of."""
        while line is not None and not line.remark:
            line = self.line(line.parent)
        return line.remark if line else ""

    def has_parts(self, line: Line) -> bool:
        """Whether others are a part of it."""
        return any(each.parent == line.id for each in self.lines)

    def seconds(self, now: float) -> float | None:
        """How long the run took or has been running."""
        begun = [(line.started, line.finished) for line in self.lines if line.started is not None]
        if not begun:
            return None
        end = max(finished or started for started, finished in begun) if self.state == "ended" else now
        return max(0.0, end - min(started for started, _ in begun))

    def log_of(self, line: Line) -> list[Written]:
        """What a line wrote; for one that has parts, what each of these wrote, under its name."""
        inside = self._below(line)
        if len(inside) == 1:
            return self._own_log(line)
        found: list[Written] = [(line.problem, "stderr")] if line.problem else []
        for each in inside:
            if each.id in self.logs:
                found += [*([("", "")] if found else []), (each.name, "title"), *self._own_log(each)]
        return found or [(self._silence(line), "remark")]

    def log_changes(self, line: Line) -> tuple[object, ...]:
        """What tells whether `log_of` would answer something else."""
        inside = self._below(line)
        return line, len(inside), sum(self.logs[each.id].changes for each in inside if each.id in self.logs)

    def _own_log(self, line: Line) -> list[Written]:
        log = self.logs.get(line.id)
        if log is None or not log.lines:
            return [*([(line.problem, "stderr")] if line.problem else []), (self._silence(line), "remark")]
        earlier = f"… {log.first - 1} earlier lines are on the run's page" if log.first > 1 else ""
        return [*([(earlier, "remark")] if earlier else []), *log.lines]

    def _below(self, line: Line) -> list[Line]:
        ids, found = {line.id}, [line]
        for each in self.lines:
            if each.parent in ids:
                ids.add(each.id)
                found.append(each)
        return found

    def _silence(self, line: Line) -> str:
        remark = self.remark_on(line)
        if line.state == "ended":
            said = "It was skipped." if line.result == "skipped" else NOT_READ
        else:
            said = NOT_BEGUN if line.state == "waiting" else NOTHING_YET
        return f"{said} {remark[:1].upper()}{remark[1:]}." if remark else said


def moment(text: str | None) -> float | None:
    """A time in ISO 8601 as Unix seconds; None when there is none."""
    try:
        return datetime.fromisoformat(text).timestamp() if text else None
    except (ValueError, OverflowError):
        return None


def good_of(lines: Iterable[Line]) -> int:
    """How many of them have ended well."""
    return sum(line.result in ("ok", "warn") for line in lines)
