"""Which Azure ML workspaces there are, for the services that answer for them."""

from wizard.sandbox.arm.inventory import Inventory, Resource
from wizard.sandbox.cloud import Cloud

TYPE = "Microsoft.MachineLearningServices/workspaces"


def workspace_of(cloud: Cloud, subscription: str, group: str, name: str) -> Resource | None:
    """A workspace that is there and ready."""
    place = f"/subscriptions/{subscription}/resourceGroups/{group}/providers/{TYPE}/{name}"
    found = Inventory(cloud).get(place)
    return found if found is not None and found.ready and not found.deleting else None


def all_workspaces(cloud: Cloud) -> list[Resource]:
    """All of them, also those being made."""
    return Inventory(cloud).all(resource_type=TYPE)
