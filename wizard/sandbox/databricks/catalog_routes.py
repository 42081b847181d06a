"""The Unity Catalog API 2.1: the metastore, its catalogs, schemas and volumes.

Source: https://docs.databricks.com/api/azure/workspace/catalogs, .../schemas and .../volumes
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.faults import DatabricksFault, invalid
from wizard.sandbox.databricks.grants import Access, is_bound
from wizard.sandbox.databricks.metastore import CATALOG, METASTORE, SCHEMA, VOLUME, changed_by
from wizard.sandbox.databricks.wire import (
    flag_query,
    json_body,
    optional,
    paged,
    required,
    required_query,
    workspace_of,
)
from wizard.sandbox.settings import setting
from wizard.sandbox.store import Document

_ISOLATION = ("OPEN", "ISOLATED")


class _CatalogRoutes:
    """The handlers."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def _access(self, request: Request) -> Access:
        return Access.of(self._cloud, request)

    async def assignment(self, request: Request) -> Response:
        """GET current-metastore-assignment."""
        metastore = self._access(request).metastore
        about = {"metastore_id": metastore.id, "workspace_id": int(workspace_of(request).workspace_id)}
        return JSONResponse(about | {"default_catalog_name": metastore.default_catalog})

    async def summary(self, request: Request) -> Response:
        """GET metastore_summary."""
        region, metastore = workspace_of(request).location, self._access(request).metastore
        name = f"metastore_azure_{region}"
        about = {"metastore_id": metastore.id, "name": name, "cloud": "azure", "region": region}
        return JSONResponse(about | {"global_metastore_id": f"azure:{region}:{metastore.id}"})

    async def create_catalog(self, request: Request) -> Response:
        """POST a catalog."""
        body, access = await json_body(request), self._access(request)
        access.need("CREATE_CATALOG", METASTORE, access.metastore.id)
        self._check_storage(optional(body, "storage_root", str, ""))
        made = access.metastore.create_catalog(access.name, required(body, "name"), _comment(body))
        return JSONResponse(_view(made))

    def _check_storage(self, root: str) -> None:
        """Raise DatabricksFault where a new catalog has nowhere to keep its files."""
        if root:
            message = f"No parent external location was found for path '{root}'."
            raise DatabricksFault(404, "EXTERNAL_LOCATION_DOES_NOT_EXIST", message)
        if setting(self._cloud.store, "databricks.metastore_storage") is False:
            message = (
                "Metastore storage root URL does not exist. Default Storage is enabled in your account. You can use the"
                " UI to create a new catalog using Default Storage, or please provide a storage location for the"
                " catalog."
            )
            raise DatabricksFault(400, "INVALID_STATE", message)

    async def create_schema(self, request: Request) -> Response:
        """POST a schema."""
        body, access = await json_body(request), self._access(request)
        catalog, name = required(body, "catalog_name"), required(body, "name")
        access.enter(CATALOG, catalog)
        access.need("USE_CATALOG", CATALOG, catalog)
        access.need("CREATE_SCHEMA", CATALOG, catalog)
        return JSONResponse(access.metastore.create_schema(access.name, catalog, name, _comment(body)))

    async def create_volume(self, request: Request) -> Response:
        """POST a volume: a managed one."""
        body, access = await json_body(request), self._access(request)
        if required(body, "volume_type") != "MANAGED":
            raise invalid("Only volumes of type MANAGED can be made here: there are no external locations.")
        catalog, schema, name = required(body, "catalog_name"), required(body, "schema_name"), required(body, "name")
        access.enter(SCHEMA, f"{catalog}.{schema}")
        access.need("USE_SCHEMA", SCHEMA, f"{catalog}.{schema}")
        access.need("CREATE_VOLUME", SCHEMA, f"{catalog}.{schema}")
        return JSONResponse(access.metastore.create_volume(access.name, catalog, schema, name, _comment(body)))

    async def catalogs(self, request: Request) -> Response:
        """GET the catalogs that the caller may see, from this workspace."""
        access = self._access(request)
        found = _seen(access, CATALOG, access.metastore.below(CATALOG))
        here = [_view(catalog) for catalog in found if is_bound(catalog, workspace_of(request))]
        return JSONResponse(paged(request, "catalogs", here))

    async def schemas(self, request: Request) -> Response:
        """GET the schemas of a catalog."""
        access, catalog = self._access(request), required_query(request, "catalog_name")
        access.enter(CATALOG, catalog)
        access.need("USE_CATALOG", CATALOG, catalog)
        found = _seen(access, SCHEMA, access.metastore.below(SCHEMA, catalog))
        return JSONResponse(paged(request, "schemas", found))

    async def volumes(self, request: Request) -> Response:
        """GET the volumes of a schema."""
        access = self._access(request)
        schema = f"{required_query(request, 'catalog_name')}.{required_query(request, 'schema_name')}"
        access.enter(SCHEMA, schema)
        access.need("USE_SCHEMA", SCHEMA, schema)
        return JSONResponse(paged(request, "volumes", _seen(access, VOLUME, access.metastore.below(VOLUME, schema))))

    async def get(self, request: Request) -> Response:
        """GET one catalog, schema or volume."""
        (kind, name), access = _named(request), self._access(request)
        found = access.enter(kind, name)
        access.need({CATALOG: "USE_CATALOG", SCHEMA: "USE_SCHEMA", VOLUME: "READ_VOLUME"}[kind], kind, name)
        return JSONResponse(_view(found))

    async def patch(self, request: Request) -> Response:
        """PATCH a catalog or schema: its comment and owner, and whether a catalog is open to all workspaces."""
        body, (kind, name), access = await json_body(request), _named(request), self._access(request)
        found = access.enter(kind, name)
        access.need_ownership(kind, name)
        fields = ("comment", "owner", "isolation_mode") if kind == CATALOG else ("comment", "owner")
        changes = {field: body[field] for field in fields if optional(body, field, str, "")}
        if changes.get("isolation_mode", "OPEN") not in _ISOLATION:
            raise invalid(f"isolation_mode must be one of {', '.join(_ISOLATION)}.")
        changed = found | changes | changed_by(access.caller)
        access.metastore.put(kind, changed)
        return JSONResponse(_view(changed))

    async def delete(self, request: Request) -> Response:
        """DELETE one catalog, schema or volume."""
        (kind, name), access = _named(request), self._access(request)
        access.enter(kind, name)
        access.need_ownership(kind, name)
        access.metastore.delete(kind, name, force=flag_query(request, "force"))
        return JSONResponse({})


def _view(document: Document) -> Document:
    """What answers show: bindings have an API of their own."""
    return {name: value for name, value in document.items() if name != "workspaces"}


def _seen(access: Access, kind: str, found: list[Document]) -> list[Document]:
    return [each for each in found if access.sees(kind, each["full_name"])]


def _comment(body: dict[str, Any]) -> str:
    return optional(body, "comment", str, "")


def _named(request: Request) -> tuple[str, str]:
    kind, name = str(request.path_params["kind"]).removesuffix("s"), str(request.path_params["name"])
    if kind not in (CATALOG, SCHEMA, VOLUME):
        raise DatabricksFault(404, "ENDPOINT_NOT_FOUND", f"No API found for '{request.method} {request.url.path}'")
    levels = {CATALOG: 1, SCHEMA: 2, VOLUME: 3}[kind]
    if name.count(".") != levels - 1:
        raise invalid(f"'{name}' is not a valid name of a {kind}: it has {levels} level(s).")
    return kind, name


def routes(cloud: Cloud) -> list[Route]:
    """The Unity Catalog API."""
    handlers, prefix = _CatalogRoutes(cloud), "/api/2.1/unity-catalog"
    return [
        Route(f"{prefix}/current-metastore-assignment", handlers.assignment, methods=["GET"]),
        Route(f"{prefix}/metastore_summary", handlers.summary, methods=["GET"]),
        Route(f"{prefix}/catalogs", handlers.catalogs, methods=["GET"]),
        Route(f"{prefix}/catalogs", handlers.create_catalog, methods=["POST"]),
        Route(f"{prefix}/schemas", handlers.schemas, methods=["GET"]),
        Route(f"{prefix}/schemas", handlers.create_schema, methods=["POST"]),
        Route(f"{prefix}/volumes", handlers.volumes, methods=["GET"]),
        Route(f"{prefix}/volumes", handlers.create_volume, methods=["POST"]),
        Route(prefix + "/{kind}/{name}", handlers.get, methods=["GET"]),
        Route(prefix + "/{kind}/{name}", handlers.patch, methods=["PATCH"]),
        Route(prefix + "/{kind}/{name}", handlers.delete, methods=["DELETE"]),
    ]
