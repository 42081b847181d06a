"""Shared Key authorization: the signature over a request's headers and address.

https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import unquote

_SIGNED = (
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
)
SKEW = timedelta(minutes=15)  # how old a signed request may be


def sign(key: str, text: str) -> str:
    """The base64 HMAC-SHA256 of a text with an account key."""
    return base64.b64encode(hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()).decode()


def strings_to_sign(method: str, account: str, raw_path: str, raw_query: str, headers: Mapping[str, str]) -> list[str]:
    """The texts whose signature is right.

    There are two: x-ms headers sorted as documented, and as the service sorts them, which passes over hyphens
    (Microsoft's own clients follow the service).
    """
    plain = [headers.get(name, "") for name in _SIGNED]
    length = _SIGNED.index("content-length")
    plain[length] = "" if plain[length] == "0" else plain[length]
    if "x-ms-date" in headers:
        plain[_SIGNED.index("date")] = ""
    start = "\n".join([method, *plain]) + "\n"
    own = [name for name in headers if name.startswith("x-ms-")]
    orders = (sorted(own), sorted(own, key=lambda name: (name.replace("-", ""), name)))
    resource = _resource(account, raw_path, raw_query)
    return [start + "".join(f"{name}:{headers[name].strip()}\n" for name in order) + resource for order in orders]


def _resource(account: str, raw_path: str, raw_query: str) -> str:
    """The canonicalized resource: the path as it was sent, then the decoded query by lower-case name."""
    values: dict[str, list[str]] = {}
    for part in raw_query.split("&") if raw_query else []:
        name, _, value = part.partition("=")
        values.setdefault(unquote(name).lower(), []).append(unquote(value))
    query = "".join(f"\n{name}:{','.join(sorted(values[name]))}" for name in sorted(values))
    return f"/{account}{raw_path}{query}"


def is_recent(headers: Mapping[str, str]) -> bool:
    """Whether the request was signed just now."""
    try:
        signed_at = parsedate_to_datetime(headers.get("x-ms-date") or headers.get("date", ""))
    except (TypeError, ValueError):
        return False
    if signed_at.tzinfo is None:
        signed_at = signed_at.replace(tzinfo=UTC)
    return abs(datetime.now(UTC) - signed_at) <= SKEW
