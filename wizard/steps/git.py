"""What git knows about files of the project folder; read-only."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Said:
    """How a git command ended, and what it printed."""

    code: int
    text: str


async def git(folder: Path, *arguments: str) -> Said:
    """Run a git command in the folder; code 127 when this machine has no git."""
    if shutil.which("git") is None:
        return Said(127, "")
    process = await asyncio.create_subprocess_exec(
        "git", "-C", str(folder), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    output, _ = await process.communicate()
    return Said(process.returncode or 0, output.decode(errors="replace").strip())


async def is_repository(folder: Path) -> bool:
    """Whether the folder lies in a git work tree."""
    return (await git(folder, "rev-parse", "--is-inside-work-tree")).text == "true"


async def ignores(folder: Path, name: str) -> bool:
    """Whether git would leave the file out of commits."""
    return (await git(folder, "check-ignore", "-q", name)).code == 0


async def commits_with(folder: Path, name: str) -> list[str]:
    """Commits of any branch that touched the file; `(staged)` when it waits for the next one."""
    found = (await git(folder, "log", "--all", "--format=%h", "--", name)).text.split()
    tracked = (await git(folder, "ls-files", "--", name)).text
    return [*found, *(["(staged)"] if tracked and not found else [])]
