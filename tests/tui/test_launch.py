"""The start in a real (pseudo-)terminal: skeleton, keys typed on it, first screen, leaving, and the terminal after."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.terminal import Session
from tests.rehearsal import ROOT
from tests.tui.conftest import FAKE_ENGINE

LIMIT = 20.0
START = """
import sys
from wizard.tui.launch import run
sys.exit(run([sys.executable, {engine!r}], None, {project!r}, "sandbox"))
"""


@pytest.fixture
def session(tmp_path: Path) -> Session:
    script = tmp_path / "start.py"
    script.write_text(START.format(engine=str(FAKE_ENGINE), project=str(tmp_path)))
    shell = f"trap '' HUP; {sys.executable} {script}; echo left with $?; stty -a; sleep {LIMIT}"
    started = Session(["/bin/sh", "-c", shell], {**os.environ, "PYTHONPATH": str(ROOT)}, tmp_path)
    yield started
    started.close()


def test_a_key_typed_on_the_skeleton_is_taken_by_the_first_screen(session: Session) -> None:
    session.wait(lambda text: "Prerequisites" in text, LIMIT)
    assert "Welcome" not in session.text, "this is the skeleton"
    session.press("enter")
    session.wait(lambda text: "How to sign in" in text, LIMIT)


def test_leaving_ends_the_engine_and_puts_the_terminal_back(session: Session) -> None:
    session.wait(lambda text: "Enter goes on" in text, LIMIT)
    engine = session.process.children()[0].children()[0]
    session.press("q")
    session.wait(lambda text: "left with 0" in text and " icanon " in text and " icrnl " in text, LIMIT)
    assert " -echo " not in session.text
    assert not engine.is_running()


def test_a_lost_terminal_ends_it_even_under_nohup(session: Session) -> None:
    session.wait(lambda text: "Enter goes on" in text, LIMIT)
    wizard = session.process.children()[0]
    wizard.send_signal(signal.SIGHUP)
    session.wait(lambda text: f"left with {128 + signal.SIGHUP}" in text, LIMIT)


def test_it_ends_without_its_terminal_though_nobody_sends_the_signal(tmp_path: Path) -> None:
    script = tmp_path / "start.py"
    script.write_text(START.format(engine=str(FAKE_ENGINE), project=str(tmp_path)))
    ours, its = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
    # In a session of its own whose terminal this is not: so nothing but a look at it can tell that it is gone.
    wizard = subprocess.Popen(
        [sys.executable, script],
        stdin=its,
        stdout=its,
        stderr=its,
        env=environment,
        cwd=tmp_path,
        start_new_session=True,
    )
    os.close(its)
    shown = b""
    while b"Welcome" not in shown:
        shown += os.read(ours, 1 << 16)
    os.close(ours)
    assert wizard.wait(LIMIT) == -signal.SIGHUP
