"""The packages that jobs need on the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import ServiceError
from wizard.engine.step import Action, Kept, Outcome, Status, Step
from wizard.steps import reach, waiting
from wizard.steps.tags import not_ours

if TYPE_CHECKING:
    from wizard.clients.libraries import LibraryStatus

PACKAGES = ("mlflow[extras]", "pyyaml")
COMING = ("PENDING", "RESOLVING", "INSTALLING")
MINUTES = 20
INSTALLING, REMOVING = "Install the packages", "Remove the packages"
IMPORT = "import mlflow, yaml\nprint(mlflow.__version__, yaml.__version__)"


async def look(context: Context) -> dict[str, LibraryStatus]:
    """The packages of the environment's cluster."""
    workspace = await reach.databricks(context)
    cluster = context.facts("databricks.cluster")["cluster_id"]
    return await context.call(workspace.host, workspace.libraries.status, cluster)


def missing(found: dict[str, LibraryStatus]) -> list[str]:
    """The packages that are neither installed nor on their way."""
    return [each for each in PACKAGES if each not in found or found[each].status not in (*COMING, "INSTALLED")]


async def check(context: Context) -> Outcome:
    """The packages are installed, and Python on the cluster imports them."""
    seen = await check_installed(context)
    if seen.status is not Status.OK:
        return seen
    workspace = await reach.databricks(context)
    cluster = context.facts("databricks.cluster")["cluster_id"]
    printed = await context.call(workspace.host, workspace.commands.run, cluster, IMPORT, 90.0)
    mlflow, _, yaml = printed.strip().splitlines()[-1].partition(" ")
    return Outcome(
        Status.OK,
        f"mlflow {mlflow}, pyyaml {yaml}",
        proof=f"imported on cluster {cluster}: mlflow {mlflow}, yaml {yaml}",
        facts={"mlflow": mlflow, "pyyaml": yaml},
    )


async def check_installed(context: Context) -> Outcome:
    """The packages are installed, as the workspace says; nothing is run on the cluster."""
    found = await look(context)
    states = {each: found[each].status.lower() if each in found else "not installed" for each in PACKAGES}
    if any(state != "installed" for state in states.values()):
        return Outcome(Status.TODO, ", ".join(f"{name} is {state}" for name, state in states.items()) + ".")
    cluster = context.facts("databricks.cluster")["cluster_id"]
    listed = " and ".join(PACKAGES)
    return Outcome(Status.OK, f"{listed} are installed", proof=f"the workspace lists them INSTALLED on {cluster}")


async def plan(context: Context) -> list[Action]:
    """Install what is missing, or wait for what is on its way."""
    found = await look(context)
    cluster = context.facts("databricks.cluster")["cluster_id"]
    wanted = missing(found)
    if not wanted and all(found[each].status == "INSTALLED" for each in PACKAGES):
        return []
    listed = ", ".join(f'{{"pypi": {{"package": "{each}"}}}}' for each in wanted or PACKAGES)
    command = f'databricks libraries install --json \'{{"cluster_id": "{cluster}", "libraries": [{listed}]}}\''
    return [Action(INSTALLING, command, install, key=cluster)]


async def install(context: Context) -> None:
    """Install what is missing and wait; ServiceError with what the cluster says when one fails."""
    workspace = await reach.databricks(context)
    cluster = context.facts("databricks.cluster")["cluster_id"]
    wanted = missing(await look(context))
    if wanted:
        await context.call(workspace.host, workspace.libraries.install, cluster, wanted)

    def settled(found: dict[str, LibraryStatus]) -> bool:
        return all(each in found and found[each].status not in COMING for each in PACKAGES)

    def say(found: dict[str, LibraryStatus]) -> str:
        return ", ".join(f"{each}: {found[each].status.lower() if each in found else 'asked for'}" for each in PACKAGES)

    ended = await waiting.until(context, lambda: look(context), settled, say, MINUTES)
    for each in PACKAGES:
        if ended[each].status != "INSTALLED":
            raise ServiceError(
                f"{each} could not be installed ({ended[each].status.lower()}): {ended[each].message}",
                service="Databricks",
                body=ended[each].message,
                fix="restart the cluster, then try again",
            )


async def undo(context: Context) -> list[Action | Kept]:
    """Take the packages off the cluster, if they were installed here; they go at its next restart."""
    cluster = context.facts("databricks.cluster").get("cluster_id", "")
    found = await look(context) if cluster else {}
    there = [each for each in PACKAGES if each in found and found[each].status != "UNINSTALL_ON_RESTART"]
    if there and not context.made(INSTALLING, REMOVING):
        return [not_ours(f"packages {' and '.join(there)}")]
    command = f'databricks libraries uninstall --json \'{{"cluster_id": "{cluster}", ...}}\''
    return [Action(REMOVING, command, uninstall, key=cluster)] if there else []


async def uninstall(context: Context) -> None:
    """Mark the packages for removal."""
    workspace = await reach.databricks(context)
    cluster = context.facts("databricks.cluster")["cluster_id"]
    await context.call(workspace.host, workspace.libraries.uninstall, cluster, PACKAGES)


LIBRARIES = Step(
    id="databricks.libraries",
    title="Libraries on the cluster",
    why=(
        "Jobs log to MLflow and read YAML, so the cluster needs both packages. "
        "Installed on the cluster itself, every job there has them."
    ),
    check=check,
    look=check_installed,
    plan=plan,
    undo=undo,
    within="databricks.cluster",
    needs=("databricks.cluster",),
    docs="https://learn.microsoft.com/azure/databricks/libraries/cluster-libraries",
    time_limit=150.0,
)
