"""The pipeline's run: for the commit that was pushed, found or queued, watched, and run again where a job failed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import ServiceError
from wizard.engine.step import Action, Outcome, Risk, Status, Step
from wizard.steps import reach
from wizard.steps.devops_connection import project
from wizard.steps.repository import HEADS
from wizard.steps.run_failure import could_not_begin, failed_before_any_step, failed_in
from wizard.steps.run_following import Follower
from wizard.steps.run_timeline import STAGE, TASK

if TYPE_CHECKING:
    from wizard.clients.devops import DevOps
    from wizard.clients.pipeline_runs import Record, Run

STAGES = {"test": "Test", "prod": "Prod"}  # as the pipeline's YAML file names them
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 10.0
GOOD = ("succeeded", "succeededWithIssues")
LAST_LINES = 20
HOUSEKEEPING = ("Post-job: ", "Finalize Job")  # how the tasks are named that the service adds at a job's end


@dataclass(frozen=True, slots=True)
class Seen:
    """A run and its timeline, as they are now."""

    run: Run
    records: list[Record]

    def stage(self, environment: str) -> Record | None:
        """The stage of an environment, or None before the run has one."""
        wanted = STAGES[environment]
        return next((each for each in self.records if each.kind == STAGE and each.identifier == wanted), None)

    def failed(self) -> Record | None:
        """The first task that failed, or None."""
        return next((each for each in self.records if each.kind == TASK and each.result == "failed"), None)


def commit(context: Context) -> str:
    """The commit on the main branch that the run has to be of."""
    return context.facts("repo.push")["main_commit"]


def page(context: Context, run: Run) -> str:
    """The run's page."""
    facts = context.facts("signin.devops")
    return f"{facts['url']}/{facts['project']}/_build/results?buildId={run.id}".replace(" ", "%20")


async def look(context: Context) -> Seen | None:
    """The newest run for the commit, with its timeline; None when there is none."""
    service, pipeline = await reach.devops_as_signed_in(context), int(context.facts("devops.pipeline")["id"])
    name = project(context)[1]
    runs = await context.call(reach.DEVOPS, service.pipeline_runs.of_commit, name, pipeline, commit(context))
    return await seen(context, service, runs[0]) if runs else None


async def seen(context: Context, service: DevOps, run: Run) -> Seen:
    """A run with its timeline."""
    records = await context.call(reach.DEVOPS, service.pipeline_runs.timeline, project(context)[1], run.id)
    return Seen(run, records)


async def check(context: Context) -> Outcome:
    """This environment's stage succeeded in a run of the commit that is on the main branch."""
    found = await look(context)
    if found is None:
        return Outcome(Status.TODO, f"The pipeline has not run for {commit(context)[:10]} yet.")
    link, stage = (page(context, found.run),), found.stage(context.environment)
    log = await show(context, found)
    if found.run.problems:
        raise could_not_begin(found.run)
    if not found.run.ended and (stage is None or stage.state != "completed"):
        return Outcome(Status.TODO, f"Run {found.run.number} goes on: {told(found)}.", links=link)
    if stage is None or stage.result not in GOOD:
        raise failure(found, log)
    return Outcome(
        Status.OK,
        f"run {found.run.number}: {told(found)}",
        proof=f"{context.facts('signin.devops')['url']}: run {found.run.id} is of {found.run.commit[:10]}, which is on "
        f"the main branch; stage {stage.name} {stage.result}",
        links=link,
        facts={"run": str(found.run.id), "number": found.run.number, "commit": found.run.commit},
    )


def following(context: Context, run: Run) -> Follower:
    """A follower of the run, which knows what is expected of the other environments' stages."""
    later = {
        name: f"expected: {place} is set up later" for place, name in STAGES.items() if place != context.environment
    }
    return Follower(context, page(context, run), later)


async def show(context: Context, found: Seen) -> list[str]:
    """Show how the run stands, and the end of the log of what failed, else of what runs, else of what came last.

    Gives that end of the log.
    """
    follower, tasks = following(context, found.run), [each for each in found.records if each.kind == TASK]
    follower.timeline(found.run, found.records)
    running = next((each for each in tasks if each.state == "inProgress"), None)
    task = found.failed() or running or last_to_end(tasks)
    return await follower.last_of(found.run, task) if task is not None else []


def last_to_end(tasks: list[Record]) -> Record | None:
    """The task of the pipeline's own that ended last, or None."""
    own = [(each.finished, each) for each in tasks if each.finished and not each.name.startswith(HOUSEKEEPING)]
    return max(own, key=lambda each: each[0])[1] if own else None


def told(found: Seen) -> str:
    """How the stages stand, in words. Prod is skipped or fails before it is set up: that is expected."""
    stages = [each for each in found.records if each.kind == STAGE]
    if not stages:
        return f"it is {found.run.status}"
    return ", ".join(f"{each.name} {each.result or each.state}" for each in stages)


def failure(found: Seen, log: list[str]) -> ServiceError:
    """The error of a failed stage: the failing step, and what it said last, by the end of its log."""
    task = found.failed()
    if task is None:
        return failed_before_any_step(found.run, found.records)
    return failed_in(found.run, task, log[-LAST_LINES:] or list(task.issues))


async def plan(context: Context) -> list[Action] | None:
    """Queue a run, or watch one that goes on, or run its failed jobs again."""
    found, stage = await look(context), STAGES[context.environment]
    number = context.facts("devops.pipeline")["id"]
    if found is None or found.run.problems or (found.run.ended and found.stage(context.environment) is None):
        command = f"az pipelines run --id {number} --commit-id {commit(context)}"
        return [Action("Run the pipeline", command, queue, key=commit(context), risk=Risk.COSTS_MONEY)]
    there = found.stage(context.environment)
    if there is not None and there.state == "completed" and there.result not in GOOD:
        title, command = f"Run the failed jobs of stage {stage} again", f"az devops invoke --area build ...  # {stage}"
        return [Action(title, command, again, key=str(found.run.id), risk=Risk.COSTS_MONEY)]
    if there is not None and there.result in GOOD:
        return []
    return [Action("Watch the run", f"az pipelines runs show --id {found.run.id}", watch, key=str(found.run.id))]


async def queue(context: Context) -> None:
    """Queue a run for the commit, unless one goes on, and watch it."""
    service, found = await reach.devops_as_signed_in(context), await look(context)
    if found is None or found.run.ended:
        branch = f"{HEADS}{context.facts('repo.devops')['default_branch']}"
        number = int(context.facts("devops.pipeline")["id"])
        await context.call(
            reach.DEVOPS, service.pipeline_runs.queue, project(context)[1], number, branch, commit(context)
        )
    await watch(context)


async def again(context: Context) -> None:
    """Run the failed jobs of the stage again, and watch."""
    await _repeat(context, all_jobs=False)


def stage_again(context: Context, doing: str) -> Action:
    """The action of running all jobs of this environment's stage again, for what it is `doing` there."""
    stage = STAGES[context.environment]
    command = f"az devops invoke --area build --resource stages ...  # {stage}: retry, forceRetryAllJobs"
    title, key = f"Run stage {stage} again, which {doing}", context.facts("devops.run-test")["run"]
    return Action(title, command, all_again, key=key, risk=Risk.COSTS_MONEY)


async def all_again(context: Context) -> None:
    """Run all jobs of the stage again, also where they succeeded, and watch."""
    await _repeat(context, all_jobs=True)


async def _repeat(context: Context, *, all_jobs: bool) -> None:
    """Run a stage that has ended again; one that goes on already, as after a crash here, is only watched."""
    service, found = await reach.devops_as_signed_in(context), await look(context)
    stage = found.stage(context.environment) if found else None
    if found is None or stage is None:
        return
    attempt = stage.attempt - 1
    if stage.state == "completed":
        runs, name = service.pipeline_runs, project(context)[1]
        await context.call(reach.DEVOPS, runs.run_again, name, found.run.id, stage.identifier, all_jobs=all_jobs)
        attempt += 1
    await watch(context, attempt)


async def watch(context: Context, after: int = 0) -> None:
    """Tell how the run goes until an attempt at this environment's stage `after` that one has ended.

    The run goes on when nobody watches.
    """
    follower, pause = None, FIRST_PAUSE
    while True:
        found = await look(context)
        if found is None:
            raise ServiceError("The run is gone.", service="Azure DevOps", fix="apply again, which queues another")
        if follower is None or follower.link != page(context, found.run):
            follower = following(context, found.run)
        await follower.tell(found.run, found.records)
        stage = found.stage(context.environment)
        begun = stage is None or stage.attempt > after
        if begun and (found.run.ended or (stage is not None and stage.state == "completed")):
            return
        await asyncio.sleep(pause)
        pause = min(pause * 1.3, LONGEST_PAUSE)


async def undo(context: Context) -> list[Action]:
    """Cancel a run that goes on; what it made is for the steps that look at it."""
    found = await look(context)
    if found is None or found.run.ended:
        return []
    command = f"az pipelines build cancel --build-id {found.run.id}"
    return [Action(f"Cancel run {found.run.number}", command, cancel, key=str(found.run.id))]


async def cancel(context: Context) -> None:
    """Ask for the run's end."""
    service, found = await reach.devops_as_signed_in(context), await look(context)
    if found is not None and not found.run.ended:
        await context.call(reach.DEVOPS, service.pipeline_runs.cancel, project(context)[1], found.run.id)


RUN_TEST = Step(
    id="devops.run-test",
    title="Pipeline run",
    why=(
        "The pipeline trains on the test cluster, deploys the model and proves the service, from the pushed code. "
        "At this point its stage Prod is skipped or fails, which is expected: prod is set up next."
    ),
    check=check,
    plan=plan,
    undo=undo,
    needs=("devops.pipeline", "aks.compute", "databricks.libraries", "databricks.mount"),
    docs="https://learn.microsoft.com/azure/devops/pipelines/process/runs",
    time_limit=120.0,
)
