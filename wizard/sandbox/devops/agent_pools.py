"""The agents that take jobs: pools of the organisation, their queues in projects, and parallel jobs.

https://learn.microsoft.com/azure/devops/pipelines/agents/pools-queues
"""

from dataclasses import dataclass
from typing import Any

from wizard.sandbox import settings
from wizard.sandbox.devops.tenancy import Tenancy

AGENTS = "devops_agent"
_QUEUES = "devops_queue"

FREE_MINUTES = 1800  # a month, of the free grant for private projects
_UNLIMITED = 1_000_000


@dataclass(frozen=True, slots=True)
class Pool:
    """One pool; hosted ones are Microsoft's."""

    id: int
    name: str
    hosted: bool
    size: int

    def reference(self, organisation_id: str) -> dict[str, Any]:
        """A pool as queues mention it."""
        return {
            "id": self.id,
            "scope": organisation_id,
            "name": self.name,
            "isHosted": self.hosted,
            "poolType": "automation",
            "size": self.size,
            "isLegacy": False,
            "options": "none",
        }


# Those that every organisation begins with; the legacy hosted ones of old organisations are left out.
POOLS = (Pool(1, "Default", hosted=False, size=0), Pool(9, "Azure Pipelines", hosted=True, size=1))


def queues(tenancy: Tenancy, project_id: str) -> list[dict[str, Any]]:
    """The queues of a project, one for each pool; made when somebody first looks."""
    with tenancy.store.transaction():
        found = tenancy.store.get(_QUEUES, project_id)
        if found is None:
            found = {str(pool.id): tenancy.store.next_number(_QUEUES) for pool in POOLS}
            tenancy.store.put(_QUEUES, project_id, found)
    return [
        {
            "id": found[str(pool.id)],
            "projectId": project_id,
            "name": pool.name,
            "pool": pool.reference(tenancy.instance_id),
        }
        for pool in POOLS
    ]


def agents(tenancy: Tenancy, pool: Pool) -> list[dict[str, Any]]:
    """The agents of a pool. Microsoft's machines come and go with jobs; one stands for them."""
    if pool.hosted:
        return [{"id": 8, "name": "Hosted Agent", "version": "4.264.2", "enabled": True, "status": "online"}]
    return [body for _, body in tenancy.store.items(AGENTS, f"{pool.id}/")]


def limit(tenancy: Tenancy, tag: str, hosted: bool) -> dict[str, Any]:
    """How many jobs of one kind may run at once."""
    granted = int(settings.setting(tenancy.store, "devops.hosted_jobs", 1))
    free = {
        ("Private", True): granted,
        ("Private", False): 1,
        ("Public", True): 0,
        ("Public", False): _UNLIMITED,
    }[tag, hosted]
    found: dict[str, Any] = {
        "resourceLimitsData": {"FreeCount": str(free), "PurchasedCount": "0"},
        "hostId": tenancy.instance_id,
        "parallelismTag": tag,
        "isHosted": hosted,
        "totalCount": free,
        "isPremium": False,
    }
    return found | {"totalMinutes": FREE_MINUTES} if (tag, hosted) == ("Private", True) and free else found
