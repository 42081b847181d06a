"""Databricks workspaces in Azure Resource Manager. API: https://learn.microsoft.com/rest/api/databricks/workspaces"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from azure.mgmt.databricks import AzureDatabricksManagementClient, models

from wizard.clients.azure_login import Credential
from wizard.clients.faults import translated
from wizard.clients.foreign_pages import AZURE_CLIENT
from wizard.clients.operation import Operation
from wizard.clients.resource_groups import region_code
from wizard.clients.subscriptions import ARM_HOST
from wizard.engine.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class DatabricksWorkspace:
    """A workspace as Azure has it; `host` is "" until it is provisioned."""

    name: str
    id: str
    region: str
    sku: str
    state: str
    host: str
    number: str
    tags: Mapping[str, str] = field(default_factory=dict)


class DatabricksWorkspaces:
    """Reads, creates and deletes Databricks workspaces of one subscription."""

    host = ARM_HOST

    def __init__(self, credential: Credential, subscription: str) -> None:
        self._client = AzureDatabricksManagementClient(credential, subscription, **AZURE_CLIENT)
        self._subscription = subscription

    def get(self, group: str, name: str) -> DatabricksWorkspace | None:
        """The workspace, or None when the group has none of that name (or the group is not there)."""
        try:
            with translated("Azure"):
                found = self._client.workspaces.get(group, name)
        except NotFoundError:
            return None
        properties = found.properties
        return DatabricksWorkspace(
            name=found.name or name,
            id=found.id or "",
            region=region_code(found.location),
            sku=found.sku.name if found.sku else "",
            state=str(getattr(properties.provisioning_state, "value", properties.provisioning_state) or ""),
            host=properties.workspace_url or "",
            number=properties.workspace_id or "",
            tags=dict(found.tags or {}),
        )

    def create(self, group: str, name: str, region: str, tags: Mapping[str, str]) -> Operation:
        """Begin to create a premium workspace, with a managed resource group named after it."""
        managed = f"/subscriptions/{self._subscription}/resourceGroups/{name}-managed"
        body = models.Workspace(
            location=region,
            sku=models.Sku(name="premium"),
            tags=dict(tags),
            properties=models.WorkspaceProperties(compute_mode="Hybrid", managed_resource_group_id=managed),
        )
        with translated("Azure"):
            return Operation(self._client.workspaces.begin_create_or_update(group, name, body), "Azure")

    def delete(self, group: str, name: str) -> Operation:
        """Begin to delete the workspace with all that is in it."""
        with translated("Azure"):
            return Operation(self._client.workspaces.begin_delete(group, name), "Azure")
