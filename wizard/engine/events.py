"""The event stream: small frozen records, one JSON line each. The screens, the plain output and `--json` read it.

`event_schema.py` publishes it as JSON Schema.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

VERSION = 1


@dataclass(frozen=True, slots=True)
class Event:
    """Anything the engine says. `event` is its name on the wire."""

    event: ClassVar[str] = ""

    def to_dict(self) -> dict[str, Any]:
        """The event as JSON-like data, its name first."""
        return {"event": self.event, **dataclasses.asdict(self)}


Emit = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Ready(Event):
    """The engine is up and holds the folder's lock."""

    event: ClassVar[str] = "engine.ready"
    version: str
    cloud: str
    pid: int
    protocol: int = VERSION


@dataclass(frozen=True, slots=True)
class ChecklistShown(Event):
    """The whole checklist with what is remembered of it; `stages` as in `wizard.engine.session.describe_checklist`.

    `guards` are the environments that have to be armed before they are changed: `environment`, the `word` to type for
    that, `risks` (of the actions that it is about, all of them when empty), and for how many `minutes` it lasts.
    """

    event: ClassVar[str] = "checklist"
    stages: list[dict[str, Any]]
    guards: list[dict[str, Any]] = dataclasses.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Started(Event):
    """A command began; `steps` are the keys of the instances it covers."""

    event: ClassVar[str] = "started"
    command: str
    steps: list[str]


@dataclass(frozen=True, slots=True)
class Checking(Event):
    """A step's live check began."""

    event: ClassVar[str] = "step.checking"
    step: str
    environment: str


@dataclass(frozen=True, slots=True)
class Checked(Event):
    """A step's live check ended. `who` must act, "" where all is well; `message_to_send` is for them, "" for you.

    `left_out`: an optional step (status skip) that a person decided against; its message gives the reason.
    """

    event: ClassVar[str] = "step.checked"
    step: str
    environment: str
    status: str
    message: str
    proof: str
    seconds: float
    fix: str = ""
    diagnosis: str = ""
    links: list[str] = dataclasses.field(default_factory=list)
    who: str = ""
    message_to_send: str = ""
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Planned(Event):
    """What a step would change: `actions` have title, command, risk and `loses`, which is what a deletion takes along
    that this set-up did not make ("" for nothing). `manual` says how, where only a person can. `kept` is what the way
    back leaves standing, with thing, why and fix; `goes_with` the step (its title) with whose thing this one's goes.
    """

    event: ClassVar[str] = "step.planned"
    step: str
    environment: str
    actions: list[dict[str, str]]
    manual: str = ""
    kept: list[dict[str, str]] = dataclasses.field(default_factory=list)
    goes_with: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmWanted(Event):
    """The engine waits for `{"do": "confirm", "id": id, "yes": true}` before it runs these actions.

    `word`, where it is not "", is what a person has to type: the reply carries it as `word`, or does not count.
    """

    event: ClassVar[str] = "confirm"
    id: str
    step: str
    environment: str
    actions: list[dict[str, str]]
    word: str = ""


@dataclass(frozen=True, slots=True)
class Armed(Event):
    """For how many `seconds` from now actions may run in an environment that is guarded; 0: not any more.

    `complaint` says why it was not armed.
    """

    event: ClassVar[str] = "armed"
    environment: str
    seconds: float
    complaint: str = ""


@dataclass(frozen=True, slots=True)
class AnswerWanted(Event):
    """The engine waits for `{"do": "answer", "name": name, "value": ...}`."""

    event: ClassVar[str] = "question"
    step: str
    environment: str
    name: str
    prompt: str
    help: str
    default: str
    choices: list[str]
    secret: bool


@dataclass(frozen=True, slots=True)
class AnswerTaken(Event):
    """An answer was accepted, or `complaint` names the rule it breaks. Secret values are not repeated."""

    event: ClassVar[str] = "answered"
    name: str
    value: str
    complaint: str = ""


@dataclass(frozen=True, slots=True)
class ActionStarted(Event):
    """An action began."""

    event: ClassVar[str] = "action.started"
    step: str
    environment: str
    action: str
    command: str


@dataclass(frozen=True, slots=True)
class ActionFinished(Event):
    """An action ended well. Only the check that follows says whether the step is OK."""

    event: ClassVar[str] = "action.finished"
    step: str
    environment: str
    action: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ActionFailed(Event):
    """An action failed; nothing after it in this step was tried. `who` and `message_to_send` as in `step.checked`."""

    event: ClassVar[str] = "action.failed"
    step: str
    environment: str
    action: str
    seconds: float
    message: str
    fix: str
    diagnosis: str = ""
    who: str = ""
    message_to_send: str = ""


@dataclass(frozen=True, slots=True)
class Removal(Event):
    """How taking everything back ended for one thing: `result` is deleted, absent (was not there), kept or failed.

    `why` and `fix` say the reason and the next action where it is not gone; `ours`: this set-up made it, so that it is
    left over.
    """

    event: ClassVar[str] = "removal"
    step: str
    environment: str
    thing: str
    result: str
    why: str = ""
    fix: str = ""
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Progress(Event):
    """How a check or action is going; `fraction` from 0 to 1 where that is known."""

    event: ClassVar[str] = "progress"
    step: str
    environment: str
    message: str
    fraction: float | None = None


@dataclass(frozen=True, slots=True)
class Notice(Event):
    """Something a person must do outside: open `link`, type `copy`."""

    event: ClassVar[str] = "notice"
    step: str
    environment: str
    message: str
    copy: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Output(Event):
    """Lines that a remote process wrote.

    `part` is the id of the line of the `timeline` that wrote it, "" where there is none; `number` is its place in that
    part's log from 1 on, 0 where nobody counts: who has read that number already knows the text.
    """

    event: ClassVar[str] = "output"
    step: str
    environment: str
    stream: str
    text: str
    part: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class TimelineShown(Event):
    """How a remote run stands, whole: what it consists of, parents before their children, in order.

    `state` is waiting, running or ended; `result` is "" before the end, then ok, warn, fail, skipped or cancelled. Each
    of `lines` has id, parent ("" at the top), kind (stage, job or step), name, state, result, started and finished
    (ISO 8601, "" before), `problem` (what went wrong) and `remark` (what to make of it, "" where it speaks for itself).
    """

    event: ClassVar[str] = "timeline"
    step: str
    environment: str
    title: str
    link: str
    state: str
    result: str
    problem: str
    lines: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Metric(Event):
    """A figure that a remote run logged."""

    event: ClassVar[str] = "metric"
    step: str
    environment: str
    name: str
    value: float


@dataclass(frozen=True, slots=True)
class IdentityAsked(Event):
    """A service is asked who one is there; an `identity` follows, which may name the credential more exactly."""

    event: ClassVar[str] = "identity.asked"
    service: str
    place: str
    environment: str
    credential: str


@dataclass(frozen=True, slots=True)
class Identity(Event):
    """Who one is at `place` of a `service`, by which credential. `status` is ok, fail (refused: see message, fix) or
    unknown.

    `expires` is when the credential ends (ISO 8601, "" where nobody knows). `kind` is "sign-in", which is renewed by
    itself while it can be, or "token", which a person must replace. `shadowed_by` are variables and profiles by which
    other tools of this shell act as somebody else, or elsewhere.
    """

    event: ClassVar[str] = "identity"
    service: str
    place: str
    environment: str
    credential: str
    shadowed_by: list[str]
    status: str = ""
    name: str = ""
    tenant: str = ""
    expires: str = ""
    message: str = ""
    fix: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Differences(Event):
    """In what two environments differ, those first that need somebody. Of each of `lines`: `section`, `name` ("" where
    it is about the whole section), the values in the `first` and the `second`, `verdict` and `remark` (why).

    `verdict` is surprise, unread (nobody could look), not set up, expected, or same. Values of secrets are not told.
    """

    event: ClassVar[str] = "differences"
    first: str
    second: str
    lines: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class StatusRead(Event):
    """An area of the status was read, at `read_at` (Unix time in seconds). `remarks` says what has no rows, and why.

    `columns` name the `cells` of each of `rows`, which has besides: `key`, its own for good, `title`, `environment`,
    `state` (ok, todo, warn, fail, unknown), `advice` (what is wrong, what to do next), `deeds` (what can be done:
    `title`, `command` for the engine, `asks` for what has to be typed as its `rows`, `key` of the step instance that
    then speaks), `link`, `trend` (latencies of this session's probes in milliseconds, -1 for one that failed),
    `read_at`, and `stale`: which `cell` ("": all) has its last value, of `read_at`, for what `reason`. `unread`: a part
    could not be read; `more`: there are more rows.
    """

    event: ClassVar[str] = "status.area"
    area: str
    title: str
    columns: list[str]
    rows: list[dict[str, Any]]
    remarks: list[str]
    unread: bool
    more: bool
    read_at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Exported(Event):
    """The session was written down; `files` are the paths."""

    event: ClassVar[str] = "exported"
    files: list[str]


@dataclass(frozen=True, slots=True)
class Drift(Event):
    """What differs from the plan. Each of `lines`: `key` (by which it is restored or adopted), `step`, `environment`,
    `title` of the step, `name` of what differs, `planned`, `found`, `kind`, `adopt` and `restore` (what either would
    do, "" where it cannot be done) and `fix` (the next action where neither can).

    `kind` is missing, changed, extra, broken, unread (nobody could look) or adopted (no difference any
    more: a person wants it so). Values of secrets are not told.
    """

    event: ClassVar[str] = "drift"
    lines: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Problem(Event):
    """The engine cannot go on with what it was asked: what happened, and the next action."""

    event: ClassVar[str] = "problem"
    message: str
    fix: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Summary(Event):
    """A command ended. `counts` by status, `actions` run, wall `seconds`, and the longest chain of steps that waited
    for each other: `critical_path` (keys, in order) and its `critical_seconds`. `exit_code` as the command's.
    """

    event: ClassVar[str] = "summary"
    command: str
    counts: dict[str, int]
    actions: int
    seconds: float
    critical_path: list[str]
    critical_seconds: float
    exit_code: int


def kinds() -> list[type[Event]]:
    """Every kind of event there is."""
    return Event.__subclasses__()
