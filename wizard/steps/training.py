"""Training from this machine: the code of jobs/ runs on the cluster, and its model lands in the registry."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.step import Action, Outcome, Risk, Status, Step
from wizard.steps import jobs, model_registry, reach
from wizard.steps.job_following import RUN_KEY, run_job
from wizard.steps.tags import mark
from wizard.steps.tracked_versions import newest_with

if TYPE_CHECKING:
    from wizard.clients.job_runs import JobRun
    from wizard.clients.models import TrackedRun

JOB = jobs.JOBS["wine-model-train"]
TITLE = "Train on the cluster"


@dataclass(frozen=True, slots=True)
class Trained:
    """What the far side has of one training: the tracked run, the versions it made, and the job's run."""

    tracked: TrackedRun
    versions: list[model_registry.Version]
    run: JobRun | None


async def code_version(context: Context) -> str:
    """The fingerprint of the code on this machine."""
    return jobs.version_of(await asyncio.to_thread(jobs.code, context.project.folder))


async def tags_of_interest(context: Context) -> dict[str, str]:
    """What a run of this code on this data is tagged with."""
    return {"code_version": await code_version(context), "dataset_md5": context.facts("storage.dataset")["md5"]}


async def look(context: Context) -> Trained | None:
    """The newest finished training of this code on this data, read from tracking, registry and job list; or None."""
    workspace = await reach.databricks(context)
    tags = await tags_of_interest(context)
    tracked = await context.call(workspace.host, workspace.models.runs_with, JOB.experiment(context), tags)
    finished = next((each for each in tracked if each.status == "FINISHED"), None)
    if finished is None:
        return None
    versions = [each for each in await model_registry.versions(context) if each.run_id == finished.id]
    return Trained(finished, versions, await job_run_of(context, finished))


async def job_run_of(context: Context, tracked: TrackedRun) -> JobRun | None:
    """The job's run that a tracked run came from, as long as it is kept."""
    workspace = await reach.databricks(context)
    return await context.call(workspace.host, workspace.runs.named, f"{JOB.name} {tracked.tags.get(RUN_KEY, '')}")


async def look_through_versions(context: Context) -> Trained | None:
    """What `look` finds, by GET requests alone (searching runs takes a POST): from model versions to their runs."""
    made = await newest_with(context, await tags_of_interest(context), "FINISHED")
    return Trained(made.tracked, [made.version], await job_run_of(context, made.tracked)) if made else None


async def check(context: Context) -> Outcome:
    """This code has been trained on this data: the run succeeded, and a model version carries its id."""
    return await judged(context, await look(context))


async def check_versions(context: Context) -> Outcome:
    """The same, found through the newest model versions."""
    return await judged(context, await look_through_versions(context))


async def judged(context: Context, found: Trained | None) -> Outcome:
    """The outcome of what was found."""
    version = await code_version(context)
    if found is None:
        return untrained(context, f"The code of jobs/ as it is now ({version}) has not been trained yet.")
    if found.run is not None and not found.run.succeeded:
        return Outcome(Status.TODO, f"Run {found.run.id} ended with {found.run.result or found.run.state}.")
    if not found.versions:
        model = model_registry.of(context).model
        return untrained(context, f"Run {found.tracked.id} registered no version of {model}.")
    made, metrics = found.versions[0], found.tracked.metrics
    job_run = f"job run {found.run.id} is {found.run.result}" if found.run else "the job's run is no longer kept"
    return Outcome(
        Status.OK,
        f"{made.name} version {made.version}, R2 {metrics['r2']:.4f} (always guessing the mean: "
        f"{metrics['baseline_r2']:.4f}), RMSE {metrics['rmse']:.4f}",
        proof=f"{job_run}; registry: version {made.version} carries run {made.run_id}; tracking: it is FINISHED",
        facts={
            "run_id": made.run_id,
            "model": made.name,
            "version": made.version,
            "code_version": version,
            **{name: repr(value) for name, value in metrics.items()},
        },
    )


def untrained(context: Context, said: str) -> Outcome:
    """The outcome of no version, with the registry that one will go to where that is not the workspace's own."""
    if not model_registry.by_catalog(context):
        return Outcome(Status.TODO, said)
    fix = f"apply this step: it registers {model_registry.of(context).model} in Unity Catalog"
    return Outcome(Status.TODO, said, fix=fix, diagnosis="F32")


async def plan(context: Context) -> list[Action]:
    """Train where that was not done for this code and data; a run that a crash left behind is taken up again."""
    found = await look(context)
    if found is not None and found.versions and (found.run is None or found.run.succeeded):
        return []
    key = await open_run(context) or f"{mark(context)}-{uuid.uuid4().hex[:12]}"
    cluster = context.facts("databricks.cluster")["name"]

    async def run(context: Context) -> None:
        await run_job(context, JOB, context.facts("databricks.cluster")["cluster_id"], key)

    command = f"mlops-wizard run {JOB.name} --cluster {cluster} --environment {context.environment}"
    return [Action(TITLE, command, run, key=key, risk=Risk.COSTS_MONEY)]


async def open_run(context: Context) -> str | None:
    """The key of a run that was begun and may still go on; None when there is none or it failed."""
    key = context.open_key(TITLE)
    if key is None:
        return None
    workspace = await reach.databricks(context)
    run = await context.call(workspace.host, workspace.runs.named, f"{JOB.name} {key}")
    return None if run is not None and run.ended and not run.succeeded else key


TRAIN = Step(
    id="jobs.train-from-local",
    title="Train from this machine",
    why=(
        "You write code here and run it there: the job reads the data on the cluster, trains and registers a model. "
        "The registered version names the run it came from, so every model can be traced back."
    ),
    check=check,
    look=check_versions,
    plan=plan,
    needs=("databricks.libraries", "databricks.mount", "local.install-script"),
    docs="https://learn.microsoft.com/azure/databricks/jobs/run-now",
    time_limit=90.0,
)
