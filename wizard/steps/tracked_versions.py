"""From model versions to the runs that made them, by GET requests alone: searching runs takes a POST."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.steps import model_registry, reach

if TYPE_CHECKING:
    from wizard.clients.models import TrackedRun

NEWEST = 20  # versions looked at, each by a request of its own


@dataclass(frozen=True, slots=True)
class Made:
    """A model version and the tracked run that it came from."""

    version: model_registry.Version
    tracked: TrackedRun


async def newest_with(context: Context, tags: Mapping[str, str], status: str = "") -> Made | None:
    """The newest version in the environment's registry whose run carries these tags (and has that status), or None."""
    workspace = await reach.databricks(context)
    for version in (await model_registry.versions(context))[:NEWEST]:
        tracked = await context.call(workspace.host, workspace.models.run, version.run_id)
        if tracked and status in ("", tracked.status) and tags.items() <= tracked.tags.items():
            return Made(version, tracked)
    return None
