"""Running git in a folder, whatever repository a hook that started this process belongs to."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from wizard.engine.errors import WizardError

# Hooks get these from git; they would send every command to the hook's own repository and index.
ANOTHER_REPOSITORY = {
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
}
NO_GIT = "no-git"


def run_git(
    folder: Path, *arguments: str, variables: Mapping[str, str] | None = None, seconds: float | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a git command, with more environment variables; WizardError of code NO_GIT when this machine has no git.

    After so many `seconds` it is ended with all that it started, which raises subprocess.TimeoutExpired.
    """
    environment = {name: value for name, value in os.environ.items() if name not in ANOTHER_REPOSITORY}
    try:
        process = subprocess.Popen(
            ["git", "-C", str(folder), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**environment, **(variables or {})},
            start_new_session=seconds is not None,  # so that its helpers can be ended, too
        )
    except FileNotFoundError as error:
        raise WizardError("There is no git on this machine.", fix="install git 2.35 or newer", code=NO_GIT) from error
    with process:
        try:
            out, said = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, said)
