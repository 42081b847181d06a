"""A page without a browser: the websocket that it would open, and pyte for the terminal in it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import aiohttp
import pyte

from tests.benchmarks.terminal import NOT_FOR_PYTE

COLUMNS, ROWS = 120, 40
LIMIT = 20.0


class Picture:
    """What a terminal shows of the bytes that it is sent."""

    def __init__(self, columns: int = COLUMNS, rows: int = ROWS) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)

    def draw(self, data: bytes) -> None:
        """Take in what Textual wrote at once: it never parts a sequence."""
        self._stream.feed(NOT_FOR_PYTE.sub(b"", data))

    def resize(self, columns: int, rows: int) -> None:
        """Take another size."""
        self._screen.resize(rows, columns)

    @property
    def text(self) -> str:
        """The lines that are shown."""
        return "\n".join(line.rstrip() for line in self._screen.display)


class Page:
    """An open page."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._picture = Picture()
        self._focused = False

    @classmethod
    async def open(cls, browser: aiohttp.ClientSession, url: str) -> Page:
        """Connect as a page of that server does."""
        address = f"{url}/ws?width={COLUMNS}&height={ROWS}"
        return cls(await browser.ws_connect(address, headers={"Origin": url}))

    @property
    def text(self) -> str:
        """What the page shows."""
        return self._picture.text

    async def press(self, keys: str) -> None:
        """Type."""
        await self._socket.send_str(json.dumps(["stdin", keys]))

    async def wait(self, seen: Callable[[str], object]) -> None:
        """Until it shows something of which `seen(text)` is true; EOFError when the server closes it before."""
        try:
            async with asyncio.timeout(LIMIT):
                while not seen(self.text):
                    message = await self._socket.receive()
                    if message.type is aiohttp.WSMsgType.BINARY:
                        self._picture.draw(message.data)
                        await self._focus()
                    elif message.type is not aiohttp.WSMsgType.TEXT:
                        raise EOFError(self.text)
        except TimeoutError:
            raise AssertionError(f"not within {LIMIT} s; shown:\n{self.text}") from None

    async def _focus(self) -> None:
        """Say once that this page has the keys, as a browser does when something is shown."""
        if not self._focused and self.text.strip():
            self._focused = True
            await self._socket.send_str(json.dumps(["focus"]))

    async def close(self) -> None:
        """As a tab is closed."""
        await self._socket.close()
