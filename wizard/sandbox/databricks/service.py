"""The Databricks service: every workspace host, its authentication, and the routes of all its APIs."""

import logging
import re
from collections.abc import Awaitable, Callable
from typing import cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wizard.sandbox.arm.workspaces import Workspace, workspace_of_host
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks import (
    catalog_model_routes,
    catalog_routes,
    cluster_routes,
    command_routes,
    dbfs,
    features,
    grant_routes,
    identity,
    jobs,
    libraries,
    mlflow_catalog,
    mlflow_routes,
    network,
    secret_scopes,
    tokens,
    workspace_routes,
)
from wizard.sandbox.databricks.auth import authenticate
from wizard.sandbox.databricks.clusters import Clusters
from wizard.sandbox.databricks.contexts import Contexts
from wizard.sandbox.databricks.drivers import Drivers
from wizard.sandbox.databricks.faults import DatabricksFault, endpoint_not_found
from wizard.sandbox.databricks.workspace_files import WorkspaceTree

_log = logging.getLogger(__name__)

Hook = Callable[[], Awaitable[None]]


class Databricks:
    """All workspaces of one cloud, as one ASGI service.

    A handler finds `request.state.workspace` and `request.state.caller` set, and refuses by raising
    DatabricksFault. Modules with something to start or end register it with `at_start` and `at_stop`.
    """

    hosts = re.compile(r"adb-[0-9]+\.[0-9]+\.azuredatabricks\.net", re.IGNORECASE)

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.tokens = tokens.Tokens(cloud)
        self.drivers = Drivers(cloud, self.tokens)
        self.clusters = Clusters(cloud)
        self.libraries = libraries.Libraries(cloud, self.clusters)
        self.contexts = Contexts(cloud, self.drivers, self.clusters)
        self._at_start: list[Hook] = []
        self._at_stop: list[Hook] = [self.contexts.stop]
        self._app: ASGIApp = Starlette(
            routes=self._routes(),
            exception_handlers={
                DatabricksFault: _refuse,
                HTTPException: _no_such_endpoint,
                Exception: _broken,
            },
        )

    def at_start(self, hook: Hook) -> None:
        """Have something done before the first request is answered."""
        self._at_start.append(hook)

    def at_stop(self, hook: Hook) -> None:
        """Have something ended with the cloud; the last registered ends first."""
        self._at_stop.append(hook)

    async def start(self) -> None:
        """Revoke what only the drivers of an earlier life knew, and start what the modules registered."""
        self.tokens.forget_hidden()
        for hook in self._at_start:
            await hook()

    async def stop(self) -> None:
        """End the processes underneath."""
        for hook in reversed(self._at_stop):
            await hook()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the workspace, prove the caller, and hand the request to its route."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            workspace = self._workspace(request)
            refused = network.refusal(self.cloud, self.tokens, workspace, request)
            headers = [] if refused else self._admit(request, workspace)
        except DatabricksFault as fault:
            refused = fault.response()
        if refused is not None:
            await request.body()  # heard out, so that the traffic log shows what was asked for
            await refused(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *headers]
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _workspace(self, request: Request) -> Workspace:
        """The workspace that answers at the request's host."""
        host = request.headers.get("host", "").partition(":")[0].lower()
        workspace = workspace_of_host(self.cloud, host)
        if workspace is None or workspace.provisioning_state != "Succeeded":
            raise DatabricksFault(404, "RESOURCE_DOES_NOT_EXIST", f"No workspace answers at {host}")
        return workspace

    def _admit(self, request: Request, workspace: Workspace) -> list[tuple[bytes, bytes]]:
        """Set the request's workspace and caller; return the headers that every answer of it carries."""
        request.state.workspace = workspace
        if request.url.path.startswith(identity.PUBLIC):
            return []
        request.state.caller = caller = authenticate(self.cloud, self.tokens, workspace, request)
        WorkspaceTree(self.cloud, workspace.workspace_id).welcome(identity.user_name(caller))
        return [(b"x-databricks-org-id", workspace.workspace_id.encode())]

    def _routes(self) -> list[BaseRoute]:
        return [
            *identity.routes(self.cloud),
            *tokens.routes(self.tokens),
            *cluster_routes.routes(self.clusters),
            *libraries.routes(self.libraries, self.clusters),
            *command_routes.routes(self.contexts, self.clusters),
            *dbfs.routes(self.cloud),
            *workspace_routes.routes(self.cloud),
            *secret_scopes.routes(self.cloud),
            *features.routes(self.cloud),
            *catalog_model_routes.routes(self.cloud),
            *grant_routes.routes(self.cloud),
            *catalog_routes.routes(self.cloud),
            *mlflow_catalog.routes(self.cloud),
            *mlflow_routes.routes(self),
            *jobs.routes(self),
        ]


async def _refuse(_: Request, error: Exception) -> Response:
    return cast(DatabricksFault, error).response()


async def _no_such_endpoint(request: Request, error: Exception) -> Response:
    http_error = cast(HTTPException, error)
    if http_error.status_code not in (404, 405):
        return DatabricksFault(http_error.status_code, "BAD_REQUEST", http_error.detail).response()
    return endpoint_not_found(request.method, request.url.path).response()


async def _broken(request: Request, error: Exception) -> Response:
    _log.error("%s %s broke", request.method, request.url.path, exc_info=error)
    body = {"error_code": "INTERNAL_ERROR", "message": "An internal error occurred."}
    return JSONResponse(body, 500)
