"""Where jobs find the data on the cluster: a mount (classic), or a Unity Catalog volume (where mounts are off)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from wizard.engine.context import Context
from wizard.engine.step import Action, Kept, Outcome, Question, Step
from wizard.steps import mount, volume
from wizard.steps.databricks_workspaces import OFF

AUTOMATIC, MOUNT, VOLUME = "automatic", "mount", "volume"


@dataclass(frozen=True, slots=True)
class Route:
    """One way to the data: its check, its check by reads alone, its plan and the way back."""

    why: str
    check: Callable[[Context], Awaitable[Outcome]]
    look: Callable[[Context], Awaitable[Outcome]]
    plan: Callable[[Context], Awaitable[list[Action]]]
    undo: Callable[[Context], Awaitable[Sequence[Action | Kept]]]
    within: str


ROUTES = {
    MOUNT: Route(
        "mounts are on here", mount.check, mount.check_readable, mount.plan, mount.undo, within="databricks.workspaces"
    ),
    VOLUME: Route("mounts are off here", volume.check, volume.check_readable, volume.plan, volume.undo, within=""),
}


def route(context: Context) -> Route:
    """The route that was chosen, or the one that the workspace offers."""
    wanted = context.answer("data_route")
    if wanted == AUTOMATIC:
        wanted = VOLUME if context.facts("databricks.workspaces").get("mounts") == OFF else MOUNT
    return ROUTES[wanted]


def known_route(value: str) -> str | None:
    """What is wrong with a route, or None."""
    return None if value in (AUTOMATIC, *ROUTES) else f"Choose one of: {', '.join((AUTOMATIC, *ROUTES))}."


async def check(context: Context) -> Outcome:
    """The data is read on the cluster by the chosen route."""
    return await route(context).check(context)


async def look(context: Context) -> Outcome:
    """The data is read by the workspace by the chosen route."""
    return await route(context).look(context)


async def plan(context: Context) -> list[Action]:
    """What the chosen route still needs: mount the container, or make the volume and copy the data into it."""
    return await route(context).plan(context)


async def undo(context: Context) -> Sequence[Action | Kept]:
    """The way back on the chosen route: take the mount away, or delete the volume."""
    return await route(context).undo(context)


def within(context: Context) -> str:
    """What the chosen route's way to the data goes with."""
    return route(context).within


DATA = Step(
    id="databricks.mount",
    title="Data visible on the cluster",
    why=(
        "Jobs read the data by a path, without any key in their code. "
        "The container is mounted, or copied into a Unity Catalog volume where the workspace has no mounts."
    ),
    check=check,
    look=look,
    plan=plan,
    undo=undo,
    within=within,
    needs=("databricks.cluster", "storage.dataset"),
    inputs=(
        Question(
            "{environment}.data_route",
            "How is the data made visible?",
            f"{MOUNT}, {VOLUME}, or {AUTOMATIC}: a mount, and a volume where mounts are off.",
            default=lambda _: AUTOMATIC,
            validate=known_route,
            choices=(AUTOMATIC, *ROUTES),
        ),
        Question(
            "{environment}.volume",
            "Unity Catalog volume",
            f"{volume.RULE.capitalize()}; used where mounts are off.",
            default=volume.default_name,
            validate=volume.complaint,
        ),
    ),
    docs="https://learn.microsoft.com/azure/databricks/volumes/",
    time_limit=150.0,
)
