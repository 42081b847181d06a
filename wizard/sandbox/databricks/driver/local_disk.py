"""The driver node's own disk, which dbutils.fs names file:/."""

from pathlib import Path

from wizard.sandbox.databricks.filesystem import Dbfs
from wizard.sandbox.databricks.mounts import MountPoint, MountTable


class _NoMounts(MountTable):
    """Nothing is mounted into the disk."""

    def __init__(self) -> None:
        """There is no store behind it."""

    def all(self) -> list[MountPoint]:
        return []


class LocalDisk(Dbfs):
    """The disk as a file system of the same kind as DBFS; /dbfs and /Workspace are not followed here."""

    def __init__(self) -> None:
        super().__init__(Path("/"), _NoMounts(), {})
