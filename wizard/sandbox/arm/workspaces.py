"""Which Databricks workspaces there are, for the services that answer on their hosts."""

from dataclasses import dataclass

from wizard.sandbox.arm.inventory import Inventory, Resource
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.entra.directory import Directory

TYPE = "Microsoft.Databricks/workspaces"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A Databricks workspace as its own host knows it."""

    resource_id: str
    workspace_id: str  # decimal digits
    host: str
    name: str
    location: str
    provisioning_state: str
    tenant_id: str
    sku: str = "premium"


def workspace_state(resource: Resource) -> str:
    """The provisioning state of a workspace resource."""
    if resource.deleting:
        return "Deleting"
    return "Succeeded" if resource.ready else "Creating"


def workspace_of_host(cloud: Cloud, host: str) -> Workspace | None:
    """The workspace with this host name; None when there is none, or it is still being made."""
    for resource in Inventory(cloud).all(resource_type=TYPE):
        if resource.private["host"] == host.lower() and resource.ready:
            return Workspace(
                resource.id,
                resource.private["workspace_id"],
                resource.private["host"],
                resource.name,
                resource.location,
                workspace_state(resource),
                Directory(cloud).tenant_id,
                resource.top["sku"]["name"],
            )
    return None
