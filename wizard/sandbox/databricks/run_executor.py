"""The runs under way: begun, cancelled, and ended with the cloud."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from wizard.sandbox.arm.workspaces import Workspace
from wizard.sandbox.cloud import Principal
from wizard.sandbox.databricks.run_attempt import STOPPED, RunAttempt
from wizard.sandbox.databricks.runs import ENDED, Runs, interrupt
from wizard.sandbox.databricks.task_run import RunContext
from wizard.sandbox.store import Document

if TYPE_CHECKING:  # the service imports this module's users
    from wizard.sandbox.databricks.service import Databricks


class RunExecutor:
    """The runs under way. Each is an asyncio task, and each of its tasks a child process."""

    def __init__(self, databricks: "Databricks", runs: Runs) -> None:
        self._databricks = databricks
        self._runs = runs
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()
        databricks.clusters.counts_as_activity(self._runs_on)

    def begin(self, workspace: Workspace, caller: Principal, run: Document) -> None:
        """Start carrying a new run out."""
        save = partial(self._runs.put, workspace.workspace_id, run)
        context = RunContext(self._databricks, workspace, caller, run, save, job_clusters={})
        task = asyncio.create_task(RunAttempt(context, self._stopping).carry_out())
        self._under_way[run["run_id"]] = task
        task.add_done_callback(lambda _: self._under_way.pop(run["run_id"], None))

    def cancel(self, run_id: int) -> None:
        """End a run early; nothing when it has ended already."""
        if task := self._under_way.get(run_id):
            task.cancel()

    async def interrupt_left_over(self) -> None:
        """End the runs that an earlier life of the cloud left under way; their processes ended with it."""
        for workspace_id, run in self._runs.active():
            interrupt(run, STOPPED)
            self._runs.put(workspace_id, run)

    async def stop(self) -> None:
        """End everything under way."""
        self._stopping.set()
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _runs_on(self, workspace_id: str, cluster_id: str) -> bool:
        return any(
            task["cluster_id"] == cluster_id and task["phase"] not in ENDED
            for of_workspace, run in self._runs.active()
            if of_workspace == workspace_id
            for task in run["tasks"]
        )
