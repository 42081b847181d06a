"""The README's pictures are those that the tests took. `make snapshots` renews both."""

import re

import pytest

from tests.rehearsal import ROOT
from tests.snapshots.test_screens import PICTURES

TAKEN = ROOT / "tests" / "snapshots" / "__snapshots__" / "test_screens"
SHOWN = {"checklist": "armed", "run": "run-failed", "status": "status-unwell"}


@pytest.mark.parametrize("name", SHOWN)
def test_the_picture_is_the_one_that_was_taken(name: str, request: pytest.FixtureRequest) -> None:
    assert SHOWN[name] in PICTURES
    taken = TAKEN / f"test_screen[{SHOWN[name]}-textual-dark-120x40].raw"
    picture = ROOT / "tests" / "snapshots" / "readme" / f"{name}.svg"
    if request.config.getoption("--snapshot-update"):
        picture.write_bytes(taken.read_bytes())
    assert picture.read_bytes() == taken.read_bytes()


def test_the_readme_shows_exactly_these() -> None:
    shown = re.findall(r"\]\((tests/snapshots/readme/\w+\.svg)\)", (ROOT / "README.md").read_text())
    assert shown == [f"tests/snapshots/readme/{name}.svg" for name in SHOWN]
    assert {file.stem for file in (ROOT / "tests" / "snapshots" / "readme").iterdir()} == set(SHOWN)
