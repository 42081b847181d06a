"""Approvals: what the owners of a stage's resources are asked, and what they have answered.

Whom to ask is settled when the stage asks: later changes of the check change nothing.
https://learn.microsoft.com/azure/devops/pipelines/process/approvals
"""

import time
import uuid
from typing import Any

from wizard.sandbox.devops.checks import IN_SEQUENCE
from wizard.sandbox.devops.faults import DevOpsFault
from wizard.sandbox.devops.identities import Identity
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.devops.wire import now
from wizard.sandbox.store import Document

UNINITIATED, PENDING, APPROVED, REJECTED = "uninitiated", "pending", "approved", "rejected"
SKIPPED, CANCELED, TIMED_OUT = "skipped", "canceled", "timedOut"
_ASSEMBLY = "Microsoft.Azure.Pipelines.Approval.WebApi"
_KIND = "devops_approval"


class Approvals:
    """The approvals that runs of the organisation asked for."""

    def __init__(self, tenancy: Tenancy) -> None:
        self._store = tenancy.store

    def of(self, project_id: str) -> list[Document]:
        """The approvals of a project."""
        return [body for _, body in self._store.items(_KIND, f"{project_id}/")]

    def get(self, project_id: str, approval_id: str) -> Document:
        """One approval; DevOpsFault 404 when the project has none of that id."""
        found = self._store.get(_KIND, f"{project_id}/{approval_id.lower()}")
        if found is None:
            message = f"The approval {approval_id} could not be found."
            raise DevOpsFault(404, "ApprovalNotFoundException", message, _ASSEMBLY)
        return found

    def ask(self, check: Document, build: Document, pipeline: Document) -> Document:
        """Ask the approvers of a check to let a stage of a run of a pipeline begin."""
        settings, stamp = check["settings"], now()
        steps = [_step(each, place, stamp) for place, each in enumerate(settings["approvers"], 1)]
        for step in steps[: 1 if settings["executionOrder"] == IN_SEQUENCE else None]:
            step |= {"status": PENDING, "initiated": stamp}
        requester = [build["requested_by"]] if settings["requesterCannotBeApprover"] else []
        approval: Document = {
            "id": str(uuid.uuid4()),
            "project": check["project"],
            "build": build["id"],
            "pipeline": {"id": pipeline["id"], "name": pipeline["name"], "run": build["number"]},
            "status": PENDING,
            "created": stamp,
            "order": settings["executionOrder"],
            "least": settings["minRequiredApprovers"] or len(steps),
            "instructions": settings["instructions"],
            "blocked": list(dict.fromkeys(settings["blockedApprovers"] + requester)),
            "ends": time.time() + check["minutes"] * 60,
            "steps": steps,
        }
        return self._save(approval)

    def answer(self, approval: Document, who: Identity, status: str, comment: str) -> Document:
        """Take somebody's APPROVED or REJECTED down. DevOpsFault when it is not theirs to give, or too late."""
        with self._store.transaction():
            held = self.get(approval["project"], approval["id"])
            if held["status"] != PENDING or held["ends"] <= time.time():
                message = f"The approval {held['id']} has been completed and cannot be updated."
                raise DevOpsFault(400, "ApprovalAlreadyCompletedException", message, _ASSEMBLY)
            step = step_of(held, who.id)
            if step is None:
                message = f"The user {who.display_name} is not authorized to update the approval {held['id']}."
                raise DevOpsFault(403, "ApprovalUnauthorizedException", message, _ASSEMBLY)
            step |= {"actual": who.id, "by": who.id, "status": status, "comment": comment, "changed": now()}
            given = sum(each["status"] == APPROVED for each in held["steps"])
            if status == REJECTED or given >= held["least"]:
                return self._end(held, status, SKIPPED)
            following = next((each for each in held["steps"] if each["status"] == UNINITIATED), None)
            if following is not None:
                following |= {"status": PENDING, "initiated": now(), "changed": now()}
            return self._save(held)

    def withdraw(self, approval: Document, status: str) -> None:
        """End an approval that waits, because its run is CANCELED or because it has TIMED_OUT."""
        with self._store.transaction():
            held = self.get(approval["project"], approval["id"])
            if held["status"] == PENDING:
                self._end(held, status, status)

    def of_run(self, build: Document) -> list[Document]:
        """The approvals that a run asked for."""
        return [each for each in self.of(build["project_id"]) if each["build"] == build["id"]]

    def withdraw_all(self, build: Document) -> None:
        """End the approvals that a run waits for."""
        for each in self.of_run(build):
            self.withdraw(each, CANCELED)

    def _end(self, approval: Document, status: str, of_the_rest: str) -> Document:
        """End an approval, and the steps that nobody has answered."""
        for step in approval["steps"]:
            if step["status"] in (PENDING, UNINITIATED):
                step |= {"status": of_the_rest, "changed": now()}
        return self._save(approval | {"status": status})

    def _save(self, approval: Document) -> Document:
        approval |= {"changed": now()}
        self._store.put(_KIND, f"{approval['project']}/{approval['id']}", approval)
        return approval


def _step(approver: str, place: int, stamp: str) -> dict[str, Any]:
    step = {"assigned": approver, "order": place, "status": UNINITIATED, "changed": stamp}
    return step | {"actual": "", "comment": "", "by": "", "initiated": ""}


def step_of(approval: Document, identity_id: str) -> dict[str, Any] | None:
    """The step that waits for somebody; None when they are not asked, not yet, not any more, or may not answer."""
    if identity_id in approval["blocked"]:
        return None
    waiting = (each for each in approval["steps"] if each["status"] == PENDING)
    return next((each for each in waiting if each["assigned"] == identity_id), None)
