"""Personal access tokens of a Databricks workspace. API: https://docs.databricks.com/api/azure/workspace/tokens"""

from __future__ import annotations

from dataclasses import dataclass

from databricks.sdk import WorkspaceClient

from wizard.clients.databricks_faults import translated
from wizard.engine.errors import NotFoundError, ServiceError

SECONDS_OF_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Token:
    """A token's description, as the workspace lists it. `expires` is Unix time in seconds, 0 for never."""

    id: str
    comment: str
    expires: float


class Tokens:
    """Lists, creates and revokes one's own tokens."""

    def __init__(self, sdk: WorkspaceClient) -> None:
        self._sdk = sdk

    def list(self) -> list[Token]:
        """The signed-in user's tokens; their values can never be read again."""
        with translated():
            return [
                Token(each.token_id or "", each.comment or "", max(0, each.expiry_time or 0) / 1000)
                for each in self._sdk.tokens.list()
            ]

    def create(self, comment: str, days: int) -> tuple[Token, str]:
        """Create a token; its value is told this once."""
        with translated():
            made = self._sdk.tokens.create(comment=comment, lifetime_seconds=days * SECONDS_OF_A_DAY)
        info = made.token_info
        if info is None or not made.token_value:
            raise ServiceError("Databricks created a token without telling its value.", service="Databricks")
        return Token(info.token_id or "", comment, (info.expiry_time or 0) / 1000), made.token_value

    def revoke(self, token_id: str) -> None:
        """Make a token worthless; one that is gone already is fine."""
        try:
            with translated():
                self._sdk.tokens.delete(token_id)
        except NotFoundError:
            return
