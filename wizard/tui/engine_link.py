"""The screens' end of the engine: commands one at a time, events in bundles, and a new engine when one dies."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from wizard.engine.events import ChecklistShown, Event, Problem, Summary
from wizard.tui.engine_process import EngineProcess
from wizard.tui.wire import decode

BUNDLE_SECONDS = 0.2  # events are applied at most five times a second: repainting is what costs the keys
BUNDLE_EVENTS = 1500  # as many at once as can be decoded without a key waiting for it
BACKLOG_LINES = 6000  # beyond this the pipe is left to fill, which slows the engine down
CHUNK = 1 << 16
WATCH_SECONDS = 1.0
RESTARTS = 3
RESTARTS_WITHIN = 120.0  # seconds

Spawn = Callable[[], EngineProcess]
Receive = Callable[[list[Event]], None]
Lost = Callable[[str, bool], None]


class EngineLink:
    """Owns the engine process. `receive` gets each bundle; `lost` the reason and whether a new one is started."""

    def __init__(self, first: EngineProcess, spawn: Spawn, receive: Receive, lost: Lost) -> None:
        self._process = first
        self._spawn = spawn
        self._receive = receive
        self._lost = lost
        self._lines: deque[bytes] = deque()
        self._rest = b""
        self._woken = asyncio.Event()
        self._room = asyncio.Event()
        self._waiting: deque[Mapping[str, Any]] = deque()
        self._running: Mapping[str, Any] | None = None
        self._ready = False
        self._deaths: deque[float] = deque(maxlen=RESTARTS + 1)
        self._leaving = False

    @property
    def busy(self) -> bool:
        """A command runs or waits for its turn."""
        return self._running is not None or bool(self._waiting)

    @property
    def running(self) -> str:
        """The verb of the command that runs, "" when none does."""
        return str(self._running["do"]) if self._running else ""

    @property
    def pid(self) -> int:
        """The engine's process id."""
        return self._process.pid

    def ask(self, command: Mapping[str, Any]) -> None:
        """Run a command, after those asked before. A check or plan that runs makes room for what a person wants."""
        if self.running in ("check", "plan"):
            self._process.send({"do": "cancel"})
        self._waiting.append(command)
        self._next()

    def tell(self, command: Mapping[str, Any]) -> None:
        """Say something that does not wait for its turn: confirm, answer, cancel."""
        self._process.send(command)

    async def serve(self) -> None:
        """Read events until the engine is told to leave; start it again when it dies, within limits."""
        flusher = asyncio.create_task(self._hand_over())
        try:
            while True:
                await self._read_all()
                if self._leaving or not self._restart():
                    return
        finally:
            flusher.cancel()

    def restart(self) -> None:
        """Start another engine after the limit was reached; `serve` must be run again."""
        self._deaths.clear()
        self._fresh(self._spawn())

    def leave(self) -> EngineProcess:
        """Tell the engine to quit; the process is handed over to whoever waits for its end."""
        self._leaving = True
        self._waiting.clear()
        self._process.send({"do": "quit"})
        return self._process

    def _next(self) -> None:
        if self._ready and self._running is None and self._waiting:
            self._running = self._waiting.popleft()
            self._process.send(self._running)

    async def _read_all(self) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=CHUNK)
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), self._process.events)
        watcher = asyncio.create_task(self._watch(reader))
        try:
            while chunk := await reader.read(CHUNK):
                *lines, self._rest = (self._rest + chunk).split(b"\n")
                self._lines.extend(lines)
                self._woken.set()
                while len(self._lines) > BACKLOG_LINES:
                    self._room.clear()
                    await self._room.wait()
        finally:
            watcher.cancel()
            transport.close()

    async def _watch(self, reader: asyncio.StreamReader) -> None:
        """End the reading when the engine is gone though something it started still holds its output open."""
        while self._process.ended() is None:
            await asyncio.sleep(WATCH_SECONDS)
        await asyncio.sleep(WATCH_SECONDS)
        reader.feed_eof()

    async def _hand_over(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            while self._lines:
                self._bundle()
                await asyncio.sleep(BUNDLE_SECONDS)

    def _bundle(self) -> None:
        count = min(BUNDLE_EVENTS, len(self._lines))
        bundle = [decode(line) for line in (self._lines.popleft() for _ in range(count)) if line]
        self._room.set()
        for event in bundle:
            if isinstance(event, ChecklistShown):
                self._ready = True
            elif isinstance(event, Summary) or (isinstance(event, Problem) and event.code == "bad-command"):
                self._running = None
        self._next()
        self._receive(bundle)

    def _restart(self) -> bool:
        while self._lines:
            self._bundle()
        self._process.kill()
        reason = _cause(self._process)
        self._deaths.append(time.monotonic())
        again = len(self._deaths) <= RESTARTS or self._deaths[-1] - self._deaths[0] > RESTARTS_WITHIN
        if again:
            try:
                self._fresh(self._spawn())
            except OSError as error:
                again, reason = False, f"{reason} It cannot be started again: {error.strerror}."
        self._lost(reason, again)
        return again

    def _fresh(self, process: EngineProcess) -> None:
        self._process = process
        self._ready, self._running, self._rest = False, None, b""
        self._waiting.clear()


def _cause(process: EngineProcess) -> str:
    code = process.ended()
    ending = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    words = process.last_words().splitlines()
    return f"The engine stopped ({ending}{': ' + words[-1] if words else ''})."
