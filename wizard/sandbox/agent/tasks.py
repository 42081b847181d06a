"""The tasks that a step can be, by name and version.

https://learn.microsoft.com/azure/devops/pipelines/tasks/reference
"""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wizard.sandbox.agent import azure_cli, checkout, test_results
from wizard.sandbox.agent.model import Step
from wizard.sandbox.agent.step_run import FAILED, SUCCEEDED, StepRun

CONNECTION = "connectedServiceNameARM"
_CONNECTION_NAMES = ("azuresubscription", "connectedservicenamearm")
_HERE = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"


@dataclass(frozen=True, slots=True)
class Task:
    """One task: how it presents itself in the log, and what it does."""

    title: str
    description: str
    run: Callable[[StepRun], str]


def _command_line(run: StepRun) -> str:
    run.log.line("Generating script.")
    return run.script(run.input("script"))


def _bash(run: StepRun) -> str:
    if run.input("targetType", default="inline").lower() == "filepath":
        file = run.job.machine.sources / run.input("filePath")
        if not file.is_file():
            run.log.issue("error", f"Invalid file path '{file}'. A path to a file is required.")
            return FAILED
        return run.script(f". '{file}' {run.input('arguments')}")
    run.log.line("Generating script.")
    return run.script(run.input("script"))


def _use_python(run: StepRun) -> str:
    """Put the Python that was asked for first in the PATH. There is one: the one that the sandbox runs with."""
    asked = run.input("versionSpec", default="3.x")
    parts = asked.split(".")
    fits = all(part in ("x", "*", here) for part, here in zip(parts, _HERE.split("."), strict=False))
    if not fits or len(parts) > len(_HERE.split(".")):
        run.log.issue(
            "error",
            f"Version spec {asked} for architecture x64 did not match any version in Agent.ToolsDirectory.\nVersions in"
            f" {run.job.machine.work / '_tool'}:\n{_HERE} (x64)\n",
        )
        return FAILED
    run.job.variables.set("pythonLocation", str(run.job.machine.python))
    run.log.line(f"Found tool in cache: Python {_HERE} x64")
    run.log.line(f"Prepending PATH environment variable with directory: {run.job.machine.python / 'bin'}")
    return SUCCEEDED


def _publish_artifact(run: StepRun) -> str:
    source = run.job.machine.sources / run.input("targetPath", "path", default=str(run.job.machine.work))
    name = run.input("artifact", "artifactName", default="artifact")
    if not source.exists():
        run.log.issue("error", f"Path does not exist: {source}")
        return FAILED
    target: Path = run.job.host.artifact(name)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target)
    files = [file for file in target.rglob("*") if file.is_file()]
    run.log.line(f"Uploading pipeline artifact from {source}.")
    run.log.line(f"Content upload statistics: {len(files)} files, {sum(f.stat().st_size for f in files)} bytes")
    return SUCCEEDED


_SCRIPTS = "Run a command line script using Bash on Linux and macOS and cmd.exe on Windows"
_TASKS = {
    ("cmdline", "2"): Task("Command line", _SCRIPTS, _command_line),
    ("bash", "3"): Task("Bash", "Run a Bash script on macOS, Linux, or Windows", _bash),
    ("checkout", "1"): Task("Get sources", "Get sources from a repository.", checkout.run),
    ("azurecli", "2"): Task(
        "Azure CLI",
        "Run Azure CLI commands against an Azure subscription in a PowerShell Core/Shell script when running on Linux"
        " agent or PowerShell/PowerShell Core/Batch script when running on Windows agent.",
        azure_cli.run,
    ),
    ("usepythonversion", "0"): Task(
        "Use Python version", "Use the specified version of Python from the tool cache", _use_python
    ),
    ("publishtestresults", "2"): Task("Publish Test Results", "Publish test results", test_results.run),
    ("publishpipelineartifact", "1"): Task(
        "Publish Pipeline Artifacts", "Publish (upload) a file or directory as a named artifact", _publish_artifact
    ),
}


def is_known(step: Step) -> bool:
    """Whether the organisation has the task."""
    return (step.task.lower(), step.version.partition(".")[0]) in _TASKS


def of(step: Step) -> Task:
    """The task of a step that is known."""
    return _TASKS[step.task.lower(), step.version.partition(".")[0]]


def title(step: Step) -> str:
    """How a step is called where it does not say so itself."""
    if step.display_name:
        return step.display_name
    if step.task == "checkout":
        return "Checkout"
    return {"cmdline": "CmdLine", "bash": "Bash"}.get(step.task.lower(), step.task)


def connection_input(step: Step) -> str | None:
    """The service connection that a step names; None when its task needs none."""
    if step.task.lower() != "azurecli":
        return None
    return next((value for name, value in step.inputs.items() if name.lower() in _CONNECTION_NAMES), "")
