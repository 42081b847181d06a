"""The requests about projects and teams. API: https://learn.microsoft.com/rest/api/azure/devops/core/projects"""

from typing import Any

from starlette.responses import Response

from wizard.sandbox.devops import operations
from wizard.sandbox.devops.faults import bad_argument
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.permissions import may_see_project, need_collection_right, need_project_right
from wizard.sandbox.devops.processes import template_name
from wizard.sandbox.devops.projects import Project, Projects, reference
from wizard.sandbox.devops.repositories import Repositories
from wizard.sandbox.devops.wire import Call, answer, collection, part, text

CREATE_SECONDS = 20.0
DELETE_SECONDS = 10.0
_PAGE = 100  # projects in a list when the client does not say


def _view(call: Call, project: Project) -> dict[str, Any]:
    """A project as its own page shows it."""
    url = f"{call.base}/_apis/projects/{project.id}"
    view = reference(project, call.base)
    if call.flag("includeCapabilities"):
        view["capabilities"] = {
            "processTemplate": {
                "templateName": template_name(project.template_id),
                "templateTypeId": project.template_id,
            },
            "versioncontrol": {"sourceControlType": "Git", "gitEnabled": "True", "tfvcEnabled": "False"},
        }
    view["_links"] = {
        "self": {"href": url},
        "collection": {"href": f"{call.base}/_apis/projectCollections/{call.tenancy.instance_id}"},
        "web": {"href": f"{call.base}/{project.name}"},
    }
    view["defaultTeam"] = _team(project, call.base)
    return view


def _team(project: Project, base: str) -> dict[str, Any]:
    url = f"{base}/_apis/projects/{project.id}/teams/{project.team_id}"
    return {"id": project.team_id, "name": f"{project.name} Team", "url": url}


def _read(call: Call) -> Response:
    wanted = call.names.get("projectId", "")
    if wanted:
        return answer(_view(call, Projects(call.tenancy).seen_by(call.caller.identity, wanted)))
    state = call.query.get("stateFilter", "wellFormed").lower()
    found = [
        project
        for project in Projects(call.tenancy).all()
        if state in ("all", project.state.lower()) and may_see_project(call.tenancy, call.caller.identity, project.id)
    ]
    start = call.number("continuationToken", call.number("$skip", 0))
    end = start + call.number("$top", _PAGE)
    page = [reference(project, call.base) for project in found[start:end]]
    return collection(page, str(end) if end < len(found) else "")


def _create(call: Call) -> Response:
    need_collection_right(call.tenancy, call.caller.identity, "CREATE_PROJECTS")
    body = call.body()
    capabilities = part(body, "capabilities")
    kind = text(part(capabilities, "versioncontrol"), "sourceControlType")
    if kind.lower() != "git":
        raise bad_argument("sourceControlType", f"The source control type '{kind}' is not supported.")
    details = {
        "name": text(body, "name"),
        "description": text(body, "description", ""),
        "visibility": text(body, "visibility", "private").lower(),
        "template_id": text(part(capabilities, "processTemplate"), "templateTypeId"),
    }
    project = Projects(call.tenancy).create(details, call.caller.identity, CREATE_SECONDS)
    Repositories(call.tenancy).create(project, project.name)
    operation = operations.begin(call.tenancy, CREATE_SECONDS)
    return answer(operations.reference(operation, call.base), 202)


def _change(call: Call) -> Response:
    projects = Projects(call.tenancy)
    project = projects.seen_by(call.caller.identity, call.names.get("projectId", ""))
    body = call.body()
    name = text(body, "name", project.name)
    need_project_right(
        call.tenancy, call.caller.identity, project.id, "RENAME" if name != project.name else "GENERIC_WRITE"
    )
    projects.change(project, name, text(body, "description", project.description))
    operation = operations.begin(call.tenancy, DELETE_SECONDS)
    return answer(operations.reference(operation, call.base), 202)


def _delete(call: Call) -> Response:
    projects = Projects(call.tenancy)
    project = projects.seen_by(call.caller.identity, call.names.get("projectId", ""))
    need_project_right(call.tenancy, call.caller.identity, project.id, "DELETE")
    repositories = Repositories(call.tenancy)
    for repository in repositories.of(project.id):
        repositories.delete(repository)
    projects.delete(project)
    operation = operations.begin(call.tenancy, DELETE_SECONDS)
    return answer(operations.reference(operation, call.base), 202)


def _teams(call: Call) -> Response:
    project = Projects(call.tenancy).seen_by(call.caller.identity, call.names.get("projectId", ""))
    team = {
        **_team(project, call.base),
        "description": "The default project team.",
        "identityUrl": f"https://vssps.dev.azure.com/{call.tenancy.name}/_apis/Identities/{project.team_id}",
        "projectName": project.name,
        "projectId": project.id,
    }
    wanted = call.names.get("teamId", "").lower()
    if not wanted:
        return collection([team])
    if wanted not in (project.team_id, team["name"].lower()):
        raise bad_argument("teamId", f"The team {wanted} does not exist in the project.")
    return answer(team)


def endpoints() -> list[Endpoint]:
    """The operations of this area."""
    projects, teams = "603fe2ac-9723-48b9-88ad-09305aa6c6e1", "d30a3dd1-f8ba-442a-b86a-bd0c0c383e59"
    return [
        Endpoint(projects, "GET", _read, "project"),
        Endpoint(projects, "POST", _create, "project_manage"),
        Endpoint(projects, "PATCH", _change, "project_manage"),
        Endpoint(projects, "DELETE", _delete, "project_manage"),
        Endpoint(teams, "GET", _teams, "project"),
    ]
