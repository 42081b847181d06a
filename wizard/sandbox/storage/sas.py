"""Shared access signatures: what a signed query string lets its bearer do, and whether it is genuine.

https://learn.microsoft.com/rest/api/storageservices/create-account-sas and .../create-service-sas
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from wizard.sandbox.storage.accounts import Account
from wizard.sandbox.storage.errors import BlobError
from wizard.sandbox.storage.shared_key import sign

OLDEST_VERSION = "2018-11-09"  # of signatures that are understood
_ENCRYPTION_SCOPE_SINCE = "2020-12-06"  # version from which `ses` is part of the signed text
_OVERRIDES = ("rscc", "rscd", "rsce", "rscl", "rsct")


_ISSUED_VERSION = "2019-07-07"  # of the signatures that the cloud's own services hand out


def blob_address(account: Account, container: str, blob: str, permissions: str, lifetime: timedelta) -> str:
    """The address of a blob with a signature by the account's first key: good for these permissions, for a while."""
    now = datetime.now(UTC)
    start, expiry = (moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (now - timedelta(minutes=10), now + lifetime))
    query = {"sv": _ISSUED_VERSION, "sr": "b", "st": start, "se": expiry, "sp": permissions}
    query["sig"] = sign(account.keys[0], _service_text(query, account, f"/{container}/{blob}"))
    return f"https://{account.name}.blob.core.windows.net/{container}/{quote(blob)}?{urlencode(query)}"


def check(query: Mapping[str, str], account: Account, container: str, blob: str, level: str, permissions: str) -> None:
    """Raise BlobError unless the signature allows one of the permissions.

    `level` is what the request is about: s (service), c (container) or o (object).
    """
    kind = _check_account_sas if "ss" in query else _check_service_sas
    text = kind(query, account, container, blob, level)
    if not any(hmac.compare_digest(sign(key, text).encode(), query["sig"].encode()) for key in account.keys):
        raise _failed(f"Signature did not match. String to sign used was {text}")
    _check_time(query)
    if query.get("spr", "https") not in ("https", "https,http"):
        raise BlobError(403, "AuthorizationProtocolMismatch")
    if not set(permissions) & set(query.get("sp", "")):
        raise BlobError(403, "AuthorizationPermissionMismatch")


def _check_account_sas(query: Mapping[str, str], account: Account, _container: str, _blob: str, level: str) -> str:
    """Hold an account SAS against the service and the resource type; returns the text to sign."""
    _need(query, "sv", "sp", "se", "srt", "sig")
    if "b" not in query["ss"]:
        raise BlobError(403, "AuthorizationServiceMismatch")
    if level not in query["srt"]:
        raise BlobError(403, "AuthorizationResourceTypeMismatch")
    names = ["sp", "ss", "srt", "st", "se", "sip", "spr", "sv"]
    if query["sv"] >= _ENCRYPTION_SCOPE_SINCE:
        names.append("ses")
    return "".join(f"{part}\n" for part in (account.name, *(query.get(name, "") for name in names)))


def _check_service_sas(query: Mapping[str, str], account: Account, container: str, blob: str, level: str) -> str:
    """Hold a service SAS against the container or blob; returns the text to sign."""
    _need(query, "sv", "sr", "sp", "se", "sig")
    if "skoid" in query or "si" in query:
        raise _failed("This account has no user delegation keys and no stored access policies.")
    if query["sr"] == "b":
        path = f"/{container}/{blob}"
        allowed = level == "o"
    elif query["sr"] == "c":
        path = f"/{container}"
        allowed = level == "o" or (level == "c" and "l" in query["sp"])
    else:
        raise _failed("sr is mandatory. Cannot be empty")
    if not allowed:
        raise BlobError(403, "AuthorizationPermissionMismatch")
    return _service_text(query, account, path)


def _service_text(query: Mapping[str, str], account: Account, path: str) -> str:
    """The text that a service SAS signs."""
    parts = [query.get(name, "") for name in ("sp", "st", "se")] + [f"/blob/{account.name}{path}"]
    parts += [query.get(name, "") for name in ("si", "sip", "spr", "sv", "sr")] + [""]  # no snapshots here
    if query["sv"] >= _ENCRYPTION_SCOPE_SINCE:
        parts.append(query.get("ses", ""))
    return "\n".join(parts + [query.get(name, "") for name in _OVERRIDES])


def _need(query: Mapping[str, str], *names: str) -> None:
    for name in names:
        if not query.get(name):
            raise _failed(f"{name} is mandatory. Cannot be empty")
    if query["sv"] < OLDEST_VERSION:
        raise _failed(f"sv {query['sv']} is too old")


def _check_time(query: Mapping[str, str]) -> None:
    now = datetime.now(UTC)
    try:
        start = _moment(query["st"]) if query.get("st") else None
        expiry = _moment(query["se"])
    except ValueError:
        raise _failed("Signature fields not well formed.") from None
    if (start and now < start) or now >= expiry:
        raise _failed(
            "Signature not valid in the specified time frame:"
            f" Start [{start or ''}] - Expiry [{expiry}] - Current [{now}]"
        )


def _moment(text: str) -> datetime:
    """An ISO 8601 moment in UTC, as precise as it was given."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _failed(detail: str) -> BlobError:
    return BlobError(403, "AuthenticationFailed", {"AuthenticationErrorDetail": detail})
