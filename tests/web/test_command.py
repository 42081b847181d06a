"""`mlops-wizard web` in awkward surroundings, and how it leads a browser to it."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import urlopen

import pytest

from tests.rehearsal import WIZARD, clean_environment


def web(folder: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*WIZARD, "web", *arguments],
        cwd=folder,
        env={name: value for name, value in (clean_environment() | variables).items() if value},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_port_that_is_taken_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        process = web(tmp_path, "--no-open", "--port", str(port))
        said, complaint = process.communicate(timeout=20)
    assert (process.returncode, said) == (1, "")
    assert complaint.startswith(f"Port {port}: another program listens there. Leave --port out")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--port", "0"), "'0' is not 1 to 65535"),
        (("--port", "65536"), "'65536' is not 1 to 65535"),
        (("--port", "http"), "'http' is not 1 to 65535"),
        (("--project", "no-such-folder"), "There is no folder"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path, arguments, words):
    process = web(tmp_path, "--no-open", *arguments)
    _, complaint = process.communicate(timeout=20)
    assert process.returncode == 2
    assert words in complaint


def entrance_of(process: subprocess.Popen[str]) -> str:
    return next(line for line in process.stdout if "token=" in line).strip()


def test_the_port_can_be_chosen(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = web(tmp_path, "--no-open", "--port", str(port))
    assert entrance_of(process).startswith(f"http://127.0.0.1:{port}/?token=")
    process.terminate()
    assert process.wait(20) == 0


def browser_script(folder: Path, exit_code: int) -> tuple[str, Path]:
    """A browser that tells through a pipe what it was asked to open."""
    told = folder / "told"
    os.mkfifo(told)
    script = folder / "browser"
    script.write_text(f'#!/bin/sh\necho "$@" > {told}\nexit {exit_code}\n')
    script.chmod(0o700)
    return str(script), told


def test_a_browser_is_led_here_by_a_private_file_that_goes_with_the_token(tmp_path):
    script, told = browser_script(tmp_path, 0)
    process = web(tmp_path, BROWSER=script)
    entrance = entrance_of(process)
    address = told.read_text().strip()
    assert address.startswith("file://")
    assert entrance.partition("token=")[2] not in address, "others can read a browser's command line"
    file = Path(unquote(urlsplit(address).path))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert f"url={entrance}" in file.read_text()
    with urlopen(entrance) as page:  # noqa: S310
        assert "Signed in" in page.read().decode()
    process.terminate()
    assert process.wait(20) == 0
    assert not file.exists()


@pytest.mark.parametrize("broken", [True, False])
def test_without_a_browser_the_address_is_there_to_be_copied(tmp_path, broken):
    script, told = browser_script(tmp_path, 1) if broken else ("", tmp_path)
    process = web(tmp_path, BROWSER=script, DISPLAY="", WAYLAND_DISPLAY="")
    entrance_of(process)
    if broken:
        told.read_text()
    assert any("No browser can be opened from here" in line for line in process.stdout)
    process.terminate()
    assert process.wait(20) == 0
