"""The engine's process: how it is started, spoken to and ended. Standard library only, so that it can be started
before Textual is imported.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Mapping
from typing import IO, Any

from wizard.tui.priority import stand_back

NICENESS = 10
GRACE_SECONDS = 3.0
STDERR_SHOWN = 2000
LOOK_SECONDS = 0.05
CHUNK = 1 << 16


class EngineProcess:
    """A running engine: commands go in as JSON lines, events come out of `events` (its standard output)."""

    def __init__(self, argv: list[str], environment: Mapping[str, str] | None) -> None:
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the process)
        self._process = subprocess.Popen(
            argv,
            env=None if environment is None else dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            start_new_session=True,  # a Ctrl+C in the terminal is for the screen, which tells the engine
        )
        stand_back(self._process.pid, NICENESS)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def events(self) -> IO[bytes]:
        """Where its events come from; for a reader that closes it when it has had enough."""
        return os.fdopen(os.dup(self._output().fileno()), "rb", buffering=0)

    def _output(self) -> IO[bytes]:
        stream = self._process.stdout
        if stream is None:
            raise RuntimeError("the engine was started without a pipe for its output")
        return stream

    def send(self, command: Mapping[str, Any]) -> bool:
        """Hand it a command; False when it is gone."""
        stream = self._process.stdin
        if stream is None:
            return False
        try:
            stream.write(json.dumps(command).encode() + b"\n")
            stream.flush()
        except (OSError, ValueError):
            return False
        return True

    def ended(self) -> int | None:
        """Its exit code (negative: the signal that ended it), None while it runs."""
        return self._process.poll()

    def last_words(self) -> str:
        """The end of what it wrote to standard error."""
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - STDERR_SHOWN))
        return self._errors.read().decode("utf-8", "replace").strip()

    def finish(self, patience: float | None = GRACE_SECONDS) -> bool:
        """Close its input, which means quit, and wait; False when it still runs after so many seconds (None: ever).

        What it says meanwhile is read and dropped, so that it is never held up by a full pipe.
        """
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        end = None if patience is None else time.monotonic() + patience
        said = self._output().fileno()
        listening = [said]
        while self._process.poll() is None:
            if end is not None and time.monotonic() > end:
                return False
            if not listening:
                time.sleep(LOOK_SECONDS)
            elif select.select(listening, [], [], LOOK_SECONDS)[0] and not os.read(said, CHUNK):
                listening = []
        return True

    def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
