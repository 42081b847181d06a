"""What git knows about files of the project folder; read-only."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wizard.clients.git_command import NO_GIT, run_git
from wizard.engine.errors import WizardError


@dataclass(frozen=True, slots=True)
class Said:
    """How a git command ended, and what it printed."""

    code: int
    text: str


async def git(folder: Path, *arguments: str) -> Said:
    """Run a git command in the folder; code 127 when this machine has no git."""
    try:
        done = await asyncio.to_thread(run_git, folder, *arguments)
    except WizardError as error:
        if error.code != NO_GIT:
            raise
        return Said(127, "")
    return Said(done.returncode, done.stdout.decode(errors="replace").strip())


async def is_repository(folder: Path) -> bool:
    """Whether the folder lies in a git work tree."""
    return (await git(folder, "rev-parse", "--is-inside-work-tree")).text == "true"


async def ignores(folder: Path, name: str) -> bool:
    """Whether git would leave the file out of commits."""
    return (await git(folder, "check-ignore", "-q", name)).code == 0


async def not_ignored(folder: Path, names: Sequence[str]) -> list[str]:
    """Those of the names that git would take into commits, by one command for all of them."""
    ignored = (await git(folder, "check-ignore", *names)).text.splitlines()
    return [name for name in names if name not in ignored]


async def taken_back_in(folder: Path, name: str) -> str:
    """The line that takes an ignored file back in, such as `.gitignore:3: !env.sh`; "" when there is none."""
    place, _, _ = (await git(folder, "check-ignore", "-v", name)).text.partition("\t")
    file, line, pattern = (*place.split(":", 2), "", "")[:3]
    return f"{file}:{line}: {pattern}" if pattern.startswith("!") else ""


async def commits_with(folder: Path, name: str) -> list[str]:
    """Commits of any branch that touched the file; `(staged)` when it waits for the next one."""
    found = (await git(folder, "log", "--all", "--format=%h", "--", name)).text.split()
    tracked = (await git(folder, "ls-files", "--", name)).text
    return [*found, *(["(staged)"] if tracked and not found else [])]
