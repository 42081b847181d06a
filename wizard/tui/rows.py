"""The records the screens draw: a step with all that is known of it, a question, an action, a line of the log."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

OUTPUT_KEPT = 5000

# what the engine's Outcome.status may be when nothing stands in the way of going on
GOOD = frozenset({"ok", "warn"})


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
    """One step in one environment: what it is, and what is known of it."""

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
    works: list[Work] = field(default_factory=list)
    notice: Notice | None = None
    output: deque[str] = field(default_factory=lambda: deque(maxlen=OUTPUT_KEPT))
    output_count: int = 0
    metrics: dict[str, list[float]] = field(default_factory=dict)

    @property
    def shown_status(self) -> str:
        """The status to draw: what it does now, else what was found."""
        return self.busy or self.status

    @property
    def good(self) -> bool:
        """A live check, not a memory, found nothing in the way."""
        return self.status in GOOD and not self.remembered

    @property
    def needs_attention(self) -> bool:
        """A person should look at it."""
        return not self.remembered and self.status in ("fail", "unknown", "warn")


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
