"""Making, deleting and purging a key vault: of the central model registry, and of each Azure ML workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import ServiceError
from wizard.engine.step import Action, Kept, Risk
from wizard.steps import reach, waiting
from wizard.steps.tags import has_our_tag, mark, not_ours, tags

if TYPE_CHECKING:
    from wizard.clients.key_vaults import KeyVault

MINUTES = 10
READY = "Succeeded"


async def look(context: Context) -> KeyVault | None:
    """The environment's vault, as Azure has it."""
    vaults = await reach.key_vaults(context)
    return await context.call(reach.ARM, vaults.get, context.answer("resource_group"), context.answer("key_vault"))


def create_command(context: Context) -> str:
    """The equivalent command."""
    return (
        f"az keyvault create --name {context.answer('key_vault')} --resource-group {context.answer('resource_group')} "
        f"--location {context.answer('region')} --enable-rbac-authorization true --retention-days 7 "
        f"--tags mlops-wizard={mark(context)}"
    )


async def create(context: Context) -> KeyVault:
    """Create the vault if it is not there, and wait until its host name is known, whoever began."""
    name, group = context.answer("key_vault"), context.answer("resource_group")
    vaults = await reach.key_vaults(context)
    if await look(context) is None:
        tenant = context.facts("signin.azure")["tenant"]
        begun = await context.call(
            reach.ARM, vaults.create, group, name, context.answer("region"), tenant, tags(context)
        )
        await waiting.operation(context, reach.ARM, begun, f"creating {name}", MINUTES)

    def ready(vault: KeyVault | None) -> bool:
        return vault is not None and vault.state == READY

    def say(vault: KeyVault | None) -> str:
        return f"{name} is {vault.state.lower()}" if vault else f"{name} is not there yet"

    found = await waiting.until(context, lambda: look(context), ready, say, MINUTES)
    if found is None:
        raise ServiceError(f"Key vault {name} could not be created.", service="Azure", fix="try again")
    return found


async def removal(context: Context, loses: tuple[str, ...] = ()) -> list[Action | Kept]:
    """Delete our vault and purge it, also one that was deleted and whose name is still held; `loses` as of an action.

    Purge protection leaves it deleted until its time is over.
    """
    name, found, vaults = context.answer("key_vault"), await look(context), await reach.key_vaults(context)
    if found is not None:
        if not has_our_tag(context, found.tags):
            return [not_ours(f"key vault {name}")]
        if not found.purge_protected:
            title = f"Delete key vault {name} and purge it with all its secrets"
            return [Action(title, purge_command(context), purge, name, Risk.HARD_TO_UNDO, loses)]
        command = f"az keyvault delete --name {name}"
        return [Action(f"Delete key vault {name}", command, purge, name, Risk.HARD_TO_UNDO, loses)]
    held = (await context.call(reach.ARM, vaults.deleted)).get(name.lower())
    if held is None or not has_our_tag(context, held.tags):
        return []
    if held.purge_protected:
        why = f"it is deleted, and purge protection keeps it and its name until {held.ends}"
        return [Kept(f"key vault {name}", why, f"wait until {held.ends}, or choose another name", ours=True)]
    command = f"az keyvault purge --name {name} --location {held.region}"
    return [Action(f"Purge key vault {name}, which was deleted", command, purge, name, Risk.HARD_TO_UNDO)]


def purge_command(context: Context) -> str:
    """The equivalent command."""
    name = context.answer("key_vault")
    return f"az keyvault delete --name {name}; az keyvault purge --name {name} --location {context.answer('region')}"


async def purge(context: Context) -> None:
    """Delete the vault, and purge it so that its name is free again; purge protection leaves it deleted."""
    name, group = context.answer("key_vault"), context.answer("resource_group")
    vaults = await reach.key_vaults(context)
    if await look(context) is not None:
        await context.call(reach.ARM, vaults.delete, group, name)
    held = (await context.call(reach.ARM, vaults.deleted)).get(name.lower())
    if held is not None and not held.purge_protected:
        begun = await context.call(reach.ARM, vaults.purge, held.name, held.region)
        await waiting.operation(context, reach.ARM, begun, f"purging {name}", MINUTES)
