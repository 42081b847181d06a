"""The jobs that the wizard can run on a cluster, and bringing their code there."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import WizardError
from wizard.steps import model_registry, reach
from wizard.steps.tags import TAG, mark

if TYPE_CHECKING:
    from wizard.clients.databricks import Databricks


@dataclass(frozen=True, slots=True)
class Job:
    """A Python file of jobs/ and its parameters.

    In a value `{mark}` is the set-up and environment, as in wine-dev, `{data}` the path of the data on the cluster,
    `{registry}` and `{model}` where models are registered.
    """

    name: str
    script: str
    parameters: Mapping[str, str]

    def arguments(self, context: Context, run_key: str, code_version: str) -> list[str]:
        """The command line of one run."""
        registry = model_registry.of(context)
        known = {"mark": mark(context), "data": data_path(context), "registry": registry.uri, "model": registry.model}
        values = {name: value.format(**known) for name, value in self.parameters.items()}
        values |= {"run-key": run_key, "code-version": code_version}
        return [part for name, value in values.items() for part in (f"--{name}", value)]

    def experiment(self, context: Context) -> str:
        """Where its runs are tracked."""
        return self.parameters["experiment"].format(mark=mark(context))


def data_path(context: Context) -> str:
    """Where the data is on the cluster; WizardError while that is not known."""
    found = context.facts("databricks.mount").get("path", "")
    if not found:
        raise WizardError("The data is not visible on a cluster yet.", fix="mlops-wizard apply --step databricks.mount")
    return found


JOBS = {
    "wine-model-train": Job(
        name="wine-model-train",
        script="train.py",
        parameters={
            "data": "{data}",
            "experiment": "/Shared/{mark}",
            "tracking-uri": "databricks",
            "registry-uri": "{registry}",
            "model-name": "{model}",
        },
    ),
    "wine-batch-score": Job(
        name="wine-batch-score",
        script="batch_score.py",
        parameters={
            "data": "{data}",
            "experiment": "/Shared/{mark}-scores",  # not the training's, whose runs are asked for what was trained
            "tracking-uri": "databricks",
            "registry-uri": "{registry}",
            "model-name": "{model}",
        },
    ),
}


def code(project: Path) -> dict[str, bytes]:
    """The Python files of the project's jobs/ by name; WizardError when there are none."""
    folder = project / "jobs"
    files = {file.name: file.read_bytes() for file in sorted(folder.glob("*.py"))}
    if not files:
        raise WizardError(
            f"There is no code in {folder}.", fix="work in a clone of the repository, or name one with --project"
        )
    return files


def version_of(files: Mapping[str, bytes]) -> str:
    """A fingerprint that changes whenever a file does."""
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:12]


async def folder_in_workspace(context: Context, workspace: Databricks) -> str:
    """Where the code goes: a folder that only its user writes to."""
    user = (await context.call(workspace.host, workspace.me)).name
    return f"/Users/{user}/{TAG}/{mark(context)}/jobs"


async def sync(context: Context, files: Mapping[str, bytes]) -> str:
    """Bring the code to the workspace, writing only what differs there; gives the folder."""
    workspace = await reach.databricks(context)
    folder = await folder_in_workspace(context, workspace)
    await context.call(workspace.host, workspace.files.make_folder, folder)

    async def one(name: str, content: bytes) -> bool:
        path = f"{folder}/{name}"
        if await context.call(workspace.host, workspace.files.read, path) == content:
            return False
        await context.call(workspace.host, workspace.files.write, path, content)
        return True

    written = await asyncio.gather(*(one(name, content) for name, content in files.items()))
    context.progress(f"{sum(written)} of {len(files)} files of jobs/ brought to {folder}")
    return folder
