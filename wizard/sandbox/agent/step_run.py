"""One step as its task sees it: inputs with their macros replaced, a log, and the way to run a script."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wizard.sandbox.agent import processes
from wizard.sandbox.agent.commands import Command, command_in
from wizard.sandbox.agent.host import Host
from wizard.sandbox.agent.machine import Machine
from wizard.sandbox.agent.model import Step
from wizard.sandbox.agent.processes import Ending
from wizard.sandbox.agent.step_log import Masks, StepLog
from wizard.sandbox.agent.variables import Variables

SUCCEEDED, ISSUES, FAILED, CANCELLED, SKIPPED = "succeeded", "succeededWithIssues", "failed", "canceled", "skipped"
_NO_LIMIT = 6 * 3600.0


@dataclass
class JobState:
    """What the steps of one job share."""

    host: Host
    machine: Machine
    variables: Variables
    masks: Masks
    ending: Ending
    way: Mapping[str, str]
    outputs: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    result: str = SUCCEEDED


@dataclass
class StepRun:
    """One step that runs."""

    job: JobState
    step: Step
    log: StepLog
    seconds: float = _NO_LIMIT
    completed: str = ""  # what the step itself said its result is

    def input(self, *names: str, default: str = "") -> str:
        """An input of the task, by any of its names, in any case."""
        wanted = {name.lower() for name in names}
        found = next((value for name, value in self.step.inputs.items() if name.lower() in wanted), default)
        return self.job.variables.expanded(found)

    def folder(self) -> Path:
        """Where a script of the step runs."""
        chosen = self.input("workingDirectory", "cwd")
        return self.job.machine.sources / chosen if chosen else self.job.machine.sources

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """What a script of the step sees: no secret variable that `env` does not name."""
        found = self.job.machine.environment(self.job.way) | self.job.variables.environment()
        found |= {name: self.job.variables.expanded(value) for name, value in self.step.env.items()}
        found |= more or {}
        found["PATH"] = ":".join([*reversed(self.job.path), found["PATH"]])
        return found

    def script(self, content: str, more: Mapping[str, str] | None = None, arguments: str = "") -> str:
        """Run a bash script; the step's result."""
        file = self.job.machine.temporary / f"{uuid.uuid4()}.sh"
        file.write_text(content + "\n")
        command = ["bash", "--noprofile", "--norc", str(file), *arguments.split()]
        self.log.line("========================== Starting Command Output ===========================")
        self.log.line(f"[command]/usr/bin/{' '.join(command)}")
        return self.command(command, more, "Bash exited with code '{code}'.")

    def command(self, command: list[str], more: Mapping[str, str] | None, failure: str) -> str:
        """Run a command; the step's result, with an error when it ends badly."""
        if not self.folder().is_dir():
            self.log.issue("error", f"Not found workingDirectory: {self.folder()}")
            return FAILED
        ending = self.job.ending
        environment = self.environment(more)
        code = processes.run(command, environment, self.folder(), ending, self.seconds, self._read)
        if code is None:
            self.log.issue("error", "The operation was canceled because it took longer than its timeout.")
            return FAILED
        if ending.step_cancelled and code != 0:
            self.log.issue("error", "The operation was canceled.")
            return CANCELLED
        if code != 0:
            self.log.issue("error", failure.format(code=code))
            return FAILED
        return self.completed or SUCCEEDED

    def _read(self, line: str) -> None:
        command = command_in(line)
        if command is None:
            self.log.line(line)
        else:
            self._obey(command, line)

    def _obey(self, command: Command, line: str) -> None:
        if command.name == "task.setvariable":
            self._set(command)
        elif command.name == "task.setsecret":
            self.job.masks.add(command.message)
        elif command.name == "task.logissue":
            self.log.issue("error" if command.properties.get("type") == "error" else "warning", command.message)
        elif command.name == "task.complete":
            asked = command.properties.get("result", "").lower()
            self.completed = {"failed": FAILED, "succeededwithissues": ISSUES, "skipped": SKIPPED}.get(asked, SUCCEEDED)
        elif command.name == "task.prependpath":
            self.job.path.append(command.message)
        elif not command.name.startswith(("task.", "build.", "artifact.")):
            self.log.issue("warning", f"##vso command '{line}' is not known here.")

    def _set(self, command: Command) -> None:
        name, secret = command.properties.get("variable", ""), command.flag("issecret")
        if not name:
            self.log.issue("error", "Required field 'variable' is missing in ##vso[task.setvariable] command.")
            return
        if secret:
            self.job.masks.add(command.message)
        if command.flag("isoutput"):
            name = f"{self.step.name or self.step.task}.{name}"
            self.job.outputs[name] = command.message
        self.job.variables.set(name, command.message, secret)
