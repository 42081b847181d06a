"""Variable groups of an Azure DevOps project; the service never gives the values of secret variables back.

API: https://learn.microsoft.com/rest/api/azure/devops/distributedtask/variablegroups
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from azure.devops.v7_1.task_agent.task_agent_client import TaskAgentClient

from wizard.clients.devops_faults import translated
from wizard.engine.secrets import Secret


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of a group; the `value` of a secret one is "" when it is read."""

    value: str
    secret: bool = False


@dataclass(frozen=True, slots=True)
class VariableGroup:
    """One group with its variables by name. `vault` says that they come from a key vault; `note` is its description."""

    id: int
    name: str
    variables: Mapping[str, Variable]
    vault: bool = False
    note: str = ""
    changed_by: str = ""
    changed: datetime | None = None


class VariableGroups:
    """Reads and writes the variable groups of one organisation, over a client made for its address."""

    def __init__(self, client: TaskAgentClient) -> None:
        self._client = client

    def get(self, project: str, name: str) -> VariableGroup | None:
        """The group of exactly that name; None when there is none, or none that we can see."""
        with translated():
            found = self._client.get_variable_groups(project, group_name=name)
        return next((_group(each) for each in found if each.name == name), None)

    def create(
        self, project_id: str, project: str, name: str, values: Mapping[str, str | Secret], note: str = ""
    ) -> VariableGroup:
        """Create a group with a description; a Secret becomes a secret variable."""
        with translated():
            return _group(self._client.add_variable_group(_body(project_id, project, name, _variables(values), note)))

    def update(
        self, project_id: str, project: str, group: VariableGroup, values: Mapping[str, str | Secret]
    ) -> VariableGroup:
        """Set these variables of a group; the others keep their values, secret ones too."""
        kept: dict[str, dict[str, Any]] = {
            name: {"isSecret": True} if each.secret else {"value": each.value, "isSecret": False}
            for name, each in group.variables.items()
            if name not in values
        }
        with translated():
            body = _body(project_id, project, group.name, {**kept, **_variables(values)}, group.note)
            return _group(self._client.update_variable_group(body, group.id))

    def remove(self, project_id: str, project: str, group: VariableGroup, name: str) -> None:
        """Remove one variable of a group; the others keep their values, secret ones too."""
        left = {key: each for key, each in group.variables.items() if key != name}
        self.update(project_id, project, replace(group, variables=left), {})

    def delete(self, project_id: str, group: VariableGroup) -> None:
        """Delete a group."""
        with translated():
            self._client.delete_variable_group(group.id, [project_id])


def _variables(values: Mapping[str, str | Secret]) -> dict[str, dict[str, Any]]:
    return {
        name: {"value": value.reveal(), "isSecret": True}
        if isinstance(value, Secret)
        else {"value": value, "isSecret": False}
        for name, value in values.items()
    }


def _body(project_id: str, project: str, name: str, variables: Mapping[str, Any], note: str) -> dict[str, Any]:
    reference = {"name": name, "description": note, "projectReference": {"id": project_id, "name": project}}
    return {
        "name": name,
        "description": note,
        "type": "Vsts",
        "variables": dict(variables),
        "variableGroupProjectReferences": [reference],
    }


def _group(found: Any) -> VariableGroup:
    variables = {
        name: Variable(_field(each, "value") or "", bool(_field(each, "is_secret", "isSecret")))
        for name, each in (found.variables or {}).items()
    }
    by_vault = str(found.type) == "AzureKeyVault"
    return VariableGroup(
        found.id,
        found.name,
        variables,
        vault=by_vault,
        note=found.description or "",
        changed_by=(found.modified_by.display_name or "") if found.modified_by else "",
        changed=found.modified_on,
    )


def _field(value: Any, *names: str) -> Any:
    """A field of a variable, which the client gives as an object or as the dictionary that came."""
    if isinstance(value, dict):
        return next((value[name] for name in names if name in value), None)
    return getattr(value, names[0], None)
