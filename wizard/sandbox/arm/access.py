"""Who may do what: built-in roles, role assignments, and the question whether an action is allowed.

Role ids and permissions: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
"""

import re
import uuid
from dataclasses import asdict, dataclass

from wizard.sandbox.arm.moments import moment
from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.entra.directory import Directory

OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers"
_BLOB_FILES = f"{_BLOBS}/blobs"


@dataclass(frozen=True, slots=True)
class Role:
    """A built-in role: management actions and data actions, with `*` as wildcard."""

    id: str
    name: str
    description: str
    actions: tuple[str, ...]
    not_actions: tuple[str, ...] = ()
    data_actions: tuple[str, ...] = ()


_ROLES = [
    Role(
        OWNER,
        "Owner",
        "Grants full access to manage all resources, including the ability to assign roles in Azure RBAC.",
        ("*",),
    ),
    Role(
        "b24988ac-6180-42a0-ab88-20f7382dd24c",
        "Contributor",
        "Grants full access to manage all resources, but does not allow you to assign roles in Azure RBAC, manage"
        " assignments in Azure Blueprints, or share image galleries.",
        ("*",),
        (
            "Microsoft.Authorization/*/Delete",
            "Microsoft.Authorization/*/Write",
            "Microsoft.Authorization/elevateAccess/Action",
        ),
    ),
    Role(
        "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        "Reader",
        "View all resources, but does not allow you to make any changes.",
        ("*/read",),
    ),
    Role(
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
        "User Access Administrator",
        "Lets you manage user access to Azure resources.",
        ("*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"),
    ),
    Role(
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
        "Role Based Access Control Administrator",
        "Manage access to Azure resources by assigning roles using Azure RBAC.",
        ("Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/delete", "*/read"),
    ),
    Role(
        "17d1049b-9a84-46fb-8f53-869881c3d3ab",
        "Storage Account Contributor",
        "Lets you manage storage accounts, including accessing storage account keys which provide full access to"
        " storage account data.",
        (
            "Microsoft.Authorization/*/read",
            "Microsoft.Resources/subscriptions/resourceGroups/read",
            "Microsoft.Storage/storageAccounts/*",
        ),
    ),
    Role(
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
        "Storage Blob Data Owner",
        "Allows for full access to Azure Storage blob containers and data, including assigning POSIX access control.",
        (f"{_BLOBS}/*", "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action"),
        (),
        (f"{_BLOB_FILES}/*",),
    ),
    Role(
        "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
        "Storage Blob Data Contributor",
        "Allows for read, write and delete access to Azure Storage blob containers and data.",
        (
            f"{_BLOBS}/delete",
            f"{_BLOBS}/read",
            f"{_BLOBS}/write",
            "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action",
        ),
        (),
        tuple(f"{_BLOB_FILES}/{what}" for what in ("delete", "read", "write", "move/action", "add/action")),
    ),
    Role(
        "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
        "Storage Blob Data Reader",
        "Allows for read access to Azure Storage blob containers and data.",
        (f"{_BLOBS}/read", "Microsoft.Storage/storageAccounts/blobServices/generateUserDelegationKey/action"),
        (),
        (f"{_BLOB_FILES}/read",),
    ),
]
ROLES = {role.id: role for role in _ROLES}


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


def assignments(cloud: Cloud) -> list[Assignment]:
    """All role assignments."""
    return [Assignment(**body) for _, body in cloud.store.items("role_assignment")]


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


def allowed(cloud: Cloud, principal: Principal, action: str, scope: str) -> bool:
    """Whether a principal may do a management action at a scope."""
    return any(
        _matches(role.actions, action) and not _matches(role.not_actions, action)
        for role in roles_at(cloud, principal, scope)
    )


def data_allowed(cloud: Cloud, principal: Principal, action: str, scope: str) -> bool:
    """Whether a principal may do a data action (such as reading a blob) at a scope."""
    return any(_matches(role.data_actions, action) for role in roles_at(cloud, principal, scope))


def has_any_role(cloud: Cloud, principal: Principal, below: str) -> bool:
    """Whether a principal has a role at this scope or anywhere below it."""
    start = below.lower().rstrip("/") + "/"
    mine = (a for a in assignments(cloud) if a.principal_id == principal.object_id)
    return any((a.scope.lower().rstrip("/") + "/").startswith(start) for a in mine)


def roles_at(cloud: Cloud, principal: Principal, scope: str) -> list[Role]:
    """The roles a principal has at a scope, given there or above it."""
    place = scope.lower().rstrip("/") + "/"
    return [
        ROLES[a.role_id]
        for a in assignments(cloud)
        if a.principal_id == principal.object_id and place.startswith(a.scope.lower().rstrip("/") + "/")
    ]


def _matches(patterns: tuple[str, ...], action: str) -> bool:
    return any(re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), action, re.IGNORECASE) for pattern in patterns)
