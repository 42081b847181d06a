"""Discovery and identity: what a client asks before and right after it signs in."""

import hashlib

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.databricks.administrators import is_administrator
from wizard.sandbox.databricks.wire import caller_of, workspace_of

# Paths that answer without a token; those below /fs/signed/ carry a signature of their own.
PUBLIC = ("/.well-known/databricks-config", "/oidc/", "/aad/auth", "/api/2.0/fs/signed/")


async def _databricks_config(request: Request) -> JSONResponse:
    """Host metadata; databricks-sdk asks for it each time it builds a Config."""
    workspace = workspace_of(request)
    return JSONResponse(
        {
            "oidc_endpoint": f"https://{workspace.host}/oidc",
            "workspace_id": workspace.workspace_id,
            "cloud": "azure",
        }
    )


async def _authorization_server(request: Request) -> JSONResponse:
    """OAuth 2.0 authorization server metadata (RFC 8414)."""
    issuer = f"https://{workspace_of(request).host}/oidc"
    return JSONResponse(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/v1/authorize",
            "token_endpoint": f"{issuer}/v1/token",
            "response_types_supported": ["code"],
            "grant_types_supported": ["client_credentials", "authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "none"],
            "scopes_supported": ["all-apis", "offline_access"],
        }
    )


async def _oidc_token(_: Request) -> JSONResponse:
    """Databricks' own OAuth: no service principal of this workspace has a Databricks-managed secret."""
    description = "Client authentication failed"
    return JSONResponse({"error": "invalid_client", "error_description": description}, 401)


async def _aad_auth(request: Request) -> RedirectResponse:
    """Where a browser would sign in; databricks-sdk reads the workspace's tenant from the address."""
    tenant = workspace_of(request).tenant_id
    return RedirectResponse(f"https://login.microsoftonline.com/{tenant}/oauth2/authorize", 302)


def user_id(principal: Principal) -> str:
    """The workspace's own number for a principal: stable, as decimal text."""
    digest = hashlib.sha256(principal.object_id.encode()).digest()
    return str(int.from_bytes(digest[:6]) + 10**15)


def user_name(principal: Principal) -> str:
    """The name by which a workspace knows a principal: a service principal goes by its application id."""
    return principal.app_id if principal.kind == "ServicePrincipal" else principal.name


class _Scim:
    """The SCIM handler."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def me(self, request: Request) -> JSONResponse:
        """The caller as a SCIM resource."""
        principal = caller_of(request)
        name = user_name(principal)
        groups = ["users"]
        if is_administrator(self._cloud, workspace_of(request), principal):
            groups.insert(0, "admins")
        me = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": user_id(principal),
            "externalId": principal.object_id,
            "userName": name,
            "displayName": principal.name,
            "active": True,
            "emails": [{"type": "work", "value": name, "primary": True}] if principal.kind == "User" else [],
            "groups": [
                {"display": group, "type": "direct", "value": group, "$ref": f"Groups/{group}"} for group in groups
            ],
        }
        return JSONResponse(me, media_type="application/scim+json")


def routes(cloud: Cloud) -> list[Route]:
    """Host metadata, OAuth metadata, the sign-in redirect and SCIM Me."""
    return [
        Route("/.well-known/databricks-config", _databricks_config, methods=["GET"]),
        Route("/oidc/.well-known/oauth-authorization-server", _authorization_server, methods=["GET"]),
        Route("/oidc/.well-known/openid-configuration", _authorization_server, methods=["GET"]),
        Route("/oidc/v1/token", _oidc_token, methods=["POST"]),
        Route("/aad/auth", _aad_auth, methods=["GET"]),
        Route("/api/2.0/preview/scim/v2/Me", _Scim(cloud).me, methods=["GET"]),
    ]
