"""One request to Azure Resource Manager, and the answers it can get."""

import json
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm.errors import ArmError, invalid_content, invalid_value, required_property
from wizard.sandbox.arm.inventory import Inventory
from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.json_body import read_json

JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Call:
    """An authenticated request."""

    cloud: Cloud
    principal: Principal
    method: str
    path: str  # one slash between parts, none at the end
    query: dict[str, str]
    raw: bytes
    api_version: str

    @property
    def inventory(self) -> Inventory:
        """What exists."""
        return Inventory(self.cloud)

    def body(self) -> dict[str, Any]:
        """The JSON object of the body; raises ArmError when it is none."""
        try:
            found = read_json(self.raw or b"null")
        except ValueError as error:
            raise invalid_content(str(error)) from None
        if not isinstance(found, dict):
            raise ArmError(
                400,
                "MissingRequestBody" if found is None else "InvalidRequestContent",
                "The request body must be a JSON object.",
            )
        return found


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer with a JSON body."""
    return Response(json.dumps(body), status, headers, media_type=JSON)


def empty(status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer without a body."""
    return Response(b"", status, headers)


def text_of(body: dict[str, Any], *path: str) -> str:
    """A required text property, by its path; raises ArmError when it is missing or no text."""
    value: Any = body
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if value is None:
        raise required_property(".".join(path))
    if not isinstance(value, str):
        raise invalid_content(f"'{'.'.join(path)}' is not a string")
    return value


def one_of(value: str, name: str, allowed: list[str]) -> str:
    """Hold a value against its list, ignoring case, and return it as the list spells it."""
    for candidate in allowed:
        if candidate.lower() == value.lower():
            return candidate
    raise invalid_value(value, name, allowed)


def tags_of(body: dict[str, Any]) -> dict[str, str]:
    """The tags of a resource: at most 50, names up to 512 and values up to 256 characters."""
    tags = body.get("tags") or {}
    if not isinstance(tags, dict) or any(not isinstance(value, str) for value in tags.values()):
        raise invalid_content("tags must be a map of strings")
    if len(tags) > 50:
        raise ArmError(400, "InvalidTagCount", "A resource can have at most 50 tags.")
    for name, value in tags.items():
        if not name or len(name) > 512 or len(value) > 256:
            raise ArmError(400, "InvalidTagName", f"The tag '{name}' is empty or too long.")
    return dict(tags)
