"""Bringing services up, in the background of requests, and keeping their servers for as long as the services exist."""

import asyncio
import contextlib
import hashlib
import json
import logging
import shutil
import time
from collections.abc import Coroutine
from pathlib import Path

from wizard.sandbox.arm.inventory import Resource
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.machine_learning import failures, packages, records
from wizard.sandbox.machine_learning.capacity import lacking
from wizard.sandbox.machine_learning.computes import Computes
from wizard.sandbox.machine_learning.containers import fill
from wizard.sandbox.machine_learning.errors import MlError
from wizard.sandbox.machine_learning.records import Body, Services
from wizard.sandbox.machine_learning.serving import Server
from wizard.sandbox.machine_learning.workspaces import all_workspaces
from wizard.sandbox.settings import setting

_log = logging.getLogger(__name__)

BUILD_SECONDS = 300.0  # of an environment that no service had before
SCHEDULE_SECONDS = 300.0  # for which Kubernetes tries to find room
TIMEOUT_SECONDS = 1200.0
LEAST_TIMEOUT = 120.0  # seconds of real time; a slow machine is not a container that hangs
_SWEEP_SECONDS = 2.0
_IMAGE = "ml_image"


class DeploymentError(Exception):
    """A deployment that has failed: with an error of failures.py, in a state."""

    def __init__(self, error: Body, state: str = "Failed", step: str = "DeployService") -> None:
        super().__init__(error["message"])
        self.error = error
        self.state = state
        self.step = step


class Deployments:
    """The servers of all services, and the deployments under way."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._servers: dict[tuple[str, str], Server] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._reviving: dict[tuple[str, str], asyncio.Event] = {}

    async def start(self) -> None:
        """Bring back what ran, and go on with what was under way, in an earlier life of this cloud."""
        for workspace in all_workspaces(self._cloud):
            for service in Services(self._cloud, workspace).all():
                if service["live"]:
                    self._reviving[workspace.uid, service["name"]] = asyncio.Event()
                    self._spawn(self._revive(workspace, service))
                if service["state"] == "Transitioning":
                    self._spawn(self._deploy(workspace, service["name"], service["operation"]))
        self._spawn(self._sweep())

    async def stop(self) -> None:
        """End everything; the services stay what they are."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(server.stop() for server in self._servers.values()))
        self._servers.clear()

    def server(self, workspace_uid: str, name: str) -> Server | None:
        """The server of a service."""
        return self._servers.get((workspace_uid, name))

    async def revived(self, workspace_uid: str, name: str) -> None:
        """Wait while a service is brought back that ran in an earlier life of this cloud."""
        if coming := self._reviving.get((workspace_uid, name)):
            await coming.wait()

    def log(self, workspace: Resource, service: Body) -> Path:
        """What the last container of a service printed."""
        return self._folder(workspace.uid, service["name"]) / str(service["wanted"]) / "container.log"

    def begin(self, workspace: Resource, service: Body) -> str:
        """Begin to deploy a service as it is wanted now; the operation's id."""
        operation = records.begin(self._cloud, workspace)
        service |= {"wanted": operation.partition("-")[0], "operation": operation, "state": "Transitioning"}
        service["error"] = None
        Services(self._cloud, workspace).put(service)
        self._spawn(self._deploy(workspace, service["name"], operation))
        return operation

    async def remove(self, workspace_uid: str, name: str) -> None:
        """End a service's server and delete its files."""
        server = self._servers.pop((workspace_uid, name), None)
        if server is not None:
            await server.stop()
        shutil.rmtree(self._folder(workspace_uid, name), ignore_errors=True)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _folder(self, workspace_uid: str, name: str) -> Path:
        return self._cloud.folder / "machine-learning" / workspace_uid / name

    async def _deploy(self, workspace: Resource, name: str, operation: str) -> None:
        services = Services(self._cloud, workspace)
        service = services.find(name)
        state, error, step = "Healthy", None, "DeployService"
        try:
            server = await self._bring_up(workspace, service, operation)
        except DeploymentError as failed:
            state, error, step = failed.state, failed.error, failed.step
        except MlError as refused:
            state, error = "Failed", refused.model_management()
        except Exception:  # noqa: BLE001  (a bug here must end the deployment, not leave it going for ever)
            _log.exception("the deployment of %s broke", name)
            state, error = "Failed", failures.BROKEN
        current = services.get(name)
        if current is None or current["operation"] != operation:  # deleted, or deployed anew, meanwhile
            if error is None:
                await server.stop()
            return
        if error is None:
            self._replace(workspace.uid, name, server)
            current["live"] = current["wanted"]
        services.put(current | {"state": state, "error": error})
        done = "Succeeded" if error is None else "Failed"
        details = {"subOperationType": step, "subOperationState": done}
        records.change(self._cloud, workspace, operation, state=done, error=error, operationDetails=details)

    def _replace(self, workspace_uid: str, name: str, server: Server) -> None:
        before = self._servers.get((workspace_uid, name))
        self._servers[workspace_uid, name] = server
        server.keep()
        if before is not None:
            self._spawn(before.retire())

    async def _bring_up(self, workspace: Resource, service: Body, operation: str) -> Server:
        """A healthy server for a service as it is wanted now. Raises DeploymentError or MlError."""
        name, request = service["name"], service["environmentImageRequest"]
        self._tell(workspace, operation, "Creating Container Registry if not exists.")
        self._tell(workspace, operation, "Registering the environment.")
        await self._image(workspace, request.get("environment") or {}, operation)
        self._tell(workspace, operation, "Generating deployment configuration.")
        self._tell(workspace, operation, "Submitting deployment to compute.")
        compute = Computes(self._cloud, workspace.uid).get(service["computeName"])
        if compute is None or lacking(self._cloud, compute, service):
            await asyncio.sleep(SCHEDULE_SECONDS / self._cloud.speed)
            raise DeploymentError(failures.unschedulable(compute.nodes if compute else 0))
        self._tell(workspace, operation, f"Checking the status of deployment {name}..")
        folder = self._folder(workspace.uid, name) / service["wanted"]
        variables = await asyncio.to_thread(fill, self._cloud, workspace, request, folder / "app")
        variables |= {
            "SERVICE_NAME": name,
            "WORKSPACE_NAME": workspace.name,
            "SERVICE_PATH_PREFIX": f"api/v1/service/{name}",
        }
        (folder / "environment.json").write_text(json.dumps(variables))
        if not packages.has_server(request.get("environment") or {}):
            (folder / "container.log").write_text("/bin/bash: line 1: exec: gunicorn: not found\n")
            raise DeploymentError(failures.crashed(name))
        server = self._new_server(folder, variables)
        limit = max(TIMEOUT_SECONDS / self._cloud.speed, LEAST_TIMEOUT)
        try:
            started = await asyncio.wait_for(server.start(), limit)
        except TimeoutError:
            await server.stop()
            raise DeploymentError(failures.timed_out(name, service["wanted"]), "Unhealthy") from None
        except BaseException:
            await asyncio.shield(server.stop())
            raise
        if not started:
            await server.stop()
            raise DeploymentError(failures.crashed(name))
        return server

    async def _image(self, workspace: Resource, environment: Body, operation: str) -> None:
        """Check an environment's packages, in the time that building its image takes; once for each environment."""
        digest = hashlib.sha256(json.dumps(environment, sort_keys=True).encode()).hexdigest()
        if self._cloud.store.get(_IMAGE, f"{workspace.uid}/{digest}"):
            self._tell(workspace, operation, "Use the existing image.")
            return
        self._tell(workspace, operation, "Building image..")
        await asyncio.sleep(BUILD_SECONDS / self._cloud.speed)
        found = packages.problems(environment)
        if found:
            for problem in found:
                self._tell(workspace, operation, problem)
            error = failures.BUILD_FAILED | {"details": [{"code": "ImageBuildFailed", "message": "\n".join(found)}]}
            raise DeploymentError(error, step="BuildEnvironment")
        self._cloud.store.put(_IMAGE, f"{workspace.uid}/{digest}", {"built_at": time.time()})

    async def _revive(self, workspace: Resource, service: Body) -> None:
        folder = self._folder(workspace.uid, service["name"]) / service["live"]
        server = self._new_server(folder, json.loads((folder / "environment.json").read_text()))
        key = (workspace.uid, service["name"])
        self._servers[key] = server
        try:
            await server.start()
        finally:
            self._reviving.pop(key).set()
        server.keep()

    def _new_server(self, folder: Path, variables: dict[str, str]) -> Server:
        memory = setting(self._cloud.store, "ml.container_memory")
        return Server(folder, variables, self._cloud.client_environment, memory)

    def _tell(self, workspace: Resource, operation: str, text: str) -> None:
        records.tell(self._cloud, workspace, operation, text)

    async def _sweep(self) -> None:
        """End the servers whose service, compute or workspace has been deleted, and show how healthy the others are."""
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            workspaces = {workspace.uid: workspace for workspace in all_workspaces(self._cloud)}
            for uid, name in list(self._servers):
                workspace = workspaces.get(uid)
                service = Services(self._cloud, workspace).get(name) if workspace else None
                if workspace is None or service is None:
                    await self.remove(uid, name)
                elif Computes(self._cloud, uid).get(service["computeName"]) is None:
                    Services(self._cloud, workspace).delete(name)
                    await self.remove(uid, name)
                elif (uid, name) not in self._reviving:
                    self._show_health(workspace, service)

    def _show_health(self, workspace: Resource, service: Body) -> None:
        server = self._servers.get((workspace.uid, service["name"]))
        state = "Healthy" if server is not None and server.healthy else "Unhealthy"
        if service["state"] in ("Healthy", "Unhealthy") and service["state"] != state and not service["error"]:
            with contextlib.suppress(MlError):
                Services(self._cloud, workspace).put(service | {"state": state})
