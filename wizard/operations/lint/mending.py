"""Mends what needs no decision: a branch with one commit a rule, made beside the work tree, which stays as it is."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path

from wizard.clients.git_command import run_git
from wizard.engine.errors import WizardError
from wizard.operations.lint.check import RULES, findings
from wizard.operations.lint.project import Project
from wizard.operations.lint.record import Edit, Rule

BRANCH = "mlops-wizard/lint-fixes"


def mend(folder: Path) -> list[str]:
    """Make the branch with a commit for each rule that can mend something; the commits' titles, [] when none can.

    WizardError when the folder is no repository with a commit, its tree has changes, or the branch is there already.
    """
    refuse_unsafe(folder)
    inner = git(folder, "rev-parse", "--show-prefix")
    with tempfile.TemporaryDirectory(prefix="mlops-wizard-lint-") as parent:
        tree = Path(parent) / "tree"
        git(folder, "worktree", "add", "--quiet", "--detach", str(tree), "HEAD")
        try:
            titles = [title for rule in RULES if (title := commit(rule, tree / inner))]
            if titles:
                git(folder, "branch", BRANCH, git(tree, "rev-parse", "HEAD"))
        finally:
            git(folder, "worktree", "remove", "--force", str(tree))
    return titles


def refuse_unsafe(folder: Path) -> None:
    """WizardError unless a branch can be made here without touching anybody's work."""
    try:
        changes = git(folder, "status", "--porcelain")
        git(folder, "rev-parse", "--verify", "HEAD")
    except WizardError as error:
        raise WizardError(
            f"{folder} is no git repository with a commit.", fix="fixes are offered as commits: commit first"
        ) from error
    if changes:
        count = len(changes.splitlines())
        raise WizardError(f"The work tree has {count} uncommitted change(s).", fix="commit or stash them, then fix")
    if git(folder, "branch", "--list", BRANCH):
        raise WizardError(
            f"The branch {BRANCH} is there already.", fix=f"merge it, or delete it: git branch -D {BRANCH}"
        )


def commit(rule: Rule, folder: Path) -> str:
    """Mend and commit what one rule can; the commit's title, "" when it has nothing to mend."""
    project = Project.read(folder)
    edits: dict[str, list[Edit]] = defaultdict(list)
    for finding in findings(rule, project):
        if finding.edit is not None:
            edits[finding.file].append(finding.edit)
    if not edits:
        return ""
    for file, changes in edits.items():
        write(folder / file, changes)
    title = f"{rule.id}: {rule.fix}"
    message = f"{title}\n\n{rule.title}. {rule.why}"
    git(folder, "commit", "--quiet", "--message", message, "--", *edits)
    return title


def write(file: Path, edits: list[Edit]) -> None:
    """Apply the edits from the last line to the first, so that none moves another; line ends stay as they are."""
    with file.open(encoding="utf-8", newline="") as stream:
        text = stream.read()
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines()
    for edit in sorted(edits, key=lambda each: each.first, reverse=True):
        lines = edit.applied(lines)
    last = end if text.endswith("\n") and lines else ""
    with file.open("w", encoding="utf-8", newline="") as stream:
        stream.write(end.join(lines) + last)


def git(folder: Path, *arguments: str) -> str:
    """What a git command printed; WizardError with git's own words when it fails."""
    done = run_git(folder, *arguments)
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise WizardError(f"git {arguments[0]} failed: {said}", fix="do what git says, then try again")
    return done.stdout.decode(errors="replace").strip()
