"""Who may come in: a token that works once, and the cookie that it is exchanged for."""

from __future__ import annotations

import secrets

TOKEN_BYTES = 32


class Access:
    """One token and one cookie, both of this process's memory alone.

    Cookies know no ports: the browser shows this one to whatever else listens on the same address. So its name has the
    port, that two wizards do not overwrite each other's.
    """

    def __init__(self, port: int) -> None:
        self.cookie_name = f"mlops-wizard-{port}"
        self._token: str | None = secrets.token_urlsafe(TOKEN_BYTES)
        self._cookie: str | None = None

    @property
    def token(self) -> str:
        """The token, "" once it was used."""
        return self._token or ""

    def redeem(self, token: str) -> str | None:
        """The cookie for the right token at its first use, else None."""
        if self._token is None or not _same(token, self._token):
            return None
        self._token = None
        self._cookie = secrets.token_urlsafe(TOKEN_BYTES)
        return self._cookie

    def admits(self, cookie: str | None) -> bool:
        """Whether this is the cookie that was given out."""
        return self._cookie is not None and cookie is not None and _same(cookie, self._cookie)


def _same(given: str, wanted: str) -> bool:
    """Compare in a time that tells nothing of how much is right."""
    return secrets.compare_digest(given.encode(errors="backslashreplace"), wanted.encode())
