"""What `dbutils.notebook.entry_point.getDbutils().notebook().getContext()` tells code on a cluster of where it runs.

MLflow asks it (mlflow/utils/databricks_utils.py): from it runs know their job, and the versions of a model in another
workspace's registry the run that they come from.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit


class Option:
    """A value that may be missing, as Scala has it."""

    def __init__(self, value: str | None) -> None:
        self._value = value

    def isDefined(self) -> bool:  # noqa: N802 - Scala's own name
        """Whether there is a value."""
        return self._value is not None

    def get(self) -> str:
        """The value. Raises LookupError when there is none."""
        if self._value is None:
            raise LookupError("java.util.NoSuchElementException: None.get")
        return self._value


class Map:
    """Values by name."""

    def __init__(self, values: dict[str, str | None]) -> None:
        self._values = values

    def get(self, name: str) -> Option:
        """The value of this name, if there is one."""
        return Option(self._values.get(name))


class CommandContext:
    """The workspace, and the job that this is a task of, if it is one."""

    def __init__(self) -> None:
        self._host = urlsplit(os.environ["DATABRICKS_HOST"]).hostname
        self._workspace_id = os.environ["DRIVER_WORKSPACE_ID"]
        self._job_id, self._run_id = os.environ.get("DRIVER_JOB_ID"), os.environ.get("DRIVER_TASK_RUN_ID")

    def workspaceId(self) -> Option:  # noqa: N802 - the context's own names, here and below
        """The number of the workspace."""
        return Option(self._workspace_id)

    def browserHostName(self) -> Option:  # noqa: N802
        """The host of the workspace."""
        return Option(self._host)

    def jobId(self) -> Option:  # noqa: N802
        """The job."""
        return Option(self._job_id)

    def idInJob(self) -> Option:  # noqa: N802
        """The run of the job's task."""
        return Option(self._run_id)

    def tags(self) -> Map:
        """The same, by name."""
        return Map(
            {
                "orgId": self._workspace_id,
                "browserHostName": self._host,
                "jobId": self._job_id,
                "idInJob": self._run_id,
            }
        )

    def extraContext(self) -> Map:  # noqa: N802
        """What a notebook would add; code here is in none."""
        return Map({})


class EntryPoint:
    """The way to the context, which on a cluster leads through the JVM."""

    def getDbutils(self) -> EntryPoint:  # noqa: N802
        """The JVM's own dbutils."""
        return self

    def notebook(self) -> EntryPoint:
        """Its part for notebooks."""
        return self

    def getContext(self) -> CommandContext:  # noqa: N802
        """The context."""
        return CommandContext()
