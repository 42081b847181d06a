"""One-time job runs. API: https://docs.databricks.com/api/azure/workspace/jobs/submit"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.jobs import BaseRun, Run, RunType, Source, SparkPythonTask, SubmitTask

from wizard.clients.databricks_faults import translated
from wizard.engine.errors import NotFoundError

ENDED = frozenset({"TERMINATED", "SKIPPED", "INTERNAL_ERROR"})
TASK = "main"


@dataclass(frozen=True, slots=True)
class JobRun:
    """A run's state. `result` is "" until it ended; `task_id` is what its output is asked by."""

    id: int
    task_id: int
    state: str
    result: str
    message: str
    page: str

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ENDED

    @property
    def succeeded(self) -> bool:
        """Whether it ended well."""
        return self.result == "SUCCESS"


@dataclass(frozen=True, slots=True)
class RunOutput:
    """What a run wrote so far (its last 5 MB), and the error that ended it."""

    logs: str
    error: str
    trace: str


class JobRuns:
    """Submits Python files as one-time runs on an existing cluster, and follows them."""

    def __init__(self, sdk: WorkspaceClient) -> None:
        self._sdk = sdk

    def submit(self, name: str, cluster_id: str, file: str, parameters: Sequence[str], key: str) -> int:
        """Submit a file of the workspace; gives the run's id.

        `key` is the idempotency token (at most 64 characters): the same key gives the run it gave before.
        """
        task = SubmitTask(
            task_key=TASK,
            existing_cluster_id=cluster_id,
            spark_python_task=SparkPythonTask(python_file=file, parameters=list(parameters), source=Source.WORKSPACE),
        )
        with translated():
            return int(self._sdk.jobs.submit(run_name=name, tasks=[task], idempotency_token=key).run_id)

    def get(self, run_id: int) -> JobRun | None:
        """The run, or None when the workspace does not know it (any more: runs are kept 60 days)."""
        try:
            with translated():
                found = self._sdk.jobs.get_run(run_id)
        except NotFoundError:
            return None
        return _row(found)

    def named(self, name: str) -> JobRun | None:
        """The newest one-time run of that name, or None; the workspace lists runs of the last 60 days."""
        with translated():
            runs = self._sdk.jobs.list_runs(run_type=RunType.SUBMIT_RUN, expand_tasks=True)
            found = next((each for each in runs if each.run_name == name), None)
        return _row(found) if found else None

    def output(self, task_id: int) -> RunOutput:
        """What a task's run wrote so far."""
        with translated():
            found = self._sdk.jobs.get_run_output(task_id)
        return RunOutput(found.logs or "", found.error or "", found.error_trace or "")


def _row(found: BaseRun | Run) -> JobRun:
    state, tasks = found.state, found.tasks or []
    return JobRun(
        id=found.run_id or 0,
        task_id=(tasks[0].run_id if tasks else None) or found.run_id or 0,
        state=str(getattr(getattr(state, "life_cycle_state", None), "value", "") or ""),
        result=str(getattr(getattr(state, "result_state", None), "value", "") or ""),
        message=(state.state_message if state else "") or "",
        page=found.run_page_url or "",
    )
