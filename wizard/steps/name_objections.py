"""What Azure has against region and names: asked before anything is made."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.steps import reach

if TYPE_CHECKING:
    from wizard.clients.key_vaults import DeletedVault

WITH_STORAGE = ("dev", "test", "prod")
WITH_VAULT = ("dev", "test", "prod", "cmr")
# What the region must offer: (namespace, resource type, in words).
NEEDED_IN_REGION = (
    ("Microsoft.Databricks", "workspaces", "Databricks workspaces"),
    ("Microsoft.Storage", "storageAccounts", "storage accounts"),
    ("Microsoft.MachineLearningServices", "workspaces", "Azure ML workspaces"),
    ("Microsoft.KeyVault", "vaults", "key vaults"),
)


@dataclass(frozen=True, slots=True)
class Objection:
    """What speaks against one name or the region, what to do, and the failure it is an instance of."""

    message: str
    fix: str
    diagnosis: str = ""


async def objections(context: Context, names: Mapping[str, str]) -> list[Objection]:
    """All objections: a region that lacks a service, a name that somebody else has or that is still held."""
    asked = [region_lacks(context, names["region"], *needed) for needed in NEEDED_IN_REGION]
    asked += [account_taken(context, names, environment) for environment in WITH_STORAGE]
    asked += [vault_taken(context, names, environment) for environment in WITH_VAULT]
    return [objection for objection in await asyncio.gather(*asked) if objection]


async def region_lacks(context: Context, region: str, namespace: str, kind: str, words: str) -> Objection | None:
    """Why the region will not do for that kind of resource, or None."""
    providers = await reach.providers(context)
    regions = await context.call(reach.ARM, providers.regions, namespace, kind)
    if region in regions:
        return None
    return Objection(
        f"Region {region} offers no {words} to this subscription.",
        f"choose one of these with --set region=NAME: {', '.join(sorted(regions))}.",
    )


async def account_taken(context: Context, names: Mapping[str, str], environment: str) -> Objection | None:
    """Why an environment cannot have its storage account's name, or None (also when it is ours already)."""
    accounts = await reach.storage_accounts(context)
    name, group = names[f"{environment}.storage_account"], names[f"{environment}.resource_group"]
    if await context.call(reach.ARM, accounts.get, group, name) is not None:
        return None
    verdict = await context.call(reach.ARM, accounts.name_is_free, name)
    if verdict.free:
        return None
    return Objection(
        f"Storage account {name}: {verdict.message or verdict.reason}",
        f"choose another name: --set {environment}.storage_account=NAME.",
        "F08",
    )


async def vault_taken(context: Context, names: Mapping[str, str], environment: str) -> Objection | None:
    """Why an environment cannot have its key vault's name, or None (also when it is ours already)."""
    vaults = await reach.key_vaults(context)
    name, group = names[f"{environment}.key_vault"], names[f"{environment}.resource_group"]
    if await context.call(reach.ARM, vaults.get, group, name) is not None:
        return None
    verdict = await context.call(reach.ARM, vaults.name_is_free, name)
    if verdict.free:
        return None
    held = (await context.call(reach.ARM, vaults.deleted)).get(name.lower())
    return held_by(held, environment) if held else _in_use(name, environment)


def held_by(held: DeletedVault, environment: str) -> Objection:
    """The objection that a deleted vault of the subscription still has the name."""
    other = f"choose another name: --set {environment}.key_vault=NAME"
    if held.purge_protected:
        fix = f"{other}; purge protection keeps the deleted one until {held.ends}."
    else:
        purge = f"az keyvault purge --name {held.name} --location {held.region}"
        recover = f"az keyvault recover --name {held.name}"
        fix = f"`{purge}` frees the name, and its secrets are lost; or `{recover}`; or {other}."
    return Objection(f"Key vault {held.name} was deleted and holds its name until {held.ends}.", fix, "F09")


def _in_use(name: str, environment: str) -> Objection:
    return Objection(
        f"Key vault name {name} is in use somewhere in the world, perhaps by a deleted vault that you cannot see.",
        f"choose another name: --set {environment}.key_vault=NAME.",
        "F09",
    )
