"""Answers every request of the vendors' clients in this process, below them: where `requests` would open a socket."""

from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO

import pytest
import requests
from urllib3.response import HTTPResponse


@dataclass
class Wire:
    """What is answered, and what was asked. An exception as the answer is raised."""

    status: int = 200
    body: bytes | Exception = b"{}"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    asked: list[str] = field(default_factory=list)
    address: str = ""  # where the answer came from, if it was redirected

    def send(self, request: requests.PreparedRequest) -> requests.Response:
        """Answer one request."""
        self.asked.append(f"{request.method} {request.url}")
        if isinstance(self.body, Exception):
            raise self.body
        response = requests.Response()
        response.status_code, response.url, response.request = self.status, self.address or request.url, request
        response.reason = "Reason"
        response.headers.update(self.headers)
        response.raw = HTTPResponse(
            body=BytesIO(self.body), status=self.status, headers=self.headers, preload_content=False
        )
        return response


def install(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Put a wire below all clients for one test, and let no retry sleep."""
    wire = Wire()
    adapter: Callable = lambda self, request, **_: wire.send(request)  # noqa: E731
    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", adapter)
    monkeypatch.setattr("time.sleep", lambda _: None)
    clock = Clock()
    monkeypatch.setattr("databricks.sdk.clock.RealClock.time", clock.time)
    monkeypatch.setattr("databricks.sdk.clock.RealClock.sleep", clock.sleep)
    return wire


class Clock:
    """Time that passes only when somebody sleeps, so that a retry budget of seconds is spent at once."""

    def __init__(self) -> None:
        self._now = 0.0

    def time(self, *_) -> float:
        return self._now

    def sleep(self, *seconds) -> None:
        self._now += seconds[-1]


class FixedCredential:
    """A credential that always has a token."""

    def get_token(self, *scopes, **options):
        from azure.core.credentials import AccessToken

        return AccessToken("token", 2**31)
