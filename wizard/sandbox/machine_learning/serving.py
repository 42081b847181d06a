"""The process of a deployed service: Azure ML's own inference server with the uploaded script and models."""

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from wizard.sandbox.databricks.processes import LeashedProcess
from wizard.sandbox.machine_learning.backend import Answer, BackendLostError, ask
from wizard.sandbox.private_socket import PrivateSocket

_log = logging.getLogger(__name__)

WORKERS = 2
GRACE_SECONDS = 30.0  # Kubernetes' own for a container that is to end
_POLL_SECONDS = 0.1  # between two questions of a starting server's health
_LONGEST_PAUSE = 60.0  # seconds between two starts of a server that keeps dying
_LOG_LIMIT = 4 * 1024 * 1024  # bytes of log that are kept over a start
# What the real container's environment does not have: this machine's credentials and configuration of clients.
_NOT_INHERITED = ("MLFLOW_", "_MLFLOW_", "DATABRICKS_", "AZURE_", "AZUREML_", "AML_", "ARM_", "AWS_", "PYTHON")


class Server:
    """One server process, restarted when it dies; requests wait in its socket meanwhile.

    `memory` is the address space that its processes get, in megabytes.
    """

    def __init__(
        self, folder: Path, variables: Mapping[str, str], cloud: Mapping[str, str], memory: int | None
    ) -> None:
        self._folder = folder
        self._variables = variables
        self._cloud = cloud
        self._memory = memory
        self._socket = PrivateSocket(folder, "service")
        self._process: LeashedProcess | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._asked = 0  # requests that it has not answered yet
        self._idle = asyncio.Event()
        self._idle.set()
        self.healthy = False

    @property
    def log(self) -> Path:
        """What the process printed."""
        return self._folder / "container.log"

    async def start(self) -> bool:
        """Start and wait for health; False when the process ended first."""
        process = await self._launch()
        self.healthy = await self._until_healthy(process)
        return self.healthy

    async def ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Its answer to a request, for which it is kept until then. Raises BackendLostError, OSError."""
        self._asked += 1
        self._idle.clear()
        try:
            return await ask(self._socket.path, method, path, headers, body)
        finally:
            self._asked -= 1
            if not self._asked:
                self._idle.set()

    async def retire(self) -> None:
        """Stop once it has answered what it was asked, or its time of grace is over; for one that is asked no more."""
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), GRACE_SECONDS)
        finally:
            await self.stop()

    def keep(self) -> None:
        """From now on start it again whenever it dies."""
        self._keeper = asyncio.create_task(self._keep_running())

    async def stop(self) -> None:
        """End the process, and the socket with it."""
        self.healthy = False
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        if self._process is not None:
            self._process.ask_to_end()
            await self._process.wait()
        self._socket.remove()

    async def _launch(self) -> LeashedProcess:
        _trim(self.log)
        self._process = await LeashedProcess.start(
            self._command(),
            environment=self._environment(),
            folder=self._folder / "app",
            output=self.log,
            sockets=[self._socket.fileno()],
        )
        return self._process

    async def _until_healthy(self, process: LeashedProcess) -> bool:
        ended = asyncio.create_task(process.wait())
        answer = asyncio.create_task(self._healthy())
        try:
            await asyncio.wait({ended, answer}, return_when="FIRST_COMPLETED")
            return answer.done()
        finally:
            answer.cancel()
            ended.cancel()

    async def _healthy(self) -> None:
        """Until the server says that it is healthy; the first question waits in the socket until it can answer."""
        while True:
            with contextlib.suppress(BackendLostError, OSError):
                if (await ask(self._socket.path, "GET", "/", {}, b"")).status == 200:
                    return
            await asyncio.sleep(_POLL_SECONDS)

    async def _keep_running(self) -> None:
        pause = 1.0
        while self._process is not None:
            started = time.monotonic()
            code = await self._process.wait()
            self.healthy = False
            _log.warning("the server of %s ended with %d, see %s", self._folder.parent.name, code, self.log)
            await asyncio.sleep(pause)
            pause = 1.0 if time.monotonic() - started > _LONGEST_PAUSE else min(pause * 2, _LONGEST_PAUSE)
            self.healthy = await self._until_healthy(await self._launch())

    def _command(self) -> list[str]:
        # The server's own launcher listens on all addresses of the machine; this is what it runs, on our socket.
        listen = ["--bind", f"fd://{self._socket.fileno()}", "--workers", str(WORKERS), "--timeout", "300"]
        server = [sys.executable, "-m", "gunicorn", *listen, "azureml_inference_server_http.server.entry:app"]
        if self._memory is None:
            return server
        return ["/bin/sh", "-c", f'ulimit -v {self._memory * 1024} && exec "$@"', "sh", *server]

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}
        way = {name: value for name, value in self._cloud.items() if not name.startswith(_NOT_INHERITED)}
        home = {"HOME": str(self._folder), "TMPDIR": str(self._socket.folder), "PYTHONUNBUFFERED": "1"}
        return {**inherited, **way, **home, **self._variables}


def _trim(log: Path) -> None:
    """Keep the end of a log that has grown too long."""
    if log.is_file() and log.stat().st_size > _LOG_LIMIT:
        log.write_bytes(log.read_bytes()[-_LOG_LIMIT // 2 :])
