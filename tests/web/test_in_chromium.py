"""The wizard in a real browser, walked as a person would: by the printed address to steps that turn OK."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.rehearsal import WIZARD, Rehearsal, clean_environment, new_project
from tests.web import chromium

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        chromium.installed() is None,
        reason="no Chromium on this machine: the wizard was not seen in a browser (on Debian: the package chromium)",
    ),
]

SPEED = 6000.0
COLOURS = 30  # at least, where a terminal is painted: smoothed letters, marks, bars


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address that `mlops-wizard web --sandbox` prints."""
    rehearsal = Rehearsal(new_project(tmp_path / "it's; my $project"))  # no shell comes near it
    rehearsal.start(SPEED)
    command = [*WIZARD, "web", "--no-open", "--sandbox", "--project", str(rehearsal.folder)]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    try:
        yield next(line for line in process.stdout if "token=" in line).strip()
    finally:
        process.terminate()
        process.communicate(timeout=60)
        rehearsal.stop()


def row(text: str, title: str) -> str:
    """The line of the checklist about a step."""
    lines = (line.partition("││")[0] for line in text.splitlines())
    return next((line for line in lines if title in line), "")


async def test_two_steps_are_walked_in_a_browser(served: str, tmp_path: Path) -> None:
    address = served.partition("/?")[0]
    async with chromium.tab(chromium.installed(), tmp_path) as tab:
        await tab.open(served)
        await tab.wait(lambda: f"{address}/" in tab.visited)
        await tab.open(f"{address}/")  # again: a page that comes takes the place of the one before
        await tab.wait(lambda: "Enter goes on" in tab.text)
        assert await tab.evaluate("document.cookie") == "", "no script can read it"
        assert "loaded" in await tab.evaluate("[...document.fonts].map(font => font.status)")
        asked = await tab.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
        assert len(asked) >= 4
        assert [each for each in asked if not each.startswith(f"{address}/")] == []

        await tab.press("Enter")
        await tab.wait(lambda: "These names are proposed" in tab.text)
        await tab.press("Enter")
        await tab.wait(lambda: "plan ended" in tab.text)
        for title in ("Region and names", "Resource providers"):
            assert "to do" in row(tab.text, title)
            await tab.press("s")
            await tab.wait(lambda: "Go ahead (y)" in tab.text)
            await tab.press("y")
            await tab.wait(lambda title=title: "✓ ok" in row(tab.text, title) and "apply ended" in tab.text)
            await tab.press("u")

        picture = Image.open(io.BytesIO(await tab.screenshot())).convert("RGB")
        assert len(picture.getcolors(picture.width * picture.height)) > COLOURS, "it is painted, not only sent"
        assert tab.complaints == [], "of the content security policy, or a script's"
