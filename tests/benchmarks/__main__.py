"""`python -m tests.benchmarks`: measure everything and print the ratios; exit code 1 when a bar is missed.

`python -m tests.benchmarks serving` measures the scoring service alone.

`python -m tests.benchmarks version | starts | keys FOLDER | large FOLDER | status FOLDER` prints the bars of a short
measurement as JSON, for the tests: theirs is a large process, and starting programs from one takes time that is not the
programs'.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import tempfile
from pathlib import Path

from tests.benchmarks import measures, mission, scale, status
from tests.rehearsal import Rehearsal, new_project
from wizard.sandbox.control import DEFAULT_SPEED

SPEED = 600.0


def main() -> int:
    """Measure what the arguments name, or everything."""
    sys.setswitchinterval(0.0005)  # so that the reader's thread stamps at once while the emulator parses
    if sys.argv[1:] == ["serving"]:
        return report(serving())
    if len(sys.argv) > 1:
        print(json.dumps([dataclasses.asdict(bar) for bar in short(*sys.argv[1:])]))
        return 0
    return measure_everything()


def short(what: str, folder: str = "") -> list[measures.Bar]:
    """The bars of one measurement with few runs; `folder` holds a finished set-up on a running sandbox."""
    if what == "version":
        return measures.version(5)
    if what == "keys":
        return measures.keys(Path(folder), 1, 40)
    if what == "large":
        return scale.large(Path(folder), 2, 40)
    if what == "status":
        return status.in_a_crowd(Path(folder), 3, 40)
    with tempfile.TemporaryDirectory() as empty:
        return measures.starts(Path(empty), 4)


def measure_everything() -> int:
    """Set up a rehearsal to the end, measure on it, take it down."""
    with tempfile.TemporaryDirectory() as folder:
        rehearsal = Rehearsal(new_project(Path(folder) / "project"))
        rehearsal.start(DEFAULT_SPEED)
        try:
            print("going the whole way, to measure that and on what it leaves ...", flush=True)
            bars = mission.mission(rehearsal)
            rehearsal.stop()
            rehearsal.start(SPEED)
            bars += [
                *measures.version(9),
                *measures.starts(rehearsal.folder, 7),
                *measures.keys(rehearsal.folder, 3, 60),
                *scale.large(rehearsal.folder, 5, 60),
                *status.in_a_crowd(rehearsal.folder, 5, 60),
            ]
        finally:
            rehearsal.stop()
    print("mlops-wizard / a bare Textual app, interleaved, 120x40", end="; ")
    return report([*bars, *serving()])


def serving() -> list[measures.Bar]:
    """The bars of the scoring service, whose imports would make this process a large one for the others, too."""
    from tests.benchmarks.serving import serving_bars

    return serving_bars()


def report(bars: list[measures.Bar]) -> int:
    """Print the bars and the machine's load; the exit code."""
    load = ", ".join(f"{each:.2f}" for each in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load}")
    print("\n".join(bar.line() for bar in bars))
    return 0 if all(bar.met for bar in bars) else 1


if __name__ == "__main__":
    sys.exit(main())
