"""The scoring service as a process on loopback: Azure ML's own inference server with jobs/score.py and a real model."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.rehearsal import ROOT, clean_environment

START_LIMIT = 90.0


@dataclass(frozen=True)
class Service:
    """Where it answers."""

    uri: str
    log: Path


def free_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextlib.contextmanager
def serving(model: Path, folder: Path, workers: int = 1) -> Iterator[Service]:
    """Serve the model in that folder, as a deployment lays it out; `folder` takes the log."""
    environment = {
        **clean_environment(),
        "AML_APP_ROOT": str(ROOT / "jobs"),
        "AZUREML_ENTRY_SCRIPT": "score.py",
        "AZUREML_MODEL_DIR": str(model),
        "AML_APP_INSIGHTS_ENABLED": "false",
    }
    port = free_port()
    argv = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-w", str(workers), "--timeout", "120",
            "azureml_inference_server_http.server.entry:app"]  # fmt: skip
    with running(argv, environment, folder, f"http://127.0.0.1:{port}/") as log:
        yield Service(f"http://127.0.0.1:{port}/score", log)


@contextlib.contextmanager
def running(argv: list[str], environment: dict[str, str], folder: Path, health: str) -> Iterator[Path]:
    """A server process from the moment its health address answers, taken down at the end; gives its log."""
    log = folder / f"{Path(argv[2]).name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            argv, env=environment, cwd=folder, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            wait_for(process, health, log)
            yield log
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)  # with its workers
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@contextlib.contextmanager
def serving_by_mlflow(model: Path, folder: Path, workers: int = 1) -> Iterator[Service]:
    """Serve the same model by `mlflow models serve`; `folder` takes the log."""
    port = free_port()
    argv = [sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", str(model), "--env-manager", "local",
            "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]  # fmt: skip
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # it starts `uvicorn` by name
    environment = {**clean_environment(), "MLFLOW_DISABLE_TELEMETRY": "true", "PATH": path}
    with running(argv, environment, folder, f"http://127.0.0.1:{port}/ping") as log:
        yield Service(f"http://127.0.0.1:{port}/invocations", log)


def wait_for(process: subprocess.Popen, health: str, log: Path) -> None:
    """AssertionError with its log when it ends, or takes too long, before it answers."""
    until = time.monotonic() + START_LIMIT
    while time.monotonic() < until and process.poll() is None:
        try:
            requests.get(health, timeout=5)
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.1)  # nothing tells from outside when a server is ready
        else:
            return
    raise AssertionError(f"the server does not answer:\n{log.read_text()[-3000:]}")
