"""The processes of a job: each on the leash (see databricks/leash.py), read line by line, ended on demand."""

import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from wizard.sandbox.databricks.leash import leashed

LineReader = Callable[[str], None]


class Ending:
    """Asks the process that runs at the moment to end: when a run is cancelled, or the sandbox stops."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._spared = False
        self.cancelled = threading.Event()
        self.stopped = threading.Event()
        self.news = threading.Event()  # wakes a run that waits for something else than a process

    def cancel(self) -> None:
        """End what runs; steps that always run still do."""
        self.cancelled.set()
        self.news.set()
        if self.step_cancelled:
            self._let_go()

    def stop(self) -> None:
        """End what runs, and let nothing begin any more."""
        self.stopped.set()
        self.news.set()
        self._let_go()

    def step_begins(self) -> bool:
        """Whether the run was cancelled before this step: then it may run to its end, if it runs at all."""
        self._spared = self.cancelled.is_set()
        return self._spared

    @property
    def step_cancelled(self) -> bool:
        """Whether the run was cancelled during this step."""
        return self.cancelled.is_set() and not self._spared

    def hold(self, process: "subprocess.Popen[bytes] | None") -> None:
        """Say which process runs now; it ends at once when that was asked for after its step had begun."""
        with self._lock:
            self._process = process
        if self.stopped.is_set() or self.step_cancelled:
            self._let_go()

    def _let_go(self) -> None:
        with self._lock:
            if self._process is not None and self._process.stdin is not None:
                self._process.stdin.close()


def run(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    ending: Ending,
    seconds: float,
    read: LineReader,
) -> int | None:
    """Run a command to its end; its exit code, None when its time was over. Every line it prints is handed over."""
    late = threading.Event()
    with subprocess.Popen(
        leashed(*command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(environment),
        cwd=folder,
        start_new_session=True,
    ) as process:
        ending.hold(process)

        def too_long() -> None:
            late.set()
            if process.stdin is not None:
                process.stdin.close()

        timer = threading.Timer(seconds, too_long)
        timer.daemon = True
        timer.start()
        try:
            for line in process.stdout or ():
                read(line.decode(errors="replace").rstrip("\r\n"))
            code = process.wait()
        finally:
            timer.cancel()
            ending.hold(None)
    return None if late.is_set() else code
