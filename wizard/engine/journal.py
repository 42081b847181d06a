"""The journal: every action as it begins and as it ends, on disk before the next thing happens."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from wizard.engine.errors import StateError
from wizard.engine.files import cannot_write, open_own
from wizard.engine.redaction import Redactor
from wizard.engine.state import now


class Journal:
    """An append-only file of JSON lines. A line that a crash cut short is skipped when reading."""

    def __init__(self, file: Path, cloud: str, redactor: Redactor) -> None:
        self._file = file
        self._cloud = cloud
        self._redactor = redactor

    def write(self, event: str, **fields: Any) -> None:
        """Append one entry and sync it to disk; StateError when that is impossible."""
        entry = self._redactor.data({"time": now(), "cloud": self._cloud, "event": event, **fields})
        line = json.dumps(entry) + "\n"
        try:
            handle = open_own(self._file, os.O_RDWR | os.O_APPEND)
            try:
                os.write(handle, self._completed(handle, line).encode())
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise cannot_write(self._file, error) from error

    @staticmethod
    def _completed(handle: int, line: str) -> str:
        """Begin a new line when the last one was cut short."""
        size = os.fstat(handle).st_size
        cut_short = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        return "\n" + line if cut_short else line

    def entries(self) -> list[dict[str, Any]]:
        """All whole entries of this cloud, oldest first; StateError when the file cannot be read."""
        try:
            lines = self._file.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StateError(f"{self._file} cannot be read: {error.strerror}.", fix="move it away") from error
        found = []
        for line in lines:
            try:
                entry = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if _is_entry(entry) and entry["cloud"] == self._cloud:
                found.append(entry)
        return found

    def open_key(self, instance: str, title: str) -> str | None:
        """The key of an action that began and did not come to its end: a crash left it behind, or a lost connection.

        What it began over there may go on, or have failed there: that is to be asked.
        """
        key: str | None = None
        for entry in self.entries():
            if (entry.get("instance"), entry.get("action")) == (instance, title):
                key = None if entry.get("event") == "ended" else entry.get("key")
        return key or None

    def made(self, instance: str, making: str, taking: str = "") -> bool:
        """Whether the action titled `making` was done here, or broke off half-way, and `taking` has not ended since.

        One that was refused does not count: what stands there may be somebody else's.
        """
        ours = False
        for entry in self.entries():
            if entry.get("instance") != instance:
                continue
            if entry.get("action") == making:
                ours = entry.get("event") in ("begun", "ended") or bool(entry.get("unanswered"))
            elif entry.get("action") == taking and entry.get("event") == "ended":
                ours = False
        return ours


def _is_entry(entry: Any) -> bool:
    """Whether a document is one that `write` may have written."""
    names = ("time", "cloud", "event", "instance", "action", "key")
    if not isinstance(entry, dict) or not all(isinstance(entry.get(name, ""), str) for name in names):
        return False
    try:
        datetime.fromisoformat(entry["time"])
    except (KeyError, ValueError):
        return False
    return "cloud" in entry and "event" in entry
