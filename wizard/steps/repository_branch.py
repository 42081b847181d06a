"""The feature branch: changes are made there, and come to the main branch by a pull request. Optional."""

from __future__ import annotations

from wizard.engine.context import Context
from wizard.engine.errors import WizardError
from wizard.engine.step import Action, Kept, Outcome, Question, Risk, Status, Step
from wizard.steps import reach, repository, repository_names
from wizard.steps.tags import not_ours


async def there(context: Context) -> str:
    """The branch's commit in Azure DevOps, "" without one."""
    heads = await repository.heads(context, await reach.devops_as_signed_in(context))
    return heads.get(context.answer("repo.feature_branch"), "")


async def here(context: Context) -> str:
    """The branch's commit on this machine, "" without one."""
    name = repository.HEADS + context.answer("repo.feature_branch")
    return await repository.local(repository.clone(context).commit, name)


async def merged(context: Context) -> int:
    """The number of a pull request by which the branch came to main and could be deleted; 0 without one."""
    service = await reach.devops_as_signed_in(context)
    done = await repository.call(
        context,
        service.pull_requests,
        repository.project(context),
        context.answer("devops.repository"),
        repository.HEADS + context.answer("repo.feature_branch"),
        repository.HEADS + context.answer("devops.main_branch"),
        "completed",
    )
    return done[0].id if done else 0


async def check(context: Context) -> Outcome:
    """The branch is here, or over there, or was merged and deleted."""
    branch = context.answer("repo.feature_branch")
    if branch == context.answer("devops.main_branch"):
        return Outcome(Status.FAIL, f"{branch} is the main branch.", fix="--set repo.feature_branch=NAME: another name")
    mine, theirs = await here(context), await there(context)
    places = [f"here at {mine[:10]}"] * bool(mine) + [f"in Azure DevOps at {theirs[:10]}"] * bool(theirs)
    if places:
        out = (await repository.local(repository.clone(context).head)).branch
        return Outcome(
            Status.OK,
            f"{branch} exists" + ("" if out == branch else f"; {out} is checked out"),
            proof=f"{branch} is {' and '.join(places)}",
        )
    number = await merged(context)
    if number:
        return Outcome(
            Status.OK,
            f"{branch} was merged and deleted",
            proof=f"Azure DevOps has pull request {number} from {branch} as completed",
        )
    return Outcome(Status.TODO, f"There is no branch {branch}.")


async def plan(context: Context) -> list[Action] | None:
    """Make the branch where work goes on from, and check it out."""
    branch = context.answer("repo.feature_branch")
    if branch == context.answer("devops.main_branch"):
        return None
    if await here(context) or await there(context) or await merged(context):
        return []
    return [Action(creation(branch), f"git switch --create {branch}", create, key=branch)]


def creation(branch: str) -> str:
    """The title of the action that makes the branch, by which the journal knows that it was made here."""
    return f"Create branch {branch} and switch to it"


async def create(context: Context) -> None:
    """Make the branch at what is checked out; changes that are not committed come along."""
    if not await here(context):
        await repository.local(repository.clone(context).create_branch, context.answer("repo.feature_branch"))


async def undo(context: Context) -> list[Action | Kept]:
    """Delete the branch in both places, if it was made here; refused where its commits would be lost."""
    branch = context.answer("repo.feature_branch")
    if not context.made(creation(branch), f"Delete {branch} here"):
        return [not_ours(f"branch {branch}")] if await here(context) or await there(context) else []
    actions: list[Action | Kept] = []
    if await there(context):
        url = context.facts(repository.REPOSITORY)["repository_url"]
        command = f"git push {url} --delete {branch}"
        actions.append(Action(f"Delete {branch} in Azure DevOps", command, delete_there, risk=Risk.HARD_TO_UNDO))
    if await here(context):
        command = f"git switch {context.answer('devops.main_branch')}; git branch --delete {branch}"
        actions.append(Action(f"Delete {branch} here", command, delete_here))
    return actions


async def main_has(context: Context, commit: str) -> bool:
    """Whether the main branch over there has a commit."""
    service = await reach.devops_as_signed_in(context)
    where = repository.project(context), context.answer("devops.repository"), context.answer("devops.main_branch")
    distance = await repository.call(context, service.history.distance, *where, commit)
    return distance is not None and distance.behind == 0


async def delete_there(context: Context) -> None:
    """Delete the branch over there, if main has its commits."""
    branch, commit = context.answer("repo.feature_branch"), await there(context)
    if not commit:
        return
    if not await main_has(context, commit):
        raise WizardError(f"{branch} has commits that main lacks.", fix="merge them, or delete the branch yourself")
    remote = await repository.git_remote(context, context.facts(repository.REPOSITORY)["repository_url"])
    await repository.call(context, remote.delete, branch, commit)


async def delete_here(context: Context) -> None:
    """Go back to main where the branch is checked out, and delete it."""
    git, branch, commit = repository.clone(context), context.answer("repo.feature_branch"), await here(context)
    if (await repository.local(git.head)).branch == branch:
        await repository.local(git.switch, context.answer("devops.main_branch"))
    await repository.local(git.delete_branch, branch, kept_elsewhere=await main_has(context, commit))


BRANCH = Step(
    id=repository.BRANCH,
    title="Feature branch",
    why=(
        "Work on a branch of its own can be reviewed before it is deployed. "
        "Leave this out if you push to the main branch: give a reason in repo.branch.skip."
    ),
    check=check,
    plan=plan,
    undo=undo,
    within=repository.REPOSITORY,
    needs=(repository.CLONE,),
    inputs=(
        Question(
            "repo.feature_branch",
            "Name of the branch",
            "Any but the main branch's.",
            default=lambda _: "initial",
            validate=repository_names.branch,
        ),
    ),
    manual="Choose a name that is not the main branch's: --set repo.feature_branch=NAME.",
    docs="https://learn.microsoft.com/azure/devops/repos/git/git-branching-guidance",
    optional=True,
)
