"""The code on the main branch in Azure DevOps: by a push, or by a branch and a pull request."""

from __future__ import annotations

from wizard.engine.context import Context
from wizard.engine.step import Action, Outcome, Status, Step
from wizard.steps import git, pushing, repository
from wizard.steps.repository_state import Standing, proposing_branch, standing
from wizard.steps.script_files import every_script

OURS = ("mlops-wizard.toml", ".gitignore")  # what the wizard writes and wants to be committed
REVIEWERS = "a reviewer of the repository"


async def check(context: Context) -> Outcome:
    """Main over there has what is checked out; it holds no secret, and the repository check finds nothing."""
    objection = await objections(context)
    if objection:
        return objection
    found = await standing(context)
    leaks = await repository.leaks_in(context, found.head.commit)
    if leaks:
        more = f" ({len(leaks) - 1} more)" if len(leaks) > 1 else ""
        return Outcome(Status.FAIL, f"Not to be pushed: {leaks[0]}{more}", fix=repository.LEAK_FIX)
    uncommitted = await own_changes(context)
    if uncommitted:
        return Outcome(Status.TODO, f"{' and '.join(uncommitted)} of the wizard is not committed yet.")
    if not found.arrived:
        return on_the_way(context, found)
    return await arrived(context, found)


async def objections(context: Context) -> Outcome | None:
    """What speaks against pushing this folder at all: a script with a token that git does not ignore, or defects."""
    folder = context.project.folder
    there = [each.name for each in every_script(context.project) if each.exists()]
    if seen := await git.not_ignored(folder, there):
        name = seen[0]
        line = await git.taken_back_in(folder, name)
        return Outcome(
            Status.FAIL,
            f"git does not ignore {name}, which holds a token.",
            fix=f"delete the line {line}" if line else f"add {name} to .gitignore",
        )
    return await defects(context)


async def defects(context: Context) -> Outcome | None:
    """What the repository check finds, or None."""
    from wizard.operations.lint.check import check as check_rules
    from wizard.operations.lint.project import Project

    found = await repository.local(lambda: check_rules(Project.read(context.project.folder)))
    if not found:
        return None
    first = found[0]
    more = f" ({len(found) - 1} more)" if len(found) > 1 else ""
    where = f"{first.finding.file}:{first.finding.line}"
    return Outcome(
        Status.FAIL,
        f"The repository check objects: {where}: {first.rule.id} {first.finding.message}{more}",
        fix=f"{first.rule.fix}; `mlops-wizard lint` tells all",
    )


async def own_changes(context: Context) -> list[str]:
    """Files of the wizard's own that differ from the last commit."""
    there = [name for name in OURS if (context.project.folder / name).exists()]
    changed = await repository.local(repository.clone(context).changed, *there) if there else []
    return [each.name.rpartition("/")[2] for each in changed]


def on_the_way(context: Context, found: Standing) -> Outcome:
    """The outcome for a commit that main lacks: still to push, or proposed and waiting."""
    if found.request is None:
        return Outcome(Status.TODO, f"{found.source} at {found.head.commit[:10]} is not on {found.main} yet.")
    link = f"{context.facts(repository.REPOSITORY)['repository_url']}/pullrequest/{found.request.id}"
    message = f"Pull request {found.request.id} is open: {found.request.title}"
    if found.request.merge == "conflicts":
        fix = f"merge {found.main} into {found.source}, resolve the conflicts, commit, then apply again"
        return Outcome(Status.FAIL, f"{message}; it has conflicts with {found.main}.", fix=fix, links=(link,))
    if not found.policies:
        return Outcome(Status.TODO, f"{message}.", fix="apply again to complete it", links=(link,))
    return Outcome(
        Status.TODO,
        f"{message}. {found.main} asks for: {', '.join(found.policies)}.",
        fix="once its policies are met, complete it there or apply again",
        links=(link,),
        diagnosis="F26",
        who=REVIEWERS,
        text=f"Please review my pull request {found.request.id}, {found.request.title!r}, into {found.main}: {link}",
    )


async def arrived(context: Context, found: Standing) -> Outcome:
    """The outcome for a commit that main has; changes of tracked files that are in no commit are worth a warning."""
    changed = [each.name for each in await repository.local(repository.clone(context).changed) if each.tracked]
    url, here = context.facts(repository.REPOSITORY)["repository_url"], found.head.commit[:10]
    outcome = Outcome(
        Status.OK,
        f"{found.source} is on {found.main} in Azure DevOps",
        proof=(
            f"{url}: {found.arrived} (here: {here}); "
            "no secret in commits that no remote has; the repository check is clean"
        ),
        facts={"commit": found.head.commit, "main_commit": found.main_commit},
    )
    if not changed:
        return outcome
    return Outcome(
        Status.WARN,
        f"{outcome.message}, but not the changes of {len(changed)} file(s), such as {changed[0]}.",
        proof=outcome.proof,
        fix="commit them, then apply again: pipelines run what is pushed",
        facts=outcome.facts,
    )


async def plan(context: Context) -> list[Action] | None:
    """Commit the wizard's own files, push, and where main takes no push open a pull request and complete it."""
    if await objections(context):
        return None
    found = await standing(context)
    if await repository.leaks_in(context, found.head.commit):
        return None
    own = await own_changes(context)
    if found.arrived and not own:
        return []
    actions = []
    if own:
        files = " ".join(own)
        command = f"git add {files}; git commit --message {pushing.MESSAGE!r} -- {files}"
        actions.append(Action(f"Commit {' and '.join(own)}", command, commit_own))
    url = context.facts(repository.REPOSITORY)["repository_url"]
    if found.source == found.main and not found.policies:
        return [*actions, Action(f"Push {found.main}", f"git push {url} {found.main}", pushing.push_main)]
    source, name = proposing_branch(context, found.head, found.main), context.answer("devops.repository")
    push = f"git push {url} HEAD:refs/heads/{source}"
    create = f"az repos pr create --repository {name!r} --source-branch {source} --target-branch {found.main}"
    number = found.request.id if found.request else "NUMBER"
    return [
        *actions,
        Action(f"Push {source}", push, pushing.push_source),
        Action(f"Open a pull request from {source} to {found.main}", create, pushing.propose, key=source),
        Action("Complete the pull request", f"az repos pr update --id {number} --status completed", pushing.complete),
    ]


async def commit_own(context: Context) -> None:
    """Commit the wizard's own files, and nothing else that is changed or staged."""
    own, repo = await own_changes(context), repository.clone(context)
    if not own:
        return
    entered = context.facts("signin.devops")
    known = await repository.local(repo.knows_its_user)
    user = None if known else (entered["member"], entered["account"] or entered["member_id"])
    await repository.local(repo.commit_files, own, pushing.MESSAGE, user)


PUSH = Step(
    id=repository.PUSH,
    title="Code on the main branch",
    why=(
        "Pipelines run what the main branch in Azure DevOps has, not what is on this machine. "
        "Before anything is pushed, its commits are searched for secrets and the files for known defects."
    ),
    check=check,
    plan=plan,
    needs=(repository.BRANCH, "local.install-script@dev", "local.install-script@test", "jobs.train-from-local"),
    manual="Do what the check says first: nothing is pushed while a secret or a known defect would be pushed with it.",
    docs="https://learn.microsoft.com/azure/devops/repos/git/pull-requests",
    time_limit=120.0,
)
