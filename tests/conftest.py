"""Fixtures shared by the layers of tests."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.argv import CommandLines
from tests.rehearsal import Rehearsal, Run, new_project

SPEED = 600.0


@dataclass
class Finished:
    """A rehearsal on which `apply` ran once, from an empty sandbox to the service that answers.

    `command_lines` are those of all processes of the machine meanwhile.
    """

    rehearsal: Rehearsal
    first: Run
    command_lines: set[str]


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    """The whole way, once for all tests that look at its end. Tests which use it share an xdist group."""
    rehearsal = Rehearsal(new_project(tmp_path_factory.mktemp("whole") / "project"))
    rehearsal.start(SPEED)
    try:
        with CommandLines() as lines:
            first = rehearsal.walk("apply", "--yes")
        yield Finished(rehearsal, first, lines.seen)
    finally:
        rehearsal.stop()
