"""Azure Machine Learning workspaces, and the Application Insights components that they report to.

API: https://learn.microsoft.com/rest/api/azureml/workspaces and
https://learn.microsoft.com/rest/api/application-insights/components. azureml-core could create a workspace, but not
purge one, and takes a second to import; none of Azure's smaller clients knows these resources.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from wizard.clients.arm import Arm
from wizard.clients.azure_login import Credential
from wizard.clients.faults import translated
from wizard.clients.limits import CONNECT_SECONDS, READ_SECONDS
from wizard.clients.resource_groups import region_code
from wizard.clients.subscriptions import ARM_HOST
from wizard.engine.errors import NotFoundError

_ML_VERSION, _INSIGHTS_VERSION, _REGISTRY_VERSION = "2024-04-01", "2020-02-02", "2023-07-01"


@dataclass(frozen=True, slots=True)
class MLWorkspace:
    """A workspace as Azure has it. `discovery` is the address at which its clients find its services.

    `registry` is the id of the container registry that Azure ML made with the first image, "" before.
    """

    name: str
    id: str
    region: str
    state: str
    discovery: str
    storage_account: str
    key_vault: str
    registry: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Component:
    """An Application Insights component as Azure has it."""

    id: str
    tags: Mapping[str, str] = field(default_factory=dict)


class MLWorkspaces:
    """Reads, creates, deletes and purges the workspaces of one subscription."""

    host = ARM_HOST

    def __init__(self, credential: Credential, subscription: str) -> None:
        self._arm = Arm(credential)
        self._subscription = subscription

    def get(self, group: str, name: str) -> MLWorkspace | None:
        """The workspace, or None when the group has none of that name (or the group is not there)."""
        try:
            found = self._arm.send("GET", self._workspace(group, name), _ML_VERSION)
        except NotFoundError:
            return None
        properties: dict[str, Any] = found["properties"]
        return MLWorkspace(
            name=found["name"],
            id=found["id"],
            region=region_code(found["location"]),
            state=properties.get("provisioningState") or "",
            discovery=properties.get("discoveryUrl") or "",
            storage_account=properties.get("storageAccount") or "",
            key_vault=properties.get("keyVault") or "",
            registry=properties.get("containerRegistry") or "",
            tags=found.get("tags") or {},
        )

    def services(self, discovery: str) -> dict[str, str]:
        """The addresses of the services of a workspace, by name, as its discovery address tells them to anybody."""
        with translated("Azure ML"):
            answer = requests.get(discovery, timeout=(CONNECT_SECONDS, READ_SECONDS))
            answer.raise_for_status()
            found: dict[str, str] = answer.json()
        return found

    def create(self, group: str, name: str, region: str, parts: Mapping[str, str], tags: Mapping[str, str]) -> None:
        """Begin to create a workspace.

        `parts` are the ids of what it works with: storageAccount, keyVault and applicationInsights.
        """
        body = {
            "location": region,
            "tags": dict(tags),
            "identity": {"type": "SystemAssigned"},
            "sku": {"name": "Basic", "tier": "Basic"},
            "properties": {"friendlyName": name, **parts},
        }
        self._arm.send("PUT", self._workspace(group, name), _ML_VERSION, body)

    def purge(self, group: str, name: str) -> None:
        """Begin to delete a workspace for good, also one that was deleted and can still be recovered."""
        self._arm.send("DELETE", self._workspace(group, name), _ML_VERSION, forceToPurge="true")

    def delete_registry(self, id_: str) -> None:
        """Delete the container registry that Azure ML made for a workspace."""
        self._arm.send("DELETE", id_, _REGISTRY_VERSION)

    def insights(self, group: str, name: str) -> Component | None:
        """An Application Insights component, or None when the group has none of that name."""
        try:
            found = self._arm.send("GET", self._component(group, name), _INSIGHTS_VERSION)
        except NotFoundError:
            return None
        return Component(found["id"], found.get("tags") or {})

    def create_insights(self, group: str, name: str, region: str, tags: Mapping[str, str]) -> str:
        """Create a component, and with it the Log Analytics workspace that Azure manages for it; gives its id."""
        body = {
            "location": region,
            "kind": "web",
            "tags": dict(tags),
            "properties": {"Application_Type": "web"},
        }
        return str(self._arm.send("PUT", self._component(group, name), _INSIGHTS_VERSION, body)["id"])

    def delete_insights(self, group: str, name: str) -> None:
        """Delete a component."""
        self._arm.send("DELETE", self._component(group, name), _INSIGHTS_VERSION)

    def _workspace(self, group: str, name: str) -> str:
        return f"{self._group(group)}/providers/Microsoft.MachineLearningServices/workspaces/{name}"

    def _component(self, group: str, name: str) -> str:
        return f"{self._group(group)}/providers/Microsoft.Insights/components/{name}"

    def _group(self, group: str) -> str:
        return f"/subscriptions/{self._subscription}/resourceGroups/{group}"
