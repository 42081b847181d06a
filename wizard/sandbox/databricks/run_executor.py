"""Carries runs out: waits for clusters, starts each task's process when its turn comes, and writes down how it ends."""

import asyncio
import contextlib
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool

from wizard.sandbox.arm.workspaces import Workspace
from wizard.sandbox.cloud import Principal
from wizard.sandbox.databricks import workspace_files
from wizard.sandbox.databricks.cluster_rules import cluster_spec
from wizard.sandbox.databricks.dbfs import dbfs_of
from wizard.sandbox.databricks.faults import DatabricksFault
from wizard.sandbox.databricks.job_rules import upstream_keys
from wizard.sandbox.databricks.processes import LeashedProcess
from wizard.sandbox.databricks.run_output import failure, output_file
from wizard.sandbox.databricks.run_parameters import resolved
from wizard.sandbox.databricks.runs import ENDED, Runs, end, interrupt, now
from wizard.sandbox.store import Document

if TYPE_CHECKING:  # the service imports this module's users
    from wizard.sandbox.databricks.service import Databricks

_log = logging.getLogger(__name__)

_LOOK_AGAIN = 0.25  # seconds between looks at a cluster that starts
STOPPED = "The sandbox was stopped while this run was active. Submit it again."
_FAILED = "Workload failed, see run output for details"


class TaskFailure(Exception):  # noqa: N818 - it is how a task ends, not a bug
    """A task cannot go on; carries its end as the Jobs API names it."""

    def __init__(self, phase: str, code: str, message: str) -> None:
        super().__init__(message)
        self.phase = phase
        self.code = code
        self.message = message


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
        attempt = _Attempt(self._databricks, self._runs, workspace, caller, run, self._stopping)
        task = asyncio.create_task(attempt.carry_out())
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


class _Attempt:
    """One run being carried out. The run's document is this object's alone until it has ended."""

    def __init__(
        self,
        databricks: "Databricks",
        runs: Runs,
        workspace: Workspace,
        caller: Principal,
        run: Document,
        stopping: asyncio.Event,
    ) -> None:
        self._databricks = databricks
        self._runs = runs
        self._workspace = workspace
        self._caller = caller
        self._run = run
        self._stopping = stopping
        self._job_clusters: dict[str, str] = {}  # key in the run -> cluster id
        self._ended = {task["task_key"]: asyncio.Event() for task in run["tasks"]}

    async def carry_out(self) -> None:
        """Run every task when its turn comes, and write down the run's end."""
        try:
            async with asyncio.timeout(self._run["timeout_seconds"] or None):
                async with asyncio.TaskGroup() as group:
                    for task in self._run["tasks"]:
                        group.create_task(self._take_turn(task))
            self._conclude()
        except TimeoutError:
            self._break_off("TIMEDOUT", "CANCELED", "Run timed out.")
        except asyncio.CancelledError:
            if self._stopping.is_set():
                interrupt(self._run, STOPPED)
            else:
                self._break_off("CANCELED", "USER_CANCELED", "Run cancelled.")
        except Exception:  # noqa: BLE001 - a bug here must end the run, not leave it going for ever
            _log.exception("run %s broke", self._run["run_id"])
            interrupt(self._run, "The sandbox failed to carry this run out; its log says why.")
        finally:
            self._save()
            for cluster_id in self._job_clusters.values():
                self._databricks.clusters.terminate(self._workspace.workspace_id, cluster_id, "JOB_FINISHED")

    def _save(self) -> None:
        self._runs.put(self._workspace.workspace_id, self._run)

    def _break_off(self, result: str, code: str, message: str) -> None:
        for part in [*self._run["tasks"], self._run]:
            if part["phase"] not in ENDED:
                end(part, "TERMINATED", result, code, message)

    def _conclude(self) -> None:
        """The run's end follows from its tasks' ends."""
        failed = [task for task in self._run["tasks"] if task["result"] not in ("SUCCESS", "EXCLUDED")]
        if not failed:
            return end(self._run, "TERMINATED", "SUCCESS", "SUCCESS")
        first = next((task for task in failed if task["code"] != "SKIPPED"), failed[0])
        message = f"Task {first['task_key']} failed with message: {first['message']}."
        if len(failed) > 1:
            message += " This caused all downstream tasks to get skipped."
        phase = "INTERNAL_ERROR" if first["phase"] == "INTERNAL_ERROR" else "TERMINATED"
        return end(self._run, phase, first["result"], first["code"], message)

    async def _take_turn(self, task: Document) -> None:
        """Wait for the tasks before this one, then run it or skip it."""
        upstream = upstream_keys(task["spec"])
        if upstream:
            task["phase"] = "BLOCKED"
            self._save()
        for key in upstream:
            await self._ended[key].wait()
        task["start_time"] = now()
        results = [other["result"] for other in self._run["tasks"] if other["task_key"] in upstream]
        if upstream and not _may_run(task["spec"].get("run_if", "ALL_SUCCESS"), results):
            end(task, "TERMINATED", "UPSTREAM_FAILED", "SKIPPED", "An upstream task failed.")
        else:
            await self._run_task(task)
        self._ended[task["task_key"]].set()
        self._save()

    async def _run_task(self, task: Document) -> None:
        task["phase"] = "PENDING"
        self._save()
        try:
            async with asyncio.timeout(task["spec"].get("timeout_seconds") or None):
                await self._prepare_cluster(task)
                await self._install_libraries(task)
                await self._run_process(task)
        except TaskFailure as failed:
            end(task, failed.phase, "FAILED", failed.code, failed.message)
        except TimeoutError:
            end(task, "TERMINATED", "TIMEDOUT", "CANCELED", "Run timed out.")
        else:
            end(task, "TERMINATED", "SUCCESS", "SUCCESS")

    async def _prepare_cluster(self, task: Document) -> None:
        """Have the task's cluster running."""
        workspace_id, clusters = self._workspace.workspace_id, self._databricks.clusters
        cluster_id = task["cluster_id"] = self._cluster_of(task)
        while (cluster := self._cluster(cluster_id))["state"] != "RUNNING":
            if cluster["state"] == "TERMINATED":
                clusters.start(workspace_id, cluster_id)
            elif cluster["state"] == "ERROR":
                raise TaskFailure("INTERNAL_ERROR", "CLUSTER_ERROR", f"Cluster {cluster_id} is in state ERROR.")
            task["message"] = self._run["message"] = "Waiting for cluster"
            await asyncio.sleep(min(_LOOK_AGAIN, max(0.01, cluster["ready_at"] - time.time())))
        task["message"] = self._run["message"] = ""
        task["spark_context_id"] = str(cluster["spark_context_id"])
        clusters.touch(workspace_id, cluster_id)

    def _cluster(self, cluster_id: str) -> Document:
        try:
            return self._databricks.clusters.get(self._workspace.workspace_id, cluster_id)
        except DatabricksFault as fault:
            raise TaskFailure("INTERNAL_ERROR", "CLUSTER_ERROR", fault.message) from fault

    def _cluster_of(self, task: Document) -> str:
        """The task's cluster: an existing one, or one made for this run."""
        spec: dict[str, Any] = task["spec"]
        if existing := spec.get("existing_cluster_id"):
            return str(existing)
        key = spec.get("job_cluster_key") or f"task {task['task_key']}"
        if key not in self._job_clusters:
            shared = {item["job_cluster_key"]: item for item in self._run["repeated"].get("job_clusters", [])}
            wanted = cluster_spec(spec.get("new_cluster") or shared[key]["new_cluster"])
            self._job_clusters[key] = self._databricks.clusters.create(
                self._workspace.workspace_id, self._caller, wanted, source="JOB"
            )
        return self._job_clusters[key]

    async def _install_libraries(self, task: Document) -> None:
        """Have the task's libraries on its cluster."""
        wanted = task["spec"].get("libraries") or []
        if not wanted:
            return
        libraries, place = self._databricks.libraries, (self._workspace.workspace_id, task["cluster_id"])
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

    async def _run_process(self, task: Document) -> None:
        spec = task["spec"]["spark_python_task"]
        arguments = resolved(spec.get("parameters") or [], self._run, task, self._workspace)
        output = output_file(self._databricks.cloud, self._workspace.workspace_id, task["run_id"])
        file = await self._python_file(spec["python_file"], output)
        drivers = self._databricks.drivers
        process = await LeashedProcess.start(
            drivers.script_command(file, arguments),
            environment=drivers.environment(self._workspace, self._caller),
            folder=file.parent,
            output=output,
        )
        task.update(phase="RUNNING", execution_start=now())
        self._run["phase"] = "RUNNING"
        self._save()
        try:
            code = await self._wait(process, task)
        except asyncio.CancelledError:
            task["phase"] = self._run["phase"] = "TERMINATING"
            self._save()
            process.ask_to_end()
            await process.wait()
            raise
        if code != 0:
            task["error"], task["error_trace"] = failure(output, code)
            raise TaskFailure("TERMINATED", "RUN_EXECUTION_ERROR", _FAILED)

    async def _wait(self, process: LeashedProcess, task: Document) -> int:
        """Wait for a process; it is ended when its cluster is."""
        ended = asyncio.ensure_future(process.wait())
        watch = asyncio.ensure_future(self._cluster_loss(task))
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

    async def _cluster_loss(self, task: Document) -> str:
        """Wait until the task's cluster no longer runs; say so."""
        while self._cluster(task["cluster_id"])["state"] == "RUNNING":
            await asyncio.sleep(4 * _LOOK_AGAIN)
        return f"Cluster '{task['cluster_id']}' was terminated while the run was active."

    async def _python_file(self, path: str, output: Path) -> Path:
        """The file on this machine that a task runs; one in a mount is fetched to beside the task's output."""
        cloud, workspace_id = self._databricks.cloud, self._workspace.workspace_id
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


def _may_run(rule: str, results: list[str]) -> bool:
    """Whether a task's run_if lets it run after these results of the tasks before it."""
    good = [result == "SUCCESS" for result in results]
    return {
        "ALL_SUCCESS": all(good),
        "ALL_DONE": True,
        "NONE_FAILED": "FAILED" not in results and "TIMEDOUT" not in results,
        "AT_LEAST_ONE_SUCCESS": any(good),
        "ALL_FAILED": not any(good),
        "AT_LEAST_ONE_FAILED": not all(good),
    }[rule]
