"""Execution contexts: a driver process each, with the commands given to it. They end with their cluster.

Contexts live in memory: after a restart of the sandbox they are gone, as they are after a restart of a cluster.
"""

import asyncio
import html
import logging
import secrets
from dataclasses import dataclass, field
from typing import Any

from wizard.sandbox.arm.workspaces import Workspace
from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.databricks.clusters import Clusters
from wizard.sandbox.databricks.driver_process import DriverLostError, DriverProcess
from wizard.sandbox.databricks.drivers import Drivers
from wizard.sandbox.databricks.folders import workspace_folder

_log = logging.getLogger(__name__)

MOST_CONTEXTS = 150  # on one cluster


@dataclass(slots=True)
class Command:
    """One command: its state as the API names it, and its results once it has ended."""

    id: str
    code: str
    status: str = "Queued"
    results: dict[str, Any] | None = None


@dataclass(slots=True)
class Context:
    """One execution context. `driver` is None until its process has been started."""

    id: str
    workspace_id: str
    cluster_id: str
    status: str = "Pending"
    driver: DriverProcess | None = None
    commands: dict[str, Command] = field(default_factory=dict)
    waiting: "asyncio.Queue[Command]" = field(default_factory=asyncio.Queue)
    running: Command | None = None
    worker: "asyncio.Task[None] | None" = None


class Contexts:
    """All execution contexts of all workspaces. Used from the event loop only."""

    def __init__(self, cloud: Cloud, drivers: Drivers, clusters: Clusters) -> None:
        self._cloud = cloud
        self._drivers = drivers
        self._clusters = clusters
        self._contexts: dict[str, Context] = {}
        self._endings: set[asyncio.Task[None]] = set()
        clusters.counts_as_activity(self._is_busy)
        clusters.when_ended(self._end_all_of)

    def count(self, workspace_id: str, cluster_id: str) -> int:
        """How many contexts are open on a cluster."""
        return len(self._of(workspace_id, cluster_id))

    def create(self, workspace: Workspace, principal: Principal, cluster_id: str) -> Context:
        """Open a context for a principal; its driver starts in the background."""
        number = str(secrets.randbelow(9 * 10**18) + 10**18)
        context = Context(number, workspace.workspace_id, cluster_id)
        self._contexts[number] = context
        spec = self._clusters.get(workspace.workspace_id, cluster_id)["spec"]
        environment = self._drivers.environment(workspace, principal, spec.get("data_security_mode", ""))
        context.worker = asyncio.create_task(self._serve(context, environment))
        return context

    def find(self, workspace_id: str, cluster_id: str, context_id: str) -> Context | None:
        """An open context of a cluster, or None."""
        context = self._contexts.get(context_id)
        if context is None or (context.workspace_id, context.cluster_id) != (workspace_id, cluster_id):
            return None
        return context

    def execute(self, context: Context, code: str) -> Command:
        """Give a context a command; it runs after those given before."""
        command = Command(secrets.token_hex(16), code)
        context.commands[command.id] = command
        context.waiting.put_nowait(command)
        self._clusters.touch(context.workspace_id, context.cluster_id)
        return command

    def cancel(self, context: Context, command: Command) -> None:
        """Interrupt a command, or take it out of the queue; nothing when it has ended."""
        if command.status == "Queued":
            command.status, command.results = "Cancelled", _cancelled()
        elif command.status == "Running" and context.driver is not None:
            command.status = "Cancelling"
            context.driver.interrupt()

    async def destroy(self, context: Context) -> None:
        """End a context and its driver."""
        self._contexts.pop(context.id, None)
        if context.worker is not None:
            context.worker.cancel()
        if context.driver is not None:
            await context.driver.stop()
        for command in context.commands.values():
            if command.results is None:
                command.status, command.results = "Cancelled", _cancelled()

    async def stop(self) -> None:
        """End every context."""
        await asyncio.gather(*(self.destroy(context) for context in list(self._contexts.values())), *self._endings)

    async def _serve(self, context: Context, environment: dict[str, str]) -> None:
        """Start the context's driver and run its commands in turn until the driver or the context ends."""
        folder = workspace_folder(self._cloud, context.workspace_id) / "driver"
        try:
            context.driver = await DriverProcess.start(environment, folder, folder / "log4j-active.log")
            await context.driver.ready()
            context.status = "Running"
            while True:
                await self._run(context, context.driver, await context.waiting.get())
        except Exception as error:  # noqa: BLE001  (whatever it was, nobody may wait for this context for ever)
            if not isinstance(error, (DriverLostError, OSError)):
                _log.error("context %s broke", context.id, exc_info=error)
            context.status = "Error"
            self._fail_what_is_left(context)

    async def _run(self, context: Context, driver: DriverProcess, command: Command) -> None:
        if command.status != "Queued":
            return
        command.status, context.running = "Running", command
        try:
            result = await driver.run(command.code)
        finally:
            context.running = None
        command.results = _results(result)
        command.status = "Cancelled" if result["kind"] == "interrupted" else "Finished"
        self._clusters.touch(context.workspace_id, context.cluster_id)

    def _fail_what_is_left(self, context: Context) -> None:
        for command in context.commands.values():
            if command.results is None:
                command.status = "Error"
                message = "The Python process exited with an unknown exit code."
                command.results = _error("Fatal error", message, message)

    def _of(self, workspace_id: str, cluster_id: str) -> list[Context]:
        place = (workspace_id, cluster_id)
        return [item for item in self._contexts.values() if (item.workspace_id, item.cluster_id) == place]

    def _is_busy(self, workspace_id: str, cluster_id: str) -> bool:
        return any(context.running for context in self._of(workspace_id, cluster_id))

    def _end_all_of(self, workspace_id: str, cluster_id: str) -> None:
        for context in self._of(workspace_id, cluster_id):
            task = asyncio.create_task(self.destroy(context))
            self._endings.add(task)
            task.add_done_callback(self._endings.discard)


def _results(result: dict[str, Any]) -> dict[str, Any]:
    """A driver's result as the API shows it."""
    match result["kind"]:
        case "text":
            return {"resultType": "text", "data": result["data"]}
        case "error":
            return _error(result["name"], result["message"], result["traceback"])
        case _:
            return _cancelled()


def _error(name: str, message: str, trace: str) -> dict[str, Any]:
    summary = f'<span class="ansi-red-fg">{html.escape(name)}</span>: {html.escape(message, quote=False)}'
    return {"resultType": "error", "summary": summary, "cause": trace}


def _cancelled() -> dict[str, Any]:
    return _error("CommandCancelled", "Command cancelled", "CommandCancelled: Command cancelled")
