"""What we may do in Azure, the roles that are given to us, and giving them.

API: https://learn.microsoft.com/rest/api/authorization. checkAccess is not described there; the portal and azd ask it:
POST {scope}/providers/Microsoft.Authorization/checkAccess?api-version=2018-09-01-preview
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from azure.mgmt.authorization import AuthorizationManagementClient

from wizard.clients.arm import Arm
from wizard.clients.azure_login import Credential
from wizard.clients.faults import translated
from wizard.clients.foreign_pages import AZURE_CLIENT
from wizard.clients.subscriptions import ARM_HOST
from wizard.engine.errors import NotFoundError, ServiceError

_PROVIDER = "providers/Microsoft.Authorization"
_CHECK_VERSION = "2018-09-01-preview"
_ALLOWED = "Allowed"
ACTIVE_HOURS = "PT8H"  # what an activation lasts at most, unless the directory says otherwise


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one action is allowed. `condition` limits the role that allows it; `denial` is what forbids it."""

    action: str
    allowed: bool
    condition: str = ""
    denial: str = ""


@dataclass(frozen=True, slots=True)
class Eligible:
    """A role that waits to be activated (Privileged Identity Management), and where."""

    role: str
    role_id: str
    scope: str


class Access:
    """Asks and changes who may do what in one subscription. Scopes are resource ids, roles the GUIDs of theirs."""

    host = ARM_HOST

    def __init__(self, credential: Credential, subscription: str) -> None:
        self._arm = Arm(credential)
        self._client = AuthorizationManagementClient(credential, subscription, **AZURE_CLIENT)
        self._subscription = subscription

    def check(self, scope: str, principal: str, actions: Sequence[str], data: Sequence[str] = ()) -> list[Verdict]:
        """A verdict for each management action, then for each data action, of a principal (its object id)."""
        asked = [(action, False) for action in actions] + [(action, True) for action in data]
        body = {
            "Subject": {"Attributes": {"ObjectId": principal}},
            "Actions": [{"Id": action, "IsDataAction": is_data} for action, is_data in asked],
            "Resource": {"Id": scope},
        }
        return [
            _verdict(each) for each in self._arm.send("POST", f"{scope}/{_PROVIDER}/checkAccess", _CHECK_VERSION, body)
        ]

    def permissions(self, group: str, actions: Sequence[str], data: Sequence[str] = ()) -> list[Verdict]:
        """The same for us, worked out from the permissions that our roles have on a resource group.

        Deny assignments are not seen so. API: https://learn.microsoft.com/rest/api/authorization/permissions
        """
        with translated("Azure"):
            held = list(self._client.permissions.list_for_resource_group(group))
        found = [(a, any(_holds(a, p.actions, p.not_actions) for p in held)) for a in actions]
        found += [(a, any(_holds(a, p.data_actions, p.not_data_actions) for p in held)) for a in data]
        return [Verdict(action, allowed) for action, allowed in found]

    def eligible(self, scope: str) -> list[Eligible]:
        """The roles that we could activate at a scope or above it; none where the directory has no such roles."""
        try:
            with translated("Azure"):
                found = list(
                    self._client.role_eligibility_schedule_instances.list_for_scope(scope.strip("/"), "asTarget()")
                )
        except ServiceError as error:
            if error.status in (400, 403, 404):  # no licence for it, or not ours to ask
                return []
            raise
        return [
            Eligible(
                role=str(each.expanded_properties.role_definition.display_name),
                role_id=str(each.role_definition_id),
                scope=str(each.scope),
            )
            for each in found
        ]

    def activate(self, request: str, eligible: Eligible, principal: str, reason: str) -> None:
        """Activate a role for eight hours; `request` is a GUID, so that repeating it is no second activation."""
        body = {
            "properties": {
                "requestType": "SelfActivate",
                "principalId": principal,
                "roleDefinitionId": eligible.role_id,
                "justification": reason,
                "scheduleInfo": {"expiration": {"type": "AfterDuration", "duration": ACTIVE_HOURS}},
            }
        }
        with translated("Azure"):
            self._client.role_assignment_schedule_requests.create(eligible.scope.strip("/"), request, body)

    def has_assignment(self, scope: str, name: str) -> bool:
        """Whether there is a role assignment of that name (a GUID)."""
        try:
            with translated("Azure"):
                self._client.role_assignments.get(scope.strip("/"), name)
        except NotFoundError:
            return False
        return True

    def assign(self, scope: str, name: str, role: str, principal: str, kind: str) -> None:
        """Give a role to a principal (`kind`: User or ServicePrincipal); done already counts as done."""
        definition = f"/subscriptions/{self._subscription}/{_PROVIDER}/roleDefinitions/{role}"
        body = {"properties": {"roleDefinitionId": definition, "principalId": principal, "principalType": kind}}
        try:
            with translated("Azure"):
                self._client.role_assignments.create(scope.strip("/"), name, body)
        except ServiceError as error:
            if error.code != "RoleAssignmentExists":
                raise

    def unassign(self, scope: str, name: str) -> None:
        """Take a role assignment away."""
        with translated("Azure"):
            self._client.role_assignments.delete(scope.strip("/"), name)


def _verdict(answer: dict[str, Any]) -> Verdict:
    return Verdict(
        action=answer["actionId"],
        allowed=answer["accessDecision"] == _ALLOWED,
        condition=(answer.get("roleAssignment") or {}).get("condition") or "",
        denial=(answer.get("denyAssignment") or {}).get("name") or "",
    )


def _holds(action: str, granted: Sequence[str] | None, excepted: Sequence[str] | None) -> bool:
    return _any(granted or (), action) and not _any(excepted or (), action)


def _any(patterns: Sequence[str], action: str) -> bool:
    return any(re.fullmatch(re.escape(each).replace(r"\*", ".*"), action, re.IGNORECASE) for each in patterns)
