"""The clone on this machine: a repository whose remote is the one in Azure DevOps."""

from __future__ import annotations

from wizard.clients.git_command import NO_GIT
from wizard.engine.context import Context
from wizard.engine.errors import WizardError
from wizard.engine.step import Action, Outcome, Status, Step
from wizard.steps import reach, repository
from wizard.steps.repository import Remote

NAMES = ("origin", "azure", "azure-devops")  # for a remote, the first that is free


async def check(context: Context) -> Outcome:
    """The folder is a repository with the remote; what is checked out, and how it stands to the remote's main."""
    problem = await unusable(context)
    if problem:
        return problem
    git = repository.clone(context)
    if not await repository.local(git.exists):
        return Outcome(Status.TODO, f"{context.project.folder.name} is no git repository yet.")
    remotes = await repository.remotes(context)
    if not remotes:
        name = context.facts(repository.REPOSITORY)["repository"]
        return Outcome(Status.TODO, f"No remote of this clone means {name} in Azure DevOps.")
    head = await repository.local(git.head)
    main = context.answer("devops.main_branch")
    if not head.commit:
        return Outcome(Status.TODO, f"{head.branch} has no commit yet.")
    if not head.branch:
        return Outcome(
            Status.FAIL,
            f"HEAD is detached at {head.commit[:10]}: a commit made now would belong to no branch.",
            fix=f"`git switch {main}`, or `git switch -c NAME` to keep what you did; end a rebase that is under way",
        )
    return await standing(context, remotes[0], head.branch, head.commit)


async def unusable(context: Context) -> Outcome | None:
    """The outcome for a machine without a git that will do."""
    from wizard.clients.git_repository import OLDEST

    wanted = ".".join(map(str, OLDEST))
    try:
        version = await repository.local(repository.clone(context).version)
    except WizardError as error:
        if error.code != NO_GIT:
            raise
        return Outcome(Status.FAIL, error.message, fix=error.fix)
    if version < OLDEST:
        return Outcome(Status.FAIL, f"git {version[0]}.{version[1]} is too old.", fix=f"install git {wanted} or newer")
    return None


async def standing(context: Context, remote: Remote, branch: str, commit: str) -> Outcome:
    """The outcome for a clone that has the remote."""
    git, service = repository.clone(context), await reach.devops_as_signed_in(context)
    main, name = context.answer("devops.main_branch"), context.facts(repository.REPOSITORY)["repository"]
    changed = len(await repository.local(git.changed))
    distance = await repository.call(context, service.history.distance, repository.project(context), name, main, commit)
    far = f"{distance.behind} ahead of and {distance.ahead} behind" if distance else "with commits that are not in"
    tree = f"{changed} uncommitted change(s)" if changed else "no uncommitted change"
    outcome = Outcome(
        Status.OK,
        f"remote {remote.name} is {name}",
        proof=f"git: {remote.name} = {remote.url}; branch {branch} at {commit[:10]}, {far} its {main}; {tree}",
        facts={"remote": remote.name},
    )
    if not remote.by_ssh:
        return outcome
    return Outcome(
        Status.WARN,
        f"{outcome.message}, by SSH: your own `git push` goes by your keys, which nobody proved here.",
        proof=outcome.proof,
        fix=f"try `git ls-remote {remote.name}`; the wizard itself pushes by HTTPS with your sign-in",
        facts=outcome.facts,
    )


async def plan(context: Context) -> list[Action] | None:
    """Make the folder a repository, add the remote, and take the remote's files where there is no commit yet."""
    if await unusable(context):
        return None
    git, url = repository.clone(context), context.facts(repository.REPOSITORY)["repository_url"]
    main, actions = context.answer("devops.main_branch"), []
    exists = await repository.local(git.exists)
    if not exists:
        actions.append(Action("Make this folder a repository", f"git init --initial-branch={main}", begin))
    if not exists or not await repository.remotes(context):
        name = await free_name(context) if exists else NAMES[0]
        actions.append(Action(f"Add the remote {name}", f"git remote add {name} {url}", add_remote, key=name))
    if not exists or not (await repository.local(git.head)).commit:
        command = f"git fetch {url} {main}; git reset FETCH_HEAD; git checkout-index --all"
        actions.append(Action(f"Fetch {main}; files that are here stay as they are", command, take_over))
    return actions or None


async def free_name(context: Context) -> str:
    """A name for the remote that no other remote has."""
    taken = await repository.local(repository.clone(context).remotes)
    return next((name for name in NAMES if name not in taken), f"{NAMES[-1]}-{len(taken)}")


async def begin(context: Context) -> None:
    """Make the folder a repository."""
    await repository.local(repository.clone(context).begin, context.answer("devops.main_branch"))


async def add_remote(context: Context) -> None:
    """Add the remote if none means the repository, and fetch what it has."""
    git, url = repository.clone(context), context.facts(repository.REPOSITORY)["repository_url"]
    remotes = await repository.remotes(context)
    name = remotes[0].name if remotes else await free_name(context)
    if not remotes:
        await repository.local(git.add_remote, name, url)
    remote = await repository.git_remote(context, url)
    await repository.call(context, remote.fetch, name)


async def take_over(context: Context) -> None:
    """Begin the main branch where the remote's is; files of its commit appear unless there is one of that name."""
    git, main = repository.clone(context), context.answer("devops.main_branch")
    if not (await repository.local(git.head)).commit:
        remote = (await repository.remotes(context))[0].name
        await repository.local(git.adopt, main, await repository.local(git.commit, f"refs/remotes/{remote}/{main}"))


async def undo(context: Context) -> list[Action]:
    """Remove the remote that the wizard added; the clone, its commits and its files stay."""
    git = repository.clone(context)
    known = context.facts(repository.REPOSITORY).get("repository")
    if not known or await unusable(context) or not await repository.local(git.exists):
        return []
    ours = [
        each.name for each in await repository.remotes(context) if await repository.local(git.added_remote, each.name)
    ]

    async def remove(_: Context) -> None:
        for name in ours:
            await repository.local(git.remove_remote, name)

    return [Action(f"Remove the remote {ours[0]}", f"git remote remove {ours[0]}", remove)] if ours else []


CLONE = Step(
    id=repository.CLONE,
    title="Clone on this machine",
    why=(
        "You work in a clone and push from it. "
        "A remote of it has to be the repository in Azure DevOps; other remotes, such as the one you forked from, stay."
    ),
    check=check,
    plan=plan,
    undo=undo,
    needs=(repository.REPOSITORY,),
    manual="Do what the check says: it needs a decision about your own work, which the wizard does not take.",
    docs="https://learn.microsoft.com/azure/devops/repos/git/clone",
)
