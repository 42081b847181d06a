"""The project's repository, there and here: what the steps of this area have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from wizard.engine.context import Context
from wizard.engine.errors import WizardError
from wizard.steps import reach, repository_names

if TYPE_CHECKING:
    from wizard.clients.devops import DevOps, Repository
    from wizard.clients.git_remote import GitRemote
    from wizard.clients.git_repository import GitRepository

REPOSITORY, CLONE, BRANCH, PUSH = "repo.devops", "repo.clone", "repo.branch", "repo.push"
HEADS = "refs/heads/"
MAIN = "main"  # until a repository has a default branch

T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Remote:
    """A remote of the clone that means the repository."""

    name: str
    url: str
    by_ssh: bool


def default_name(context: Context) -> str:
    """A repository's name that follows from the prefix."""
    return f"{context.answer('prefix')}-mlops"


def default_main(context: Context) -> str:
    """The repository's default branch as last seen; `main` before it has one."""
    return context.facts(REPOSITORY).get("default_branch") or MAIN


def clone(context: Context) -> GitRepository:
    """The repository on this machine."""
    from wizard.clients.git_repository import GitRepository

    return GitRepository(context.project.folder)


async def local(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a git command of this machine in a thread."""
    return await asyncio.to_thread(function, *args, **kwargs)


async def call(context: Context, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Make a call to Azure DevOps, by its API or by git."""
    return await context.call(reach.DEVOPS, function, *args, **kwargs)


def project(context: Context) -> str:
    """The name of the project in Azure DevOps."""
    return context.facts("signin.devops")["project"]


async def found(context: Context) -> Repository | None:
    """The repository in Azure DevOps, or None."""
    service = await reach.devops_as_signed_in(context)
    return await call(context, service.repository, project(context), context.answer("devops.repository"))


async def heads(context: Context, service: DevOps) -> dict[str, str]:
    """The branches of the repository over there by short name, and their commits."""
    refs = await call(context, service.refs, project(context), context.answer("devops.repository"))
    return {ref.name.removeprefix(HEADS): ref.commit for ref in refs}


async def git_remote(context: Context, url: str) -> GitRemote:
    """The repository over there for git, opened by the credential of `signin.devops`."""
    from wizard.clients.git_remote import GitRemote

    service = await reach.devops_as_signed_in(context)
    header = await call(context, service.authorization)
    context.secrets.guard(header.reveal().partition(" ")[2])
    return GitRemote(context.project.folder, url, header)


async def remotes(context: Context) -> list[Remote]:
    """The remotes of the clone that mean the repository, those over HTTPS first."""
    learned, entered = context.facts(REPOSITORY), context.facts("signin.devops")
    organisation = entered["url"].rpartition("/")[2]
    meant = []
    for name, url in (await local(clone(context).remotes)).items():
        address = repository_names.address(url)
        if address and address.means(
            organisation,
            (entered["project"], entered["project_id"]),
            (learned["repository"], learned["repository_id"]),
        ):
            meant.append(Remote(name, url, address.by_ssh))
    return sorted(meant, key=lambda each: each.by_ssh)


async def refuse_secrets(context: Context, commit: str) -> None:
    """WizardError when commits up to this one, that no remote has yet, hold a secret."""
    leaks = await leaks_in(context, commit)
    if leaks:
        raise WizardError(f"Nothing was pushed: {leaks[0]}", fix=LEAK_FIX)


LEAK_FIX = (
    "revoke the secret at its service; then take it out of the commit (git rebase -i, or git commit --amend for the "
    "last one), which nobody else has yet"
)


async def leaks_in(context: Context, commit: str) -> list[str]:
    """The secrets in commits up to this one that no remote has yet, in words that do not repeat them."""
    from wizard.clients.secret_scanner import scan

    leaks = await local(scan, context.project.folder, tip=commit)
    return [f"a secret ({leak.kind}) is in commit {leak.commit}, {leak.file} line {leak.line}." for leak in leaks]
