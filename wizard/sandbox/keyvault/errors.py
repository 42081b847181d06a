"""What a key vault says no with. https://learn.microsoft.com/azure/key-vault/general/rest-error-codes"""

import json
from collections.abc import Mapping

from starlette.responses import Response

JSON = "application/json; charset=utf-8"


class VaultError(Exception):
    """One refused request."""

    def __init__(
        self, status: int, code: str, message: str, inner: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self._error = {"code": code, "message": message} | ({"innererror": {"code": inner}} if inner else {})
        self._headers = headers

    def response(self) -> Response:
        """The answer, with a JSON body."""
        return Response(json.dumps({"error": self._error}), self.status, self._headers, media_type=JSON)


def bad_parameter(message: str) -> VaultError:
    """A value that the operation does not take."""
    return VaultError(400, "BadParameter", message)


def not_found(name: str) -> VaultError:
    """No such secret, or no such version of it."""
    return VaultError(
        404,
        "SecretNotFound",
        f"A secret with (name/id) {name} was not found in this key vault. If you recently deleted this secret you may"
        " be able to recover it using the correct recovery command. For help resolving this issue, please see"
        " https://go.microsoft.com/fwlink/?linkid=2125182",
    )


def not_deleted(name: str) -> VaultError:
    """No deleted secret of that name."""
    return VaultError(404, "SecretNotFound", f"Deleted Secret not found: {name}")


def still_recoverable(name: str) -> VaultError:
    """The name belongs to a deleted secret."""
    return VaultError(
        409,
        "Conflict",
        f"Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused; in this state,"
        " the secret can only be recovered or purged.",
        "ObjectIsDeletedButRecoverable",
    )
