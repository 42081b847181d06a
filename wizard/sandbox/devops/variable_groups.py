"""Variable groups of a project's library. The values of secret ones are kept, handed to jobs, and never shown.

https://learn.microsoft.com/azure/devops/pipelines/library/variable-groups
"""

from typing import Any

from wizard.sandbox.devops.faults import DevOpsFault, bad_argument
from wizard.sandbox.devops.identities import Identity, reference_by_id
from wizard.sandbox.devops.project_documents import ProjectDocuments
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.devops.wire import Body, fields, now, part, parts, text
from wizard.sandbox.store import Document

KIND = "devops_variable_group"
ASSEMBLY = "Microsoft.TeamFoundation.DistributedTask.WebApi"


class VariableGroups(ProjectDocuments):
    """The variable groups of the organisation, each in one project."""

    kind = KIND

    def get(self, project_id: str, number: str) -> Document:
        """One group by its id; DevOpsFault 404 when the project has none."""
        found = self._numbered(project_id, number)
        if found is None:
            message = f"VS800000: Variable group with ID {number} does not exist in the project."
            raise DevOpsFault(404, "VariableGroupNotFoundException", message, ASSEMBLY)
        return found

    def find(self, number: str) -> Document:
        """One group by its id, in whichever project."""
        every = (body for _, body in self._store.items(KIND))
        return self.get(next((each["project"] for each in every if str(each["id"]) == number), ""), number)

    def create(self, project_id: str, author: Identity, body: Body) -> Document:
        """Make a group. DevOpsFault when the name is taken or the body is not as it should be."""
        name = text(body, "name")
        if self.named(project_id, name) is not None:
            message = f"A variable group with name '{name}' already exists in the project."
            raise DevOpsFault(409, "VariableGroupExistsException", message, ASSEMBLY)
        group: Document = {
            "id": self._store.next_number(KIND),
            "project": project_id,
            "name": name,
            "description": text(body, "description", ""),
            "variables": _variables(body, {}),
            "created_by": author.id,
            "created": now(),
        }
        return self._save(group, author)

    def update(self, group: Document, author: Identity, body: Body) -> Document:
        """Replace a group's variables; a secret one without a value keeps what it had."""
        changed = {
            "name": text(body, "name", group["name"]),
            "description": text(body, "description", group["description"]),
            "variables": _variables(body, group["variables"]),
        }
        return self._save(group | changed, author)


def view(tenancy: Tenancy, group: Document, project: Any, base: str) -> dict[str, Any]:
    """A group as the service shows it."""
    identities = tenancy.identities
    return {
        "variables": {name: _shown(each) for name, each in group["variables"].items()},
        "id": group["id"],
        "type": "Vsts",
        "name": group["name"],
        "description": group["description"],
        "createdBy": _brief(reference_by_id(identities, group["created_by"], base)),
        "createdOn": group["created"],
        "modifiedBy": _brief(reference_by_id(identities, group["modified_by"], base)),
        "modifiedOn": group["modified"],
        "isShared": False,
        "variableGroupProjectReferences": [
            {
                "projectReference": {"id": project.id, "name": project.name},
                "name": group["name"],
                "description": group["description"],
            }
        ],
    }


def _brief(reference: dict[str, Any]) -> dict[str, Any]:
    return {name: reference.get(name) for name in ("displayName", "id", "uniqueName")}


def _shown(variable: dict[str, Any]) -> dict[str, Any]:
    if variable["isSecret"]:
        return {"value": None, "isSecret": True}
    return {"value": variable["value"]}


def _variables(body: Body, before: dict[str, Any]) -> dict[str, Any]:
    """The variables of a body; at least one, each with a value unless it is a secret that had one."""
    given = part(body, "variables")
    if not given:
        raise bad_argument("variables", "Variable group must contain at least one variable.")
    made = {}
    for name, each in given.items():
        variable = fields(each, "variables")
        secret, value = variable.get("isSecret") is True, variable.get("value")
        if value is None and secret and before.get(name, {}).get("isSecret"):
            value = before[name]["value"]
        if value is not None and not isinstance(value, str):
            raise bad_argument("variables", f"The value of variable '{name}' is not a text.")
        made[name] = {"value": value or "", "isSecret": secret}
    return made


def projects_of(body: Body) -> list[str]:
    """The projects that a group is wanted in, by id or name."""
    references = [part(each, "projectReference") for each in parts(body, "variableGroupProjectReferences")]
    return [text(each, "id", "") or text(each, "name", "") for each in references]
