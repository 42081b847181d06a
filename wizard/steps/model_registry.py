"""Where an environment's models are registered: the same steps, whichever registry the workspaces offer.

Dev and test have their own; prod's is the central one, which the step `cmr.registry` has found to work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from wizard.engine.context import Context
from wizard.engine.errors import WizardError
from wizard.engine.step import Outcome, Question, Status
from wizard.steps import reach
from wizard.steps.databricks_workspaces import OFF
from wizard.steps.registry_names import MODEL, PREFIX, SCOPE

if TYPE_CHECKING:
    from wizard.clients.databricks import Databricks

WORKSPACE, CENTRAL, CATALOG = "databricks", f"databricks://{SCOPE}:{PREFIX}", "databricks-uc"
OWN_SCHEMA, CENTRAL_SCHEMA = "default", "models"  # in the own catalogs of an environment's workspace and of cmr's
AUTOMATIC, BY_WORKSPACE, BY_CATALOG = "automatic", "workspace", "catalog"
ROUTE = Question(
    "registry_route",
    "Where are models registered?",
    f"{BY_WORKSPACE} (the legacy registry), {BY_CATALOG} (Unity Catalog), or {AUTOMATIC}: what the workspaces offer.",
    default=lambda _: AUTOMATIC,
    validate=lambda value: None if value in (AUTOMATIC, BY_WORKSPACE, BY_CATALOG) else "No such route.",
    choices=(AUTOMATIC, BY_WORKSPACE, BY_CATALOG),
)
USES_CENTRAL = ("prod",)
CMR = "cmr"
CHAMPION, PRODUCTION = "champion", "Production"  # of Unity Catalog an alias, of a workspace's registry a stage
REASONS = {
    CENTRAL: "the workspace registry of cmr is on, and prod's cluster reaches it by the secret scope",
    CATALOG: "models go to a catalog that prod's workspace reaches, too",
}


class Version(Protocol):
    """A version of a model, whichever registry it is in; `run_id` is the tracked run that it came from.

    `promoted`: a person chose it for the service, by alias or stage.
    """

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def version(self) -> str: ...  # noqa: D102
    @property
    def run_id(self) -> str: ...  # noqa: D102
    @property
    def status(self) -> str: ...  # noqa: D102
    @property
    def promoted(self) -> bool: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Registry:
    """A model in a registry. `uri` is what code on the environment's cluster calls the registry."""

    uri: str
    model: str


def of(context: Context) -> Registry:
    """The registry of this environment's models. WizardError while prod's is not known."""
    if context.environment not in USES_CENTRAL:
        return own(context)
    found = context.facts("cmr.registry")
    if not found:
        fix = f"mlops-wizard apply --step cmr.registry@{context.environment}"
        raise WizardError("The central registry is not known to work yet.", fix=fix)
    return Registry(found["uri"], found["model"])


def own(context: Context) -> Registry:
    """The registry of the environment's own workspace: its Unity Catalog where the legacy registry is off."""
    if by_catalog(context):
        return Registry(CATALOG, f"{own_catalog(context)}.{OWN_SCHEMA}.{MODEL}")
    return Registry(WORKSPACE, MODEL)


def by_catalog(context: Context) -> bool:
    """Whether this environment's workspace has its models in Unity Catalog: as chosen, or as its registry is off."""
    chosen = context.answer(ROUTE.name)
    return (
        context.facts("databricks.workspaces").get("registry") == OFF if chosen == AUTOMATIC else chosen == BY_CATALOG
    )


def own_catalog(context: Context) -> str:
    """The own catalog of this environment's workspace. WizardError where it has no Unity Catalog."""
    found = context.facts("databricks.workspaces").get("catalog", "")
    if not found:
        raise WizardError(
            f"The workspace of {context.environment} has no Unity Catalog to register models in.",
            fix="have an administrator of the account assign a metastore to it, or use another workspace",
        )
    return found


def central_uri(context: Context) -> str:
    """By which route the central registry is reached: as chosen, or by what the workspace `cmr` offers."""
    return CATALOG if by_catalog(context.in_environment(CMR)) else CENTRAL


def secrets_unneeded(context: Context) -> Outcome | None:
    """The outcome of the steps that bring the registry's secrets to prod, where models go to Unity Catalog instead."""
    if central_uri(context) == CENTRAL:
        return None
    host = context.in_environment(CMR).facts("databricks.workspaces")["host"]
    why = f"you chose {BY_CATALOG}" if context.answer(ROUTE.name) == BY_CATALOG else f"the registry of {host} is off"
    return Outcome(Status.SKIP, f"not needed: {why}, so models go to Unity Catalog, without secrets", left_out=True)


def central(context: Context) -> Registry:
    """The central registry, and what its model is called there."""
    uri = central_uri(context)
    if uri == CENTRAL:
        return Registry(uri, MODEL)
    return Registry(uri, f"{own_catalog(context.in_environment(CMR))}.{CENTRAL_SCHEMA}.{MODEL}")


async def workspace(context: Context) -> Databricks:
    """The workspace whose API shows the registry; a Unity Catalog is shown by every workspace of its region."""
    central = context.environment in USES_CENTRAL and of(context).uri == CENTRAL
    return await reach.databricks(context.in_environment(CMR) if central else context)


async def versions(context: Context) -> list[Version]:
    """All versions of the environment's model, newest first."""
    place, registry = await workspace(context), of(context)
    if registry.uri == CATALOG:
        return list(await context.call(place.host, place.catalog_models.versions, registry.model))
    return list(await context.call(place.host, place.models.versions, registry.model))


async def promote(context: Context, version: Version) -> None:
    """Write down in the environment's registry that this version is the one that its service runs."""
    place, registry = await workspace(context), of(context)
    if registry.uri == CATALOG:
        await context.call(place.host, place.catalog_models.set_alias, registry.model, CHAMPION, version.version)
    else:
        await context.call(place.host, place.models.move, registry.model, version.version, PRODUCTION)
