"""Job runs as the workspace remembers them: one document a run, its tasks inside.

Times are Unix milliseconds. A task's and a run's `phase` is the Jobs API's life_cycle_state; `result` is its
result_state and `code` its termination code, both empty until the end.
"""

import secrets
import time
from collections.abc import Iterable
from typing import Any

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.faults import invalid
from wizard.sandbox.databricks.wire import Body
from wizard.sandbox.store import Document

KIND = "databricks.run"
_TASK_INDEX = "databricks.task-run"
_TOKENS = "databricks.run-token"
ENDED = ("TERMINATED", "SKIPPED", "INTERNAL_ERROR")


def now() -> int:
    """The time, in Unix milliseconds."""
    return int(time.time() * 1000)


def new_id() -> int:
    """An id as the real ones look: fifteen digits, not in order."""
    return secrets.randbelow(9 * 10**14) + 10**14


class Runs:
    """The runs of all workspaces, keyed "<workspace id>/<run id>"."""

    def __init__(self, cloud: Cloud) -> None:
        self._store = cloud.store

    def create(
        self, workspace_id: str, about: Document, tasks: Iterable[Body], token: str = ""
    ) -> tuple[Document, bool]:
        """Remember a new run about to start; (run, True), or (the earlier run, False) for a token used before.

        `about` gives job_id, run_type, run_name, creator and what of the request the run's API form repeats.
        """
        with self._store.transaction():
            earlier = self._store.get(_TOKENS, f"{workspace_id}/{token}") if token else None
            if earlier is not None:
                return self.get(workspace_id, earlier["run_id"]), False
            run: Document = {
                **about,
                "run_id": new_id(),
                "start_time": now(),
                "end_time": 0,
                **_fresh(),
                "tasks": [_task(spec) for spec in tasks],
            }
            self.put(workspace_id, run)
            for task in run["tasks"]:
                self._store.put(_TASK_INDEX, f"{workspace_id}/{task['run_id']}", {"run_id": run["run_id"]})
            if token:
                self._store.put(_TOKENS, f"{workspace_id}/{token}", {"run_id": run["run_id"]})
        return run, True

    def put(self, workspace_id: str, run: Document) -> None:
        """Remember a run as it is now."""
        self._store.put(KIND, f"{workspace_id}/{run['run_id']}", run)

    def get(self, workspace_id: str, run_id: int) -> Document:
        """One run by its own id or that of one of its tasks. Raises DatabricksFault 400 for an unknown id."""
        index = self._store.get(_TASK_INDEX, f"{workspace_id}/{run_id}")
        run = self._store.get(KIND, f"{workspace_id}/{index['run_id'] if index else run_id}")
        if run is None:
            raise invalid(f"Run {run_id} does not exist.")
        return run

    def all(self, workspace_id: str) -> list[Document]:
        """Every run of a workspace, newest first."""
        found = [run for _, run in self._store.items(KIND, f"{workspace_id}/")]
        return sorted(found, key=lambda run: (-int(run["start_time"]), -int(run["run_id"])))

    def active(self) -> list[tuple[str, Document]]:
        """(workspace id, run) of every run that has not ended."""
        found = self._store.items(KIND)
        return [(key.partition("/")[0], run) for key, run in found if run["phase"] not in ENDED]

    def delete(self, workspace_id: str, run: Document) -> None:
        """Forget a run."""
        with self._store.transaction():
            self._store.delete(KIND, f"{workspace_id}/{run['run_id']}")
            for task in run["tasks"]:
                self._store.delete(_TASK_INDEX, f"{workspace_id}/{task['run_id']}")


def _fresh() -> dict[str, Any]:
    return {"phase": "PENDING", "result": "", "message": "", "code": "", "stopped_early": False}


def _task(spec: Body) -> Document:
    return {
        "run_id": new_id(),
        "task_key": spec["task_key"],
        "spec": spec,
        "start_time": 0,  # when its turn came
        "execution_start": 0,  # when its process started
        "end_time": 0,
        "cluster_id": spec.get("existing_cluster_id", ""),
        "spark_context_id": "",
        "error": "",
        "error_trace": "",
        **_fresh(),
    }


def end(part: Document, phase: str, result: str, code: str, message: str = "") -> None:
    """Write into a run or a task that it has ended, and how."""
    part.update(phase=phase, result=result, code=code, message=message, end_time=now())
    part["stopped_early"] = result in ("CANCELED", "TIMEDOUT")


def interrupt(run: Document, message: str) -> None:
    """End whatever of a run had not ended, because the platform failed."""
    for part in [*run["tasks"], run]:
        if part["phase"] not in ENDED:
            end(part, "INTERNAL_ERROR", "FAILED", "INTERNAL_ERROR", message)
