"""What Azure ML's services say no with. They have two forms: that of model management, and that of all others."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

JSON = "application/json; charset=utf-8"
_TITLES = {401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 409: "Conflict"}


class MlError(Exception):
    """One refused request. `code` names the reason, in model management's form below the one of the status."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def model_management(self) -> dict[str, Any]:
        """The body as the model management service gives it."""
        title = _TITLES.get(self.status, "BadRequest")
        general = "The request is invalid" if self.status == 400 else title
        details = [{"code": self.code, "message": self.message}]
        return {"code": title, "statusCode": self.status, "message": general, "details": details}

    def common(self, region: str) -> dict[str, Any]:
        """The body as the other services give it."""
        error: dict[str, Any] = {
            "code": "UserError",
            "message": self.message,
            "target": None,
            "details": [],
            "innerError": {"code": self.code, "innerError": None},
        }
        correlation = {"operation": uuid.uuid4().hex, "request": uuid.uuid4().hex[:16]}
        now = datetime.now(UTC).isoformat()
        return {"error": error, "correlation": correlation, "environment": region, "location": region, "time": now}


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer with a JSON body."""
    return Response(json.dumps(body), status, headers, media_type=JSON)
