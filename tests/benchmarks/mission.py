"""What the whole way costs on the sandbox, at the speed at which people rehearse: beside its own longest chain."""

from __future__ import annotations

from tests.benchmarks.measures import Bar
from tests.rehearsal import Rehearsal

RATIO, SECONDS = 1.25, 300.0


def mission(rehearsal: Rehearsal) -> list[Bar]:
    """Set everything up, from nothing to the answer in prod.

    The yardstick is the longest chain of steps that wait for each other: nobody could be faster by doing more at once.
    """
    done = rehearsal.walk("apply", "--yes")
    assert done.exit_code == 0, done.explain()
    took, chain = done.summary["seconds"], done.summary["critical_seconds"]
    return [
        Bar("whole mission / its longest chain", took / chain, RATIO, f"{took:.0f} / {chain:.0f} s"),
        Bar("whole mission at the default speed, seconds", took, SECONDS, f"{done.summary['actions']} actions"),
    ]
