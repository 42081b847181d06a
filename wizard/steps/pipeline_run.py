"""The pipeline's run of the pushed code, or of a release: queued, watched, and run again where a job failed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import ServiceError
from wizard.engine.step import Action, Outcome, Risk, Status, Step
from wizard.steps import reach
from wizard.steps.devops_connection import project
from wizard.steps.run_failure import could_not_begin, failed_before_any_step, failed_in
from wizard.steps.run_following import Follower
from wizard.steps.run_timeline import STAGE, TASK
from wizard.steps.wanted_run import STAGES, Seen, learned, look, may_have_run, now, page, runs, wanted

if TYPE_CHECKING:
    from wizard.clients.pipeline_runs import Record, Run

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 10.0
LAST_LINES = 20
NOT_POSSIBLE = 400  # how a run is refused that is too old, or broken, to be repeated
HOUSEKEEPING = ("Post-job: ", "Finalize Job")  # how the tasks are named that the service adds at a job's end


async def check(context: Context) -> Outcome:
    """This environment's stage succeeded in a wanted run."""
    found = await look(context)
    if found is None:
        return Outcome(Status.TODO, f"The pipeline has not run for {wanted(context).commit[:10]} yet.")
    link, stage = (page(context, found.run),), found.stage(context.environment)
    log = await show(context, found)
    if found.run.problems:
        raise could_not_begin(found.run)
    if not found.run.ended and (stage is None or stage.state != "completed"):
        return Outcome(Status.TODO, f"Run {found.run.number} goes on: {told(found)}.", links=link)
    if stage is None or not found.succeeded(context.environment):
        raise failure(found, log)
    return Outcome(
        Status.OK,
        f"run {found.run.number}: {told(found)}",
        proof=f"{context.facts('signin.devops')['url']}: run {found.run.id} is of {found.run.commit[:10]}, "
        f"{wanted(context).what}; stage {stage.name} {stage.result}",
        links=link,
        facts={"run": str(found.run.id), "number": found.run.number, "commit": found.run.commit},
    )


def following(context: Context, run: Run) -> Follower:
    """A follower of the run, which knows what is expected of the stages of environments that come later."""
    places = list(STAGES)
    after = places[places.index(context.environment) + 1 :]
    later = {STAGES[place]: f"expected: {place} is set up later" for place in after}
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
    found = await look(context)
    number = context.facts("devops.pipeline")["id"]
    if found is None or found.run.problems or (found.run.ended and found.stage(context.environment) is None):
        what = wanted(context)
        command = f"az pipelines run --id {number} --branch {what.ref} --commit-id {what.commit}"
        return [Action("Run the pipeline", command, queue, key=what.commit, risk=Risk.COSTS_MONEY)]
    there = found.stage(context.environment)
    if found.succeeded(context.environment):
        return []
    if there is not None and there.state == "completed":
        stage = (found.failed_stage() or there).identifier
        title, command = f"Run the failed jobs of stage {stage} again", f"az devops invoke --area build ...  # {stage}"
        return [Action(title, command, again, key=str(found.run.id), risk=Risk.COSTS_MONEY)]
    command = f"az pipelines runs show --id {found.run.id}"
    return [Action("Watch the run", command, watch_newest, key=str(found.run.id))]


async def queue(context: Context) -> None:
    """Queue a run, unless a wanted one goes on, and watch it."""
    service, what, there = await reach.devops_as_signed_in(context), wanted(context), await runs(context)
    if all(run.ended for run in there):
        number, name = int(context.facts("devops.pipeline")["id"]), project(context)[1]
        await context.call(reach.DEVOPS, service.pipeline_runs.queue, name, number, what.ref, what.commit)
    await watch_newest(context)


async def again(context: Context) -> None:
    """Run the failed jobs of the stage that ended badly again, and watch; a new run where that is refused."""
    found = await look(context)
    stage = (found.failed_stage() or found.stage(context.environment)) if found else None
    if found is None or stage is None:
        return
    try:
        await _repeat(context, found, stage, all_jobs=False)
    except ServiceError as error:
        if error.status != NOT_POSSIBLE:
            raise
        context.progress(f"{error} So a new run is queued.")
        await queue(context)


def stage_again(context: Context, doing: str) -> Action:
    """The action of running all jobs of this environment's stage again, for what it is `doing` there."""
    stage = STAGES[context.environment]
    command = f"az devops invoke --area build --resource stages ...  # {stage}: retry, forceRetryAllJobs"
    title, key = f"Run stage {stage} again, which {doing}", learned(context)["run"]
    return Action(title, command, all_again, key=key, risk=Risk.COSTS_MONEY)


async def all_again(context: Context) -> None:
    """Run all jobs of this environment's stage again, also where they succeeded, and watch."""
    found = await look(context)
    stage = found.stage(context.environment) if found else None
    if found is not None and stage is not None:
        await _repeat(context, found, stage, all_jobs=True)


async def _repeat(context: Context, found: Seen, stage: Record, *, all_jobs: bool) -> None:
    """Run a stage that has ended again; one that goes on already, as after a crash here, is only watched."""
    service, attempt = await reach.devops_as_signed_in(context), stage.attempt - 1
    if stage.state == "completed":
        runs, name = service.pipeline_runs, project(context)[1]
        await context.call(reach.DEVOPS, runs.run_again, name, found.run.id, stage.identifier, all_jobs=all_jobs)
        attempt += 1
    await watch(context, found.run, stage.identifier, attempt)


async def watch_newest(context: Context) -> None:
    """Watch the newest wanted run."""
    there = await runs(context)
    if not there:
        raise ServiceError("The run is gone.", service="Azure DevOps", fix="apply again, which queues another")
    await watch(context, there[0])


async def watch(context: Context, run: Run, repeated: str = "", after: int = 0) -> None:
    """Tell how a run goes until this environment's stage has ended, or the run.

    `repeated` is a stage of which an attempt `after` that one is waited for first. The run goes on when nobody watches.
    """
    own = STAGES[context.environment]
    repeated = repeated or own
    follower, pause = following(context, run), FIRST_PAUSE
    while True:
        found = await now(context, run)
        await follower.tell(found.run, found.records)
        stage = found.stage_of(repeated)
        begun = stage is None or stage.attempt > after
        if begun and (found.run.ended or (repeated == own and stage is not None and stage.state == "completed")):
            return
        await asyncio.sleep(pause)
        pause = min(pause * 1.3, LONGEST_PAUSE)


async def undo(context: Context) -> list[Action]:
    """Cancel a run that goes on; what it made is for the steps that look at it."""
    found = await look(context) if may_have_run(context) else None
    if found is None or found.run.ended:
        return []
    command = f"az pipelines build cancel --build-id {found.run.id}"
    return [Action(f"Cancel run {found.run.number}", command, cancel, key=str(found.run.id))]


async def cancel(context: Context) -> None:
    """Ask for the run's end."""
    service, found = await reach.devops_as_signed_in(context), await look(context)
    if found is not None and not found.run.ended:
        await context.call(reach.DEVOPS, service.pipeline_runs.cancel, project(context)[1], found.run.id)


DOCS = "https://learn.microsoft.com/azure/devops/pipelines/process/runs"

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
    docs=DOCS,
    time_limit=120.0,
)

RUN_PROD = Step(
    id="devops.run-prod",
    title="Pipeline run",
    why=(
        "The release goes the whole way: checked, trained and deployed in test, and only then in prod. "
        "Its stage Prod registers the model in the central registry and deploys that very version."
    ),
    check=check,
    plan=plan,
    undo=undo,
    needs=("repo.release",),
    renews=("devops.run-test@test", "registry.model-test@test", "service.test@test"),  # a release goes through test
    docs=DOCS,
    time_limit=120.0,
)
