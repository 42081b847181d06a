"""The data in a Unity Catalog volume: the route where a workspace has no mounts."""

from __future__ import annotations

import asyncio
import json
import re

from wizard.engine.context import Context
from wizard.engine.errors import AnswerError
from wizard.engine.step import Action, Kept, Outcome, Risk, Status
from wizard.steps import cluster_code, databricks_workspaces, reach, storage_data
from wizard.steps.tags import has_our_note, not_ours, note

RULE = "a name of three levels, catalog.schema.volume, without blanks or slashes"
_NAME = re.compile(r"[^\s./]{1,255}(\.[^\s./]{1,255}){2}")


def because(context: Context) -> str:
    """Why the data is in a volume: it was chosen, or there is no other way."""
    off = context.facts("databricks.workspaces").get("mounts") == databricks_workspaces.OFF
    return "mounts are off in this workspace, so the data is in a volume" if off else "as you chose, in a volume"


def complaint(value: str) -> str | None:
    """What is wrong with a volume's name, or None."""
    return None if _NAME.fullmatch(value) else f"A volume's name must be {RULE}."


def default_name(context: Context) -> str:
    """A volume in the workspace's own catalog; AnswerError where it has none."""
    catalog = context.facts("databricks.workspaces").get("catalog", "")
    if not catalog:
        raise AnswerError(
            "The workspace has no Unity Catalog catalog of its own.",
            fix=f"name a volume that you may create: --set {context.environment}.volume=CATALOG.SCHEMA.VOLUME",
        )
    return f"{catalog}.default.{storage_data.NAME}"


def path(context: Context) -> str:
    """Where the file is on the cluster."""
    return f"/Volumes/{context.answer('volume').replace('.', '/')}/{storage_data.DATASET_NAME}"


async def check(context: Context) -> Outcome:
    """The volume holds the published file, and all rows are read from it on the cluster."""
    seen = await check_readable(context)
    if seen.status is not Status.OK:
        return seen
    file = path(context)
    found = json.loads((await cluster_code.run(context, cluster_code.count_rows(file))).splitlines()[-1])
    if found["rows"] != storage_data.ROWS:
        why = found["error"] or f"{found['rows']} rows instead of {storage_data.ROWS}"
        return Outcome(Status.TODO, f"{file} is not readable on the cluster as it should be: {why}.")
    cluster = context.facts("databricks.cluster")["cluster_id"]
    return Outcome(
        Status.OK,
        f"{file}, {storage_data.ROWS} rows; {because(context)}",
        proof=f"cluster {cluster} counted {storage_data.ROWS} rows in {file}",
        facts={"path": file, "volume": context.answer("volume")},
    )


async def check_readable(context: Context) -> Outcome:
    """The workspace itself reads the published data set from the volume; no cluster is asked."""
    workspace, file = await reach.databricks(context), path(context)
    content = await context.call(workspace.host, workspace.volumes.read, file)
    if content is None:
        return Outcome(
            Status.TODO,
            f"There is no {file} ({because(context)}).",
            fix="apply this step, which makes the volume and copies the data into it; no mount is needed",
            diagnosis="F13",
        )
    wrong = storage_data.differences(content)
    if wrong:
        return Outcome(Status.TODO, f"{file} is not as it should be: {', '.join(wrong)}.")
    return Outcome(
        Status.OK,
        f"{file}, {storage_data.ROWS} rows; {because(context)}",
        proof=f"{workspace.host} read {storage_data.ROWS} rows of {file}, MD5 {storage_data.MD5}",
        facts={"path": file, "volume": context.answer("volume")},
    )


async def plan(context: Context) -> list[Action]:
    """Create the volume where it is missing, and copy the data into it."""
    workspace, name = await reach.databricks(context), context.answer("volume")
    catalog, schema, volume = name.split(".")
    actions = []
    if not await context.call(workspace.host, workspace.volumes.exists, name):
        command = f"databricks volumes create {catalog} {schema} {volume} MANAGED"
        actions.append(Action(f"Create volume {name}", command, create, key=name))
        return [*actions, copying(context)]
    content = await context.call(workspace.host, workspace.volumes.read, path(context))
    return [copying(context)] if content is None or storage_data.differences(content) else []


def copying(context: Context) -> Action:
    """The action that copies the data set from the storage account into the volume."""
    file = path(context)
    command = f"databricks fs cp {storage_data.DATASET_NAME} dbfs:{file} --overwrite"
    return Action(f"Copy {storage_data.DATASET_NAME} into the volume", command, copy, key=storage_data.MD5)


async def create(context: Context) -> None:
    """Create the volume; one that is there is left as it is."""
    workspace = await reach.databricks(context)
    await context.call(workspace.host, workspace.volumes.create, context.answer("volume"), note(context))


async def copy(context: Context) -> None:
    """Read the data set from the storage account and write it into the volume."""
    workspace, blobs = await asyncio.gather(reach.databricks(context), reach.blobs(context))
    content = await context.call(blobs.host, blobs.read, storage_data.NAME, storage_data.DATASET_NAME)
    await context.call(workspace.host, workspace.volumes.write, path(context), content)


async def undo(context: Context) -> list[Action | Kept]:
    """Delete the volume, which would outlive its workspace; the data stays in the storage account."""
    if not await databricks_workspaces.stands(context):
        return []
    workspace, name = await reach.databricks(context), context.answer("volume")
    found = await context.call(workspace.host, workspace.volumes.comment, name)
    if found is None:
        return []
    if not has_our_note(context, found):
        return [not_ours(f"volume {name}")]
    command = f"databricks volumes delete {name}"
    return [Action(f"Delete volume {name} and its files", command, drop, key=name, risk=Risk.HARD_TO_UNDO)]


async def drop(context: Context) -> None:
    """Delete the volume with its files."""
    workspace = await reach.databricks(context)
    await context.call(workspace.host, workspace.volumes.delete, context.answer("volume"))
