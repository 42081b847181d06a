"""What is kept of services and of the operations on them."""

import secrets
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from wizard.sandbox.arm.inventory import Resource
from wizard.sandbox.arm.moments import moment
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.machine_learning.errors import MlError

SERVICE = "ml_service"
OPERATION = "ml_operation"
Body = dict[str, Any]

# What a service gets where its request says nothing (azureml-core, AksWebservice.deploy_configuration).
_SCALER = {"minReplicas": 1, "maxReplicas": 10, "refreshPeriodInSeconds": 1, "targetUtilization": 70}
_RESOURCES = {"cpu": 0.1, "cpuLimit": None, "memoryInGB": 0.5, "memoryInGBLimit": None, "gpu": None}
_PROBE = {"periodSeconds": 10, "initialDelaySeconds": 310, "timeoutSeconds": 2}
_DEFAULTS: Body = {
    "autoScaler": {"autoscaleEnabled": True} | _SCALER,
    "containerResourceRequirements": _RESOURCES,
    "dataCollection": {"eventHubEnabled": False, "storageEnabled": False},
    "livenessProbeRequirements": _PROBE | {"failureThreshold": 3, "successThreshold": 1},
    "maxConcurrentRequestsPerContainer": 1,
    "maxQueueWaitMs": 500,
    "scoringTimeoutMs": 60000,
    "numReplicas": None,
    "authEnabled": True,
    "aadAuthEnabled": False,
    "appInsightsEnabled": False,
    "description": None,
    "kvTags": {},
    "properties": {},
}


class Services:
    """The services of one workspace."""

    def __init__(self, cloud: Cloud, workspace: Resource) -> None:
        self._store = cloud.store
        self._uid = workspace.uid

    def get(self, name: str) -> Body | None:
        """One service."""
        return self._store.get(SERVICE, f"{self._uid}/{name}")

    def find(self, name: str) -> Body:
        """One service; raises MlError."""
        found = self.get(name)
        if found is None:
            raise MlError(404, "ServiceNotFound", f"Service with name {name} was not found.")
        return found

    def all(self) -> list[Body]:
        """All of them, by name."""
        return [body for _, body in self._store.items(SERVICE, f"{self._uid}/")]

    def put(self, service: Body) -> None:
        """Add or replace one."""
        service["updatedTime"] = moment()
        self._store.put(SERVICE, f"{self._uid}/{service['name']}", service)

    def delete(self, name: str) -> None:
        """Forget one."""
        self._store.delete(SERVICE, f"{self._uid}/{name}")


def new_service(body: Body, created_by: Body) -> Body:
    """A service as its request describes it, with defaults for what that leaves open."""
    made: Body = {"name": body.get("name"), "computeType": "AKS", "computeName": body.get("computeName")}
    for name, default in _DEFAULTS.items():
        given = body.get(name)
        if isinstance(default, dict):
            given = default | {key: value for key, value in (given or {}).items() if value is not None}
        made[name] = default if given is None else given
    if made["numReplicas"] and not (body.get("autoScaler") or {}).get("autoscaleEnabled"):
        made["autoScaler"]["autoscaleEnabled"] = False
    made |= {"createdTime": moment(), "createdBy": created_by, "state": "Transitioning", "error": None}
    keys = body.get("keys") or {}
    made["keys"] = {name: keys.get(name) or new_key() for name in ("primaryKey", "secondaryKey")}
    return made | {"live": "", "wanted": "", "operation": "", "environmentImageRequest": None}


def new_key() -> str:
    """A fresh key: 32 letters and digits."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(secrets.choice(letters) for _ in range(32))


def replicas(service: Body) -> int:
    """How many containers a service has at least."""
    return int(service["numReplicas"] or service["autoScaler"]["minReplicas"])


def begin(cloud: Cloud, workspace: Resource, state: str = "Running") -> str:
    """Remember an operation on a service; its id."""
    operation = str(uuid.uuid4())
    body: Body = {"id": operation, "operationType": "Service", "state": state, "createdTime": moment(), "error": None}
    body |= {"endTime": None if state == "Running" else moment(), "operationLog": "", "log": ""}
    body["operationDetails"] = {"subOperationType": "DeployService", "subOperationState": state}
    cloud.store.put(OPERATION, f"{workspace.uid}/{operation}", body)
    return operation


def change(cloud: Cloud, workspace: Resource, operation: str, **changes: Any) -> None:
    """Change what is kept of an operation."""
    key = f"{workspace.uid}/{operation}"
    cloud.store.put(OPERATION, key, (cloud.store.get(OPERATION, key) or {}) | changes)


def tell(cloud: Cloud, workspace: Resource, operation: str, text: str) -> None:
    """Add a line to an operation's log, as it is streamed."""
    held = cloud.store.get(OPERATION, f"{workspace.uid}/{operation}") or {"log": ""}
    now = datetime.fromtimestamp(time.time(), UTC).strftime("%Y%m%d%H%M%S")
    change(cloud, workspace, operation, log=f"{held['log']}{now}|{text}#")
