"""The agents of an Azure DevOps organisation that take jobs: parallel jobs, a project's pools, and who is online.

API: https://learn.microsoft.com/rest/api/azure/devops/distributedtask
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from azure.devops.v7_1.task_agent.models import ResourceUsage
from azure.devops.v7_1.task_agent.task_agent_client import TaskAgentClient

from wizard.clients.devops_faults import translated

# Publicly listed by every organisation (`OPTIONS _apis`, area distributedtask, resource resourceusage).
RESOURCE_USAGE = "eae1d376-a8b1-4475-9041-1dfdbe8f0143"


@dataclass(frozen=True, slots=True)
class ParallelJobs:
    """How many jobs may run at once on Microsoft's agents, and how many do.

    `minutes` are those of a month, None when they are not limited. `known` is False when the service could not ask
    all those who grant them.
    """

    total: int
    used: int
    minutes: int | None
    used_minutes: int
    known: bool


@dataclass(frozen=True, slots=True)
class Pool:
    """One pool of agents as a project sees it; `hosted` ones are Microsoft's."""

    id: int
    name: str
    hosted: bool


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent of a pool."""

    name: str
    online: bool
    enabled: bool


class TaskAgents(TaskAgentClient):  # type: ignore[misc]  # the package has no types
    """The vendor's client, with the one operation that its generator leaves out."""

    def get_resource_usage(self, parallelism_tag: str, pool_is_hosted: bool) -> Any:
        """The parallel jobs of one kind: those there are and those in use."""
        query = {
            "parallelismTag": self._serialize.query("parallelism_tag", parallelism_tag, "str"),
            "poolIsHosted": self._serialize.query("pool_is_hosted", pool_is_hosted, "bool"),
        }
        response = self._send("GET", RESOURCE_USAGE, "7.1-preview.2", query_parameters=query)
        return self._deserialize(ResourceUsage.__name__, response)


class Agents:
    """The agents of one organisation, over a client made for its address."""

    def __init__(self, client: TaskAgents) -> None:
        self._client = client

    def parallel_jobs(self, public: bool = False) -> ParallelJobs:
        """The jobs that may run at once on Microsoft's agents, for private projects or for public ones."""
        with translated():
            found = self._client.get_resource_usage("Public" if public else "Private", pool_is_hosted=True)
            limit = found.resource_limit
            return ParallelJobs(
                total=limit.total_count or 0,
                used=found.used_count or 0,
                minutes=limit.total_minutes,
                used_minutes=found.used_minutes or 0,
                known=not limit.failed_to_reach_all_providers,
            )

    def pools(self, project: str) -> list[Pool]:
        """The pools that a project may use, by name."""
        with translated():
            queues = self._client.get_agent_queues(project)
        found = [Pool(each.pool.id, each.name, bool(each.pool.is_hosted)) for each in queues if each.pool]
        return sorted(found, key=lambda each: each.name.lower())

    def queues(self, project: str) -> dict[str, int]:
        """The queues of a project by name: a pool as a pipeline names it."""
        with translated():
            return {each.name: each.id for each in self._client.get_agent_queues(project)}

    def agents(self, pool_id: int) -> list[Agent]:
        """The agents of a pool."""
        with translated():
            found = self._client.get_agents(pool_id)
            return [Agent(each.name, str(each.status) == "online", bool(each.enabled)) for each in found]
