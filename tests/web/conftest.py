"""A server in this process or in one of its own, whose pages are the real screens over the scripted engine."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.rehearsal import ROOT
from tests.tui.conftest import FAKE_ENGINE
from wizard.web.server import HOST, WizardServer

SCREENS = """
import sys
from wizard.web.screens import run
sys.exit(run([sys.executable, {engine!r}], {project!r}, "sandbox"))
"""


def screens(folder: Path, engine: Path = FAKE_ENGINE) -> list[str]:
    """The command line of the screens for a page, over such an engine."""
    script = folder / "screens.py"
    script.write_text(SCREENS.format(engine=str(engine), project=str(folder)))
    return [sys.executable, str(script)]


def environment(folder: Path) -> dict[str, str]:
    """What processes of these tests need."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "RELEASE": str(folder / "release")}


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WizardServer]:
    """A server that answers."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    found = WizardServer(screens(tmp_path), socket.create_server((HOST, 0)))
    runner = await found.open()
    yield found
    await found.end()
    await runner.cleanup()


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that keeps cookies, those of addresses that are numbers too, and follows nothing by itself."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session
