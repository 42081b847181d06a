"""What is in the Databricks workspaces, against the plan: clusters and their packages."""

from __future__ import annotations

import itertools
import shlex
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.step import Action
from wizard.operations.drift.finding import NOTHING, Adopt, Finding, Kind, Restore
from wizard.operations.drift.reading import NotThereError, Reading
from wizard.steps import clusters, libraries, reach

if TYPE_CHECKING:
    from wizard.clients.clusters import Cluster

GONE_SOON = "UNINSTALL_ON_RESTART"
ENDED = ("TERMINATING", "TERMINATED")


async def cluster(context: Context) -> list[Finding]:
    """Runtime, machine, size and idle time; running or not is no difference: it stops by itself."""
    found = await clusters.look(context)
    if found is None or found.state == "ERROR" or _broke_down(found):
        raise NotThereError
    runtime, machine = _asked_for(context)
    minutes = context.answer("cluster_minutes")
    held = {
        "runtime": (runtime or found.runtime, found.runtime, None),
        "node_type": (machine or found.node_type, found.node_type, "cluster_node_type"),
        "workers": ("0", str(found.workers), None),
        "autotermination_minutes": (minutes, str(found.autotermination_minutes), "cluster_minutes"),
    }
    return [
        _of_cluster(context, found, name, planned, seen, answer)
        for name, (planned, seen, answer) in held.items()
        if planned != seen
    ]


def _broke_down(found: Cluster) -> bool:
    """Whether it stopped for a reason that somebody should know."""
    return found.state in ENDED and found.reason_code not in clusters.ORDINARY_ENDS


def _asked_for(context: Context) -> tuple[str, str]:
    """Runtime and machine with which the cluster was made here; "" where nothing says so."""
    made = ""
    for entry in context.session.journal.entries():
        if (entry.get("instance"), entry.get("action"), entry.get("event")) == (
            context.instance.key,
            clusters.TITLE_CREATE,
            "begun",
        ):
            made = str(entry.get("command") or "")
    words = shlex.split(made)
    after = dict(itertools.pairwise(words))
    chosen = context.answer("cluster_node_type")
    machine = after.get("--node-type-id", "") if chosen == clusters.AUTOMATIC else chosen
    return after.get("create", ""), machine


def _of_cluster(context: Context, found: Cluster, name: str, planned: str, seen: str, answer: str | None) -> Finding:
    words = name.replace("_", " ")
    title = f"Set {words} of the cluster to {planned}"

    async def run(context: Context) -> None:
        workspace = await reach.databricks(context)
        await context.call(workspace.host, workspace.clusters.change, found.id, name, planned)

    command = f"databricks clusters edit {found.id} ... # {words} {planned}; a running cluster restarts"
    adopt = Adopt()
    if answer:
        full_name = context.full_name(answer)
        adopt = Adopt(f"answer {full_name} with {seen}", {full_name: seen})
    restore = Restore(title[0].lower() + title[1:], (Action(title, command, run, key=found.id),))
    return Finding(context, name, f"{words} of {found.name}", planned, seen, Kind.CHANGED, adopt, restore)


def base(package: str) -> str:
    """The name of a package without its extras and version."""
    name = package.partition("[")[0]
    for sign in "=<>!~ ":
        name = name.partition(sign)[0]
    return name.lower()


async def packages(context: Context) -> list[Finding]:
    """Packages that are missing, pinned to a version, or that nobody planned; a cluster asleep has them all pending."""
    listed = await libraries.look(context)
    found = [name for name, each in listed.items() if each.status != GONE_SOON]
    planned = {base(each): each for each in libraries.PACKAGES}
    extra = [each for each in found if each not in libraries.PACKAGES]
    pinned = {base(each) for each in extra}
    missing = [each for each in libraries.missing(listed) if base(each) not in pinned]
    return [
        *(_missing(context, each) for each in missing),
        *(_extra(context, each, planned.get(base(each))) for each in extra),
    ]


def _missing(context: Context, package: str) -> Finding:
    name = f"package {base(package)}"
    return Finding(context, base(package), name, package, NOTHING, Kind.MISSING, None, Restore(f"install {package}"))


def _extra(context: Context, package: str, wanted: str | None) -> Finding:
    title = f"Remove package {package}" + (f" and install {wanted}" if wanted else "")
    kind = Kind.CHANGED if wanted else Kind.EXTRA
    restore = Restore(f"{title[0].lower()}{title[1:]}, at the cluster's next restart", (_swap(title, package, wanted),))
    name = f"package {base(package)}"
    return Finding(context, base(package), name, wanted or NOTHING, package, kind, Adopt(), restore)


def _swap(title: str, package: str, wanted: str | None) -> Action:
    async def run(context: Context) -> None:
        workspace, cluster_id = await reach.databricks(context), context.facts("databricks.cluster")["cluster_id"]
        await context.call(workspace.host, workspace.libraries.uninstall, cluster_id, [package])
        if wanted:
            await context.call(workspace.host, workspace.libraries.install, cluster_id, [wanted])

    return Action(title, f"databricks libraries uninstall --json '... {package} ...'", run, key=package)


READINGS = (
    Reading(clusters.CLUSTER.id, cluster, tells_all=True, may_sleep=True),
    Reading(libraries.LIBRARIES.id, packages, tells_all=True, may_sleep=True),
)
