"""A run's timeline: a record for each stage, checkpoint, phase, job and task, with state, result, issues and log."""

import uuid
from collections.abc import Collection
from typing import Any

from wizard.sandbox.devops.build_store import Builds
from wizard.sandbox.devops.wire import now
from wizard.sandbox.store import Document

STAGE, PHASE, JOB, TASK = "Stage", "Phase", "Job", "Task"
CHECKPOINT, APPROVAL = "Checkpoint", "Checkpoint.Approval"


class Timeline:
    """Writes the timeline of one run."""

    def __init__(self, builds: Builds, build_id: int) -> None:
        self._builds = builds
        self.build_id = build_id

    def add(self, kind: str, name: str, parent: str, identifier: str, order: int, **more: Any) -> str:
        """A new pending record; its id."""
        record: Document = {
            "id": str(uuid.uuid4()),
            "parent": parent,
            "kind": kind,
            "name": name,
            "identifier": identifier,
            "order": order,
            "state": "pending",
            "result": None,
            "start": None,
            "finish": None,
            "worker": None,
            "log": 0,
            "issues": [],
            "attempt": 1,
            **more,
        }
        self._put(record)
        return str(record["id"])

    def begin(self, record_id: str, worker: str | None = None) -> None:
        """A record's work begins."""
        self._change(record_id, state="inProgress", start=now(), worker=worker)

    def end(self, record_id: str, result: str, issues: list[dict[str, str]] | None = None) -> None:
        """A record's work has ended; what never began has no beginning."""
        held = self._record(record_id)
        found = [*held["issues"], *(issues or [])]
        self._put(held | {"state": "completed", "result": result, "finish": now(), "issues": found})

    def new_log(self, record_id: str) -> int:
        """Give a record a log; its number."""
        log_id = self._builds.new_log(self.build_id)
        self._change(record_id, log=log_id)
        return log_id

    def records(self) -> list[Document]:
        """All records."""
        return self._builds.records(self.build_id)

    def stages(self) -> dict[str, Document]:
        """The records of stages by identifier."""
        return {each["identifier"]: each for each in self.records() if each["kind"] == STAGE}

    def start_again(self, stage: str, but: Collection[str]) -> None:
        """Take the jobs of a stage out, `but` those with these names, for its next attempt."""
        found = self.stages().get(stage)
        if found is None:
            return
        records, kept = self.records(), {f"{stage}.{job}" for job in but}
        below = {each["id"] for each in records if each["parent"] == found["id"] and each["identifier"] not in kept}
        for _ in (JOB, TASK):
            below |= {each["id"] for each in records if each["parent"] in below}
        for each in records:
            if each["id"] in below:
                self._builds.drop_record(self.build_id, each["id"])
        fresh: Document = {"state": "pending", "result": None, "start": None, "finish": None, "issues": []}
        self._put(found | fresh | {"attempt": found["attempt"] + 1})

    def lose(self, issue: str) -> None:
        """End everything that has not ended: nobody works on it any more."""
        for each in self.records():
            if each["state"] == "completed":
                continue
            began = each["state"] == "inProgress"
            issues = [{"type": "error", "message": issue}] if began and each["kind"] == JOB else []
            self.end(each["id"], "failed" if began else "skipped", issues)

    def _change(self, record_id: str, **changes: Any) -> None:
        self._put(self._record(record_id) | changes)

    def _record(self, record_id: str) -> Document:
        return self._builds.record(self.build_id, record_id)

    def _put(self, record: Document) -> None:
        self._builds.put_record(self.build_id, record | {"changed": now()})
