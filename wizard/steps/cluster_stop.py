"""Stopping an environment's cluster by hand, before it stops by itself; it starts again when it is needed."""

from __future__ import annotations

from wizard.engine.context import Context
from wizard.engine.step import Action, Outcome, Status, Step
from wizard.steps import clusters, reach

STOPPED = "TERMINATED"
TITLE = "Stop the cluster"


async def check(context: Context) -> Outcome:
    """The workspace says that the cluster is stopped."""
    found, name = await clusters.look(context), context.answer("cluster_name")
    if found is None:
        return Outcome(Status.OK, f"there is no cluster {name}", proof="the workspace lists none of that name")
    if found.state != STOPPED:
        return Outcome(Status.TODO, f"{name} is {found.state.lower()}.")
    proof = f"the workspace says that cluster {found.id} is {found.state}"
    return Outcome(Status.OK, f"{name} is stopped and costs nothing", proof=proof)


async def plan(context: Context) -> list[Action]:
    """Stop the cluster unless it is stopped."""
    found = await clusters.look(context)
    if found is None or found.state == STOPPED:
        return []
    return [Action(TITLE, f"databricks clusters delete {found.id}", stop, key=found.id)]


async def stop(context: Context) -> None:
    """Stop the cluster, and wait until it has. Jobs that run on it end with it."""
    workspace, found = await reach.databricks(context), await clusters.look(context)
    if found is not None:
        await context.call(workspace.host, workspace.clusters.stop, found.id)
        await clusters.follow(context, found.id, (STOPPED, "ERROR"))


STOP = Step(
    id="databricks.cluster-stop",
    title="Stopped cluster",
    why="A cluster costs money while it runs; what it is stays, and it can be started again.",
    check=check,
    plan=plan,
    docs="https://learn.microsoft.com/azure/databricks/compute/clusters-manage",
    time_limit=60.0,
)
