"""What scenarios change in Azure DevOps: members, tokens, rights, branch policies, and what pipelines use."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.control import SandboxError
from wizard.sandbox.devops import grants, pipeline_permissions, policies, variable_groups
from wizard.sandbox.devops.security import GIT, AccessLists, bit, git_token
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.scenarios.record import Record

_MEMBERS, _GROUPS, _TOKENS = "devops_member", "devops_group", "devops_pat"
_PROJECTS, _RIGHTS = "devops_project", "devops_acl"


def expel_members(cloud: Cloud, record: Record) -> None:
    """Take everybody out of the organisation."""
    for key, _ in cloud.store.items(_MEMBERS):
        record.delete(_MEMBERS, key)


def revoke_devops_tokens(cloud: Cloud, record: Record) -> None:
    """Revoke all personal access tokens of Azure DevOps."""
    for key, _ in cloud.store.items(_TOKENS):
        record.delete(_TOKENS, key)


def end_devops_tokens(cloud: Cloud, record: Record) -> None:
    """Let all personal access tokens of Azure DevOps have ended yesterday."""
    ended = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    for key, token in cloud.store.items(_TOKENS):
        record.put(_TOKENS, key, token | {"valid_to": ended})


def protect_branches(cloud: Cloud, record: Record, *, branches: list[str]) -> None:
    """Ask for a reviewed pull request on these branches of all repositories."""
    settings = {
        "minimumApproverCount": 1,
        "creatorVoteCounts": False,
        "scope": [{"refName": branch, "matchKind": "Exact", "repositoryId": None} for branch in branches],
    }
    member = next((body["id"] for _, body in cloud.store.items(_MEMBERS)), "")
    for project in _projects(cloud):
        number = cloud.store.next_number(policies.KIND)
        configuration = {
            "id": number,
            "revision": 1,
            "type": policies.MINIMUM_REVIEWERS,
            "isEnabled": True,
            "isBlocking": True,
            "settings": settings,
            "created_by": member,
            "created": datetime.now(UTC).isoformat(),
        }
        record.put(policies.KIND, f"{project}/{number:08}", configuration)


def demote_members(cloud: Cloud, record: Record) -> None:
    """Take everybody out of the groups that may change something, and make them readers of all projects."""
    everybody = [identity.id for identity in Tenancy(cloud).identities.everybody()]
    for key, group in cloud.store.items(_GROUPS):
        members = everybody if group["name"] == grants.READERS else []
        record.put(_GROUPS, key, group | {"members": members})


def deny_git(cloud: Cloud, record: Record, *, permission: str) -> None:
    """Deny everybody one permission on all repositories."""
    tenancy, lists = Tenancy(cloud), AccessLists(cloud.store)
    with record.watching(_RIGHTS):
        for project in _projects(cloud):
            for identity in tenancy.identities.everybody():
                denied = bit(GIT, permission)
                lists.set_entry(GIT, git_token(project), identity.descriptor, 0, denied, True)


def forget_authorizations(cloud: Cloud, record: Record) -> None:
    """Let no pipeline use any service connection, variable group or queue."""
    for key, _ in cloud.store.items(pipeline_permissions.KIND):
        record.delete(pipeline_permissions.KIND, key)


def delete_variable_groups(cloud: Cloud, record: Record) -> None:
    """Delete all variable groups."""
    for key, _ in cloud.store.items(variable_groups.KIND):
        record.delete(variable_groups.KIND, key)


def show_secret_variables(cloud: Cloud, record: Record) -> None:
    """Let all secret variables of groups be plain ones, which everybody reads."""
    for key, group in cloud.store.items(variable_groups.KIND):
        plain = {name: {**held, "isSecret": False} for name, held in group["variables"].items()}
        record.put(variable_groups.KIND, key, group | {"variables": plain})


def _projects(cloud: Cloud) -> list[str]:
    found = [key for key, _ in cloud.store.items(_PROJECTS)]
    if not found:
        raise SandboxError("the organisation has no project")
    return found


DEVOPS_CHANGES: dict[str, Callable[..., None]] = {
    change.__name__: change
    for change in (
        expel_members,
        revoke_devops_tokens,
        end_devops_tokens,
        protect_branches,
        demote_members,
        deny_git,
        forget_authorizations,
        delete_variable_groups,
        show_secret_variables,
    )
}
