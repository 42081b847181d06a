"""Grants on what Unity Catalog secures, and from which workspaces a catalog can be reached.

Source: https://docs.databricks.com/api/azure/workspace/grants and .../workspacebindings
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.faults import DatabricksFault, invalid
from wizard.sandbox.databricks.grants import (
    ALL,
    EVERYBODY,
    MANAGE,
    Access,
    administrators_of,
    denied,
    grants_on,
    levels,
    put_grants,
    users_of,
    workspaces,
)
from wizard.sandbox.databricks.identity import user_name
from wizard.sandbox.databricks.metastore import CATALOG, METASTORE, MODEL, SCHEMA, VOLUME, changed_by
from wizard.sandbox.databricks.wire import Body, json_body, optional, required
from wizard.sandbox.entra.directory import Directory
from wizard.sandbox.store import Document

# The API's names; a model is a function to it.
_KINDS = {"metastore": METASTORE, "catalog": CATALOG, "schema": SCHEMA, "volume": VOLUME, "function": MODEL}
_TYPES = {kind: name.upper() for name, kind in _KINDS.items()}
_COMMON = {ALL, MANAGE, "APPLY_TAG"}
_ON_MODEL = _COMMON | {"EXECUTE", "CREATE_MODEL_VERSION"}
_ON_VOLUME = _COMMON | {"READ_VOLUME", "WRITE_VOLUME"}
_ON_SCHEMA = (
    _ON_MODEL
    | _ON_VOLUME
    | {"CREATE_FUNCTION", "CREATE_MATERIALIZED_VIEW", "CREATE_MODEL", "CREATE_TABLE", "CREATE_VOLUME", "USE_SCHEMA"}
    | {"EXTERNAL_USE_SCHEMA", "MODIFY", "REFRESH", "SELECT"}
)
_ON_METASTORE = {"CREATE_CATALOG", "CREATE_CONNECTION", "CREATE_EXTERNAL_LOCATION", "CREATE_STORAGE_CREDENTIAL", MANAGE}
# What can be granted on each; whoever has it on something has it on all that is in it.
_APPLICABLE = {
    METASTORE: _ON_METASTORE,
    CATALOG: _ON_SCHEMA | {"BROWSE", "CREATE_SCHEMA", "USE_CATALOG"},
    SCHEMA: _ON_SCHEMA,
    VOLUME: _ON_VOLUME,
    MODEL: _ON_MODEL,
}


class _GrantRoutes:
    """The handlers."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def get(self, request: Request) -> Response:
        """GET what is granted on something itself."""
        access, kind, name = self._named(request)
        granted = grants_on(access.metastore, kind, name)
        rows = [{"principal": each, "privileges": held} for each, held in _asked(request, granted).items()]
        return JSONResponse({"privilege_assignments": rows} if rows else {})

    async def effective(self, request: Request) -> Response:
        """GET what is granted on something and what it is in."""
        access, kind, name = self._named(request)
        found: dict[str, list[dict[str, str]]] = {}
        for level, each in levels(kind, name):
            for principal, held in _asked(request, grants_on(access.metastore, level, each)).items():
                origin = {} if level == kind else {"inherited_from_type": _TYPES[level], "inherited_from_name": each}
                rows = [{"privilege": privilege} | origin for privilege in held if privilege in _APPLICABLE[kind]]
                found.setdefault(principal, []).extend(rows)
        assignments = [{"principal": each, "privileges": rows} for each, rows in found.items() if rows]
        return JSONResponse({"privilege_assignments": assignments} if assignments else {})

    async def patch(self, request: Request) -> Response:
        """PATCH: grant and revoke, all or nothing."""
        body = await json_body(request)
        access, kind, name = self._named(request)
        if kind != METASTORE:
            access.need_ownership(kind, name)
        elif not access.has(MANAGE, METASTORE, access.metastore.id):
            raise denied("User is not an owner of the metastore.")
        granted = {each: set(held) for each, held in grants_on(access.metastore, kind, name).items()}
        for change in optional(body, "changes", list, []):
            principal = self._principal(access, granted, required(change, "principal"))
            add, remove = (set(optional(change, verb, list, [])) for verb in ("add", "remove"))
            for privilege in sorted(add - _APPLICABLE[kind]):
                raise invalid(f"Privilege {privilege.replace('_', ' ')} is not applicable to this entity [{name}].")
            granted[principal] = granted.get(principal, set()) - remove | add
        put_grants(access.metastore, kind, name, {each: sorted(held) for each, held in granted.items()})
        return await self.get(request)

    def _named(self, request: Request) -> tuple[Access, str, str]:
        """What a request means; the caller must be able to reach it."""
        kind, name = _KINDS.get(str(request.path_params["type"]).lower(), ""), str(request.path_params["name"])
        access = Access.of(self._cloud, request)
        if kind == METASTORE and name == access.metastore.id:
            return access, kind, name
        if kind not in (CATALOG, SCHEMA, VOLUME, MODEL):
            raise invalid(f"SECURABLETYPE_UNSPECIFIED: '{request.path_params['type']}' is not known here.")
        return access, kind, str(access.enter(kind, name)["full_name"])

    def _principal(self, access: Access, granted: dict[str, set[str]], name: str) -> str:
        """A principal of the account, as it is written there. Raises DatabricksFault 404."""
        directory = Directory(self._cloud)
        people = [directory.user(), *directory.service_principals(), *directory.managed_identities()]
        groups = [EVERYBODY]
        for workspace in workspaces(self._cloud):
            groups += [users_of(*workspace), administrators_of(*workspace)]
        for known in [*granted, *groups, access.name, *(user_name(each) for each in people)]:
            if known.lower() == name.lower():
                return known
        raise DatabricksFault(404, "PRINCIPAL_DOES_NOT_EXIST", f"Could not find principal with name {name}")

    async def bindings(self, request: Request) -> Response:
        """GET from which workspaces a catalog can be reached that is not open to all."""
        _, catalog = self._catalog(request)
        return JSONResponse({"bindings": _bindings(catalog)})

    async def bind(self, request: Request) -> Response:
        """PATCH the same."""
        body = await json_body(request)
        access, catalog = self._catalog(request)
        access.need_ownership(CATALOG, catalog["name"])
        add, remove = (_changed(body, verb) for verb in ("add", "remove"))
        held = [each for each in catalog.get("workspaces", []) if each not in {*add, *remove}]
        changed = catalog | {"workspaces": sorted([*held, *add])} | changed_by(access.caller)
        access.metastore.put(CATALOG, changed)
        return JSONResponse({"bindings": _bindings(changed)})

    def _catalog(self, request: Request) -> tuple[Access, Document]:
        access = Access.of(self._cloud, request)
        return access, access.enter(CATALOG, str(request.path_params["name"]))


def _asked(request: Request, granted: dict[str, list[str]]) -> dict[str, list[str]]:
    """The grants of the principal that is asked for, or all."""
    principal = request.query_params.get("principal", "").lower()
    return {each: held for each, held in granted.items() if principal in ("", each.lower())}


def _changed(body: Body, verb: str) -> list[str]:
    return [str(binding["workspace_id"]) for binding in optional(body, verb, list, [])]


def _bindings(catalog: Document) -> list[dict[str, Any]]:
    kind = "BINDING_TYPE_READ_WRITE"
    return [{"workspace_id": int(each), "binding_type": kind} for each in catalog.get("workspaces", [])]


def routes(cloud: Cloud) -> list[Route]:
    """Permissions and bindings."""
    handlers, prefix = _GrantRoutes(cloud), "/api/2.1/unity-catalog"
    one, bindings = prefix + "/permissions/{type}/{name}", prefix + "/bindings/catalog/{name}"
    return [
        Route(one, handlers.get, methods=["GET"]),
        Route(one, handlers.patch, methods=["PATCH"]),
        Route(prefix + "/effective-permissions/{type}/{name}", handlers.effective, methods=["GET"]),
        Route(bindings, handlers.bindings, methods=["GET"]),
        Route(bindings, handlers.bind, methods=["PATCH"]),
    ]
