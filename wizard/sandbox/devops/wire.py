"""Reading requests and writing answers: JSON bodies, typed query parameters, collections, moments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse, Response

from wizard.sandbox.devops.faults import bad_argument
from wizard.sandbox.devops.tenancy import Caller, Tenancy
from wizard.sandbox.json_body import read_json

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One request whose caller is proven and whose route is known."""

    tenancy: Tenancy
    caller: Caller
    method: str
    base: str  # the organisation's address as the client used it, without a slash at the end
    names: dict[str, str]  # the values of the route's parameters
    query: QueryParams
    raw: bytes
    accept: str
    version: str  # api-version, empty when the client named none

    def document(self) -> Any:
        """The request's JSON, None when there is no body; raises DevOpsFault 400."""
        if not self.raw.strip():
            return None
        try:
            return read_json(self.raw)
        except ValueError as error:
            raise bad_argument("body", f"The request body is not valid JSON: {error}.") from error

    def body(self) -> Body:
        """The request's JSON object; raises DevOpsFault 400 for anything else."""
        found = self.document()
        if not isinstance(found, dict):
            raise bad_argument("body", "Value cannot be null.")
        return found

    def flag(self, name: str) -> bool:
        """A true/false query parameter, false when absent."""
        return self.query.get(name, "").lower() == "true"

    def number(self, name: str, default: int) -> int:
        """A whole number of zero or more among the query parameters."""
        value = self.query.get(name)
        if value is None:
            return default
        if not value.isdecimal():
            raise bad_argument(name, f"The value '{value}' is not a valid number.")
        return int(value)


def fields(value: Any, name: str) -> Body:
    """A value that must be an object; `name` is where it stands."""
    if not isinstance(value, dict):
        raise bad_argument(name, "The value is not an object.")
    return value


def text(body: Any, name: str, default: str | None = None) -> str:
    """A text field of an object; without a default it must be there and not empty."""
    value = fields(body, name).get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise bad_argument(name, "Value cannot be null.")
    return value


def part(body: Any, name: str) -> Body:
    """An object inside an object; an empty one when it is absent."""
    value = fields(body, name).get(name)
    return {} if value is None else fields(value, name)


def parts(body: Any, name: str) -> list[Any]:
    """A list inside an object; an empty one when it is absent."""
    value = fields(body, name).get(name)
    if value is not None and not isinstance(value, list):
        raise bad_argument(name, "The value is not a list.")
    return value or []


def whole(body: Any, name: str) -> int:
    """A whole number of an object; 0 when it is absent."""
    value = fields(body, name).get(name) or 0
    if not isinstance(value, int):
        raise bad_argument(name, f"The value '{value}' is not a valid number.")
    return value


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return JSONResponse(body, status, headers)


def collection(values: Sequence[Any], continuation: str = "") -> Response:
    """A list in the wrapper that every list travels in; `continuation` is what asks for the next page."""
    headers = {"x-ms-continuationtoken": continuation} if continuation else None
    return answer({"count": len(values), "value": list(values)}, headers=headers)


def empty() -> Response:
    """204, for what was deleted."""
    return Response(status_code=204)


def now() -> str:
    """This moment as the service writes it: UTC, with seven decimals."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
