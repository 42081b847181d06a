"""Who is calling: a personal access token of this workspace, or an Entra token for Azure Databricks."""

import base64
import json
import time
from typing import Any

from starlette.requests import Request

from wizard.sandbox.arm.workspaces import Workspace
from wizard.sandbox.cloud import DATABRICKS_APP_ID, Cloud, Principal
from wizard.sandbox.databricks.faults import DatabricksFault
from wizard.sandbox.databricks.tokens import Tokens
from wizard.sandbox.entra.tokens import Reason, TokenRefused, principal_of

_EXPIRY_MARGIN = 30  # seconds; a token that ends sooner is already refused


def authenticate(cloud: Cloud, tokens: Tokens, workspace: Workspace, request: Request) -> Principal:
    """The principal that the request's bearer token proves.

    Raises DatabricksFault: 401 without a token; 403 for an unknown, revoked or expired one, or one of another
    workspace; 400 for an Entra token meant for another service or issued by another tenant.
    """
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    bearer = bearer.strip()
    if scheme.lower() == "basic":
        bearer = _basic_password(bearer)
    elif scheme.lower() != "bearer":
        bearer = ""
    if not bearer:
        message = "Credential was not sent or was of an unsupported type for this API."
        raise DatabricksFault(401, 401, message)
    if bearer.count(".") == 2:
        return _entra_principal(cloud, workspace, bearer)
    owner = tokens.owner(workspace.workspace_id, bearer)
    if owner is None:
        raise _invalid_token()
    return owner


def has_entra_token(request: Request) -> bool:
    """Whether the caller has proven who they are by a token of Entra's, not by one of the workspace's own."""
    return request.headers.get("authorization", "").partition(" ")[2].strip().count(".") == 2


def _basic_password(encoded: str) -> str:
    """The personal access token of `Authorization: Basic`, whose user name must be the word token."""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return ""
    return password if user == "token" else ""


def _entra_principal(cloud: Cloud, workspace: Workspace, bearer: str) -> Principal:
    claims = _claims(bearer)
    try:
        principal = principal_of(cloud, bearer, [DATABRICKS_APP_ID])
    except TokenRefused as refusal:
        raise _refusal(refusal.reason, claims) from refusal
    if principal.tenant_id.lower() != workspace.tenant_id.lower():
        raise _incorrect_claim(
            "iss",
            f"https://sts.windows.net/{workspace.tenant_id}/",
            f"https://sts.windows.net/{principal.tenant_id}/",
        )
    if claims.get("exp", 0) - time.time() < _EXPIRY_MARGIN:
        raise _refusal("expired", claims)
    return principal


def _refusal(reason: Reason, claims: dict[str, Any]) -> DatabricksFault:
    if reason == "audience":
        return _incorrect_claim("aud", DATABRICKS_APP_ID, str(claims.get("aud")))
    if reason == "expired":
        return DatabricksFault(403, 403, "Token is expiring within 30 seconds. (token expired)")
    return _invalid_token()


def _incorrect_claim(claim: str, expected: str, actual: str) -> DatabricksFault:
    reason = f"Expected {claim} claim to be: {expected}, but was: {actual}."
    return DatabricksFault(400, 400, f"io.jsonwebtoken.IncorrectClaimException: {reason}")


def _invalid_token() -> DatabricksFault:
    return DatabricksFault(403, 403, "Invalid access token.")


def _claims(bearer: str) -> dict[str, Any]:
    """What the token says of itself; only for choosing the words of a refusal, never for trust."""
    payload = bearer.split(".")[1]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}
