"""Notifications of the plain command: the terminal's, if there is one, and the webhook's."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from wizard.notify.endings import Ending, Endings
from wizard.notify.terminal import call
from wizard.notify.webhook import post
from wizard.settings import Settings

REAL_CLOUD = "azure"


class PlainNotifier:
    """Hears every event, and calls at the end of a long wait. A rehearsal tells no webhook: nothing leaves it."""

    def __init__(
        self,
        stream: TextIO,
        settings: Settings,
        cloud: str,
        now: Callable[[], float] = time.monotonic,
        tell: Callable[[str, Ending, str], str] = post,
    ) -> None:
        self._stream = stream
        self._settings = settings
        self._cloud = cloud
        self._endings = Endings(now)
        self._tell = tell

    def __call__(self, event: Mapping[str, Any]) -> None:
        """One event."""
        ending = self._endings.of(event)
        if ending is None:
            return
        if self._settings.bell and self._stream.isatty():
            self._stream.write(call(ending.text))
            self._stream.flush()
        if self._settings.webhook and self._cloud == REAL_CLOUD:
            complaint = self._tell(self._settings.webhook, ending, self._cloud)
            if complaint:
                sys.stderr.write(f"{complaint}\n")
