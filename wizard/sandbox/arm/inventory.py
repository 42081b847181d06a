"""What exists in the sandbox's subscription: resource groups and resources, and when they become ready or go.

Times are stored, states are computed from them, so that a restart in the middle changes nothing.
Resource Manager ignores the case of ids: they are keyed in lower case.
"""

import secrets
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.store import Document

GROUP = "Microsoft.Resources/resourceGroups"
KIND = "arm_resource"
_GOING = "arm_going"  # when which deletion will be done, apart from the resources: every request asks for it
SOFT_DELETED = "arm_soft_deleted"
# Resource types that are kept after their deletion, and for how many days unless the resource says so itself.
KEPT_DAYS = {"microsoft.keyvault/vaults": 90, "microsoft.machinelearningservices/workspaces": 14}


@dataclass(slots=True)
class Resource:
    """One resource group or resource."""

    id: str  # as the caller who made it spelled it
    name: str
    type: str  # such as Microsoft.Storage/storageAccounts
    location: str
    properties: dict[str, Any] = field(default_factory=dict)
    top: dict[str, Any] = field(default_factory=dict)  # beside properties: tags, sku, kind, managedBy, systemData
    private: dict[str, Any] = field(default_factory=dict)  # never shown: account keys
    created_at: float = field(default_factory=time.time)
    ready_at: float = 0.0
    gone_at: float | None = None  # when its deletion will be done
    uid: str = field(default_factory=lambda: secrets.token_hex(8))  # differs after delete and create

    @property
    def ready(self) -> bool:
        """Whether its creation is done."""
        return time.time() >= self.ready_at

    @property
    def deleting(self) -> bool:
        """Whether its deletion has begun."""
        return self.gone_at is not None

    @property
    def group(self) -> str:
        """The name of its resource group."""
        return self.id.split("/")[4]

    @property
    def group_id(self) -> str:
        """The id of its resource group."""
        return "/".join(self.id.split("/")[:5])


class Inventory:
    """Finds, adds and removes resources."""

    def __init__(self, cloud: Cloud) -> None:
        self._store = cloud.store

    def get(self, resource_id: str) -> Resource | None:
        """The resource with this id, unless its deletion is done."""
        self._sweep()
        found = self._store.get(KIND, resource_id.lower().rstrip("/"))
        return Resource(**found) if found else None

    def all(self, below: str = "/", resource_type: str = "") -> list[Resource]:
        """The resources whose id is below this one, of one type or of any but groups, ordered by id."""
        self._sweep()
        within = "" if resource_type == GROUP else f"/providers/{resource_type}".lower()
        found = [Resource(**body) for _, body in self._store.items(KIND, below.lower().rstrip("/") + "/", within)]
        if resource_type:
            return [resource for resource in found if resource.type.lower() == resource_type.lower()]
        return [resource for resource in found if resource.type != GROUP]

    def put(self, resource: Resource) -> None:
        """Add or replace one."""
        self._store.put(KIND, resource.id.lower(), asdict(resource))

    def delete(self, resource: Resource, when: float) -> None:
        """Begin a deletion that is done at `when` (Unix time); what is below goes with it."""
        resource.gone_at = when
        with self._store.transaction():
            self.put(resource)
            self._store.put(_GOING, resource.id.lower(), {"at": when})

    def _keep(self, key: str, body: Document) -> None:
        """Set aside what can be recovered for some days; it still blocks its name (see soft_deleted.py)."""
        if body["type"].lower() in KEPT_DAYS and not body["private"].get("purge"):
            self._store.put(SOFT_DELETED, key, body)

    def _sweep(self) -> None:
        """Forget what has gone meanwhile."""
        now = time.time()
        due = [key for key, body in self._store.items(_GOING) if body["at"] <= now]
        if not due:
            return
        with self._store.transaction():
            for gone in due:
                self._store.delete(_GOING, gone)
                itself = self._store.get(KIND, gone)
                below = self._store.items(KIND, gone + "/")
                for key, body in [(gone, itself), *below] if itself else below:
                    self._keep(key, body)
                    self._store.delete(KIND, key)
                for key, body in self._store.items("role_assignment"):
                    if (body["scope"].lower() + "/").startswith(gone + "/"):
                        self._store.delete("role_assignment", key)
