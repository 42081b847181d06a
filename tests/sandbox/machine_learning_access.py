"""A sandbox cloud of its own, fast, with an Azure ML workspace in it, as azureml-core sees it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import VERY_FAST, RunningCloud, enter
from tests.sandbox.test_machine_learning import Azure
from wizard.sandbox import control

SCRIPT = """
import json, os, pathlib

def init():
    global factor
    folder = pathlib.Path(os.environ["AZUREML_MODEL_DIR"])
    factor = float((folder / "model" / "factor.txt").read_text())
    print("loaded", factor)

def run(data):
    return [row * factor for row in json.loads(data)["data"]]
"""


@dataclass
class MachineLearning:
    """An open workspace, the cloud it is in, and a folder to work in."""

    cloud: RunningCloud
    workspace: Any
    azure: Azure
    folder: Path

    def register(self, factor: float) -> Any:
        """A model that multiplies."""
        from azureml.core.model import Model

        (self.folder / "model").mkdir(exist_ok=True)
        (self.folder / "model" / "factor.txt").write_text(str(factor))
        return Model.register(self.workspace, "model", "factor", tags={"factor": str(factor)})


@contextmanager
def machine_learning(folder: Path) -> Iterator[MachineLearning]:
    """Start a cloud, make a workspace, open it."""
    sandbox = folder / "cloud"
    control.start(sandbox, VERY_FAST)
    cloud = RunningCloud(sandbox, control.environment(sandbox))
    work = folder / "work"
    work.mkdir()
    try:
        with pytest.MonkeyPatch.context() as patch:
            enter(cloud.environment, patch)
            patch.setenv("HOME", str(folder))
            patch.chdir(work)  # azureml-core takes models from below the current folder only
            azure = Azure(cloud)
            azure.make("mlw-tests")
            yield MachineLearning(cloud, open_workspace(cloud), azure, work)
            azure.http.close()
    finally:
        control.stop(sandbox)


def open_workspace(cloud: RunningCloud) -> Any:
    """The workspace, opened as the sandbox's service principal."""
    from azureml.core import Workspace

    subscription = cloud.environment["AZURE_SUBSCRIPTION_ID"]
    return Workspace.get("mlw-tests", _login(cloud.environment), subscription, "rg-ml")


def only_workspace(environment: dict[str, str], group: str) -> Any:
    """The one workspace of a resource group, opened likewise. Call it inside the cloud."""
    from azureml.core import Workspace

    found = Workspace.list(environment["AZURE_SUBSCRIPTION_ID"], auth=_login(environment), resource_group=group)
    [[workspace]] = found.values()
    return workspace


def _login(environment: dict[str, str]) -> Any:
    from azureml.core.authentication import ServicePrincipalAuthentication

    names = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
    return ServicePrincipalAuthentication(*(environment[name] for name in names))
