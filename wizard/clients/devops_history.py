"""What the repositories of an Azure DevOps organisation hold: commits, how branches relate, policies, imports.

API: https://learn.microsoft.com/rest/api/azure/devops/git
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from azure.devops.v7_1.git.models import GitVersionDescriptor

from wizard.clients.devops_faults import translated
from wizard.engine.errors import NotFoundError

HEADS = "refs/heads/"


@dataclass(frozen=True, slots=True)
class Distance:
    """How many commits a branch has that a commit has not (`ahead`), and lacks of it (`behind`)."""

    ahead: int
    behind: int


@dataclass(frozen=True, slots=True)
class Import:
    """One request to fill a repository; `status` is queued, inProgress, completed, failed or abandoned."""

    id: int
    url: str
    status: str
    problem: str


class History:
    """The history of an organisation's repositories, over the clients of git and of policies."""

    def __init__(self, git: Any, policy: Any) -> None:
        self._git = git
        self._policy = policy

    def tree(self, project: str, repository: str, commit: str) -> str:
        """The id of a commit's content; "" when the repository has no such commit."""
        with translated():
            try:
                return str(self._git.get_commit(commit, repository, project).tree_id)
            except NotFoundError:
                return ""

    def distance(self, project: str, repository: str, branch: str, commit: str) -> Distance | None:
        """How a branch (its short name) relates to a commit; None when the repository lacks one of them."""
        base = GitVersionDescriptor(version=commit, version_type="commit")
        with translated():
            try:
                branches = self._git.get_branches(repository, project, base_version_descriptor=base)
            except NotFoundError:
                return None
            found = next((each for each in branches if each.name == branch), None)
            return Distance(found.ahead_count, found.behind_count) if found else None

    def policies(self, project: str, repository: str, branch: str) -> list[str]:
        """What the blocking policies of a branch (its short name) are called; [] when it takes pushes."""
        with translated():
            found = self._policy.get_policy_configurations(project)
        return [
            str(each.type.display_name)
            for each in found
            if each.is_enabled and each.is_blocking and not each.is_deleted and _covers(each, repository, branch)
        ]

    def imports(self, project: str, repository: str) -> list[Import]:
        """The requests to fill a repository."""
        with translated():
            return [_import(each) for each in self._git.query_import_requests(project, repository)]

    def begin_import(self, project: str, repository: str, url: str) -> Import:
        """Ask the service to fill an empty repository from a public one."""
        body = {"parameters": {"gitSource": {"url": url}}}
        with translated():
            return _import(self._git.create_import_request(body, project, repository))


def _covers(configuration: Any, repository: str, branch: str) -> bool:
    """Whether a policy is about a branch; one for default branches counts for main branches, as they mostly are."""
    for scope in configuration.settings.get("scope") or []:
        if (scope.get("repositoryId") or repository).lower() != repository.lower():
            continue
        kind, name = str(scope.get("matchKind", "Exact")).lower(), str(scope.get("refName") or "")
        full = HEADS + branch
        if kind == "defaultbranch" or (full.startswith(name) if kind == "prefix" else full == name):
            return True
    return False


def _import(found: Any) -> Import:
    details = found.detailed_status
    return Import(
        found.import_request_id,
        found.parameters.git_source.url,
        str(found.status),
        (details.error_message or "") if details else "",
    )
