"""What our resources hold that this set-up did not make, in words: told before it goes with them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import WizardError
from wizard.steps import reach, registry_names, storage_data
from wizard.steps.tags import TAG, has_our_tag, mark

if TYPE_CHECKING:
    from wizard.clients.databricks_workspaces import DatabricksWorkspace
    from wizard.clients.ml_workspaces import MLWorkspace

MOST = 10  # names of a kind that are told; of the rest the number
# Containers that Azure ML makes in the storage account of a workspace.
BY_AZURE_ML = ("azureml", "insights-", "snapshot")


async def told(asked: Awaitable[list[str]]) -> tuple[str, ...]:
    """What was found; where nobody could look, that, for nothing must be taken for known."""
    try:
        return tuple(await asked)
    except WizardError as error:
        return (f"what is in it could not be listed: {error.message}",)


def listed(kind: str, names: Iterable[str]) -> list[str]:
    """One line for a kind of thing: the first names, and how many more."""
    found = sorted(names)
    if not found:
        return []
    more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
    return [f"{kind} {', '.join(found[:MOST])}{more}"]


async def of_databricks(context: Context, found: DatabricksWorkspace) -> list[str]:
    """What others have in a Databricks workspace."""
    if not found.host:
        return []
    workspace = await reach.databricks_at(context, found.host, found.id)
    clusters, models, held, me = await asyncio.gather(
        context.call(workspace.host, workspace.clusters.list),
        context.call(workspace.host, workspace.models.names),
        context.call(workspace.host, workspace.content),
        context.call(workspace.host, workspace.me),
    )
    ours = (f"/Users/{me.name}/{TAG}", f"/Shared/{mark(context)}")
    return [
        *listed("cluster", (each.name for each in clusters if not has_our_tag(context, each.tags))),
        *listed("job", held.jobs),
        *listed("model", (each for each in models if each != registry_names.MODEL)),
        *listed("secret scope", (each for each in held.scopes if each != registry_names.SCOPE)),
        *listed("file or folder", (each for each in held.files if not each.startswith(ours))),
    ]


async def of_account(context: Context) -> list[str]:
    """Containers in a storage account, besides ours and those of Azure ML."""
    blobs = await reach.blobs(context)
    names = await context.call(blobs.host, blobs.containers)
    return listed(
        "container", (each for each in names if each != storage_data.NAME and not each.startswith(BY_AZURE_ML))
    )


async def of_ml_workspace(context: Context, found: MLWorkspace) -> list[str]:
    """Computes of an Azure ML workspace that do not carry our tag."""
    computes = await reach.ml_computes(context)
    held = await context.call(reach.ARM, computes.all, found.id)
    return listed("compute", (each.name for each in held if not has_our_tag(context, each.tags)))


async def of_vault(context: Context, host: str) -> list[str]:
    """Secrets in the registry's vault that do not carry our tag."""
    secrets = await reach.vault_secrets(context, host)
    return listed("secret", await context.call(host, secrets.unmarked, TAG))
