"""Compares what was read of two environments: which differences are expected, and which are a surprise.

Nothing is read here: data in, lines out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

SECRET = "secret"  # noqa: S105 - stands for a value that nobody is shown
PLAIN = "not a secret"
ABSENT = "—"


class Rule(StrEnum):
    """What two environments should have in common: the same, each its own, or whatever each wants."""

    SAME = "same"
    OWN = "own"
    FREE = "free"


class Verdict(StrEnum):
    """What to make of a line, those first that need somebody."""

    SURPRISE = "surprise"
    UNREAD = "unread"
    NOT_SET_UP = "not set up"
    EXPECTED = "expected"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Expectation:
    """The rule for one name and why; `one_sided` where one environment may do without it."""

    rule: Rule
    why: str = ""
    one_sided: bool = False


SHOULD_BE_SAME = Expectation(Rule.SAME, "it should be the same")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of an environment. Names without an expectation should have the same value everywhere."""

    title: str
    expectations: Mapping[str, Expectation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a section in one environment, or why nothing was: it is not set up, or could not be read."""

    values: Mapping[str, str] = field(default_factory=dict)
    not_set_up: str = ""
    unread: str = ""

    @property
    def state(self) -> str:
        """How the section stands, in words."""
        return self.unread or self.not_set_up or "set up"


@dataclass(frozen=True, slots=True)
class Line:
    """One name and its two values; `name` is "" where a line is about the whole section."""

    section: str
    name: str
    first: str
    second: str
    verdict: Verdict
    remark: str = ""


def compare(section: Section, first: Reading, second: Reading) -> list[Line]:
    """A line for every name; a single one where the section was not read or is not set up in an environment."""
    for verdict, found in (
        (Verdict.UNREAD, first.unread or second.unread),
        (Verdict.NOT_SET_UP, first.not_set_up or second.not_set_up),
    ):
        if found:
            return [Line(section.title, "", first.state, second.state, verdict)]
    names = dict.fromkeys((*first.values, *second.values))
    return [_line(section, name, first.values.get(name), second.values.get(name)) for name in names]


def _line(section: Section, name: str, first: str | None, second: str | None) -> Line:
    expected = section.expectations.get(name, SHOULD_BE_SAME)
    if SECRET in (first, second) and first != second:  # what is a secret on one side is shown on neither
        first, second = (each if each in (None, SECRET) else PLAIN for each in (first, second))
    verdict, remark = _judged(expected, first, second)
    shown = [ABSENT if each is None else each for each in (first, second)]
    return Line(section.title, name, shown[0], shown[1], verdict, remark)


def _judged(expected: Expectation, first: str | None, second: str | None) -> tuple[Verdict, str]:
    """What to make of two values, and why."""
    if first is None or second is None:
        if expected.one_sided:
            return Verdict.EXPECTED, expected.why
        return Verdict.SURPRISE, "it is there in one of them only"
    if first == second:
        if expected.rule is Rule.OWN:
            return Verdict.SURPRISE, "each should have its own"
        return Verdict.SAME, ""
    if PLAIN in (first, second):
        return Verdict.SURPRISE, "it is a secret in one of them only"
    if expected.rule is Rule.SAME:
        return Verdict.SURPRISE, expected.why
    return Verdict.EXPECTED, expected.why


def arranged(lines: Iterable[Line]) -> list[Line]:
    """The lines that need somebody first; else in their order."""
    order = list(Verdict)
    return sorted(lines, key=lambda line: order.index(line.verdict))


def exit_code(lines: Iterable[Line]) -> int:
    """0 no surprise, 1 a surprise or something not set up yet, 3 something could not be read."""
    found = {line.verdict for line in lines}
    if found & {Verdict.SURPRISE, Verdict.NOT_SET_UP}:
        return 1
    return 3 if Verdict.UNREAD in found else 0
