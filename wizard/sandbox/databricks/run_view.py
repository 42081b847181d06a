"""A run as the Jobs API shows it, with the older `state` and the newer `status` side by side.

Source: https://docs.databricks.com/api/azure/workspace/jobs/getrun
"""

from typing import Any

from wizard.sandbox.arm.workspaces import Workspace
from wizard.sandbox.databricks.runs import ENDED
from wizard.sandbox.store import Document

_BLAMELESS = {"SUCCESS": "SUCCESS", "INTERNAL_ERROR": "INTERNAL_ERROR", "CLUSTER_ERROR": "CLOUD_FAILURE"}
# Parts of a task's specification that its run does not repeat.
_NOT_REPEATED = ("health", "job_cluster_key")


def run_view(run: Document, workspace: Workspace, *, with_tasks: bool = True) -> dict[str, Any]:
    """The body of runs/get, and one row of runs/list."""
    view: dict[str, Any] = {
        "job_id": run["job_id"],
        "run_id": run["run_id"],
        "creator_user_name": run["creator"],
        "number_in_job": run["run_id"],
        "original_attempt_run_id": run["run_id"],
        "state": _state(run),
        "status": _status(run),
        "start_time": run["start_time"],
        **_run_durations(run),
        "end_time": run["end_time"],
        "trigger": "ONE_TIME",
        "run_name": run["run_name"],
        "run_page_url": _page(workspace, run["job_id"], run["run_id"]),
        "run_type": run["run_type"],
        **run["repeated"],
    }
    if with_tasks:
        view["tasks"] = [_task_view(run, task, workspace) for task in run["tasks"]]
    return view


def task_run_view(run: Document, task: Document, workspace: Workspace) -> dict[str, Any]:
    """A task's run as a run of its own: the metadata of runs/get-output."""
    row = _task_view(run, task, workspace)
    view: dict[str, Any] = {
        "job_id": run["job_id"],
        "job_run_id": run["run_id"],
        "creator_user_name": run["creator"],
        "number_in_job": task["run_id"],
        "original_attempt_run_id": task["run_id"],
        "trigger": "ONE_TIME",
        "run_name": task["task_key"],
        "run_type": run["run_type"],
        "tasks": [row],
    }
    shared = ("run_id", "run_page_url", "state", "status", "start_time", "end_time", "attempt_number")
    durations = ("setup_duration", "execution_duration", "cleanup_duration", "run_duration", "cluster_instance")
    return {**view, **{name: row[name] for name in (*shared, *durations) if name in row}}


def _task_view(run: Document, task: Document, workspace: Workspace) -> dict[str, Any]:
    spec = {name: value for name, value in task["spec"].items() if name not in _NOT_REPEATED}
    view: dict[str, Any] = {
        **spec,
        "run_id": task["run_id"],
        "run_if": spec.get("run_if", "ALL_SUCCESS"),
        "state": _state(task),
        "status": _status(task),
        "run_page_url": _page(workspace, run["job_id"], task["run_id"]),
        "start_time": task["start_time"],
        **_task_durations(task),
        "end_time": task["end_time"],
        "attempt_number": 0,
    }
    if task["cluster_id"] and task["spark_context_id"]:
        view["cluster_instance"] = {
            "cluster_id": task["cluster_id"],
            "spark_context_id": task["spark_context_id"],
        }
    return view


def _state(part: Document) -> dict[str, Any]:
    state = {
        "life_cycle_state": part["phase"],
        "state_message": part["message"],
        "user_cancelled_or_timedout": part["stopped_early"],
    }
    return {**state, "result_state": part["result"]} if part["result"] else state


def _status(part: Document) -> dict[str, Any]:
    if part["phase"] not in ENDED:
        return {"state": part["phase"]}
    code = part["code"]
    details = {"code": code, "type": _BLAMELESS.get(code, "CLIENT_ERROR"), "message": part["message"]}
    return {"state": "TERMINATED", "termination_details": details}


def _task_durations(task: Document) -> dict[str, int]:
    """Milliseconds of setting up (waiting for the cluster included) and of running; 0 while still going on."""
    began, ended = task["execution_start"], task["end_time"]
    return {
        "setup_duration": (began or ended or task["start_time"]) - task["start_time"],
        "execution_duration": ended - began if began and ended else 0,
        "cleanup_duration": 0,
    }


def _run_durations(run: Document) -> dict[str, int]:
    """A run of several tasks has only a total; with one task its own durations are the run's too."""
    total = {"run_duration": run["end_time"] - run["start_time"] if run["end_time"] else 0}
    if len(run["tasks"]) == 1:
        return {**_task_durations(run["tasks"][0]), **total}
    return {"setup_duration": 0, "execution_duration": 0, "cleanup_duration": 0, **total}


def _page(workspace: Workspace, job_id: int, run_id: int) -> str:
    return f"https://{workspace.host}/?o={workspace.workspace_id}#job/{job_id}/run/{run_id}"
