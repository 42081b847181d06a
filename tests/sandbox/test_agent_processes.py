"""The processes of a pipeline's steps: when a cancelled run's end, and when they do not."""

import os
import sys

import pytest

from wizard.sandbox.agent import processes
from wizard.sandbox.agent.processes import Ending

LONG = (sys.executable, "-c", "import time; time.sleep(120)")
SHORT = (sys.executable, "-c", "print('tidy')")
LIMIT = 60.0  # seconds: a process that ends by it says None, one that is let go says its code


@pytest.fixture
def run(tmp_path):
    """Run a command as a step does; its exit code."""
    return lambda ending, command: processes.run(command, os.environ, tmp_path, ending, LIMIT, lambda line: None)


def test_a_run_cancelled_between_a_step_s_beginning_and_its_process_s_ends_the_process(run):
    ending = Ending()
    assert not ending.step_begins()
    ending.cancel()
    assert run(ending, LONG) not in (0, None)


def test_a_step_that_begins_after_the_cancelling_runs_to_its_end_though_it_is_cancelled_again(run):
    ending = Ending()
    ending.step_begins()
    ending.cancel()
    assert ending.step_begins()
    ending.cancel()
    assert run(ending, SHORT) == 0
    assert not ending.step_cancelled


def test_nothing_outlives_the_sandbox(run):
    ending = Ending()
    ending.cancel()
    ending.step_begins()
    ending.stop()
    assert run(ending, LONG) not in (0, None)
