"""One wizard per project folder. The operating system frees the lock when its owner dies, however it dies."""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path
from typing import IO, Any

from wizard.engine.errors import LockedError
from wizard.engine.files import cannot_write, open_own


class Lock:
    """An advisory lock on a file that also says who holds it, since when and for what."""

    def __init__(self, file: Path, purpose: str) -> None:
        self._file = file
        self._purpose = purpose
        self._stream: IO[str] | None = None

    def acquire(self, patience: float = 1.0, until_stopped: float = 120.0) -> None:
        """Take the lock; LockedError names its holder.

        Waits `patience` seconds for a holder which is just going, and `until_stopped` for one which said that it is
        stopping (its screen is gone, and it finishes the action that runs).
        """
        began = time.monotonic()
        while True:
            try:
                self._try()
            except LockedError:
                waited = time.monotonic() - began
                if waited > (until_stopped if self._read().get("stopping") else patience):
                    raise
                time.sleep(0.1)
            else:
                return

    def say_stopping(self) -> None:
        """Tell others that the lock will be free soon."""
        self._write(stopping=True)

    def release(self) -> None:
        """Give the lock back."""
        if self._stream is not None:
            self._stream.seek(0)
            self._stream.truncate()
            self._stream.close()
            self._stream = None

    def _try(self) -> None:
        try:
            self._stream = os.fdopen(open_own(self._file, os.O_RDWR | os.O_APPEND), "a+", encoding="utf-8")
        except OSError as error:
            raise cannot_write(self._file, error) from error
        try:
            fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = self._owner()
            self._stream.close()
            self._stream = None
            raise LockedError(
                f"Another wizard works in this folder: {owner}.",
                fix="wait for it or close it; or use another folder with --project",
            ) from None
        self._write(stopping=False)

    def _write(self, *, stopping: bool) -> None:
        if self._stream is None:
            return
        entry = {"pid": os.getpid(), "since": time.time(), "purpose": self._purpose, "stopping": stopping}
        self._stream.seek(0)
        self._stream.truncate()
        json.dump(entry, self._stream)
        self._stream.flush()

    def _read(self) -> dict[str, Any]:
        try:
            owner = json.loads(self._file.read_text(encoding="utf-8"))
        except (ValueError, OSError, RecursionError):
            return {}
        return owner if isinstance(owner, dict) else {}

    def _owner(self) -> str:
        owner = self._read()
        try:
            minutes = (time.time() - float(owner["since"])) / 60
            return f"`{owner['purpose']}`, process {owner['pid']}, for {minutes:.0f} min"
        except (KeyError, TypeError, ValueError):  # it has not written yet who it is
            return "a process that has only just started"
