"""The project's repository in Azure DevOps: made, and filled by the first push of this machine's history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import ServiceError, WizardError
from wizard.engine.step import Action, Kept, Outcome, Question, Risk, Status, Step
from wizard.steps import reach, repository, repository_names, waiting

if TYPE_CHECKING:
    from wizard.clients.devops import Repository
    from wizard.clients.devops_history import Import

NOTHING_TO_PUSH = (
    "`git init` and commit here, or clone the project and work there; or have the service import it: "
    "--set devops.import_url=https://..."
)


@dataclass(frozen=True, slots=True)
class Found:
    """The repository over there with its branches; `main` is the short name of the one that counts."""

    repository: Repository
    heads: dict[str, str]
    main: str

    @property
    def default(self) -> str:
        """The short name of its default branch, "" while it is empty."""
        return self.repository.default_branch.removeprefix(repository.HEADS)


async def look(context: Context) -> Found | None:
    """The repository as the service has it."""
    there = await repository.found(context)
    if there is None:
        return None
    heads = await repository.heads(context, await reach.devops_as_signed_in(context))
    default = there.default_branch.removeprefix(repository.HEADS)
    return Found(there, heads, context.session.answers.get("devops.main_branch") or default or repository.MAIN)


async def check(context: Context) -> Outcome:
    """The repository exists, has the main branch, and goes back to the same first commit as this machine's."""
    found = await look(context)
    if found is None:
        return await missing(context)
    name, main = found.repository.name, found.main
    if await is_unrelated(context, found):
        return Outcome(
            Status.FAIL,
            f"{name} holds another project: it has no commit in common with this folder.",
            fix=(
                "choose another name with --set devops.repository=NAME; or, if that project is meant, "
                f"`git clone {found.repository.url}` and work there"
            ),
            links=(found.repository.url,),
        )
    if main not in found.heads:
        lacks = f"has no branch {main}" if found.heads else "is empty"
        return Outcome(Status.TODO, f"{name} {lacks}.", fix=await what_to_push(context, main))
    head = found.heads[main]
    default = f"default branch {found.default}" + ("" if found.default == main else f", main branch {main}")
    return Outcome(
        Status.OK,
        f"{name} in {repository.project(context)}, {default}",
        proof=f"{found.repository.url} has {main} at commit {head[:10]}",
        links=(found.repository.url,),
        facts={
            "repository": name,
            "repository_id": found.repository.id,
            "repository_url": found.repository.url,
            "default_branch": found.default,
            "head": head,
        },
    )


async def missing(context: Context) -> Outcome:
    """The outcome without a repository; one that was seen before is asked for again, for the service's own words."""
    name = context.answer("devops.repository")
    if context.facts(repository.REPOSITORY).get("repository") == name:
        await repository.heads(context, await reach.devops_as_signed_in(context))
    project = repository.project(context)
    return Outcome(
        Status.TODO,
        f"There is no repository {name} in {project}, or none that you may see.",
        fix=await what_to_push(context, context.answer("devops.main_branch")),
    )


async def what_to_push(context: Context, main: str) -> str:
    """Advice for a folder that has nothing to fill a repository with; "" when it has, or an import is asked for."""
    return "" if await commit_to_push(context, main) or context.answer("devops.import_url") else NOTHING_TO_PUSH


async def commit_to_push(context: Context, main: str) -> str:
    """The commit with which the main branch begins over there: the branch of that name here, else what is checked out.

    "" where this folder has none.
    """
    git = repository.clone(context)
    if not await repository.local(git.exists):
        return ""
    branch = await repository.local(git.commit, repository.HEADS + main)
    return branch or (await repository.local(git.head)).commit


async def is_unrelated(context: Context, found: Found) -> bool:
    """Whether both sides have commits, but none in common."""
    commit = await commit_to_push(context, found.main) if found.heads else ""
    git = repository.clone(context)
    if not commit or await repository.local(git.is_shallow):
        return False
    first = await repository.local(git.first_commit, commit)
    service = await reach.devops_as_signed_in(context)
    where = repository.project(context), found.repository.id
    return not await repository.call(context, service.history.tree, *where, first)


async def plan(context: Context) -> list[Action] | None:
    """Create the repository where there is none, and fill it, if there is something that could fill it."""
    found = await look(context)
    name = context.answer("devops.repository")
    main = found.main if found else context.answer("devops.main_branch")
    if found and main in found.heads:
        return None if await is_unrelated(context, found) else []
    filling = await filling_action(context, main, empty=not (found and found.heads))
    if filling is None or (found and await is_unrelated(context, found)):
        return None
    if found:
        return [filling]
    command = f"az repos create --name {name!r} --project {repository.project(context)!r}"
    return [Action(creation(name), command, create, key=name), filling]


def creation(name: str) -> str:
    """The title of the action that makes the repository, by which the journal knows that it was made here."""
    return f"Create repository {name}"


async def filling_action(context: Context, main: str, *, empty: bool) -> Action | None:
    """The first push, or else the import; None when there is nothing to push and no address to import from."""
    name, source = context.answer("devops.repository"), context.answer("devops.import_url")
    commit = await commit_to_push(context, main)
    if commit:
        command = f"git push {await address(context)} {commit[:10]}:refs/heads/{main}"
        return Action(f"Push {main} to {name}", command, push_main, key=name)
    if source and empty:
        command = f"az repos import create --git-source-url {source} --repository {name!r}"
        return Action(f"Import {source}", command, fill, key=name)
    return None


async def address(context: Context) -> str:
    """The address that the repository has or will have."""
    found = await repository.found(context)
    if found:
        return found.url
    organisation, name = context.facts("signin.devops")["url"], context.answer("devops.repository")
    return f"{organisation}/{repository.project(context)}/_git/{name}"


async def create(context: Context) -> None:
    """Create the repository if it is not there, and write its name down: a later default must not mean another one."""
    name = context.answer("devops.repository")
    service = await reach.devops_as_signed_in(context)
    if await repository.found(context) is None:
        await repository.call(context, service.create_repository, repository.project(context), name)
    names = ("devops.repository", "devops.main_branch")
    context.session.answers.save({each: context.answer(each) for each in names})


async def push_main(context: Context) -> None:
    """Push the main branch, if it is still missing over there and its commits hold no secret."""
    found = await look(context)
    if found is None:
        raise WizardError("The repository is gone again.", fix="check again")
    if found.main in found.heads:
        return
    if await repository.local(repository.clone(context).is_shallow):
        raise WizardError(
            "This clone is shallow: a new repository cannot be filled from it.", fix="`git fetch --unshallow` first"
        )
    commit = await commit_to_push(context, found.main)
    await repository.refuse_secrets(context, commit)
    remote = await repository.git_remote(context, found.repository.url)
    await repository.call(context, remote.push, commit, found.main)


async def fill(context: Context) -> None:
    """Have the service import, and wait for it; an import that goes on already is waited for."""
    found = await look(context)
    if found is None or found.heads:
        return
    service = await reach.devops_as_signed_in(context)
    where, source = (repository.project(context), found.repository.id), context.answer("devops.import_url")

    async def newest() -> Import | None:
        requests = await repository.call(context, service.history.imports, *where)
        return max(requests, key=lambda each: each.id, default=None)

    running = await newest()
    if running is None or running.status not in ("queued", "inProgress"):
        await repository.call(context, service.history.begin_import, *where, source)

    def say(request: Import | None) -> str:
        return f"importing {source}: {request.status if request else 'not begun'}"

    ended = await waiting.until(
        context, newest, lambda each: each is not None and each.status not in ("queued", "inProgress"), say, minutes=30
    )
    if ended is not None and ended.status != "completed":
        raise ServiceError(
            f"The import of {source} {ended.status}: {ended.problem}",
            service="Azure DevOps",
            fix="see that the address is right and public; a private project is cloned here and pushed",
        )


async def undo(context: Context) -> list[Action | Kept]:
    """Delete the repository with its whole history, if it was made here; a repository has no place for a mark."""
    found = await repository.found(context)
    if found is None:
        return []
    command = f"az repos delete --id {found.id} --project {repository.project(context)!r}"
    title = f"Delete repository {found.name} with its branches and pull requests"
    if not context.made(creation(found.name), title):
        why = "the journal of this folder does not know that it was made here"
        return [Kept(f"repository {found.name}", why, f"if it was made for this set-up: {command}")]
    loses = await only_there(context)
    return [Action(title, command, delete, key=found.name, risk=Risk.HARD_TO_UNDO, loses=loses)]


async def only_there(context: Context) -> tuple[str, ...]:
    """The branches over there with commits that no branch of this machine has, in words."""
    git, branches = repository.clone(context), []
    here = await repository.local(git.exists)
    for name, commit in (await repository.heads(context, await reach.devops_as_signed_in(context))).items():
        if not here or not await repository.local(git.on_a_branch, commit):
            branches.append(name)
    return (f"commits that no branch here has, on {', '.join(branches)}",) if branches else ()


async def delete(context: Context) -> None:
    """Delete the repository; this machine's clone stays."""
    found = await repository.found(context)
    if found is not None:
        service = await reach.devops_as_signed_in(context)
        await repository.call(context, service.delete_repository, repository.project(context), found.id)


DEVOPS = Step(
    id=repository.REPOSITORY,
    title="Repository in Azure DevOps",
    why=(
        "Pipelines run what is in a repository of the Azure DevOps project. "
        "It begins as a copy of what you have here: all later work is pushed to it."
    ),
    check=check,
    plan=plan,
    undo=undo,
    needs=("devops.rights", "plan.names"),
    inputs=(
        Question(
            "devops.repository",
            "Name of the repository",
            "1 to 64 characters; one that exists is taken if it holds this project.",
            default=repository.default_name,
            validate=repository_names.repository,
        ),
        Question(
            "devops.main_branch",
            "Its main branch",
            "What is deployed comes from here.",
            default=repository.default_main,
            validate=repository_names.branch,
        ),
        Question(
            "devops.import_url",
            "Import from",
            "Only where this folder has no history: the https address of a public repository.",
            default=lambda _: "",
            validate=repository_names.source,
        ),
    ),
    manual=(
        "Give the wizard something to begin with: a folder with a commit, or devops.import_url. "
        "A repository that holds another project is left alone: choose another devops.repository."
    ),
    docs="https://learn.microsoft.com/azure/devops/repos/git/create-new-repo",
)
