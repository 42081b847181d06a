"""The records the screens draw: a step with all that is known of it, a question, an action, a line of the log."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wizard.tui.looks import seen_as

if TYPE_CHECKING:
    from wizard.tui.timelines import Timeline

OUTPUT_KEPT = 5000

# what the engine's Outcome.status may be when nothing stands in the way of going on
GOOD = frozenset({"ok", "warn"})
LEAVES_OUT = ".skip"  # ends the name of the question for the reason to leave a step out


@dataclass(frozen=True, slots=True)
class Field:
    """A question of a step: its full name, what is asked, the value given so far ("" = none) and the proposal."""

    name: str
    prompt: str
    help: str = ""
    value: str = ""
    default: str = ""
    choices: tuple[str, ...] = ()
    secret: bool = False

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Field:
        """From a question of the `checklist` event."""
        texts = {name: str(data.get(name) or "") for name in ("name", "prompt", "help", "value", "default")}
        choices = tuple(str(each) for each in data.get("choices") or ())
        return cls(**texts, choices=choices, secret=bool(data.get("secret")))

    @property
    def shown(self) -> str:
        """What would be used now."""
        return self.value or self.default

    @property
    def leaves_out(self) -> bool:
        """Whether an answer is the reason why the step is left out, rather than something it needs."""
        return self.name.endswith(LEAVES_OUT)


@dataclass(slots=True)
class Work:
    """An action that runs, ran or failed. Times are monotonic seconds; `ended` is None while it runs."""

    title: str
    command: str
    started: float
    ended: float | None = None
    failed: bool = False

    def seconds(self, now: float) -> float:
        """How long it ran, or has been running."""
        return (now if self.ended is None else self.ended) - self.started


@dataclass(slots=True)
class StepRow:
    """One step in one environment: what it is, and what is known of it. `seen` is the Unix time of its live check."""

    key: str
    id: str
    environment: str
    title: str
    why: str = ""
    needs: tuple[str, ...] = ()
    docs: str = ""
    manual: str = ""
    inputs: tuple[Field, ...] = ()
    status: str = ""
    remembered: bool = False
    message: str = ""
    proof: str = ""
    checked: str = ""
    seen: float = 0.0
    fix: str = ""
    diagnosis: str = ""
    who: str = ""
    message_to_send: str = ""
    links: tuple[str, ...] = ()
    busy: str = ""
    since: float = 0.0
    progress: str = ""
    fraction: float | None = None
    plan: list[dict[str, str]] | None = None
    kept: list[dict[str, str]] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)
    notice: Notice | None = None
    output: deque[str] = field(default_factory=lambda: deque(maxlen=OUTPUT_KEPT))
    output_count: int = 0
    metrics: dict[str, list[float]] = field(default_factory=dict)
    timeline: Timeline | None = None

    @property
    def shown_status(self) -> str:
        """The status to draw: what it does now, else what was found."""
        return self.busy or seen_as(self.status, self.message)

    @property
    def left_out(self) -> bool:
        """A person left this step out, with a reason."""
        return seen_as(self.status, self.message) == "left out"

    @property
    def settled(self) -> bool:
        """Nothing has to be done about it."""
        return self.good or self.left_out

    @property
    def reason(self) -> Field | None:
        """The question for the reason to leave it out; None where it is not optional."""
        return next((each for each in self.inputs if each.leaves_out), None)

    @property
    def good(self) -> bool:
        """A live check, not a memory, found nothing in the way."""
        return self.status in GOOD and not self.remembered

    @property
    def needs_attention(self) -> bool:
        """A person should look at it."""
        return not self.remembered and self.status in ("fail", "unknown", "warn")

    def remember(self, last: Mapping[str, Any]) -> None:
        """Show what an earlier check found, as a memory."""
        texts = {name: str(last.get(name) or "") for name in ("status", "message", "proof", "checked")}
        self.status, self.message, self.proof, self.checked = texts.values()
        self.remembered = True

    def own_timeline(self) -> Timeline:
        """Its run's timeline, made when there is first something to put in: few rows have one."""
        from wizard.tui.timelines import Timeline

        self.timeline = self.timeline or Timeline()
        return self.timeline

    def rest(self) -> None:
        """Nothing is done about it any more."""
        self.busy, self.progress, self.fraction, self.notice = "", "", None, None

    def end_work(self, now: float, failed: bool) -> None:
        """The running action, if there is one, came to its end."""
        self.rest()
        if self.works and self.works[-1].ended is None:
            self.works[-1].ended, self.works[-1].failed = now, failed


def described(row: StepRow | None, data: Mapping[str, Any]) -> StepRow:
    """The row of a step as the engine describes it, keeping what is already known of it."""
    if row is None:
        row = StepRow(data["key"], data["id"], data["environment"], data["title"])
    row.title, row.why, row.docs, row.manual = data["title"], data["why"], data["docs"], data["manual"] or row.manual
    row.needs = tuple(data["needs"])
    row.inputs = tuple(Field.read(each) for each in data["inputs"])
    if data.get("last") and not row.status:
        row.remember(data["last"])
    return row


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person must do outside; `since` is when it was asked, in monotonic seconds."""

    message: str
    copy: str
    link: str
    since: float


@dataclass(slots=True)
class StageRow:
    """A stage of the checklist and its steps."""

    number: int
    title: str
    steps: list[StepRow]


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the activity log: the wall clock's HH:MM:SS, a status for its glyph, and the text."""

    clock: str
    status: str
    text: str
