"""Textual's web server, behind the guard, with one page at a time."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from pathlib import Path

from aiohttp import web
from textual_serve.server import Server, to_int

from wizard.web.access import Access
from wizard.web.app_process import AppProcess
from wizard.web.guard import Guard

HOST = "127.0.0.1"
HTTP_PORT = 80
TITLE = "mlops-wizard"
HERE = Path(__file__).parent
GOODBYE_SECONDS = 2.0  # for a browser to agree that the connection is closed
COLUMNS, ROWS = 80, 24


class WizardServer(Server):
    """Serves the wizard to the one browser that brings the token.

    A project has one engine, so a new page takes the place of the one before: that is what a reload is, too.
    """

    def __init__(self, argv: list[str], listening: socket.socket) -> None:
        port = listening.getsockname()[1]
        super().__init__("", HOST, port, title=TITLE, templates_path=HERE)
        self.address = HOST if port == HTTP_PORT else f"{HOST}:{port}"  # as browsers name it
        self.public_url = f"http://{self.address}"
        self.entered = asyncio.Event()
        self._argv = argv
        self._listening = listening
        self._access = Access(port)
        self._page: web.WebSocketResponse | None = None
        self._app: AppProcess | None = None
        self._turn = asyncio.Lock()
        self._ending = False

    @property
    def entrance(self) -> str:
        """The address to open, which works once."""
        return f"{self.public_url}/?token={self._access.token}"

    async def open(self) -> web.AppRunner:
        """Begin to answer. No log of requests is kept: their addresses hold the token."""
        runner = web.AppRunner(await self._make_app(), access_log=None)
        await runner.setup()
        await web.SockSite(runner, self._listening).start()
        return runner

    async def end(self) -> None:
        """Close the page, and wait until its app has ended."""
        self._ending = True
        await self._replace_page(None)
        async with self._turn:
            return

    def hurry(self) -> None:
        """End at once what the app is finishing."""
        if self._app is not None:
            self._app.hurry()

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.router.add_get("/page.js", _page_script)
        Guard(self.address, self._access, self.entered.set).install(app)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: the command prints the address."""

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run an app for as long as its page is open, after the app of the page before has ended."""
        page = web.WebSocketResponse(timeout=GOODBYE_SECONDS)
        await page.prepare(request)
        if not self._ending:
            await self._replace_page(page)
            async with self._turn:
                if self._page is page:  # no newer one came meanwhile
                    await self._run_app(page, request)
        await page.close()
        return page

    async def _replace_page(self, page: web.WebSocketResponse | None) -> None:
        former, self._page = self._page, page
        if former is not None:
            await former.close()

    async def _run_app(self, page: web.WebSocketResponse, request: web.Request) -> None:
        self._app = AppProcess(self._argv, page, self.download_manager)
        try:
            width, height = (
                to_int(request.query.get("width", ""), COLUMNS),
                to_int(request.query.get("height", ""), ROWS),
            )
            await self._app.start(width, height)
            with contextlib.suppress(ConnectionError):  # the page went while it was answered
                await self._process_messages(page, self._app)
        finally:
            await self._app.stop()
            self._app = None


async def _page_script(_: web.Request) -> web.FileResponse:
    return web.FileResponse(HERE / "page.js")
