"""The measurements. Each runs the wizard and the floor in turns (A B A B), so that noise hits both alike."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.benchmarks.terminal import Session
from tests.rehearsal import ROOT, clean_environment
from wizard.tui.priority import stand_back

FLOOR = [sys.executable, str(Path(__file__).with_name("floor.py"))]
WIZARD = [str(Path(sys.executable).with_name("mlops-wizard"))]
CURSOR = "▌"
START_LIMIT = 30.0
KEY_LIMIT = 2.0
IDLE_SECONDS = 5.0
PAUSE_SECONDS = 0.08
ENGINES = 3  # in one session, each killed: a p95 of forty keys is their second slowest, which says little
LOWEST = 19  # priority
MB = 1 << 20


@dataclass(frozen=True)
class Bar:
    """A figure, in the unit of its name, and what it may be at most."""

    name: str
    value: float
    limit: float
    measured: str

    @property
    def met(self) -> bool:
        """Whether it is within its limit."""
        return self.value <= self.limit

    def line(self) -> str:
        """For the report."""
        verdict = "ok  " if self.met else "MISS"
        return f"{verdict} {self.name:<52} {self.value:7.3f}  (at most {self.limit:g})  {self.measured}"


def dead_network() -> dict[str, str]:
    """An environment whose proxy is a loopback port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    return {"HTTPS_PROXY": f"http://127.0.0.1:{port}", "HTTP_PROXY": f"http://127.0.0.1:{port}"}


def _first(argv: list[str], folder: Path, texts: list[str], extra: dict[str, str] | None = None) -> list[float]:
    """Seconds from the start of the process until each text is on the screen."""
    session = Session(argv, {**clean_environment(), "PYTHONPATH": str(ROOT), **(extra or {})}, folder)
    try:
        return [session.wait(lambda shown, text=text: text in shown, START_LIMIT) - session.started for text in texts]
    finally:
        session.close()


def starts(folder: Path, runs: int) -> list[Bar]:
    """First paints: skeleton and real screen against the floor's, with a live sandbox and with a dead network."""
    floor, live, dead = [], [], []
    texts = ["Prerequisites", "Welcome"]  # both are on the first real screen, the first one on the skeleton too
    for number in range(runs + 1):
        one = _first(FLOOR, folder, ["Hello"])
        two = _first([*WIZARD, "--sandbox"], folder, texts)
        three = _first(WIZARD, folder, texts, dead_network())
        if number:  # the first of each only warms the caches
            floor.append(one[0])
            live.append(two)
            dead.append(three)
    base = statistics.median(floor)
    skeleton = statistics.median(times[0] for times in live + dead)
    screens = [statistics.median(times[1] for times in each) for each in (live, dead)]
    return [
        Bar("skeleton / floor's first paint", skeleton / base, 0.15, _ms(skeleton, base)),
        Bar("first screen / floor's first paint", screens[0] / base, 1.5, _ms(screens[0], base)),
        Bar("first screen / floor's, with a dead network", screens[1] / base, 1.5, _ms(screens[1], base)),
    ]


def version(runs: int) -> list[Bar]:
    """`mlops-wizard --version` against the import of Textual alone."""
    ours, textual = [], []
    for _ in range(runs):
        ours.append(_wall([*WIZARD, "--version"]))
        textual.append(_wall([sys.executable, "-c", "import textual.app"]))
    mine, theirs = statistics.median(ours), statistics.median(textual)
    return [Bar("--version / python -c 'import textual.app'", mine / theirs, 0.5, _ms(mine, theirs))]


def _wall(argv: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(argv, check=True, capture_output=True, env=clean_environment())
    return time.perf_counter() - started


def keys(folder: Path, rounds: int, presses: int) -> list[Bar]:
    """Key presses while a fresh engine loads the SDKs and checks everything, against the idle floor's.

    `folder` holds a finished set-up on a running sandbox. Killing the engine makes the screens start another, which
    checks every step again: the hardest moment there is for the keys.
    """
    be_elsewhere(folder)
    idle, busy, still, cpu, rss, floor_rss = [], [], [], [], [], []
    for _ in range(rounds):
        floor = Session(FLOOR, clean_environment(), folder)
        ours = Session([*WIZARD, "--sandbox"], clean_environment(), folder)
        try:
            floor.wait(lambda text: "Hello" in text, START_LIMIT)
            to_checklist(ours)
            before = _cpu(ours)
            time.sleep(IDLE_SECONDS)  # what is measured is doing nothing
            cpu.append((_cpu(ours) - before) / IDLE_SECONDS)
            idle += [press(floor, key, word) for key in alternate("jk", presses * ENGINES)]
            still += [press(ours, key, row) for key in alternate(("up", "down"), presses // 2)]
            for _ in range(ENGINES):
                ours.engine().kill()
                busy += [press(ours, key, row) for key in alternate(("up", "down"), presses)]
                ours.wait(lambda text: re.search(r"(\d+)/\1 ok", text), START_LIMIT)
            rss.append(ours.process.memory_info().rss)
            floor_rss.append(floor.process.memory_info().rss)
        finally:
            ours.close()
            floor.close()
    base, worst = percentile(idle, 0.95), max(busy)
    memory, floor_memory = statistics.median(rss), statistics.median(floor_rss)
    return [
        Bar("key p95 while SDKs load and all is checked / floor's", percentile(busy, 0.95) / base, 3.0,
            _ms(percentile(busy, 0.95), base)),
        Bar("slowest key in that time, seconds", worst, 0.1,
            f"{len(busy)} keys, median {statistics.median(busy) * 1e3:.1f} ms"),
        Bar("key p95 at rest / floor's", percentile(still, 0.95) / base, 3.0, _ms(percentile(still, 0.95), base)),
        Bar("idle CPU, share of a core", statistics.median(cpu), 0.01, "screens and engine"),
        Bar("memory of the screens / floor's", memory / floor_memory, 1.5,
            f"{memory / MB:.0f} / {floor_memory / MB:.0f} MB"),
    ]  # fmt: skip


def be_elsewhere(folder: Path) -> None:
    """Give the sandbox on that folder the lowest priority: it stands for a cloud that computes on other machines."""
    for process in psutil.process_iter(["cmdline"]):
        ours = process.pid == os.getpid()  # whose arguments name the folder, too
        if not ours and any(str(folder) in word for word in process.info["cmdline"] or ()):
            with contextlib.suppress(psutil.NoSuchProcess):  # it has ended meanwhile
                for each in (process, *process.children(recursive=True)):
                    stand_back(each.pid, LOWEST)


def to_checklist(session: Session, limit: float = START_LIMIT) -> None:
    """Go through the welcome to the checklist, once everything was checked."""
    session.wait(lambda text: re.search(r"(\d+)/\1 ok", text) and "Enter goes on" in text, limit)
    session.press("enter")
    session.wait(lambda text: "Activity" in text and "plan ended" in text, limit)
    session.settle(0.5)
    press(session, "down", row)


def alternate(pair: str | tuple[str, str], count: int) -> list[str]:
    """So many keys, the two in turns."""
    return [pair[number % 2] for number in range(count)]


def press(session: Session, key: str, mark: Callable[[str], object]) -> float:
    """Seconds from the key until what it moves has moved; then a quiet moment, since nobody types without pauses."""
    before = mark(session.text)
    pressed = session.press(key)
    delay = session.wait(lambda text: mark(text) != before, KEY_LIMIT) - pressed
    session.rest(PAUSE_SECONDS)
    return delay


def row(text: str) -> int:
    """The number of the line with the cursor."""
    return next((number for number, line in enumerate(text.split("\n")) if CURSOR in line), -1)


def line(text: str) -> str:
    """The line with the cursor, of a list that scrolls under it."""
    return next((each for each in text.split("\n") if CURSOR in each), "")


def word(text: str) -> str:
    """The line of the floor that keys change."""
    return next((line for line in text.split("\n") if "Hello" in line), "")


def _cpu(session: Session) -> float:
    processes = [session.process, *session.process.children(recursive=True)]
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def percentile(values: list[float], share: float) -> float:
    """The value below which that share lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def _ms(mine: float, theirs: float) -> str:
    return f"{mine * 1e3:.1f} / {theirs * 1e3:.1f} ms"
