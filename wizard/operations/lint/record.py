"""The records of the repository check: a rule, what it found, and the change that mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.operations.lint.project import Project


@dataclass(frozen=True, slots=True)
class Edit:
    """Lines `first` to `last` (counted from 1, both included) become `lines`; `last` below `first` only inserts."""

    first: int
    last: int
    lines: tuple[str, ...]

    def applied(self, text: list[str]) -> list[str]:
        """The file's lines with this change."""
        return [*text[: self.first - 1], *self.lines, *text[max(self.last, self.first - 1) :]]


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect at a place. `edit` mends it where that needs no decision by a person."""

    file: str
    line: int
    message: str
    edit: Edit | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One known defect: what it leads to (`why`), which files show it (`where`), and what to do (`fix`)."""

    id: str
    title: str
    why: str
    where: str
    fix: str
    look: Callable[[Project], Iterable[Finding]]
