"""The model that the pipeline's run made: a version in the registry, whose tracked run names that run."""

from __future__ import annotations

from wizard.engine.context import Context
from wizard.engine.step import Action, Outcome, Status, Step
from wizard.steps import jobs, pipeline_run
from wizard.steps.tracked_versions import NEWEST, Made, newest_with

READY = "READY"


async def look(context: Context) -> Made | None:
    """The newest version that the pipeline's run made, or None."""
    return await newest_with(context, {"pipeline_run": context.facts("devops.run-test")["run"]})


async def check(context: Context) -> Outcome:
    """The registry has a version whose tracked run carries the id of the pipeline's run, and its commit."""
    learned, found = context.facts("devops.run-test"), await look(context)
    if found is None:
        return Outcome(
            Status.FAIL,
            f"None of the {NEWEST} newest versions of {jobs.MODEL} is of pipeline run {learned['number']}.",
            fix="see the log of its step that trains; apply runs its stage again",
        )
    version, tracked = found.version, found.tracked
    if version.status != READY:
        return Outcome(
            Status.FAIL,
            f"{version.name} version {version.version} is {version.status or 'of no state'}.",
            fix="apply runs the pipeline's stage again, which registers another",
        )
    return Outcome(
        Status.OK,
        f"{version.name} version {version.version}, R2 {tracked.metrics['r2']:.4f}",
        proof=f"registry: version {version.version} carries run {version.run_id}; tracking: it is of pipeline run "
        f"{tracked.tags['pipeline_run']} and commit {tracked.tags.get('commit', '')[:10]}",
        facts={"model": version.name, "version": version.version, "run_id": version.run_id},
    )


async def plan(context: Context) -> list[Action]:
    """Let the pipeline's stage train again where the run has no version that is ready."""
    found = await look(context)
    return [] if found and found.version.status == READY else [pipeline_run.stage_again(context, "trains")]


MODEL_TEST = Step(
    id="registry.model-test",
    title="Model in the registry",
    why=(
        "A green pipeline does not say which model it made, or where that went. "
        "A version whose run, commit and pipeline run are known can be explained, made again, and rolled back to."
    ),
    check=check,
    plan=plan,
    needs=("devops.run-test",),
    docs="https://learn.microsoft.com/azure/databricks/mlflow/model-registry",
)
