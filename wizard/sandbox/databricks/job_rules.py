"""What the Jobs API refuses before anything runs: malformed tasks, unknown clusters, impossible orders.

Source: https://docs.databricks.com/api/azure/workspace/jobs/submit; the wordings from databricks/cli#838,
databrickslabs/dbx#646 and databrickslabs/ucx#2930 on GitHub.
"""

import re
from collections.abc import Mapping
from typing import Any

from wizard.sandbox.databricks.cluster_rules import cluster_spec
from wizard.sandbox.databricks.clusters import Clusters
from wizard.sandbox.databricks.faults import invalid
from wizard.sandbox.databricks.wire import Body, malformed, optional, required

MOST_TASKS = 100
LONGEST_TOKEN = 64
_TASK_KEY = re.compile(r"[A-Za-z0-9_-]{1,100}")
_PYTHON_FILE = re.compile(r"(dbfs:/|/).+")
RUN_IF = ("ALL_SUCCESS", "ALL_DONE", "NONE_FAILED", "AT_LEAST_ONE_SUCCESS", "ALL_FAILED", "AT_LEAST_ONE_FAILED")


def checked_tasks(body: Body, workspace_id: str, clusters: Clusters) -> list[Body]:
    """The tasks of a job or of a one-time run. Raises DatabricksFault 400 for the first thing wrong with them."""
    tasks = optional(body, "tasks", list, [])
    if not tasks:
        raise _no_cluster()
    if len(tasks) > MOST_TASKS:
        raise invalid(f"The number of tasks exceeds the limit of {MOST_TASKS}.")
    job_clusters = {item.get("job_cluster_key"): item for item in optional(body, "job_clusters", list, [])}
    for task in tasks:
        if not isinstance(task, dict):
            raise malformed("Could not parse request object: Expected 'OBJECT' for field 'tasks'")
        _check_task(task)
        _check_cluster(task, workspace_id, clusters, job_clusters)
    _check_order(tasks)
    return tasks


def _check_task(task: Body) -> None:
    key = required(task, "task_key")
    if not _TASK_KEY.fullmatch(key):
        rule = "Task keys can only contain alphanumeric characters, underscores (_) and dashes (-)"
        raise invalid(f"Invalid task key '{key}'. {rule}, at most 100 of them.")
    kinds = [name for name in task if name.endswith("_task") and task[name] is not None]
    if len(kinds) != 1:
        raise invalid(f"Task {key} must have exactly one task type, but has {len(kinds)}.")
    if kinds[0] != "spark_python_task":
        raise invalid(f"Task {key}: {kinds[0]} is not available in this sandbox; it runs spark_python_task only.")
    if task.get("max_retries"):
        raise invalid(f"Task {key}: retries are not available in this sandbox; max_retries must be 0.")
    if optional(task, "run_if", str, "ALL_SUCCESS") not in RUN_IF:
        raise invalid(f"Task {key}: run_if must be one of {', '.join(RUN_IF)}.")
    if optional(task, "timeout_seconds", int, 0) < 0:
        raise invalid(f"Task {key}: timeout_seconds must not be negative.")
    _check_python(optional(task, "spark_python_task", dict, {}))


def _check_python(spec: Mapping[str, Any]) -> None:
    body = dict(spec)
    file = required(body, "python_file")
    if optional(body, "source", str, "WORKSPACE") == "GIT":
        raise invalid("source GIT needs a git_source, which is not available in this sandbox.")
    if not _PYTHON_FILE.fullmatch(file):
        advice = "Please visit the Databricks user guide for supported Python file references."
        raise invalid(f"Invalid Python file reference: {file}. {advice}")
    for parameter in optional(body, "parameters", list, []):
        if not isinstance(parameter, str):
            raise malformed("Could not parse request object: Expected 'STRING' for field 'parameters'")


def _check_cluster(task: Body, workspace_id: str, clusters: Clusters, job_clusters: Mapping[Any, Body]) -> None:
    named = [name for name in ("existing_cluster_id", "new_cluster", "job_cluster_key") if task.get(name)]
    if len(named) != 1:
        raise _no_cluster()
    if named[0] == "existing_cluster_id":
        clusters.get(workspace_id, required(task, "existing_cluster_id"))
    elif named[0] == "new_cluster":
        cluster_spec(optional(task, "new_cluster", dict, {}))
    elif task["job_cluster_key"] not in job_clusters:
        raise invalid(f"Job cluster '{task['job_cluster_key']}' is not defined in field 'job_clusters'.")
    else:
        cluster_spec(optional(job_clusters[task["job_cluster_key"]], "new_cluster", dict, {}))


def _no_cluster() -> Exception:
    return invalid("One of job_cluster_key, new_cluster, or existing_cluster_id must be specified.")


def _check_order(tasks: list[Body]) -> None:
    """Every task is named once, and can start at some time."""
    keys = [task["task_key"] for task in tasks]
    for key in keys:
        if keys.count(key) > 1:
            raise invalid(f"Duplicate task key '{key}'.")
    waiting = {task["task_key"]: set(upstream_keys(task)) for task in tasks}
    for key, upstream in waiting.items():
        for unknown in sorted(upstream - waiting.keys()):
            raise invalid(f"Task '{key}' depends on task '{unknown}', which does not exist.")
    while waiting:
        free = {key for key, upstream in waiting.items() if not upstream}
        if not free:
            raise invalid(f"The dependencies of the tasks {', '.join(sorted(waiting))} form a cycle.")
        waiting = {key: upstream - free for key, upstream in waiting.items() if key not in free}


def upstream_keys(task: Body) -> list[str]:
    """The keys of the tasks that one depends on."""
    return [required(dict(item), "task_key") for item in optional(task, "depends_on", list, [])]


def checked_token(body: Body) -> str:
    """The idempotency token of a request, empty when it has none."""
    token = optional(body, "idempotency_token", str, "")
    if len(token) > LONGEST_TOKEN:
        raise invalid(f"The idempotency token must have at most {LONGEST_TOKEN} characters.")
    return token
