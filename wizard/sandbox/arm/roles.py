"""Role definitions and role assignments, at any scope.

https://learn.microsoft.com/rest/api/authorization/role-assignments
"""

import re
import uuid
from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm import access
from wizard.sandbox.arm.access import Assignment
from wizard.sandbox.arm.builtin_roles import ROLES, Role
from wizard.sandbox.arm.call import Call, answer, empty, one_of, text_of
from wizard.sandbox.arm.conditions import lets_give
from wizard.sandbox.arm.errors import ArmError, authorization_failed, required_property
from wizard.sandbox.arm.moments import moment
from wizard.sandbox.arm.paging import page
from wizard.sandbox.entra.directory import Directory

_DEFINITIONS = "providers/Microsoft.Authorization/roleDefinitions"
_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"


def _permission(role: Role) -> dict[str, list[str]]:
    return {
        "actions": list(role.actions),
        "notActions": list(role.not_actions),
        "dataActions": list(role.data_actions),
        "notDataActions": [],
    }


def _definition_view(role: Role, subscription: str) -> dict[str, Any]:
    return {
        "properties": {
            "roleName": role.name,
            "type": "BuiltInRole",
            "description": role.description,
            "assignableScopes": ["/"],
            "permissions": [_permission(role)],
            "createdOn": "2015-02-02T21:55:09.8806423Z",
            "updatedOn": "2021-11-11T20:13:28.6061853Z",
            "createdBy": None,
            "updatedBy": None,
        },
        "id": f"/subscriptions/{subscription}/{_DEFINITIONS}/{role.id}",
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role.id,
    }


def list_definitions(call: Call, scope: str) -> Response:
    """GET the role definitions, filtered by roleName or type if asked."""
    text = call.query.get("$filter", "")
    roles = list(ROLES.values())
    match = re.fullmatch(r"(roleName|type) eq '([^']*)'", text.strip(), re.IGNORECASE)
    if match and match[1].lower() == "rolename":
        roles = [role for role in roles if role.name.lower() == match[2].lower()]
    elif match:
        roles = roles if match[2].lower() == "builtinrole" else []
    elif text and text.strip().lower() != "atscopeandbelow()":
        raise ArmError(400, "InvalidFilterInQueryString", f"The filter '{text}' is not supported.")
    return answer(page(call, [_definition_view(role, _subscription(scope)) for role in roles]))


def get_definition(call: Call, scope: str, name: str) -> Response:  # noqa: ARG001 - every route gets the call
    """GET one role definition by its GUID."""
    role = ROLES.get(name.lower())
    if role is None:
        raise ArmError(
            404, "RoleDefinitionDoesNotExist", f"The specified role definition with ID '{name}' does not exist."
        )
    return answer(_definition_view(role, _subscription(scope)))


def _view(assignment: Assignment) -> dict[str, Any]:
    scope = assignment.scope.rstrip("/")
    return {
        "properties": {
            "roleDefinitionId": f"/subscriptions/{_subscription(scope)}/{_DEFINITIONS}/{assignment.role_id}",
            "principalId": assignment.principal_id,
            "principalType": assignment.principal_type,
            "scope": assignment.scope,
            "condition": assignment.condition,
            "conditionVersion": assignment.condition_version,
            "createdOn": assignment.created_on,
            "updatedOn": assignment.created_on,
            "createdBy": assignment.created_by,
            "updatedBy": assignment.created_by,
            "delegatedManagedIdentityResourceId": None,
            "description": assignment.description,
        },
        "id": f"{scope}/providers/{_ASSIGNMENTS}/{assignment.name}",
        "type": _ASSIGNMENTS,
        "name": assignment.name,
    }


def list_assignments(call: Call, scope: str) -> Response:
    """GET the assignments at, above and below a scope.

    Filters: atScope() leaves out what is below; principalId and assignedTo leave out other principals.
    """
    text = call.query.get("$filter", "")
    known = re.fullmatch(
        r"(?P<at>atScope\(\))?(?: and )?(?:principalId eq '(?P<id>[^']*)'|assignedTo\('(?P<to>[^']*)'\))?",
        text.strip(),
        re.IGNORECASE,
    )
    if known is None:
        raise ArmError(400, "UnsupportedQuery", "The filter specified in the query is not supported.")
    here, who = scope.lower().rstrip("/") + "/", known["id"] or known["to"]
    found = []
    for assignment in access.assignments(call.cloud):
        there = assignment.scope.lower().rstrip("/") + "/"
        related = here.startswith(there) or (there.startswith(here) and not known["at"])
        if related and (who is None or assignment.principal_id.lower() == who.lower()):
            found.append(_view(assignment))
    return answer(page(call, found))


def get_assignment(call: Call, scope: str, name: str) -> Response:
    """GET one assignment."""
    found = _at(call, scope, name)
    if found is None:
        raise ArmError(404, "RoleAssignmentNotFound", f"The role assignment '{name}' is not found.")
    return answer(_view(found))


def put_assignment(call: Call, scope: str, name: str) -> Response:
    """PUT: give a role; 201, 200 for the same again, 409 for the same under another name."""
    try:
        uuid.UUID(name)
    except ValueError:
        raise ArmError(
            400, "InvalidRoleAssignmentId", f"The role assignment ID '{name}' is not valid. The ID must be a GUID."
        ) from None
    given = call.body().get("properties")
    if not isinstance(given, dict):
        raise required_property("properties")
    wanted = _wanted(call, scope, name, given)
    _check_conditions(call, "write", wanted)
    for other in access.assignments(call.cloud):
        same = (other.scope.lower(), other.role_id, other.principal_id) == (
            wanted.scope.lower(),
            wanted.role_id,
            wanted.principal_id,
        )
        if same and other.name.lower() == name.lower():
            return answer(_view(other))
        if same:
            raise ArmError(409, "RoleAssignmentExists", "The role assignment already exists.")
        if other.name.lower() == name.lower():
            raise ArmError(
                400,
                "RoleAssignmentUpdateNotPermitted",
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
            )
    access.save(call.cloud, wanted)
    return answer(_view(wanted), 201)


def delete_assignment(call: Call, scope: str, name: str) -> Response:
    """DELETE: 200 with what was deleted, or 204."""
    found = _at(call, scope, name)
    if found is None:
        return empty(204)
    _check_conditions(call, "delete", found)
    call.cloud.store.delete("role_assignment", found.name.lower())
    return answer(_view(found))


def _check_conditions(call: Call, verb: str, wanted: Assignment) -> None:
    """Raise ArmError when whatever lets the caller do this has a condition that excludes the role."""
    action = f"{_ASSIGNMENTS}/{verb}"
    for own in access.assignments_of(call.cloud, call.principal.object_id, wanted.scope):
        if access.grants(ROLES[own.role_id], action) and lets_give(own.condition, verb, wanted.role_id):
            return
    raise authorization_failed(call.principal, action, f"{wanted.scope}/providers/{_ASSIGNMENTS}/{wanted.name}")


def _wanted(call: Call, scope: str, name: str, given: dict[str, Any]) -> Assignment:
    body = {"properties": given}
    role_id = text_of(body, "properties", "roleDefinitionId").rsplit("/", 1)[-1].lower()
    if role_id not in ROLES:
        message = f"The specified role definition with ID '{role_id}' does not exist."
        raise ArmError(404, "RoleDefinitionDoesNotExist", message)
    principal_id = text_of(body, "properties", "principalId").lower()
    directory = Directory(call.cloud)
    principal = directory.principal(principal_id)
    if principal is None:
        raise ArmError(
            400,
            "PrincipalNotFound",
            f"Principal {principal_id.replace('-', '')} does not exist in the directory {directory.tenant_id}. Check"
            " that you have the correct principal ID. If you are creating this principal and then immediately"
            " assigning a role, this error might be related to a replication delay. In this case, set the role"
            " assignment principalType property to a value, such as ServicePrincipal, User, or Group.  See"
            " https://aka.ms/docs-principaltype",
        )
    kind = one_of(
        str(given.get("principalType") or principal.kind), "principalType", ["User", "ServicePrincipal", "Group"]
    )
    if kind != principal.kind:
        raise ArmError(
            400,
            "UnmatchedPrincipalType",
            f"The PrincipalId '{principal_id.replace('-', '')}' has type '{principal.kind}' , which is different from"
            f" specified PrinciaplType '{kind}'.",
        )
    return Assignment(
        name.lower(),
        scope,
        role_id,
        principal_id,
        kind,
        call.principal.object_id,
        moment(),
        given.get("description"),
        given.get("condition"),
        given.get("conditionVersion"),
    )


def list_permissions(call: Call, scope: str) -> Response:
    """GET permissions: what the caller's own roles allow at a scope."""
    mine = access.roles_at(call.cloud, call.principal, scope)
    return answer(page(call, [_permission(role) for role in mine]))


def _at(call: Call, scope: str, name: str) -> Assignment | None:
    here = scope.lower().rstrip("/")
    every = access.assignments(call.cloud)
    return next((a for a in every if a.name == name.lower() and a.scope.lower().rstrip("/") == here), None)


def _subscription(scope: str) -> str:
    parts = scope.split("/")
    return parts[2] if len(parts) > 2 else ""
