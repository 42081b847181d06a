"""`dbutils.fs`: DBFS, its mounts, and the driver's own disk as file:/.

Source: https://docs.databricks.com/dev-tools/databricks-utils
"""

import binascii
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from wizard.sandbox.databricks.driver import node
from wizard.sandbox.databricks.driver.errors import (
    ExecutionError,
    Py4JSecurityException,
    as_execution_error,
    no_credentials,
    remote,
    storage_exception,
)
from wizard.sandbox.databricks.driver.local_disk import LocalDisk
from wizard.sandbox.databricks.filesystem import Dbfs, normal
from wizard.sandbox.databricks.mounts import BUILT_IN, MountPoint, Source, parse_source
from wizard.sandbox.databricks.wasb import BlobError


class FileInfo(NamedTuple):
    """One row of a listing; a folder's path and name end with a slash. `modificationTime` in milliseconds."""

    path: str
    name: str
    size: int
    modificationTime: int  # noqa: N815 - dbutils' own name


class MountInfo(NamedTuple):
    """One mount."""

    mountPoint: str  # noqa: N815 - dbutils' own name
    source: str
    encryptionType: str  # noqa: N815 - dbutils' own name


class FsUtils:
    """The file system utilities. Failures are ExecutionErrors with the JVM's words."""

    def ls(self, path: str) -> list[FileInfo]:
        """What a folder holds."""
        with as_execution_error("ls"):
            files, scheme, place = _at(path)
            return [
                FileInfo(
                    f"{scheme}:{entry.name}{'/' * entry.is_folder}",
                    f"{entry.name.rpartition('/')[2]}{'/' * entry.is_folder}",
                    entry.size,
                    int(entry.modified * 1000),
                )
                for entry in files.list(place)
            ]

    def head(self, path: str, max_bytes: int = 65536) -> str:
        """The first bytes of a file as text."""
        with as_execution_error("head"), tempfile.TemporaryDirectory() as folder:
            files, _, place = _at(path)
            copy = Path(folder) / "file"
            files.download(place, copy)
            with copy.open("rb") as content:
                data = content.read(max_bytes + 1)
        if len(data) > max_bytes:
            print(f"[Truncated to first {max_bytes} bytes]")  # noqa: T201 - as in a notebook
        return data[:max_bytes].decode(errors="replace")

    def put(self, path: str, contents: str, overwrite: bool = False) -> bool:
        """Write a text to a file."""
        data = contents.encode()
        with as_execution_error("put"), tempfile.TemporaryDirectory() as folder:
            draft = Path(folder) / "file"
            draft.write_bytes(data)
            files, _, place = _at(path)
            files.upload(place, draft, overwrite=overwrite)
        print(f"Wrote {len(data)} bytes.")  # noqa: T201 - as in a notebook
        return True

    def mkdirs(self, path: str) -> bool:
        """Create a folder and those above it."""
        with as_execution_error("mkdirs"):
            files, _, place = _at(path)
            files.make_folder(place)
        return True

    def rm(self, path: str, recurse: bool = False) -> bool:
        """Remove a file or folder; False when there is none."""
        with as_execution_error("rm"):
            files, _, place = _at(path)
            return files.delete(place, recursive=recurse)

    def cp(self, source: str, target: str, recurse: bool = False) -> bool:
        """Copy a file or folder, also between DBFS and the driver's disk."""
        with as_execution_error("cp"):
            _copy(source, target, recurse)
        return True

    def mv(self, source: str, target: str, recurse: bool = False) -> bool:
        """Move a file or folder."""
        with as_execution_error("mv"):
            _copy(source, target, recurse)
            files, _, place = _at(source)
            return files.delete(place, recursive=recurse)

    def mount(
        self,
        source: str,
        mount_point: str,
        encryption_type: str = "",
        owner: str | None = None,
        extra_configs: Mapping[str, str] | None = None,
    ) -> bool:
        """Make a storage location appear in DBFS, after proving that it can be opened with the key given."""
        del owner  # only means something on Amazon's storage
        _need_jvm("mount")
        path = normal(mount_point)
        if node.dbfs().mounts.get(path) or path in dict(BUILT_IN):
            raise ExecutionError("mount", _failed(f"Directory already mounted: {path}"))
        return self._mount("mount", source, path, encryption_type, extra_configs or {})

    def updateMount(  # noqa: N802 - dbutils' own name
        self,
        source: str,
        mount_point: str,
        encryption_type: str = "",
        owner: str | None = None,
        extra_configs: Mapping[str, str] | None = None,
    ) -> bool:
        """Like mount, but an existing mount is replaced."""
        del owner
        _need_jvm("updateMount")
        return self._mount("updateMount", source, normal(mount_point), encryption_type, extra_configs or {})

    def _mount(self, call: str, uri: str, path: str, encryption: str, configuration: Mapping[str, str]) -> bool:
        with as_execution_error(call):
            node.dbfs().check_open(path)
        source = parse_source(uri)
        if source is None:
            raise ExecutionError(call, remote(f"java.lang.IllegalArgumentException: Unsupported source: {uri}"))
        if not path.startswith("/mnt/"):
            raise ExecutionError(call, _failed(f"Mount point must be below /mnt: {path}"))
        for other in node.dbfs().mounts.all():
            if other.path.startswith(path + "/") or path.startswith(other.path + "/"):
                raise ExecutionError(call, _failed(f"Nested mounts are not supported: {path} and {other.path}"))
        mount = MountPoint(
            path, uri, source.account, source.container, source.path, _key(call, source, configuration), encryption
        )
        _prove(call, mount)
        node.dbfs().root.make_folder(path.strip("/"))
        node.dbfs().mounts.put(mount)
        return True

    def unmount(self, mount_point: str) -> bool:
        """Take a mount out of DBFS; the storage keeps its content."""
        _need_jvm("unmount")
        path = normal(mount_point)
        if not node.dbfs().mounts.remove(path):
            raise ExecutionError("unmount", _failed(f"Directory not mounted: {path}"))
        node.dbfs().root.delete(path.strip("/"))
        print(f"{path} has been unmounted.")  # noqa: T201 - as in a notebook
        return True

    def mounts(self) -> list[MountInfo]:
        """Everything mounted in this workspace, what every workspace has included."""
        _need_jvm("mounts")
        built_in = [MountInfo(path, source, "") for path, source in BUILT_IN]
        own = [MountInfo(mount.path, mount.source, mount.encryption_type) for mount in node.dbfs().mounts.all()]
        return own + built_in

    def refreshMounts(self) -> bool:  # noqa: N802 - dbutils' own name
        """See mounts that other clusters made; here every driver reads the one table anyway."""
        return True


def _need_jvm(call: str) -> None:
    """Raise Py4JSecurityException on a shared cluster, for what only the JVM's own classes can do."""
    if node.is_shared():
        raise Py4JSecurityException(call)


def _at(path: str) -> tuple[Dbfs | LocalDisk, str, str]:
    """The file system that a path names, its scheme, and the place there."""
    if path.startswith("file:"):
        return LocalDisk(), "file", normal("/" + path.removeprefix("file:").lstrip("/"))
    place = path.removeprefix("dbfs:")
    return node.dbfs(), "dbfs", normal(place if place.startswith("/") else f"/{place}")


def _copy(source: str, target: str, recurse: bool) -> None:
    source_files, source_scheme, source_place = _at(source)
    target_files, target_scheme, target_place = _at(target)
    if source_scheme == target_scheme:
        source_files.copy(source_place, target_place, recursive=recurse)
        return
    if source_files.entry(source_place).is_folder:
        for child in source_files.list(source_place):
            name = child.name.rpartition("/")[2]
            _copy(f"{source_scheme}:{child.name}", f"{target_scheme}:{target_place}/{name}", recurse)
        return
    aim = target_files.find(target_place)
    if aim and aim.is_folder:
        target_place = f"{aim.name}/{source_place.rpartition('/')[2]}"
    with tempfile.TemporaryDirectory() as folder:
        transit = Path(folder) / "file"
        source_files.download(source_place, transit)
        target_files.upload(target_place, transit, overwrite=True)


def _failed(requirement: str) -> str:
    return remote(f"java.lang.IllegalArgumentException: requirement failed: {requirement}")


def _key(call: str, source: Source, configuration: Mapping[str, str]) -> str:
    key = source.key(configuration)
    if key is None:
        raise ExecutionError(call, remote(no_credentials(source.container, source.host)))
    return key


def _prove(call: str, mount: MountPoint) -> None:
    try:
        node.dbfs().container(mount).check()
    except binascii.Error:
        reason = "java.lang.IllegalArgumentException: Storage Key is not a valid base64 encoded string."
        raise ExecutionError(call, remote(reason)) from None
    except BlobError as error:
        raise ExecutionError(call, remote(storage_exception(error))) from None
    except OSError:
        host = f"{mount.account}.blob.core.windows.net"
        raise ExecutionError(call, remote(f"java.net.UnknownHostException: {host}")) from None
