"""Registered models in Unity Catalog, the catalogs and schemas that they are in, and who may use these.

API: https://docs.databricks.com/api/azure/workspace/registeredmodels, .../modelversions and .../grants
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.catalog import (
    CatalogIsolationMode,
    ModelVersionInfo,
    PermissionsChange,
    Privilege,
    WorkspaceBinding,
    WorkspaceBindingBindingType,
)

from wizard.clients.databricks_faults import translated
from wizard.engine.errors import NotFoundError, ServiceError

_THERE = ("CATALOG_ALREADY_EXISTS", "SCHEMA_ALREADY_EXISTS", "RESOURCE_ALREADY_EXISTS", "ALREADY_EXISTS")


class Securable(StrEnum):
    """What privileges are granted on, as the API calls it: a model is a function there."""

    CATALOG = "catalog"
    SCHEMA = "schema"
    MODEL = "function"


@dataclass(frozen=True, slots=True)
class CatalogVersion:
    """A version of a model in Unity Catalog; `run_id` is the tracked run it came from, in workspace `workspace_id`."""

    name: str
    version: str
    run_id: str
    workspace_id: str
    status: str
    aliases: tuple[str, ...]
    created: float = 0.0

    @property
    def promoted(self) -> bool:
        """Whether it carries the alias of what is in use."""
        return "champion" in self.aliases


@dataclass(frozen=True, slots=True)
class CatalogModel:
    """A model in Unity Catalog without its versions. `changed` is Unix time in seconds."""

    name: str
    changed: float


class CatalogModels:
    """Models by their three-level name, schemas by their two-level name."""

    def __init__(self, sdk: WorkspaceClient) -> None:
        self._sdk = sdk

    def has_catalog(self, name: str) -> bool:
        """Whether there is a catalog of that name which can be reached from this workspace."""
        try:
            with translated():
                self._sdk.catalogs.get(name)
        except NotFoundError:
            return False
        return True

    def ensure_catalog(self, name: str, comment: str) -> bool:
        """Make a catalog unless there is one of that name; whether it was made."""
        return not self.has_catalog(name) and self._made(lambda: self._sdk.catalogs.create(name, comment=comment))

    def has_schema(self, name: str) -> bool:
        """Whether there is a schema of that name."""
        return self.schema_comment(name) is not None

    def schema_comment(self, name: str) -> str | None:
        """The comment of a schema; None when there is no schema of that name."""
        try:
            with translated():
                return self._sdk.schemas.get(name).comment or ""
        except NotFoundError:
            return None

    def ensure_schema(self, name: str, comment: str) -> bool:
        """Make a schema unless there is one of that name; its catalog must be there. Whether it was made."""
        catalog, _, schema = name.partition(".")
        if self.has_schema(name):
            return False
        return self._made(lambda: self._sdk.schemas.create(schema, catalog, comment=comment))

    def delete_schema(self, name: str) -> None:
        """Delete an empty schema; one with models in it is refused."""
        with translated():
            self._sdk.schemas.delete(name)

    def exists(self, model: str) -> bool:
        """Whether there is a model of that name."""
        try:
            with translated():
                self._sdk.registered_models.get(model)
        except NotFoundError:
            return False
        return True

    def create(self, model: str, comment: str) -> bool:
        """Register a model without versions unless there is one of that name; whether it was made."""
        catalog, schema, name = model.split(".")
        create = self._sdk.registered_models.create
        return self._made(lambda: create(catalog_name=catalog, schema_name=schema, name=name, comment=comment))

    def delete(self, model: str) -> None:
        """Delete a model with all its versions."""
        with translated():
            self._sdk.registered_models.delete(model)

    def versions(self, model: str) -> list[CatalogVersion]:
        """All versions of a model, newest first; none where there is no such model."""
        return self._versions(model, None)

    def first_versions(self, model: str, size: int) -> list[CatalogVersion]:
        """A page of a model's versions, newest first, by two requests; none where there is no such model."""
        return self._versions(model, size)

    def page(self, schema: str, pages: int, size: int) -> list[CatalogModel]:
        """The models of a schema, the last changed first: one request a page; none where there is no such schema."""
        catalog, _, name = schema.partition(".")
        try:
            with translated():
                found = self._sdk.registered_models.list(catalog_name=catalog, schema_name=name, max_results=size)
                rows = [
                    CatalogModel(each.full_name or "", (each.updated_at or 0) / 1000)
                    for each in islice(found, pages * size)
                ]
        except NotFoundError:
            return []
        return sorted(rows, key=lambda row: row.changed, reverse=True)

    def _versions(self, model: str, size: int | None) -> list[CatalogVersion]:
        """All versions of a model, or a page of so many."""
        try:
            with translated():
                about = self._sdk.registered_models.get(model, include_aliases=True)
                found = list(islice(self._sdk.model_versions.list(model, max_results=size), size))
        except NotFoundError:
            return []
        aliases: dict[int, list[str]] = {}
        for each in about.aliases or []:
            aliases.setdefault(each.version_num or 0, []).append(each.alias_name or "")
        rows = (_version(model, each, aliases.get(each.version or 0, [])) for each in found)
        return sorted(rows, key=lambda row: int(row.version), reverse=True)

    def versions_of_run(self, model: str, run_id: str) -> list[CatalogVersion]:
        """Versions of a model that this run made, newest first."""
        return [each for each in self.versions(model) if each.run_id == run_id]

    def set_alias(self, model: str, alias: str, version: str) -> None:
        """Let an alias point to a version, and no longer to another."""
        with translated():
            self._sdk.registered_models.set_alias(model, alias, int(version))

    def grants(self, kind: Securable, name: str) -> Mapping[str, frozenset[str]]:
        """Principal -> privileges, as granted on something itself, without what it inherits."""
        with translated():
            held = self._sdk.grants.get(kind.value, name).privilege_assignments or []
        return {row.principal or "": frozenset(each.value for each in row.privileges or []) for row in held}

    def effective(self, kind: Securable, name: str, principal: str) -> frozenset[str]:
        """The privileges that are granted to one principal by name on something or what it is in."""
        with translated():
            rows = self._sdk.grants.get_effective(kind.value, name, principal=principal).privilege_assignments or []
        return frozenset(each.privilege.value for row in rows for each in row.privileges or [] if each.privilege)

    def grant(self, kind: Securable, name: str, principal: str, privileges: Iterable[str]) -> None:
        """Give a user (by address), a service principal (by application id) or a group privileges on something."""
        self._change(kind, name, PermissionsChange(principal=principal, add=_privileges(privileges)))

    def revoke(self, kind: Securable, name: str, principal: str, privileges: Iterable[str]) -> None:
        """Take back privileges that were granted on something itself."""
        self._change(kind, name, PermissionsChange(principal=principal, remove=_privileges(privileges)))

    def bound_to(self, catalog: str) -> frozenset[str] | None:
        """The ids of the workspaces from which a catalog can be reached; None where that is all of the metastore."""
        with translated():
            if self._sdk.catalogs.get(catalog).isolation_mode is not CatalogIsolationMode.ISOLATED:
                return None
            found = list(self._sdk.workspace_bindings.get_bindings(Securable.CATALOG.value, catalog))
        return frozenset(str(binding.workspace_id) for binding in found)

    def bind(self, catalog: str, workspace_id: str) -> None:
        """Let a catalog that is bound to workspaces be reached from one more."""
        kind = WorkspaceBindingBindingType.BINDING_TYPE_READ_WRITE
        binding = WorkspaceBinding(binding_type=kind, workspace_id=int(workspace_id))
        with translated():
            self._sdk.workspace_bindings.update_bindings(Securable.CATALOG.value, catalog, add=[binding])

    def unbind(self, catalog: str, workspace_id: str) -> None:
        """Let a catalog no longer be reached from a workspace."""
        binding = WorkspaceBinding(workspace_id=int(workspace_id))
        with translated():
            self._sdk.workspace_bindings.update_bindings(Securable.CATALOG.value, catalog, remove=[binding])

    def _change(self, kind: Securable, name: str, change: PermissionsChange) -> None:
        with translated():
            self._sdk.grants.update(kind.value, name, changes=[change])

    def _made(self, make: Callable[[], object]) -> bool:
        """Whether something was made, and not there already by somebody else's hand."""
        try:
            with translated():
                make()
        except ServiceError as error:
            if error.code not in _THERE:
                raise
            return False
        return True


def _privileges(names: Iterable[str]) -> list[Privilege]:
    return [Privilege(name) for name in names]


def _version(model: str, found: ModelVersionInfo, aliases: list[str]) -> CatalogVersion:
    return CatalogVersion(
        model,
        str(found.version or ""),
        found.run_id or "",
        str(found.run_workspace_id or ""),
        found.status.value if found.status else "",
        tuple(sorted(aliases)),
        (found.created_at or 0) / 1000,
    )
