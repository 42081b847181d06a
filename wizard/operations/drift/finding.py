"""One difference from the plan, and its two ways out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from wizard.engine.context import Context
from wizard.engine.step import Action

NOTHING = "—"


class Kind(StrEnum):
    """What sort of difference it is, those first that need somebody."""

    BROKEN = "broken"
    MISSING = "missing"
    CHANGED = "changed"
    EXTRA = "extra"
    UNREAD = "unread"
    ADOPTED = "adopted"


@dataclass(frozen=True, slots=True)
class Adopt:
    """Take what is there for planned: by these answers, or, without any, by noting that it is wanted so."""

    words: str = "note that it is wanted so"
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Restore:
    """Make it as planned: by these actions, or, without any, by what the step itself plans."""

    words: str
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference. `aspect` names it among those of its step, "" where it is about the whole step.

    `adopt` and `restore` are None where that cannot be done; `fix` says what can, then.
    """

    context: Context
    aspect: str
    name: str
    planned: str
    found: str
    kind: Kind
    adopt: Adopt | None = None
    restore: Restore | None = None
    fix: str = ""

    @property
    def key(self) -> str:
        """By which it is restored or adopted, such as `databricks.cluster@dev:runtime`."""
        return self.context.instance.key + (f":{self.aspect}" if self.aspect else "")

    def line(self) -> dict[str, str]:
        """As the event carries it."""
        step = self.context.instance.step
        return {
            "key": self.key,
            "step": step.id,
            "environment": self.context.environment,
            "title": step.title,
            "name": self.name,
            "planned": self.planned,
            "found": self.found,
            "kind": str(self.kind),
            "adopt": self.adopt.words if self.adopt else "",
            "restore": self.restore.words if self.restore else "",
            "fix": self.fix,
        }


def arranged(findings: Iterable[Finding]) -> list[Finding]:
    """Those first that need somebody; else in their order."""
    order = list(Kind)
    return sorted(findings, key=lambda each: order.index(each.kind))


def exit_code(findings: Sequence[Finding]) -> int:
    """0 nothing differs, 1 something does, 3 something could not be read."""
    found = {each.kind for each in findings} - {Kind.ADOPTED}
    if found - {Kind.UNREAD}:
        return 1
    return 3 if found else 0
