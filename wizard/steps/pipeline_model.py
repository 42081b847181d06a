"""The model that the pipeline's run made: a version in the registry, whose tracked run names that run."""

from __future__ import annotations

from wizard.engine.context import Context
from wizard.engine.step import Action, Outcome, Status, Step
from wizard.steps import databricks_workspaces, model_registry, pipeline_run, reach, registry_names, wanted_run
from wizard.steps.tracked_versions import NEWEST, Made, newest_with

READY = "READY"


async def look(context: Context) -> Made | None:
    """The newest version that the pipeline's run made, or None."""
    return await newest_with(context, {"pipeline_run": wanted_run.learned(context)["run"]})


async def strayed(context: Context, run_id: str) -> bool:
    """Whether an environment whose registry is another workspace's has the model of that run in its own, too."""
    facts = context.facts("databricks.workspaces")
    if context.environment not in model_registry.USES_CENTRAL or facts.get("registry") == databricks_workspaces.OFF:
        return False
    workspace = await reach.databricks(context)
    found = await context.call(workspace.host, workspace.models.versions, registry_names.MODEL)
    return any(each.run_id == run_id for each in found)


async def check(context: Context) -> Outcome:
    """The registry has a version whose tracked run carries the id of the pipeline's run, and its commit."""
    learned, registry, found = wanted_run.learned(context), model_registry.of(context), await look(context)
    if found is None:
        return Outcome(
            Status.FAIL,
            f"None of the {NEWEST} newest versions of {registry.model} in {registry.uri} is of pipeline run "
            f"{learned['number']}.",
            fix="see the log of its step that trains; apply runs its stage again",
        )
    version, tracked = found.version, found.tracked
    if version.status != READY:
        return Outcome(
            Status.FAIL,
            f"{version.name} version {version.version} is {version.status or 'of no state'}.",
            fix="apply runs the pipeline's stage again, which registers another",
        )
    if await strayed(context, version.run_id):
        return Outcome(
            Status.FAIL,
            f"The model of run {version.run_id} is in {context.environment}'s own registry, too.",
            fix=f"see that the job takes REGISTRY_URI from {context.environment}-env, then delete that version",
        )
    host = (await model_registry.workspace(context)).host
    return Outcome(
        Status.OK,
        f"{version.name} version {version.version}, R2 {tracked.metrics['r2']:.4f}",
        proof=f"registry {registry.uri}, read at {host}: version {version.version} carries run {version.run_id}; "
        f"tracking: it is of pipeline run {tracked.tags['pipeline_run']} and commit "
        f"{tracked.tags.get('commit', '')[:10]}{own_registry(context)}",
        facts={"model": version.name, "version": version.version, "run_id": version.run_id},
    )


def own_registry(context: Context) -> str:
    """What is to be said of the own registry of an environment that registers elsewhere."""
    if context.environment not in model_registry.USES_CENTRAL:
        return ""
    off = context.facts("databricks.workspaces").get("registry") == databricks_workspaces.OFF
    own = f"the workspace registry of {context.environment}"
    return f"; {own} is off" if off else f"; {own} does not have it"


async def plan(context: Context) -> list[Action]:
    """Let the pipeline's stage train again where the run has no version that is ready."""
    found = await look(context)
    return [] if found and found.version.status == READY else [pipeline_run.stage_again(context, "trains")]


DOCS = "https://learn.microsoft.com/azure/databricks/mlflow/model-registry"

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
    docs=DOCS,
)

MODEL_CMR = Step(
    id="registry.model-cmr",
    title="Model in the registry",
    why=(
        "A job that does not find the central registry registers its model in its own workspace, and says nothing. "
        "So the version is looked for where it belongs, by the run that made it, and must not be anywhere else."
    ),
    check=check,
    plan=plan,
    needs=("devops.run-prod",),
    docs=DOCS,
)
