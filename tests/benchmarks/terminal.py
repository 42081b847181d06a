"""A program in a pseudo-terminal, timed from outside: a thread stamps every piece of output the moment it arrives,
pyte makes a screen of it afterwards. What stands between synchronized-output marks counts when the closing one is read.
"""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
import pty
import queue
import re
import struct
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pyte

BEGIN, END = b"\x1b[?2026h", b"\x1b[?2026l"
ASKS_FOR_SYNC, HAS_SYNC = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
NOT_FOR_PYTE = re.compile(
    rb"\x1b\[[<=>][\d;:]*[a-z]|\x1b\[\?[\d;:]*(?:\$p|u)|\x1b[P_^][^\x1b]*\x1b\\|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
)
KEYS = {"down": "\x1b[B", "up": "\x1b[A", "enter": "\r", "escape": "\x1b"}
QUIET_SECONDS = 0.08


class Session:
    """A running program and its screen. Times are those of `time.perf_counter`."""

    def __init__(self, argv: list[str], environment: dict[str, str], folder: Path, size: tuple[int, int] = (120, 40)):
        columns, rows = size
        kept = {name: value for name, value in environment.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
        self.started = time.perf_counter()
        self._pid, self._fd = pty.fork()
        if self._pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            try:
                os.chdir(folder)
                os.execvpe(argv[0], argv, {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor"})  # noqa: S606
            finally:
                os._exit(127)
        self.process = psutil.Process(self._pid)
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._pending = b""
        self._chunks: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.changed_at = 0.0

    def _read(self) -> None:
        _come_first()
        data = b"begin"
        while data:
            data = b""
            with contextlib.suppress(OSError):  # the program has ended
                data = os.read(self._fd, 1 << 16)
            self._chunks.put((time.perf_counter(), data))

    @property
    def text(self) -> str:
        """What the screen shows."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def press(self, key: str) -> float:
        """Press a key: when that was."""
        stamp = time.perf_counter()
        os.write(self._fd, KEYS.get(key, key).encode())
        return stamp

    def wait(self, seen: Callable[[str], object], limit: float) -> float:
        """When a screen was shown of which `seen(text)` is true; TimeoutError if that was not within the limit."""
        end = time.perf_counter() + limit
        while not seen(self.text):
            if not self._take(end):
                raise TimeoutError(f"not within {limit} s; shown:\n{self.text}")
        return self.changed_at

    def settle(self, quiet: float = QUIET_SECONDS) -> None:
        """Wait until nothing was written for so many seconds (at most ten times as long)."""
        end = time.perf_counter() + quiet * 10
        while time.perf_counter() < end and self._take(time.perf_counter() + quiet):
            pass

    def rest(self, seconds: float) -> None:
        """Take in what comes for so long."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self._take(end)

    def _take(self, until: float) -> bool:
        """Take in one piece of output, or False when there is none before that time."""
        try:
            stamp, data = self._chunks.get(timeout=max(0.0, until - time.perf_counter()))
        except queue.Empty:
            return False
        if not data:
            raise EOFError(f"the program has ended; shown:\n{self.text}")
        if ASKS_FOR_SYNC in data:
            os.write(self._fd, HAS_SYNC)
        self._pending += data
        whole = self._pending
        if whole.rfind(BEGIN) > whole.rfind(END):  # in the middle of a picture: show what is before it
            whole = whole[: whole.rfind(BEGIN)]
        cut = whole.rfind(b"\x1b", max(0, len(whole) - 32)) if len(whole) == len(self._pending) else -1
        if cut >= 0 and not re.match(rb"\x1b(\[[\d;:?<=>]*[@-~]|[^\[\]P])", whole[cut:]):
            whole = whole[:cut]  # a sequence that is cut off: wait for its rest
        self._pending = self._pending[len(whole) :]
        if whole:
            shown = NOT_FOR_PYTE.sub(b"", whole.replace(BEGIN, b"").replace(END, b""))
            self._stream.feed(self._decode(shown))
            self.changed_at = stamp
        return True

    def engine(self) -> psutil.Process:
        """The first child: the wizard's engine."""
        return self.process.children()[0]

    def close(self) -> None:
        """End the program and what it started."""
        for process in [*self.process.children(recursive=True), self.process]:
            with contextlib.suppress(psutil.Error):
                process.kill()
        os.waitpid(self._pid, 0)
        self._reader.join(2)
        os.close(self._fd)


def _come_first() -> None:
    """Let this thread run the moment that it can, where it may ask for that (as root): it is the stopwatch.

    On a machine with more to do than it has cores it stamped up to 10 ms too late, which no person would have seen.
    """
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(threading.get_native_id(), os.SCHED_FIFO, os.sched_param(1))
