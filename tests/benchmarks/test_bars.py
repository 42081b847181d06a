"""The bars, held in every run of the tests. Noise can only make a figure worse, so a missed one is measured again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.measures import Bar
from tests.rehearsal import ROOT

TRIES = 8

pytestmark = [pytest.mark.serial, pytest.mark.xdist_group("whole")]


def measured(*arguments: str) -> list[Bar]:
    """The bars of one short measurement, made by a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [Bar(**each) for each in json.loads(done.stdout)]


def hold(*arguments: str) -> None:
    """Measure until every bar was met once; fail with the best figures when that takes too many tries."""
    best: dict[str, Bar] = {}
    for _ in range(TRIES):
        for bar in measured(*arguments):
            if bar.name not in best or bar.value < best[bar.name].value:
                best[bar.name] = bar
        if all(bar.met for bar in best.values()):
            break
    print("\n" + "\n".join(bar.line() for bar in best.values()))
    assert all(bar.met for bar in best.values())


def test_version_takes_less_than_half_of_importing_textual() -> None:
    hold("version")


def test_skeleton_and_first_screen_come_soon_also_without_a_network() -> None:
    hold("starts")


@pytest.mark.timeout(900)
def test_keys_are_answered_while_everything_is_checked_and_the_sdks_load(set_up: Path) -> None:
    hold("keys", str(set_up))


@pytest.mark.timeout(900)
def test_the_status_in_a_crowd_comes_about_as_soon_by_as_many_requests(set_up: Path) -> None:
    hold("status", str(set_up))


@pytest.mark.timeout(900)
def test_a_large_tenant_is_checked_about_as_fast_and_the_keys_stay_fluid(set_up: Path) -> None:
    hold("large", str(set_up))
