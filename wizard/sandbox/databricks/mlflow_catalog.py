"""The Unity Catalog model registry as MLflow's client asks for it (`databricks-uc`).

Source: mlflow/protos/databricks_uc_registry_service_pb2.py and mlflow/store/_unity_catalog/registry/rest_store.py. The
client asks which way a version's files shall go; here it is the Files API below /Models, the one way that needs no
storage account and no storage SDK, and to which Databricks is moving (github.com/mlflow/mlflow/pull/25987).
"""

import re
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.catalog_models import CatalogModels, split
from wizard.sandbox.databricks.faults import invalid
from wizard.sandbox.databricks.grants import Access
from wizard.sandbox.databricks.metastore import MODEL
from wizard.sandbox.databricks.wire import Body, json_body, optional, paged, required, required_query
from wizard.sandbox.store import Document

_FILTER = re.compile(r"\s*name\s*=\s*(['\"])(?P<name>[^'\"]+)\1\s*")
_WRITE = "MODEL_VERSION_OPERATION_READ_WRITE"
_LIFETIME = 3600.0  # seconds for which the client need not ask for credentials again


class _Registry:
    """The handlers."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def _models(self, request: Request) -> CatalogModels:
        return CatalogModels(Access.of(self._cloud, request))

    async def create_model(self, request: Request) -> Response:
        """POST registered-models/create."""
        body, models = await json_body(request), self._models(request)
        made = models.create(required(body, "name"), optional(body, "description", str, ""), _tags(body))
        return JSONResponse({"registered_model": _model(made)})

    async def update_model(self, request: Request) -> Response:
        """PATCH registered-models/update: another description, or another name."""
        body, models = await json_body(request), self._models(request)
        model = models.owned(required(body, "name"))
        if body.get("new_name"):
            model = models.rename(model, required(body, "new_name"))
        if "description" in body:
            model = models.change(model, comment=optional(body, "description", str, ""))
        return JSONResponse({"registered_model": _model(model)})

    async def delete_model(self, request: Request) -> Response:
        """DELETE registered-models/delete."""
        body = await json_body(request)
        self._models(request).delete(required(body, "name"))
        return JSONResponse({})

    async def get_model(self, request: Request) -> Response:
        """GET registered-models/get."""
        return JSONResponse({"registered_model": _model(self._models(request).get(required_query(request, "name")))})

    async def search_models(self, request: Request) -> Response:
        """GET registered-models/search: those that the caller may see."""
        found = [_model(model, found=True) for model in self._models(request).below()]
        return JSONResponse(paged(request, "registered_models", found))

    async def create_version(self, request: Request) -> Response:
        """POST model-versions/create: it waits for its files."""
        body, models = await json_body(request), self._models(request)
        name = required(body, "name")
        fields = ("source", "run_id", "run_tracking_server_id", "model_id")
        about: Document = {field: body[field] for field in fields if optional(body, field, str, "")}
        if optional(body, "description", str, ""):
            about["comment"] = body["description"]
        version = models.create_version(name, about, _tags(body))
        return _version_reply(models.metastore.get(MODEL, name), version)

    async def finalize_version(self, request: Request) -> Response:
        """POST model-versions/finalize: its files are there."""
        body, models = await json_body(request), self._models(request)
        version = models.finalize(required(body, "name"), required(body, "version"))
        return _version_reply(models.metastore.get(MODEL, required(body, "name")), version)

    async def update_version(self, request: Request) -> Response:
        """PATCH model-versions/update."""
        body, models = await json_body(request), self._models(request)
        model = models.owned(required(body, "name"))
        version = models.version(model, required(body, "version"))
        comment = optional(body, "description", str, "")
        return _version_reply(model, models.change_version(model, version, comment=comment))

    async def delete_version(self, request: Request) -> Response:
        """DELETE model-versions/delete."""
        body, models = await json_body(request), self._models(request)
        models.delete_version(models.owned(required(body, "name")), required(body, "version"))
        return JSONResponse({})

    async def get_version(self, request: Request) -> Response:
        """GET model-versions/get."""
        models = self._models(request)
        model = models.get(required_query(request, "name"))
        return _version_reply(model, models.version(model, required_query(request, "version")))

    async def search_versions(self, request: Request) -> Response:
        """GET model-versions/search: those of one model; none where there is no such model."""
        models, asked = self._models(request), request.query_params.get("filter", "")
        match = _FILTER.fullmatch(asked)
        if match is None:
            problem = f"Unsupported filter query : `{asked}`." if asked else "Missing filter:"
            raise invalid(f"{problem} Please specify your filter parameter in the format `name = 'model_name'`.")
        split(match["name"])
        if models.metastore.find(MODEL, match["name"]) is None:
            return JSONResponse({})
        model = models.get(match["name"])
        found = [_version(model, version, found=True) for version in models.versions(model)]
        return JSONResponse(paged(request, "model_versions", found))

    async def download_uri(self, request: Request) -> Response:
        """GET model-versions/get-download-uri."""
        models = self._models(request)
        model = models.get(required_query(request, "name"))
        version = models.version(model, required_query(request, "version"))
        return JSONResponse({"artifact_uri": version["storage_location"]})

    async def credentials(self, request: Request) -> Response:
        """POST model-versions/generate-temporary-credentials: the files are the workspace's own, over signed addresses.

        Asked only by a client that is told not to use the Files API itself.
        """
        body, models = await json_body(request), self._models(request)
        name, number = required(body, "name"), required(body, "version")
        if optional(body, "operation", str, "") == _WRITE:
            models.begun(name, number)
        else:
            models.version(models.get(name), number)
        ends = int((time.time() + _LIFETIME) * 1000)
        return JSONResponse({"credentials": {"storage_mode": "DEFAULT_STORAGE", "expiration_time": ends}})

    async def set_alias(self, request: Request) -> Response:
        """POST registered-models/alias."""
        body, models = await json_body(request), self._models(request)
        model = models.owned(required(body, "name"))
        models.set_alias(model, required(body, "alias"), required(body, "version"))
        return JSONResponse({})

    async def delete_alias(self, request: Request) -> Response:
        """DELETE registered-models/alias."""
        body, models = await json_body(request), self._models(request)
        models.delete_alias(models.owned(required(body, "name")), required(body, "alias"))
        return JSONResponse({})

    async def by_alias(self, request: Request) -> Response:
        """GET registered-models/alias: the version that it points to."""
        models = self._models(request)
        model = models.get(required_query(request, "name"))
        return _version_reply(model, models.by_alias(model, required_query(request, "alias")))

    async def tag_model(self, request: Request) -> Response:
        """POST registered-models/set-tag and DELETE registered-models/delete-tag."""
        body, models = await json_body(request), self._models(request)
        model = models.get(required(body, "name"))
        models.access.need("APPLY_TAG", MODEL, model["full_name"])
        models.change(model, tags=_tagged(request, model, body))
        return JSONResponse({})

    async def tag_version(self, request: Request) -> Response:
        """POST model-versions/set-tag and DELETE model-versions/delete-tag."""
        body, models = await json_body(request), self._models(request)
        model = models.get(required(body, "name"))
        models.access.need("APPLY_TAG", MODEL, model["full_name"])
        version = models.version(model, required(body, "version"))
        models.change_version(model, version, tags=_tagged(request, version, body))
        return JSONResponse({})

    async def lineage(self, request: Request) -> Response:
        """POST model-versions/emit-lineage: who uses which version. Nobody here asks for it again."""
        body, models = await json_body(request), self._models(request)
        models.version(models.get(required(body, "name")), required(body, "version"))
        return JSONResponse({})

    async def files_by_sdk(self, _: Request) -> Response:
        """GET: whether a client shall send a version's files over the Files API."""
        return JSONResponse({"is_databricks_sdk_models_artifact_repository_enabled": True})


def _tags(body: Body) -> dict[str, str]:
    return {str(tag["key"]): str(tag.get("value", "")) for tag in optional(body, "tags", list, [])}


def _tagged(request: Request, holder: Document, body: Body) -> dict[str, str]:
    """The tags of something, once the request's own is set or gone."""
    key, tags = required(body, "key"), dict(holder["tags"])
    tags.pop(key, None)
    return tags if request.method == "DELETE" else tags | {key: optional(body, "value", str, "")}


def _pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]


def _model(model: Document, *, found: bool = False) -> dict[str, Any]:
    """A model as MLflow's messages have it; a search tells neither aliases nor tags."""
    view = {
        "name": model["full_name"],
        "creation_timestamp": model["created_at"],
        "last_updated_timestamp": model["updated_at"],
        "user_id": model["owner"],
        "description": model.get("comment", ""),
    }
    if found:
        return view
    aliases = [{"alias": alias, "version": str(number)} for alias, number in model["aliases"].items()]
    return view | {"aliases": aliases, "tags": _pairs(model["tags"])}


def _version(model: Document, version: Document, *, found: bool = False) -> dict[str, Any]:
    """A version as MLflow's messages have it; a search tells neither aliases nor tags."""
    number = str(version["version"])
    view = {
        "name": model["full_name"],
        "version": number,
        "creation_timestamp": version["created_at"],
        "last_updated_timestamp": version["updated_at"],
        "user_id": version["created_by"],
        "description": version.get("comment", ""),
        "status": version["status"],
        "storage_location": version["storage_location"],
    } | {name: version[name] for name in ("source", "run_id", "run_tracking_server_id", "model_id") if name in version}
    if found:
        return view
    aliases = [{"alias": each, "version": number} for each, to in model["aliases"].items() if to == version["version"]]
    return view | {"aliases": aliases, "tags": _pairs(version["tags"])}


def _version_reply(model: Document, version: Document) -> Response:
    return JSONResponse({"model_version": _version(model, version)})


def routes(cloud: Cloud) -> list[Route]:
    """The registry's calls."""
    registry, prefix = _Registry(cloud), "/api/2.0/mlflow/unity-catalog"
    calls: list[tuple[str, str, Any]] = [
        ("POST", "registered-models/create", registry.create_model),
        ("PATCH", "registered-models/update", registry.update_model),
        ("DELETE", "registered-models/delete", registry.delete_model),
        ("GET", "registered-models/get", registry.get_model),
        ("GET", "registered-models/search", registry.search_models),
        ("POST", "registered-models/alias", registry.set_alias),
        ("DELETE", "registered-models/alias", registry.delete_alias),
        ("GET", "registered-models/alias", registry.by_alias),
        ("POST", "registered-models/set-tag", registry.tag_model),
        ("DELETE", "registered-models/delete-tag", registry.tag_model),
        ("GET", "registered-models:is-databricks-sdk-models-artifact-repository-enabled", registry.files_by_sdk),
        ("POST", "model-versions/create", registry.create_version),
        ("POST", "model-versions/finalize", registry.finalize_version),
        ("PATCH", "model-versions/update", registry.update_version),
        ("DELETE", "model-versions/delete", registry.delete_version),
        ("GET", "model-versions/get", registry.get_version),
        ("GET", "model-versions/search", registry.search_versions),
        ("GET", "model-versions/get-download-uri", registry.download_uri),
        ("POST", "model-versions/generate-temporary-credentials", registry.credentials),
        ("POST", "model-versions/set-tag", registry.tag_version),
        ("DELETE", "model-versions/delete-tag", registry.tag_version),
        ("POST", "model-versions/emit-lineage", registry.lineage),
    ]
    return [Route(f"{prefix}/{path}", handler, methods=[method]) for method, path, handler in calls]
