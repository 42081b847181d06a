"""Files that survive a crash: written beside, synced, and moved into place in one step; private to their owner."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from wizard.engine.errors import StateError

MEMORY = ".mlops-wizard"
_WRITING = ".writing-"

# What the operating system says -> what it means, what to do.
_REASONS = {
    errno.ENOSPC: ("the disk is full", "free some space, then start again"),
    errno.EDQUOT: ("your disk quota is used up", "free some space, then start again"),
    errno.EROFS: ("the file system is read-only", "use --project with a folder you can write to"),
    errno.EACCES: ("you may not write there", "change the folder's permissions, or use --project"),
    errno.EPERM: ("you may not write there", "change the folder's permissions, or use --project"),
    errno.ENOENT: ("there is no such folder", "see whether --project names the folder that you mean"),
    errno.ENOTDIR: ("a file is where a folder should be", "move that file away, or use --project"),
    errno.EEXIST: ("a file is where a folder should be", "move that file away, or use --project"),
    errno.ELOOP: ("a link is where a file or folder of its own should be", "remove that link, or use --project"),
    errno.EISDIR: ("a folder is where a file should be", "move that folder away, or use --project"),
}


@dataclass(frozen=True, slots=True)
class Project:
    """Where a set-up keeps its files. `cloud` names which cloud is meant ("azure", "sandbox"): memories of one are
    never taken for the other.
    """

    folder: Path
    cloud: str

    @property
    def memory(self) -> Path:
        """The private folder of state, journal, lock and log."""
        return self.folder / MEMORY

    @property
    def answers(self) -> Path:
        """The answers: no secrets, meant to be committed and shared."""
        return self.folder / "mlops-wizard.toml"

    @property
    def state(self) -> Path:
        """Last outcomes and facts."""
        return self.memory / "state.json"

    @property
    def journal(self) -> Path:
        """Each action begun and ended."""
        return self.memory / "journal.jsonl"

    @property
    def lock(self) -> Path:
        """Held by the engine that works here."""
        return self.memory / "lock"

    @property
    def log(self) -> Path:
        """Tracebacks and stray output, redacted."""
        return self.memory / "log"

    def install_script(self, environment: str, suffix: str = ".sh") -> Path:
        """The script that exports an environment's host and token: env.sh for dev, env.test.sh for test."""
        middle = "" if environment == "dev" else f".{environment}"
        return self.folder / f"env{middle}{suffix}"


def make_private_folder(folder: Path) -> None:
    """Create the folder, mode 0700 and nothing for git, if it is not there; StateError says why that is impossible.

    A link in its place is refused: a clone may bring one along, which leads to a folder of somebody else.
    """
    if folder.is_symlink():
        raise cannot_write(folder, OSError(errno.ELOOP, os.strerror(errno.ELOOP)))
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        with contextlib.suppress(FileExistsError):
            handle = os.open(folder / ".gitignore", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as ignoring:
                ignoring.write("*\n")
    except OSError as error:
        raise cannot_write(folder, error) from error


def open_own(file: Path, flags: int) -> int:
    """Open a file of the memory folder, made private where it is not there. Raises OSError, also for a link."""
    return os.open(file, flags | os.O_CREAT | os.O_NOFOLLOW, 0o600)


def write_atomically(file: Path, text: str, mode: int = 0o600) -> None:
    """Replace the file's content so that a crash leaves the old or the new, never a part; StateError if impossible.

    What a crash leaves unfinished may hold a secret: it is in the memory folder, if there is one beside the file.
    """
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=_WRITING, dir=_workplace(file))
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(file)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise cannot_write(file, error) from error


def _workplace(file: Path) -> Path:
    """The folder to write a new version of a file in: of the same file system, else it could not be moved in place."""
    memory = file.parent / MEMORY
    return memory if memory.is_dir() and memory.stat().st_dev == file.parent.stat().st_dev else file.parent


def remove_unfinished(memory: Path) -> None:
    """Remove what a crash left unfinished in a memory folder, whose lock is held."""
    for each in memory.glob(f"{_WRITING}*"):
        each.unlink(missing_ok=True)


def cannot_write(path: Path, error: OSError) -> StateError:
    """Say in plain words why a file cannot be written, and what to do."""
    unknown = (error.strerror or str(error), "see whether the folder can be written to")
    reason, fix = _REASONS.get(error.errno or 0, unknown)
    return StateError(f"{path} cannot be written: {reason}.", fix=fix, code=errno.errorcode.get(error.errno or 0, ""))
