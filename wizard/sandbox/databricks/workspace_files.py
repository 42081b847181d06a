"""The workspace tree (/Users, /Shared): real files on disk, and what the service knows of each object beside them."""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.faults import DatabricksFault, invalid, missing
from wizard.sandbox.databricks.folders import inside, workspace_folder

KIND = "databricks.object"
EXPERIMENT = "MLFLOW_EXPERIMENT"
_PROTECTED = ("/", "/Shared", "/Users")


def canonical(path: str) -> str:
    """A path in its one form; /Workspace is another name of the root, as it is on clusters."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if path.startswith("/") and parts[:1] == ["Workspace"]:
        parts = parts[1:]
    return ("/" if path.startswith("/") else "") + "/".join(parts)


def local_path(cloud: Cloud, workspace_id: str, path: str) -> Path:
    """Where a workspace file or notebook lives on disk, whether it exists or not.

    Raises DatabricksFault 400 for a path that is not absolute or climbs.
    """
    return inside(workspace_folder(cloud, workspace_id) / "workspace", canonical(path))


@dataclass(frozen=True, slots=True)
class WorkspaceObject:
    """A folder, file, notebook or experiment. Times in milliseconds."""

    path: str
    kind: str  # DIRECTORY, FILE, NOTEBOOK or MLFLOW_EXPERIMENT
    object_id: int
    language: str
    created: int
    modified: int
    size: int

    def body(self) -> dict[str, Any]:
        """The object as the Workspace API shows it."""
        shown: dict[str, Any] = {
            "path": self.path,
            "object_id": self.object_id,
            "resource_id": str(self.object_id),
        }
        if self.kind != EXPERIMENT:  # the published description has no object_type for these
            shown["object_type"] = self.kind
        if self.kind == "NOTEBOOK":
            shown["language"] = self.language
        if self.kind == "FILE":
            shown["size"] = self.size
        if self.kind != "DIRECTORY":
            shown |= {"created_at": self.created, "modified_at": self.modified}
        return shown


class WorkspaceTree:
    """The tree of one workspace."""

    def __init__(self, cloud: Cloud, workspace_id: str) -> None:
        self._cloud = cloud
        self._workspace_id = workspace_id

    def welcome(self, user_name: str) -> None:
        """Have /Shared and a user's home folder."""
        for path in ("/Shared", f"/Users/{user_name}"):
            self._local(path).mkdir(parents=True, exist_ok=True)

    def find(self, path: str) -> WorkspaceObject | None:
        """The object at a path, or None."""
        path = canonical(path)
        file = self._local(path)
        if not file.exists():
            return None
        status, key = file.stat(), f"{self._workspace_id}/{path}"
        known = self._cloud.store.get(KIND, key)
        if known is None:
            # Made by code on a cluster, or by the service itself (homes); it is a plain file or folder.
            known = {"id": 10**12 + self._cloud.store.next_number(KIND), "kind": "FILE", "language": ""}
            known["created"] = int(time.time() * 1000)
            self._cloud.store.put(KIND, key, known)
        kind = "DIRECTORY" if file.is_dir() else known["kind"]
        modified = int(status.st_mtime * 1000)
        return WorkspaceObject(path, kind, known["id"], known["language"], known["created"], modified, status.st_size)

    def get(self, path: str) -> WorkspaceObject:
        """The object at a path. Raises DatabricksFault 404."""
        found = self.find(path)
        if found is None:
            raise missing(f"Path ({canonical(path)}) doesn't exist.")
        return found

    def list(self, path: str) -> list[WorkspaceObject]:
        """What a folder holds, or the object itself. Raises DatabricksFault 404."""
        found = self.get(path)
        if found.kind != "DIRECTORY":
            return [found]
        names = sorted(item.name for item in self._local(found.path).iterdir())
        return [self.get(f"{found.path.rstrip('/')}/{name}") for name in names]

    def read(self, path: str) -> bytes:
        """A file's or notebook's content. Raises DatabricksFault 404, or 400 for a folder."""
        found = self.get(path)
        if found.kind == "DIRECTORY":
            raise invalid("Exporting a directory is only supported in DBC format, which this workspace does not write")
        return self._local(found.path).read_bytes()

    def make_folder(self, path: str) -> None:
        """Create a folder and those above it. Raises DatabricksFault 400 when something else is in the way."""
        path = canonical(path)
        parts = path.strip("/").split("/")
        for depth in range(1, len(parts) + 1):
            above = self._local("/" + "/".join(parts[:depth]))
            if above.exists() and not above.is_dir():
                raise _exists("/" + "/".join(parts[:depth]))
        self._local(path).mkdir(parents=True, exist_ok=True)

    def write(self, path: str, kind: str, language: str, content: bytes, *, overwrite: bool) -> None:
        """Create or replace a file or notebook.

        Raises DatabricksFault 404 without its folder; 400 when it exists (and may not be replaced, or is not of
        the same kind).
        """
        path = canonical(path)
        file = self._local(path)
        if not file.parent.is_dir():
            raise missing(f"The parent folder ({path.rpartition('/')[0] or '/'}) does not exist.")
        found = self.find(path)
        if (found and found.kind == "DIRECTORY") or (found and not overwrite):
            raise _exists(path)
        if found and found.kind != kind:
            reason = f"due to type mismatch (asked: {kind}, actual: {found.kind})"
            raise invalid(f"Cannot overwrite the asset at {path} {reason}")
        draft = file.with_name(f".{file.name[:200]}.part")
        draft.write_bytes(content)
        draft.replace(file)
        made = found or self.get(path)
        document = {"id": made.object_id, "kind": kind, "language": language, "created": made.created}
        self._cloud.store.put(KIND, f"{self._workspace_id}/{path}", document)

    def add(self, path: str, kind: str, object_id: int) -> None:
        """Show something without content of its own (an MLflow experiment) at a free path."""
        self._local(path).touch()
        known = {"id": object_id, "kind": kind, "language": "", "created": int(time.time() * 1000)}
        self._cloud.store.put(KIND, f"{self._workspace_id}/{canonical(path)}", known)

    def delete(self, path: str, *, recursive: bool) -> None:
        """Remove an object. Raises DatabricksFault 404, or 400 for a filled folder without `recursive`."""
        found = self.get(path)
        if found.path in _PROTECTED or (found.path.count("/") == 2 and found.path.startswith("/Users/")):
            raise DatabricksFault(400, "BAD_REQUEST", f"Folder {found.path} is protected")
        file = self._local(found.path)
        if found.kind == "DIRECTORY":
            if not recursive and any(file.iterdir()):
                raise DatabricksFault(400, "DIRECTORY_NOT_EMPTY", f"Folder ({found.path}) is not empty")
            shutil.rmtree(file)
        else:
            file.unlink()
        self._cloud.store.delete(KIND, f"{self._workspace_id}/{found.path}")
        for key, _ in self._cloud.store.items(KIND, f"{self._workspace_id}/{found.path}/"):
            self._cloud.store.delete(KIND, key)

    def _local(self, path: str) -> Path:
        return local_path(self._cloud, self._workspace_id, path)


def _exists(path: str) -> DatabricksFault:
    return DatabricksFault(400, "RESOURCE_ALREADY_EXISTS", f"Path ({path}) already exists.")
