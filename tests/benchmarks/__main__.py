"""`python -m tests.benchmarks`: measure everything and print the ratios; exit code 1 when a bar is missed."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.benchmarks import measures
from tests.rehearsal import Rehearsal, new_project

SPEED = 600.0


def main() -> int:
    """Set up a rehearsal to the end, measure on it, take it down."""
    sys.setswitchinterval(0.0005)  # so that the reader's thread stamps at once while the emulator parses
    with tempfile.TemporaryDirectory() as folder:
        rehearsal = Rehearsal(new_project(Path(folder) / "project"))
        rehearsal.start(SPEED)
        try:
            print("setting up a rehearsal to measure on ...", flush=True)
            done = rehearsal.walk("apply", "--yes")
            if done.exit_code:
                print(f"the set-up did not end well: {done.explain()}")
                return 1
            bars = [
                *measures.version(9),
                *measures.starts(rehearsal.folder, 7),
                *measures.keys(rehearsal.folder, 3, 60),
            ]
        finally:
            rehearsal.stop()
    load = ", ".join(f"{each:.2f}" for each in os.getloadavg())
    print(f"mlops-wizard / a bare Textual app, interleaved, 120x40; {os.cpu_count()} cores, load {load}")
    print("\n".join(bar.line() for bar in bars))
    return 0 if all(bar.met for bar in bars) else 1


if __name__ == "__main__":
    sys.exit(main())
