"""How the checked-out commit stands to the main branch in Azure DevOps: read over there, nothing is fetched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import WizardError
from wizard.steps import reach, repository

if TYPE_CHECKING:
    from wizard.clients.devops import PullRequest
    from wizard.clients.git_repository import Head


@dataclass(frozen=True, slots=True)
class Standing:
    """`arrived` says how main has the commit, "" when it has not; `request` is an open pull request that proposes it.

    `policies` are those that keep main from being pushed to.
    """

    head: Head
    main: str
    main_commit: str
    arrived: str
    request: PullRequest | None
    policies: list[str]

    @property
    def source(self) -> str:
        """The branch that the commit is on."""
        return self.head.branch


async def standing(context: Context) -> Standing:
    """How things stand; WizardError when nothing that could be pushed is checked out."""
    head = await repository.local(repository.clone(context).head)
    main = context.answer("devops.main_branch")
    if not head.commit or not head.branch:
        raise WizardError(
            "There is no commit yet." if head.branch else f"HEAD is detached at {head.commit[:10]}.",
            fix="commit first" if head.branch else f"`git switch {main}`, or `git switch -c NAME`",
        )
    service = await reach.devops_as_signed_in(context)
    main_commit = (await repository.heads(context, service)).get(main, "")
    arrived = await how_arrived(context, head, main, main_commit)
    where = repository.project(context), context.facts(repository.REPOSITORY)["repository_id"]
    policies = await repository.call(context, service.history.policies, *where, main)
    source = proposing_branch(context, head, main)
    open_ones = [] if arrived else await requests(context, source, main, "active")
    request = next((each for each in open_ones if each.source_commit == head.commit), None)
    return Standing(head, main, main_commit, arrived, request, policies)


def proposing_branch(context: Context, head: Head, main: str) -> str:
    """The branch over there from which a commit is proposed: one's own, or the feature branch for a commit on main."""
    return context.answer("repo.feature_branch") if head.branch == main else head.branch


async def requests(context: Context, source: str, main: str, status: str) -> list[PullRequest]:
    """The pull requests from a branch to main, of a status."""
    if source == main:
        return []
    service = await reach.devops_as_signed_in(context)
    where = repository.project(context), context.answer("devops.repository")
    full = (repository.HEADS + source, repository.HEADS + main)
    return await repository.call(context, service.pull_requests, *where, *full, status)


async def how_arrived(context: Context, head: Head, main: str, main_commit: str) -> str:
    """How main has the commit: as its head, in its history, as the same content, or by a merged pull request."""
    service = await reach.devops_as_signed_in(context)
    where = repository.project(context), context.answer("devops.repository")
    if main_commit == head.commit:
        return f"{main} is at the same commit"
    distance = await repository.call(context, service.history.distance, *where, main, head.commit)
    if distance is not None and distance.behind == 0:
        return f"{main} at {main_commit[:10]} has the commit in its history"
    tree = await repository.call(context, service.history.tree, *where, main_commit) if main_commit else ""
    if tree and tree == await repository.local(repository.clone(context).tree, head.commit):
        return f"{main} at {main_commit[:10]} has the same content in another commit"
    merged = await requests(context, proposing_branch(context, head, main), main, "completed")
    by = next((each for each in merged if each.source_commit == head.commit), None)
    return f"pull request {by.id} brought the commit's changes to {main} in {by.merge_commit[:10]}" if by else ""
