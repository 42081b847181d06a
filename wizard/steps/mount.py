"""The blob container mounted at /mnt/data: the classic way to make data visible on every cluster of a workspace."""

from __future__ import annotations

import json
from dataclasses import dataclass

from wizard.engine.context import Context
from wizard.engine.step import Action, Kept, Outcome, Risk, Status
from wizard.steps import cluster_code, reach, storage_data
from wizard.steps.tags import not_ours

POINT = "/mnt/data"
FILE = f"/dbfs{POINT}/{storage_data.DATASET_NAME}"

LOOK = f"""
import json
sources = [mount.source for mount in dbutils.fs.mounts() if mount.mountPoint.rstrip("/") == {POINT!r}]
print(json.dumps(sources[0] if sources else ""))
{cluster_code.count_rows(FILE)}"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the cluster sees: the mount's source ("" for none), rows read through it (-1 for none), and why not."""

    source: str
    rows: int
    error: str


def wanted_source(context: Context) -> str:
    """Where the mount has to lead."""
    host = context.facts("storage.accounts")["blob_host"]
    return f"wasbs://{storage_data.NAME}@{host}"


async def look(context: Context) -> Seen:
    """Ask the cluster for the mount and count the rows through the path that the job will use."""
    sources, rows = (await cluster_code.run(context, LOOK)).splitlines()[-2:]
    found = json.loads(rows)
    return Seen(json.loads(sources).rstrip("/"), int(found["rows"]), found["error"])


async def check(context: Context) -> Outcome:
    """The mount leads to this environment's account, and all rows are read through it on the cluster."""
    seen, wanted = await look(context), wanted_source(context)
    if not seen.source:
        return Outcome(Status.TODO, f"Nothing is mounted at {POINT}.")
    if seen.source != wanted:
        return Outcome(Status.TODO, f"{POINT} leads to {seen.source}, not to {wanted}.")
    if seen.rows != storage_data.ROWS:
        why = seen.error or f"{seen.rows} rows instead of {storage_data.ROWS}"
        return Outcome(Status.TODO, f"{FILE} is not readable as it should be: {why}.")
    cluster = context.facts("databricks.cluster")["cluster_id"]
    return Outcome(
        Status.OK,
        f"{POINT} leads to {wanted.partition('@')[2]}, {seen.rows} rows",
        proof=f"cluster {cluster} counted {seen.rows} rows in {FILE}; mounted from {seen.source}",
        facts={"path": FILE, "source": seen.source},
    )


async def check_readable(context: Context) -> Outcome:
    """The workspace itself reads the published data set through the mount; no cluster is asked."""
    workspace = await reach.databricks(context)
    path = f"{POINT}/{storage_data.DATASET_NAME}"
    content = await context.call(workspace.host, workspace.dbfs.read, path)
    if content is None:
        return Outcome(Status.TODO, f"There is no {path}.")
    wrong = storage_data.differences(content)
    if wrong:
        return Outcome(Status.TODO, f"{path} is not as it should be: {', '.join(wrong)}.")
    return Outcome(
        Status.OK,
        f"{path}, {storage_data.ROWS} rows",
        proof=f"{workspace.host} read {storage_data.ROWS} rows of dbfs:{path}, MD5 {storage_data.MD5}",
        facts={"path": FILE},
    )


async def plan(context: Context) -> list[Action]:
    """Mount the container; a mount that leads elsewhere, or does not read, is replaced."""
    seen, wanted = await look(context), wanted_source(context)
    if seen.source == wanted and seen.rows == storage_data.ROWS:
        return []
    unmount = f'dbutils.fs.unmount("{POINT}"); ' if seen.source else ""
    command = (
        f'{unmount}dbutils.fs.mount("{wanted}", "{POINT}", extra_configs={{"{key_setting(context)}": "[secret]"}})'
        "  # on the cluster"
    )
    risk = Risk.HARD_TO_UNDO if seen.source else Risk.NONE
    return [Action(f"Mount the data at {POINT}", command, mount, key=wanted, risk=risk)]


def key_setting(context: Context) -> str:
    """The Hadoop setting under which the account key is handed over."""
    return f"fs.azure.account.key.{context.facts('storage.accounts')['blob_host']}"


async def mount(context: Context) -> None:
    """Mount the container with the account key, which goes from memory to the cluster and nowhere else."""
    seen, wanted = await look(context), wanted_source(context)
    if seen.source == wanted and seen.rows == storage_data.ROWS:
        return
    if seen.source:
        await cluster_code.run(context, f"dbutils.fs.unmount({POINT!r})")
    key = await reach.account_key(context)
    settings = {key_setting(context): key.reveal()}
    await cluster_code.run(
        context, f"dbutils.fs.mount(source={wanted!r}, mount_point={POINT!r}, extra_configs={settings!r})"
    )


async def undo(context: Context) -> list[Action | Kept]:
    """Take the mount away if it leads to our account; the data stays there."""
    if not context.facts("databricks.cluster").get("cluster_id"):
        return []
    seen = await look(context)
    if seen.source and seen.source != wanted_source(context):
        return [not_ours(f"{POINT}, which leads to {seen.source},")]
    command = f'dbutils.fs.unmount("{POINT}")  # on the cluster'
    return [Action(f"Unmount {POINT}", command, unmount)] if seen.source else []


async def unmount(context: Context) -> None:
    """Unmount."""
    await cluster_code.run(context, f"dbutils.fs.unmount({POINT!r})")
