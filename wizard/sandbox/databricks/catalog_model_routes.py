"""Registered models and their versions in the Unity Catalog API 2.1.

Source: https://docs.databricks.com/api/azure/workspace/registeredmodels and .../modelversions
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.catalog_models import CatalogModels
from wizard.sandbox.databricks.faults import invalid
from wizard.sandbox.databricks.grants import Access
from wizard.sandbox.databricks.wire import flag_query, json_body, optional, paged, required
from wizard.sandbox.store import Document

_SHOWN = (
    "name",
    "catalog_name",
    "schema_name",
    "full_name",
    "metastore_id",
    "owner",
    "comment",
    "storage_location",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
)
_SHOWN_OF_VERSION = (
    "id",
    "version",
    "comment",
    "source",
    "run_id",
    "status",
    "storage_location",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
)


class _ModelRoutes:
    """The handlers."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def _models(self, request: Request) -> CatalogModels:
        return CatalogModels(Access.of(self._cloud, request))

    async def create(self, request: Request) -> Response:
        """POST a model."""
        body = await json_body(request)
        name = ".".join(required(body, level) for level in ("catalog_name", "schema_name", "name"))
        return JSONResponse(_model(self._models(request).create(name, optional(body, "comment", str, ""), {})))

    async def list(self, request: Request) -> Response:
        """GET the models of the metastore, or of a schema."""
        catalog, schema = (request.query_params.get(name, "") for name in ("catalog_name", "schema_name"))
        if bool(catalog) != bool(schema):
            raise invalid("catalog_name and schema_name must be given both, or neither.")
        found = self._models(request).below(f"{catalog}.{schema}" if catalog else "")
        return JSONResponse(paged(request, "registered_models", [_model(model) for model in found]))

    async def get(self, request: Request) -> Response:
        """GET a model, with its aliases where they are asked for."""
        model = self._models(request).get(_name(request))
        return JSONResponse(_model(model, aliases=flag_query(request, "include_aliases")))

    async def update(self, request: Request) -> Response:
        """PATCH a model: comment, owner, name."""
        body, models = await json_body(request), self._models(request)
        model = models.owned(_name(request))
        if body.get("new_name"):
            model = models.rename(model, required(body, "new_name"))
        changes = {field: body[field] for field in ("comment", "owner") if optional(body, field, str, "")}
        return JSONResponse(_model(models.change(model, **changes)))

    async def delete(self, request: Request) -> Response:
        """DELETE a model with its versions."""
        self._models(request).delete(_name(request))
        return JSONResponse({})

    async def set_alias(self, request: Request) -> Response:
        """PUT an alias."""
        body, models = await json_body(request), self._models(request)
        model, alias = models.owned(_name(request)), str(request.path_params["alias"])
        number = optional(body, "version_num", int, 0)
        models.set_alias(model, alias, str(number))
        return JSONResponse({"alias_name": alias, "version_num": number})

    async def delete_alias(self, request: Request) -> Response:
        """DELETE an alias."""
        models = self._models(request)
        models.delete_alias(models.owned(_name(request)), str(request.path_params["alias"]))
        return JSONResponse({})

    async def by_alias(self, request: Request) -> Response:
        """GET the version that an alias points to."""
        models = self._models(request)
        model = models.get(_name(request))
        version = models.by_alias(model, str(request.path_params["alias"]))
        return JSONResponse(_version(model, version, aliases=flag_query(request, "include_aliases")))

    async def versions(self, request: Request) -> Response:
        """GET the versions of a model."""
        models = self._models(request)
        model = models.get(_name(request))
        return JSONResponse(
            paged(request, "model_versions", [_version(model, each) for each in models.versions(model)])
        )

    async def version(self, request: Request) -> Response:
        """GET a version."""
        models = self._models(request)
        model = models.get(_name(request))
        found = models.version(model, str(request.path_params["version"]))
        return JSONResponse(_version(model, found, aliases=flag_query(request, "include_aliases")))

    async def update_version(self, request: Request) -> Response:
        """PATCH a version: its comment."""
        body, models = await json_body(request), self._models(request)
        model = models.owned(_name(request))
        found = models.version(model, str(request.path_params["version"]))
        comment = optional(body, "comment", str, "")
        return JSONResponse(_version(model, models.change_version(model, found, comment=comment)))

    async def delete_version(self, request: Request) -> Response:
        """DELETE a version."""
        models = self._models(request)
        models.delete_version(models.owned(_name(request)), str(request.path_params["version"]))
        return JSONResponse({})


def _name(request: Request) -> str:
    return str(request.path_params["name"])


def _aliases(model: Document, of: int | None = None) -> list[dict[str, Any]]:
    """The aliases of a model, or of one of its versions."""
    place = {"catalog_name": model["catalog_name"], "schema_name": model["schema_name"], "model_name": model["name"]}
    return [
        {"alias_name": alias, "version_num": number} | place
        for alias, number in model["aliases"].items()
        if of in (None, number)
    ]


def _model(model: Document, *, aliases: bool = False) -> dict[str, Any]:
    view = {field: model[field] for field in _SHOWN if field in model} | {"securable_type": "FUNCTION"}
    return view | {"aliases": _aliases(model)} if aliases and model["aliases"] else view


def _version(model: Document, version: Document, *, aliases: bool = False) -> dict[str, Any]:
    view = {
        "catalog_name": model["catalog_name"],
        "schema_name": model["schema_name"],
        "model_name": model["name"],
        "metastore_id": model["metastore_id"],
    } | {field: version[field] for field in _SHOWN_OF_VERSION if field in version}
    if "run_tracking_server_id" in version:
        view["run_workspace_id"] = int(version["run_tracking_server_id"])
    held = _aliases(model, version["version"]) if aliases else []
    return view | {"aliases": held} if held else view


def routes(cloud: Cloud) -> list[Route]:
    """Models and versions."""
    handlers, prefix = _ModelRoutes(cloud), "/api/2.1/unity-catalog/models"
    one = prefix + "/{name}"
    calls: list[tuple[str, str, Any]] = [
        ("GET", prefix, handlers.list),
        ("POST", prefix, handlers.create),
        ("GET", one, handlers.get),
        ("PATCH", one, handlers.update),
        ("DELETE", one, handlers.delete),
        ("GET", one + "/versions", handlers.versions),
        ("GET", one + "/versions/{version}", handlers.version),
        ("PATCH", one + "/versions/{version}", handlers.update_version),
        ("DELETE", one + "/versions/{version}", handlers.delete_version),
        ("GET", one + "/aliases/{alias}", handlers.by_alias),
        ("PUT", one + "/aliases/{alias}", handlers.set_alias),
        ("DELETE", one + "/aliases/{alias}", handlers.delete_alias),
    ]
    return [Route(path, handler, methods=[method]) for method, path, handler in calls]
