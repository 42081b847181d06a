"""A sandbox cloud for tests: its real daemon, in a temporary folder, fast."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.sandbox.workspaces import WorkspaceAccess, new_workspace
from wizard.sandbox import control

SPEED, VERY_FAST = 600.0, 6000.0
FOREIGN = ("AZURE_", "DATABRICKS_", "MLFLOW_", "ARM_")


@dataclass(frozen=True)
class RunningCloud:
    """A sandbox cloud that answers."""

    folder: Path
    environment: dict[str, str]


def enter(environment: dict[str, str], patch: pytest.MonkeyPatch) -> None:
    """Put this process into a cloud, and nothing of the real one with it."""
    for name in list(os.environ):
        if name.startswith(FOREIGN) or name.lower() in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
            patch.delenv(name)
    for name, value in environment.items():
        patch.setenv(name, value)


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """One cloud for all tests of a session (and of a worker, when they run in parallel)."""
    folder = tmp_path_factory.mktemp("cloud")
    control.start(folder, SPEED)
    try:
        yield RunningCloud(folder, control.environment(folder))
    finally:
        control.stop(folder)


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a very fast cloud of one module's own, which its tests may stop and start."""
    folder = tmp_path_factory.mktemp("fast")
    control.start(folder, VERY_FAST)
    try:
        yield folder
    finally:
        control.stop(folder)


@pytest.fixture
def inside(cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch) -> RunningCloud:
    """Put this process into the cloud for one test, and nothing of the real one."""
    enter(cloud.environment, monkeypatch)
    return cloud


@pytest.fixture(scope="session")
def workspace(cloud: RunningCloud) -> WorkspaceAccess:
    """One Databricks workspace for all tests of a session, with a personal access token."""
    return new_workspace(cloud.environment, "dbw-tests")


@pytest.fixture(scope="module")
def in_workspace(cloud: RunningCloud, workspace: WorkspaceAccess) -> Iterator[WorkspaceAccess]:
    """Put this process into the cloud, signed in to the workspace as an install script does it."""
    with pytest.MonkeyPatch.context() as patch:
        enter(cloud.environment, patch)
        for name in [name for name in cloud.environment if name.startswith("AZURE_")]:
            patch.delenv(name)  # one way to sign in, not two
        patch.setenv("DATABRICKS_HOST", workspace.host)
        patch.setenv("DATABRICKS_TOKEN", workspace.token)
        yield workspace
