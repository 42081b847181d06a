"""The requests about variable groups.

API: https://learn.microsoft.com/rest/api/azure/devops/distributedtask/variablegroups. Writing goes to the organisation,
with the project in the body; reading goes to the project.
"""

from starlette.responses import Response

from wizard.sandbox.devops.faults import bad_argument
from wizard.sandbox.devops.library_rights import LIBRARY, group_token, has, need, own
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.projects import Project, Projects
from wizard.sandbox.devops.variable_groups import VariableGroups, projects_of, view
from wizard.sandbox.devops.wire import Call, answer, collection, empty
from wizard.sandbox.store import Document


def _read(call: Call) -> Response:
    project = Projects(call.tenancy).seen_by(call.caller.identity, call.names.get("project", ""))
    groups = VariableGroups(call.tenancy)
    if "groupId" in call.names:
        group = groups.get(project.id, call.names["groupId"])
        need(call.tenancy, call.caller.identity, LIBRARY, group_token(project.id, group["id"]), "View", group["name"])
        return answer(view(call.tenancy, group, project, call.base))
    name = call.query.get("groupName", "").lower()
    found = [group for group in groups.of(project.id) if _visible(call, project, group)]
    wanted = [group for group in found if _matches(name, group["name"].lower())]
    if call.query.get("queryOrder", "idDescending").lower() == "iddescending":
        wanted.reverse()
    return collection([view(call.tenancy, group, project, call.base) for group in wanted])


def _matches(pattern: str, name: str) -> bool:
    """A name, or the beginning of names with a star after it."""
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else pattern in ("", name)


def _visible(call: Call, project: Project, group: Document) -> bool:
    return has(call.tenancy, call.caller.identity, LIBRARY, group_token(project.id, group["id"]), "View")


def _create(call: Call) -> Response:
    body = call.body()
    wanted = projects_of(body) or [call.names.get("project", "")]
    if not wanted[0]:
        raise bad_argument("variableGroupProjectReferences", "A project must be named.")
    project = Projects(call.tenancy).seen_by(call.caller.identity, wanted[0])
    need(call.tenancy, call.caller.identity, LIBRARY, group_token(project.id), "Create", f"library of {project.name}")
    made = VariableGroups(call.tenancy).create(project.id, call.caller.identity, body)
    own(call.tenancy, call.caller.identity, LIBRARY, group_token(project.id, made["id"]))
    return answer(view(call.tenancy, made, project, call.base))


def _update(call: Call) -> Response:
    groups = VariableGroups(call.tenancy)
    group, project = _administered(call, groups)
    return answer(view(call.tenancy, groups.update(group, call.caller.identity, call.body()), project, call.base))


def _delete(call: Call) -> Response:
    groups = VariableGroups(call.tenancy)
    group, project = _administered(call, groups)
    if project.id not in call.query.get("projectIds", "").split(","):
        raise bad_argument("projectIds", "The projects to delete the variable group from must be named.")
    groups.delete(group)
    return empty()


def _administered(call: Call, groups: VariableGroups) -> tuple[Document, Project]:
    """The group that a request names, which its caller may change, and its project."""
    group = groups.find(call.names.get("groupId", ""))
    project = Projects(call.tenancy).seen_by(call.caller.identity, group["project"])
    token = group_token(project.id, group["id"])
    need(call.tenancy, call.caller.identity, LIBRARY, token, "Administer", group["name"])
    return group, project


def endpoints() -> list[Endpoint]:
    """The operations of this area."""
    in_project, in_organisation = "f5b09dd5-9d54-45a1-8b5a-1c8287d634cc", "ef5b7057-ffc3-4c77-bbad-c10b4a4abcc7"
    return [
        Endpoint(in_project, "GET", _read, "variablegroups_read"),
        Endpoint(in_project, "POST", _create, "variablegroups_manage"),
        Endpoint(in_organisation, "POST", _create, "variablegroups_manage"),
        Endpoint(in_organisation, "PUT", _update, "variablegroups_manage"),
        Endpoint(in_organisation, "DELETE", _delete, "variablegroups_manage"),
    ]
