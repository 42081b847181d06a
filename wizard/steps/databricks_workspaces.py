"""A Databricks workspace for each environment."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import ServiceError
from wizard.engine.step import Action, Kept, Outcome, Risk, Status, Step
from wizard.steps import contents, reach, waiting
from wizard.steps.tags import has_our_tag, mark, not_ours, tags

if TYPE_CHECKING:
    from wizard.clients.databricks_workspaces import DatabricksWorkspace
    from wizard.clients.features import Features

MINUTES = 20
ON, OFF = "on", "off"


async def look(context: Context) -> DatabricksWorkspace | None:
    """The environment's workspace, as Azure has it."""
    workspaces = await reach.databricks_workspaces(context)
    return await context.call(reach.ARM, workspaces.get, context.answer("resource_group"), context.answer("workspace"))


async def stands(context: Context) -> bool:
    """Whether the workspace was entered once and is still there: what is in it can be asked for, and taken back."""
    return bool(context.facts("databricks.workspaces").get("host")) and await look(context) is not None


async def check(context: Context) -> Outcome:
    """The workspace is provisioned, and its own API answers to our token."""
    name = context.answer("workspace")
    found = await look(context)
    if found is None:
        return Outcome(Status.TODO, f"{name} does not exist.")
    if found.state == "Failed":
        return Outcome(Status.FAIL, f"{name} could not be created (state Failed).", fix="delete it, then try again")
    if found.state != "Succeeded" or not found.host:
        return Outcome(Status.TODO, f"{name} is {found.state.lower()}.")
    workspace = await reach.databricks_at(context, found.host, found.id)
    me, features = await asyncio.gather(
        context.call(found.host, workspace.me), context.call(found.host, workspace.features.look)
    )
    return Outcome(
        Status.OK,
        f"{found.host}, {found.sku}, {found.region}; {described(features)}",
        proof=f"{found.host} answered /scim/v2/Me: you are {me.name}; Azure says {found.state}; {described(features)}",
        facts={
            "host": found.host,
            "id": found.id,
            "number": found.number,
            "name": name,
            "user": me.name,
            "mounts": ON if features.mounts else OFF,
            "registry": ON if features.registry else OFF,
            "catalog": features.catalog,
        },
    )


def described(features: Features) -> str:
    """What the workspace has, in words; it decides which route later steps take."""
    return ", ".join(
        (
            f"mounts {ON if features.mounts else OFF}",
            f"workspace registry {ON if features.registry else OFF}",
            f"Unity Catalog {features.catalog or 'not assigned'}",
        )
    )


async def plan(context: Context) -> list[Action] | None:
    """Create the workspace, or wait for one that is being created."""
    name, group = context.answer("workspace"), context.answer("resource_group")
    found = await look(context)
    if found is not None and found.state == "Succeeded":
        return []
    if found is not None and found.state == "Failed":
        return None
    command = (
        f"az databricks workspace create --name {name} --resource-group {group} "
        f"--location {context.answer('region')} --sku premium --tags mlops-wizard={mark(context)}"
    )
    return [Action(f"Create Databricks workspace {name}", command, create, key=name, risk=Risk.COSTS_MONEY)]


async def create(context: Context) -> None:
    """Create the workspace if it is not there, and wait until it is provisioned, whoever began."""
    name, group = context.answer("workspace"), context.answer("resource_group")
    workspaces = await reach.databricks_workspaces(context)
    if await look(context) is None:
        begun = await context.call(reach.ARM, workspaces.create, group, name, context.answer("region"), tags(context))
        await waiting.operation(context, reach.ARM, begun, f"creating {name}", MINUTES)

    def settled(workspace: DatabricksWorkspace | None) -> bool:
        return workspace is not None and workspace.state in ("Succeeded", "Failed", "Canceled")

    def say(workspace: DatabricksWorkspace | None) -> str:
        return f"{name} is {workspace.state.lower()}" if workspace else f"{name} is not there yet"

    found = await waiting.until(context, lambda: look(context), settled, say, MINUTES)
    if found is None or found.state != "Succeeded":
        raise ServiceError(
            f"Databricks workspace {name} could not be created.", service="Azure", fix="delete it, then try again"
        )


async def undo(context: Context) -> list[Action | Kept]:
    """Delete the workspace, and with it the resource group that Azure manages for it."""
    name, group = context.answer("workspace"), context.answer("resource_group")
    found = await look(context)
    if found is None:
        return []
    if not has_our_tag(context, found.tags):
        return [not_ours(f"Databricks workspace {name}")]
    return [
        Action(
            f"Delete Databricks workspace {name} and all that is in it",
            f"az databricks workspace delete --name {name} --resource-group {group}",
            delete,
            key=name,
            risk=Risk.HARD_TO_UNDO,
            loses=await contents.told(contents.of_databricks(context, found)),
        )
    ]


async def delete(context: Context) -> None:
    """Delete the workspace and wait until it is gone."""
    name, group = context.answer("workspace"), context.answer("resource_group")
    workspaces = await reach.databricks_workspaces(context)
    if await look(context) is None:
        return
    begun = await context.call(reach.ARM, workspaces.delete, group, name)
    await waiting.operation(context, reach.ARM, begun, f"deleting {name}", MINUTES)


WORKSPACES = Step(
    id="databricks.workspaces",
    title="Databricks workspace",
    why=(
        "Training and batch jobs run in Databricks, each environment in a workspace of its own. "
        "The premium tier is needed for secret scopes and access control."
    ),
    check=check,
    plan=plan,
    undo=undo,
    needs=("azure.rbac", "azure.providers"),
    manual="Delete the failed workspace in the portal, or choose another name, then check again.",
    docs="https://learn.microsoft.com/azure/databricks/getting-started/",
    time_limit=90.0,
)
