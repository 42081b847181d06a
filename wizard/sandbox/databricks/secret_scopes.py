"""The Secrets API: scopes, kept by Databricks itself or shown from an Azure key vault, and who may use them.

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
from wizard.sandbox.databricks import vault_scopes
from wizard.sandbox.databricks.administrators import is_administrator
from wizard.sandbox.databricks.auth import has_entra_token
from wizard.sandbox.databricks.faults import DatabricksFault, invalid, missing
from wizard.sandbox.databricks.identity import user_name
from wizard.sandbox.databricks.secret_acls import EVERYBODY, PERMISSIONS, check_permission
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
_LARGEST_SECRET = 128 * 1024  # bytes
_MOST_SCOPES = 1000


class _SecretRoutes:
    """The handlers. A scope is one document, keyed "<workspace id>/<scope>"; one of a key vault has a `vault`."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._store = cloud.store

    def _key(self, request: Request, scope: str) -> str:
        return f"{workspace_of(request).workspace_id}/{scope}"

    def _scope(self, request: Request, scope: str, needed: str) -> Document:
        """A scope on which the caller has a permission."""
        found = self._store.get(KIND, self._key(request, scope))
        if found is None:
            raise missing(f"Scope {scope} does not exist!")
        check_permission(self._cloud, workspace_of(request), caller_of(request), scope, found, needed)
        return found

    async def create_scope(self, request: Request) -> JSONResponse:
        body = await json_body(request)
        scope = required(body, "scope")
        _check_name("Scope", scope)
        backend = optional(body, "scope_backend_type", str, "DATABRICKS").upper()
        if backend == vault_scopes.VAULT and not has_entra_token(request):
            raise invalid("Scope with Azure KeyVault must have userAADToken defined!")
        manager = _first_manager(request, optional(body, "initial_manage_principal", str, ""))
        if self._store.get(KIND, self._key(request, scope)):
            raise DatabricksFault(400, "RESOURCE_ALREADY_EXISTS", f"Scope {scope} already exists!")
        if len(self._store.items(KIND, self._key(request, ""))) >= _MOST_SCOPES:
            raise DatabricksFault(400, "RESOURCE_LIMIT_EXCEEDED", f"At most {_MOST_SCOPES} scopes are allowed")
        made: Document = {"secrets": {}, "acls": {manager: "MANAGE"}}
        if backend == vault_scopes.VAULT:
            made["vault"] = self._vault(request, body)
        self._store.put(KIND, self._key(request, scope), made)
        return JSONResponse({})

    def _vault(self, request: Request, body: Body) -> dict[str, str]:
        """The vault of a new scope, once Databricks may read it."""
        caller, vault = caller_of(request), vault_scopes.vault_of_body(body)
        if not is_administrator(self._cloud, workspace_of(request), caller):
            message = f"User {user_name(caller)} is not an administrator of this workspace."
            raise DatabricksFault(403, "PERMISSION_DENIED", message)
        vault_scopes.let_databricks_in(self._cloud, caller, vault)
        return vault

    async def list_scopes(self, request: Request) -> JSONResponse:
        held = self._store.items(KIND, self._key(request, ""))
        scopes = [_view(key.partition("/")[2], scope) for key, scope in held]
        return JSONResponse({"scopes": scopes} if scopes else {})

    async def delete_scope(self, request: Request) -> JSONResponse:
        scope = required(await json_body(request), "scope")
        self._scope(request, scope, "MANAGE")
        self._store.delete(KIND, self._key(request, scope))
        return JSONResponse({})

    async def put(self, request: Request) -> JSONResponse:
        body = await json_body(request)
        name, key = required(body, "scope"), required(body, "key")
        _check_name("Key", key)
        scope = self._scope(request, name, "WRITE")
        if "vault" in scope:
            raise _read_only(f"Cannot write secrets to Azure KeyVault-backed scope {name}")
        data = _data(body)
        scope["secrets"][key] = {"data": base64.b64encode(data).decode(), "updated": int(time.time() * 1000)}
        self._store.put(KIND, self._key(request, name), scope)
        return JSONResponse({})

    async def get(self, request: Request) -> JSONResponse:
        name, key = required_query(request, "scope"), required_query(request, "key")
        scope = self._scope(request, name, "READ")
        if "vault" in scope:
            value = vault_scopes.read(self._cloud, name, scope["vault"], key)
            return JSONResponse({"key": key, "value": base64.b64encode(value.encode()).decode()})
        secret = scope["secrets"].get(key)
        if secret is None:
            raise missing(f"Secret does not exist with scope: {name} and key: {key}")
        return JSONResponse({"key": key, "value": secret["data"]})

    async def list_secrets(self, request: Request) -> JSONResponse:
        scope = self._scope(request, required_query(request, "scope"), "READ")
        if "vault" in scope:
            rows = vault_scopes.keys(self._cloud, scope["vault"])
        else:
            held = scope["secrets"]
            rows = [{"key": key, "last_updated_timestamp": held[key]["updated"]} for key in sorted(held)]
        return JSONResponse({"secrets": rows} if rows else {})

    async def delete(self, request: Request) -> JSONResponse:
        body = await json_body(request)
        name, key = required(body, "scope"), required(body, "key")
        scope = self._scope(request, name, "WRITE")
        if "vault" in scope:
            raise _read_only(f"Cannot delete secrets from Azure KeyVault-backed scope {name}")
        if scope["secrets"].pop(key, None) is None:
            raise missing(f"Secret does not exist with scope: {name} and key: {key}")
        self._store.put(KIND, self._key(request, name), scope)
        return JSONResponse({})

    async def put_acl(self, request: Request) -> JSONResponse:
        body = await json_body(request)
        name, principal, permission = (required(body, field) for field in ("scope", "principal", "permission"))
        if permission not in PERMISSIONS:
            raise invalid(f"Permission must be one of {', '.join(sorted(PERMISSIONS))}")
        scope = self._scope(request, name, "MANAGE")
        scope["acls"][principal] = permission
        self._store.put(KIND, self._key(request, name), scope)
        return JSONResponse({})

    async def get_acl(self, request: Request) -> JSONResponse:
        name, principal = required_query(request, "scope"), required_query(request, "principal")
        permission = self._scope(request, name, "MANAGE")["acls"].get(principal)
        if permission is None:
            raise _no_acl(principal, name)
        return JSONResponse({"principal": principal, "permission": permission})

    async def list_acls(self, request: Request) -> JSONResponse:
        acls: dict[str, Any] = self._scope(request, required_query(request, "scope"), "MANAGE")["acls"]
        return JSONResponse({"items": [{"principal": who, "permission": what} for who, what in acls.items()]})

    async def delete_acl(self, request: Request) -> JSONResponse:
        body = await json_body(request)
        name, principal = required(body, "scope"), required(body, "principal")
        scope = self._scope(request, name, "MANAGE")
        if scope["acls"].pop(principal, None) is None:
            raise _no_acl(principal, name)
        self._store.put(KIND, self._key(request, name), scope)
        return JSONResponse({})


def _first_manager(request: Request, wanted: str) -> str:
    """Who may manage a new scope: its creator, or everybody, which is the only way in the standard tier."""
    if wanted not in ("", EVERYBODY):
        raise DatabricksFault(400, "BAD_REQUEST", f"initial_manage_principal can only be {EVERYBODY!r}, not {wanted!r}")
    if not wanted and workspace_of(request).sku == "standard":
        message = "Premium Tier is disabled in this workspace. Secret scopes can only be created with"
        raise DatabricksFault(400, "BAD_REQUEST", f'{message} initial_manage_principal "{EVERYBODY}".')
    return wanted or user_name(caller_of(request))


def _view(name: str, scope: Document) -> dict[str, Any]:
    if "vault" in scope:
        return {"name": name, "backend_type": vault_scopes.VAULT, "keyvault_metadata": scope["vault"]}
    return {"name": name, "backend_type": "DATABRICKS"}


def _read_only(message: str) -> DatabricksFault:
    return DatabricksFault(400, "BAD_REQUEST", message)


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
