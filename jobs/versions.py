"""Which version of a registered model is meant: by number, alias or stage, as far as the registry knows these."""

from __future__ import annotations

from typing import Protocol

from databricks.sdk.errors.base import DatabricksError
from mlflow.entities.model_registry import ModelVersion
from mlflow.tracking import MlflowClient

UNITY_CATALOG = "databricks-uc"
WORKSPACE = "databricks"
READY = "READY"


def knows_aliases(registry_uri: str) -> bool:
    """Whether versions in this registry can have aliases: in all but a workspace's own, which knows stages."""
    return registry_uri.partition("://")[0] != WORKSPACE


def tracking_of(registry_uri: str) -> str:
    """The tracking server beside a registry: that of the workspace where it is Unity Catalog, which tracks no runs."""
    kind, mark, place = registry_uri.partition("://")
    return f"{WORKSPACE}{mark}{place}" if kind == UNITY_CATALOG else registry_uri


class VersionError(Exception):
    """No usable version is meant; the message says why, and what to say instead."""


def reason(error: DatabricksError) -> str:
    """What databricks-sdk was told, without the settings that it adds."""
    return str(error).partition(" Config: ")[0]


class Wanted(Protocol):
    """What names a version: a registry, a model, and at most one of version, alias and stage."""

    @property
    def tracking_uri(self) -> str: ...  # noqa: D102

    @property
    def registry_uri(self) -> str: ...  # noqa: D102

    @property
    def model_name(self) -> str: ...  # noqa: D102

    @property
    def version(self) -> str: ...  # noqa: D102

    @property
    def alias(self) -> str: ...  # noqa: D102

    @property
    def stage(self) -> str: ...  # noqa: D102


def find_version(settings: Wanted) -> ModelVersion:
    """The version that the settings name, ready to be loaded.

    VersionError where there is none, or where this registry has no aliases or no stages; MlflowException where the
    registry refuses or is not there.
    """
    refuse_what_the_registry_lacks(settings)
    client = MlflowClient(settings.tracking_uri, settings.registry_uri)
    name = settings.model_name
    if settings.alias:
        found = client.get_model_version_by_alias(name, settings.alias)
    elif settings.version:
        found = client.get_model_version(name, settings.version)
    else:
        found = newest(client, settings)
    if str(found.status) != READY:
        raise VersionError(f"{name} version {found.version} is {found.status}, not READY: {found.status_message}")
    return found


def refuse_what_the_registry_lacks(settings: Wanted) -> None:
    """VersionError for an alias in a workspace's registry, or a stage in Unity Catalog.

    Source: https://docs.databricks.com/aws/en/machine-learning/manage-model-lifecycle/workspace-model-registry
    """
    if settings.alias and not knows_aliases(settings.registry_uri):
        raise VersionError(
            f"The workspace's model registry ({settings.registry_uri}) knows stages and no aliases: say --stage or "
            f"--version, or use the registry {UNITY_CATALOG}."
        )
    if settings.stage and settings.registry_uri.partition("://")[0] == UNITY_CATALOG:
        raise VersionError(f"Unity Catalog ({UNITY_CATALOG}) knows aliases and no stages: say --alias or --version.")


def newest(client: MlflowClient, settings: Wanted) -> ModelVersion:
    """The highest number, among those in the wanted stage where one is wanted.

    Ready ones go before others: a registration that broke off leaves a version without files in Unity Catalog.
    """
    versions = all_versions(client, settings.model_name)
    wanted = [each for each in versions if not settings.stage or each.current_stage == settings.stage]
    if not wanted:
        where = f" in stage {settings.stage}" if settings.stage else ""
        raise VersionError(f"The registry ({settings.registry_uri}) has no version of {settings.model_name}{where}.")
    return max(wanted, key=lambda each: (str(each.status) == READY, int(each.version)))


def all_versions(client: MlflowClient, name: str) -> list[ModelVersion]:
    """Every version of a model; Unity Catalog gives them in pages, and in no order that it promises."""
    found: list[ModelVersion] = []
    token: str | None = None
    while True:
        page = client.search_model_versions(f"name='{name}'", page_token=token)
        found.extend(page)
        token = page.token
        if not token:
            return found
