"""Runs `apply` or `teardown`, and kills command and engine with SIGKILL at a chosen moment of a chosen action."""

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zlib import crc32

from tests.rehearsal import WIZARD, Rehearsal, clean_environment, key

MUTATING = ("PUT", "POST", "PATCH", "DELETE")
PATIENCE = 60.0  # seconds until a started action must have said or done something


@dataclass
class Attempt:
    """One run of `apply`, killed or ended."""

    events: list[dict] = field(default_factory=list)
    killed_in: set[tuple[str, str]] = field(default_factory=set)

    @property
    def ended(self) -> bool:
        """Whether it came to its summary."""
        return bool(self.events) and self.events[-1]["event"] == "summary"


class Killer:
    """Kills each action once at one moment: before it begins, during it, or after it.

    `verb` is the command, `selected` are arguments that say which steps it takes, all of them unless given; of `parts`
    into which the actions are divided only one is killed, each day another. `done` are the actions which were at that
    moment, `caught` those that ran beside one and were killed with it.
    """

    def __init__(self, rehearsal: Rehearsal, moment: str, *selected: str, parts: int = 1, verb: str = "apply") -> None:
        self._rehearsal = rehearsal
        self._moment = moment
        self._selected = selected
        self._verb = verb
        self._parts = parts
        self._part = datetime.now(UTC).toordinal() % parts
        self._traffic = rehearsal.folder / ".mlops-wizard" / "sandbox" / "traffic.jsonl"
        self.done: set[tuple[str, str]] = set()
        self.caught: set[tuple[str, str]] = set()

    def attempt(self) -> Attempt:
        """Run until an action that was not yet killed reaches the moment, or to the end."""
        process = subprocess.Popen(
            [*WIZARD, self._verb, "--yes", "--sandbox", "--json", *self._selected],
            cwd=self._rehearsal.folder,
            env=clean_environment(),
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        attempt, engine = Attempt(), 0
        size = self._traffic.stat().st_size
        for event in _events(process):
            attempt.events.append(event)
            engine = event.get("pid", engine)
            hit = self._hit(event)
            if hit:
                if self._moment == "during":
                    self._wait_for_change(process, size)
                _kill(engine, process)
                attempt.killed_in = hit
                self.done |= hit
                self.caught |= _running(attempt.events) - hit
                break
            size = self._traffic.stat().st_size
        process.stdout.close()
        process.wait()
        return attempt

    def _hit(self, event: dict) -> set[tuple[str, str]]:
        if self._moment == "before" and event["event"] == "step.planned":
            found = {(key(event), action["title"]) for action in event["actions"]}
        elif event["event"] == {"during": "action.started", "after": "action.finished"}.get(self._moment):
            found = {(key(event), event["action"])}
        else:
            return set()
        return {each for each in found - self.done if crc32(" ".join(each).encode()) % self._parts == self._part}

    def _wait_for_change(self, process: subprocess.Popen, size: int) -> None:
        """Until the cloud answered a changing request, or the action said something (it changed this machine only)."""
        end = time.monotonic() + PATIENCE
        with self._traffic.open() as traffic:
            traffic.seek(size)
            while time.monotonic() < end:
                if any(_changes(line) for line in traffic.readlines()):
                    return
                if select.select([process.stdout], [], [], 0.02)[0]:
                    return
        raise AssertionError("the action neither changed nor said anything")


def _running(events: list[dict]) -> set[tuple[str, str]]:
    """The actions that began and did not end."""
    running = {(key(event), event["action"]) for event in events if event["event"] == "action.started"}
    return running - {(key(event), event["action"]) for event in events if event["event"] == "action.finished"}


def _changes(line: str) -> bool:
    with contextlib.suppress(ValueError):
        exchange = json.loads(line)
        return exchange["method"] in MUTATING and "login.microsoftonline.com" not in exchange["url"]
    return False


def _kill(engine: int, process: subprocess.Popen) -> None:
    process.kill()
    with contextlib.suppress(ProcessLookupError):
        os.kill(engine, signal.SIGKILL)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            os.kill(engine, 0)
        except ProcessLookupError:
            return
        select.select([], [], [], 0.01)
    raise AssertionError("the engine survived SIGKILL")


def _events(process: subprocess.Popen) -> Iterator[dict]:
    for line in process.stdout:
        with contextlib.suppress(ValueError):
            yield json.loads(line)
