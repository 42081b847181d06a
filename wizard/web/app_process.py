"""One page's wizard: a process of its own, whose pipes are led to the page's websocket."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from asyncio.subprocess import PIPE, Process

from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager


class AppProcess(AppService):
    """Textual's end of the pipes, with a process that is started by no shell and is always seen to its end."""

    def __init__(self, argv: list[str], websocket: web.WebSocketResponse, downloads: DownloadManager) -> None:
        async def write_bytes(data: bytes) -> None:
            # What comes after the page has gone is dropped: Textual would stop reading, and the app stand still at a
            # full pipe instead of ending.
            with contextlib.suppress(ConnectionError):
                await websocket.send_bytes(data)

        async def write_str(data: str) -> None:
            with contextlib.suppress(ConnectionError):
                await websocket.send_str(data)

        async def close() -> None:
            await websocket.close()

        super().__init__("", write_bytes=write_bytes, write_str=write_str, close=close, download_manager=downloads)
        self._argv = argv
        self._kills = 0

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        self._process = await asyncio.create_subprocess_exec(
            *self._argv,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=self._build_environment(width, height),
            start_new_session=True,  # a Ctrl-C in the terminal is for the server, which tells the app
        )
        self._stdin = self._process.stdin
        return self._process

    async def stop(self) -> None:
        """Tell the app to leave, and wait until its process has ended."""
        try:
            with contextlib.suppress(OSError):  # what it said at its end goes to the terminal, which may have gone
                await super().stop()
        finally:
            if self._process is not None:
                await self._process.wait()

    def hurry(self) -> None:
        """Have it end at once; where it does not even hear that, make it."""
        self._kills += 1
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGQUIT if self._kills == 1 else signal.SIGKILL)
