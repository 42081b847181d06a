"""A long-running operation of Azure Resource Manager that we began, waited for in slices so that progress shows."""

from __future__ import annotations

from typing import Any

from wizard.clients.faults import translated


class Operation:
    """Wraps an azure-core LROPoller, which asks the service itself, as often as the service likes to be asked."""

    def __init__(self, poller: Any, service: str) -> None:
        self._poller = poller
        self._service = service

    def finished(self, seconds: float) -> bool:
        """Wait up to so many seconds; True when it succeeded, the service's reason as an error when it failed."""
        with translated(self._service):
            self._poller.wait(seconds)
            if not self._poller.done():
                return False
            self._poller.result()
            return True
