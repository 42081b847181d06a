"""Resources that are deleted and can still be recovered: key vaults and Azure ML workspaces.

They block their name until they are purged or their time is over.
"""

import time

from wizard.sandbox.arm.inventory import KEPT_DAYS, SOFT_DELETED, Resource
from wizard.sandbox.store import Store

_DAY = 86400.0


def purge_date(resource: Resource) -> float:
    """When a deleted resource will be gone for good (Unix time)."""
    days = resource.properties.get("softDeleteRetentionInDays") or KEPT_DAYS[resource.type.lower()]
    return (resource.gone_at or 0.0) + float(days) * _DAY


def all_kept(store: Store, resource_type: str) -> list[Resource]:
    """The deleted resources of a type that can be recovered."""
    found = [Resource(**body) for _, body in store.items(SOFT_DELETED)]
    mine = [resource for resource in found if resource.type.lower() == resource_type.lower()]
    return [resource for resource in mine if purge_date(resource) > time.time()]


def forget(store: Store, resource: Resource) -> None:
    """Purge one: its name is free again."""
    store.delete(SOFT_DELETED, resource.id.lower())
