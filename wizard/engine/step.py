"""The records a checklist is made of: Step, Question, Outcome, Action.

They are data. The terminal screens, the plain command, `--json`, the documentation and the tests are all views of
the same records, so nothing outside this package ever asks which step it is looking at.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from wizard.engine import one_line

if TYPE_CHECKING:
    from wizard.engine.context import Context


SKIP_PROMPT = "Leave this step out? Why?"
SKIP_HELP = "A reason leaves it out; empty keeps it."


class Status(StrEnum):
    """What a live check found. Of a step to do the plan has actions; unknown means that nobody could look."""

    OK = "ok"
    TODO = "todo"
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"
    UNKNOWN = "unknown"


GOOD = frozenset({Status.OK, Status.WARN})  # what others may build on


class Risk(StrEnum):
    """What a person should know before an action runs."""

    NONE = "none"
    COSTS_MONEY = "costs money"
    HARD_TO_UNDO = "hard to undo"


@dataclass(frozen=True, slots=True)
class Question:
    """One value a step needs from a person.

    `default` computes a proposal from the answers and facts known so far; `validate` returns what is wrong with a
    value, naming the rule, or None. Secret answers never reach the answers file, the journal or a log.
    """

    name: str
    prompt: str
    help: str = ""
    default: Callable[[Context], str] | None = None
    validate: Callable[[str], str | None] | None = None
    choices: Callable[[Context], tuple[str, ...]] | tuple[str, ...] = ()
    secret: bool = False

    def complaint(self, value: str) -> str | None:
        """What is wrong with a value, by the rule of all answers or by this question's own; None when it will do.

        A secret is pasted with whatever is around it: its own rule says what to make of that.
        """
        common = None if self.secret else one_line.complaint(value)
        return common or (self.validate(value) if self.validate else None)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a check: what was found, the proof read from the far side, and what to do next.

    `who` must act, "" for the reader; `text` is what to send them. `left_out`: a person decided against an optional
    step, so nothing waits for it.
    """

    status: Status
    message: str
    proof: str = ""
    fix: str = ""
    links: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    diagnosis: str = ""
    who: str = ""
    text: str = ""
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """One change. `command` is the equivalent a person could type, with secrets masked.

    `run` must be safe to repeat: after a crash in the middle, the next plan finds what it made and adopts it. `key`
    is what the far side can be asked for afterwards (a token's comment, a cluster's tag, a run's idempotency token).
    `loses` is what a deletion takes along that this set-up did not make, in words.
    """

    title: str
    command: str
    run: Callable[[Context], Awaitable[None]]
    key: str = ""
    risk: Risk = Risk.NONE
    loses: tuple[str, ...] = ()

    def described(self) -> dict[str, str]:
        """The action as events show it."""
        return {"title": self.title, "command": self.command, "risk": str(self.risk), "loses": "; ".join(self.loses)}


@dataclass(frozen=True, slots=True)
class Kept:
    """What the way back leaves standing: it is not this set-up's, or, where it is `ours`, it cannot go yet."""

    thing: str
    why: str
    fix: str = ""
    ours: bool = False

    def described(self) -> dict[str, str]:
        """It as events show it."""
        return {"thing": self.thing, "why": self.why, "fix": self.fix}


Check = Callable[["Context"], Awaitable[Outcome]]
Plan = Callable[["Context"], Awaitable[list[Action] | None]]
Undo = Callable[["Context"], Awaitable[Sequence[Action | Kept]]]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the checklist.

    `environments` lists where it appears ("dev", "test", "prod", "cmr"); empty means once for the whole set-up.
    `needs` are ids of steps; a need means the same environment where the needed step has one, else its only
    instance; one written `id@environment` counts in that environment alone. `check` is read-only and live. `plan`
    returns the actions still needed, an empty list when there is nothing to do, or None when only a person can do it
    (then `manual` says how). `undo` plans the way back, of what this set-up made only. `within` is the id of the step
    whose thing holds what this one makes, "" for none: at a teardown it goes with that one. `look` answers the check's
    question by reads alone, for a step whose check has something run over there; `doctor` takes it. `time_limit` bounds
    one check or look, in seconds. An `optional` step may be left out by giving a reason. `renews` are the keys of
    instances whose things its actions change, too: after those, they are checked again.
    """

    id: str
    title: str
    why: str
    check: Check
    plan: Plan | None = None
    undo: Undo | None = None
    within: str | Callable[[Context], str] = ""
    needs: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    inputs: tuple[Question, ...] = ()
    look: Check | None = None
    manual: str = ""
    docs: str = ""
    time_limit: float = 60.0
    optional: bool = False
    renews: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Instance:
    """A step in one environment ("" where it has none): what is checked, planned, applied and remembered."""

    step: Step
    environment: str

    @property
    def key(self) -> str:
        """The name state, journal and logs use, such as `databricks.cluster@dev`."""
        return f"{self.step.id}@{self.environment}" if self.environment else self.step.id

    @property
    def skip_name(self) -> str:
        """The full name of the answer that leaves an optional step out and says why."""
        place = f"{self.environment}." if self.environment else ""
        return f"{place}{self.step.id}.skip"

    def questions(self) -> list[tuple[str, Question]]:
        """What the step asks here, by full name: `{environment}` is filled in; of an optional one, why to leave it."""
        asked = [(each.name.format(environment=self.environment), each) for each in self.step.inputs]
        if self.step.optional:
            asked.append((self.skip_name, Question(self.skip_name, SKIP_PROMPT, SKIP_HELP, default=lambda _: "")))
        return asked
