"""Following a pipeline run: its timeline whenever that changed, and what is new in the logs of its steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.steps import reach
from wizard.steps.devops_connection import project
from wizard.steps.run_timeline import RESULTS, TASK, line_id, lines_of, log_line

if TYPE_CHECKING:
    from wizard.clients.pipeline_runs import Record, Run

LAST_SHOWN = 200


@dataclass(slots=True)
class Follower:
    """Passes on what is new about the run at `link`. `remarks`: what to say of a stage that did not succeed."""

    context: Context
    link: str
    remarks: dict[str, str]
    shown: tuple[str, list[dict[str, str]]] = field(default_factory=lambda: ("", []))
    progress: str = ""
    lines: dict[str, int] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)

    async def tell(self, run: Run, records: list[Record]) -> None:
        """Tell what changed since the last look: the timeline, what the steps wrote, and how far it has come."""
        self.timeline(run, records)
        for record in records:
            if record.kind == TASK and record.log_id and line_id(record) not in self.told:
                await self._log(run, record)
                self.told |= {line_id(record)} if record.state == "completed" else set()
        self._progress(run)

    def timeline(self, run: Run, records: list[Record]) -> None:
        """Show the timeline, unless it stands as it did at the last look."""
        lines = lines_of(records, self.remarks)
        if self.shown == (run.status, lines):
            return
        self.shown = run.status, lines
        state = "ended" if run.ended else "waiting" if run.status in ("notStarted", "postponed") else "running"
        self.context.timeline(
            f"run {run.number}",
            self.link,
            lines,
            state=state,
            result=RESULTS.get(run.result, "") if run.ended else "",
            problem=log_line(run.problems[0])[0] if run.problems else "",
        )

    async def _log(self, run: Run, record: Record) -> None:
        first = self.lines.get(line_id(record), 0)
        fresh = await self._read(run, record, first + 1)
        self.lines[line_id(record)] = first + len(fresh)
        self._pass_on(record, fresh, first)

    async def last_of(self, run: Run, record: Record) -> list[str]:
        """Pass on the end of one step's log; gives it, as it is shown."""
        if not record.log_id:
            return []
        found = await self._read(run, record, 1)
        return self._pass_on(record, found[-LAST_SHOWN:], max(0, len(found) - LAST_SHOWN))

    async def _read(self, run: Run, record: Record, first: int) -> list[str]:
        service = await reach.devops_as_signed_in(self.context)
        name = project(self.context)[1]
        return await self.context.call(reach.DEVOPS, service.pipeline_runs.log, name, run.id, record.log_id, first)

    def _pass_on(self, record: Record, fresh: list[str], before: int) -> list[str]:
        written = [log_line(line) for line in fresh]
        for number, (text, stream) in enumerate(written, start=before + 1):
            self.context.output(text, stream, part=line_id(record), number=number)
        return [text for text, _ in written]

    def _progress(self, run: Run) -> None:
        steps = [each for each in self.shown[1] if each["kind"] == "step"]
        ended = sum(each["state"] == "ended" for each in steps)
        doing = next((each["name"] for each in steps if each["state"] == "running"), run.status)
        told = (
            f"run {run.number}: {ended} of {len(steps)} steps: {doing}" if steps else f"run {run.number}: {run.status}"
        )
        if told != self.progress:
            self.progress = told
            self.context.progress(told)
