"""The operations on secrets. https://learn.microsoft.com/rest/api/keyvault/secrets"""

import json
import re
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from wizard.sandbox.json_body import read_json
from wizard.sandbox.keyvault.errors import JSON, VaultError, bad_parameter
from wizard.sandbox.keyvault.secrets import Secrets
from wizard.sandbox.keyvault.vaults import Vault
from wizard.sandbox.store import Document

_NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")
_LARGEST_VALUE = 25_000  # characters
_PAGE = 25


@dataclass(frozen=True, slots=True)
class Call:
    """An authorized request."""

    vault: Vault
    secrets: Secrets
    path: str
    query: dict[str, str]
    raw: bytes

    def body(self) -> dict[str, Any]:
        """The JSON object of the body; raises VaultError when it is none."""
        try:
            found = read_json(self.raw or b"null")
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise bad_parameter("Request body not specified")
        return found


def _answer(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, media_type=JSON)


def check_name(name: str) -> None:
    """Raise VaultError for a name that no secret can have."""
    if not _NAME.fullmatch(name):
        raise bad_parameter(f"The request URI contains an invalid name: {name}")


def set_secret(call: Call, name: str, version: str) -> Response:
    """PUT: a new version with a value."""
    del version  # the service makes its id
    body, now = call.body(), int(time.time())
    value = body.get("value")
    if not isinstance(value, str):
        raise bad_parameter("Property value is required and must be a string")
    if len(value) > _LARGEST_VALUE:
        raise bad_parameter(f"Secret value exceeds the maximum length of {_LARGEST_VALUE} characters")
    fresh = {"value": value, "created": now, "updated": now, "enabled": True} | _about(body)
    return _answer(_bundle(call.vault, name, call.secrets.set(name, fresh)))


def get_secret(call: Call, name: str, version: str) -> Response:
    """GET the value of a version, by default the current one."""
    found = call.secrets.version(name, version)
    if not found["enabled"]:
        raise VaultError(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled")
    return _answer(_bundle(call.vault, name, found))


def update_secret(call: Call, name: str, version: str) -> Response:
    """PATCH: change what is said about a version."""
    change = _about(call.body()) | {"updated": int(time.time())}
    return _answer(_without_value(_bundle(call.vault, name, call.secrets.update(name, version, change))))


def list_secrets(call: Call, name: str, version: str) -> Response:
    """GET the secrets, without their values."""
    del name, version
    items = [_item(call.vault, held["name"], held["versions"][-1]) for held in call.secrets.all(deleted=False)]
    return _page(call, items)


def list_versions(call: Call, name: str, version: str) -> Response:
    """GET the versions of a secret, without their values."""
    del version
    versions = call.secrets.versions(name)
    return _page(call, [_without_value(_bundle(call.vault, name, each)) for each in versions])


def delete_secret(call: Call, name: str, version: str) -> Response:
    """DELETE: the secret can be recovered until it is purged."""
    del version
    return _answer(_deleted(call, call.secrets.delete(name)))


def list_deleted(call: Call, name: str, version: str) -> Response:
    """GET the deleted secrets."""
    del name, version
    return _page(call, [_deleted_item(call, held) for held in call.secrets.all(deleted=True)])


def get_deleted(call: Call, name: str, version: str) -> Response:
    """GET one deleted secret."""
    del version
    return _answer(_deleted(call, call.secrets.deleted(name)))


def purge_secret(call: Call, name: str, version: str) -> Response:
    """DELETE of a deleted secret: for good."""
    del version
    call.secrets.purge(name)
    return Response(status_code=204)


def recover_secret(call: Call, name: str, version: str) -> Response:
    """POST recover: the secret is there again."""
    del version
    return _answer(_without_value(_bundle(call.vault, name, call.secrets.recover(name))))


def _about(body: dict[str, Any]) -> Document:
    """What a body says about a secret besides its value."""
    attributes = body.get("attributes") or {}
    kept = {name: attributes[name] for name in ("enabled", "nbf", "exp") if attributes.get(name) is not None}
    return kept | {name: body[name] for name in ("contentType", "tags") if body.get(name) is not None}


def _bundle(vault: Vault, name: str, version: Document) -> dict[str, Any]:
    """A version with its value."""
    attributes = {name: version[name] for name in ("enabled", "nbf", "exp", "created", "updated") if name in version}
    attributes |= {"recoveryLevel": vault.recovery_level, "recoverableDays": vault.retention_days}
    return {
        "value": version["value"],
        "id": f"https://{vault.host}/secrets/{name}/{version['version']}",
        "attributes": attributes,
        **{name: version[name] for name in ("contentType", "tags") if name in version},
    }


def _without_value(bundle: dict[str, Any]) -> dict[str, Any]:
    return {name: held for name, held in bundle.items() if name != "value"}


def _item(vault: Vault, name: str, version: Document) -> dict[str, Any]:
    """A secret as a list shows it: by its name alone."""
    return _without_value(_bundle(vault, name, version)) | {"id": f"https://{vault.host}/secrets/{name}"}


def _deletion(call: Call, held: Document) -> dict[str, Any]:
    return {
        "recoveryId": f"https://{call.vault.host}/deletedsecrets/{held['name']}",
        "deletedDate": int(held["deleted_at"]),
        "scheduledPurgeDate": int(call.secrets.purge_date(held)),
    }


def _deleted(call: Call, held: Document) -> dict[str, Any]:
    return _deletion(call, held) | _without_value(_bundle(call.vault, held["name"], held["versions"][-1]))


def _deleted_item(call: Call, held: Document) -> dict[str, Any]:
    return _deletion(call, held) | _item(call.vault, held["name"], held["versions"][-1])


def _page(call: Call, items: list[dict[str, Any]]) -> Response:
    size, first = call.query.get("maxresults", str(_PAGE)), call.query.get("$skiptoken", "0")
    if not size.isdigit() or not 1 <= int(size) <= _PAGE or not first.isdigit():
        raise bad_parameter(f"maxresults must be between 1 and {_PAGE}")
    end = int(first) + int(size)
    query = urlencode({**call.query, "$skiptoken": str(end)})
    more = f"https://{call.vault.host}{call.path}?{query}" if end < len(items) else None
    return _answer({"value": items[int(first) : end], "nextLink": more})
