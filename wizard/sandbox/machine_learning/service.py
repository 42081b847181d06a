"""The hosts of Azure ML's services: finds the operation, authenticates, checks roles, and calls it.

azureml-core and `az ml` read the discovery document without a token and take every base address from it.
"""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from wizard.sandbox.arm.access import allowed
from wizard.sandbox.arm.locations import REGIONS
from wizard.sandbox.arm.providers import PROVIDERS
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.entra.tokens import TokenRefused, principal_of
from wizard.sandbox.machine_learning.call import Call
from wizard.sandbox.machine_learning.deployments import Deployments
from wizard.sandbox.machine_learning.errors import MlError, answer
from wizard.sandbox.machine_learning.routes import Route, routes
from wizard.sandbox.machine_learning.services import ServiceRoutes
from wizard.sandbox.machine_learning.workspaces import TYPE, workspace_of

AUDIENCES = ("https://management.azure.com", "https://management.core.windows.net")
_PATH = re.compile(
    r"/(?P<plane>modelmanagement/v1\.0|artifact/v2\.0|environment/v1\.0|rp/workspaces)"
    rf"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)/providers/{re.escape(TYPE)}"
    r"/(?P<workspace>[^/]+)(?P<rest>/.*)",
    re.IGNORECASE,
)
_MODEL_MANAGEMENT = "modelmanagement"


def discovery(region: str) -> dict[str, str]:
    """The base addresses of Azure ML's services in a region."""
    here = f"https://{region}.api.azureml.ms"
    return {
        "api": here,
        "catalog": "https://catalog.cortanaanalytics.com",
        "experimentation": here,
        "gallery": "https://gallery.cortanaintelligence.com/project",
        "history": here,
        "hyperdrive": here,
        "labeling": here,
        "modelmanagement": f"https://{region}.modelmanagement.azureml.net",
        "pipelines": here,
        "studio": "https://ml.azure.com",
    }


class MachineLearning:
    """Azure ML outside of Resource Manager."""

    hosts = re.compile(r"([a-z0-9]+)\.(?:api\.azureml\.ms|modelmanagement\.azureml\.net)")

    def __init__(self, cloud: Cloud, deployments: Deployments) -> None:
        self._cloud = cloud
        self._deployments = deployments
        self._routes = routes(ServiceRoutes(deployments))

    async def start(self) -> None:
        """Bring the deployed services back."""
        await self._deployments.start()

    async def stop(self) -> None:
        """End the servers of the deployed services."""
        await self._deployments.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        raw = await request.body()
        region, _, domain = request.headers["host"].lower().removesuffix(":443").partition(".")
        model_management = domain.startswith(_MODEL_MANAGEMENT)
        try:
            response = await self._answer(request, raw, region, model_management=model_management)
        except MlError as error:
            body = error.model_management() if model_management else error.common(region)
            response = answer(body, error.status)
        if model_management:
            response.headers["api-supported-versions"] = "1.0, 2018-03-01-preview, 2018-11-19"
        await response(scope, receive, send)

    async def _answer(self, request: Request, raw: bytes, region: str, *, model_management: bool) -> Response:
        path = re.sub("/+", "/", request.url.path).rstrip("/")
        if request.method == "GET" and path == "/discovery" and region in REGIONS and not model_management:
            return answer(discovery(region))
        match = _PATH.fullmatch(path)
        if match is None or match["plane"].lower().startswith(_MODEL_MANAGEMENT) != model_management:
            raise _unknown(request.method, path)
        try:
            principal = principal_of(self._cloud, request.headers.get("authorization", ""), AUDIENCES)
        except TokenRefused:
            message = "Invalid Authorization header. Please make sure sure your are using Bearer authentication and"
            raise MlError(401, "EmptyOrInvalidToken", f"{message} passing the correct key.") from None
        workspace = workspace_of(self._cloud, match["subscription"], match["group"], match["workspace"])
        if workspace is None or workspace.location != region:
            raise MlError(404, "WorkspaceNotFound", f"The workspace {match['workspace']} was not found in {region}.")
        route, names = self._route(request.method, match["plane"].lower(), match["rest"], path)
        query = dict(request.query_params)
        if route.plane.startswith("rp/"):
            _check_version(query.get("api-version", ""))
        if not allowed(self._cloud, principal, route.action, workspace.id):
            message = (
                f"The client '{principal.app_id or principal.name}' with object id '{principal.object_id}' does not"
                f" have authorization to perform action '{route.action}' over scope '{workspace.id}'."
            )
            raise MlError(403, "AuthorizationError", message)
        call = Call(self._cloud, workspace, principal, request.headers["host"].lower(), path, query, raw)
        return await route.handler(call, **names)

    def _route(self, method: str, plane: str, rest: str, path: str) -> tuple[Route, dict[str, Any]]:
        for route in self._routes:
            found = route.pattern.fullmatch(rest) if route.plane == plane and route.method == method else None
            if found is not None:
                return route, found.groupdict()
        raise _unknown(method, path)


def _unknown(method: str, path: str) -> MlError:
    return MlError(404, "NotFound", f"The sandbox cloud's Azure ML has no {method} {path}.")


def _check_version(version: str) -> None:
    known = PROVIDERS["microsoft.machinelearningservices"].types["workspaces/computes"]
    if version not in known:
        raise MlError(400, "UnsupportedApiVersion", f"The api-version '{version}' is not supported.")
