"""Opens the entrance in a browser, without naming it on a command line that everybody on the machine can read."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import webbrowser
from collections.abc import Callable
from html import escape
from pathlib import Path

PAGE = '<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={address}">'


class SignPost:
    """A private file that leads the browser to the entrance; it is there until the token is used."""

    def __init__(self, folder: Path, address: str) -> None:
        handle, name = tempfile.mkstemp(dir=folder, prefix="open-", suffix=".html")  # readable by its owner alone
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(PAGE.format(address=escape(address)))
        self.file = Path(name)

    def open(self, failed: Callable[[], None]) -> None:
        """Open it, in a thread: some browsers keep the one who starts them waiting."""

        def attempt() -> None:
            opened = False
            with contextlib.suppress(OSError, webbrowser.Error):
                opened = webbrowser.open(self.file.as_uri())
            if not opened:
                failed()

        threading.Thread(target=attempt, daemon=True, name="browser").start()

    def remove(self) -> None:
        """Take it away."""
        self.file.unlink(missing_ok=True)
