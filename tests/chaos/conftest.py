"""Fixtures of the tests that kill, break and resume."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rehearsal import Rehearsal, new_project


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Rehearsal]:
    """An empty project and a running sandbox of its own."""
    rehearsal = Rehearsal(new_project(tmp_path / "project"))
    rehearsal.start(600)
    yield rehearsal
    rehearsal.stop()
