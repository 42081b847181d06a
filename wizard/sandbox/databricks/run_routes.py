"""Runs over the Jobs API: submit one, follow it, read what it printed, end it."""

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from wizard.sandbox.databricks import pages
from wizard.sandbox.databricks.faults import invalid
from wizard.sandbox.databricks.identity import user_name
from wizard.sandbox.databricks.job_rules import checked_tasks, checked_token
from wizard.sandbox.databricks.run_executor import RunExecutor
from wizard.sandbox.databricks.run_output import logs, output_file
from wizard.sandbox.databricks.run_view import run_view, task_run_view
from wizard.sandbox.databricks.runs import ENDED, Runs, new_id
from wizard.sandbox.databricks.wire import (
    Body,
    caller_of,
    flag_query,
    json_body,
    number_query,
    optional,
    workspace_of,
)
from wizard.sandbox.store import Document

if TYPE_CHECKING:  # the service imports this module's users
    from wizard.sandbox.databricks.service import Databricks

_PAGE = 20
_LARGEST_PAGE = 25
_NO_RUN_ID = "Missing required field: run_id"


class RunRoutes:
    """The handlers."""

    def __init__(self, databricks: "Databricks", runs: Runs, executor: RunExecutor) -> None:
        self._databricks = databricks
        self._runs = runs
        self._executor = executor

    async def submit(self, request: Request) -> JSONResponse:
        """POST runs/submit: a one-time run; a token used before names the run it made then."""
        body = await json_body(request)
        token = checked_token(body)
        if body.get("job_clusters"):
            raise invalid("Shared job cluster feature is not supported in runs/submit API.")
        workspace, caller = workspace_of(request), caller_of(request)
        tasks = checked_tasks(body, workspace.workspace_id, self._databricks.clusters)
        about: Document = {
            "job_id": new_id(),
            "run_type": "SUBMIT_RUN",
            "run_name": optional(body, "run_name", str, "") or "Untitled",
            "creator": user_name(caller),
            "timeout_seconds": optional(body, "timeout_seconds", int, 0),
            "repeated": {},
        }
        run, is_new = self._runs.create(workspace.workspace_id, about, tasks, token)
        if is_new:
            self._executor.begin(workspace, caller, run)
        return JSONResponse({"run_id": run["run_id"]})

    def _run(self, request: Request, run_id: int) -> Document:
        return self._runs.get(workspace_of(request).workspace_id, run_id)

    async def get(self, request: Request) -> JSONResponse:
        """GET runs/get, for a run or for one of its tasks."""
        run_id = _run_id(request)
        run, workspace = self._run(request, run_id), workspace_of(request)
        for task in run["tasks"]:
            if task["run_id"] == run_id:
                return JSONResponse(task_run_view(run, task, workspace))
        return JSONResponse(run_view(run, workspace))

    async def get_output(self, request: Request) -> JSONResponse:
        """GET runs/get-output of a task's run; while it goes on, what was printed so far."""
        run_id = _run_id(request)
        run, workspace = self._run(request, run_id), workspace_of(request)
        task = next((task for task in run["tasks"] if task["run_id"] == run_id), None)
        if task is None:
            raise invalid(
                "Retrieving the output of runs with multiple tasks is not supported. Please retrieve the output"
                " of each individual task run instead."
            )
        file = output_file(self._databricks.cloud, workspace.workspace_id, run_id)
        text, truncated = logs(file)
        output: dict[str, Any] = {"metadata": task_run_view(run, task, workspace)}
        if task["execution_start"]:
            output.update(logs=text, logs_truncated=truncated)
        if task["phase"] in ENDED and task["result"] != "SUCCESS":
            output["error"] = task["error"] or task["message"]
            if task["error_trace"]:
                output["error_trace"] = task["error_trace"]
        return JSONResponse(output)

    async def listing(self, request: Request) -> JSONResponse:
        """GET runs/list, newest first, in pages."""
        found = self._selected(request)
        size = number_query(request, "limit", _PAGE) or _LARGEST_PAGE
        if not 0 < size <= _LARGEST_PAGE:
            raise invalid(f"limit must be between 1 and {_LARGEST_PAGE}")
        with_tasks, workspace = flag_query(request, "expand_tasks"), workspace_of(request)
        rows = [run_view(run, workspace, with_tasks=with_tasks) for run in found]
        return JSONResponse(pages.page(request, "runs", rows, size))

    def _selected(self, request: Request) -> list[Document]:
        found = self._runs.all(workspace_of(request).workspace_id)
        if flag_query(request, "active_only") and flag_query(request, "completed_only"):
            raise invalid("active_only and completed_only cannot both be true")
        if flag_query(request, "active_only"):
            found = [run for run in found if run["phase"] not in ENDED]
        if flag_query(request, "completed_only"):
            found = [run for run in found if run["phase"] in ENDED]
        if job_id := number_query(request, "job_id", 0):
            found = [run for run in found if run["job_id"] == job_id]
        if run_type := request.query_params.get("run_type"):
            found = [run for run in found if run["run_type"] == run_type]
        earliest = number_query(request, "start_time_from", 0)
        latest = number_query(request, "start_time_to", 2**62)
        return [run for run in found if earliest <= run["start_time"] <= latest]

    async def cancel(self, request: Request) -> JSONResponse:
        """POST runs/cancel; the run ends soon after."""
        run = self._run(request, body_id(await json_body(request), "run_id"))
        self._executor.cancel(run["run_id"])
        return JSONResponse({})

    async def cancel_all(self, request: Request) -> JSONResponse:
        """POST runs/cancel-all, of one job or of all."""
        body = await json_body(request)
        everything = optional(body, "all_queued_runs", bool, False)
        job_id = 0 if everything else body_id(body, "job_id")
        for run in self._runs.all(workspace_of(request).workspace_id):
            if everything or run["job_id"] == job_id:
                self._executor.cancel(run["run_id"])
        return JSONResponse({})

    async def delete(self, request: Request) -> JSONResponse:
        """POST runs/delete, of a run that has ended."""
        run = self._run(request, body_id(await json_body(request), "run_id"))
        if run["phase"] not in ENDED:
            raise invalid(f"The run {run['run_id']} is still active and cannot be deleted.")
        workspace_id = workspace_of(request).workspace_id
        self._runs.delete(workspace_id, run)
        for task in run["tasks"]:
            output_file(self._databricks.cloud, workspace_id, task["run_id"]).unlink(missing_ok=True)
        return JSONResponse({})


def _run_id(request: Request) -> int:
    run_id = number_query(request, "run_id", 0)
    if not run_id:
        raise invalid(_NO_RUN_ID)
    return run_id


def body_id(body: Body, name: str) -> int:
    """A number that a request's body must have."""
    number = optional(body, name, int, 0)
    if not number:
        raise invalid(f"Missing required field: {name}")
    return number
