"""What a driver process knows of the workspace it belongs to, from its environment alone."""

import os
from functools import cache
from pathlib import Path

from wizard.sandbox.databricks.filesystem import Dbfs
from wizard.sandbox.databricks.mounts import MountTable
from wizard.sandbox.store import Store


def _folder() -> Path:
    return Path(os.environ["DRIVER_WORKSPACE_FOLDER"])


@cache
def dbfs() -> Dbfs:
    """The workspace's DBFS. The mount table is the cloud's own, so that all drivers see one state."""
    mounts = MountTable(Store(Path(os.environ["DRIVER_STORE"])), os.environ["DRIVER_WORKSPACE_ID"])
    return Dbfs(_folder() / "dbfs", mounts, os.environ)


def workspace_files() -> Path:
    """The folder with the workspace's files and notebooks, which clusters show as /Workspace."""
    return _folder() / "workspace"
