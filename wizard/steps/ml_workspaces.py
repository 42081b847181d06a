"""An Azure ML workspace for each environment that serves models, with the vault and the insights it works with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import ServiceError
from wizard.engine.step import Action, Kept, Outcome, Risk, Status, Step
from wizard.steps import contents, reach, vaults, waiting
from wizard.steps.tags import has_our_tag, mark, not_ours, tags

if TYPE_CHECKING:
    from wizard.clients.ml_workspaces import MLWorkspace

MINUTES = 20
ENDED = ("Succeeded", "Failed", "Canceled")


async def look(context: Context) -> MLWorkspace | None:
    """The environment's workspace, as Azure has it."""
    workspaces = await reach.ml_workspaces(context)
    group, name = context.answer("resource_group"), context.answer("ml_workspace")
    return await context.call(reach.ARM, workspaces.get, group, name)


async def check(context: Context) -> Outcome:
    """The workspace is provisioned, and its discovery address names its services."""
    name = context.answer("ml_workspace")
    found = await look(context)
    if found is None:
        return Outcome(Status.TODO, f"{name} does not exist.")
    if found.state == "Failed":
        return Outcome(Status.FAIL, f"{name} could not be created (state Failed).", fix="delete it, then try again")
    if found.state != "Succeeded":
        return Outcome(Status.TODO, f"{name} is {found.state.lower()}.")
    workspaces = await reach.ml_workspaces(context)
    services = await context.call(reach.ARM, workspaces.services, found.discovery)
    return Outcome(
        Status.OK,
        f"{name}, {found.region}",
        proof=f"{reach.ARM} read {found.id}, state {found.state}; {found.discovery} named {len(services)} services",
        facts={"id": found.id, "name": name, "region": found.region, "discovery": found.discovery},
    )


async def plan(context: Context) -> list[Action] | None:
    """Create what the workspace works with, where that is missing, then the workspace; or wait for it."""
    name, group = context.answer("ml_workspace"), context.answer("resource_group")
    found = await look(context)
    if found is not None and found.state == "Succeeded":
        return []
    if found is not None and found.state == "Failed":
        return None
    actions = []
    vault = await vaults.look(context)
    if vault is None or vault.state != vaults.READY:
        key = context.answer("key_vault")
        actions.append(Action(f"Create key vault {key}", vaults.create_command(context), create_vault, key=key))
    workspaces = await reach.ml_workspaces(context)
    insights = context.answer("insights")
    if await context.call(reach.ARM, workspaces.insights, group, insights) is None:
        command = (
            f"az monitor app-insights component create --app {insights} --resource-group {group} "
            f"--location {context.answer('region')} --kind web --tags mlops-wizard={mark(context)}"
        )
        actions.append(Action(f"Create Application Insights {insights}", command, create_insights, key=insights))
    command = (
        f"az ml workspace create --name {name} --resource-group {group} --location {context.answer('region')} "
        f"--storage-account {context.facts('storage.accounts')['id']} --key-vault {context.answer('key_vault')} "
        f"--application-insights {insights} --tags mlops-wizard={mark(context)}"
    )
    return [*actions, Action(creation(name), command, create, key=name, risk=Risk.COSTS_MONEY)]


def creation(name: str) -> str:
    """The title of the action that creates the workspace, by which the journal knows it."""
    return f"Create Azure ML workspace {name}"


async def create_vault(context: Context) -> None:
    """Create the workspace's key vault."""
    await vaults.create(context)


async def create_insights(context: Context) -> None:
    """Create the workspace's Application Insights component."""
    await insights_id(context)


async def insights_id(context: Context) -> str:
    """The id of the workspace's Application Insights component, created if need be; one that is there stays."""
    workspaces = await reach.ml_workspaces(context)
    group, name = context.answer("resource_group"), context.answer("insights")
    found = await context.call(reach.ARM, workspaces.insights, group, name)
    if found is not None:
        return found.id
    return await context.call(
        reach.ARM, workspaces.create_insights, group, name, context.answer("region"), tags(context)
    )


async def create(context: Context) -> None:
    """Create the workspace if it is not there, and wait until it is provisioned, whoever began."""
    name, group = context.answer("ml_workspace"), context.answer("resource_group")
    workspaces = await reach.ml_workspaces(context)
    if await look(context) is None:
        parts = {
            "storageAccount": context.facts("storage.accounts")["id"],
            "keyVault": (await vaults.create(context)).id,
            "applicationInsights": await insights_id(context),
        }
        await context.call(reach.ARM, workspaces.create, group, name, context.answer("region"), parts, tags(context))

    def settled(workspace: MLWorkspace | None) -> bool:
        return workspace is not None and workspace.state in ENDED

    def say(workspace: MLWorkspace | None) -> str:
        return f"{name} is {workspace.state.lower()}" if workspace else f"{name} is not there yet"

    found = await waiting.until(context, lambda: look(context), settled, say, MINUTES)
    if found is None or found.state != "Succeeded":
        raise ServiceError(
            f"Azure ML workspace {name} could not be created.", service="Azure", fix="delete it, then try again"
        )


async def undo(context: Context) -> list[Action | Kept]:
    """Delete the workspace for good, and what it works with besides the storage account."""
    return [*await removal(context), *await insights_removal(context), *await vaults.removal(context)]


async def removal(context: Context) -> list[Action | Kept]:
    """Delete the workspace for good, after the container registry that Azure ML made for it.

    One that was deleted by hand, and is kept for 14 days with its name, is in no list; so it is purged where the
    journal knows that it was made here.
    """
    name, group, found = context.answer("ml_workspace"), context.answer("resource_group"), await look(context)
    command = f"az ml workspace delete --name {name} --resource-group {group} --permanently-delete"
    title = f"Delete Azure ML workspace {name} for good"
    if found is None:
        groups = await reach.resource_groups(context)
        known = context.made(creation(name), title) and await context.call(reach.ARM, groups.get, group) is not None
        return [Action(title, command, purge, key=name, risk=Risk.HARD_TO_UNDO)] if known else []
    if not has_our_tag(context, found.tags):
        return [not_ours(f"Azure ML workspace {name}")]
    actions: list[Action | Kept] = []
    if f"/resourcegroups/{group}/".lower() in found.registry.lower():
        registry = found.registry.rpartition("/")[2]
        shown = f"az acr delete --name {registry} --resource-group {group}"
        actions.append(
            Action(f"Delete container registry {registry} of {name}", shown, delete_registry, risk=Risk.HARD_TO_UNDO)
        )
    loses = await contents.told(contents.of_ml_workspace(context, found))
    return [*actions, Action(title, command, purge, key=name, risk=Risk.HARD_TO_UNDO, loses=loses)]


async def insights_removal(context: Context) -> list[Action | Kept]:
    """Delete the Application Insights component."""
    workspaces = await reach.ml_workspaces(context)
    group, name = context.answer("resource_group"), context.answer("insights")
    found = await context.call(reach.ARM, workspaces.insights, group, name)
    if found is None:
        return []
    if not has_our_tag(context, found.tags):
        return [not_ours(f"Application Insights {name}")]
    command = f"az monitor app-insights component delete --app {name} --resource-group {group}"
    title = f"Delete Application Insights {name}"
    return [Action(title, command, delete_insights, key=name, risk=Risk.HARD_TO_UNDO)]


async def delete_registry(context: Context) -> None:
    """Delete the container registry that Azure ML made for the workspace."""
    found, workspaces = await look(context), await reach.ml_workspaces(context)
    if found is not None and found.registry:
        await context.call(reach.ARM, workspaces.delete_registry, found.registry)


async def purge(context: Context) -> None:
    """Delete the workspace for good, and wait until it is gone."""
    name, group = context.answer("ml_workspace"), context.answer("resource_group")
    workspaces = await reach.ml_workspaces(context)
    await context.call(reach.ARM, workspaces.purge, group, name)
    await waiting.until(
        context, lambda: look(context), lambda found: found is None, lambda _: f"deleting {name}", MINUTES
    )


async def delete_insights(context: Context) -> None:
    """Delete the Application Insights component."""
    workspaces = await reach.ml_workspaces(context)
    await context.call(
        reach.ARM, workspaces.delete_insights, context.answer("resource_group"), context.answer("insights")
    )


WORKSPACES = Step(
    id="aml.workspaces",
    title="Azure ML workspace",
    why=(
        "Azure ML keeps the model that is served and runs the service on Kubernetes. "
        "It works with the environment's storage account, a key vault and Application Insights of its own."
    ),
    check=check,
    plan=plan,
    undo=undo,
    needs=("storage.accounts", "azure.rbac", "azure.providers"),
    manual="Delete the failed workspace in the portal, or choose another name, then check again.",
    docs="https://learn.microsoft.com/azure/machine-learning/concept-workspace",
)
