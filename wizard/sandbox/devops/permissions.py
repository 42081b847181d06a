"""The checks that operations make before they do anything: one question each, refused in the service's own words."""

from wizard.sandbox.devops import security
from wizard.sandbox.devops.faults import needs_git_permission, needs_permission
from wizard.sandbox.devops.identities import Identity
from wizard.sandbox.devops.security import allowed, bit, git_token, project_token
from wizard.sandbox.devops.tenancy import Tenancy


def may_see_project(tenancy: Tenancy, identity: Identity, project_id: str) -> bool:
    """Whether a project exists for an identity."""
    return allowed(tenancy, identity, security.PROJECT, project_token(project_id), 1)


def need_project_right(tenancy: Tenancy, identity: Identity, project_id: str, permission: str) -> None:
    """Raise DevOpsFault 403 unless a permission of the Project namespace is there."""
    if not allowed(tenancy, identity, security.PROJECT, project_token(project_id), bit(security.PROJECT, permission)):
        raise needs_permission(identity.account, permission, f"project {project_id}")


def need_collection_right(tenancy: Tenancy, identity: Identity, permission: str) -> None:
    """Raise DevOpsFault 403 unless a permission of the organisation is there."""
    if not allowed(tenancy, identity, security.COLLECTION, "NAMESPACE", bit(security.COLLECTION, permission)):
        raise needs_permission(identity.account, permission, "organization")


def has_git_right(
    tenancy: Tenancy, identity: Identity, permission: str, project_id: str, repository_id: str = "", branch: str = ""
) -> bool:
    """Whether a permission of the Git Repositories namespace is there. `branch` has no refs/ in front."""
    token = git_token(project_id, repository_id, branch)
    return allowed(tenancy, identity, security.GIT, token, bit(security.GIT, permission))


def need_git_right(
    tenancy: Tenancy, identity: Identity, permission: str, project_id: str, repository_id: str = "", branch: str = ""
) -> None:
    """Raise DevOpsFault 403 TF401027 unless the permission is there."""
    if not has_git_right(tenancy, identity, permission, project_id, repository_id, branch):
        scope = "branch" if branch else "repository" if repository_id else "project"
        raise needs_git_permission(permission, identity.account, scope)
