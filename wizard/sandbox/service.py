"""What a service of the sandbox cloud is: an ASGI application for some hosts, started and stopped with the cloud."""

import re
from typing import Protocol

from starlette.types import Receive, Scope, Send


class Service(Protocol):
    """One vendor's service. The server calls it with every request whose Host matches `hosts` in full."""

    hosts: re.Pattern[str]

    async def start(self) -> None:
        """Get ready to answer; called once, before the first request."""

    async def stop(self) -> None:
        """End what runs underneath (drivers, servers); the state is already on disk."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request in the service's own wire protocol, errors included."""
