"""The requests about checks.

API: https://learn.microsoft.com/rest/api/azure/devops/approvalsandchecks/check-configurations
"""

from typing import Any

from starlette.responses import Response

from wizard.sandbox.devops.checks import APPROVAL_TYPE, ASSEMBLY, Checks, need_approval_type
from wizard.sandbox.devops.faults import bad_argument
from wizard.sandbox.devops.identities import brief_by_id
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.projects import Project, Projects
from wizard.sandbox.devops.protected_resources import find, need_administration
from wizard.sandbox.devops.wire import Call, answer, collection, empty, part, text
from wizard.sandbox.store import Document


def _project(call: Call) -> Project:
    return Projects(call.tenancy).seen_by(call.caller.identity, call.names.get("project", ""))


def _read(call: Call) -> Response:
    project, checks = _project(call), Checks(call.tenancy)
    if "id" in call.names:
        return answer(_view(call, project, checks.get(project.id, call.names["id"]), _expanded(call)))
    kind, resource = call.query.get("resourceType", ""), call.query.get("resourceId", "")
    found = checks.on(project.id, kind, resource) if kind or resource else checks.of(project.id)
    return collection([_view(call, project, each, _expanded(call)) for each in found])


def _query(call: Call) -> Response:
    """The checks on each of several resources."""
    project, wanted = _project(call), call.document()
    if not isinstance(wanted, list):
        raise bad_argument("resources", "The value is not a list.")
    found = {
        check["id"]: check
        for each in wanted
        for check in Checks(call.tenancy).on(project.id, text(each, "type"), text(each, "id"))
    }
    return collection([_view(call, project, each, _expanded(call)) for each in found.values()])


def _create(call: Call) -> Response:
    project, body = _project(call), call.body()
    need_approval_type(body)
    kind, number = text(part(body, "resource"), "type").lower(), text(part(body, "resource"), "id")
    resource = find(call.tenancy, project, kind, number, ASSEMBLY)
    need_administration(call, project, kind, number)
    made = Checks(call.tenancy).add(project.id, resource, call.caller.identity, body)
    return answer(_view(call, project, made, with_settings=True))


def _update(call: Call) -> Response:
    project, body = _project(call), call.body()
    check = _administered(call, project)
    given = part(body, "resource")
    same = (text(given, "type", check["kind"]).lower(), text(given, "id", check["resource"]))
    if same != (check["kind"], check["resource"]):
        raise bad_argument("resource", "A check cannot be moved to another resource.")
    if body.get("type") is not None:
        need_approval_type(body)
    changed = Checks(call.tenancy).update(check, call.caller.identity, body)
    return answer(_view(call, project, changed, with_settings=True))


def _delete(call: Call) -> Response:
    Checks(call.tenancy).delete(_administered(call, _project(call)))
    return empty()


def _administered(call: Call, project: Project) -> Document:
    """The check that a request names, on a resource that its caller administers."""
    check = Checks(call.tenancy).get(project.id, call.names.get("id", ""))
    need_administration(call, project, check["kind"], check["resource"])
    return check


def _expanded(call: Call) -> bool:
    return call.query.get("$expand", "").lower() == "settings"


def _view(call: Call, project: Project, check: Document, with_settings: bool) -> dict[str, Any]:
    url = f"{call.base}/{project.id}/_apis/pipelines/checks/configurations/{check['id']}"
    identities = call.tenancy.identities
    people = {
        name: [{"displayName": brief_by_id(identities, each).get("displayName"), "id": each} for each in held]
        for name, held in check["settings"].items()
        if name in ("approvers", "blockedApprovers")
    }
    return {
        **({"settings": check["settings"] | people} if with_settings else {}),
        "createdBy": brief_by_id(identities, check["created_by"]),
        "createdOn": check["created"],
        "modifiedBy": brief_by_id(identities, check["modified_by"]),
        "modifiedOn": check["modified"],
        "timeout": check["minutes"],
        **({"isDisabled": True} if check["disabled"] else {}),
        "_links": {"self": {"href": url}},
        "id": check["id"],
        "type": {"id": APPROVAL_TYPE, "name": "Approval"},
        "url": url,
        "resource": {"type": check["kind"], "id": check["resource"], "name": check["resource_name"]},
    }


def endpoints() -> list[Endpoint]:
    """The operations of this area."""
    configurations = "86c8381e-5aee-4cde-8ae4-25c0c7f5eaea"
    return [
        Endpoint(configurations, "GET", _read, "build"),
        Endpoint(configurations, "POST", _create, "build_execute"),
        Endpoint(configurations, "PATCH", _update, "build_execute"),
        Endpoint(configurations, "DELETE", _delete, "build_execute"),
        Endpoint("5f3d0e64-f943-4584-8811-77eb495e831e", "POST", _query, "build"),
    ]
