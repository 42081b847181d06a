"""One engine process for many commands: starting one for each would cost seconds every time."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests.rehearsal import WIZARD, Run, clean_environment


class LongEngine:
    """An engine over a rehearsal's folder, in its sandbox cloud, as the screens have one.

    With an `environment` it is in the cloud that this names instead. `heard` is told each event as it comes.
    """

    def __init__(
        self,
        folder: Path,
        environment: dict[str, str] | None = None,
        heard: Callable[[dict], None] = lambda _: None,
    ) -> None:
        self._folder = folder
        self._environment = environment
        self._heard = heard
        self._start()

    def walk(self, verb: str, *steps: str) -> Run:
        """Run one command over some steps, with what they need; all actions are agreed to."""
        self._tell({"do": verb, "steps": list(steps), "yes": True, "armed": True})
        events = self._until("summary")
        return Run(events[-1]["exit_code"], events)

    def restart(self) -> None:
        """Begin anew, with nothing signed in and no connection open."""
        self.close()
        self._start()

    def close(self) -> None:
        """End the engine."""
        self._tell({"do": "quit"})
        self._process.communicate(timeout=60)

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [*WIZARD, "engine", *([] if self._environment else ["--sandbox"]), "--project", str(self._folder)],
            cwd=self._folder,
            env={**clean_environment(), **(self._environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._until("checklist")

    def _tell(self, command: dict) -> None:
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def _until(self, name: str) -> list[dict]:
        events: list[dict] = []
        while not events or events[-1]["event"] != name:
            line = self._process.stdout.readline()
            if not line:
                raise RuntimeError(f"the engine ended before it said {name}: {events[-3:]}")
            events.append(json.loads(line))
            self._heard(events[-1])
        return events
