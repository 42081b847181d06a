"""A driver as the workspace holds it: a child process that runs commands for one execution context."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_COMMAND = [sys.executable, "-P", "-m", "wizard.sandbox.databricks.driver.repl"]
_LARGEST_RESULT = 1 << 26  # bytes of one result line
_PATIENCE = 5.0  # seconds between asking a driver to end and ending it


class DriverLostError(Exception):
    """The driver process has ended; nothing more can be run in it."""


class DriverProcess:
    """One driver. Commands are given one at a time; see driver/repl.py for how they are spoken of."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._running = False  # the driver takes interrupts
        self._interrupted = False

    @classmethod
    async def start(cls, environment: Mapping[str, str], folder: Path, log: Path) -> "DriverProcess":
        """Start a driver in a folder; what code prints behind Python's back goes to the log."""
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *_COMMAND,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=output,
                env=dict(environment),
                cwd=folder,
                limit=_LARGEST_RESULT,
                start_new_session=True,
            )
        return cls(process)

    async def ready(self) -> None:
        """Wait until commands can be given. Raises DriverLostError."""
        await self._result()

    async def run(self, code: str) -> dict[str, Any]:
        """Run a command to its end; its result. Raises DriverLostError when the driver ends first."""
        if self._process.stdin is None or self._process.returncode is not None:
            raise DriverLostError
        self._running = self._interrupted = False
        self._process.stdin.write(json.dumps({"code": code}).encode() + b"\n")
        try:
            await self._process.stdin.drain()
        except ConnectionError as error:
            raise DriverLostError from error
        while (result := await self._result())["kind"] == "running":
            self._running = True
            if self._interrupted:
                self._interrupt()
        return result

    def interrupt(self) -> None:
        """Interrupt the command that was given last, as soon as the driver has begun it."""
        self._interrupted = True
        if self._running:
            self._interrupt()

    def _interrupt(self) -> None:
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGINT)

    async def stop(self) -> None:
        """End the driver and everything it started."""
        if self._process.stdin is not None:
            self._process.stdin.close()  # the driver ends its whole process group at the end of its input
        try:
            await asyncio.wait_for(self._process.wait(), _PATIENCE)
        except TimeoutError:
            os.killpg(self._process.pid, signal.SIGKILL)
            await self._process.wait()

    async def _result(self) -> dict[str, Any]:
        if self._process.stdout is None:
            raise DriverLostError
        line = await self._process.stdout.readline()
        if not line:
            raise DriverLostError
        result: dict[str, Any] = json.loads(line)
        return result
