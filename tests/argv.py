"""The command lines of all processes of this machine, as anybody on it can read them, gathered for a while."""

import threading
from pathlib import Path

EVERY = 0.05  # seconds


class CommandLines:
    """Gathers from entering to leaving; `seen` holds each command line once, its arguments parted by spaces."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._gather, daemon=True)

    def __enter__(self) -> "CommandLines":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _gather(self) -> None:
        while not self._over.wait(EVERY):
            for process in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    self.seen.add(process.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
                except OSError:  # it has ended
                    continue
