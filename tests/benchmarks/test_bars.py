"""The bars, held in every run of the tests. Noise can only make a figure worse, so a missed one is measured again."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.benchmarks import measures
from tests.benchmarks.measures import Bar
from tests.conftest import Finished

TRIES = 4

pytestmark = [pytest.mark.serial, pytest.mark.xdist_group("whole")]


@pytest.fixture(autouse=True)
def exact_stamps() -> Iterator[None]:
    """Let the thread that stamps output have its turn at once while the emulator parses."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    yield
    sys.setswitchinterval(before)


def hold(measure: Callable[[], list[Bar]]) -> None:
    """Measure until every bar was met once; fail with the best figures when that takes too many tries."""
    best: dict[str, Bar] = {}
    for _ in range(TRIES):
        for bar in measure():
            if bar.name not in best or bar.value < best[bar.name].value:
                best[bar.name] = bar
        if all(bar.met for bar in best.values()):
            return
    pytest.fail("\n" + "\n".join(bar.line() for bar in best.values()))


def test_version_takes_less_than_half_of_importing_textual() -> None:
    hold(lambda: measures.version(5))


def test_skeleton_and_first_screen_come_soon_also_without_a_network(tmp_path: Path) -> None:
    hold(lambda: measures.starts(tmp_path, 4))


def test_keys_are_answered_while_everything_is_checked_and_the_sdks_load(finished: Finished) -> None:
    hold(lambda: measures.keys(finished.rehearsal.folder, 1, 40))
