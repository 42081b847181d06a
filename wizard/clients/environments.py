"""Environments of an Azure DevOps project, to which deployment jobs deploy, and the approvals that guard them.

API: https://learn.microsoft.com/rest/api/azure/devops/environments and .../approvalsandchecks/check-configurations
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from azure.devops.v7_1.pipelines_checks.pipelines_checks_client import PipelinesChecksClient
from azure.devops.v7_1.task_agent.task_agent_client import TaskAgentClient

from wizard.clients.devops_faults import translated

APPROVAL = {"id": "8C6F20A7-A545-4486-9777-F762FAFE0D4D", "name": "Approval"}
RESOURCE = "environment"
CONFIGURATIONS = "86c8381e-5aee-4cde-8ae4-25c0c7f5eaea"  # of the operations on checks, in the vendor's client


@dataclass(frozen=True, slots=True)
class Environment:
    """One environment."""

    id: int
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """The check that asks people; `approvers` are their ids, in lower case."""

    id: int
    approvers: frozenset[str]


class Checks(PipelinesChecksClient):  # type: ignore[misc]  # the package has no types
    """The vendor's client, with the settings of checks, for which its model of a check has no field."""

    def on(self, project: str, kind: str, resource: str) -> list[dict[str, Any]]:
        """The checks on a resource, with their settings."""
        query = {"resourceType": kind, "resourceId": resource, "$expand": "settings"}
        response = self._send(
            "GET", CONFIGURATIONS, "7.1-preview.1", route_values={"project": project}, query_parameters=query
        )
        found: list[dict[str, Any]] = response.json()["value"]
        return found

    def add(self, project: str, check: dict[str, Any]) -> None:
        """Put a check on a resource."""
        self._send("POST", CONFIGURATIONS, "7.1-preview.1", route_values={"project": project}, content=check)


class Environments:
    """The environments of one organisation, over clients made for its address."""

    def __init__(self, tasks: TaskAgentClient, checks: Checks) -> None:
        self._tasks = tasks
        self._checks = checks

    def get(self, project: str, name: str) -> Environment | None:
        """The environment of that name; None when there is none, or none that we can see."""
        with translated():
            found = self._tasks.get_environments(project, name=name)
        return next(
            (Environment(each.id, each.name, each.description or "") for each in found if each.name == name), None
        )

    def create(self, project: str, name: str, description: str) -> None:
        """Create an environment."""
        with translated():
            self._tasks.add_environment({"name": name, "description": description}, project)

    def delete(self, project: str, environment: Environment) -> None:
        """Delete an environment with its checks."""
        with translated():
            self._tasks.delete_environment(project, environment.id)

    def approvals(self, project: str, environment: Environment) -> list[Approval]:
        """The approvals that the environment asks for; disabled ones ask nobody."""
        with translated():
            found = self._checks.on(project, RESOURCE, str(environment.id))
        return [
            Approval(each["id"], frozenset(who["id"].lower() for who in each["settings"]["approvers"]))
            for each in found
            if each["type"]["id"].lower() == APPROVAL["id"].lower() and not each.get("isDisabled")
        ]

    def ask(self, project: str, environment: Environment, approvers: Sequence[str], instructions: str) -> None:
        """Have every deployment to the environment wait until all of these members (their ids) approve it."""
        settings = {
            "approvers": [{"id": each} for each in approvers],
            "instructions": instructions,
            "executionOrder": "anyOrder",
            "minRequiredApprovers": len(approvers),
        }
        resource = {"type": RESOURCE, "id": str(environment.id), "name": environment.name}
        with translated():
            self._checks.add(project, {"type": APPROVAL, "settings": settings, "resource": resource})

    def stop_asking(self, project: str, approval: Approval) -> None:
        """Take an approval away."""
        with translated():
            self._checks.delete_check_configuration(project, approval.id)
