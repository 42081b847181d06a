"""Take secrets out of recorded traffic, but leave every value's type as it was."""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

MASK = "REDACTED"

_HEADERS = {
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-databricks-azure-sp-management-token",
    "x-ms-copy-source-authorization",
}

# Names of values that are secrets, wherever they stand; compared in lower case without - and _.
_SECRET_NAME = re.compile(
    r"token|secret|password|passwd|credential|assertion|apikey|accesskey|accountkey|privatekey"
    r"|principalkey|primarykey|secondarykey|keyvalue|connectionstring|signeduri|uploaduri|downloaduri"
)
_SECRET_NAMES = {"sig", "devicecode", "usercode", "codeverifier", "stringvalue", "bytesvalue"}
# ... in forms and query strings only: elsewhere a code is an error's.
_SECRET_FIELDS = {"code", "otc"}
# ... and names that contain such a word but hold none.
_HARMLESS = re.compile(
    r"tokentype|tokenid$|tokeninfos?$|pagetoken|nexttoken|skiptoken|continuationtoken|idempotencytoken"
    r"|tokenendpoint|tokensconfig|supported$|lifetime|secretscope|credentialtype|kind$|name$|comment$|expir"
)

# Secrets that stand inside longer texts (commands, query strings, error messages).
_SECRET_TEXT = (
    (re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"), MASK),  # a JSON web token
    (re.compile(r"\bdapi[0-9a-f]{16,}(-\d+)?"), MASK),  # a Databricks personal access token
    (re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{86}=="), MASK),  # a storage account key
    (re.compile(r"[\w.~-]{3}8Q~[\w.~-]{30,}"), MASK),  # an Entra client secret
    (
        re.compile(r"(?i)\b(sig|AccountKey|SharedAccessSignature|client_secret|password)(=|%3D)[^&\s\"';]+"),
        rf"\1\2{MASK}",
    ),
)
# Each of them has one of these in it. Almost no text has, and looking for them is ten times as fast.
_SECRET_SIGNS = ("eyJ", "dapi", "8Q~", "=", "%3")


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a value of this name is a secret."""
    plain = name.lower().replace("-", "").replace("_", "")
    if plain in _SECRET_NAMES:
        return True
    return bool(_SECRET_NAME.search(plain)) and not _HARMLESS.search(plain)


def text(value: str) -> str:
    """Mask what looks like a secret inside a text."""
    if not any(sign in value for sign in _SECRET_SIGNS):
        return value
    for pattern, replacement in _SECRET_TEXT:
        value = pattern.sub(replacement, value)
    return value


def document(value: Any, name: str = "") -> Any:
    """Mask the secrets of a JSON document; `name` is the property it stands under."""
    if isinstance(value, dict):
        # Account keys, MLflow tags and secret lists put the name beside the value.
        beside = any(is_secret_name(str(value[k])) or k == "keyName" for k in ("key", "keyName") if k in value)
        beside = beside or value.get("isSecret") is True  # a variable of Azure DevOps
        return {k: document(v, "secret" if beside and k == "value" else k) for k, v in value.items()}
    if isinstance(value, list):
        return [document(item, name) for item in value]
    if isinstance(value, str):
        # In JSON a code names an error or an end; the codes that are secrets travel in forms and addresses.
        return MASK if value and is_secret_name(name) and name != "code" else text(value)
    return value


def secret_values(value: Any) -> Any:
    """Mask the value of a key vault's secret, which has no name that tells, and what `document` masks."""
    masked = document(value)
    if isinstance(masked, dict) and isinstance(masked.get("value"), str):
        return {**masked, "value": MASK}
    return masked


def form(value: str) -> str:
    """Mask the secrets of a form (application/x-www-form-urlencoded)."""
    pairs = parse_qsl(value, keep_blank_values=True)
    return urlencode([(k, MASK if v and _is_secret_field(k) else text(v)) for k, v in pairs])


def _is_secret_field(name: str) -> bool:
    return name in _SECRET_FIELDS or is_secret_name(name)


def query(value: str) -> str:
    """Mask the secrets of a query string; what needs none stays byte for byte."""
    parts = []
    for part in value.split("&"):
        name, equals, held = part.partition("=")
        parts.append(name + equals + (MASK if held and _is_secret_field(name) else text(held)))
    return "&".join(parts)


def headers(value: dict[str, str]) -> dict[str, str]:
    """Mask the secret headers; the authentication scheme stays, so that a reader sees which one was used."""
    clean = {}
    for name, held in value.items():
        if name in _HEADERS:
            scheme = held.split(" ", 1)[0] if "authorization" in name and " " in held else ""
            clean[name] = f"{scheme} {MASK}".strip()
        else:
            clean[name] = text(held)
    return clean
