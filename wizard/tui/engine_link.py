"""The screens' end of the engine: commands one at a time, events in bundles, and a new engine when one dies."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wizard.engine.events import Event
    from wizard.tui.engine_process import EngineProcess

BUNDLE_SECONDS = 0.2  # events are applied at most five times a second: repainting is what costs the keys
BUNDLE_EVENTS = 1500  # as many at once as can be decoded without a key waiting for it
BACKLOG_LINES = 6000  # beyond this the pipe is left to fill, which slows the engine down
TYPING_SECONDS = 0.25  # between the keys of somebody who presses one after the other
KEY_SECONDS = 0.03  # from a key to its picture
CHUNK = 1 << 16
WATCH_SECONDS = 1.0
RESTARTS = 3
RESTARTS_WITHIN = 120.0  # seconds

Spawn = Callable[[], "EngineProcess"]
Receive = Callable[["list[Event]"], None]
Lost = Callable[[str, bool], None]


class EngineLink:
    """Owns the engine process. `receive` gets each bundle; `lost` the reason and whether a new one is started."""

    def __init__(self, spawn: Spawn, receive: Receive, lost: Lost) -> None:
        self._process: EngineProcess | None = None
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
        self._key = asyncio.Event()
        self._key_at = 0.0

    @property
    def busy(self) -> bool:
        """A command runs or waits for its turn."""
        return self._running is not None or bool(self._waiting)

    @property
    def running(self) -> str:
        """The verb of the command that runs, "" when none does."""
        return str(self._running["do"]) if self._running else ""

    def key_pressed(self) -> None:
        """A person pressed a key: events wait for a moment that does not delay it."""
        self._key_at = time.monotonic()
        self._key.set()

    @property
    def process(self) -> EngineProcess | None:
        """The latest engine, None before the first."""
        return self._process

    def ask(self, command: Mapping[str, Any]) -> None:
        """Run a command, after those asked before. A check or plan that runs makes room for what a person wants."""
        if self.running in ("check", "plan"):
            self.tell({"do": "cancel"})
        self._waiting.append(command)
        self._next()

    def tell(self, command: Mapping[str, Any]) -> None:
        """Say something that does not wait for its turn: confirm, answer, cancel."""
        if self._process is not None:
            self._process.send(command)

    async def serve(self) -> None:
        """Start an engine and read its events until it is told to leave; start another when it dies, within limits."""
        flusher = asyncio.create_task(self._hand_over())
        self._deaths.clear()
        again = True
        try:
            while again:
                reason = await self._one_life()
                if self._leaving:
                    return
                self._deaths.append(time.monotonic())
                again = len(self._deaths) <= RESTARTS or self._deaths[-1] - self._deaths[0] > RESTARTS_WITHIN
                self._ready, self._running = False, None
                self._waiting.clear()
                self._lost(reason, again)
        finally:
            flusher.cancel()

    def leave(self) -> None:
        """Tell the engine to quit."""
        self._leaving = True
        self._waiting.clear()
        self.tell({"do": "quit"})

    async def _one_life(self) -> str:
        """Run one engine to its end: why it ended."""
        try:
            self._process = process = self._spawn()
        except OSError as error:
            return f"The engine cannot be started: {error.strerror}."
        await self._read_all(process)
        while self._lines:
            self._bundle()
        process.kill()
        return _cause(process)

    def _next(self) -> None:
        if self._ready and self._running is None and self._waiting:
            self._running = self._waiting.popleft()
            self.tell(self._running)

    async def _read_all(self, process: EngineProcess) -> None:
        self._rest = b""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=CHUNK)
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), process.events())
        watcher = asyncio.create_task(self._watch(process, reader))
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

    async def _watch(self, process: EngineProcess, reader: asyncio.StreamReader) -> None:
        """End the reading when the engine is gone though something it started still holds its output open."""
        while process.ended() is None:
            await asyncio.sleep(WATCH_SECONDS)
        await asyncio.sleep(WATCH_SECONDS)
        reader.feed_eof()

    async def _hand_over(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            while self._lines:
                await self._pause_in_typing()
                self._bundle()
                await asyncio.sleep(BUNDLE_SECONDS)

    async def _pause_in_typing(self) -> None:
        """While a person presses key after key, wait for the moment just after one: the next is not due then."""
        if time.monotonic() - self._key_at > TYPING_SECONDS:
            return
        self._key.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._key.wait(), TYPING_SECONDS)
        await asyncio.sleep(KEY_SECONDS)

    def _bundle(self) -> None:
        from wizard.tui.wire import (
            decode,  # with the records of the stream: not needed before the first screen is there
        )

        count = min(BUNDLE_EVENTS, len(self._lines))
        bundle = [decode(line) for line in (self._lines.popleft() for _ in range(count)) if line]
        self._room.set()
        for event in bundle:
            if event.event == "checklist":
                self._ready = True
            elif event.event == "summary" or (event.event == "problem" and getattr(event, "code", "") == "bad-command"):
                self._running = None
        self._next()
        self._receive(bundle)


def _cause(process: EngineProcess) -> str:
    code = process.ended()
    ending = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
    words = process.last_words().splitlines()
    return f"The engine stopped ({ending}{': ' + words[-1] if words else ''})."
