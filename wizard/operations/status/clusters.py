"""The clusters that people made: the set-up's own, and all others that run and cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.operations.status.deeds import apply, applying, starting_cluster, stopping_cluster
from wizard.operations.status.look import Look, Part, Source
from wizard.operations.status.rows import Area, Row, State
from wizard.operations.status.times import age
from wizard.steps import reach

if TYPE_CHECKING:
    from wizard.clients.clusters import Cluster

STATE, NODE, SINCE, STOPS, COST = "state", "node", "since", "idle until it stops", "cost"
RUNNING = ("RUNNING", "RESIZING", "PENDING", "RESTARTING")
OFF = ("TERMINATED", "TERMINATING")
AS_WANTED = ("", "INACTIVITY", "USER_REQUEST", "JOB_FINISHED", "SUCCESS")
LONG = 12 * 3_600  # seconds of running after which somebody should look
PAGE = 100


async def read(context: Context, look: Look) -> list[Row]:
    """The environment's cluster, and the others of the first page that are not off."""
    workspace = await reach.databricks(context)
    found = await context.call(workspace.host, workspace.clusters.page, look.pages)
    wanted = context.answer("cluster_name")
    return rows(found, wanted, context.environment, workspace.host, look.now)


def rows(found: Sequence[Cluster], wanted: str, environment: str, host: str, now: float) -> list[Row]:
    """Our own first, then what runs besides."""
    ours = [each for each in found if each.name == wanted]
    others = [each for each in found if each.name != wanted and each.state not in OFF]
    made = [_row(each, environment, host, now, ours=each in ours) for each in (*ours, *others)]
    return made if ours else [_missing(wanted, environment), *made]


def _missing(wanted: str, environment: str) -> Row:
    advice = f"There is no cluster {wanted}: {apply('databricks.cluster', environment)} makes it."
    deeds = (applying("databricks.cluster", environment),)
    return Row(f"{environment}/{wanted}", wanted, environment, State.FAIL, {STATE: "gone"}, advice, deeds=deeds)


def _row(cluster: Cluster, environment: str, host: str, now: float, *, ours: bool) -> Row:
    runs = cluster.state in RUNNING
    state, advice = judged(cluster, environment, now, ours=ours)
    machines = cluster.workers + 1
    hours = (now - cluster.started) / 3_600 if runs and cluster.started else 0.0
    return Row(
        key=f"{environment}/{cluster.id}",
        title=cluster.name,
        environment=environment,
        state=state,
        cells={
            STATE: cluster.state,
            NODE: f"{machines} x {cluster.node_type}" if cluster.workers else cluster.node_type,
            SINCE: age(cluster.started if runs else cluster.ended, now),
            STOPS: f"{cluster.autotermination_minutes} min" if cluster.autotermination_minutes else "never",
            COST: f"{machines * hours:.1f} machine hours since its start" if runs else "none: it is off",
        },
        advice=advice,
        deeds=() if not ours else (stopping_cluster(environment) if runs else starting_cluster(environment),),
        link=f"https://{host}/compute/clusters/{cluster.id}",
    )


def judged(cluster: Cluster, environment: str, now: float, *, ours: bool) -> tuple[State, str]:
    """Whether a cluster costs more than it must, or did not come up, and what to do about it."""
    if cluster.state == "ERROR" or (cluster.state in OFF and ours and cluster.reason_code not in AS_WANTED):
        return State.FAIL, (
            f"{cluster.name} did not stay up: {cluster.reason or cluster.state}. Mend the cause; "
            f"{apply('databricks.cluster', environment)} starts it."
        )
    if cluster.state not in RUNNING:
        return State.OK, ""
    if not cluster.autotermination_minutes:
        return State.WARN, f"{cluster.name} never stops by itself and costs by the hour: set its auto termination."
    if cluster.started and now - cluster.started > LONG:
        ran = age(cluster.started, now)
        return State.WARN, f"{cluster.name} has run for {ran}: stop it if nobody needs it; it starts when it is used."
    return State.OK, ""


CLUSTERS = Source(
    Area("clusters", "Clusters", (STATE, SINCE, NODE, STOPS, COST)),
    tuple(
        Part(each, "databricks.cluster", each, (("databricks.workspaces", "host"),), read, PAGE)
        for each in ("dev", "test", "prod")
    ),
)
