"""The requests about environments.

API: https://learn.microsoft.com/rest/api/azure/devops/environments
"""

from typing import Any

from starlette.responses import Response

from wizard.sandbox.devops.environments import Environments
from wizard.sandbox.devops.identities import brief_by_id
from wizard.sandbox.devops.library_rights import ENVIRONMENT, environment_token, has, need, own
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.projects import Project, Projects
from wizard.sandbox.devops.wire import Call, answer, collection, empty, text
from wizard.sandbox.store import Document


def _project(call: Call) -> Project:
    return Projects(call.tenancy).seen_by(call.caller.identity, call.names.get("project", ""))


def _read(call: Call) -> Response:
    project, environments = _project(call), Environments(call.tenancy)
    if "environmentId" in call.names:
        return answer(_view(call, project, _found(call, project, "View")))
    name = call.query.get("name", "").lower()
    found = [each for each in environments.of(project.id) if name in ("", each["name"].lower())]
    seen = [each for each in found if has(call.tenancy, call.caller.identity, *_right(project, each), "View")]
    return collection([_view(call, project, each) for each in seen[: call.number("$top", len(seen))]])


def _create(call: Call) -> Response:
    project, body, identity = _project(call), call.body(), call.caller.identity
    where = f"environments of {project.name}"
    need(call.tenancy, identity, ENVIRONMENT, environment_token(project.id), "Create", where)
    made = Environments(call.tenancy).create(project.id, identity, text(body, "name"), text(body, "description", ""))
    own(call.tenancy, identity, *_right(project, made))
    return answer(_view(call, project, made))


def _update(call: Call) -> Response:
    project, body = _project(call), call.body()
    held = _found(call, project, "Manage")
    name, description = text(body, "name", held["name"]), text(body, "description", held["description"])
    changed = Environments(call.tenancy).update(held, call.caller.identity, name, description)
    return answer(_view(call, project, changed))


def _delete(call: Call) -> Response:
    Environments(call.tenancy).delete(_found(call, _project(call), "Administer"))
    return empty()


def _found(call: Call, project: Project, permission: str) -> Document:
    """The environment that a request names, on which its caller has a permission."""
    found = Environments(call.tenancy).get(project.id, call.names.get("environmentId", ""))
    need(call.tenancy, call.caller.identity, *_right(project, found), permission, f"environment {found['name']}")
    return found


def _right(project: Project, environment: Document) -> tuple[str, str]:
    return ENVIRONMENT, environment_token(project.id, environment["id"])


def _view(call: Call, project: Project, environment: Document) -> dict[str, Any]:
    return {
        "id": environment["id"],
        "name": environment["name"],
        "description": environment["description"],
        "createdBy": brief_by_id(call.tenancy.identities, environment["created_by"]),
        "createdOn": environment["created"],
        "lastModifiedBy": brief_by_id(call.tenancy.identities, environment["modified_by"]),
        "lastModifiedOn": environment["modified"],
        "resources": [],
        "project": {"id": project.id, "name": project.name},
    }


def endpoints() -> list[Endpoint]:
    """The operations of this area."""
    environments = "8572b1fc-2482-47fa-8f74-7e3ed53ee54b"
    return [
        Endpoint(environments, "GET", _read, "environment_manage"),
        Endpoint(environments, "POST", _create, "environment_manage"),
        Endpoint(environments, "PATCH", _update, "environment_manage"),
        Endpoint(environments, "DELETE", _delete, "environment_manage"),
    ]
