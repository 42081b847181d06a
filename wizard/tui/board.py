"""What the screens show: the engine's events, folded into rows. Knows no Textual."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from wizard.tui.armings import Armings
from wizard.tui.differences import Comparison
from wizard.tui.identities import Identities
from wizard.tui.rows import Field, LogLine, Notice, StageRow, StepRow, Work, described
from wizard.tui.status_board import StatusBoard

if TYPE_CHECKING:  # the records of the stream cost a tenth of the start; nothing needs them before the first event
    from wizard.engine import events as wire

LOG_KEPT = 2000
WHOAMI = "whoami"
DIFF = "diff"
STATUS = "status"
CHANGING = ("apply", "run", "teardown", "rotate", "promote", "rollback", "restart", "cluster", "drift")
IDENTITY_AREA = "signin."

Outline = Iterable[tuple[int, str, Iterable[tuple[str, str, tuple[str, ...]]]]]


def wall_clock() -> str:
    """The local time as the activity log writes it."""
    return time.strftime("%H:%M:%S")


class Board:
    """The state of one session as a person sees it. `apply` takes the engine's events in order.

    `now` gives monotonic seconds, `clock` the time of day, `wall` Unix time; tests hand in their own.
    """

    def __init__(
        self,
        cloud: str,
        now: Callable[[], float] = time.monotonic,
        clock: Callable[[], str] = wall_clock,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.cloud = cloud
        self.now = now
        self.wall = wall
        self._clock = clock
        self.engine = "starting"
        self.starting = "starting the engine"
        self.stages: list[StageRow] = []
        self.rows: dict[str, StepRow] = {}
        self.jobs: dict[str, StepRow] = {}
        self.described = False
        self.command = ""
        self.command_since = 0.0
        self.covered: list[str] = []
        self.complaints: dict[str, str] = {}
        self.log: deque[LogLine] = deque(maxlen=LOG_KEPT)
        self.log_count = 0
        self.summary: wire.Summary | None = None
        self.run_key = ""
        self.identities = Identities()
        self.armings = Armings()
        self.comparison = Comparison()
        self.status = StatusBoard()
        self.keys: Mapping[str, str] = {}  # those that a person chose, by the command's id

    def outline(self, outline: Outline, memory: Mapping[str, Mapping[str, str]]) -> None:
        """Fill the board with what is known before the engine answers: titles, and the memory of earlier checks."""
        for number, title, steps in outline:
            rows = [
                StepRow(f"{step_id}@{place}" if place else step_id, step_id, place, step_title)
                for step_id, step_title, places in steps
                for place in places or ("",)
            ]
            self.stages.append(StageRow(number, title, rows))
        self._index()
        for key, last in memory.items():
            if key in self.rows:
                self.rows[key].remember(last)

    def apply(self, event: wire.Event) -> None:
        """Fold one event in."""
        handler = _HANDLERS.get(event.event)
        if handler is not None:
            handler(self, event)

    def lost(self, reason: str) -> None:
        """The engine is gone: nothing runs any more, and what was found is a memory again."""
        self.engine = "stopped"
        self.identities = Identities()
        self.armings.end()
        self._end_command()
        for row in self.rows.values():
            row.remembered = bool(row.status)
            row.end_work(self.now(), failed=True)
        self.say("fail", reason)

    def say(self, status: str, text: str) -> None:
        """Add to the activity log, one line for each of the text's."""
        for line in text.splitlines() or [""]:
            self.log.append(LogLine(self._clock(), status, line))
            self.log_count += 1

    @property
    def steps(self) -> list[StepRow]:
        """All rows, in the order of the checklist."""
        return [row for stage in self.stages for row in stage.steps]

    def find(self, key: str) -> StepRow | None:
        """The step or the job of that key."""
        return self.rows.get(key) or self.jobs.get(key)

    @property
    def counts(self) -> Counter[str]:
        """How many steps have which status, by live checks; memories count as \"\"."""
        return Counter("" if row.remembered else row.status for row in self.rows.values())

    @property
    def done(self) -> int:
        """How many steps a live check found good."""
        return sum(row.good for row in self.rows.values())

    @property
    def total(self) -> int:
        """How many steps there are to get done: all but those left out."""
        return sum(not row.left_out for row in self.rows.values())

    @property
    def remembered_ok(self) -> int:
        """How many steps were OK when last seen, live or remembered."""
        return sum(row.status == "ok" for row in self.rows.values())

    @property
    def acting(self) -> StepRow | None:
        """The step whose action runs now."""
        return next((row for row in (*self.rows.values(), *self.jobs.values()) if row.busy == "working"), None)

    @property
    def sign_in(self) -> list[StepRow]:
        """The steps that say who you are."""
        return [row for row in self.steps if row.id.startswith(IDENTITY_AREA)]

    @property
    def identity(self) -> str:
        """Who you are, in the words of the sign-in's check."""
        return next((row.message for row in self.sign_in if row.good), "")

    @property
    def planned(self) -> list[tuple[StepRow, dict[str, str]]]:
        """Every action that is known to be needed, in order."""
        return [(row, action) for row in self.steps for action in row.plan or ()]

    @property
    def missing(self) -> list[StepRow]:
        """The steps that something has to be done about, in order."""
        return [row for row in self.steps if not row.settled]

    def field(self, name: str) -> Field | None:
        """The question of that full name."""
        return next((each for row in self.steps for each in row.inputs if each.name == name), None)

    def _index(self) -> None:
        self.rows = {row.key: row for row in self.steps}

    def begin_job(self, key: str, title: str) -> None:
        """Something begins that is no step of the checklist, or an operation on one: nothing is known of it yet."""
        if key not in self.rows:
            self.jobs[key] = StepRow(key, key.partition("@")[0], key.partition("@")[2], title)

    def _row(self, event: Any) -> StepRow | None:
        """The row of an event; what is in no checklist has one of its own, what is of no step has none."""
        key = f"{event.step}@{event.environment}" if event.environment else event.step
        return self.rows.get(key) or (self._job_row(event.step, event.environment) if event.step else None)

    def _ready(self, event: wire.Ready) -> None:
        self.engine, self.cloud, self.starting = "ready", event.cloud, ""
        self.say("ok", "the engine is ready")

    def _checklist(self, event: wire.ChecklistShown) -> None:
        stages = []
        for stage in event.stages:
            rows = [described(self.rows.get(each["key"]), each) for each in stage["steps"]]
            stages.append(StageRow(stage["number"], stage["title"], rows))
        self.stages = stages
        self.described = True
        self.armings.take(event.guards)
        self._index()

    def _started(self, event: wire.Started) -> None:
        self.command, self.covered, self.command_since = event.command, event.steps, self.now()
        self.summary = None
        self.comparison.asking = event.command == DIFF
        self.status.asking = event.command == STATUS
        if event.command == WHOAMI:
            self.identities.begin()
        self.say("working", f"{event.command}: {len(event.steps)} steps" if event.steps else event.command)

    def _checking(self, event: wire.Checking) -> None:
        if row := self._row(event):
            row.busy, row.since, row.progress, row.fraction = "checking", self.now(), "", None

    def _checked(self, event: wire.Checked) -> None:
        row = self._row(event)
        if row is None:
            return
        row.status, row.message, row.proof = event.status, event.message, event.proof
        row.fix, row.diagnosis, row.links = event.fix, event.diagnosis, tuple(event.links)
        row.who, row.message_to_send = event.who, event.message_to_send
        row.rest()
        row.remembered, row.checked, row.seen = False, self._clock(), self.wall()
        if row.good:
            row.plan = []
        if event.status != "skip" or row.left_out:
            self.say(event.status, f"{row.title}{_in(row)}: {event.message}")

    def _planned(self, event: wire.Planned) -> None:
        if row := self._row(event):
            row.plan, row.manual = list(event.actions), event.manual or row.manual
            row.kept = list(event.kept)

    def _answered(self, event: wire.AnswerTaken) -> None:
        self.complaints[event.name] = event.complaint

    def _action_started(self, event: wire.ActionStarted) -> None:
        if row := self._row(event):
            row.busy, row.since, row.progress, row.fraction = "working", self.now(), event.action, None
            row.works.append(Work(event.action, event.command, self.now()))
            self.say("working", f"{row.title}{_in(row)}: {event.action}")

    def _action_finished(self, event: wire.ActionFinished) -> None:
        if row := self._row(event):
            row.end_work(self.now(), failed=False)
            self.say("ok", f"{row.title}{_in(row)}: {event.action} ({event.seconds:.1f} s)")

    def _action_failed(self, event: wire.ActionFailed) -> None:
        if row := self._row(event):
            row.end_work(self.now(), failed=True)
            row.status, row.remembered = "fail", False
            row.message, row.fix, row.diagnosis = event.message, event.fix, event.diagnosis
            row.who, row.message_to_send = event.who, event.message_to_send
            self.say("fail", f"{row.title}{_in(row)}: {event.action}: {event.message}")

    def _progress(self, event: wire.Progress) -> None:
        row = self._row(event)
        if row is not None:
            row.progress, row.fraction = event.message, event.fraction
        elif not event.step:
            self.starting = event.message
            self.say("working", event.message)

    def _notice(self, event: wire.Notice) -> None:
        if row := self._row(event):
            row.notice = Notice(event.message, event.copy, event.link, self.now())
        self.say("warn", event.message)

    def _output(self, event: wire.Output) -> None:
        row = self._row(event) or self._job_row(event.step, event.environment)
        self.run_key = row.key
        if event.part:
            row.own_timeline().write(event.part, event.text, event.stream, event.number)
            return
        lines = event.text.splitlines() or [""]
        row.output.extend(lines)
        row.output_count += len(lines)

    def _timeline(self, event: wire.TimelineShown) -> None:
        (self._row(event) or self._job_row(event.step, event.environment)).own_timeline().show(event)

    def _metric(self, event: wire.Metric) -> None:
        row = self._row(event) or self._job_row(event.step, event.environment)
        row.metrics.setdefault(event.name, []).append(event.value)
        self.run_key = row.key

    def _job_row(self, name: str, environment: str) -> StepRow:
        """A run that is no step of the checklist keeps its output in a row of its own, outside the stages."""
        key = f"{name}@{environment}" if environment else name
        return self.jobs.setdefault(key, StepRow(key, name, environment, name or "job"))

    def _problem(self, event: wire.Problem) -> None:
        self.say("fail", event.message)

    def _summary(self, event: wire.Summary) -> None:
        self.summary = event
        self._end_command()
        if event.command == "run" and self.run_key in self.jobs:
            self.jobs[self.run_key].status = "ok" if event.exit_code == 0 else "fail"
        if event.command == STATUS:
            self.status.read_at = self.now()
        if event.command == WHOAMI:
            self.identities.end(self._clock())
        found = [f"{number} {status}" for status, number in event.counts.items()]
        found += [f"{event.actions} actions"] if event.actions or found else []
        what = f": {', '.join(found)}" if found else ""
        self.say("ok" if event.exit_code == 0 else "warn", f"{event.command} ended after {event.seconds:.1f} s{what}")

    def _end_command(self) -> None:
        self.command, self.covered = "", []
        self.comparison.asking = self.status.asking = False
        for row in (*self.rows.values(), *self.jobs.values()):
            row.rest()


def _in(row: StepRow) -> str:
    return f" ({row.environment})" if row.environment else ""


_HANDLERS: dict[str, Callable[[Board, Any], None]] = {
    "engine.ready": Board._ready,
    "checklist": Board._checklist,
    "started": Board._started,
    "step.checking": Board._checking,
    "step.checked": Board._checked,
    "step.planned": Board._planned,
    "answered": Board._answered,
    "action.started": Board._action_started,
    "action.finished": Board._action_finished,
    "action.failed": Board._action_failed,
    "progress": Board._progress,
    "notice": Board._notice,
    "output": Board._output,
    "timeline": Board._timeline,
    "metric": Board._metric,
    "problem": Board._problem,
    "differences": lambda board, event: board.comparison.told(event, board._clock()),
    "drift": lambda board, event: board.status.compared(event.lines),
    "status.area": lambda board, event: board.status.told(event),
    "armed": lambda board, event: board.armings.told(event, board.now()),
    "summary": Board._summary,
    "identity.asked": lambda board, event: board.identities.asked(event),
    "identity": lambda board, event: board.identities.answered(event),
}
