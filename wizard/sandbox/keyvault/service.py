"""The hosts VAULT.vault.azure.net: finds the vault and the operation, authorizes, answers."""

import re
import uuid
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.keyvault import operations as on
from wizard.sandbox.keyvault.authorization import authorize
from wizard.sandbox.keyvault.errors import VaultError, bad_parameter
from wizard.sandbox.keyvault.secrets import Secrets
from wizard.sandbox.keyvault.vaults import HOST, vault_of_host

_Operation = Callable[[on.Call, str, str], Response]
_VERSIONS = {"7.0", "7.1", "7.2", "7.3", "7.4", "7.5", "7.6", "2025-07-01", "2026-04-01"}

# method, path, the permission it needs, operation
_OPERATIONS: list[tuple[str, re.Pattern[str], str, _Operation]] = [
    (method, re.compile(path + "/?"), permission, operation)
    for method, path, permission, operation in (
        ("GET", "/secrets", "list", on.list_secrets),
        ("GET", "/secrets/(?P<name>[^/]+)/versions", "list", on.list_versions),
        ("PUT", "/secrets/(?P<name>[^/]+)", "set", on.set_secret),
        ("DELETE", "/secrets/(?P<name>[^/]+)", "delete", on.delete_secret),
        ("GET", "/secrets/(?P<name>[^/]+)(/(?P<version>[0-9a-f]{32}))?", "get", on.get_secret),
        ("PATCH", "/secrets/(?P<name>[^/]+)(/(?P<version>[0-9a-f]{32}))?", "update", on.update_secret),
        ("GET", "/deletedsecrets", "list", on.list_deleted),
        ("GET", "/deletedsecrets/(?P<name>[^/]+)", "get", on.get_deleted),
        ("DELETE", "/deletedsecrets/(?P<name>[^/]+)", "purge", on.purge_secret),
        ("POST", "/deletedsecrets/(?P<name>[^/]+)/recover", "recover", on.recover_secret),
    )
]


class KeyVault:
    """All key vaults of the cloud."""

    hosts: re.Pattern[str] = HOST

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

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
        except VaultError as error:
            response = error.response()
        response.headers["x-ms-request-id"] = str(uuid.uuid4())
        response.headers["x-ms-keyvault-service-version"] = "1.9.2747.1"
        response.headers["Cache-Control"] = "no-cache"
        await response(scope, receive, send)

    def _answer(self, request: Request, raw: bytes) -> Response:
        vault = vault_of_host(self._cloud, request.headers["host"].removesuffix(":443"))
        if vault is None:  # deleted while the connection was open
            raise VaultError(404, "VaultNotFound", "There is no key vault of this name.")
        permission, operation, match = _operation(request)
        name, version = match.groupdict().get("name") or "", match.groupdict().get("version") or ""
        authorize(self._cloud, vault, request.headers, permission, name)
        query = dict(request.query_params)
        _check_version(query.get("api-version"))
        if name:
            on.check_name(name)
        call = on.Call(vault, Secrets(self._cloud.store, vault), request.url.path, query, raw)
        return operation(call, name, version)


def _operation(request: Request) -> tuple[str, _Operation, re.Match[str]]:
    for method, path, permission, operation in _OPERATIONS:
        match = path.fullmatch(request.url.path)
        if match is not None and method == request.method:
            return permission, operation, match
    raise VaultError(404, "NotFound", f"The sandbox cloud's vaults have no {request.method} {request.url.path}.")


def _check_version(version: str | None) -> None:
    if version is None:
        raise bad_parameter("api-version must be specified")
    if version not in _VERSIONS:
        raise bad_parameter(
            f"The specified version ({version}) is not recognized. Consider using the latest supported version"
            f" ({max(_VERSIONS)})."
        )
