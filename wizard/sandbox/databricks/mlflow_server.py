"""MLflow's own tracking and registry server, one process for each workspace, with a SQLite store of its own."""

import asyncio
import contextlib
import logging
import os
import sqlite3
import sys
import time
from pathlib import Path

import httpx

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks import artifacts
from wizard.sandbox.databricks.folders import workspace_folder
from wizard.sandbox.databricks.processes import LeashedProcess
from wizard.sandbox.private_socket import PrivateSocket

_log = logging.getLogger(__name__)

STORE = "mlflow.db"
_NEWEST_FIRST = "CREATE INDEX IF NOT EXISTS newest_first ON registered_models (workspace, last_updated_time DESC, name)"
_ANSWER_WITHIN = 300.0  # seconds; a first start migrates a database, and requests wait for that
_TOO_SOON = 30.0  # seconds; a server that ends sooner than this after its start may be unable to run
_MOST_QUICK_ENDS = 3  # in a row, after which it is not started again
# Would make the server follow this machine's user to another tracking server or another cloud.
_NOT_INHERITED = ("MLFLOW_", "_MLFLOW_", "DATABRICKS_", "AZURE_", "AWS_", "HTTP_", "HTTPS_")


class MlflowServer:
    """One workspace's server process. It is restarted when it dies; requests wait in its socket meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = PrivateSocket(folder, "mlflow")
        self.client = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(self._socket.path)),
            base_url="http://mlflow",
            timeout=_ANSWER_WITHIN,
        )
        self._process: LeashedProcess | None = None
        self._keeper = asyncio.create_task(self._keep_running())

    @property
    def alive(self) -> bool:
        """False once the server has proved unable to run."""
        return not self._keeper.done()

    @property
    def log(self) -> Path:
        """What the process printed."""
        return self._folder / "server.log"

    async def stop(self) -> None:
        """End the process, and the socket with it."""
        self._keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._keeper
        if self._process is not None:
            self._process.ask_to_end()
            await self._process.wait()
        await self.client.aclose()
        self._socket.remove()

    async def _keep_running(self) -> None:
        quick_ends = 0
        while quick_ends < _MOST_QUICK_ENDS:
            started = time.monotonic()
            _index(self._folder / STORE)
            self._process = await LeashedProcess.start(
                _command(self._socket.fileno()),
                environment=_environment(self._folder),
                folder=self._folder,
                output=self.log,
                sockets=[self._socket.fileno()],
            )
            code = await self._process.wait()
            _log.warning("MLflow server of %s ended with %d, see %s", self._folder.parent.name, code, self.log)
            quick_ends = quick_ends + 1 if time.monotonic() - started < _TOO_SOON else 0
        self._socket.close()  # refuses whoever waits; an open socket would let them hang


def _index(store: Path) -> None:
    """Let models be listed newest first without sorting all of them each time: MLflow has no index for that.

    A store has its tables only once its server ran; before that it is too small to need one.
    """
    if store.exists():
        with contextlib.closing(sqlite3.connect(store)) as db, contextlib.suppress(sqlite3.OperationalError):
            db.execute(_NEWEST_FIRST)


def _command(file_descriptor: int) -> list[str]:
    # Without its lifespan hook, which looks after Docker containers of this machine.
    options = ["--lifespan", "off", "--log-level", "warning"]
    app = "mlflow.server.fastapi_app:app"
    return [sys.executable, "-m", "uvicorn", app, "--fd", str(file_descriptor), *options]


def _environment(folder: Path) -> dict[str, str]:
    """The server's configuration (mlflow/server/constants.py), as `mlflow server` hands it to its workers."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}
    return {
        **inherited,
        "_MLFLOW_SERVER_FILE_STORE": f"sqlite:///{folder / STORE}",
        "_MLFLOW_SERVER_ARTIFACT_ROOT": f"dbfs:{artifacts.TRACKING}",
        # It answers on a private socket only, under whatever host name the workspace has.
        "MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }


class MlflowServers:
    """The servers of all workspaces, each started when it is first wanted."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._servers: dict[str, MlflowServer] = {}

    def of(self, workspace_id: str) -> MlflowServer:
        """A workspace's server, starting if it was not wanted before; its requests wait until it is up."""
        if workspace_id not in self._servers:
            folder = workspace_folder(self._cloud, workspace_id) / "mlflow"
            folder.mkdir(parents=True, exist_ok=True)
            self._servers[workspace_id] = MlflowServer(folder)
        return self._servers[workspace_id]

    def wanted(self, workspace_id: str) -> bool:
        """Whether a workspace's server was ever wanted: before that its store is empty."""
        return workspace_id in self._servers

    async def start_known(self) -> None:
        """Start the servers of the workspaces that had one in an earlier life of this cloud."""
        for folder in sorted((self._cloud.folder / "databricks").glob("*/mlflow")):
            self.of(folder.parent.name)

    async def stop(self) -> None:
        """End all servers."""
        await asyncio.gather(*(server.stop() for server in self._servers.values()))
        self._servers.clear()
