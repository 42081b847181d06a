"""The Unity Catalog API 2.1, as far as volumes need it.

Source: https://docs.databricks.com/api/azure/workspace/catalogs, .../schemas and .../volumes
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.faults import DatabricksFault, invalid
from wizard.sandbox.databricks.metastore import CATALOG, SCHEMA, VOLUME, Metastore
from wizard.sandbox.databricks.wire import (
    caller_of,
    flag_query,
    json_body,
    number_query,
    optional,
    required,
    required_query,
    workspace_of,
)

_PAGE = 100


class _CatalogRoutes:
    """The handlers."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def _metastore(self, request: Request) -> Metastore:
        metastore = Metastore(self._cloud, workspace_of(request))
        metastore.welcome(caller_of(request))
        return metastore

    async def assignment(self, request: Request) -> Response:
        """GET current-metastore-assignment."""
        metastore = self._metastore(request)
        about = {"metastore_id": metastore.id, "workspace_id": int(workspace_of(request).workspace_id)}
        return JSONResponse(about | {"default_catalog_name": metastore.default_catalog})

    async def summary(self, request: Request) -> Response:
        """GET metastore_summary."""
        region, metastore = workspace_of(request).location, self._metastore(request)
        name = f"metastore_azure_{region}"
        about = {"metastore_id": metastore.id, "name": name, "cloud": "azure", "region": region}
        return JSONResponse(about | {"global_metastore_id": f"azure:{region}:{metastore.id}"})

    async def create_catalog(self, request: Request) -> Response:
        """POST a catalog."""
        body = await json_body(request)
        name, comment = required(body, "name"), _comment(body)
        return JSONResponse(self._metastore(request).create_catalog(caller_of(request), name, comment))

    async def create_schema(self, request: Request) -> Response:
        """POST a schema."""
        body = await json_body(request)
        catalog, name, comment = required(body, "catalog_name"), required(body, "name"), _comment(body)
        return JSONResponse(self._metastore(request).create_schema(caller_of(request), catalog, name, comment))

    async def create_volume(self, request: Request) -> Response:
        """POST a volume: a managed one."""
        body = await json_body(request)
        if required(body, "volume_type") != "MANAGED":
            raise invalid("Only volumes of type MANAGED can be made here: there are no external locations.")
        catalog, schema, name = required(body, "catalog_name"), required(body, "schema_name"), required(body, "name")
        made = self._metastore(request).create_volume(caller_of(request), catalog, schema, name, _comment(body))
        return JSONResponse(made)

    async def catalogs(self, request: Request) -> Response:
        """GET the catalogs."""
        return _page(request, "catalogs", self._metastore(request).below(CATALOG))

    async def schemas(self, request: Request) -> Response:
        """GET the schemas of a catalog."""
        metastore, catalog = self._metastore(request), required_query(request, "catalog_name")
        metastore.get(CATALOG, catalog)
        return _page(request, "schemas", metastore.below(SCHEMA, catalog))

    async def volumes(self, request: Request) -> Response:
        """GET the volumes of a schema."""
        metastore = self._metastore(request)
        schema = f"{required_query(request, 'catalog_name')}.{required_query(request, 'schema_name')}"
        metastore.get(SCHEMA, schema)
        return _page(request, "volumes", metastore.below(VOLUME, schema))

    async def get(self, request: Request) -> Response:
        """GET one catalog, schema or volume."""
        kind, name = _named(request)
        return JSONResponse(self._metastore(request).get(kind, name))

    async def delete(self, request: Request) -> Response:
        """DELETE one catalog, schema or volume."""
        kind, name = _named(request)
        self._metastore(request).delete(kind, name, force=flag_query(request, "force"))
        return JSONResponse({})


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


def _page(request: Request, name: str, found: list[dict[str, Any]]) -> Response:
    size = number_query(request, "max_results", 0) or _PAGE
    token = request.query_params.get("page_token") or "0"
    if not token.isdigit():
        raise invalid("Invalid page_token")
    end = int(token) + size
    more = {"next_page_token": str(end)} if end < len(found) else {}
    return JSONResponse({name: found[int(token) : end], **more})


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
        Route(prefix + "/{kind}/{name}", handlers.delete, methods=["DELETE"]),
    ]
