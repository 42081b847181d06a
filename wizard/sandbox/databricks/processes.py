"""Child processes of a workspace (MLflow servers, job runs), which never outlive the sandbox."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from wizard.sandbox.databricks.leash import leashed


class LeashedProcess:
    """A command that runs on the leash (see leash.py): it ends when asked to, and when the sandbox is gone."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        output: Path,
        sockets: Sequence[int] = (),
    ) -> "LeashedProcess":
        """Start a command in a folder; what it prints, errors included, is appended to the output file.

        `sockets` are file descriptors that the command inherits under the same numbers.
        Raises OSError when the folder or the output file cannot be used.
        """
        output.parent.mkdir(parents=True, exist_ok=True)
        with output.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *leashed(*command),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=dict(environment),
                cwd=folder,
                pass_fds=sockets,
                # A Ctrl-C in the sandbox's terminal is the sandbox's to handle.
                start_new_session=True,
            )
        return cls(process)

    async def wait(self) -> int:
        """Wait until the command has ended; its exit code, 128 + N after signal N."""
        return await self._process.wait()

    def ask_to_end(self) -> None:
        """Let go of the leash; the command ends within seconds, `wait` tells when."""
        if self._process.stdin is not None:
            self._process.stdin.close()
