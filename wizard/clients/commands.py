"""Runs Python on a cluster, through the command API 1.2.

API: https://docs.databricks.com/api/azure/workspace/commandexecution
"""

from __future__ import annotations

import html
import re
from datetime import timedelta

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.compute import CommandStatusResponse, Language

from wizard.clients.databricks_faults import translated
from wizard.engine.errors import ServiceError

_MARKUP = re.compile(r"<[^>]+>")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class CommandFailedError(ServiceError):
    """The code raised on the cluster: `message` is the exception, `body` its trace."""


class Commands:
    """Runs one piece of code in a context of its own and gives what it printed."""

    def __init__(self, sdk: WorkspaceClient) -> None:
        self._sdk = sdk

    def run(self, cluster_id: str, code: str, seconds: float) -> str:
        """What the code printed on the cluster. CommandFailedError when it raised, or did not end in time."""
        api = self._sdk.command_execution
        limit = timedelta(seconds=seconds)
        with translated():
            context = str(api.create_and_wait(cluster_id=cluster_id, language=Language.PYTHON, timeout=limit).id)
            try:
                ended = api.execute_and_wait(
                    cluster_id=cluster_id,
                    context_id=context,
                    language=Language.PYTHON,
                    command=code,
                    timeout=limit,
                )
            finally:
                api.destroy(cluster_id, context)
        return _printed(ended)


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
