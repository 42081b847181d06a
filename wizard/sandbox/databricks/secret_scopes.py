"""Secret scopes kept by Databricks itself: scopes, their secrets and who may use them.

Source: https://docs.databricks.com/api/azure/workspace/secrets
"""

import base64
import binascii
import re
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.faults import DatabricksFault, invalid, missing
from wizard.sandbox.databricks.identity import user_name
from wizard.sandbox.databricks.wire import (
    Body,
    caller_of,
    json_body,
    optional,
    required,
    required_query,
    workspace_of,
)
from wizard.sandbox.store import Document

KIND = "databricks.secret_scope"
_NAME = re.compile(r"[A-Za-z0-9_.@-]{1,128}")
_PERMISSIONS = {"READ", "WRITE", "MANAGE"}
_LARGEST_SECRET = 128 * 1024  # bytes
_MOST_SCOPES = 1000


class _SecretRoutes:
    """The handlers. A scope is one document, keyed "<workspace id>/<scope>"."""

    def __init__(self, cloud: Cloud) -> None:
        self._store = cloud.store

    def _key(self, request: Request, scope: str) -> str:
        return f"{workspace_of(request).workspace_id}/{scope}"

    def _scope(self, request: Request, scope: str) -> Document:
        found = self._store.get(KIND, self._key(request, scope))
        if found is None:
            raise missing(f"Scope {scope} does not exist!")
        return found

    async def create_scope(self, request: Request) -> JSONResponse:
        body = await json_body(request)
        scope = required(body, "scope")
        _check_name("Scope", scope)
        if optional(body, "scope_backend_type", str, "DATABRICKS") == "AZURE_KEYVAULT":
            _refuse_vault(request)
        if self._store.get(KIND, self._key(request, scope)):
            raise DatabricksFault(400, "RESOURCE_ALREADY_EXISTS", f"Scope {scope} already exists!")
        if len(self._store.items(KIND, self._key(request, ""))) >= _MOST_SCOPES:
            raise DatabricksFault(400, "RESOURCE_LIMIT_EXCEEDED", f"At most {_MOST_SCOPES} scopes are allowed")
        principal = optional(body, "initial_manage_principal", str, "") or user_name(caller_of(request))
        self._store.put(KIND, self._key(request, scope), {"secrets": {}, "acls": {principal: "MANAGE"}})
        return JSONResponse({})

    async def list_scopes(self, request: Request) -> JSONResponse:
        names = [key.partition("/")[2] for key, _ in self._store.items(KIND, self._key(request, ""))]
        scopes = [{"name": name, "backend_type": "DATABRICKS"} for name in names]
        return JSONResponse({"scopes": scopes} if scopes else {})

    async def delete_scope(self, request: Request) -> JSONResponse:
        scope = required(await json_body(request), "scope")
        self._scope(request, scope)
        self._store.delete(KIND, self._key(request, scope))
        return JSONResponse({})

    async def put(self, request: Request) -> JSONResponse:
        body = await json_body(request)
        name, key = required(body, "scope"), required(body, "key")
        _check_name("Key", key)
        scope = self._scope(request, name)
        data = _data(body)
        scope["secrets"][key] = {"data": base64.b64encode(data).decode(), "updated": int(time.time() * 1000)}
        self._store.put(KIND, self._key(request, name), scope)
        return JSONResponse({})

    async def get(self, request: Request) -> JSONResponse:
        name, key = required_query(request, "scope"), required_query(request, "key")
        secret = self._scope(request, name)["secrets"].get(key)
        if secret is None:
            raise missing(f"Secret does not exist with scope: {name} and key: {key}")
        return JSONResponse({"key": key, "value": secret["data"]})

    async def list_secrets(self, request: Request) -> JSONResponse:
        found = self._scope(request, required_query(request, "scope"))["secrets"]
        rows = [{"key": key, "last_updated_timestamp": found[key]["updated"]} for key in sorted(found)]
        return JSONResponse({"secrets": rows} if rows else {})

    async def delete(self, request: Request) -> JSONResponse:
        body = await json_body(request)
        name, key = required(body, "scope"), required(body, "key")
        scope = self._scope(request, name)
        if scope["secrets"].pop(key, None) is None:
            raise missing(f"Secret does not exist with scope: {name} and key: {key}")
        self._store.put(KIND, self._key(request, name), scope)
        return JSONResponse({})

    async def put_acl(self, request: Request) -> JSONResponse:
        body = await json_body(request)
        name, principal, permission = (required(body, field) for field in ("scope", "principal", "permission"))
        if permission not in _PERMISSIONS:
            raise invalid(f"Permission must be one of {', '.join(sorted(_PERMISSIONS))}")
        scope = self._scope(request, name)
        scope["acls"][principal] = permission
        self._store.put(KIND, self._key(request, name), scope)
        return JSONResponse({})

    async def get_acl(self, request: Request) -> JSONResponse:
        name, principal = required_query(request, "scope"), required_query(request, "principal")
        permission = self._scope(request, name)["acls"].get(principal)
        if permission is None:
            raise _no_acl(principal, name)
        return JSONResponse({"principal": principal, "permission": permission})

    async def list_acls(self, request: Request) -> JSONResponse:
        acls: dict[str, Any] = self._scope(request, required_query(request, "scope"))["acls"]
        return JSONResponse({"items": [{"principal": who, "permission": what} for who, what in acls.items()]})

    async def delete_acl(self, request: Request) -> JSONResponse:
        body = await json_body(request)
        name, principal = required(body, "scope"), required(body, "principal")
        scope = self._scope(request, name)
        if scope["acls"].pop(principal, None) is None:
            raise _no_acl(principal, name)
        self._store.put(KIND, self._key(request, name), scope)
        return JSONResponse({})


def _refuse_vault(request: Request) -> None:
    """No scope over an Azure Key Vault: with a personal access token as everywhere, and this cloud has no vaults."""
    if request.headers.get("authorization", "").lower().startswith("bearer dapi"):
        raise invalid("Scope with Azure KeyVault must have userAADToken defined!")
    raise DatabricksFault(404, "RESOURCE_DOES_NOT_EXIST", "Azure KeyVault is not available")


def _check_name(what: str, name: str) -> None:
    if not _NAME.fullmatch(name):
        allowed = "alphanumeric characters, dashes, underscores, @ and periods, and may not exceed 128 characters"
        raise invalid(f"{what} name {name!r} is invalid: it must consist of {allowed}")


def _data(body: Body) -> bytes:
    text, encoded = optional(body, "string_value", str, ""), optional(body, "bytes_value", str, "")
    if bool(text) == bool(encoded):
        raise invalid("Exactly one of string_value and bytes_value must be given")
    try:
        data = text.encode() if text else base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise invalid("bytes_value is not valid base64") from error
    if len(data) > _LARGEST_SECRET:
        raise invalid("The secret exceeds the maximum size of 128 KB")
    return data


def _no_acl(principal: str, scope: str) -> DatabricksFault:
    return missing(f"No ACL for principal {principal} on scope {scope}")


def routes(cloud: Cloud) -> list[Route]:
    """The Secrets API."""
    handlers = _SecretRoutes(cloud)
    return [
        Route("/api/2.0/secrets/scopes/create", handlers.create_scope, methods=["POST"]),
        Route("/api/2.0/secrets/scopes/list", handlers.list_scopes, methods=["GET"]),
        Route("/api/2.0/secrets/scopes/delete", handlers.delete_scope, methods=["POST"]),
        Route("/api/2.0/secrets/put", handlers.put, methods=["POST"]),
        Route("/api/2.0/secrets/get", handlers.get, methods=["GET"]),
        Route("/api/2.0/secrets/list", handlers.list_secrets, methods=["GET"]),
        Route("/api/2.0/secrets/delete", handlers.delete, methods=["POST"]),
        Route("/api/2.0/secrets/acls/put", handlers.put_acl, methods=["POST"]),
        Route("/api/2.0/secrets/acls/get", handlers.get_acl, methods=["GET"]),
        Route("/api/2.0/secrets/acls/list", handlers.list_acls, methods=["GET"]),
        Route("/api/2.0/secrets/acls/delete", handlers.delete_acl, methods=["POST"]),
    ]
