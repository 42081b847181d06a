"""The install script: `source env.sh` gives any shell the workspace's host and token. git must never see it."""

from __future__ import annotations

import asyncio
import stat

from wizard.engine.context import Context
from wizard.engine.files import write_atomically
from wizard.engine.secrets import Secret
from wizard.engine.step import Action, Outcome, Risk, Status, Step
from wizard.steps import git
from wizard.steps.databricks_tokens import who_answers
from wizard.steps.script_files import (
    HOST,
    TOKEN,
    every_script,
    powershell_script,
    powershell_text,
    shell_script,
    token_key,
    write_both,
)

PRIVATE = 0o600


async def sourced(context: Context) -> dict[str, str]:
    """What a clean shell has after sourcing the script."""
    script = shell_script(context)
    process = await asyncio.create_subprocess_exec(
        *("env", "-i", "PATH=/usr/bin:/bin", "sh", "-c"),
        f'. "$1" && printf "%s\\n%s" "${HOST}" "${TOKEN}"',
        "sh",
        str(script),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        stdin=asyncio.subprocess.DEVNULL,
    )
    output, _ = await process.communicate()
    host, _, token = output.decode(errors="replace").partition("\n")
    context.secrets.guard(token)
    return {HOST: host, TOKEN: token}


def wanted(token: Secret, host: str) -> dict[str, str]:
    """What the script has to export."""
    return {HOST: f"https://{host}", TOKEN: token.reveal()}


def outdated(context: Context, token: Secret, host: str) -> list[str]:
    """What is wrong with the scripts on disk, in words; empty when they are as they should be."""
    shell, powershell = shell_script(context), powershell_script(context)
    problems = [f"{file.name} does not exist" for file in (shell, powershell) if not file.exists()]
    if problems:
        return problems
    for file in (shell, powershell):
        if stat.S_IMODE(file.stat().st_mode) != PRIVATE:
            problems.append(f"others may read {file.name}")
    text = powershell.read_text(encoding="utf-8", errors="replace")
    if not all(line in text for line in powershell_text(wanted(token, host)).splitlines()[1:]):
        problems.append(f"{powershell.name} has another host or token")
    return problems


async def check(context: Context) -> Outcome:
    """Source the script in a clean shell, call the workspace with what it yields, and ask git about the file."""
    host = context.facts("databricks.workspaces")["host"]
    token = context.secrets.get(token_key(context))
    if token is None:
        return Outcome(Status.TODO, "There is no token to export yet.")
    problems = outdated(context, token, host)
    if problems:
        return Outcome(Status.TODO, f"{problems[0]}.")
    exported = await sourced(context)
    if exported != wanted(token, host):
        return Outcome(Status.TODO, f"{shell_script(context).name} exports another host or token.")
    user = await who_answers(context, Secret(exported[TOKEN]))
    if not user:
        return Outcome(Status.FAIL, f"{host} refuses the token in {shell_script(context).name}.", diagnosis="F04")
    proof = f"sourced in an empty shell, its token answered at {exported[HOST]} as {user}"
    return await seen_by_git(context, proof)


async def seen_by_git(context: Context, proof: str) -> Outcome:
    """The rest of the check: the scripts are ignored by git and in no commit."""
    folder, names = context.project.folder, [shell_script(context).name, powershell_script(context).name]
    if not await git.is_repository(folder):
        return Outcome(
            Status.WARN,
            f"source {names[0]} works; this folder is no git repository",
            proof=proof,
            fix="clone the repository and work there, or `git init` here; then check again",
        )
    for name in names:
        commits = await git.commits_with(folder, name)
        if commits:
            return Outcome(
                Status.FAIL,
                f"{name} is in git ({', '.join(commits[:3])}): whoever has the repository has a token.",
                fix=f"`git rm --cached {name}`, revoke that token (step databricks.token), rewrite the history",
            )
        if not await git.ignores(folder, name):
            line = await git.taken_back_in(folder, name)
            return Outcome(Status.TODO, f"git does not ignore {name} yet" + (f": see {line}." if line else "."))
    return Outcome(
        Status.OK,
        f"source {names[0]}",
        proof=f"{proof}; git ignores {' and '.join(names)} and no commit has them",
    )


async def plan(context: Context) -> list[Action]:
    """Write the scripts where they are missing or wrong, and have git ignore them."""
    host = context.facts("databricks.workspaces")["host"]
    token = context.secrets.get(token_key(context))
    shell = shell_script(context).name
    actions = []
    if token is None or outdated(context, token, host) or await sourced(context) != wanted(token, host):
        shown = f"export {HOST}=https://{host}; export {TOKEN}=[secret]"
        actions.append(Action(f"Write {shell}", f"echo '{shown}' > {shell}; chmod 600 {shell}", write))
    missing = await not_ignored(context)
    if missing:
        actions.append(Action("Have git ignore the scripts", f"echo '{' '.join(missing)}' >> .gitignore", ignore))
    return actions


async def not_ignored(context: Context) -> list[str]:
    """The names that .gitignore lacks, of every environment at once; none where there is no repository.

    Those of later environments are among them, as the file is on the main branch before they are set up.
    """
    folder = context.project.folder
    if not await git.is_repository(folder):
        return []
    scripts = every_script(context.project)
    names = [name for script in scripts for name in (script.name, f"{script.name}.previous")]
    return await git.not_ignored(folder, names)


async def write(context: Context) -> None:
    """Write both scripts; those of somebody else are kept beside as `.previous`."""
    token = context.secrets.get(token_key(context))
    if token is not None:
        write_both(context, context.facts("databricks.workspaces")["host"], token)


async def ignore(context: Context) -> None:
    """Add the missing names to .gitignore; its other lines stay."""
    missing, file = await not_ignored(context), context.project.folder / ".gitignore"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if text and not text.endswith("\n"):
        text += "\n"
    write_atomically(file, text + "".join(f"{name}\n" for name in missing), mode=0o644)


async def undo(context: Context) -> list[Action]:
    """Delete the scripts."""
    there = [file.name for file in (shell_script(context), powershell_script(context)) if file.exists()]
    return [Action("Delete the scripts", f"rm {' '.join(there)}", delete, risk=Risk.HARD_TO_UNDO)] if there else []


async def delete(context: Context) -> None:
    """Delete both scripts; their lines in .gitignore harm nobody and stay."""
    for file in (shell_script(context), powershell_script(context)):
        file.unlink(missing_ok=True)


SCRIPT = Step(
    id="local.install-script",
    title="Install script",
    why=(
        "One line, `source env.sh`, lets the databricks and mlflow commands on this machine reach the workspace. "
        "It holds a token, so only you may read it and git must not see it."
    ),
    check=check,
    plan=plan,
    undo=undo,
    needs=("databricks.token",),
    docs="https://learn.microsoft.com/azure/databricks/dev-tools/auth/env-vars",
)
