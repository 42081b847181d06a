"""What a driver process knows of the workspace it belongs to, from its environment alone."""

import os
from functools import cache
from pathlib import Path

from wizard.sandbox.databricks.features import is_off
from wizard.sandbox.databricks.filesystem import Dbfs
from wizard.sandbox.databricks.mounts import MountTable
from wizard.sandbox.store import Store


def _folder() -> Path:
    return Path(os.environ["DRIVER_WORKSPACE_FOLDER"])


@cache
def dbfs() -> Dbfs:
    """The workspace's DBFS. The mount table is the cloud's own, so that all drivers see one state."""
    store, workspace_id = Store(Path(os.environ["DRIVER_STORE"])), os.environ["DRIVER_WORKSPACE_ID"]
    return Dbfs(
        _folder() / "dbfs",
        MountTable(store, workspace_id),
        os.environ,
        volumes(),
        lambda: is_off(store, workspace_id, "disable_legacy_dbfs"),
    )


def volumes() -> Path:
    """The folder with the volumes of the workspace's region, which clusters show as /Volumes."""
    return Path(os.environ["DRIVER_VOLUMES"])


def is_shared() -> bool:
    """Whether the cluster has standard access mode, which keeps parts of the JVM from Python."""
    return os.environ["DRIVER_ACCESS_MODE"] in ("USER_ISOLATION", "DATA_SECURITY_MODE_STANDARD")


def workspace_files() -> Path:
    """The folder with the workspace's files and notebooks, which clusters show as /Workspace."""
    return _folder() / "workspace"
