"""Resource groups. API: https://learn.microsoft.com/rest/api/resources/resource-groups"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from azure.mgmt.resource import ResourceManagementClient

from wizard.clients.azure_login import Credential
from wizard.clients.faults import translated
from wizard.clients.foreign_pages import AZURE_CLIENT
from wizard.clients.operation import Operation
from wizard.clients.subscriptions import ARM_HOST
from wizard.engine.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class ResourceGroup:
    """A resource group as Azure has it."""

    name: str
    id: str
    region: str
    state: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of a group; `type` is such as Microsoft.Storage/storageAccounts."""

    id: str
    name: str
    type: str
    tags: Mapping[str, str]


class ResourceGroups:
    """Reads, creates and deletes resource groups of one subscription."""

    host = ARM_HOST

    def __init__(self, credential: Credential, subscription: str) -> None:
        self._client = ResourceManagementClient(credential, subscription, **AZURE_CLIENT)

    def get(self, name: str) -> ResourceGroup | None:
        """The group, or None when there is none of that name."""
        try:
            with translated("Azure"):
                found = self._client.resource_groups.get(name)
        except NotFoundError:
            return None
        return ResourceGroup(
            name=found.name or name,
            id=found.id or "",
            region=region_code(found.location),
            state=found.properties.provisioning_state or "" if found.properties else "",
            tags=dict(found.tags or {}),
        )

    def create(self, name: str, region: str, tags: Mapping[str, str]) -> None:
        """Create the group, or set its tags where it exists; the call is idempotent."""
        with translated("Azure"):
            self._client.resource_groups.create_or_update(name, {"location": region, "tags": dict(tags)})

    def resources(self, name: str) -> list[Resource]:
        """What the group holds."""
        with translated("Azure"):
            return [
                Resource(each.id or "", each.name or "", each.type or "", dict(each.tags or {}))
                for each in self._client.resources.list_by_resource_group(name)
            ]

    def delete(self, name: str) -> Operation:
        """Begin to delete the group with all that is in it."""
        with translated("Azure"):
            return Operation(self._client.resource_groups.begin_delete(name), "Azure")


def region_code(name: str) -> str:
    """`West Europe` -> `westeurope`: services answer with either form."""
    return name.replace(" ", "").lower()
