"""Checks on what pipelines use: approvals, which people give.

https://learn.microsoft.com/azure/devops/pipelines/process/approvals
"""

from typing import Any

from wizard.sandbox.devops.faults import DevOpsFault, bad_argument
from wizard.sandbox.devops.identities import Identities, Identity
from wizard.sandbox.devops.project_documents import ProjectDocuments
from wizard.sandbox.devops.protected_resources import Resource
from wizard.sandbox.devops.wire import Body, now, part, parts, text, whole
from wizard.sandbox.store import Document

ASSEMBLY = "Microsoft.Azure.Pipelines.Checks.WebApi"
APPROVAL_TYPE = "8c6f20a7-a545-4486-9777-f762fafe0d4d"
ANY_ORDER, IN_SEQUENCE = "anyOrder", "inSequence"
_DEFAULT_MINUTES = 43200  # thirty days
_ORDERS = {"anyorder": ANY_ORDER, "1": ANY_ORDER, "insequence": IN_SEQUENCE, "2": IN_SEQUENCE}


class Checks(ProjectDocuments):
    """The checks of the organisation, each on one resource of one project."""

    kind = "devops_check"

    def on(self, project_id: str, kind: str, resource: str) -> list[Document]:
        """The checks on one resource, oldest first."""
        wanted = (kind.lower(), resource.lower())
        return [each for each in self.of(project_id) if (each["kind"], each["resource"].lower()) == wanted]

    def get(self, project_id: str, number: str) -> Document:
        """One check by its id; DevOpsFault 404 when the project has none."""
        found = self._numbered(project_id, number)
        if found is None:
            message = f"The check configuration {number} could not be found."
            raise DevOpsFault(404, "CheckConfigurationNotFoundException", message, ASSEMBLY)
        return found

    def add(self, project_id: str, resource: Resource, author: Identity, body: Body) -> Document:
        """Put a check on a resource. DevOpsFault when the body is not as it should be."""
        settings = _settings(self._tenancy.identities, part(body, "settings"))
        check: Document = {
            "id": self._store.next_number(self.kind),
            "project": project_id,
            "kind": resource.kind,
            "resource": resource.id,
            "resource_name": resource.name,
            "settings": settings,
            "minutes": _minutes(body, _DEFAULT_MINUTES),
            "disabled": body.get("isDisabled") is True,
            "created_by": author.id,
            "created": now(),
        }
        return self._save(check, author)

    def update(self, check: Document, author: Identity, body: Body) -> Document:
        """Change a check; what the body does not name stays."""
        changed: Document = {
            "minutes": _minutes(body, check["minutes"]),
            "disabled": body.get("isDisabled", check["disabled"]) is True,
        }
        if body.get("settings") is not None:
            changed["settings"] = _settings(self._tenancy.identities, part(body, "settings"))
        return self._save(check | changed, author)


def need_approval_type(body: Body) -> None:
    """Raise DevOpsFault 400 for a check that is no approval."""
    wanted = text(part(body, "type"), "id")
    if wanted.lower() != APPROVAL_TYPE:
        raise bad_argument("type", f"The check type '{wanted}' is not supported; the sandbox has approvals only.")


def _settings(identities: Identities, given: Body) -> dict[str, Any]:
    approvers = [_member(identities, each, "approvers") for each in parts(given, "approvers")]
    if not approvers:
        raise bad_argument("approvers", "At least one approver must be named.")
    least = whole(given, "minRequiredApprovers")
    if not 0 <= least <= len(approvers):
        raise bad_argument("minRequiredApprovers", f"The value '{least}' is not between 0 and {len(approvers)}.")
    order = str(given.get("executionOrder") or ANY_ORDER)
    if order.lower() not in _ORDERS:
        raise bad_argument("executionOrder", f"The value '{order}' is not a valid execution order.")
    return {
        "approvers": approvers,
        "executionOrder": _ORDERS[order.lower()],
        "minRequiredApprovers": least,
        "instructions": text(given, "instructions", ""),
        "blockedApprovers": [
            _member(identities, each, "blockedApprovers") for each in parts(given, "blockedApprovers")
        ],
        "requesterCannotBeApprover": given.get("requesterCannotBeApprover") is True,
    }


def _member(identities: Identities, given: Any, name: str) -> str:
    """The id of somebody who is named by it, or by the id that the directory has for them."""
    wanted = text(given, "id").lower()
    found = next((each for each in identities.everybody() if wanted in (each.id, each.origin_id.lower())), None)
    if found is None:
        raise bad_argument(name, f"The identity '{wanted}' could not be found; only members can be named here.")
    return found.id


def _minutes(body: Body, default: int) -> int:
    if body.get("timeout") is None:
        return default
    minutes = whole(body, "timeout")
    if minutes < 0:
        raise bad_argument("timeout", f"The value '{minutes}' is not a valid number of minutes.")
    return minutes
