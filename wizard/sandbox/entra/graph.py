"""Microsoft Graph, as far as looking up service principals goes: how a client finds AzureDatabricks' object id.

https://learn.microsoft.com/graph/api/serviceprincipal-get and .../serviceprincipal-list
"""

import re
import uuid
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from wizard.sandbox.arm.moments import moment
from wizard.sandbox.cloud import DATABRICKS_APP_ID, Cloud, Principal
from wizard.sandbox.entra.directory import GRAPH_APP_ID, Directory
from wizard.sandbox.entra.tokens import TokenRefused, principal_of
from wizard.sandbox.settings import setting

HOST = "graph.microsoft.com"
_MICROSOFT = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"  # the tenant that owns Microsoft's applications
_CONTEXT = f"https://{HOST}/v1.0/$metadata#servicePrincipals"
# The filters that are understood, and the property that each compares; $filter has more in the real service.
_EQUALS = re.compile(r"(?P<name>appId|id|displayName) eq '(?P<value>[^']*)'")
_STARTS = re.compile(r"startswith\((?P<name>displayName), ?'(?P<value>[^']*)'\)")
_NAMED = re.compile(r"(?P<name>servicePrincipalNames)/any\((?P<each>\w+): ?(?P=each) eq '(?P<value>[^']*)'\)")


class GraphError(Exception):
    """One refused request."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class Graph:
    """Microsoft Graph for the sandbox's tenant."""

    hosts = re.compile(re.escape(HOST))

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._app = Starlette(
            routes=[
                Route("/v1.0/servicePrincipals", self._list, methods=["GET"]),
                Route("/v1.0/servicePrincipals(appId='{app_id}')", self._by_application, methods=["GET"]),
                Route("/v1.0/servicePrincipals/{object_id}", self._by_id, methods=["GET"]),
            ],
            exception_handlers={GraphError: _refused, 404: _no_resource},
        )

    async def start(self) -> None:
        """Nothing to get ready."""

    async def stop(self) -> None:
        """Nothing runs underneath."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await self._app(scope, receive, send)

    async def _list(self, request: Request) -> Response:
        """GET servicePrincipals, all or those that a $filter names."""
        everybody = self._visible(request)
        filtered = request.query_params.get("$filter")
        if filtered is not None:
            everybody = _filtered(everybody, filtered)
        return JSONResponse({"@odata.context": _CONTEXT, "value": [_selected(request, each) for each in everybody]})

    async def _by_application(self, request: Request) -> Response:
        """GET servicePrincipals(appId='...')."""
        return self._one(request, "appId", request.path_params["app_id"])

    async def _by_id(self, request: Request) -> Response:
        """GET servicePrincipals/{id}."""
        return self._one(request, "id", request.path_params["object_id"])

    def _one(self, request: Request, name: str, value: str) -> Response:
        for each in self._visible(request):
            if each[name] == value.lower():
                return JSONResponse({"@odata.context": f"{_CONTEXT}/$entity", **_selected(request, each)})
        message = f"Resource '{value}' does not exist or one of its queried reference-property objects are not present."
        raise GraphError(404, "Request_ResourceNotFound", message)

    def _visible(self, request: Request) -> list[dict[str, Any]]:
        """The service principals of the tenant, for somebody who may see them. Raises GraphError."""
        directory = Directory(self._cloud)
        audiences = [f"https://{HOST}", GRAPH_APP_ID]
        try:
            principal_of(self._cloud, request.headers.get("authorization", ""), audiences)
        except TokenRefused as refused:
            words = {
                "missing": "Access token is empty.",
                "audience": "Access token validation failure. Invalid audience.",
                "expired": "Lifetime validation failed, the token is expired.",
            }
            message = words.get(refused.reason, "CompactToken parsing failed with error code: 80049217")
            raise GraphError(401, "InvalidAuthenticationToken", message) from None
        if setting(self._cloud.store, "entra.directory_closed"):
            raise GraphError(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        return [
            _view(directory.azure_databricks(), _MICROSOFT),
            *(_view(each, directory.tenant_id) for each in directory.service_principals()),
            *(_view(each, directory.tenant_id, "ManagedIdentity") for each in directory.managed_identities()),
        ]


def _view(principal: Principal, owner: str, kind: str = "Application") -> dict[str, Any]:
    return {
        "id": principal.object_id,
        "deletedDateTime": None,
        "accountEnabled": True,
        "appDisplayName": principal.name,
        "appId": principal.app_id,
        "appOwnerOrganizationId": owner,
        "appRoleAssignmentRequired": False,
        "displayName": principal.name,
        "servicePrincipalNames": [principal.app_id],
        "servicePrincipalType": kind,
        "signInAudience": "AzureADMultipleOrgs" if principal.app_id == DATABRICKS_APP_ID else "AzureADMyOrg",
        "tags": [],
    }


def _selected(request: Request, found: dict[str, Any]) -> dict[str, Any]:
    """What $select leaves of a service principal."""
    wanted = [name.strip() for name in request.query_params.get("$select", "").split(",") if name.strip()]
    unknown = [name for name in wanted if name not in found]
    if unknown:
        message = f"Could not find a property named '{unknown[0]}' on type 'microsoft.graph.servicePrincipal'."
        raise GraphError(400, "BadRequest", message)
    return {name: found[name] for name in wanted} if wanted else found


def _filtered(everybody: list[dict[str, Any]], condition: str) -> list[dict[str, Any]]:
    for pattern in (_EQUALS, _STARTS, _NAMED):
        match = pattern.fullmatch(condition.strip())
        if match is None:
            continue
        value = match["value"].lower()
        if pattern is _STARTS:
            return [each for each in everybody if each[match["name"]].lower().startswith(value)]
        if pattern is _NAMED:
            return [each for each in everybody if value in each[match["name"]]]
        return [each for each in everybody if each[match["name"]].lower() == value]
    raise GraphError(400, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause specified.")


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, GraphError)  # noqa: S101 - registered for nothing else
    number = str(uuid.uuid4())
    inner = {"date": moment()[:19], "request-id": number, "client-request-id": number}
    body = {"error": {"code": error.code, "message": error.message, "innerError": inner}}
    return JSONResponse(body, error.status)


async def _no_resource(request: Request, _: Exception) -> Response:
    segment = request.url.path.rpartition("/")[2]
    return await _refused(request, GraphError(400, "BadRequest", f"Resource not found for the segment '{segment}'."))
