"""One task of a run being carried out: its cluster, its libraries, its process."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool

from wizard.sandbox.arm.workspaces import Workspace
from wizard.sandbox.cloud import Principal
from wizard.sandbox.databricks import workspace_files
from wizard.sandbox.databricks.cluster_rules import cluster_spec
from wizard.sandbox.databricks.dbfs import dbfs_of
from wizard.sandbox.databricks.faults import DatabricksFault
from wizard.sandbox.databricks.processes import LeashedProcess
from wizard.sandbox.databricks.run_output import failure, output_file
from wizard.sandbox.databricks.run_parameters import resolved
from wizard.sandbox.databricks.runs import now
from wizard.sandbox.store import Document

if TYPE_CHECKING:  # the service imports this module's users
    from wizard.sandbox.databricks.service import Databricks

_LOOK_AGAIN = 0.25  # seconds between looks at a cluster that starts
_FAILED = "Workload failed, see run output for details"


class TaskFailure(Exception):  # noqa: N818 - it is how a task ends, not a bug
    """A task cannot go on; carries its end as the Jobs API names it."""

    def __init__(self, phase: str, code: str, message: str) -> None:
        super().__init__(message)
        self.phase = phase
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class RunContext:
    """What all tasks of one run share."""

    databricks: "Databricks"
    workspace: Workspace
    caller: Principal
    run: Document
    save: Callable[[], None]  # writes the run's document down
    job_clusters: dict[str, str]  # clusters made for this run: key -> cluster id

    @property
    def workspace_id(self) -> str:
        """The workspace the run belongs to."""
        return self.workspace.workspace_id


class TaskRun:
    """Carries one task out."""

    def __init__(self, context: RunContext, task: Document) -> None:
        self._context = context
        self._databricks = context.databricks
        self._run = context.run
        self._task = task

    async def carry_out(self) -> None:
        """Run the task to its good end. Raises TaskFailure for any other; a cancellation ends its process first."""
        self._task["phase"] = "PENDING"
        self._context.save()
        await self._prepare_cluster()
        await self._install_libraries()
        await self._run_process()

    async def _prepare_cluster(self) -> None:
        """Have the task's cluster running."""
        workspace_id, clusters = self._context.workspace_id, self._databricks.clusters
        cluster_id = self._task["cluster_id"] = self._cluster_of()
        while (cluster := self._cluster(cluster_id))["state"] != "RUNNING":
            if cluster["state"] == "TERMINATED":
                clusters.start(workspace_id, cluster_id)
            elif cluster["state"] == "ERROR":
                raise TaskFailure("INTERNAL_ERROR", "CLUSTER_ERROR", f"Cluster {cluster_id} is in state ERROR.")
            self._task["message"] = self._run["message"] = "Waiting for cluster"
            self._context.save()
            await asyncio.sleep(min(_LOOK_AGAIN, max(0.05, cluster["ready_at"] - time.time())))
        self._task["message"] = self._run["message"] = ""
        self._task["spark_context_id"] = str(cluster["spark_context_id"])
        clusters.touch(workspace_id, cluster_id)

    def _cluster(self, cluster_id: str) -> Document:
        try:
            return self._databricks.clusters.get(self._context.workspace_id, cluster_id)
        except DatabricksFault as fault:
            raise TaskFailure("INTERNAL_ERROR", "CLUSTER_ERROR", fault.message) from fault

    def _cluster_of(self) -> str:
        """The task's cluster: an existing one, or one made for this run."""
        spec: dict[str, Any] = self._task["spec"]
        if existing := spec.get("existing_cluster_id"):
            return str(existing)
        key = spec.get("job_cluster_key") or f"task {self._task['task_key']}"
        if key not in self._context.job_clusters:
            shared = {item["job_cluster_key"]: item for item in self._run["repeated"].get("job_clusters", [])}
            wanted = cluster_spec(spec.get("new_cluster") or shared[key]["new_cluster"])
            self._context.job_clusters[key] = self._databricks.clusters.create(
                self._context.workspace_id, self._context.caller, wanted, source="JOB"
            )
        return self._context.job_clusters[key]

    async def _install_libraries(self) -> None:
        """Have the task's libraries on its cluster."""
        wanted = self._task["spec"].get("libraries") or []
        if not wanted:
            return
        libraries, place = self._databricks.libraries, (self._context.workspace_id, self._task["cluster_id"])
        try:
            libraries.install(*place, wanted)
        except DatabricksFault as fault:
            raise TaskFailure("INTERNAL_ERROR", "LIBRARY_INSTALLATION_ERROR", fault.message) from fault
        while True:
            rows = [row for row in libraries.statuses(*place) if row["library"] in wanted]
            failed = [row for row in rows if row["status"] == "FAILED"]
            if failed:
                messages = "\n".join(failed[0].get("messages", []))
                text = "Library installation failed for library due to user error. Error messages:\n"
                raise TaskFailure("INTERNAL_ERROR", "LIBRARY_INSTALLATION_ERROR", text + messages)
            if all(row["status"] in ("INSTALLED", "RESTORED", "SKIPPED") for row in rows):
                return
            await asyncio.sleep(_LOOK_AGAIN)

    async def _run_process(self) -> None:
        spec = self._task["spec"]["spark_python_task"]
        arguments = resolved(spec.get("parameters") or [], self._run, self._task, self._context.workspace)
        output = output_file(self._databricks.cloud, self._context.workspace_id, self._task["run_id"])
        file = await self._python_file(spec["python_file"], output)
        drivers = self._databricks.drivers
        process = await LeashedProcess.start(
            drivers.script_command(file, arguments),
            environment={
                **drivers.environment(self._context.workspace, self._context.caller),
                "DRIVER_JOB_ID": str(self._run["job_id"]),
                "DRIVER_TASK_RUN_ID": str(self._task["run_id"]),
            },
            folder=file.parent,
            output=output,
        )
        self._task.update(phase="RUNNING", execution_start=now())
        self._run["phase"] = "RUNNING"
        self._context.save()
        try:
            code = await self._wait(process)
        except asyncio.CancelledError:
            self._task["phase"] = self._run["phase"] = "TERMINATING"
            self._context.save()
            process.ask_to_end()
            await process.wait()
            raise
        if code != 0:
            self._task["error"], self._task["error_trace"] = failure(output, code)
            raise TaskFailure("TERMINATED", "RUN_EXECUTION_ERROR", _FAILED)

    async def _wait(self, process: LeashedProcess) -> int:
        """Wait for a process; it is ended when its cluster is."""
        ended = asyncio.ensure_future(process.wait())
        watch = asyncio.ensure_future(self._cluster_loss())
        try:
            await asyncio.wait({ended, watch}, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                process.ask_to_end()
                await ended
                raise TaskFailure("INTERNAL_ERROR", "CLUSTER_ERROR", watch.result())
            return ended.result()
        finally:
            for waiting in (ended, watch):
                waiting.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await waiting

    async def _cluster_loss(self) -> str:
        """Wait until the task's cluster no longer runs; say so."""
        while self._cluster(self._task["cluster_id"])["state"] == "RUNNING":
            await asyncio.sleep(4 * _LOOK_AGAIN)
        return f"Cluster '{self._task['cluster_id']}' was terminated while the run was active."

    async def _python_file(self, path: str, output: Path) -> Path:
        """The file on this machine that a task runs; one in a mount is fetched to beside the task's output."""
        cloud, workspace_id = self._databricks.cloud, self._context.workspace_id
        try:
            if not path.startswith("dbfs:"):
                file = workspace_files.local_path(cloud, workspace_id, path)
                return file.resolve(strict=True)
            files, path_there = dbfs_of(cloud, workspace_id), path.removeprefix("dbfs:")
            file_here = files.local_path(path_there)
            if file_here is None:
                file_here = output.with_suffix("") / Path(path_there).name
                file_here.parent.mkdir(parents=True, exist_ok=True)
                await run_in_threadpool(files.download, path_there, file_here)
            return file_here.resolve(strict=True)
        except (OSError, DatabricksFault) as error:
            message = (
                f"Cannot read the python file {path}. Either it does not exist, or the identity used to run"
                " this job lacks the required permissions."
            )
            raise TaskFailure("INTERNAL_ERROR", "RESOURCE_NOT_FOUND", message) from error
