"""Who is calling: a personal access token by Basic, or a token of Entra's for Azure DevOps by Bearer.

https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/authentication-guidance
"""

import base64

from wizard.sandbox.cloud import DEVOPS_APP_ID, Principal
from wizard.sandbox.devops import build_service, pats
from wizard.sandbox.devops.faults import not_authorized
from wizard.sandbox.devops.tenancy import EVERYTHING, Caller, Tenancy
from wizard.sandbox.entra.directory import Directory
from wizard.sandbox.entra.tokens import TokenRefused, principal_of

AUDIENCES = (DEVOPS_APP_ID, f"api://{DEVOPS_APP_ID}", "https://app.vssps.visualstudio.com")


class NotSignedIn(Exception):  # noqa: N818 - it is an answer, not a bug
    """The request proves nobody. `reason` is told where the service itself would tell it."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


def authenticate(tenancy: Tenancy, header: str) -> Caller:
    """Who an Authorization header belongs to.

    Raises NotSignedIn when it proves nobody, DevOpsFault 401 TF400813 when it proves somebody the organisation does
    not know.
    """
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() == "basic":
        return _by_token(tenancy, _basic_secret(value.strip()))
    if scheme.lower() == "bearer" and value.count(".") == 2:
        return _by_entra(tenancy, value.strip())
    if scheme.lower() == "bearer":
        return _by_token(tenancy, value.strip())
    raise NotSignedIn


def _basic_secret(encoded: str) -> str:
    """The token in Basic credentials: the password, or the user name where there is no password."""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        raise NotSignedIn from None
    return password or user


def _by_token(tenancy: Tenancy, secret: str) -> Caller:
    if secret.count(".") == 2:  # git sends Entra's tokens as a password, too
        return _by_entra(tenancy, secret)
    job = build_service.caller(tenancy, secret)
    if job is not None:
        return job
    known = pats.find(tenancy.store, secret) if secret else None
    if known is None:
        raise NotSignedIn
    if known.expired:
        raise NotSignedIn("Access Denied: The Personal Access Token used has expired.")
    owner = Directory(tenancy.cloud).principal(known.owner)
    if owner is None:
        raise NotSignedIn
    return _member(tenancy, owner, known.scopes, by_entra=False)


def _by_entra(tenancy: Tenancy, bearer: str) -> Caller:
    try:
        principal = principal_of(tenancy.cloud, bearer, AUDIENCES)
    except TokenRefused:
        raise NotSignedIn from None
    return _member(tenancy, principal, frozenset({EVERYTHING}), by_entra=True)


def _member(tenancy: Tenancy, principal: Principal, scopes: frozenset[str], by_entra: bool) -> Caller:
    identity = tenancy.identities.member(principal)
    if identity is None:
        raise not_authorized(principal.object_id)
    return Caller(identity, scopes, by_entra)


def need_scope(caller: Caller, scope: str) -> None:
    """Raise DevOpsFault 401 TF400813 unless the caller's token was made for this (`any`: every token will do)."""
    if scope != "any" and EVERYTHING not in caller.scopes and f"vso.{scope}" not in caller.scopes:
        raise not_authorized(caller.identity.id)
