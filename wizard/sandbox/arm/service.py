"""The host management.azure.com: authenticates, checks api-version and roles, and calls the operation."""

import re
import uuid
from typing import Any

import jwt
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from wizard.sandbox.arm.access import allowed, found_subscription
from wizard.sandbox.arm.call import Call, answer
from wizard.sandbox.arm.errors import ArmError, authorization_failed
from wizard.sandbox.arm.locks import check_locks
from wizard.sandbox.arm.metadata import endpoints
from wizard.sandbox.arm.policies import check_policies
from wizard.sandbox.arm.providers import check_version, provider_of
from wizard.sandbox.arm.route import Route
from wizard.sandbox.arm.routes import ROUTES
from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.entra.directory import Directory
from wizard.sandbox.entra.tokens import TokenRefused, principal_of

AUDIENCES = ("https://management.azure.com", "https://management.core.windows.net")


class ResourceManager:
    """Azure Resource Manager."""

    hosts = re.compile(r"management\.azure\.com")

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        found_subscription(cloud)

    async def start(self) -> None:
        """Nothing to get ready."""

    async def stop(self) -> None:
        """Nothing runs underneath."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        raw = await request.body()
        try:
            response = self._answer(request, raw)
        except ArmError as error:
            response = error.response()
        response.headers["x-ms-request-id"] = response.headers["x-ms-correlation-request-id"] = str(uuid.uuid4())
        response.headers["Cache-Control"] = "no-cache"
        await response(scope, receive, send)

    def _answer(self, request: Request, raw: bytes) -> Response:
        path = re.sub("/+", "/", request.url.path).rstrip("/") or "/"
        query = dict(request.query_params)
        version = next((v for k, v in query.items() if k.lower() == "api-version"), "")
        if path.lower() == "/metadata/endpoints":
            _need_version(version)
            return answer(endpoints(version))
        principal = self._principal(request)
        _need_version(version)
        route, names = _route(request.method, path, version)
        namespace, _, resource_type = route.version_of.partition("/")
        check_version(namespace, resource_type, version)
        self._check_subscription(path, principal)
        action = route.action.format(**names) if "{" in route.action else route.action
        place = "/" + names.get("scope", path).lstrip("/")
        if action and not allowed(self._cloud, principal, action, place):
            raise authorization_failed(principal, action, place)
        check_locks(self._cloud, request.method, action, path)
        if "scope" in names:
            names["scope"] = place
        call = Call(self._cloud, principal, request.method, path, query, raw, version)
        if request.method == "PUT" and "scope" not in names and "subscription" in names:
            check_policies(self._cloud, names["subscription"], route.version_of, path.rpartition("/")[2], call.body())
        return route.handler(call, **names)

    def _principal(self, request: Request) -> Principal:
        header = request.headers.get("authorization", "")
        try:
            return principal_of(self._cloud, header, AUDIENCES)
        except TokenRefused as refused:
            raise _unauthenticated(refused, header, Directory(self._cloud).tenant_id) from None

    def _check_subscription(self, path: str, principal: Principal) -> None:
        match = re.match(r"/subscriptions/([^/]+)", path, re.IGNORECASE)
        if match is None:
            return
        try:
            uuid.UUID(match[1])
        except ValueError:
            message = f"The provided subscription identifier '{match[1]}' is malformed or invalid."
            raise ArmError(400, "InvalidSubscriptionId", message) from None
        found = self._cloud.store.get("subscription", match[1].lower())
        if found is None:
            raise ArmError(404, "SubscriptionNotFound", f"The subscription '{match[1]}' could not be found.")
        if found["tenant_id"] != principal.tenant_id:
            raise _wrong_tenant(principal.tenant_id, found["tenant_id"])


def _wrong_tenant(presented: str, wanted: str) -> ArmError:
    """401 for a token of a tenant that the subscription does not belong to."""
    login = "https://login.windows.net"
    message = (
        f"The access token is from the wrong issuer 'https://sts.windows.net/{presented}/'. It must match the tenant"
        f" 'https://sts.windows.net/{wanted}/' associated with this subscription. Please use the authority (URL)"
        f" '{login}/{wanted}' to get the token."
    )
    challenge = f'Bearer authorization_uri="{login}/{wanted}", error="invalid_token", error_description="{message}"'
    return ArmError(401, "InvalidAuthenticationTokenTenant", message, headers={"WWW-Authenticate": challenge})


def _need_version(version: str) -> None:
    if not version:
        raise ArmError(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )


def _route(method: str, path: str, version: str) -> tuple[Route, dict[str, str]]:
    """The operation for a request; raises the error that says what is wrong with the path."""
    other_methods = []
    for route in ROUTES:
        names = route.match(path)
        if names is not None and route.method == method:
            return route, names
        if names is not None:
            other_methods.append(route.method)
    if other_methods:
        raise ArmError(
            405,
            "MethodNotAllowed",
            f"The HTTP method '{method}' is not supported for this resource.",
            headers={"Allow": ", ".join(other_methods)},
        )
    match = re.search(r"/providers/([^/]+)(?:/([^/]+))?", path, re.IGNORECASE)
    if match is not None:
        provider_of(match[1])
        check_version(match[1], match[2] or "", version)
    raise ArmError(404, "InvalidResourceType", f"The sandbox cloud has no operation {method} '{path}'.")


def _unauthenticated(refused: TokenRefused, header: str, tenant: str) -> ArmError:
    """401 in the words that fit the reason, with the challenge header that clients read."""
    challenge = f'Bearer authorization_uri="https://login.windows.net/{tenant}", error="invalid_token"'
    code, message = {
        "missing": ("AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."),
        "malformed": ("InvalidAuthenticationToken", "The access token is invalid."),
        "signature": ("InvalidAuthenticationToken", "The access token is invalid."),
        "expired": ("ExpiredAuthenticationToken", "The access token expiry UTC time is earlier than current UTC time."),
        "audience": ("InvalidAuthenticationTokenAudience", ""),
    }[refused.reason]
    if refused.reason == "audience":
        message = (
            "The access token has been obtained for wrong audience or resource"
            f" '{_audience(header)}'. It should exactly match with one of the allowed audiences"
            f" {','.join(repr(a + slash) for a in reversed(AUDIENCES) for slash in ('/', ''))}."
        )
    headers = {"WWW-Authenticate": f'{challenge}, error_description="{message}"'}
    return ArmError(401, code, message, headers=headers)


def _audience(header: str) -> Any:
    """The audience of a token that is known to be well-formed and rightly signed."""
    return jwt.decode(header.split(" ")[-1], options={"verify_signature": False}).get("aud")
