"""Runs Python on a cluster, through the command API 1.2.

API: https://docs.databricks.com/api/azure/workspace/commandexecution
"""

from __future__ import annotations

import contextlib
import html
import re
import time
from collections.abc import Callable

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service.compute import CommandStatus, CommandStatusResponse, ContextStatus, Language

from wizard.clients.databricks_faults import translated
from wizard.engine.errors import ServiceError

_MARKUP = re.compile(r"<[^>]+>")
ENDED = (CommandStatus.FINISHED, CommandStatus.ERROR, CommandStatus.CANCELLED)
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class CommandFailedError(ServiceError):
    """The code raised on the cluster: `message` is the exception, `body` its trace."""


class Commands:
    """Runs one piece of code in a context of its own and gives what it printed."""

    def __init__(self, sdk: WorkspaceClient) -> None:
        self._api = sdk.command_execution

    def run(self, cluster_id: str, code: str, seconds: float) -> str:
        """What the code printed on the cluster. CommandFailedError when it raised, or did not end in time."""
        deadline = time.monotonic() + seconds
        with translated():
            context = self._open(cluster_id, deadline)
            try:
                return _printed(self._execute(cluster_id, context, code, deadline))
            finally:
                with contextlib.suppress(DatabricksError):  # a context that is gone already must not hide the reason
                    self._api.destroy(cluster_id, context)

    def _open(self, cluster_id: str, deadline: float) -> str:
        context = str(self._api.create(cluster_id=cluster_id, language=Language.PYTHON).context_id)

        def ready() -> bool:
            status = self._api.context_status(cluster_id, context).status
            if status == ContextStatus.ERROR:
                raise CommandFailedError("The cluster could not start Python.", service="Databricks")
            return status == ContextStatus.RUNNING

        _until(ready, deadline, "Python did not start on the cluster in time.")
        return context

    def _execute(self, cluster_id: str, context: str, code: str, deadline: float) -> CommandStatusResponse:
        command = str(
            self._api.execute(
                cluster_id=cluster_id, context_id=context, language=Language.PYTHON, command=code
            ).command_id
        )
        answers: list[CommandStatusResponse] = []

        def ended() -> bool:
            answers.append(self._api.command_status(cluster_id, context, command))
            return answers[-1].status in ENDED

        _until(ended, deadline, "The command did not end on the cluster in time.")
        return answers[-1]


def _until(true: Callable[[], bool], deadline: float, otherwise: str) -> None:
    """Ask again, ever less often; CommandFailedError when time is up. The SDK's own waiter sleeps whole seconds."""
    pause = FIRST_PAUSE
    while not true():
        if time.monotonic() > deadline:
            raise CommandFailedError(otherwise, service="Databricks", fix="see what else the cluster is busy with")
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _printed(ended: CommandStatusResponse) -> str:
    results = ended.results
    if results is None:
        return ""
    if str(getattr(results.result_type, "value", results.result_type)) == "error":
        summary = html.unescape(_MARKUP.sub("", results.summary or ""))
        cause = _COLOUR.sub("", results.cause or "")
        last = cause.strip().splitlines()[-1] if cause.strip() else ""
        raise CommandFailedError(
            f"The cluster says: {summary.strip() or last or 'the command failed'}", service="Databricks", body=cause
        )
    return str(results.data or "")
