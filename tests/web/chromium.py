"""A headless Chromium, driven by its DevTools protocol: a websocket with JSON, for which no other package is needed."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp

from tests.web.page import Picture

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0",
)  # fmt: skip
LISTENING = b"DevTools listening on "
WIDTH, HEIGHT = 1200, 900
LIMIT = 60.0


def installed() -> str | None:
    """The path of a Chromium on this machine."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.asynccontextmanager
async def tab(program: str, folder: Path) -> AsyncIterator[Tab]:
    """A tab of a new Chromium with an empty profile."""
    process = await asyncio.create_subprocess_exec(
        program, *FLAGS, f"--user-data-dir={folder / 'profile'}", f"--window-size={WIDTH},{HEIGHT}", "about:blank",
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        async with asyncio.timeout(LIMIT):
            while not (line := await process.stderr.readline()).startswith(LISTENING):
                assert line, "Chromium ended at its start"
        drained = asyncio.create_task(process.stderr.read())
        address = line.removeprefix(LISTENING).decode().strip()
        async with aiohttp.ClientSession() as session, session.ws_connect(address, max_msg_size=0) as socket:
            found = Tab(socket)
            reading = asyncio.create_task(found.read())
            await found.attach()
            yield found
            reading.cancel()
        drained.cancel()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


class Tab:
    """One tab: where it was, what went wrong in it, and what the terminal in it was sent."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.visited: list[str] = []
        self.complaints: list[str] = []
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._session: dict[str, str] = {}
        self._picture = Picture()
        self._changed = asyncio.Event()

    @property
    def text(self) -> str:
        """What the terminal in the page shows."""
        return self._picture.text

    async def attach(self) -> None:
        """Find the tab, and have it tell what happens."""
        target = await self.call("Target.createTarget", url="about:blank")
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        for domain in ("Page", "Network", "Runtime", "Log"):
            await self.call(f"{domain}.enable")

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Tell it something: its answer."""
        number = next(self._numbers)
        self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters, **self._session})
        async with asyncio.timeout(LIMIT):
            return await self._answers[number]

    async def open(self, address: str) -> None:
        """Go to a page."""
        await self.call("Page.navigate", url=address)

    async def evaluate(self, script: str) -> Any:
        """The value of an expression in the page."""
        found = await self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        return found["result"].get("value")

    async def press(self, key: str) -> None:
        """Press a key."""
        text = {"Enter": "\r"}.get(key, key)
        code = {"Enter": 13}.get(key, ord(key[0].upper()))
        for kind, more in (("keyDown", {"text": text}), ("keyUp", {})):
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **more)

    async def wait(self, met: Callable[[], object]) -> None:
        """Until something has happened in the tab that makes the condition true."""
        try:
            async with asyncio.timeout(LIMIT):
                while not met():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"not within {LIMIT} s; complaints: {self.complaints}; shown:\n{self.text}") from None

    async def screenshot(self) -> bytes:
        """What is painted, as PNG."""
        return base64.b64decode((await self.call("Page.captureScreenshot"))["data"])

    async def read(self) -> None:
        """Take in answers and events until cancelled."""
        async for message in self._socket:
            told = json.loads(message.data)
            if "id" in told:
                self._answers.pop(told["id"]).set_result(told.get("result") or {"error": told.get("error")})
            else:
                self._take(told["method"], told["params"])
                self._changed.set()

    def _take(self, event: str, told: dict[str, Any]) -> None:
        if event == "Page.frameNavigated":
            self.visited.append(told["frame"]["url"])
        elif event == "Network.webSocketFrameSent":
            kind, *more = json.loads(told["response"]["payloadData"])
            if kind == "resize":
                self._picture.resize(more[0]["width"], more[0]["height"])
        elif event == "Network.webSocketFrameReceived" and told["response"]["opcode"] == aiohttp.WSMsgType.BINARY:
            self._picture.draw(base64.b64decode(told["response"]["payloadData"]))
        elif event == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(told["exceptionDetails"]))
        elif event == "Log.entryAdded" and told["entry"]["level"] == "error":
            self.complaints.append(told["entry"]["text"])
