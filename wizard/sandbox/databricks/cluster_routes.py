"""The Clusters API 2.1 (and 2.0, the same calls at the older address).

Source: https://docs.databricks.com/api/azure/workspace/clusters
"""

import base64
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from wizard.sandbox.databricks.cluster_rules import cluster_spec
from wizard.sandbox.databricks.cluster_view import cluster_details
from wizard.sandbox.databricks.clusters import Clusters
from wizard.sandbox.databricks.faults import invalid
from wizard.sandbox.databricks.identity import user_name
from wizard.sandbox.databricks.node_types import NODE_TYPES
from wizard.sandbox.databricks.runtimes import SPARK_VERSIONS
from wizard.sandbox.databricks.wire import (
    caller_of,
    json_body,
    number_query,
    optional,
    required,
    required_query,
    workspace_of,
)

_PAGE = 20
_LARGEST_PAGE = 100
_MOST_EVENTS = 500


class _ClusterRoutes:
    """The handlers, over the clusters of every workspace."""

    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    async def create(self, request: Request) -> JSONResponse:
        body = await json_body(request)
        workspace_id = workspace_of(request).workspace_id
        token = optional(body, "idempotency_token", str, "")
        if len(token) > 64:
            raise invalid("idempotency_token must not be longer than 64 characters")
        spec = cluster_spec(body)
        cluster_id = self._clusters.create(workspace_id, caller_of(request), spec, source="API", token=token)
        return JSONResponse({"cluster_id": cluster_id})

    async def get(self, request: Request) -> JSONResponse:
        cluster_id = required_query(request, "cluster_id")
        return JSONResponse(cluster_details(self._clusters.get(workspace_of(request).workspace_id, cluster_id)))

    async def listing(self, request: Request) -> JSONResponse:
        found = self._filtered(request)
        size = min(number_query(request, "page_size", _PAGE) or _PAGE, _LARGEST_PAGE)
        first = _page_start(request.query_params.get("page_token", ""))
        rows = [cluster_details(cluster) for cluster in found[first : first + size]]
        answer: dict[str, Any] = {"clusters": rows, "next_page_token": "", "prev_page_token": ""}
        if first + size < len(found):
            answer["next_page_token"] = _page_token(first + size)
        if first > 0:
            answer["prev_page_token"] = _page_token(max(0, first - size))
        return JSONResponse(answer)

    def _filtered(self, request: Request) -> list[dict[str, Any]]:
        query = request.query_params
        found = self._clusters.all(workspace_of(request).workspace_id)
        if states := query.getlist("filter_by.cluster_states"):
            found = [cluster for cluster in found if cluster["state"] in states]
        if sources := query.getlist("filter_by.cluster_sources"):
            found = [cluster for cluster in found if cluster["source"] in sources]
        if query.get("filter_by.is_pinned", "").lower() == "true":
            found = [cluster for cluster in found if cluster["pinned"]]
        if policy := query.get("filter_by.policy_id"):
            found = [cluster for cluster in found if cluster["spec"].get("policy_id") == policy]
        if query.get("sort_by.field") == "CLUSTER_NAME":
            found.sort(key=lambda cluster: str(cluster["spec"].get("cluster_name", "")))
        if query.get("sort_by.direction") == "DESC":
            found.reverse()
        return found

    async def edit(self, request: Request) -> JSONResponse:
        body = await json_body(request)
        spec = cluster_spec(body)
        self._clusters.edit(workspace_of(request).workspace_id, required(body, "cluster_id"), spec)
        return JSONResponse({})

    async def start(self, request: Request) -> JSONResponse:
        self._clusters.start(*await _named(request))
        return JSONResponse({})

    async def restart(self, request: Request) -> JSONResponse:
        self._clusters.restart(*await _named(request))
        return JSONResponse({})

    async def delete(self, request: Request) -> JSONResponse:
        self._clusters.terminate(*await _named(request), "USER_REQUEST", user_name(caller_of(request)))
        return JSONResponse({})

    async def permanent_delete(self, request: Request) -> JSONResponse:
        self._clusters.remove(*await _named(request))
        return JSONResponse({})

    async def pin(self, request: Request) -> JSONResponse:
        self._clusters.pin(*await _named(request))
        return JSONResponse({})

    async def events(self, request: Request) -> JSONResponse:
        body = await json_body(request)
        cluster_id = required(body, "cluster_id")
        found = list(self._clusters.get(workspace_of(request).workspace_id, cluster_id)["events"])
        if kinds := optional(body, "event_types", list, []):
            found = [event for event in found if event["type"] in kinds]
        earliest, latest = optional(body, "start_time", int, 0), optional(body, "end_time", int, 2**62)
        found = [event for event in found if earliest <= event["timestamp"] <= latest]
        if optional(body, "order", str, "DESC") == "DESC":
            found.reverse()
        first = optional(body, "offset", int, 0) or _page_start(optional(body, "page_token", str, ""))
        size = optional(body, "page_size", int, 0) or optional(body, "limit", int, 50)
        size = min(size, _MOST_EVENTS)
        answer: dict[str, Any] = {"events": found[first : first + size], "total_count": len(found)}
        if first + size < len(found):
            answer["next_page"] = {**body, "cluster_id": cluster_id, "offset": first + size}
            answer["next_page_token"] = _page_token(first + size)
        return JSONResponse(answer)

    async def spark_versions(self, _: Request) -> JSONResponse:
        return JSONResponse({"versions": [{"key": key, "name": name} for key, name in SPARK_VERSIONS.items()]})

    async def node_types(self, _: Request) -> JSONResponse:
        bodies = [node.body(order) for order, node in enumerate(NODE_TYPES.values())]
        return JSONResponse({"node_types": bodies})

    async def zones(self, request: Request) -> JSONResponse:
        return JSONResponse({"zones": [], "default_zone": workspace_of(request).location})


async def _named(request: Request) -> tuple[str, str]:
    """The workspace and the cluster that a request's body names."""
    return workspace_of(request).workspace_id, required(await json_body(request), "cluster_id")


def _page_token(first: int) -> str:
    return base64.urlsafe_b64encode(str(first).encode()).decode()


def _page_start(token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(token)) if token else 0
    except ValueError as error:
        raise invalid(f"Invalid page token: {token}") from error


def routes(clusters: Clusters) -> list[Route]:
    """The Clusters API at both its addresses."""
    handlers = _ClusterRoutes(clusters)
    calls = {
        "create": (handlers.create, "POST"),
        "get": (handlers.get, "GET"),
        "list": (handlers.listing, "GET"),
        "edit": (handlers.edit, "POST"),
        "start": (handlers.start, "POST"),
        "restart": (handlers.restart, "POST"),
        "delete": (handlers.delete, "POST"),
        "permanent-delete": (handlers.permanent_delete, "POST"),
        "pin": (handlers.pin, "POST"),
        "events": (handlers.events, "POST"),
        "spark-versions": (handlers.spark_versions, "GET"),
        "list-node-types": (handlers.node_types, "GET"),
        "list-zones": (handlers.zones, "GET"),
    }
    return [
        Route(f"/api/{version}/clusters/{name}", handler, methods=[method])
        for version in ("2.1", "2.0")
        for name, (handler, method) in calls.items()
    ]
