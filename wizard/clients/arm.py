"""Plain requests to Azure Resource Manager, for the few calls that none of Azure's declared clients has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wizard.clients.azure_login import ARM_SCOPE, Credential
from wizard.clients.rest import Rest
from wizard.clients.subscriptions import ARM_HOST


class Arm:
    """Sends requests signed in as the credential; refusals come out as engine errors."""

    host = ARM_HOST

    def __init__(self, credential: Credential) -> None:
        self._rest = Rest(f"https://{ARM_HOST}", credential, ARM_SCOPE, "Azure")

    def send(self, method: str, path: str, version: str, body: object = None, **query: str) -> Any:
        """Send a request to a path of this api-version; the JSON of the answer, None where it has no body."""
        return self._rest.send(method, path, body, **query, **{"api-version": version})

    def all(self, path: str, version: str, **query: str) -> Iterator[dict[str, Any]]:
        """The items of a list, page after page."""
        page = self.send("GET", path, version, **query)
        while True:
            yield from page["value"]
            if not page.get("nextLink"):
                return
            page = self._rest.send("GET", page["nextLink"])
