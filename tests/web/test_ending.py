"""However it ends, nothing of it stays: no process, no token."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import psutil
import pytest

from tests.tui.conftest import FAKE_ENGINE
from tests.web.conftest import environment, screens
from tests.web.page import Page

LIMIT = 20.0
SLOW_ENGINE = Path(__file__).with_name("slow_engine.py")
SERVE = """
import asyncio, socket
from wizard.web.command import serve
asyncio.run(serve({argv!r}, socket.create_server(("127.0.0.1", 0)), None))
"""


class Running:
    """A server in a process of its own, with a page open and the processes behind that."""

    def __init__(self, process: subprocess.Popen[str], entrance: str, page: Page) -> None:
        self.process = process
        self.entrance = entrance
        self.page = page
        self.server = psutil.Process(process.pid)

    @property
    def behind(self) -> list[psutil.Process]:
        """The screens and their engine."""
        return self.server.children(recursive=True)

    def end(self, how: signal.Signals) -> tuple[int, list[psutil.Process]]:
        """Its exit code after that signal, and which of the processes are left."""
        behind = self.behind
        self.process.send_signal(how)
        code = self.process.wait(LIMIT)
        return code, psutil.wait_procs(behind, timeout=LIMIT)[1]


Start = Callable[..., Awaitable[Running]]


@pytest.fixture
async def start(tmp_path: Path, browser: aiohttp.ClientSession) -> AsyncIterator[Start]:
    begun: list[Running] = []

    async def started(engine: Path = FAKE_ENGINE, stdin: int = subprocess.DEVNULL) -> Running:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE.format(argv=screens(tmp_path, engine))],
            stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment(tmp_path), cwd=tmp_path, start_new_session=True,
        )  # fmt: skip
        *_, entrance, _, _ = (process.stdout.readline().strip() for _ in range(5))  # all of what it says
        await browser.get(entrance)
        page = await Page.open(browser, entrance.partition("/?")[0])
        begun.append(Running(process, entrance, page))
        await page.wait(lambda text: "Enter goes on" in text)
        assert len(begun[-1].behind) == 2
        return begun[-1]

    yield started
    for each in begun:
        if each.process.poll() is None:
            for process in [*each.behind, each.server]:
                process.kill()
        each.process.communicate()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_ends_all(start: Start, how: signal.Signals) -> None:
    assert (await start()).end(how) == (0, [])


async def test_what_is_killed_takes_the_screens_along(start: Start) -> None:
    assert (await start()).end(signal.SIGKILL) == (-signal.SIGKILL, [])


async def test_it_ends_without_its_terminal_though_nobody_sends_the_signal(start: Start) -> None:
    ours, its = pty.openpty()
    running = await start(stdin=its)
    behind = running.behind
    os.close(its)
    os.close(ours)
    assert running.process.wait(LIMIT) == 0
    assert psutil.wait_procs(behind, timeout=LIMIT)[1] == []


async def test_a_page_that_is_closed_ends_its_screens_and_can_be_opened_again(start: Start, browser) -> None:
    running = await start()
    behind = running.behind
    await running.page.close()
    assert psutil.wait_procs(behind, timeout=LIMIT)[1] == []
    again = await Page.open(browser, running.entrance.partition("/?")[0])
    await again.wait(lambda text: "Welcome" in text)
    assert running.end(signal.SIGTERM) == (0, [])


async def test_leaving_the_wizard_closes_the_page_and_not_the_server(start: Start) -> None:
    running = await start()
    behind = running.behind
    await running.page.press("q")
    with pytest.raises(EOFError):
        await running.page.wait(lambda _: False)
    assert psutil.wait_procs(behind, timeout=LIMIT)[1] == []
    assert running.process.poll() is None


async def test_what_the_engine_does_is_finished_first(start: Start, tmp_path: Path) -> None:
    running = await start(engine=SLOW_ENGINE)
    behind = running.behind
    running.process.send_signal(signal.SIGINT)
    assert running.process.stdout.readline().startswith("The running action is being finished.")
    assert all(each.is_running() for each in behind)
    (tmp_path / "release").touch()
    assert running.process.wait(LIMIT) == 0
    assert psutil.wait_procs(behind, timeout=LIMIT)[1] == []


async def test_a_second_interrupt_ends_it_at_once(start: Start) -> None:
    running = await start(engine=SLOW_ENGINE)
    running.process.send_signal(signal.SIGINT)
    assert running.process.stdout.readline().startswith("The running action is being finished.")
    assert running.end(signal.SIGINT) == (0, [])


async def test_token_and_cookie_are_told_to_nobody(start: Start, browser: aiohttp.ClientSession) -> None:
    running = await start()
    token = running.entrance.partition("token=")[2]
    (cookie,) = (each.value for each in browser.cookie_jar)
    for process in [running.server, *running.behind]:
        told = [*process.cmdline(), *process.environ().values()]
        assert not [each for each in told if token in each or cookie in each], process
    running.process.send_signal(signal.SIGTERM)
    for said in running.process.communicate():  # after the address was read from it
        assert token not in said
        assert cookie not in said
