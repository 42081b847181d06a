"""The ways of a commit to the main branch: pushed to it, or proposed by a pull request. Each is safe to repeat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import ServiceError, WizardError
from wizard.steps import reach, repository, waiting
from wizard.steps.repository_state import proposing_branch, requests, standing

if TYPE_CHECKING:
    from wizard.clients.devops import PullRequest

MESSAGE = "Write down how this project is set up"
NOT_YET = ("GitPullRequestUpdateRejectedByPolicyException",)  # its policies still want something
ENDED = ("completed", "abandoned")
REFUSED = ("conflicts", "failure", "rejectedByPolicy")


async def push_main(context: Context) -> None:
    """Push what is checked out to main."""
    await push(context, (await standing(context)).main)


async def push_source(context: Context) -> None:
    """Push what is checked out to the branch from which it will be proposed."""
    found = await standing(context)
    await push(context, proposing_branch(context, found.head, found.main))


async def push(context: Context, branch: str) -> None:
    """Move a branch over there forward to what is checked out, unless its commits hold a secret."""
    head = await repository.local(repository.clone(context).head)
    await refresh(context)  # so that only commits that are new to every remote are searched
    await repository.refuse_secrets(context, head.commit)
    remote = await repository.git_remote(context, context.facts(repository.REPOSITORY)["repository_url"])
    await repository.call(context, remote.push, head.commit, branch)
    await refresh(context)


async def refresh(context: Context) -> None:
    """Bring what is known of the remote's branches up to date."""
    remote = await repository.git_remote(context, context.facts(repository.REPOSITORY)["repository_url"])
    await repository.call(context, remote.fetch, context.facts(repository.CLONE)["remote"])


async def propose(context: Context) -> None:
    """Open a pull request for what was pushed; one that is open between the two branches is taken."""
    found = await standing(context)
    source = proposing_branch(context, found.head, found.main)
    if found.arrived or await requests(context, source, found.main, "active"):
        return
    service, git = await reach.devops_as_signed_in(context), repository.clone(context)
    title = await repository.local(git.subject, found.head.commit)
    where = repository.project(context), context.answer("devops.repository")
    branches = repository.HEADS + source, repository.HEADS + found.main
    await repository.call(context, service.create_pull_request, *where, *branches, title)


async def complete(context: Context) -> None:
    """Merge the pull request and wait for it; where policies still want something, it is left open for them."""
    found = await standing(context)
    if found.arrived:
        return
    if found.request is None:
        raise WizardError("The pull request shows another commit than was pushed.", fix="apply again")
    service = await reach.devops_as_signed_in(context)
    where = repository.project(context), context.answer("devops.repository")
    number = found.request.id

    async def look() -> PullRequest:
        return await repository.call(context, service.pull_request, *where, number)

    def say(request: PullRequest) -> str:
        return f"pull request {number} is {request.status}, its merge {request.merge}"

    ready = await waiting.until(context, look, lambda each: each.merge not in ("", "queued", "notSet"), say, minutes=5)
    if ready.merge == "conflicts":
        return  # the check tells what to do
    try:
        await repository.call(context, service.complete_pull_request, *where, ready)
    except ServiceError as error:
        if error.code not in NOT_YET:
            raise
        context.notice(f"Pull request {number} stays open: {error.message}")
        return
    await waiting.until(context, look, lambda each: each.status in ENDED or each.merge in REFUSED, say, minutes=10)
    await refresh(context)
