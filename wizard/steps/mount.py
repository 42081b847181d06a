"""The data made visible on the cluster: the blob container mounted at /mnt/data."""

from __future__ import annotations

import json
from dataclasses import dataclass

from wizard.engine.context import Context
from wizard.engine.step import Action, Outcome, Risk, Status, Step
from wizard.steps import reach, storage_data

POINT = "/mnt/data"
FILE = f"/dbfs{POINT}/{storage_data.DATASET_NAME}"
SECONDS = 120.0

LOOK = f"""
import json
sources = [mount.source for mount in dbutils.fs.mounts() if mount.mountPoint.rstrip("/") == {POINT!r}]
try:
    with open({FILE!r}, encoding="utf-8") as lines:
        rows, error = sum(1 for line in lines if line.strip()) - 1, ""
except OSError as problem:
    rows, error = -1, str(problem)
print(json.dumps({{"source": sources[0] if sources else "", "rows": rows, "error": error}}))
"""


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


async def on_cluster(context: Context, code: str) -> str:
    """Run code on the environment's cluster; what it printed."""
    workspace = await reach.databricks(context)
    cluster = context.facts("databricks.cluster")["cluster_id"]
    return await context.call(workspace.host, workspace.commands.run, cluster, code, SECONDS)


async def look(context: Context) -> Seen:
    """Ask the cluster for the mount and count the rows through the path that the job will use."""
    found = json.loads((await on_cluster(context, LOOK)).strip().splitlines()[-1])
    return Seen(found["source"].rstrip("/"), int(found["rows"]), found["error"])


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
        await on_cluster(context, f"dbutils.fs.unmount({POINT!r})")
    key = await reach.account_key(context)
    settings = {key_setting(context): key.reveal()}
    await on_cluster(context, f"dbutils.fs.mount(source={wanted!r}, mount_point={POINT!r}, extra_configs={settings!r})")


async def undo(context: Context) -> list[Action]:
    """Take the mount away; the data stays in the account."""
    seen = await look(context)
    command = f'dbutils.fs.unmount("{POINT}")  # on the cluster'
    return [Action(f"Unmount {POINT}", command, unmount)] if seen.source else []


async def unmount(context: Context) -> None:
    """Unmount."""
    await on_cluster(context, f"dbutils.fs.unmount({POINT!r})")


MOUNT = Step(
    id="databricks.mount",
    title="Data visible on the cluster",
    why=(
        "Jobs read the data by a path, without any key in their code. "
        f"The container is mounted once at {POINT}, and every cluster of the workspace sees it."
    ),
    check=check,
    look=check_readable,
    plan=plan,
    undo=undo,
    needs=("databricks.cluster", "storage.dataset"),
    docs="https://learn.microsoft.com/azure/databricks/dbfs/mounts",
    time_limit=150.0,
)
