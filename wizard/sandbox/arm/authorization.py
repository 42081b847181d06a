"""What somebody may do and could be allowed to do: access checks, deny assignments, roles to activate (PIM).

checkAccess is undocumented; azd and the portal call it like this:
POST {scope}/providers/Microsoft.Authorization/checkAccess?api-version=2018-09-01-preview.
The rest: https://learn.microsoft.com/rest/api/authorization
"""

import re
import time
import uuid
from dataclasses import asdict
from datetime import datetime
from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm import access
from wizard.sandbox.arm.access import Assignment, Decision, DenyAssignment
from wizard.sandbox.arm.builtin_roles import ROLES
from wizard.sandbox.arm.call import Call, answer, text_of
from wizard.sandbox.arm.errors import ArmError, invalid_content
from wizard.sandbox.arm.moments import moment
from wizard.sandbox.arm.paging import page
from wizard.sandbox.entra.directory import Directory
from wizard.sandbox.store import Document

_PROVIDER = "providers/Microsoft.Authorization"
_DURATION = re.compile(r"PT(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?")
LONGEST_ACTIVATION = 8 * 3600  # seconds


def check_access(call: Call, scope: str) -> Response:
    """POST checkAccess: for each action, whether the subject (by default the caller) may do it at a scope."""
    body = {name.lower(): value for name, value in call.body().items()}
    actions = body.get("actions")
    if not isinstance(actions, list) or not actions:
        raise invalid_content("'Actions' must name at least one action")
    attributes = (body.get("subject") or {}).get("Attributes") or {}
    subject = str(attributes.get("ObjectId") or call.principal.object_id)
    place = str((body.get("resource") or {}).get("Id") or scope)
    return answer([_decision(call, subject, place, action) for action in actions])


def _decision(call: Call, subject: str, scope: str, action: Any) -> dict[str, Any]:
    if not isinstance(action, dict) or not isinstance(action.get("Id"), str):
        raise invalid_content("each of 'Actions' needs an 'Id'")
    data = action.get("IsDataAction") is True
    decision = access.decide(call.cloud, subject.lower(), action["Id"], scope, data=data)
    return {
        "actionId": action["Id"],
        "accessDecision": _word(decision),
        "isDataAction": data,
        "roleAssignment": _brief(decision.by) if decision.by else None,
        "denyAssignment": {"id": decision.denied_by.name, "name": decision.denied_by.title}
        if decision.denied_by
        else None,
        "timeToLiveInMs": 300000,
    }


def _word(decision: Decision) -> str:
    if decision.denied_by is not None:
        return "Denied"
    return "Allowed" if decision.allowed else "NotAllowed"


def _brief(assignment: Assignment) -> dict[str, Any]:
    return {
        "id": assignment.name,
        "roleDefinitionId": assignment.role_id,
        "principalId": assignment.principal_id,
        "principalType": assignment.principal_type,
        "scope": assignment.scope,
        "condition": assignment.condition,
        "conditionVersion": assignment.condition_version,
    }


def list_denials(call: Call, scope: str) -> Response:
    """GET denyAssignments that count at a scope."""
    found = [denial for denial in access.deny_assignments(call.cloud) if _related(denial.scope, scope)]
    return answer(page(call, [_denial_view(denial) for denial in found]))


def _denial_view(denial: DenyAssignment) -> dict[str, Any]:
    permission = {
        "actions": denial.actions,
        "notActions": denial.not_actions,
        "dataActions": denial.data_actions,
        "notDataActions": [],
    }
    everyone = {"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined", "displayName": "All Principals"}
    return {
        "properties": {
            "denyAssignmentName": denial.title,
            "description": None,
            "permissions": [permission],
            "scope": denial.scope,
            "doNotApplyToChildScopes": False,
            "principals": [everyone],
            "excludePrincipals": [],
            "isSystemProtected": True,
        },
        "id": f"{denial.scope}/{_PROVIDER}/denyAssignments/{denial.name}",
        "type": "Microsoft.Authorization/denyAssignments",
        "name": denial.name,
    }


def list_eligible(call: Call, scope: str) -> Response:
    """GET roleEligibilityScheduleInstances; with asTarget() the caller's own."""
    mine = "astarget()" in call.query.get("$filter", "").lower()
    found = [
        body
        for _, body in call.cloud.store.items("role_eligibility")
        if _related(body["scope"], scope) and (not mine or body["principal_id"] == call.principal.object_id)
    ]
    return answer(page(call, [_eligible_view(call, body) for body in found]))


def _eligible_view(call: Call, body: Document) -> dict[str, Any]:
    definition = _definition_id(body["scope"], body["role_id"])
    principal = Directory(call.cloud).principal(body["principal_id"])
    return {
        "properties": {
            "roleEligibilityScheduleId": f"{body['scope']}/{_PROVIDER}/roleEligibilitySchedules/{body['name']}",
            "scope": body["scope"],
            "roleDefinitionId": definition,
            "principalId": body["principal_id"],
            "principalType": body["principal_type"],
            "status": "Provisioned",
            "startDateTime": body["created_on"],
            "endDateTime": None,
            "memberType": "Direct",
            "createdOn": body["created_on"],
            "condition": None,
            "conditionVersion": None,
            "expandedProperties": {
                "scope": {
                    "id": body["scope"],
                    "displayName": body["scope"].rpartition("/")[2],
                    "type": "subscription" if body["scope"].count("/") == 2 else "resourcegroup",
                },
                "roleDefinition": {
                    "id": definition,
                    "displayName": ROLES[body["role_id"]].name,
                    "type": "BuiltInRole",
                },
                "principal": {
                    "id": body["principal_id"],
                    "displayName": principal.name if principal else "",
                    "type": body["principal_type"],
                },
            },
        },
        "name": body["name"],
        "id": f"{body['scope']}/{_PROVIDER}/roleEligibilityScheduleInstances/{body['name']}",
        "type": "Microsoft.Authorization/roleEligibilityScheduleInstances",
    }


def request_activation(call: Call, scope: str, name: str) -> Response:
    """PUT roleAssignmentScheduleRequests: activate a role one is eligible for (requestType SelfActivate)."""
    body = call.body()
    if text_of(body, "properties", "requestType") != "SelfActivate":
        raise ArmError(400, "UnsupportedRequestType", "Only requests of type SelfActivate are supported.")
    principal_id = text_of(body, "properties", "principalId").lower()
    role_id = text_of(body, "properties", "roleDefinitionId").rpartition("/")[2].lower()
    eligible = any(
        (held["principal_id"], held["role_id"]) == (principal_id, role_id) and _related(held["scope"], scope)
        for _, held in call.cloud.store.items("role_eligibility")
    )
    if principal_id != call.principal.object_id or not eligible:
        raise ArmError(400, "RoleAssignmentDoesNotExist", "The Role assignment does not exist.")
    if not body["properties"].get("justification"):
        raise ArmError(
            400,
            "RoleAssignmentRequestPolicyValidationFailed",
            'The following policy rules failed: ["JustificationRule"]',
        )
    seconds = _activation_seconds(body["properties"])
    if any(a.role_id == role_id for a in access.assignments_of(call.cloud, principal_id, scope)):
        raise ArmError(400, "RoleAssignmentExists", "The Role assignment already exists.")
    kind = call.principal.kind
    until = time.time() + seconds
    active = Assignment(str(uuid.uuid4()), scope, role_id, principal_id, kind, principal_id, moment(), expires_at=until)
    access.save(call.cloud, active)
    view = _request_view(call, scope, name, active, body["properties"])
    call.cloud.store.put("role_activation", name.lower(), {"scope": scope, "view": view, "assignment": asdict(active)})
    return answer(view, 201)


def get_activation(call: Call, scope: str, name: str) -> Response:
    """GET one request for activation."""
    found = call.cloud.store.get("role_activation", name.lower())
    if found is None or found["scope"].lower() != scope.lower():
        raise ArmError(
            404, "RoleAssignmentRequestNotFound", f"The role assignment schedule request {name} is not found."
        )
    return answer(found["view"])


def _request_view(call: Call, scope: str, name: str, active: Assignment, given: dict[str, Any]) -> dict[str, Any]:
    return {
        "properties": {
            "targetRoleAssignmentScheduleId": active.name,
            "targetRoleAssignmentScheduleInstanceId": None,
            "scope": scope,
            "roleDefinitionId": _definition_id(scope, active.role_id),
            "principalId": active.principal_id,
            "principalType": active.principal_type,
            "requestType": "SelfActivate",
            "status": "Provisioned",
            "approvalId": None,
            "scheduleInfo": given.get("scheduleInfo"),
            "ticketInfo": given.get("ticketInfo") or {"ticketNumber": None, "ticketSystem": None},
            "justification": given["justification"],
            "requestorId": call.principal.object_id,
            "createdOn": moment(),
            "condition": None,
            "conditionVersion": None,
        },
        "name": name,
        "id": f"{scope}/{_PROVIDER}/roleAssignmentScheduleRequests/{name}",
        "type": "Microsoft.Authorization/roleAssignmentScheduleRequests",
    }


def _activation_seconds(given: dict[str, Any]) -> float:
    """How long an activation is to last: scheduleInfo.expiration, a duration or a moment."""
    expiration = (given.get("scheduleInfo") or {}).get("expiration") or {}
    match = _DURATION.fullmatch(str(expiration.get("duration") or ""))
    if match is not None:
        seconds = int(match["hours"] or 0) * 3600.0 + int(match["minutes"] or 0) * 60.0
    elif expiration.get("endDateTime"):
        seconds = datetime.fromisoformat(str(expiration["endDateTime"])).timestamp() - time.time()
    else:
        seconds = LONGEST_ACTIVATION
    if not 0 < seconds <= LONGEST_ACTIVATION:
        raise ArmError(
            400,
            "RoleAssignmentRequestPolicyValidationFailed",
            'The following policy rules failed: ["ExpirationRule"]',
        )
    return seconds


def _definition_id(scope: str, role_id: str) -> str:
    return f"{'/'.join(scope.split('/')[:3])}/{_PROVIDER}/roleDefinitions/{role_id}"


def _related(assigned: str, scope: str) -> bool:
    """Whether something assigned at one scope counts at another."""
    return (scope.lower().rstrip("/") + "/").startswith(assigned.lower().rstrip("/") + "/")
