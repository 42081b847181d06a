"""`mlops-wizard web`: takes a port, says where to go, and stays until it is told to end or its terminal has gone."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
import sys
import threading
from pathlib import Path

from wizard.engine.errors import StateError
from wizard.engine.files import MEMORY, make_private_folder
from wizard.engine_command import own_command
from wizard.tui.launch import hang_up_without_terminal
from wizard.tui.links import browser_here
from wizard.web.browser import SignPost
from wizard.web.server import HOST, WizardServer

EXIT_FAILED = 1
PATIENCE_SECONDS = 1.0
INVITATION = """Open this address in a browser on this machine; it works once:

  {entrance}

Ctrl-C ends it."""
NO_BROWSER = "No browser can be opened from here: copy the address into one."
FINISHING = "The running action is being finished. Ctrl-C ends it at once; the next start finds what it left."
REASONS = {
    errno.EADDRINUSE: "another program listens there. Leave --port out to get a port that is free, or name another",
    errno.EACCES: "you may not listen there. Leave --port out to get a port that is free, or name one above 1023",
}


def execute(folder: Path, sandbox: bool, port: int, open_browser: bool) -> int:
    """Serve the wizard of that folder until it is ended; the exit code. Port 0 stands for any that is free."""
    try:
        listening = socket.create_server((HOST, port))
    except OSError as error:
        _say(f"Port {port}: {REASONS.get(error.errno or 0, error.strerror)}.", error=True)
        return EXIT_FAILED
    argv = own_command(["served", "--project", str(folder), *(["--sandbox"] if sandbox else [])])
    asyncio.run(serve(argv, listening, folder / MEMORY if open_browser else None))
    return 0


async def serve(argv: list[str], listening: socket.socket, memory: Path | None) -> None:
    """Serve until a signal; `memory` is where the file that leads a browser here may be, None for no browser."""
    server = WizardServer(argv, listening)
    signals = _Signals(server)
    if sys.stdin.isatty():
        threading.Thread(target=hang_up_without_terminal, args=(sys.stdin.fileno(),), daemon=True).start()
    runner = await server.open()
    _say(INVITATION.format(entrance=server.entrance))
    guide = asyncio.create_task(_lead_browser(server, memory))
    try:
        await signals.to_end.wait()
        ending = asyncio.create_task(server.end())
        if not (await asyncio.wait([ending], timeout=PATIENCE_SECONDS))[0]:
            _say(FINISHING)
        await ending
    finally:
        guide.cancel()
        await asyncio.wait([guide])
        await runner.cleanup()


class _Signals:
    """Listens for signals: the first asks to end, more of Ctrl-C hurry that."""

    def __init__(self, server: WizardServer) -> None:
        self.to_end = asyncio.Event()
        self._server = server
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._interrupt)
        loop.add_signal_handler(signal.SIGTERM, self.to_end.set)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # under nohup it is meant to outlive its terminal
            loop.add_signal_handler(signal.SIGHUP, self.to_end.set)

    def _interrupt(self) -> None:
        if self.to_end.is_set():
            self._server.hurry()
        self.to_end.set()


async def _lead_browser(server: WizardServer, memory: Path | None) -> None:
    """Open the entrance in a browser, and leave nothing of it behind once it was used."""
    if memory is None:
        return
    if not browser_here():  # one that runs in the terminal would take it over
        _say(NO_BROWSER)
        return
    try:
        make_private_folder(memory)
        post = SignPost(memory, server.entrance)
    except (OSError, StateError):
        _say(NO_BROWSER)
        return
    try:
        post.open(lambda: _say(NO_BROWSER))
        await server.entered.wait()
    finally:
        post.remove()


def _say(text: str, *, error: bool = False) -> None:
    with contextlib.suppress(OSError):  # the terminal has gone
        (sys.stderr if error else sys.stdout).write(f"{text}\n")
        (sys.stderr if error else sys.stdout).flush()
