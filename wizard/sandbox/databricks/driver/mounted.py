"""The functions of `os` for /dbfs paths that lie in mounts: each asks the container."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

from wizard.sandbox.databricks.driver import node
from wizard.sandbox.databricks.driver.blob_cache import BlobCache
from wizard.sandbox.databricks.trees import Entry

_FOLDER_MODE = stat.S_IFDIR | 0o777
_FILE_MODE = stat.S_IFREG | 0o777


def dbfs_path(text: str) -> str:
    """The DBFS path behind a /dbfs path."""
    return text.removeprefix("/dbfs") or "/"


def _entry(text: str) -> Entry:
    found = node.dbfs().find(dbfs_path(text))
    if found is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), text)
    return found


class _MountedEntry:
    """What os.scandir gives for something in a mount; the same face as os.DirEntry."""

    def __init__(self, folder: str, entry: Entry) -> None:
        self._entry = entry
        self.name = entry.name.rpartition("/")[2]
        self.path = f"{folder}/{self.name}"

    def __fspath__(self) -> str:
        return self.path

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it is a folder."""
        del follow_symlinks
        return self._entry.is_folder

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it is a file."""
        del follow_symlinks
        return not self._entry.is_folder

    def is_symlink(self) -> bool:
        """Never: there are no links in a mount."""
        return False

    def inode(self) -> int:
        """None here."""
        return 0

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Size, kind and time."""
        del follow_symlinks
        return _status(self._entry)


class _MountedFolder:
    """An iterator and context manager over a folder in a mount, like the one os.scandir gives."""

    def __init__(self, folder: str) -> None:
        entries = node.dbfs().list(dbfs_path(folder))
        self._entries: Iterator[_MountedEntry] = iter([_MountedEntry(folder, entry) for entry in entries])

    def __iter__(self) -> Iterator[_MountedEntry]:
        return self._entries

    def __next__(self) -> _MountedEntry:
        return next(self._entries)

    def __enter__(self) -> "_MountedFolder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give up the rest."""
        self._entries = iter(())


def _status(entry: Entry) -> os.stat_result:
    mode = _FOLDER_MODE if entry.is_folder else _FILE_MODE
    moment = int(entry.modified)
    parts = (mode, 0, 0, 1, os.getuid(), os.getgid(), entry.size, moment, moment, moment)
    names = ("st_atime", "st_mtime", "st_ctime")
    exact = dict.fromkeys(names, entry.modified)
    exact |= {f"{name}_ns": int(entry.modified * 10**9) for name in names}
    return os.stat_result(parts, exact)


class Mounted:
    """Functions of `os`; the first argument is the whole /dbfs path."""

    def __init__(self, cache: BlobCache, open_descriptor: Callable[..., int]) -> None:
        self._cache = cache
        self._open_descriptor = open_descriptor

    def stat(self, text: str, **_: Any) -> os.stat_result:
        """Size, kind and time of a file or folder."""
        return _status(_entry(text))

    lstat = stat

    def listdir(self, text: str) -> list[str]:
        """The names in a folder."""
        self._folder(text)
        return [entry.name.rpartition("/")[2] for entry in node.dbfs().list(dbfs_path(text))]

    def scandir(self, text: str) -> _MountedFolder:
        """The entries of a folder."""
        self._folder(text)
        return _MountedFolder(text)

    def mkdir(self, text: str, mode: int = 0o777, **_: Any) -> None:
        """Create a folder."""
        del mode  # a container has no modes
        if node.dbfs().find(dbfs_path(text)):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), text)
        node.dbfs().make_folder(dbfs_path(text))

    def rmdir(self, text: str, **_: Any) -> None:
        """Remove an empty folder."""
        self._folder(text)
        node.dbfs().delete(dbfs_path(text), recursive=False)

    def remove(self, text: str, **_: Any) -> None:
        """Remove a file."""
        if _entry(text).is_folder:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), text)
        node.dbfs().delete(dbfs_path(text), recursive=False)

    unlink = remove

    def access(self, text: str, mode: int, **_: Any) -> bool:
        """Whether it exists; whoever has the mount may do everything."""
        del mode
        return node.dbfs().find(dbfs_path(text)) is not None

    def chmod(self, text: str, mode: int, **_: Any) -> None:
        """Change nothing: a container has no modes."""
        del mode
        _entry(text)

    def utime(self, text: str, *_: Any, **__: Any) -> None:
        """Change nothing: a blob's time is its last write."""
        _entry(text)

    def listxattr(self, text: str, **_: Any) -> list[str]:
        """No extended attributes."""
        _entry(text)
        return []

    def open(self, text: str, flags: int, *_: Any, **__: Any) -> int:
        """A descriptor for reading; writing needs `open`, which knows when the file is finished."""
        if flags & (os.O_WRONLY | os.O_RDWR):
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP), text)
        return self._open_descriptor(self._cache.fresh(dbfs_path(text)), flags)

    def _folder(self, text: str) -> None:
        if not _entry(text).is_folder:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), text)
