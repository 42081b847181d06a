"""A sandbox cloud for tests: its real daemon, in a temporary folder, fast."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from wizard.sandbox import control

SPEED = 600.0
FOREIGN = ("AZURE_", "DATABRICKS_", "MLFLOW_", "ARM_")


@dataclass(frozen=True)
class RunningCloud:
    """A sandbox cloud that answers."""

    folder: Path
    environment: dict[str, str]


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """One cloud for all tests of a session (and of a worker, when they run in parallel)."""
    folder = tmp_path_factory.mktemp("cloud")
    control.start(folder, SPEED)
    try:
        yield RunningCloud(folder, control.environment(folder))
    finally:
        control.stop(folder)


@pytest.fixture
def inside(cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch) -> RunningCloud:
    """Put this process into the cloud for one test, and nothing of the real one."""
    for name in list(os.environ):
        if name.startswith(FOREIGN) or name.lower() in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
            monkeypatch.delenv(name)
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    return cloud
