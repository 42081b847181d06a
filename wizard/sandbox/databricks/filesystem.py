"""DBFS: one file system over a workspace's own files, everything mounted into it, and the volumes of its region.

The workspace's DBFS API and `dbutils.fs` on its drivers are two views of this. Paths are absolute and without
scheme ("/mnt/data/wine.csv"). Refusals are OSErrors that carry the path; see trees.py.
"""

import errno
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from wizard.sandbox.databricks.mounts import MountPoint, MountTable
from wizard.sandbox.databricks.trees import BlobTree, Entry, FolderTree, Tree
from wizard.sandbox.databricks.volume_tree import VolumeTree
from wizard.sandbox.databricks.wasb import Container

_VOLUMES = "/Volumes"


class RootDisabledError(PermissionError):
    """The workspace's administrators have switched DBFS root and mounts off; only volumes are left."""

    def __init__(self, path: str) -> None:
        super().__init__(errno.EACCES, f"Public DBFS root is disabled. Access is denied on path: {path}", path)


class Dbfs:
    """The file system of one workspace.

    `environment` says how to reach storage accounts (proxy, certificates); `volumes` is the folder of /Volumes;
    `is_closed` whether all but volumes is switched off, which makes every call raise RootDisabledError.
    """

    def __init__(
        self,
        root: Path,
        mounts: MountTable,
        environment: Mapping[str, str],
        volumes: Path | None = None,
        is_closed: Callable[[], bool] = lambda: False,
    ) -> None:
        self.root = FolderTree(root)
        self.mounts = mounts
        self._environment = environment
        self._volumes = VolumeTree(volumes) if volumes else None
        self._is_closed = is_closed

    def check_open(self, path: str) -> None:
        """Raise RootDisabledError when DBFS root and mounts are switched off."""
        if self._is_closed():
            raise RootDisabledError(path)

    def container(self, mount: MountPoint) -> Container:
        """A client for what is mounted. Raises ValueError for a key that is not base64."""
        return Container(mount.account, mount.container, mount.key, self._environment)

    def local_path(self, path: str) -> Path | None:
        """Where a path lies on this machine, or None when it lies in a mount."""
        path = normal(path)
        if self._volumes and _in_volumes(path):
            return self._volumes.path(path.removeprefix(_VOLUMES).strip("/"))
        self.check_open(path)
        return None if self.mounts.covering(path) else self.root.path(path.strip("/"))

    def find(self, path: str) -> Entry | None:
        """The file or folder at a path, its name being the whole path."""
        path = normal(path)
        tree, name = self._place(path)
        entry = tree.find(name)
        return replace(entry, name=path) if entry else None

    def entry(self, path: str) -> Entry:
        """The file or folder at a path. Raises FileNotFoundError."""
        found = self.find(path)
        if found is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), normal(path))
        return found

    def file(self, path: str) -> Entry:
        """The file at a path. Raises FileNotFoundError or IsADirectoryError."""
        found = self.entry(path)
        if found.is_folder:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), found.name)
        return found

    def list(self, path: str) -> list[Entry]:
        """What a folder holds, or the file itself; names are whole paths. Raises FileNotFoundError."""
        found = self.entry(path)
        if not found.is_folder:
            return [found]
        tree, name = self._place(found.name)
        base = found.name.rstrip("/")
        return [replace(entry, name=f"{base}/{entry.name.rpartition('/')[2]}") for entry in tree.list(name)]

    def download(self, path: str, target: Path) -> None:
        """Copy a file to this machine. Raises FileNotFoundError, IsADirectoryError."""
        tree, name = self._place(self.file(path).name)
        tree.download(name, target)

    def upload(self, path: str, source: Path, *, overwrite: bool) -> None:
        """Create a file from one on this machine. Raises FileExistsError, IsADirectoryError."""
        found = self.find(path)
        if found and found.is_folder:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), found.name)
        if found and not overwrite:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), found.name)
        tree, name = self._place(normal(path))
        tree.upload(name, source)

    def make_folder(self, path: str) -> None:
        """Create a folder and those above it. Raises FileExistsError when a file is in the way."""
        path = normal(path)
        parts = path.strip("/").split("/")
        for depth in range(1, len(parts) + 1):
            above = self.find("/" + "/".join(parts[:depth]))
            if above and not above.is_folder:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), above.name)
        tree, name = self._place(path)
        tree.make_folder(name)

    def delete(self, path: str, *, recursive: bool) -> bool:
        """Remove a file or folder; False when there is none.

        Raises OSError ENOTEMPTY for a filled folder without `recursive`, PermissionError for a place that
        something is mounted at or below.
        """
        found = self.find(path)
        if found is None:
            return False
        for mount in self.mounts.all():
            if mount.path == found.name or mount.path.startswith(found.name.rstrip("/") + "/"):
                raise PermissionError(errno.EPERM, "Cannot delete a mount point", found.name)
        if found.name == "/":
            raise PermissionError(errno.EPERM, "Cannot delete the root", found.name)
        if found.is_folder and not recursive and self.list(found.name):
            raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), found.name)
        tree, name = self._place(found.name)
        tree.delete(name)
        return True

    def copy(self, source: str, target: str, *, recursive: bool) -> None:
        """Copy a file, or with `recursive` a folder. A target that is a folder receives a file under its name."""
        found = self.entry(source)
        if found.is_folder:
            if not recursive:
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), found.name)
            self.make_folder(target)
            for child in self.list(found.name):
                self.copy(child.name, f"{normal(target)}/{child.name.rpartition('/')[2]}", recursive=True)
            return
        aim = self.find(target)
        if aim and aim.is_folder:
            target = f"{aim.name}/{found.name.rpartition('/')[2]}"
        with tempfile.TemporaryDirectory() as folder:
            transit = Path(folder) / "file"
            self.download(found.name, transit)
            self.upload(target, transit, overwrite=True)

    def _place(self, path: str) -> tuple[Tree, str]:
        """The tree that a normal path lies in, and its name there."""
        if self._volumes and _in_volumes(path):
            return self._volumes, path.removeprefix(_VOLUMES).strip("/")
        self.check_open(path)
        mount = self.mounts.covering(path)
        if mount is None:
            return self.root, path.strip("/")
        return BlobTree(self.container(mount), mount.prefix), path.removeprefix(mount.path).strip("/")


def _in_volumes(path: str) -> bool:
    return path == _VOLUMES or path.startswith(_VOLUMES + "/")


def normal(path: str) -> str:
    """An absolute path in its one form: no empty, "." or ".." parts. Raises FileNotFoundError for a path above /."""
    if not path.startswith("/") or "\0" in path:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not parts:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)
