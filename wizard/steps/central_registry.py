"""The central model registry works from prod: a model is registered on prod's cluster, seen where it belongs, deleted.

Two routes, chosen by what the workspaces offer: the registry of the workspace `cmr` through a secret scope, or a
catalog that all workspaces of the region share, where the legacy registry is off.
"""

from __future__ import annotations

from wizard.engine.context import Context
from wizard.engine.step import Action, Kept, Outcome, Status, Step
from wizard.steps import central_catalog, cluster_code, databricks_workspaces, model_registry, reach, registry_names
from wizard.steps.databricks_workspaces import OFF
from wizard.steps.tags import mark


def probe(context: Context) -> str:
    """The name of the model that is registered and deleted again."""
    registry = model_registry.central(context)
    return registry.model.removesuffix(registry_names.MODEL) + f"{mark(context)}-probe"


async def check(context: Context) -> Outcome:
    """A model registered on prod's cluster appears in the central registry, and not in prod's own; it is deleted."""
    outcome = await check_readable(context)
    if outcome.status is not Status.OK:
        return outcome
    name, registry = probe(context), model_registry.central(context)
    await cluster_code.run(context, register_code(registry.uri, name))
    try:
        arrived = await exists(context, name)
        strayed = registry.uri == model_registry.CENTRAL and await in_own_registry(context, name)
    finally:
        await cluster_code.run(context, delete_code(registry.uri, name))
    if not arrived or strayed:
        return Outcome(
            Status.FAIL,
            f"A model registered at {registry.uri} on prod's cluster is "
            f"{'in prod too' if arrived else 'not in the central registry'}.",
            fix=f"see what {registry_names.SCOPE}-host in the key vault says, then check again",
            diagnosis="F31",
        )
    return Outcome(
        Status.OK,
        outcome.message,
        proof=f"prod's cluster registered {name} at {registry.uri}, {await host(context)} showed it"
        f"{not_here(registry)}; deleted again",
        facts=outcome.facts,
    )


async def check_readable(context: Context) -> Outcome:
    """The central registry answers to us; nothing is registered."""
    registry = model_registry.central(context)
    lacking = await central_catalog.objection(context) if registry.uri == model_registry.CATALOG else ""
    if lacking:
        return Outcome(Status.TODO, lacking, diagnosis="F33")
    await exists(context, registry.model)
    why = model_registry.REASONS[registry.uri]
    return Outcome(
        Status.OK,
        f"{registry.uri}: {why}",
        proof=f"{await host(context)} answered for {registry.model}",
        facts={"uri": registry.uri, "model": registry.model},
    )


def not_here(registry: model_registry.Registry) -> str:
    """What is to be said of prod's own registry, where that is another."""
    return ", prod's own registry did not" if registry.uri == model_registry.CENTRAL else ""


async def plan(context: Context) -> list[Action] | None:
    """Make the shared schema where models go to a catalog. Else what is wrong lies in what this step needs."""
    by_catalog = model_registry.central_uri(context) == model_registry.CATALOG
    return await central_catalog.plan(context) or None if by_catalog else None


async def undo(context: Context) -> list[Action | Kept]:
    """Take the shared schema back; nothing was made for a registry of a workspace, nor where there is no catalog."""
    cmr = context.in_environment(model_registry.CMR)
    has_catalog = bool(cmr.facts("databricks.workspaces").get("catalog"))
    if model_registry.central_uri(context) != model_registry.CATALOG or not has_catalog:
        return []
    return await central_catalog.undo(context) if await databricks_workspaces.stands(cmr) else []


async def host(context: Context) -> str:
    """The workspace that shows the central registry."""
    return (await reach.databricks(context.in_environment(model_registry.CMR))).host


async def exists(context: Context, name: str) -> bool:
    """Whether the central registry has a model of that name."""
    workspace = await reach.databricks(context.in_environment(model_registry.CMR))
    by_catalog = model_registry.central_uri(context) == model_registry.CATALOG
    models = workspace.catalog_models if by_catalog else workspace.models
    return await context.call(workspace.host, models.exists, name)


async def in_own_registry(context: Context, name: str) -> bool:
    """Whether prod's own registry has it: then jobs there do not reach the central one."""
    if context.facts("databricks.workspaces").get("registry") == OFF:
        return False
    workspace = await reach.databricks(context)
    return await context.call(workspace.host, workspace.models.exists, name)


def register_code(uri: str, name: str) -> str:
    """Code that registers a model without a version; one that a crash left behind is replaced."""
    return f"""
import mlflow
from mlflow.exceptions import MlflowException
client = mlflow.MlflowClient(tracking_uri="databricks", registry_uri={uri!r})
try:
    client.delete_registered_model({name!r})
except MlflowException:
    pass
client.create_registered_model({name!r})
"""


def delete_code(uri: str, name: str) -> str:
    """Code that deletes it."""
    return f"""
import mlflow
mlflow.MlflowClient(tracking_uri="databricks", registry_uri={uri!r}).delete_registered_model({name!r})
"""


REGISTRY = Step(
    id="cmr.registry",
    title="Central registry works",
    why=(
        "All models that may serve people are in one registry, whichever workspace trained them. "
        "It is proven from prod's cluster, where the jobs run: a model is registered there, found, and deleted."
    ),
    check=check,
    look=check_readable,
    plan=plan,
    undo=undo,
    inputs=(model_registry.ROUTE,),
    needs=("cmr.scope", "databricks.cluster", "databricks.libraries"),
    manual="See what the check says of scope and secrets, mend that, then check again.",
    docs="https://learn.microsoft.com/azure/databricks/machine-learning/manage-model-lifecycle/",
    time_limit=150.0,
)
