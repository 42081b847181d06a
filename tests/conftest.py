"""Fixtures shared by the layers of tests."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.rehearsal import Rehearsal, Run, new_project

SPEED = 600.0


@dataclass
class Finished:
    """A rehearsal on which `apply` ran once from an empty sandbox to the trained model."""

    rehearsal: Rehearsal
    first: Run


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    """The whole way, once for all tests that look at its end. Tests which use it share an xdist group."""
    rehearsal = Rehearsal(new_project(tmp_path_factory.mktemp("whole") / "project"))
    rehearsal.start(SPEED)
    try:
        yield Finished(rehearsal, rehearsal.walk("apply", "--yes"))
    finally:
        rehearsal.stop()
