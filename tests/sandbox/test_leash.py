"""A leashed command ends with whoever started it, however that one ends."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.rehearsal import ROOT
from wizard.sandbox.databricks.leash import NICENESS

# Starts a command on the leash that starts one of its own, and says both process ids.
STARTER = """
import asyncio, os, sys
from pathlib import Path
from wizard.sandbox.databricks.processes import LeashedProcess

async def main():
    inner = "import os, subprocess as s; p = s.Popen(['sleep', '600']); print(os.getpid(), p.pid, flush=True); p.wait()"
    output = Path(sys.argv[1])
    process = await LeashedProcess.start(
        [sys.executable, "-c", inner], environment=os.environ, folder=output.parent, output=output)
    while output.read_text().count(" ") == 0:
        await asyncio.sleep(0.02)
    print(output.read_text(), flush=True)
    if sys.argv[2] == "ask":
        process.ask_to_end()
    print(await process.wait(), flush=True)

asyncio.run(main())
"""


@pytest.fixture
def start(tmp_path):
    def started(how):
        command = [sys.executable, "-c", STARTER, str(tmp_path / "output"), how]
        starter = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        found = []
        for pid in starter.stdout.readline().split():
            with contextlib.suppress(psutil.NoSuchProcess):  # it may have ended by now, as some are asked to
                found.append(psutil.Process(int(pid)))
        return starter, found

    return started


def test_a_command_ends_when_its_starter_is_killed(start):
    starter, processes = start("wait")
    os.kill(starter.pid, signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert alive == []


def test_a_command_ends_when_it_is_asked_to(start):
    starter, processes = start("ask")
    starter.stdout.readline()
    assert int(starter.stdout.read()) == 128 + signal.SIGTERM
    assert starter.wait() == 0
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert alive == []


def test_a_command_stands_back_for_its_starter_and_so_does_its_session(start):
    starter, processes = start("wait")
    assert [process.nice() for process in processes] == [os.nice(0) + NICENESS] * 2
    session = Path(f"/proc/{processes[0].pid}/autogroup")
    shared = session.exists() and session.read_text().split()[2]
    os.kill(starter.pid, signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    if not shared:
        pytest.skip("this system does not share the processor out between sessions")
    assert int(shared) == os.nice(0) + NICENESS
