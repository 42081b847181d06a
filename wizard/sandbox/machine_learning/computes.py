"""The Kubernetes clusters of a workspace.

Times are stored, states computed from them, so that a restart changes nothing.
"""

import time
from dataclasses import asdict, dataclass, field
from typing import Any

from wizard.sandbox.arm.inventory import Resource
from wizard.sandbox.arm.moments import moment
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.machine_learning.sizes import SIZES
from wizard.sandbox.machine_learning.workspaces import all_workspaces

KIND = "ml_compute"
ADDRESSES = "198.51.100."  # how the public ones begin: they are reserved for examples (RFC 5737)
TYPE = "Microsoft.MachineLearningServices/workspaces/computes"


@dataclass(slots=True)
class Compute:
    """One cluster of nodes of a size."""

    name: str
    workspace_uid: str
    location: str
    size: str
    nodes: int
    purpose: str
    address: str  # public
    domain: str  # empty: the cluster serves plain HTTP at its address
    description: str | None = None
    ssl: dict[str, Any] | None = None
    tags: dict[str, str] = field(default_factory=dict)
    cluster: str = ""  # the name of the cluster underneath
    failure: dict[str, str] | None = None  # code and message with which its creation ends
    created_at: float = field(default_factory=time.time)
    ready_at: float = 0.0
    gone_at: float | None = None

    @property
    def state(self) -> str:
        """The provisioning state."""
        if self.gone_at is not None:
            return "Deleting"
        if time.time() < self.ready_at:
            return "Creating"
        return "Failed" if self.failure else "Succeeded"

    @property
    def failed(self) -> bool:
        """Whether there is no cluster, and will be none."""
        return self.failure is not None

    @property
    def scoring_base(self) -> str:
        """The address of its services, without the path."""
        return f"https://{self.domain}:443" if self.domain else f"http://{self.address}:80"

    def allocatable(self) -> tuple[float, float]:
        """Cores and memory (GB) of a node that Kubernetes and Azure ML leave to services."""
        size = SIZES[self.size]
        return size.cores - 0.5, size.memory - 2.0


class Computes:
    """The computes of one workspace."""

    def __init__(self, cloud: Cloud, workspace_uid: str) -> None:
        self._store = cloud.store
        self._uid = workspace_uid

    def get(self, name: str) -> Compute | None:
        """One compute, unless its deletion is done; names ignore case."""
        body = self._store.get(KIND, f"{self._uid}/{name.lower()}")
        found = Compute(**body) if body else None
        if found is not None and found.gone_at is not None and found.gone_at <= time.time():
            self._store.delete(KIND, f"{self._uid}/{name.lower()}")
            return None
        return found

    def all(self) -> list[Compute]:
        """All of them, by name."""
        names = [key.partition("/")[2] for key, _ in self._store.items(KIND, f"{self._uid}/")]
        return [compute for name in names if (compute := self.get(name)) is not None]

    def put(self, compute: Compute) -> None:
        """Add or replace one."""
        self._store.put(KIND, f"{self._uid}/{compute.name.lower()}", asdict(compute))


def all_computes(cloud: Cloud) -> list[Compute]:
    """The computes of all workspaces that exist."""
    return [compute for workspace in all_workspaces(cloud) for compute in Computes(cloud, workspace.uid).all()]


def compute_of_host(cloud: Cloud, host: str) -> Compute | None:
    """The cluster that answers at a host name or address."""
    computes = (compute for compute in all_computes(cloud) if compute.state in ("Succeeded", "Deleting"))
    return next((compute for compute in computes if host.lower() in (compute.domain, compute.address)), None)


def view(workspace: Resource, compute: Compute) -> dict[str, Any]:
    """A compute as its answers show it."""
    done = compute.state == "Succeeded"
    group = "/".join(workspace.id.split("/")[:5])
    cluster_id = f"{group}/providers/Microsoft.ContainerService/managedClusters/{compute.cluster}"
    front = {"systemServiceType": "ScoringFrontEnd", "publicIpAddress": compute.address, "version": "1"}
    properties: dict[str, Any] = {
        "clusterFqdn": f"{compute.cluster}.hcp.{compute.location}.azmk8s.io" if done else None,
        "systemServices": [front] if done else [],
        "agentCount": compute.nodes,
        "agentVmSize": compute.size,
        "clusterPurpose": compute.purpose,
        "loadBalancerType": "PublicIp",
        "loadBalancerSubnet": None,
        "aksNetworkingConfiguration": None,
    }
    if compute.ssl:
        properties["sslConfiguration"] = compute.ssl
    return {
        "id": f"{workspace.id}/computes/{compute.name}",
        "name": compute.name,
        "type": TYPE,
        "location": workspace.location,
        "tags": compute.tags,
        "properties": {
            "createdOn": moment(compute.created_at),
            "modifiedOn": moment(max(compute.created_at, min(compute.ready_at, time.time()))),
            "disableLocalAuth": False,
            "description": compute.description,
            "resourceId": cluster_id if done else None,
            "computeType": "AKS",
            "computeLocation": compute.location,
            "provisioningState": compute.state,
            "provisioningErrors": [{"error": compute.failure}] if compute.state == "Failed" else None,
            "isAttachedCompute": False,
            "properties": properties,
        },
    }
