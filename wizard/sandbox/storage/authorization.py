"""Whether a request to a blob endpoint is genuine and allowed: account key, signature, Entra token, or nobody."""

import hmac
from dataclasses import dataclass

from wizard.sandbox.arm.access import allowed, data_allowed
from wizard.sandbox.entra.directory import STORAGE, Directory
from wizard.sandbox.entra.tokens import TokenRefused, principal_of
from wizard.sandbox.storage import sas
from wizard.sandbox.storage.call import Call
from wizard.sandbox.storage.errors import BlobError
from wizard.sandbox.storage.shared_key import is_recent, sign, strings_to_sign

_CONTAINERS = "Microsoft.Storage/storageAccounts/blobServices/containers"


@dataclass(frozen=True, slots=True)
class Right:
    """What an operation needs.

    `sas` are the permission letters of which one is enough. `action` is what an Entra role must allow, below
    the containers' own; with `data` it is a data action.
    """

    sas: str
    action: str
    data: bool = False


READ_ACCOUNT = Right("rwdxlacupt", "read")
LIST_CONTAINERS = Right("l", "read")
READ_CONTAINER = Right("r", "read")
CREATE_CONTAINER = Right("cw", "write")
WRITE_CONTAINER = Right("w", "write")
DELETE_CONTAINER = Right("d", "delete")
LIST_BLOBS = Right("l", "blobs/read", data=True)
READ_BLOB = Right("r", "blobs/read", data=True)
WRITE_BLOB = Right("w", "blobs/write", data=True)
CREATE_BLOB = Right("cw", "blobs/write", data=True)
DELETE_BLOB = Right("d", "blobs/delete", data=True)


def authorize(call: Call, right: Right) -> None:
    """Raise BlobError unless the request may do what it asks."""
    scheme, _, rest = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        _check_token(call, right, rest)
    elif scheme:
        _check_keys_allowed(call)
        _check_shared_key(call, scheme, rest)
    elif "sig" in call.query:
        _check_keys_allowed(call)
        sas.check(call.query, call.account, call.container, call.blob, call.level, right.sas)
    else:
        raise _anonymous(call, right)


def _check_keys_allowed(call: Call) -> None:
    if not call.account.shared_key_allowed:
        raise BlobError(403, "KeyBasedAuthenticationNotPermitted")


def _check_shared_key(call: Call, scheme: str, rest: str) -> None:
    name, _, signature = rest.partition(":")
    raw_path = call.request.scope["raw_path"].decode("latin-1")
    texts = strings_to_sign(call.method, call.account.name, raw_path, call.request.url.query, call.headers)
    genuine = any(
        hmac.compare_digest(sign(key, text).encode(), signature.encode()) for key in call.account.keys for text in texts
    )
    if scheme != "SharedKey" or name != call.account.name or not genuine:
        detail = f"The MAC signature found in the HTTP request '{signature}' is not the same as any computed signature."
        raise BlobError(403, "AuthenticationFailed", {"AuthenticationErrorDetail": detail})
    if not is_recent(call.headers):
        raise BlobError(
            403, "AuthenticationFailed", {"AuthenticationErrorDetail": "Request date header too old or missing."}
        )


def _check_token(call: Call, right: Right, token: str) -> None:
    account = call.account
    try:
        principal = principal_of(call.cloud, token, [STORAGE, f"https://{account.name}.blob.core.windows.net"])
    except TokenRefused as refused:
        details = {
            "missing": "The token is missing.",
            "malformed": "IDX12741: JWT must have three segments (JWS) or five segments (JWE).",
            "signature": "Signature validation failed.",
            "expired": "Lifetime validation failed. The token is expired.",
            "audience": "Audience validation failed. Audience did not match.",
        }
        raise BlobError(
            401,
            "InvalidAuthenticationInfo",
            {"AuthenticationErrorDetail": details[refused.reason]},
            _challenge(call),
        ) from None
    place = account.resource_id + (f"/blobServices/default/containers/{call.container}" if call.container else "")
    ask = data_allowed if right.data else allowed
    if not ask(call.cloud, principal, f"{_CONTAINERS}/{right.action}", place):
        raise BlobError(403, "AuthorizationPermissionMismatch")


def _anonymous(call: Call, right: Right) -> BlobError:
    """Nobody may read here: no container of the sandbox is public."""
    if call.method in ("GET", "HEAD") and right in (READ_BLOB, LIST_BLOBS, READ_CONTAINER):
        if call.account.public_access_allowed:
            return BlobError(404, "ResourceNotFound")
        return BlobError(409, "PublicAccessNotPermitted")
    return BlobError(401, "NoAuthenticationInformation", headers=_challenge(call))


def _challenge(call: Call) -> dict[str, str]:
    tenant = Directory(call.cloud).tenant_id
    authority = f"https://login.microsoftonline.com/{tenant}/oauth2/authorize"
    return {"WWW-Authenticate": f"Bearer authorization_uri={authority} resource_id={STORAGE}"}
