"""Fixtures shared by the layers of tests."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.argv import CommandLines
from tests.rehearsal import Rehearsal, Run, new_project

SPEED = 600.0


@dataclass
class Finished:
    """A rehearsal on which `apply` ran once, from an empty sandbox to the service that answers.

    `command_lines` are those of all processes of the machine meanwhile, `traffic` is what the sandbox was asked.
    """

    rehearsal: Rehearsal
    first: Run
    command_lines: set[str]
    traffic: list[dict]


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    """The whole way, once for all tests that look at its end. Tests which use it share an xdist group."""
    rehearsal = Rehearsal(new_project(tmp_path_factory.mktemp("whole") / "project"))
    rehearsal.start(SPEED)
    try:
        with CommandLines() as lines:
            first = rehearsal.walk("apply", "--yes")
        traffic = rehearsal.traffic()
        if first.exit_code == 0:
            _leave_copy(rehearsal)
        yield Finished(rehearsal, first, lines.seen, traffic)
    finally:
        rehearsal.stop()


def _leave_copy(rehearsal: Rehearsal) -> None:
    """Leave a copy where SET_UP says, for the tests that measure time: they run in a process of their own, later."""
    if place := os.environ.get("SET_UP"):
        rehearsal.stop()  # so that what is copied is whole
        shutil.copytree(rehearsal.folder, place, symlinks=True)
        rehearsal.start(SPEED)


@pytest.fixture(scope="session")
def set_up(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A finished set-up that nobody changed since, on a running sandbox: the copy that was left, or one of its own."""
    left = Path(os.environ.get("SET_UP", ""))
    if not (left / ".mlops-wizard").is_dir():
        yield request.getfixturevalue("finished").rehearsal.folder
        return
    rehearsal = Rehearsal(tmp_path_factory.mktemp("left") / "project")
    shutil.move(left, rehearsal.folder)
    rehearsal.start(SPEED)
    yield rehearsal.folder
    rehearsal.stop()
