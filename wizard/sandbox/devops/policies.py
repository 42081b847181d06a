"""Branch policies: which ones there are, what they protect, and what they still want from a pull request.

Types and settings: https://learn.microsoft.com/rest/api/azure/devops/policy/configurations/create
"""

from typing import Any

from wizard.sandbox.devops.repositories import Repository
from wizard.sandbox.devops.tenancy import Tenancy

KIND = "devops_policy"

MINIMUM_REVIEWERS = "fa4e907d-c16b-4a4c-9dfa-4906e5d171dd"
REQUIRED_REVIEWERS = "fd2167ab-b0be-447a-8ec8-39368250530e"
MERGE_STRATEGY = "fa4e907d-c16b-4a4c-9dfa-4916e5d171ab"
BUILD = "0609b952-1397-4640-95ec-e00a01b2c241"
COMMENTS = "c6a1889d-b943-4856-b76f-9e46bb6b0df2"
WORK_ITEMS = "40e92b44-2fe1-4dd6-b3d8-74a9c21d0c6e"

TYPES = {
    MINIMUM_REVIEWERS: "Minimum number of reviewers",
    REQUIRED_REVIEWERS: "Required reviewers",
    MERGE_STRATEGY: "Require a merge strategy",
    BUILD: "Build",
    COMMENTS: "Comment requirements",
    WORK_ITEMS: "Work item linking",
}

_APPROVED = 5  # votes: 10 approved, 5 approved with suggestions, 0 none, -5 waits for the author, -10 rejected
_STRATEGIES = {
    "noFastForward": "allowNoFastForward",
    "squash": "allowSquash",
    "rebase": "allowRebase",
    "rebaseMerge": "allowRebaseMerge",
}


def configurations(tenancy: Tenancy, project_id: str) -> list[dict[str, Any]]:
    """The policies of a project, oldest first."""
    return [body for _, body in tenancy.store.items(KIND, f"{project_id}/")]


def applies(configuration: dict[str, Any], repository: Repository, ref: str) -> bool:
    """Whether an enabled policy is about a branch."""
    scopes = configuration["settings"].get("scope") or []
    return bool(configuration["isEnabled"]) and any(_covers(scope, repository, ref) for scope in scopes)


def _covers(scope: dict[str, Any], repository: Repository, ref: str) -> bool:
    if (scope.get("repositoryId") or repository.id).lower() != repository.id:
        return False
    kind = str(scope.get("matchKind", "Exact")).lower()
    if kind == "defaultbranch":
        return ref == repository.default_branch
    named = str(scope.get("refName") or "")
    return ref.startswith(named) if kind == "prefix" else ref == named


def _blocking(tenancy: Tenancy, repository: Repository, ref: str) -> list[dict[str, Any]]:
    every = configurations(tenancy, repository.project_id)
    return [each for each in every if each["isBlocking"] and applies(each, repository, ref)]


def protects(tenancy: Tenancy, repository: Repository, ref: str) -> bool:
    """Whether a branch may only be changed by pull requests: it has a policy that must be kept."""
    return bool(_blocking(tenancy, repository, ref))


def unmet(tenancy: Tenancy, repository: Repository, request: dict[str, Any], strategy: str) -> list[str]:
    """What the policies of its target still want of a pull request, in words."""
    found = []
    for policy in _blocking(tenancy, repository, request["target"]):
        kind, settings = policy["type"], policy["settings"]
        reviewers = request["reviewers"]
        if kind == MINIMUM_REVIEWERS:
            own = bool(settings.get("creatorVoteCounts"))
            counted = [vote for who, vote in reviewers.items() if own or who != request["created_by"]]
            wanted = int(settings.get("minimumApproverCount", 1))
            if sum(vote >= _APPROVED for vote in counted) < wanted:
                found.append(f"At least {wanted} reviewer(s) must approve.")
            elif min(counted, default=0) < 0 and not settings.get("allowDownvotes"):
                found.append("A reviewer has rejected the changes or waits for the author.")
        elif kind == REQUIRED_REVIEWERS:
            missing = [who for who in settings.get("requiredReviewerIds", []) if reviewers.get(who, 0) < _APPROVED]
            if missing:
                found.append(f"{len(missing)} required reviewer(s) must approve.")
        elif kind == MERGE_STRATEGY:
            if not _strategy_allowed(settings, strategy):
                found.append(f"The merge strategy {strategy} is not allowed on this branch.")
        else:
            found.append(f"{TYPES[kind]} must succeed to update {request['target'].removeprefix('refs/heads/')}.")
    return found


def _strategy_allowed(settings: dict[str, Any], strategy: str) -> bool:
    if settings.get("useSquashMerge"):  # the older form of the setting
        return strategy == "squash"
    return bool(settings.get(_STRATEGIES[strategy]))
