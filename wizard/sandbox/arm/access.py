"""Who may do what: role and deny assignments, and the question whether an action is allowed.

https://learn.microsoft.com/azure/role-based-access-control/overview
"""

import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from wizard.sandbox.arm.builtin_roles import OWNER, ROLES, Role
from wizard.sandbox.arm.moments import moment
from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.entra.directory import Directory


@dataclass(frozen=True, slots=True)
class Assignment:
    """A role given to a principal at a scope and everything below it."""

    name: str  # a GUID
    scope: str
    role_id: str  # a GUID
    principal_id: str
    principal_type: str
    created_by: str
    created_on: str
    description: str | None = None
    condition: str | None = None
    condition_version: str | None = None
    expires_at: float | None = None  # Unix time, of a role that was activated for some hours


@dataclass(frozen=True, slots=True)
class DenyAssignment:
    """Actions that nobody may do at a scope and below it, whatever roles they have."""

    name: str  # a GUID
    title: str
    scope: str
    actions: list[str]
    not_actions: list[str]
    data_actions: list[str]


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether an action is allowed, and the assignment that decided it, if any did."""

    allowed: bool
    by: Assignment | None = None
    denied_by: DenyAssignment | None = None


def assignments(cloud: Cloud) -> list[Assignment]:
    """All role assignments that are in force."""
    every = [Assignment(**body) for _, body in cloud.store.items("role_assignment")]
    return [assignment for assignment in every if assignment.expires_at is None or assignment.expires_at > time.time()]


def deny_assignments(cloud: Cloud) -> list[DenyAssignment]:
    """All deny assignments."""
    return [DenyAssignment(**body) for _, body in cloud.store.items("deny_assignment")]


def found_subscription(cloud: Cloud) -> None:
    """Make the sandbox's user and service principal owners of the subscription, once, when it is new."""
    if cloud.store.get("arm", "founded"):
        return
    directory = Directory(cloud)
    owners = [directory.user(), *directory.service_principals()]
    with cloud.store.transaction():
        for _, subscription in cloud.store.items("subscription"):
            scope = f"/subscriptions/{subscription['id']}"
            for owner in owners:
                name, creator = str(uuid.uuid4()), owner.object_id
                save(cloud, Assignment(name, scope, OWNER, owner.object_id, owner.kind, creator, moment()))
        cloud.store.put("arm", "founded", {"done": True})


def save(cloud: Cloud, assignment: Assignment) -> None:
    """Add or replace an assignment."""
    cloud.store.put("role_assignment", assignment.name.lower(), asdict(assignment))


def decide(cloud: Cloud, principal_id: str, action: str, scope: str, *, data: bool = False) -> Decision:
    """Whether a principal may do a management action, or a data action, at a scope, and why."""
    for denial in deny_assignments(cloud):
        denied = denial.data_actions if data else denial.actions
        if _covers(denial.scope, scope) and _matches(denied, action) and not _matches(denial.not_actions, action):
            return Decision(False, denied_by=denial)
    for assignment in assignments_of(cloud, principal_id, scope):
        role = ROLES[assignment.role_id]
        if _matches(role.data_actions, action) if data else grants(role, action):
            return Decision(True, by=assignment)
    return Decision(False)


def grants(role: Role, action: str) -> bool:
    """Whether a role holds a management action."""
    return _matches(role.actions, action) and not _matches(role.not_actions, action)


def allowed(cloud: Cloud, principal: Principal, action: str, scope: str) -> bool:
    """Whether a principal may do a management action at a scope."""
    return decide(cloud, principal.object_id, action, scope).allowed


def data_allowed(cloud: Cloud, principal: Principal, action: str, scope: str) -> bool:
    """Whether a principal may do a data action (such as reading a blob) at a scope."""
    return decide(cloud, principal.object_id, action, scope, data=True).allowed


def has_any_role(cloud: Cloud, principal: Principal, below: str) -> bool:
    """Whether a principal has a role at this scope or anywhere below it."""
    start = below.lower().rstrip("/") + "/"
    mine = (a for a in assignments(cloud) if a.principal_id == principal.object_id)
    return any((a.scope.lower().rstrip("/") + "/").startswith(start) for a in mine)


def assignments_of(cloud: Cloud, principal_id: str, scope: str) -> list[Assignment]:
    """The assignments of a principal that count at a scope: made there or above it."""
    mine = (a for a in assignments(cloud) if a.principal_id == principal_id)
    return [assignment for assignment in mine if _covers(assignment.scope, scope)]


def roles_at(cloud: Cloud, principal: Principal, scope: str) -> list[Role]:
    """The roles a principal has at a scope, given there or above it."""
    return [ROLES[a.role_id] for a in assignments_of(cloud, principal.object_id, scope)]


def _covers(above: str, scope: str) -> bool:
    return (scope.lower().rstrip("/") + "/").startswith(above.lower().rstrip("/") + "/")


def _matches(patterns: Sequence[str], action: str) -> bool:
    return any(re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), action, re.IGNORECASE) for pattern in patterns)
