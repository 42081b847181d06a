"""Changes of refs, however they come (REST or git): what they need, who may make them, and the record of pushes."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from wizard.sandbox.devops import policies
from wizard.sandbox.devops.bare import NOTHING
from wizard.sandbox.devops.faults import GIT, DevOpsFault, needs_git_permission
from wizard.sandbox.devops.identities import Identity
from wizard.sandbox.devops.permissions import has_git_right
from wizard.sandbox.devops.repositories import Repositories, Repository
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.devops.wire import now

_PUSH = "devops_push"

PULL_REQUEST_NEEDED = (
    "TF402455: Pushes to this branch are not permitted; you must use a pull request to update this branch."
)


@dataclass(frozen=True, slots=True)
class RefChange:
    """A ref that moves from one object to another; NOTHING stands for none."""

    name: str
    old: str
    new: str

    @property
    def is_branch(self) -> bool:
        """Whether it is a branch, and not a tag or a note."""
        return self.name.startswith("refs/heads/")


def refusal(tenancy: Tenancy, identity: Identity, repository: Repository, change: RefChange) -> DevOpsFault | None:
    """Why somebody may not make a change; None when they may."""
    branch = change.name.removeprefix("refs/") if change.is_branch else ""

    def lacks(permission: str) -> bool:
        return not has_git_right(tenancy, identity, permission, repository.project_id, repository.id, branch)

    for permission in _needed(change, repository, identity):
        if lacks(permission):
            return needs_git_permission(permission, identity.account, "branch" if branch else "repository")
    if change.is_branch and lacks("PolicyExempt") and policies.protects(tenancy, repository, change.name):
        return DevOpsFault(403, "GitRefUpdateRejectedByPolicyException", PULL_REQUEST_NEEDED, GIT)
    return None


def _needed(change: RefChange, repository: Repository, identity: Identity) -> list[str]:
    """The permissions for a change. Who made a branch may delete it; a repository's first branch is no new one."""
    if change.name.startswith("refs/notes/"):
        return ["ManageNote"]
    if change.new == NOTHING:
        return ["GenericContribute"] if repository.creators.get(change.name) == identity.id else ["ForcePush"]
    if change.old == NOTHING and change.name.startswith("refs/tags/"):
        return ["CreateTag"]
    if change.old == NOTHING and repository.default_branch:
        return ["GenericContribute", "CreateBranch"]
    return ["GenericContribute"]


def record_push(
    tenancy: Tenancy, identity: Identity, repository_id: str, changes: Sequence[RefChange]
) -> dict[str, Any]:
    """Write a push that has happened into the history, and bring the repository's record up to date."""
    repositories = Repositories(tenancy)
    with tenancy.store.transaction():
        push = {
            "id": tenancy.store.next_number(_PUSH),
            "date": now(),
            "by": identity.id,
            "changes": [asdict(change) for change in changes],
        }
        tenancy.store.put(_PUSH, f"{repository_id}/{push['id']:08}", push)
        repository = repositories.get(repository_id)
        if repository is not None:
            repositories.put(_after(repositories, repository, identity, changes))
    for listener in tenancy.after_push:
        listener(identity, repository_id, changes)
    return push


def pushes_of(tenancy: Tenancy, repository_id: str) -> list[dict[str, Any]]:
    """The pushes to a repository, newest first."""
    return [push for _, push in reversed(tenancy.store.items(_PUSH, f"{repository_id}/"))]


def _after(
    repositories: Repositories, repository: Repository, identity: Identity, changes: Sequence[RefChange]
) -> Repository:
    """The record of a repository after a push; its first branch becomes the default."""
    bare = repositories.bare(repository)
    creators = dict(repository.creators)
    for change in changes:
        if change.new == NOTHING:
            creators.pop(change.name, None)
        elif change.old == NOTHING:
            creators[change.name] = identity.id
    default = repository.default_branch
    pushed = [change.name for change in changes if change.is_branch and change.new != NOTHING]
    if not default and pushed:
        default = "refs/heads/main" if "refs/heads/main" in pushed else pushed[0]
        bare.point_head(default)
    return replace(repository, creators=creators, default_branch=default, size=bare.size())
