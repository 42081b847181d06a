"""File trees behind DBFS: a folder on this machine, or a container of a storage account.

Names are relative to the tree, without slashes around them; "" is the tree's root. Refusals are OSErrors:
FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError, or what the storage says.
"""

import errno
import os
import shutil
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wizard.sandbox.databricks.folders import can_be_a_file
from wizard.sandbox.databricks.wasb import Blob, Container


@dataclass(frozen=True, slots=True)
class Entry:
    """One file or folder. `modified` is Unix time; `version` changes whenever the content does."""

    name: str
    is_folder: bool
    size: int
    modified: float
    version: str


class Tree(Protocol):
    """What DBFS needs of a place that holds files."""

    def find(self, name: str) -> Entry | None:
        """The file or folder of this name."""

    def list(self, name: str) -> list[Entry]:
        """What a folder holds, by name."""

    def download(self, name: str, target: Path) -> None:
        """Copy a file's content to a file on this machine."""

    def upload(self, name: str, source: Path) -> None:
        """Create or replace a file by one on this machine."""

    def make_folder(self, name: str) -> None:
        """Create a folder, and those above it."""

    def delete(self, name: str) -> None:
        """Remove a file, or a folder with all it holds."""


class FolderTree:
    """A tree in a folder on this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        """The real path of a name. Raises FileNotFoundError for one that leads out, OSError for one that is none."""
        if not can_be_a_file(name):
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), name)
        path = self._root / name
        if not path.resolve().is_relative_to(self._root.resolve()):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
        return path

    def find(self, name: str) -> Entry | None:
        """The file or folder of this name."""
        path = self.path(name)
        if not path.exists():
            return None
        status = path.stat()
        size = 0 if path.is_dir() else status.st_size
        return Entry(name, path.is_dir(), size, status.st_mtime, str(status.st_mtime_ns))

    def list(self, name: str) -> list[Entry]:
        """What a folder holds, by name."""
        found = (self.find(f"{name}/{path.name}".lstrip("/")) for path in sorted(self.path(name).iterdir()))
        return [entry for entry in found if entry is not None]

    def download(self, name: str, target: Path) -> None:
        """Copy a file's content to a file on this machine."""
        shutil.copyfile(self.path(name), target)

    def upload(self, name: str, source: Path) -> None:
        """Create or replace a file by one on this machine, all at once."""
        target = self.path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{uuid.uuid4().hex}.part")
        shutil.copyfile(source, draft)
        draft.replace(target)

    def make_folder(self, name: str) -> None:
        """Create a folder, and those above it."""
        self.path(name).mkdir(parents=True, exist_ok=True)

    def delete(self, name: str) -> None:
        """Remove a file, or a folder with all it holds."""
        path = self.path(name)
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


class BlobTree:
    """A tree in a container, below a prefix. Folders are common prefixes or marked empty blobs."""

    def __init__(self, container: Container, prefix: str) -> None:
        self._container = container
        self._prefix = prefix

    def _blob_name(self, name: str) -> str:
        return "/".join(part for part in (self._prefix, name) if part)

    def _entry(self, blob: Blob) -> Entry:
        name = blob.name.removeprefix(self._prefix).strip("/")
        return Entry(name, blob.is_folder, blob.size, blob.modified, blob.etag)

    def find(self, name: str) -> Entry | None:
        """The file or folder of this name."""
        blob_name = self._blob_name(name)
        if not blob_name:
            self._container.check()
            return Entry("", True, 0, 0.0, "")
        blob = self._container.find(blob_name)
        if blob is not None:
            return self._entry(blob)
        below = self._container.list(blob_name, delimiter="/")
        if name and not any(other.is_folder and other.name == blob_name for other in below):
            return None
        return Entry(name, True, 0, 0.0, "")

    def list(self, name: str) -> list[Entry]:
        """What a folder holds, by name."""
        blob_name = self._blob_name(name)
        found: dict[str, Entry] = {}
        for blob in self._container.list(f"{blob_name}/" if blob_name else "", delimiter="/"):
            entry = self._entry(blob)
            # A marked folder with something in it is listed twice: as a blob and as a prefix.
            if entry.name and (entry.name not in found or not entry.is_folder):
                found[entry.name] = entry
        return [found[key] for key in sorted(found)]

    def download(self, name: str, target: Path) -> None:
        """Copy a file's content to a file on this machine."""
        self._container.download(self._blob_name(name), target)

    def upload(self, name: str, source: Path) -> None:
        """Create or replace a file by one on this machine."""
        self._container.upload(self._blob_name(name), source)

    def make_folder(self, name: str) -> None:
        """Create a folder; those above it show by themselves."""
        if name:
            self._container.mark_folder(self._blob_name(name))

    def delete(self, name: str) -> None:
        """Remove a file, or a folder with all it holds."""
        blob_name = self._blob_name(name)
        for blob in list(self._container.list(f"{blob_name}/" if blob_name else "")):
            self._container.delete(blob.name)
        if name:
            self._container.delete(blob_name)
