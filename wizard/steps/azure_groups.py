"""A resource group for each environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import ServiceError, WizardError
from wizard.engine.step import Action, Kept, Outcome, Risk, Status, Step
from wizard.steps import companions, reach, waiting
from wizard.steps.tags import has_our_tag, mark, not_ours, tags

if TYPE_CHECKING:
    from wizard.clients.resource_groups import Resource, ResourceGroup


async def look(context: Context) -> ResourceGroup | None:
    """The environment's group, as Azure has it."""
    groups = await reach.resource_groups(context)
    return await context.call(reach.ARM, groups.get, context.answer("resource_group"))


async def check(context: Context) -> Outcome:
    """The group exists, is ready, and lies in the planned region."""
    name, region = context.answer("resource_group"), context.answer("region")
    found = await look(context)
    if found is None:
        return Outcome(Status.TODO, f"{name} does not exist.")
    if found.state != "Succeeded":
        return Outcome(Status.TODO, f"{name} is {found.state.lower()}.")
    elsewhere = found.region != region
    return Outcome(
        Status.WARN if elsewhere else Status.OK,
        f"{name} in {found.region}" + (f", not in {region} as planned" if elsewhere else ""),
        proof=f"{reach.ARM} read {found.id}, state {found.state}",
        fix="nothing needs to be done: a group may hold resources of other regions" if elsewhere else "",
        facts={"id": found.id, "name": name, "region": found.region},
    )


async def plan(context: Context) -> list[Action]:
    """Create the group where it is not there (a group that is being deleted is waited for)."""
    name, region = context.answer("resource_group"), context.answer("region")
    found = await look(context)
    if found is not None and found.state == "Succeeded":
        return []
    command = f"az group create --name {name} --location {region} --tags mlops-wizard={mark(context)}"
    return [Action(f"Create resource group {name}", command, create, key=name)]


async def create(context: Context) -> None:
    """Wait until a group of that name is gone or ready, then create it; an existing one is only tagged."""
    name, region = context.answer("resource_group"), context.answer("region")
    groups = await reach.resource_groups(context)

    def settled(group: ResourceGroup | None) -> bool:
        return group is None or group.state in ("Succeeded", "Failed")

    def say(group: ResourceGroup | None) -> str:
        return f"{name} is {group.state.lower()}" if group else f"{name} is gone"

    found = await waiting.until(context, lambda: look(context), settled, say, minutes=20)
    if found is not None and found.state == "Failed":
        raise ServiceError(
            f"Resource group {name} is in state Failed.", service="Azure", fix="delete it, then try again"
        )
    if found is None:
        await context.call(reach.ARM, groups.create, name, region, tags(context))


async def foreign(context: Context) -> list[Resource]:
    """What the group holds that neither this set-up made nor Azure beside what this set-up made."""
    groups = await reach.resource_groups(context)
    held = await context.call(reach.ARM, groups.resources, context.answer("resource_group"))
    others = [each for each in held if not has_our_tag(context, each.tags)]
    beside = await companions.ids(context) if others else set()
    return [each for each in others if each.id.lower() not in beside and not companions.is_alert(context, each)]


async def undo(context: Context) -> list[Action | Kept]:
    """Delete the group with all that is in it, unless it was there before or holds something of somebody else."""
    name, found = context.answer("resource_group"), await look(context)
    if found is None:
        return []
    if not has_our_tag(context, found.tags):
        return [not_ours(f"resource group {name}")]
    others = await foreign(context)
    if others:
        named = ", ".join(f"{each.type.rpartition('/')[2]} {each.name}" for each in others)
        why = f"it holds what was not made by this set-up: {named}"
        return [Kept(f"resource group {name}", why, f"az group delete --name {name}, when nobody needs that any more")]
    return [
        Action(
            f"Delete resource group {name} and all that is in it",
            f"az group delete --name {name}",
            delete,
            key=name,
            risk=Risk.HARD_TO_UNDO,
        )
    ]


async def delete(context: Context) -> None:
    """Delete the group and wait until it is gone; refused when something of somebody else has come into it."""
    name = context.answer("resource_group")
    groups = await reach.resource_groups(context)
    if await look(context) is None:
        return
    others = await foreign(context)
    if others:
        raise WizardError(f"{name} now holds {others[0].name}, which was not made by this set-up.", fix="run it again")
    begun = await context.call(reach.ARM, groups.delete, name)
    await waiting.operation(context, reach.ARM, begun, f"deleting {name}", minutes=60)


GROUPS = Step(
    id="azure.groups",
    title="Resource group",
    why=(
        "A resource group holds what belongs to one environment, so rights and costs can be told apart. "
        "dev, test and prod each get one, and the central model registry (cmr) has its own."
    ),
    check=check,
    plan=plan,
    undo=undo,
    needs=("plan.names",),
    docs="https://learn.microsoft.com/azure/azure-resource-manager/management/manage-resource-groups-cli",
)
