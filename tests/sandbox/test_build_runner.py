"""The end of a run: from the moment that it is told, the run can be run again, and cannot be cancelled."""

import queue
import threading

import pytest

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.devops.build_runner import Runner
from wizard.sandbox.devops.build_store import Builds
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.store import Store

PATIENCE = 30.0  # seconds
NEW = {"project_id": "p", "definition_id": 1, "status": "inProgress", "started": "", "outcomes": {}, "done_jobs": {}}


class Attempts(Runner):
    """The first attempt at a run succeeds at once; the second one lasts until it is cancelled."""

    def __init__(self, tenancy):
        super().__init__(tenancy)
        self.attempts = 0
        self.threads = queue.SimpleQueue()

    def _attempt(self, build_id, ending):
        self.attempts += 1
        self.threads.put(threading.current_thread())
        if self.attempts == 1:
            return "succeeded"
        return "canceled" if ending.cancelled.wait(PATIENCE) else "failed"

    def join_next(self):
        self.threads.get(timeout=PATIENCE).join(PATIENCE)


@pytest.fixture
def builds(tmp_path, monkeypatch):
    """The runs, and what to call when the first end of one is written down."""
    change, told = Builds.change, []

    def changed(self, number, **changes):
        done = change(self, number, **changes)
        if changes.get("status") == "completed" and told:
            told.pop()(number)
        return done

    monkeypatch.setattr(Builds, "change", changed)
    tenancy = Tenancy(Cloud(tmp_path, Store(tmp_path / "state.sqlite")))
    return Attempts(tenancy), Builds(tenancy), told


def run_once(runner, kept, told, at_its_end):
    """The number of a run whose first attempt is over; what is to be called is, when its end is written down."""
    told.append(at_its_end)
    number = kept.add(NEW)["id"]
    runner.start(number)
    runner.join_next()
    return number


def test_a_run_that_has_ended_is_not_cancelled_any_more(builds):
    runner, kept, told = builds
    number = run_once(runner, kept, told, runner.cancel)
    assert (kept.get(number)["status"], kept.get(number)["result"]) == ("completed", "succeeded")


def test_a_run_that_is_run_again_as_soon_as_it_ends_can_be_cancelled(builds):
    runner, kept, told = builds
    number = run_once(runner, kept, told, runner.start)
    runner.cancel(number)
    runner.join_next()
    assert kept.get(number)["result"] == "canceled"
