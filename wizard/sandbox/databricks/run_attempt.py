"""One run being carried out: its tasks in their order, and the end that follows from theirs."""

import asyncio
import contextlib
import logging

from wizard.sandbox.databricks.faults import DatabricksFault
from wizard.sandbox.databricks.job_rules import upstream_keys
from wizard.sandbox.databricks.runs import ENDED, end, interrupt, now
from wizard.sandbox.databricks.task_run import RunContext, TaskFailure, TaskRun
from wizard.sandbox.store import Document

_log = logging.getLogger(__name__)

STOPPED = "The sandbox was stopped while this run was active. Submit it again."


class RunAttempt:
    """One run being carried out. The run's document is this object's alone until it has ended."""

    def __init__(self, context: RunContext, stopping: asyncio.Event) -> None:
        self._context = context
        self._run = context.run
        self._stopping = stopping  # set when the cloud is, which is why a cancellation may come
        self._ended = {task["task_key"]: asyncio.Event() for task in context.run["tasks"]}

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
            self._context.save()
            self._end_job_clusters()

    def _end_job_clusters(self) -> None:
        clusters, workspace_id = self._context.databricks.clusters, self._context.workspace_id
        for cluster_id in self._context.job_clusters.values():
            with contextlib.suppress(DatabricksFault):  # somebody deleted it
                clusters.terminate(workspace_id, cluster_id, "JOB_FINISHED")

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
            self._context.save()
        for key in upstream:
            await self._ended[key].wait()
        task["start_time"] = now()
        results = [other["result"] for other in self._run["tasks"] if other["task_key"] in upstream]
        if upstream and not _may_run(task["spec"].get("run_if", "ALL_SUCCESS"), results):
            end(task, "TERMINATED", "UPSTREAM_FAILED", "SKIPPED", "An upstream task failed.")
        else:
            await self._run_task(task)
        self._ended[task["task_key"]].set()
        self._context.save()

    async def _run_task(self, task: Document) -> None:
        try:
            async with asyncio.timeout(task["spec"].get("timeout_seconds") or None):
                await TaskRun(self._context, task).carry_out()
        except TaskFailure as failed:
            end(task, failed.phase, "FAILED", failed.code, failed.message)
        except TimeoutError:
            end(task, "TERMINATED", "TIMEDOUT", "CANCELED", "Run timed out.")
        else:
            end(task, "TERMINATED", "SUCCESS", "SUCCESS")


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
