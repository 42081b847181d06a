"""A git repository on this machine: what it is, and the few changes that setting up needs.

No command here loses work: one that would fails, and git's own words are told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from wizard.clients.git_command import run_git
from wizard.engine.errors import WizardError

OLDEST = (2, 35)
MARK = "mlops-wizard"  # under this name a remote's configuration says that the wizard added it


@dataclass(frozen=True, slots=True)
class Head:
    """What is checked out: `commit` is "" before the first one, `branch` "" where HEAD is detached."""

    commit: str
    branch: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A file that differs from the last commit; `tracked` is False for one that git does not know."""

    name: str
    tracked: bool


class GitRepository:
    """The repository that a folder lies in, or could lie in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def version(self) -> tuple[int, int]:
        """Which git this machine has; WizardError when it has none."""
        found = re.search(r"(\d+)\.(\d+)", self._run("--version"))
        return (int(found[1]), int(found[2])) if found else (0, 0)

    def exists(self) -> bool:
        """Whether the folder lies in a work tree; WizardError when git will not say, as in somebody else's folder."""
        done = run_git(self.folder, "rev-parse", "--is-inside-work-tree", variables={"LC_ALL": "C"})
        if done.returncode != 0 and b"not a git repository" not in done.stderr:
            raise failed("rev-parse", done.stderr)
        return done.stdout.strip() == b"true"

    def head(self) -> Head:
        """What is checked out."""
        branch = self._line("symbolic-ref", "--quiet", "--short", "HEAD")
        return Head(self.commit("HEAD"), branch)

    def commit(self, name: str) -> str:
        """The full id of a commit by any name for it; "" when there is no such commit here."""
        return self._line("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")

    def on_a_branch(self, commit: str) -> bool:
        """Whether a branch of this repository has that commit in its history."""
        return bool(self.commit(commit) and self._line("for-each-ref", "--contains", commit, "refs/heads/"))

    def tree(self, commit: str) -> str:
        """The id of a commit's content."""
        return self._run("rev-parse", f"{commit}^{{tree}}")

    def subject(self, commit: str) -> str:
        """The first line of a commit's message."""
        return self._run("log", "-1", "--format=%s", commit)

    def first_commit(self, commit: str) -> str:
        """The oldest commit that another one goes back to."""
        return self._run("rev-list", "--max-parents=0", commit).splitlines()[-1]

    def is_shallow(self) -> bool:
        """Whether older history was left away when it was cloned."""
        return self._run("rev-parse", "--is-shallow-repository") == "true"

    def remotes(self) -> dict[str, str]:
        """The address of each remote by its name."""
        found = self._line("config", "--null", "--get-regexp", r"^remote\..*\.url$")
        entries = [entry.split("\n", 1) for entry in found.split("\0") if "\n" in entry]
        return {key.removeprefix("remote.").removesuffix(".url"): url for key, url in entries}

    def changed(self, *names: str) -> list[Changed]:
        """The files, or those of these, that differ from the last commit; ignored ones aside."""
        listed = self._run("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--", *names)
        return [Changed(entry[3:], entry[:2] != "??") for entry in listed.split("\0") if entry]

    def knows_its_user(self) -> bool:
        """Whether a commit would carry a name and an address that a person configured."""
        done = run_git(self.folder, "-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT")
        return done.returncode == 0

    def begin(self, branch: str) -> None:
        """Make the folder a repository; nothing happens where it is one."""
        self._run("init", "--quiet", f"--initial-branch={branch}")

    def adopt(self, branch: str, commit: str) -> None:
        """Give a branch without a commit one that was fetched: missing files appear, and none is replaced."""
        self._run("update-ref", f"refs/heads/{branch}", commit, "")
        self._run("symbolic-ref", "HEAD", f"refs/heads/{branch}")
        self._run("reset", "--quiet")
        run_git(self.folder, "checkout-index", "--all", "--quiet")  # it counts a file that is there as a failure

    def add_remote(self, name: str, url: str) -> None:
        """Add a remote, marked as ours; one of that name and address is left as it is."""
        if self.remotes().get(name) != url:
            self._run("remote", "add", name, url)
            self._run("config", f"remote.{name}.{MARK}", "true")

    def added_remote(self, name: str) -> bool:
        """Whether the wizard added that remote."""
        return self._line("config", "--get", f"remote.{name}.{MARK}") == "true"

    def remove_remote(self, name: str) -> None:
        """Remove a remote and what is remembered of its branches; the commits stay."""
        self._run("remote", "remove", name)

    def switch(self, branch: str) -> None:
        """Check a branch out, with the changes that are not committed; refused where they would be lost."""
        self._run("switch", "--quiet", "--no-guess", branch)

    def create_branch(self, branch: str, start: str = "HEAD") -> None:
        """Make a branch and check it out."""
        self._run("switch", "--quiet", "--no-track", "--create", branch, start)

    def delete_branch(self, branch: str, *, kept_elsewhere: bool) -> None:
        """Delete a branch; refused where its commits would be lost, unless they are known to be kept elsewhere."""
        self._run("branch", "--quiet", "-D" if kept_elsewhere else "-d", branch)

    def commit_files(self, names: list[str], message: str, user: tuple[str, str] | None) -> None:
        """Commit these files as they are and nothing else, not even what is staged; `user` is (name, address)."""
        as_user = ["-c", f"user.name={user[0]}", "-c", f"user.email={user[1]}"] if user else []
        self._run("add", "--", *names)
        self._run(*as_user, "commit", "--quiet", "--message", message, "--", *names)

    def _run(self, *arguments: str) -> str:
        """What a command printed; WizardError with git's own words when it fails."""
        done = run_git(self.folder, *arguments, variables={"LC_ALL": "C"})
        if done.returncode != 0:
            command = next(each for each in arguments if not each.startswith("-") and "=" not in each)
            raise failed(command, done.stderr)
        return done.stdout.decode(errors="surrogateescape").strip("\n")

    def _line(self, *arguments: str) -> str:
        """What a command printed, "" where it found nothing."""
        done = run_git(self.folder, *arguments)
        return done.stdout.decode(errors="surrogateescape").strip("\n") if done.returncode == 0 else ""


def failed(command: str, stderr: bytes) -> WizardError:
    """The error of a git command that failed, in its own words."""
    said = stderr.decode(errors="replace").strip()
    lines = [line for line in said.splitlines() if line.startswith(("fatal:", "error:"))] or said.splitlines()
    return WizardError(
        f"git {command}: {lines[0] if lines else 'it failed without a word'}",
        fix="do what git says, then try again",
        body=said,
    )
