"""Dynamic value references in a task's parameters: {{job.run_id}}, {{task.name}} and the like.

Source: https://docs.databricks.com/aws/en/jobs/dynamic-value-references
"""

import re
from datetime import UTC, datetime

from wizard.sandbox.arm.workspaces import Workspace
from wizard.sandbox.store import Document

_REFERENCE = re.compile(r"\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}")


def resolved(parameters: list[str], run: Document, task: Document, workspace: Workspace) -> list[str]:
    """The parameters with every known reference replaced; an unknown one stays as it is, as on Databricks."""
    values = _values(run, task, workspace)
    return [_REFERENCE.sub(lambda found: values.get(found[1], found[0]), parameter) for parameter in parameters]


def _values(run: Document, task: Document, workspace: Workspace) -> dict[str, str]:
    started = datetime.fromtimestamp(run["start_time"] / 1000, UTC)
    values = {
        "job.id": run["job_id"],
        "job.name": run["run_name"],
        "job.run_id": run["run_id"],
        "job.repair_count": 0,
        "job.trigger.type": "one_time",
        "job.start_time.iso_date": f"{started:%Y-%m-%d}",
        "job.start_time.iso_datetime": f"{started:%Y-%m-%dT%H:%M:%SZ}",
        "job.start_time.timestamp_ms": run["start_time"],
        "task.name": task["task_key"],
        "task.run_id": task["run_id"],
        "task.execution_count": 1,
        "workspace.id": workspace.workspace_id,
        "workspace.url": f"https://{workspace.host}",
        # the older names
        "job_id": run["job_id"],
        "run_id": task["run_id"],
        "parent_run_id": run["run_id"],
        "task_key": task["task_key"],
        "task_retry_count": 0,
        "start_date": f"{started:%Y-%m-%d}",
        "start_time": run["start_time"],
    }
    for parameter in run["repeated"].get("job_parameters", []):
        values[f"job.parameters.{parameter['name']}"] = parameter.get("value", parameter["default"])
    return {name: str(value) for name, value in values.items()}
