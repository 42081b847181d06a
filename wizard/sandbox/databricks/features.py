"""What a workspace's administrators can switch: legacy features and tokens.

Settings API: https://docs.databricks.com/api/azure/workspace/disablelegacydbfs and .../disablelegacyaccess.
Workspace conf: https://docs.databricks.com/api/azure/workspace/workspaceconf.
"""

import hashlib
import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.faults import DatabricksFault, invalid
from wizard.sandbox.databricks.wire import json_body, optional, required_query, workspace_of
from wizard.sandbox.settings import setting
from wizard.sandbox.store import Store

_SWITCHES = "databricks.feature"  # keyed "<workspace id>/<setting>"
_CONF = "databricks.conf"  # keyed by the workspace id
_TYPES = ("disable_legacy_dbfs", "disable_legacy_access")
_CONF_KEYS = {"enableTokensConfig": "true", "maxTokenLifetimeDays": "", "enableIpAccessLists": "false"}


def is_off(store: Store, workspace_id: str, feature: str) -> bool:
    """Whether `disable_legacy_dbfs` or `disable_legacy_access` is on in a workspace."""
    if setting(store, "databricks.legacy") is False:
        return True
    held = store.get(_SWITCHES, f"{workspace_id}/{feature}")
    return held is not None and bool(held["value"])


def tokens_enabled(store: Store, workspace_id: str) -> bool:
    """Whether people may have personal access tokens in a workspace."""
    if setting(store, "databricks.personal_access_tokens") is False:
        return False
    return str((store.get(_CONF, workspace_id) or {}).get("enableTokensConfig", "true")) == "true"


class _FeatureRoutes:
    """The handlers."""

    def __init__(self, cloud: Cloud) -> None:
        self._store = cloud.store

    async def get(self, request: Request) -> Response:
        """GET a setting."""
        return JSONResponse(self._view(request))

    async def patch(self, request: Request) -> Response:
        """PATCH: change a setting; the etag must be the current one if it is given."""
        kind = _kind(request)
        wanted = optional(await json_body(request), "setting", dict, {})
        etag = wanted.get("etag")
        if etag and etag != self._view(request)["etag"]:
            raise DatabricksFault(409, "RESOURCE_CONFLICT", "The etag is not the one of the current setting.")
        value = optional(optional(wanted, kind, dict, {}), "value", bool, False)
        self._store.put(_SWITCHES, f"{workspace_of(request).workspace_id}/{kind}", {"value": value})
        return JSONResponse(self._view(request))

    def _view(self, request: Request) -> dict[str, object]:
        kind, workspace_id = _kind(request), workspace_of(request).workspace_id
        value = is_off(self._store, workspace_id, kind)
        etag = hashlib.sha256(json.dumps([workspace_id, kind, value]).encode()).hexdigest()[:24]
        return {"setting_name": "default", "etag": etag, kind: {"value": value}}

    async def conf(self, request: Request) -> Response:
        """GET workspace-conf: the values of some keys."""
        workspace_id = workspace_of(request).workspace_id
        held = _CONF_KEYS | (self._store.get(_CONF, workspace_id) or {})
        if not tokens_enabled(self._store, workspace_id):
            held["enableTokensConfig"] = "false"
        names = required_query(request, "keys").split(",")
        for name in names:
            if name not in held:
                raise invalid(f'Invalid keys: ["{name}"]')
        return JSONResponse({name: held[name] or None for name in names})

    async def change_conf(self, request: Request) -> Response:
        """PATCH workspace-conf."""
        body, workspace_id = await json_body(request), workspace_of(request).workspace_id
        unknown = set(body) - set(_CONF_KEYS)
        if unknown:
            raise invalid(f"Invalid keys: {json.dumps(sorted(unknown))}")
        changed = {name: str(value).lower() for name, value in body.items()}
        self._store.put(_CONF, workspace_id, (self._store.get(_CONF, workspace_id) or {}) | changed)
        return Response(status_code=204)


def _kind(request: Request) -> str:
    kind = str(request.path_params["kind"])
    if kind not in _TYPES:
        raise DatabricksFault(404, "RESOURCE_DOES_NOT_EXIST", f"Setting type {kind} does not exist.")
    return kind


def routes(cloud: Cloud) -> list[Route]:
    """The Settings API's legacy features, and workspace-conf."""
    handlers = _FeatureRoutes(cloud)
    place = "/api/2.0/settings/types/{kind}/names/default"
    return [
        Route(place, handlers.get, methods=["GET"]),
        Route(place, handlers.patch, methods=["PATCH"]),
        Route("/api/2.0/workspace-conf", handlers.conf, methods=["GET"]),
        Route("/api/2.0/workspace-conf", handlers.change_conf, methods=["PATCH"]),
    ]
