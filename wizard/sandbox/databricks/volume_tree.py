"""/Volumes as a file tree: catalogs, schemas and volumes are given, only what is in a volume can be changed."""

import errno
import os
from pathlib import Path

from wizard.sandbox.databricks.trees import FolderTree

_LEVELS = 3  # catalog, schema, volume


class VolumeTree(FolderTree):
    """The volumes of a region, in a folder on this machine."""

    def upload(self, name: str, source: Path) -> None:
        """Create or replace a file in a volume. Raises FileNotFoundError where there is no such volume."""
        self._check(name)
        super().upload(name, source)

    def make_folder(self, name: str) -> None:
        """Create a folder in a volume, and those above it. Raises FileNotFoundError."""
        self._check(name)
        super().make_folder(name)

    def delete(self, name: str) -> None:
        """Remove a file or folder of a volume. Raises FileNotFoundError."""
        self._check(name)
        super().delete(name)

    def _check(self, name: str) -> None:
        parts = name.split("/")
        if len(parts) <= _LEVELS or not self.path("/".join(parts[:_LEVELS])).is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), f"/Volumes/{name}")
