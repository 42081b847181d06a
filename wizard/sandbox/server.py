"""The sandbox cloud's daemon: `python -m wizard.sandbox.server --folder F [--speed N]`.

It listens on loopback only: a CONNECT proxy for clients, and behind it one TLS server for all services.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from wizard.sandbox import control
from wizard.sandbox.arm.service import ResourceManager
from wizard.sandbox.certificates import CertificateAuthority, write_private
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.service import Databricks
from wizard.sandbox.devops.service import DevOps
from wizard.sandbox.entra.directory import Directory
from wizard.sandbox.entra.graph import Graph
from wizard.sandbox.entra.service import Entra
from wizard.sandbox.front import Front
from wizard.sandbox.keyvault.service import KeyVault
from wizard.sandbox.machine_learning.deployments import Deployments
from wizard.sandbox.machine_learning.plain import PlainHttp, is_plain
from wizard.sandbox.machine_learning.scoring import Scoring
from wizard.sandbox.machine_learning.service import MachineLearning
from wizard.sandbox.names import exists
from wizard.sandbox.proxy import HEAD_LIMIT, Proxy
from wizard.sandbox.scenarios.interference import Interference
from wizard.sandbox.service import Service
from wizard.sandbox.settings import setting
from wizard.sandbox.storage.service import BlobStorage
from wizard.sandbox.store import Store
from wizard.sandbox.traffic import Recorder, TrafficLog

log = logging.getLogger(__name__)

GRACE_SECONDS = 5  # for requests in flight when the daemon is told to stop
FOLDER_CHECK_SECONDS = 1.0


def services_of(cloud: Cloud) -> list[Service]:
    """All services of the cloud."""
    deployments = Deployments(cloud)
    return [
        Entra(cloud),
        Graph(cloud),
        ResourceManager(cloud),
        BlobStorage(cloud),
        KeyVault(cloud),
        MachineLearning(cloud, deployments),
        Scoring(cloud, deployments),
        Databricks(cloud),
        DevOps(cloud),
    ]


class TlsServer(uvicorn.Server):
    """uvicorn, but the daemon itself decides what signals mean."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signal handlers alone."""
        yield


def listening_socket(port: int = 0) -> socket.socket:
    """A listening loopback socket, on this port if it is free, otherwise on any."""
    for wanted in dict.fromkeys((port, 0)):
        # asyncio sends small answers at once (TCP_NODELAY) only where the protocol is named.
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", wanted))
        except OSError:
            sock.close()
            continue
        sock.listen(256)
        sock.setblocking(False)
        return sock
    raise OSError("no free port on 127.0.0.1")


def earlier_port(folder: Path) -> int:
    """The port of the sandbox's last run, which its clients may still have in their environment; or 0."""
    try:
        return int(json.loads((folder / "sandbox.json").read_text())["port"])
    except (OSError, ValueError, KeyError):
        return 0


async def _answered(server: TlsServer) -> None:
    """Wait until the requests in flight have their answers, but not for long.

    Idle connections are not waited for: their clients would never say goodbye.
    """
    end = time.monotonic() + GRACE_SECONDS
    while server.server_state.tasks and time.monotonic() < end:
        await asyncio.sleep(0.02)


def _configuration(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=120,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


class Daemon:
    """One running sandbox cloud."""

    def __init__(self, folder: Path, speed: float) -> None:
        self._folder = folder
        self._speed = speed
        self._stopping = asyncio.Event()
        self.cloud = Cloud(folder, Store(folder / "state.sqlite"), speed)
        Directory(self.cloud)  # a new sandbox gets its tenant now
        self._authority = CertificateAuthority(folder / "ca")
        self._traffic = TrafficLog(folder / "traffic.jsonl")
        self._services = services_of(self.cloud)
        self._front = Front(self._services)

    def owns(self, host: str) -> bool:
        """Whether this cloud answers for a host name."""
        return self._front.service_of(host) is not None and exists(self.cloud, host)

    async def run(self, ready: int | None) -> None:
        """Serve until SIGTERM or SIGINT; closes the descriptor `ready` after one byte once it answers."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stopping.set)
        tls_socket, plain_socket = listening_socket(), listening_socket()
        proxy_socket = listening_socket(earlier_port(self._folder))
        proxy = Proxy(self.owns, tls_socket.getsockname()[1], self._owns_plain, plain_socket.getsockname()[1])
        app = Recorder(Interference(self._front, self.cloud.store), self._traffic)
        server, plain = self._tls_server(app), TlsServer(_configuration(PlainHttp(app)))
        serving = asyncio.create_task(server.serve(sockets=[tls_socket]))
        serving_plain = asyncio.create_task(plain.serve(sockets=[plain_socket]))
        async with await asyncio.start_server(proxy.accept, sock=proxy_socket, limit=HEAD_LIMIT):
            self._announce(proxy_socket.getsockname()[1])
            for service in self._services:
                await service.start()
            if ready is not None:
                os.write(ready, b"1")
                os.close(ready)
            log.info("ready")
            ends = {serving, asyncio.create_task(self._stopping.wait()), asyncio.create_task(self._folder_is_gone())}
            await asyncio.wait(ends, return_when="FIRST_COMPLETED")
            log.info("stopping")
            for service in reversed(self._services):
                await service.stop()
            server.should_exit = plain.should_exit = True
            await _answered(server)
            await _answered(plain)
            await proxy.close()
            await serving
            await serving_plain
        self._traffic.close()
        self.cloud.store.close()

    async def _folder_is_gone(self) -> None:
        """Until somebody deleted the folder: a cloud without its state would live on with nobody to stop it."""
        while self._folder.joinpath("daemon.lock").exists():
            await asyncio.sleep(FOLDER_CHECK_SECONDS)

    def _owns_plain(self, host: str) -> bool:
        """Whether this cloud answers for a host without TLS."""
        return is_plain(host) and self.owns(host)

    def _tls_server(self, app: ASGIApp) -> TlsServer:
        config = _configuration(app)
        config.load()
        config.ssl = self._authority.server_context(
            self.owns, lambda: bool(setting(self.cloud.store, "tls.intercepted"))
        )
        return TlsServer(config)

    def _announce(self, port: int) -> None:
        """Say where the cloud is, to clients (a file) and to the cloud's own child processes."""
        for name in ("azure", "devops-cache"):
            (self._folder / name).mkdir(mode=0o700, exist_ok=True)
        about = {"pid": os.getpid(), "port": port, "started": time.time(), "speed": self._speed}
        write_private(self._folder / "sandbox.json", json.dumps(about).encode())
        self.cloud.client_environment.update(control.way_in(self._folder, port))


def main() -> int:
    """Run the daemon; 1 when another one already serves the folder."""
    parser = argparse.ArgumentParser(prog="python -m wizard.sandbox.server", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--speed", type=float, default=60.0)
    parser.add_argument("--ready", type=int, help="file descriptor to write one byte to when ready")
    arguments = parser.parse_args()
    os.umask(0o077)
    folder = arguments.folder.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the traffic log has every exchange already
    with control.daemon_lock(folder) as alone:
        if not alone:
            log.error("another sandbox cloud already serves %s", folder)
            return 1
        asyncio.run(_serve(folder, arguments.speed, arguments.ready))
    return 0


async def _serve(folder: Path, speed: float, ready: int | None) -> None:
    await Daemon(folder, speed).run(ready)


if __name__ == "__main__":
    sys.exit(main())
