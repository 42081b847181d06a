"""What passes between a client and a service: a request, the service's answer, and what a fault makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    """One request as it was sent. `target` is path and query; header names are in lower case."""

    method: str
    host: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def has_credential(self) -> bool:
        """Whether it says who asks, by a header or a signed address."""
        return "authorization" in self.headers or "sig=" in self.target


@dataclass(frozen=True)
class Answer:
    """An answer. `promised` bytes are announced, which may be more than the body has: then the connection breaks."""

    status: int
    headers: Headers
    body: bytes
    promised: int | None = None


class BrokenOff(Exception):  # noqa: N818 - it is what happens, not a bug
    """The connection is reset before a word of the answer."""


class Silence(Exception):  # noqa: N818 - as above
    """Nothing is said until the client gives up."""
