"""What the status costs in a crowd: the same finished set-up with 10,000 models, 200 services and 2,000 runs beside."""

from __future__ import annotations

import contextlib
import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.crowd import MODELS, RUNS, SERVICES, VERSIONS, crowd
from tests.benchmarks.measures import (
    FLOOR,
    START_LIMIT,
    WIZARD,
    Bar,
    alternate,
    be_elsewhere,
    line,
    percentile,
    press,
    to_checklist,
    word,
)
from tests.benchmarks.terminal import Session
from tests.rehearsal import Rehearsal, clean_environment
from tests.sandbox.refresh_cost import requests_since

SPEED = 600.0
CHECKED_LIMIT = 120.0  # seconds; the cloud is of the lowest priority then
FIRST_LIMIT, KEY_LIMIT, MEMORY_LIMIT = 2.0, 3.0, 2.0
MB = 1 << 20
WHAT = f"{MODELS} models of {VERSIONS} versions, {SERVICES} services, {RUNS} runs"


def in_a_crowd(folder: Path, runs: int, presses: int) -> list[Bar]:
    """The status of the set-up in `folder` against that of a copy of it in a crowd; the keys and memory on it."""
    with _crowded_copy(folder) as copy:
        alone, crowded = [], []
        with _Engine(folder) as one, _Engine(copy) as other:
            for number in range(runs + 1):
                times = one.first_models(), other.first_models()
                if number:  # the first of each signs in, and MLflow's servers start
                    alone.append(times[0])
                    crowded.append(times[1])
        requests = [_requests(Rehearsal(each)) for each in (folder, copy)]
        keys, memory = _keys(folder, copy, presses)
    base, value = min(alone), min(crowded)
    return [
        Bar(f"first models, {WHAT} / alone", value / base, FIRST_LIMIT, f"{value * 1e3:.0f} / {base * 1e3:.0f} ms"),
        Bar(
            "requests of a refresh in a crowd / alone", requests[1] / requests[0], 1.0, f"{requests[1]} / {requests[0]}"
        ),
        keys,
        memory,
    ]


class _Engine:
    """An engine of its own on a project folder."""

    def __init__(self, folder: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "wizard",
            "engine",
            "--sandbox",
            "--project",
            str(folder),
            "--purpose",
            "bench",
        ]
        self._process = subprocess.Popen(
            command, env=clean_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder
        )
        self._until("checklist")

    def __enter__(self) -> _Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self._say({"do": "quit"})
        self._process.wait(START_LIMIT)

    def first_models(self) -> float:
        """Seconds from the command until the models are told."""
        started = time.perf_counter()
        self._say({"do": "status"})
        while (event := self._next())["event"] != "status.area" or event["area"] != "models":
            pass
        took = time.perf_counter() - started
        if event["unread"]:
            raise RuntimeError(f"the models could not be read: {event['remarks']}")
        self._until("summary")
        return took

    def _say(self, command: dict[str, str]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def _next(self) -> dict[str, object]:
        assert self._process.stdout is not None
        found: dict[str, object] = json.loads(self._process.stdout.readline())
        return found

    def _until(self, name: str) -> None:
        while self._next()["event"] != name:
            pass


def _requests(rehearsal: Rehearsal) -> int:
    """How many requests one refresh costs."""
    before = len(rehearsal.traffic())
    rehearsal.walk("status")
    return len(requests_since(rehearsal, before))


def _keys(folder: Path, copy: Path, presses: int) -> tuple[Bar, Bar]:
    """Keys on the status screen in a crowd against the floor's, and the screens' memory against that alone."""
    be_elsewhere(folder)
    be_elsewhere(copy)
    floor = Session(FLOOR, clean_environment(), folder)
    try:
        floor.wait(lambda text: "Hello" in text, START_LIMIT)
        idle = [press(floor, key, word) for key in alternate("jk", presses)]
    finally:
        floor.close()
    (_, alone), (busy, crowded) = (_on_the_status(each, presses) for each in (folder, copy))
    base, value = percentile(idle, 0.95), percentile(busy, 0.95)
    return (
        Bar("key p95 on the status in a crowd / floor's", value / base, KEY_LIMIT,
            f"{value * 1e3:.1f} / {base * 1e3:.1f} ms, median {statistics.median(busy) * 1e3:.1f} ms"),
        Bar("memory of the screens, status in a crowd / alone", crowded / alone, MEMORY_LIMIT,
            f"{crowded / MB:.0f} / {alone / MB:.0f} MB"),
    )  # fmt: skip


def _on_the_status(folder: Path, presses: int) -> tuple[list[float], int]:
    """How long keys take on a status screen that was read, in seconds, and the screens' memory in bytes."""
    session = Session([*WIZARD, "--sandbox"], clean_environment(), folder)
    try:
        to_checklist(session, CHECKED_LIMIT)
        session.press("S")
        session.wait(lambda text: "updated" in text and "Models" in text, START_LIMIT)
        session.settle(0.5)
        times = [press(session, key, line) for key in alternate(("down", "up"), presses)]
        return times, session.process.memory_info().rss
    finally:
        session.close()


@contextlib.contextmanager
def _crowded_copy(folder: Path) -> Iterator[Path]:
    """A copy of a finished set-up and its sandbox cloud, running, in a crowd."""
    copy = folder.parent / "crowd"
    original, twin = Rehearsal(folder), Rehearsal(copy)
    original.stop()  # so that what is copied is whole
    shutil.copytree(folder, copy, symlinks=True)
    original.start(SPEED)
    crowd(copy / ".mlops-wizard" / "sandbox")
    twin.start(SPEED)
    try:
        yield copy
    finally:
        twin.stop()
        shutil.rmtree(copy)
