"""Start, stop and look at a sandbox cloud from outside its daemon. Standard library only: it must load fast."""

import fcntl
import json
import os
import select
import shutil
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.sandbox.redaction import is_secret_name

START_SECONDS = 60.0  # until a new daemon must answer
STOP_SECONDS = 30.0  # until a daemon that was asked to stop is killed
DEFAULT_SPEED = 60.0
_OF_CLOUDS = ("AZURE_", "ARM_", "DATABRICKS_", "MLFLOW_", "MSI_", "IDENTITY_", "AZUREML_", "AWS_", "GOOGLE_")
APPROVAL_PAGE = "https://login.microsoftonline.com/common/oauth2/deviceauth"


class SandboxError(Exception):
    """The sandbox cloud could not do what was asked; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Status:
    """Whether a sandbox cloud runs, and where."""

    folder: str
    running: bool
    pid: int | None = None
    port: int | None = None
    started: float | None = None  # Unix time
    speed: float | None = None


@contextmanager
def _locked(file: Path, wait_seconds: float) -> Iterator[bool]:
    """Hold an exclusive lock; yields False when somebody else held it all the time."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    end = time.monotonic() + wait_seconds
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= end:
                    yield False
                    return
                time.sleep(0.02)
            else:
                yield True
                return
    finally:
        os.close(descriptor)


def daemon_lock(folder: Path) -> AbstractContextManager[bool]:
    """The lock that a daemon holds for as long as it lives; True when nobody else holds it."""
    return _locked(folder / "daemon.lock", 0)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one start, stop or reset at a time work on a folder."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(folder / "control.lock", START_SECONDS + STOP_SECONDS) as alone:
        if not alone:
            raise SandboxError(f"another command has been starting or stopping the sandbox in {folder} for long")
        yield


def status(folder: Path) -> Status:
    """Whether the folder's sandbox cloud runs."""
    if not (folder / "daemon.lock").exists():
        return Status(str(folder), running=False)
    with daemon_lock(folder) as nobody:
        about = {} if nobody else _read(folder / "sandbox.json")
    if not about:
        return Status(str(folder), running=False)
    return Status(str(folder), True, about["pid"], about["port"], about["started"], about["speed"])


def start(folder: Path, speed: float = DEFAULT_SPEED) -> bool:
    """Have a sandbox cloud running in this folder; False when there was one already.

    Raises SandboxError, with the end of the daemon's log, when it does not come up.
    """
    if not speed > 0:
        raise SandboxError("the speed must be more than 0 (1 is realistic, 60 the default)")
    folder = folder.resolve()
    with _alone(folder):
        if status(folder).running:
            return False
        reading, writing = os.pipe()
        try:
            daemon = _spawn(folder, speed, writing)
            os.close(writing)
            writing = -1
            answers = bool(select.select([reading], [], [], START_SECONDS)[0]) and os.read(reading, 1) == b"1"
        finally:
            for descriptor in (reading, writing):
                if descriptor >= 0:
                    os.close(descriptor)
        if not answers:
            daemon.kill()
            daemon.wait()
            raise SandboxError(
                f"the sandbox cloud did not start. The end of {folder / 'sandbox.log'}:\n{_log_end(folder)}"
            )
    return True


def _spawn(folder: Path, speed: float, ready: int) -> "subprocess.Popen[bytes]":
    """Start the daemon in a session of its own, so that it outlives the terminal it was started from."""
    command = [sys.executable, "-m", "wizard.sandbox.server"]
    options = ["--folder", str(folder), "--speed", str(speed), "--ready", str(ready)]
    log_file = os.open(folder / "sandbox.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(log_file, "ab") as log:
        return subprocess.Popen(
            [*command, *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=Path(__file__).parents[2],
            env={name: value for name, value in os.environ.items() if not _is_private(name)},
            start_new_session=True,
            pass_fds=(ready,),
        )


def _is_private(name: str) -> bool:
    """Whether a variable of the person who starts a cloud is of no use to it: it signs in somewhere, or is secret."""
    return name.startswith(_OF_CLOUDS) or is_secret_name(name) or "WEBHOOK" in name


def _log_end(folder: Path) -> str:
    try:
        lines = (folder / "sandbox.log").read_text(errors="replace").splitlines()
    except OSError:
        return "(no log)"
    return "\n".join(lines[-12:])


def stop(folder: Path) -> bool:
    """End the folder's sandbox cloud; its state stays. False when none was running."""
    if not folder.exists():
        return False
    with _alone(folder):
        return _stop(folder)


def _stop(folder: Path) -> bool:
    now = status(folder)
    if not now.running or now.pid is None:
        return False
    os.kill(now.pid, signal.SIGTERM)
    if not _ended(folder, STOP_SECONDS):
        os.kill(now.pid, signal.SIGKILL)
        if not _ended(folder, STOP_SECONDS):
            raise SandboxError(f"the sandbox cloud (process {now.pid}) does not end")
    return True


def _ended(folder: Path, wait_seconds: float) -> bool:
    with _locked(folder / "daemon.lock", wait_seconds) as ended:
        return ended


def reset(folder: Path) -> bool:
    """Stop the sandbox cloud and delete all it holds; False when the folder held none.

    Touches nothing outside the folder, and refuses a folder that is not a sandbox's.
    """
    folder = folder.resolve()
    if not folder.is_dir() or not any(folder.iterdir()):
        return False
    if not (folder / "daemon.lock").is_file():
        raise SandboxError(f"{folder} is not the folder of a sandbox cloud; nothing was deleted")
    with _alone(folder):
        _stop(folder)
        for entry in folder.iterdir():
            if entry.suffix == ".lock":  # others may be waiting for these very files
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
    return True


def environment(folder: Path) -> dict[str, str]:
    """The variables that send any client into this sandbox cloud, and nowhere else.

    Raises SandboxError when it is not running.
    """
    about, identity = _read(folder / "sandbox.json"), _read(folder / "identity.json")
    if not about or not identity or not status(folder).running:
        raise SandboxError("the sandbox cloud is not running; start it with: mlops-wizard sandbox start")
    return {**way_in(folder, about["port"]), **identity}


def way_in(folder: Path, port: int) -> dict[str, str]:
    """The variables that send a client into the cloud whose proxy has this port, as nobody in particular."""
    folder = folder.resolve()
    proxies = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY"), f"http://127.0.0.1:{port}")
    proxies["NO_PROXY"] = "localhost,127.0.0.1"
    bundle = str(folder / "ca" / "bundle.pem")
    return {
        **proxies,
        # Clients read both spellings, and most prefer this one: a proxy set so in a profile would lead to a real cloud.
        **{name.lower(): value for name, value in proxies.items()},
        "REQUESTS_CA_BUNDLE": bundle,
        "SSL_CERT_FILE": bundle,
        "CURL_CA_BUNDLE": bundle,
        "GIT_SSL_CAINFO": bundle,
        "NODE_EXTRA_CA_CERTS": str(folder / "ca" / "ca.pem"),
        "AZURE_CONFIG_DIR": str(folder / "azure"),
        "AZURE_DEVOPS_CACHE_DIR": str(folder / "devops-cache"),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "GIT_TERMINAL_PROMPT": "0",
    }


def traffic(folder: Path) -> Iterator[dict[str, Any]]:
    """The recorded exchanges, oldest first."""
    file = folder / "traffic.jsonl"
    if not file.is_file():
        return
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if line.endswith("\n"):  # the last one may be half written
                yield json.loads(line)


def approve(folder: Path, user_code: str) -> str:
    """Sign the sandbox's user in on the page of a device code, as a person would in the browser.

    Returns the page's answer; raises SandboxError when the code is refused.
    """
    variables = environment(folder)
    trust = ssl.create_default_context(cafile=variables["SSL_CERT_FILE"])
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({"https": variables["HTTPS_PROXY"]}), urllib.request.HTTPSHandler(context=trust)
    )
    form = urllib.parse.urlencode({"otc": user_code}).encode()
    request = urllib.request.Request(APPROVAL_PAGE, form, {"Accept": "text/plain"})
    try:
        with opener.open(request, timeout=30) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as refusal:
        raise SandboxError(refusal.read().decode().strip()) from None
    except OSError as failure:
        raise SandboxError(f"the sandbox cloud did not answer: {failure}") from failure


def _read(file: Path) -> dict[str, Any]:
    """A JSON object from a file; empty when there is none."""
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
