"""Kubernetes clusters that an Azure ML workspace made for its services.

API: https://learn.microsoft.com/rest/api/azureml/compute. The cluster is the workspace's: azureml-core finds it there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from wizard.clients.arm import Arm
from wizard.clients.azure_login import Credential
from wizard.clients.subscriptions import ARM_HOST
from wizard.engine.errors import NotFoundError

VERSION = "2024-04-01"
NO_TAGS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Compute:
    """A compute of a workspace. `problem` is why it failed, with the service's own code; `cluster` is the resource id
    of the Kubernetes cluster underneath, "" until there is one.
    """

    name: str
    id: str
    kind: str
    state: str
    nodes: int
    size: str
    problem: str
    cluster: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


class MLComputes:
    """Reads, creates and deletes the computes of workspaces, each named by its resource id."""

    host = ARM_HOST

    def __init__(self, credential: Credential) -> None:
        self._arm = Arm(credential)

    def get(self, workspace: str, name: str) -> Compute | None:
        """The compute, or None when the workspace has none of that name."""
        try:
            return _compute(self._arm.send("GET", f"{workspace}/computes/{name}", VERSION))
        except NotFoundError:
            return None

    def all(self, workspace: str) -> list[Compute]:
        """The computes of a workspace."""
        return [_compute(each) for each in self._arm.all(f"{workspace}/computes", VERSION)]

    def create_kubernetes(
        self, workspace: str, name: str, region: str, size: str, nodes: int, tags: Mapping[str, str] = NO_TAGS
    ) -> None:
        """Begin to create a Kubernetes cluster for services; it takes 10 to 20 minutes."""
        body = kubernetes(name, region, size, nodes) | {"tags": dict(tags)}
        self._arm.send("PUT", f"{workspace}/computes/{name}", VERSION, body)

    def delete(self, workspace: str, name: str) -> None:
        """Begin to delete a compute with the cluster underneath."""
        self._arm.send("DELETE", f"{workspace}/computes/{name}", VERSION, underlyingResourceAction="Delete")


def kubernetes(name: str, region: str, size: str, nodes: int) -> dict[str, Any]:
    """The request for a Kubernetes cluster of so many nodes, whose services answer by HTTPS.

    Microsoft gives it a name that begins with its own, and a certificate: without one, keys go over the wire in clear.
    """
    certificate = {"status": "Auto", "leafDomainLabel": name.lower(), "overwriteExistingDomain": False}
    size_and_use = {"agentVmSize": size, "agentCount": nodes, "clusterPurpose": "FastProd"}
    inner = {**size_and_use, "sslConfiguration": certificate}
    return {"location": region, "properties": {"computeType": "AKS", "properties": inner}}


def _compute(found: dict[str, Any]) -> Compute:
    properties = found["properties"]
    inner = properties.get("properties") or {}
    errors = [each.get("error") or each for each in properties.get("provisioningErrors") or []]
    problem = "; ".join(f"{each.get('code', '')}: {each.get('message', '')}" for each in errors)
    return Compute(
        name=found["name"],
        id=found["id"],
        kind=properties.get("computeType") or "",
        state=properties.get("provisioningState") or "",
        nodes=int(inner.get("agentCount") or 0),
        size=inner.get("agentVmSize") or "",
        problem=problem,
        cluster=properties.get("resourceId") or "",
        tags=found.get("tags") or {},
    )
