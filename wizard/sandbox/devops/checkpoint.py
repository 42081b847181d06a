"""The checkpoint before each stage of a run: it asks for the approvals that the stage's resources need."""

import threading
import time
from collections.abc import Callable, Iterator

from wizard.sandbox.agent.gate import WAITING
from wizard.sandbox.agent.model import Stage
from wizard.sandbox.agent.processes import Ending
from wizard.sandbox.agent.step_run import CANCELLED, FAILED, SKIPPED, SUCCEEDED
from wizard.sandbox.devops.approvals import APPROVED, CANCELED, PENDING, REJECTED, TIMED_OUT, Approvals
from wizard.sandbox.devops.checks import Checks
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.devops.timeline import APPROVAL, CHECKPOINT, Timeline
from wizard.sandbox.store import Document

# A rejection fails a stage; where nobody answers in time it is skipped, and the run need not fail.
_RESULTS = {APPROVED: SUCCEEDED, REJECTED: FAILED, TIMED_OUT: SKIPPED, CANCELED: CANCELLED}
_WORST_FIRST = (FAILED, SKIPPED, CANCELLED)


class Checkpoint:
    """The gate of one run (see agent/gate.py). What it asked is in the timeline, and outlives the sandbox."""

    def __init__(
        self,
        tenancy: Tenancy,
        build: Document,
        pipeline: Document,
        timeline: Timeline,
        ending: Ending,
        resources: Callable[[Stage], Iterator[tuple[str, str]]],
    ) -> None:
        self._approvals = Approvals(tenancy)
        self._checks = Checks(tenancy)
        self._build = build
        self._pipeline = pipeline
        self._timeline = timeline
        self._ending = ending
        self._resources = resources  # kind and id of what a stage uses

    def asked(self, record: str) -> bool:
        """Whether the owners were asked already about the stage with this record."""
        return self._checkpoint(record) is not None

    def verdict(self, stage: Stage, record: str) -> str:
        """SUCCEEDED for a stage that may begin, WAITING, or the result of one that may not."""
        if not self.asked(record):
            self._ask(stage, record)
        checkpoint = self._checkpoint(record)
        if checkpoint is None:
            return SUCCEEDED
        self._withdraw_what_is_over(checkpoint)
        results = self._results(checkpoint)
        ended = next((each for each in _WORST_FIRST if each in results), SUCCEEDED)
        if ended == SUCCEEDED and WAITING in results:
            return WAITING
        for approval in self._asked_at(checkpoint):
            self._approvals.withdraw(approval, CANCELED)
        self._results(checkpoint)
        self._timeline.end(checkpoint, ended)
        return ended

    def wait(self) -> None:
        """Wait for an answer, the end of an approval's time, or the end of the run."""
        ends = [each["ends"] for each in self._approvals.of_run(self._build) if each["status"] == PENDING]
        left = min(ends, default=0.0) - time.time()
        self._ending.news.wait(min(max(left, 0.0), threading.TIMEOUT_MAX))
        self._ending.news.clear()

    def _ask(self, stage: Stage, record: str) -> None:
        found = [
            check
            for kind, resource in self._resources(stage)
            for check in self._checks.on(self._build["project_id"], kind, resource)
            if not check["disabled"]
        ]
        if not found:
            return
        checkpoint = self._timeline.add(CHECKPOINT, CHECKPOINT, record, CHECKPOINT, 1)
        self._timeline.begin(checkpoint)
        for order, check in enumerate(found, 1):
            approval = self._approvals.ask(check, self._build, self._pipeline)["id"]
            self._timeline.begin(self._timeline.add(APPROVAL, APPROVAL, checkpoint, approval, order, id=approval))

    def _checkpoint(self, record: str) -> str | None:
        """The record of the checkpoint of a stage."""
        held = self._timeline.records()
        return next((each["id"] for each in held if (each["kind"], each["parent"]) == (CHECKPOINT, record)), None)

    def _asked_at(self, checkpoint: str) -> list[Document]:
        held = [each["id"] for each in self._timeline.records() if each["parent"] == checkpoint]
        return [self._approvals.get(self._build["project_id"], each) for each in held]

    def _withdraw_what_is_over(self, checkpoint: str) -> None:
        for approval in self._asked_at(checkpoint):
            if self._ending.cancelled.is_set():
                self._approvals.withdraw(approval, CANCELED)
            elif approval["ends"] <= time.time():
                self._approvals.withdraw(approval, TIMED_OUT)

    def _results(self, checkpoint: str) -> list[str]:
        """What the approvals have come to; their records are ended."""
        open_records = {each["id"] for each in self._timeline.records() if each["state"] != "completed"}
        results = []
        for approval in self._asked_at(checkpoint):
            result = _RESULTS.get(approval["status"], WAITING)
            results.append(result)
            if result != WAITING and approval["id"] in open_records:
                self._timeline.end(approval["id"], result)
        return results
