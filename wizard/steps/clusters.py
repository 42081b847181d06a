"""The cluster that trains: one machine is enough here, and it stops by itself when nobody uses it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import ServiceError
from wizard.engine.step import Action, Kept, Outcome, Question, Risk, Status, Step
from wizard.steps import naming, reach, waiting
from wizard.steps.tags import TAG, has_our_tag, mark, not_ours, tags

if TYPE_CHECKING:
    from wizard.clients.clusters import Cluster

MINUTES = 25
AUTOMATIC = "smallest"
TITLE_CREATE, TITLE_START, TITLE_WAIT = "Create the cluster", "Start the cluster", "Wait for the cluster"
# Ways to stop that are nobody's fault: https://docs.databricks.com/api/azure/workspace/clusters/get
ORDINARY_ENDS = ("", "INACTIVITY", "USER_REQUEST", "JOB_FINISHED")


async def look(context: Context) -> Cluster | None:
    """The cluster of the wanted name, the one with our tag first; ServiceError when several could be meant."""
    workspace = await reach.databricks(context)
    name = context.answer("cluster_name")
    named = [each for each in await context.call(workspace.host, workspace.clusters.list) if each.name == name]
    found = [each for each in named if each.tags.get(TAG) == mark(context)] or named
    if len(found) > 1:
        ids = ", ".join(each.id for each in found)
        raise ServiceError(
            f"There are {len(found)} clusters called {name} ({ids}).",
            service="Databricks",
            fix="delete all but one, or choose another name",
        )
    return found[0] if found else None


async def check(context: Context) -> Outcome:
    """The cluster runs, and computes 1+1."""
    seen = await check_state(context)
    if seen.status is not Status.OK:
        return seen
    name, cluster_id = seen.facts["name"], seen.facts["cluster_id"]
    workspace = await reach.databricks(context)
    answer = await context.call(workspace.host, workspace.commands.run, cluster_id, "print(1 + 1)", 60.0)
    if answer.strip() != "2":
        wrong = f"{name} computes 1+1 = {answer.strip()[:40]}."
        return Outcome(Status.FAIL, wrong, fix="restart it", facts=seen.facts)
    return replace(seen, proof=f"{workspace.host}: cluster {cluster_id} is RUNNING and printed 2 for 1+1")


async def check_state(context: Context) -> Outcome:
    """The cluster runs, as the workspace says; nothing is run on it, so its idle minutes go on."""
    name = context.answer("cluster_name")
    found = await look(context)
    if found is None:
        return Outcome(Status.TODO, f"{name} does not exist.")
    facts = {"cluster_id": found.id, "name": name, "runtime": found.runtime, "node_type": found.node_type}
    if found.state == "ERROR":
        return Outcome(Status.FAIL, f"{name} is in error: {found.reason}", fix="delete it, then try again", facts=facts)
    if found.state not in ("RUNNING", "RESIZING"):
        why = f": {found.reason}" if found.reason_code not in ORDINARY_ENDS else ""
        return Outcome(Status.TODO, f"{name} is {found.state.lower()}{why}.", facts=facts)
    return Outcome(
        Status.OK,
        f"{name} runs {found.runtime} on {found.node_type}, stops after {found.autotermination_minutes} idle minutes",
        proof=f"the workspace says that cluster {found.id} is {found.state}",
        facts=facts,
    )


async def plan(context: Context) -> list[Action] | None:
    """Create, start or wait for the cluster, whichever it needs."""
    found = await look(context)
    if found is None:
        return [Action(TITLE_CREATE, await create_command(context), bring_up, key=mark(context), risk=Risk.COSTS_MONEY)]
    if found.state == "ERROR":
        return None
    if found.state in ("TERMINATED", "TERMINATING"):
        command = f"databricks clusters start {found.id}"
        return [Action(TITLE_START, command, bring_up, key=found.id, risk=Risk.COSTS_MONEY)]
    if found.state in ("RUNNING", "RESIZING"):
        return []
    return [Action(TITLE_WAIT, f"databricks clusters get {found.id}", bring_up, key=found.id)]


async def create_command(context: Context) -> str:
    """The equivalent command, with the runtime and machine that would be chosen now."""
    workspace = await reach.databricks(context)
    runtime = await context.call(workspace.host, workspace.clusters.newest_runtime)
    node_type = await node_type_for(context)
    return (
        f"databricks clusters create {runtime} --cluster-name {context.answer('cluster_name')} "
        f"--node-type-id {node_type} --num-workers 0 --autotermination-minutes {context.answer('cluster_minutes')} "
        "--data-security-mode SINGLE_USER"
    )


async def node_type_for(context: Context) -> str:
    """The machine that was asked for, or the smallest that will do."""
    wanted = context.answer("cluster_node_type")
    if wanted != AUTOMATIC:
        return wanted
    workspace = await reach.databricks(context)
    return (await context.call(workspace.host, workspace.clusters.smallest_node_type)).id


async def bring_up(context: Context) -> None:
    """Create or start the cluster unless it is up or coming up, then wait until it runs.

    ServiceError with the reason the cluster gives when it stops instead.
    """
    workspace = await reach.databricks(context)
    found = await look(context)
    if found is not None and found.state == "TERMINATING":
        found = await follow(context, found.id, ("TERMINATED",))
    if found is None:
        cluster_id = await create(context)
    else:
        cluster_id = found.id
        if found.state == "TERMINATED":
            await context.call(workspace.host, workspace.clusters.start, cluster_id)
    ended = await follow(context, cluster_id, ("RUNNING", "TERMINATED", "ERROR"))
    if ended.state != "RUNNING":
        raise ServiceError(
            f"The cluster did not start: {ended.reason or ended.state}",
            service="Databricks",
            code=ended.reason_code,
            body=ended.reason,
        )


async def create(context: Context) -> str:
    """Create the cluster for the user we are, tagged so that it is found again; gives its id."""
    workspace = await reach.databricks(context)
    runtime = await context.call(workspace.host, workspace.clusters.newest_runtime)
    me = await context.call(workspace.host, workspace.me)
    return await context.call(
        workspace.host,
        workspace.clusters.create_single_node,
        context.answer("cluster_name"),
        runtime,
        await node_type_for(context),
        int(context.answer("cluster_minutes")),
        tags(context),
        me.name,
    )


async def follow(context: Context, cluster_id: str, states: tuple[str, ...]) -> Cluster:
    """Wait until the cluster is in one of these states."""
    workspace = await reach.databricks(context)

    async def again() -> Cluster:
        found = await context.call(workspace.host, workspace.clusters.get, cluster_id)
        if found is None:
            raise ServiceError(f"Cluster {cluster_id} is gone.", service="Databricks", fix="run this step again")
        return found

    def say(cluster: Cluster) -> str:
        return f"{cluster.name} is {cluster.state.lower()}" + (f": {cluster.reason}" if cluster.reason else "")

    return await waiting.until(context, again, lambda cluster: cluster.state in states, say, MINUTES)


async def undo(context: Context) -> list[Action | Kept]:
    """Delete the cluster."""
    found = await look(context)
    if found is None:
        return []
    if not has_our_tag(context, found.tags):
        return [not_ours(f"cluster {found.name}")]
    command = f"databricks clusters permanent-delete {found.id}"
    return [Action("Delete the cluster", command, delete, key=found.id, risk=Risk.HARD_TO_UNDO)]


async def delete(context: Context) -> None:
    """Delete the cluster for good."""
    workspace = await reach.databricks(context)
    found = await look(context)
    if found is not None:
        await context.call(workspace.host, workspace.clusters.delete, found.id)


CLUSTER = Step(
    id="databricks.cluster",
    title="Cluster",
    why=(
        "Jobs run on a cluster; one machine with the newest long-term-support runtime for machine learning will do. "
        "It stops when it is idle, so it costs money only while it works."
    ),
    check=check,
    look=check_state,
    plan=plan,
    undo=undo,
    within="databricks.workspaces",
    needs=("databricks.workspaces",),
    inputs=(
        Question(
            "{environment}.cluster_name",
            "Name of the cluster",
            f"{naming.CLUSTER_RULE}.",
            default=mark,
            validate=naming.cluster,
        ),
        Question(
            "{environment}.cluster_node_type",
            "Machine of the cluster",
            f"A node type such as Standard_DS3_v2, or `{AUTOMATIC}` for the smallest with 4 cores and 14 GB.",
            default=lambda _: AUTOMATIC,
        ),
        Question(
            "{environment}.cluster_minutes",
            "Idle minutes until the cluster stops",
            "10 to 10000.",
            default=lambda _: "30",
            validate=naming.whole_number(10, 10_000),
        ),
    ),
    manual="See the cluster's event log in the workspace, delete the cluster, then check again.",
    docs="https://learn.microsoft.com/azure/databricks/compute/configure",
    time_limit=120.0,
)
