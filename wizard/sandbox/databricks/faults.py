"""How a workspace says no: an error code and a message as JSON."""

from typing import Any

from starlette.responses import JSONResponse

INVALID = "INVALID_PARAMETER_VALUE"
NOT_FOUND = "RESOURCE_DOES_NOT_EXIST"


class DatabricksFault(Exception):  # noqa: N818 - it is an answer, not a bug
    """An answer that refuses. `error_code` is a name, or a number where the gateway itself refuses.

    `details` are protobuf messages as JSON, each with its `@type`.
    """

    def __init__(
        self, status: int, error_code: str | int, message: str, details: list[dict[str, Any]] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error_code = error_code
        self.message = message
        self.details = details

    def response(self) -> JSONResponse:
        """The answer as it goes over the wire."""
        more = {"details": self.details} if self.details else {}
        return JSONResponse({"error_code": self.error_code, "message": self.message, **more}, self.status)


def invalid(message: str) -> DatabricksFault:
    """400 INVALID_PARAMETER_VALUE."""
    return DatabricksFault(400, INVALID, message)


def missing(message: str) -> DatabricksFault:
    """404 RESOURCE_DOES_NOT_EXIST."""
    return DatabricksFault(404, NOT_FOUND, message)


def endpoint_not_found(method: str, path: str) -> DatabricksFault:
    """404 for a route that the workspace does not have. Never a 5xx: the clients would retry that for minutes."""
    return DatabricksFault(404, "ENDPOINT_NOT_FOUND", f"No API found for '{method} {path}'")
