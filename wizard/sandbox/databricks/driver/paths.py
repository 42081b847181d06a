"""Make /dbfs/..., /Volumes/... and /Workspace/... work for Python code on a driver.

A real cluster mounts them with FUSE. Here there is no root to mount anything, so that Python's own file functions
are taught the prefixes instead:

- /Workspace, /Volumes and what DBFS keeps itself are folders on this machine: the path is exchanged for the real one.
- What lies in a mount is a blob. Reading fetches it into a cache that its ETag keeps fresh; a file opened for
  writing is a draft on this disk that is uploaded when it is closed; stat and listings ask the container.

This covers `open`, `os`, `os.path`, `pathlib`, `shutil` and `glob`, and so pandas, numpy, scikit-learn and mlflow.
It does not cover code that opens files in C by itself (pyarrow's own readers, `import` from a mount).
"""

import builtins
import errno
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from wizard.sandbox.databricks.driver import node
from wizard.sandbox.databricks.driver.blob_cache import BlobCache, UploadingFile
from wizard.sandbox.databricks.driver.mounted import Mounted, dbfs_path
from wizard.sandbox.databricks.wasb import BlobError


def target(path: object) -> str | None:
    """The path in its one form when it is below one of the prefixes, else None."""
    if not isinstance(path, str | bytes | os.PathLike):
        return None
    text = os.fsdecode(path)
    if not text.startswith(("/dbfs", "/Volumes", "/Workspace")):
        return None
    text = os.path.normpath(text)
    return text if text.split("/")[1] in ("dbfs", "Volumes", "Workspace") else None


def local(text: str) -> Path | None:
    """The real path behind one of the prefixes, or None for one that lies in a mount."""
    if text.startswith("/Workspace"):
        return node.workspace_files() / text.removeprefix("/Workspace").strip("/")
    if text.startswith("/Volumes"):
        return node.volumes() / text.removeprefix("/Volumes").strip("/")
    return node.dbfs().local_path(dbfs_path(text))


_cache = BlobCache()
_real_open = io.open
_ONE_PATH = (
    *("stat", "lstat", "listdir", "scandir", "mkdir", "rmdir", "remove", "unlink"),
    *("access", "chmod", "utime", "listxattr", "open"),
)
_LOCAL_ONLY = ("chdir", "readlink", "truncate", "setxattr")
_real_os: dict[str, Callable[..., Any]] = {
    name: getattr(os, name) for name in (*_ONE_PATH, *_LOCAL_ONLY, "rename", "replace") if hasattr(os, name)
}


_mounted = Mounted(_cache, _real_os["open"])


def _unsupported(text: str, *_: Any, **__: Any) -> None:
    raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP), text)


def _check_in_volume(text: str) -> None:
    """Raise OSError for a folder that would be a catalog, a schema or a volume: those are not made like folders."""
    parts = text.strip("/").split("/")
    if parts[0] == "Volumes" and not (len(parts) > 4 and node.volumes().joinpath(*parts[1:4]).is_dir()):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP), text)


def _taught(name: str) -> Callable[..., Any]:
    """A function of `os` whose first argument may have one of the prefixes."""
    real = _real_os[name]
    mounted = getattr(_mounted, name, _unsupported)

    def taught(path: Any = ".", *arguments: Any, **options: Any) -> Any:
        text = target(path)
        if text is None:
            return real(path, *arguments, **options)
        with _named(text):
            place = local(text)
            if name in ("mkdir", "rmdir") and place is not None:
                _check_in_volume(text)
            if place is None:
                return mounted(text, *arguments, **options)
            return real(place if isinstance(path, os.PathLike) else str(place), *arguments, **options)

    taught.__name__ = name
    taught.__doc__ = real.__doc__
    return taught


def _taught_rename(name: str) -> Callable[..., Any]:
    """os.rename or os.replace: within one mount a copy and a removal, across file systems EXDEV as everywhere."""
    real = _real_os[name]

    def taught(source: Any, destination: Any, **options: Any) -> None:
        here, there = target(source), target(destination)
        from_disk = source if here is None else local(here)
        to_disk = destination if there is None else local(there)
        if from_disk is not None and to_disk is not None:
            real(from_disk, to_disk, **options)
        elif here is not None and there is not None and from_disk is None and to_disk is None:
            with _named(here):
                node.dbfs().copy(dbfs_path(here), dbfs_path(there), recursive=True)
                node.dbfs().delete(dbfs_path(here), recursive=True)
        else:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), os.fsdecode(source))

    taught.__name__ = name
    taught.__doc__ = real.__doc__
    return taught


@contextmanager
def _named(text: str) -> Iterator[None]:
    """Report errors under the path that the code used, and storage refusals as an input/output error."""
    try:
        yield
    except BlobError as error:
        raise OSError(errno.EIO, error.message, text) from error
    except OSError as error:
        if error.filename is not None:
            error.filename = text
        raise


def _open(
    file: Any,
    mode: str = "r",
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    closefd: bool = True,
    opener: Any = None,
) -> IO[Any]:
    """Like the built-in open, for all paths."""
    text = target(file)
    if text is None:
        return _real_open(file, mode, buffering, encoding, errors, newline, closefd, opener)
    with _named(text):
        place = local(text)
        if place is not None:
            return _real_open(place, mode, buffering, encoding, errors, newline, closefd, opener)
        if not set(mode) & set("wax+"):
            return _real_open(_cache.fresh(dbfs_path(text)), mode, buffering, encoding, errors, newline)
        return _open_for_writing(text, mode, encoding, errors, newline)


def _open_for_writing(text: str, mode: str, encoding: str | None, errors: str | None, newline: str | None) -> IO[Any]:
    path = dbfs_path(text)
    found = node.dbfs().find(path)
    if found and found.is_folder:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), text)
    if found and "x" in mode:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), text)
    if not found and "r" in mode:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), text)
    folder = node.dbfs().find(path.rpartition("/")[0] or "/")
    if folder is None or not folder.is_folder:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), text)
    handle, draft = tempfile.mkstemp(prefix="dbfs-")
    os.close(handle)
    if found and "w" not in mode:
        node.dbfs().download(path, Path(draft))
    raw = UploadingFile(draft, mode.replace("b", "").replace("t", "").replace("x", "w"), path)
    buffer: Any = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
    return buffer if "b" in mode else io.TextIOWrapper(buffer, encoding, errors, newline)


def install() -> None:
    """Teach this process the prefixes; once, before any code of the user's runs."""
    for module in (builtins, io):
        setattr(module, "open", _open)  # noqa: B010 - a plain assignment needs the overloads of the real one
    taught = {name: _taught(name) for name in (*_ONE_PATH, *_LOCAL_ONLY) if name in _real_os}
    taught |= {name: _taught_rename(name) for name in ("rename", "replace")}
    for name, function in taught.items():
        # What the real function can do (follow links or not, take descriptors), others look up in these sets.
        for able in (os.supports_follow_symlinks, os.supports_dir_fd, os.supports_fd):
            if _real_os[name] in able:
                able.add(function)
        setattr(os, name, function)
    # Removing a tree by directory descriptors would go past the paths.
    setattr(shutil, "_use_fd_functions", False)  # noqa: B010 - private to shutil, and unknown to its types
