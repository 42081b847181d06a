"""Reading requests: JSON bodies and their fields, refused in the workspace's own words when they do not fit."""

from typing import Any, TypeVar

from starlette.requests import Request

from wizard.sandbox.arm.workspaces import Workspace
from wizard.sandbox.cloud import Principal
from wizard.sandbox.databricks.faults import DatabricksFault, invalid
from wizard.sandbox.json_body import read_json

Body = dict[str, Any]
T = TypeVar("T")
_PAGE = 100  # entries in one answer at most

_JSON_NAMES: dict[type, str] = {str: "STRING", int: "NUMBER", bool: "BOOLEAN", dict: "OBJECT", list: "ARRAY"}


def workspace_of(request: Request) -> Workspace:
    """The workspace that the request was sent to."""
    workspace: Workspace = request.state.workspace
    return workspace


def caller_of(request: Request) -> Principal:
    """Who sent the request, as its token proved."""
    caller: Principal = request.state.caller
    return caller


async def json_body(request: Request) -> Body:
    """The request's JSON object; an empty body counts as an empty object.

    Raises DatabricksFault 400 MALFORMED_REQUEST for anything else.
    """
    raw = await request.body()
    if not raw.strip():
        return {}
    try:
        body = read_json(raw)
    except ValueError as error:
        raise malformed(f"Invalid JSON given in the body of the request - {error}") from error
    if not isinstance(body, dict):
        raise malformed("Invalid JSON given in the body of the request - expected a map")
    return body


def malformed(message: str) -> DatabricksFault:
    """400 MALFORMED_REQUEST."""
    return DatabricksFault(400, "MALFORMED_REQUEST", message)


def optional(body: Body, name: str, kind: type[T], default: T) -> T:
    """One field of a body, or the default when it is absent or null."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise malformed(f"Could not parse request object: Expected '{_JSON_NAMES[kind]}' for field '{name}'")
    return value


def required(body: Body, name: str) -> str:
    """A text field that must be there and not empty."""
    value = optional(body, name, str, "")
    if not value:
        raise invalid(f"Missing required field: {name}")
    return value


def required_query(request: Request, name: str) -> str:
    """A query parameter that must be there and not empty."""
    value = request.query_params.get(name, "")
    if not value:
        raise invalid(f"Missing required field: {name}")
    return value


def number_query(request: Request, name: str, default: int) -> int:
    """A whole number among the query parameters, or the default."""
    value = request.query_params.get(name)
    if value is None:
        return default
    try:
        return int(value)
    except ValueError as error:
        raise malformed(f"Could not parse request object: Expected 'NUMBER' for field '{name}'") from error


def flag_query(request: Request, name: str) -> bool:
    """A true/false query parameter, false when absent."""
    return request.query_params.get(name, "").lower() == "true"


def paged(request: Request, name: str, found: list[Body]) -> Body:
    """The page of a list that a request asks for by `max_results` and `page_token`, as Unity Catalog gives them."""
    size = number_query(request, "max_results", 0)
    size = min(size, _PAGE) if size > 0 else _PAGE
    token = request.query_params.get("page_token") or "0"
    if not token.isdigit():
        raise invalid("Invalid page_token")
    end = int(token) + size
    more = {"next_page_token": str(end)} if end < len(found) else {}
    return {name: found[int(token) : end], **more}
