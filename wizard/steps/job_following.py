"""Running a job on a cluster and following it: state, output and figures, as they come."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import ServiceError
from wizard.steps import jobs, reach
from wizard.steps.jobs import Job

if TYPE_CHECKING:
    from wizard.clients.databricks import Databricks
    from wizard.clients.job_runs import JobRun
    from wizard.clients.models import TrackedRun

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 5.0
RUN_KEY = "run_key"
LAST_LINES = 15
# Colours and other orders to a terminal: output from afar must not steer the terminal here.
CONTROLS = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|.)|[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Finished:
    """A run that ended well: its id, page and figures."""

    run_id: int
    page: str
    metrics: dict[str, float]


@dataclass(slots=True)
class Follower:
    """Passes on what is new about one run since it last looked."""

    context: Context
    workspace: Databricks
    experiment: str
    run_key: str
    shown: str = ""
    state: str = ""
    metrics: dict[str, float] = field(default_factory=dict)

    async def look(self, run_id: int) -> JobRun:
        """Read state, output and figures once; ServiceError when the workspace does not know the run."""
        run = await self.context.call(self.workspace.host, self.workspace.runs.get, run_id)
        if run is None:
            raise ServiceError(f"The workspace does not know run {run_id}.", service="Databricks")
        if run.state != self.state:
            self.state = run.state
            self.context.progress(f"run {run_id} is {run.state.lower()}")
        await self._output(run)
        await self._figures()
        return run

    async def _output(self, run: JobRun) -> None:
        try:
            output = await self.context.call(self.workspace.host, self.workspace.runs.output, run.task_id)
        except ServiceError as error:
            if error.status == 400 and not run.ended:  # nothing to tell before the task has begun
                return
            raise
        self._pass_on(output.logs, ended=run.ended)
        if run.ended and not run.succeeded:
            for line in output.trace.splitlines()[-LAST_LINES:]:
                self.context.output(CONTROLS.sub("", line), "stderr")
            raise ServiceError(
                f"The job failed: {own_words(output.logs) or output.error or run.message or run.result}",
                service="Databricks",
                code=run.result,
                body=f"{output.error}\n{output.trace}",
                fix=f"see its output above, or {run.page}",
            )

    def _pass_on(self, logs: str, *, ended: bool) -> None:
        """Pass on whole lines that are new; the service keeps the last 5 MB only, so an old beginning may be gone."""
        whole = logs[: logs.rfind("\n") + 1] if not ended else logs
        fresh = whole[len(self.shown) :] if whole.startswith(self.shown) else whole
        self.shown = whole
        for line in fresh.splitlines():
            self.context.output(CONTROLS.sub("", line))

    async def _figures(self) -> None:
        tracked = await self._tracked()
        for name, value in (tracked.metrics if tracked else {}).items():
            if self.metrics.get(name) != value:
                self.metrics[name] = value
                self.context.metric(name, value)

    async def _tracked(self) -> TrackedRun | None:
        runs = await self.context.call(
            self.workspace.host, self.workspace.models.runs_with, self.experiment, {RUN_KEY: self.run_key}
        )
        return runs[0] if runs else None


def own_words(logs: str) -> str:
    """The line in which the job itself says what is wrong (it begins with `error: `), or ""."""
    return next((line[7:] for line in reversed(logs.splitlines()) if line.startswith("error: ")), "")


async def run_job(context: Context, job: Job, cluster_id: str, run_key: str) -> Finished:
    """Bring the code there, submit the job on a cluster and follow it to its end.

    `run_key` is its idempotency token: the same key finds the run that it began before. ServiceError with the job's
    own error when it fails.
    """
    workspace = await reach.databricks(context)
    files = await asyncio.to_thread(jobs.code, context.project.folder)
    folder = await jobs.sync(context, files)
    run_id = await context.call(
        workspace.host,
        workspace.runs.submit,
        f"{job.name} {run_key}",
        cluster_id,
        f"{folder}/{job.script}",
        job.arguments(context, run_key, jobs.version_of(files)),
        run_key,
    )
    follower = Follower(context, workspace, job.experiment(context), run_key)
    pause = FIRST_PAUSE
    while not (run := await follower.look(run_id)).ended:
        await asyncio.sleep(pause)
        pause = min(pause * 1.3, LONGEST_PAUSE)
    return Finished(run_id, run.page, follower.metrics)
