"""The requests about approvals.

API: https://learn.microsoft.com/rest/api/azure/devops/approvalsandchecks/approvals
"""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from wizard.sandbox.devops.approvals import APPROVED, REJECTED, Approvals, step_of
from wizard.sandbox.devops.faults import bad_argument
from wizard.sandbox.devops.identities import brief_by_id
from wizard.sandbox.devops.library_rights import BUILD, need
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.projects import Project, Projects
from wizard.sandbox.devops.wire import Call, answer, collection, text
from wizard.sandbox.store import Document

_ANSWERS = {APPROVED: APPROVED, REJECTED: REJECTED}


class ApprovalRoutes:
    """The operations on approvals. `tell` is called with the number of each run that got an answer."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell = tell

    def _project(self, call: Call) -> Project:
        project = Projects(call.tenancy).seen_by(call.caller.identity, call.names.get("project", ""))
        need(call.tenancy, call.caller.identity, BUILD, project.id, "ViewBuilds", f"pipelines of {project.name}")
        return project

    def _read(self, call: Call) -> Response:
        project, approvals = self._project(call), Approvals(call.tenancy)
        expanded = call.query.get("$expand", "").lower()
        if "approvalId" in call.names:
            return answer(_view(call, approvals.get(project.id, call.names["approvalId"]), expanded))
        found = [each for each in approvals.of(project.id) if _wanted(call, each)]
        found.sort(key=lambda each: str(each["created"]))
        return collection([_view(call, each, expanded) for each in found[: call.number("top", len(found))]])

    def _update(self, call: Call) -> Response:
        project, given, approvals = self._project(call), call.document(), Approvals(call.tenancy)
        if not isinstance(given, list) or not given:
            raise bad_argument("updateParameters", "Value cannot be null.")
        changed = []
        with call.tenancy.store.transaction():
            for each in given:
                status = _ANSWERS.get(text(each, "status", ""))
                if status is None:
                    raise bad_argument("status", "An approval can be approved or rejected here, nothing else.")
                approval = approvals.get(project.id, text(each, "approvalId"))
                comment = text(each, "comment", "")
                changed.append(approvals.answer(approval, call.caller.identity, status, comment))
        for number in {each["build"] for each in changed}:
            self._tell(number)
        return collection([_view(call, each, "steps") for each in changed])

    def endpoints(self) -> list[Endpoint]:
        """The operations of this area."""
        approvals = "37794717-f36f-4d78-b2bf-4dc30d0cfbcd"
        return [
            Endpoint(approvals, "GET", self._read, "build"),
            Endpoint(approvals, "PATCH", self._update, "build_execute"),
        ]


def _wanted(call: Call, approval: Document) -> bool:
    """Whether an approval is among those that a list was asked for."""

    def asked(*names: str) -> list[str]:
        given = next((call.query[name] for name in names if call.query.get(name)), "")
        return [each for each in given.lower().split(",") if each]

    ids, people, states = asked("approvalIds"), asked("userIds", "assignedTo"), asked("state")
    assigned = {step["assigned"] for step in approval["steps"]}
    return (
        (not ids or approval["id"] in ids)
        and (not people or bool(assigned & set(people)))
        and (not states or "all" in states or approval["status"].lower() in states)
    )


def _view(call: Call, approval: Document, expanded: str) -> dict[str, Any]:
    identities, pipeline = call.tenancy.identities, approval["pipeline"]
    project = f"{call.base}/{approval['project']}"
    mine = step_of(approval, call.caller.identity.id) is not None
    run = {
        "web": {"href": f"{project}/_build/results?buildId={approval['build']}"},
        "self": {"href": f"{project}/_apis/build/Builds/{approval['build']}"},
    }
    return {
        "id": approval["id"],
        "steps": [_step_view(call, each) for each in approval["steps"]] if "steps" in expanded else [],
        "status": approval["status"],
        "createdOn": approval["created"],
        "lastModifiedOn": approval["changed"],
        "executionOrder": approval["order"],
        "minRequiredApprovers": approval["least"],
        "blockedApprovers": [brief_by_id(identities, each) for each in approval["blocked"]],
        **({"instructions": approval["instructions"]} if approval["instructions"] else {}),
        **({"permissions": "update" if mine else "view"} if "permissions" in expanded else {}),
        "_links": {"self": {"href": f"{project}/_apis/pipelines/approvals/{approval['id']}"}},
        "pipeline": {
            "owner": {"_links": run, "id": approval["build"], "name": pipeline["run"]},
            "id": str(pipeline["id"]),
            "name": pipeline["name"],
        },
    }


def _step_view(call: Call, step: dict[str, Any]) -> dict[str, Any]:
    identities = call.tenancy.identities
    answered = {"actualApprover": brief_by_id(identities, step["actual"])} if step["actual"] else {}
    by = {"lastModifiedBy": brief_by_id(identities, step["by"])} if step["by"] else {}
    return {
        "assignedApprover": brief_by_id(identities, step["assigned"]),
        **answered,
        "status": step["status"],
        **({"comment": step["comment"]} if step["comment"] else {}),
        "lastModifiedOn": step["changed"],
        "order": step["order"],
        **by,
        **({"initiatedOn": step["initiated"]} if step["initiated"] else {}),
        "history": [],
    }
