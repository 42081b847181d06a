"""Models by registry: their newest versions, whose run that was, how good they are, and whether anybody serves them.

Only pages are read: the models that changed last, and the newest runs of the environment's experiment. What a run
says is looked up in that page, never asked for model by model.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import WizardError
from wizard.operations.status.deeds import apply, comparing, promoting
from wizard.operations.status.look import Look, Part, Source
from wizard.operations.status.rows import Area, Deed, Row, Stale, State
from wizard.operations.status.times import age
from wizard.steps import ml_service, model_registry, reach
from wizard.steps.tags import mark

if TYPE_CHECKING:
    from wizard.clients.databricks import Databricks
    from wizard.clients.ml_services import MLService
    from wizard.clients.models import TrackedRun

PAGE = 20  # models of a registry, and tracked runs
VERSION, STAGE, AGE, R2, RMSE, RUN, MADE_BY = "version", "stage or alias", "age", "r2", "rmse", "run", "made by"
FROM_RUNS = (R2, RMSE, MADE_BY)
NO_STAGE = ("", "None")
UNKNOWN = "—"


@dataclass(frozen=True, slots=True)
class Found:
    """A model and its newest version, as a registry lists it; `version` is "" where the list does not say."""

    name: str
    version: str = ""
    label: str = ""
    created: float = 0.0
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class Served:
    """What a service answers with: `step` deploys it in `environment`."""

    version: str
    run_id: str
    model: str
    environment: str


async def of_environment(context: Context, look: Look) -> list[Row]:
    """The models that dev or test registers in its own workspace."""
    return await _read(context, look, model_registry.own(context), await reach.databricks(context), context.environment)


async def of_prods_own(context: Context, look: Look) -> list[Row]:
    """The own registry of prod's workspace, where nothing should be: prod registers centrally."""
    registry, place = model_registry.own(context), await reach.databricks(context)
    found = await _listed(context, look, registry, place)
    return [model_row("prod", each, {}, look.now) for each in found]


async def of_central(context: Context, look: Look) -> list[Row]:
    """The models that prod registers centrally."""
    place = await model_registry.workspace(context)
    return await _read(context, look, model_registry.of(context), place, model_registry.CMR)


async def _read(
    context: Context, look: Look, registry: model_registry.Registry, place: Databricks, label: str
) -> list[Row]:
    found, runs, served = await asyncio.gather(
        _listed(context, look, registry, place), _runs(context), _served(context, look, registry)
    )
    return [model_row(label, each, runs, look.now, served) for each in found]


async def _listed(
    context: Context, look: Look, registry: model_registry.Registry, place: Databricks
) -> Sequence[Found]:
    if registry.uri == model_registry.CATALOG:
        return await _of_catalog(context, look, registry, place)
    listed = await context.call(place.host, place.models.newest, look.pages, PAGE)
    return [
        Found(
            each.name,
            each.latest[0].version,
            ", ".join(f"{row.stage} {row.version}" for row in each.latest if row.stage not in NO_STAGE),
            each.latest[0].created,
            each.latest[0].run_id,
        )
        if each.latest
        else Found(each.name, created=each.changed)
        for each in listed
    ]


async def _of_catalog(
    context: Context, look: Look, registry: model_registry.Registry, place: Databricks
) -> Sequence[Found]:
    """A schema lists its models without versions; those of the environment's own model are read besides."""
    models, schema = place.catalog_models, registry.model.rpartition(".")[0]
    listed, versions = await asyncio.gather(
        context.call(place.host, models.page, schema, look.pages, PAGE),
        context.call(place.host, models.first_versions, registry.model, PAGE),
    )
    rows = [Found(each.name, created=each.changed) for each in listed if each.name != registry.model]
    if versions:
        newest = versions[0]
        label = ", ".join(f"{alias} {each.version}" for each in versions for alias in each.aliases)
        rows.insert(0, Found(newest.name, newest.version, label, newest.created, newest.run_id))
    return rows


async def _runs(context: Context) -> Mapping[str, TrackedRun] | str:
    """The newest tracked runs by id, or why they could not be read: that hides no model."""
    workspace = await reach.databricks(context)
    experiment = f"/Shared/{mark(context)}"
    try:
        found = await context.call(workspace.host, workspace.models.newest_runs, experiment, PAGE)
    except WizardError as error:
        return error.message
    return {each.id: each for each in found}


async def _served(context: Context, look: Look, registry: model_registry.Registry) -> Served | None:
    """What the environment's service answers with; None where nobody knows, or it is not well."""
    facts = context.facts("aml.workspaces")
    if context.environment not in ("test", "prod") or not (facts.get("id") and facts.get("discovery")):
        return None
    try:
        service: MLService | None = await look.service(context)
    except WizardError:  # the endpoints' area says why
        return None
    if service is None or service.state != ml_service.HEALTHY:
        return None
    tags = service.tags
    return Served(
        tags.get("registered_version", ""), tags.get("run_id", ""), registry.model, context.environment
    )  # fmt: skip


def model_row(
    registry: str,
    found: Found,
    runs: Mapping[str, TrackedRun] | str,
    now: float,
    served: Served | None = None,
) -> Row:
    """The row of a model; figures that its run tells are stale where runs could not be read."""
    run = runs.get(found.run_id) if not isinstance(runs, str) else None
    tags: Mapping[str, str] = run.tags if run else {}
    made_by = f"run {tags['pipeline_run']} " if tags.get("pipeline_run") else ""
    state, advice = judged(found, served)
    return Row(
        key=f"{registry}/{found.name}",
        title=found.name,
        environment=registry,
        state=state,
        cells={
            VERSION: found.version or UNKNOWN,
            STAGE: found.label or UNKNOWN,
            AGE: age(found.created, now) or UNKNOWN,
            R2: _figure(run, "r2"),
            RMSE: _figure(run, "rmse"),
            RUN: found.run_id[:8] or UNKNOWN,
            MADE_BY: f"{made_by}{tags.get('commit', '')[:8]}".strip() or UNKNOWN,
        },
        advice=advice,
        deeds=_deeds(found, served),
        stale=tuple(Stale(cell, runs) for cell in FROM_RUNS) if isinstance(runs, str) else (),
    )


def _deeds(found: Found, served: Served | None) -> tuple[Deed, ...]:
    """What can be done with a model that a service answers with, where that runs another version."""
    if served is None or served.model != found.name or not (found.version and served.version):
        return ()
    if found.version == served.version:
        return ()
    place = served.environment
    return promoting(place, found.version), comparing(place, served.version, found.version)


def judged(found: Found, served: Served | None) -> tuple[State, str]:
    """Whether a model is new and nobody serves it, and what to do about that."""
    if served is None or served.model != found.name or not found.version.isdigit() or not served.version.isdigit():
        return State.OK, ""
    if int(found.version) <= int(served.version):
        return State.OK, ""
    place = served.environment
    return State.WARN, (
        f"Nobody serves version {found.version}: {place} answers with version {served.version}. "
        f"If it shall be served, run the pipeline's deployment: {apply(f'devops.run-{place}', place)}; "
        "if not, delete the version or archive it."
    )


def _figure(run: TrackedRun | None, name: str) -> str:
    return f"{run.metrics[name]:.4f}" if run and name in run.metrics else UNKNOWN


WORKSPACE = (("databricks.workspaces", "host"),)
MODELS = Source(
    Area("models", "Models", (VERSION, STAGE, AGE, R2, RMSE, RUN, MADE_BY)),
    (
        Part("dev", "databricks.workspaces", "dev", WORKSPACE, of_environment, PAGE),
        Part("test", "databricks.workspaces", "test", WORKSPACE, of_environment, PAGE),
        Part("prod", "databricks.workspaces", "prod", WORKSPACE, of_prods_own, PAGE),
        Part("cmr", "databricks.workspaces", "prod", (*WORKSPACE, ("cmr.registry", "uri")), of_central, PAGE),
    ),
)
