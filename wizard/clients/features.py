"""Which features a workspace has: mounts, the workspace model registry, Unity Catalog. New ones lack the first two.

API: https://docs.databricks.com/api/azure/workspace/disablelegacydbfs, .../dbfs, .../modelregistry, .../metastores
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from databricks.sdk import WorkspaceClient

from wizard.clients.databricks_faults import translated
from wizard.engine.errors import NotFoundError, ServiceError

_DBFS_OFF = "Public DBFS root is disabled"
_REGISTRY_OFF = "legacy workspace model registry is disabled"


@dataclass(frozen=True, slots=True)
class Features:
    """What a workspace can be asked for. `catalog` is its own Unity Catalog catalog, "" where it has no metastore."""

    mounts: bool
    registry: bool
    catalog: str


class FeatureProbes:
    """Finds out by reading: the switch itself is for administrators to read, the feature for everybody."""

    def __init__(self, sdk: WorkspaceClient) -> None:
        self._sdk = sdk

    def look(self) -> Features:
        """What the workspace has now."""
        return Features(self._mounts(), self._registry(), self._catalog())

    def _mounts(self) -> bool:
        return not self._is_refused(lambda: next(iter(self._sdk.dbfs.list("/")), None), _DBFS_OFF)

    def _registry(self) -> bool:
        return not self._is_refused(
            lambda: next(iter(self._sdk.model_registry.list_models(max_results=1)), None), _REGISTRY_OFF
        )

    def _is_refused(self, ask: Callable[[], object], words: str) -> bool:
        """Whether the feature is off: the service says so in these words. Any other refusal is raised."""
        try:
            with translated():
                ask()
        except ServiceError as error:
            if words.lower() in f"{error.message}\n{error.body}".lower():
                return True
            raise
        return False

    def _catalog(self) -> str:
        try:
            with translated():
                return self._sdk.metastores.current().default_catalog_name or ""
        except NotFoundError:
            return ""
        except ServiceError as error:
            if error.code == "METASTORE_DOES_NOT_EXIST":
                return ""
            raise
