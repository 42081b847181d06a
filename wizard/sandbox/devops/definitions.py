"""Pipelines: definitions of builds that are a YAML file in a repository.

https://learn.microsoft.com/rest/api/azure/devops/build/definitions
"""

from typing import Any

from wizard.sandbox.devops.agent_pools import queues
from wizard.sandbox.devops.faults import DevOpsFault, bad_argument
from wizard.sandbox.devops.identities import Identity, reference_by_id
from wizard.sandbox.devops.project_documents import ProjectDocuments
from wizard.sandbox.devops.projects import Project
from wizard.sandbox.devops.projects import reference as project_reference
from wizard.sandbox.devops.repositories import Repositories, Repository
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.devops.wire import Body, now, part, text, whole
from wizard.sandbox.store import Document

KIND = "devops_definition"
ASSEMBLY = "Microsoft.TeamFoundation.Build.WebApi"
YAML = 2
_CI = {
    "branchFilters": [],
    "pathFilters": [],
    "settingsSourceType": YAML,
    "batchChanges": False,
    "maxConcurrentBuildsPerBranch": 1,
    "triggerType": "continuousIntegration",
}


class Definitions(ProjectDocuments):
    """The pipelines of the organisation, each in one project."""

    kind = KIND

    def get(self, project_id: str, number: str) -> Document:
        """One pipeline by its id; DevOpsFault 404 when the project has none."""
        found = self._numbered(project_id, number)
        if found is None:
            message = f"TF400324: The build definition {number} could not be found."
            raise DevOpsFault(404, "DefinitionNotFoundException", message, ASSEMBLY)
        return found

    def create(self, project: Project, author: Identity, body: Body) -> Document:
        """Make a pipeline. DevOpsFault when the name is taken or the body is not as it should be."""
        name, process = text(body, "name"), part(body, "process")
        if self.named(project.id, name) is not None:
            message = f"Build pipeline {name} already exists for team project {project.name}."
            raise DevOpsFault(409, "DefinitionExistsException", message, ASSEMBLY)
        if whole(process, "type") != YAML:
            raise bad_argument("process", "Only pipelines of a YAML file can be created here.")
        repository = self._repository(project, part(body, "repository"))
        definition: Document = {
            "id": self._store.next_number(KIND),
            "project": project.id,
            "name": name,
            "file": text(process, "yamlFilename"),
            "repository": repository.id,
            "branch": text(part(body, "repository"), "defaultBranch", repository.default_branch),
            "queue": self._queue(project, whole(part(body, "queue"), "id")),
            "description": text(body, "description", ""),
            "created_by": author.id,
            "created": now(),
            "revision": 1,
        }
        return self._put(definition)

    def _repository(self, project: Project, given: Body) -> Repository:
        if text(given, "type").lower() != "tfsgit":
            raise bad_argument("repository.type", "Only repositories of Azure Repos can be used here.")
        wanted = text(given, "id")
        found = next((each for each in Repositories(self._tenancy).of(project.id) if each.id == wanted.lower()), None)
        if found is None:
            message = f"The repository {wanted} could not be found in team project {project.name}."
            raise DevOpsFault(400, "InvalidDefinitionException", message, ASSEMBLY)
        return found

    def _queue(self, project: Project, number: int) -> dict[str, Any]:
        found = next((each for each in queues(self._tenancy, project.id) if each["id"] == number), None)
        if found is None:
            message = f"Could not find a queue with id {number}. The queue does not exist or you may not use it."
            raise DevOpsFault(400, "QueueNotFoundException", message, ASSEMBLY)
        return {"id": found["id"], "name": found["name"], "pool": found["pool"]}


def view(tenancy: Tenancy, definition: Document, project: Project, base: str) -> dict[str, Any]:
    """A pipeline as the service shows it."""
    repository = next(each for each in Repositories(tenancy).of(project.id) if each.id == definition["repository"])
    queue = definition["queue"]
    address = f"{base}/_apis/build/Queues/{queue['id']}"
    return {
        "triggers": [_CI],
        "properties": {},
        "tags": [],
        "description": definition["description"],
        "jobAuthorizationScope": "projectCollection",
        "process": {"yamlFilename": definition["file"], "type": YAML},
        "repository": {
            "id": repository.id,
            "type": "TfsGit",
            "name": repository.name,
            "url": f"{base}/{project.name}/_git/{repository.name}",
            "defaultBranch": definition["branch"],
            "clean": None,
            "checkoutSubmodules": False,
        },
        "quality": "definition",
        "drafts": [],
        "queue": {
            "_links": {"self": {"href": address}},
            "id": queue["id"],
            "name": queue["name"],
            "url": address,
            "pool": {name: queue["pool"][name] for name in ("id", "name", "isHosted")},
        },
        **brief(tenancy, definition, project, base),
    }


def brief(tenancy: Tenancy, definition: Document, project: Project, base: str) -> dict[str, Any]:
    """A pipeline as lists show it."""
    number, revision = definition["id"], definition["revision"]
    address = f"{base}/{project.id}/_apis/build/Definitions/{number}?revision={revision}"
    return {
        "_links": {
            "self": {"href": address},
            "web": {"href": f"{base}/{project.id}/_build/definition?definitionId={number}"},
            "editor": {"href": f"{base}/{project.id}/_build/designer?id={number}&_a=edit-build-definition"},
            "badge": {"href": f"{base}/{project.id}/_apis/build/status/{number}"},
        },
        "authoredBy": reference_by_id(tenancy.identities, definition["created_by"], base),
        "id": number,
        "name": definition["name"],
        "url": address,
        "uri": f"vstfs:///Build/Definition/{number}",
        "path": "\\",
        "type": "build",
        "queueStatus": "enabled",
        "revision": revision,
        "createdDate": definition["created"],
        "project": project_reference(project, base),
    }
