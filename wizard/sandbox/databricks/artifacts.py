"""Where the artifacts of MLflow runs and models lie on this machine, by each of the names that clients use.

One file has three names. In MLflow it is `dbfs:/databricks/mlflow-tracking/<experiment>/<run>/artifacts/a`, or
`.../<experiment>/logged_models/<model>/artifacts/a`; that without the scheme is its DBFS path, used throughout
here; and the Files API calls it `/WorkspaceInternal/Mlflow/Artifacts/<experiment>/Runs/<run>/artifacts/a`, or
`.../LoggedModels/<model>/artifacts/a` (see mlflow/store/artifact/databricks_run_artifact_repo.py).
"""

import re
from pathlib import Path
from typing import Any

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks import dbfs
from wizard.sandbox.databricks.faults import DatabricksFault, invalid
from wizard.sandbox.databricks.folders import inside, workspace_folder

TRACKING = "/databricks/mlflow-tracking"

_FILES_PATH = re.compile(
    r"/WorkspaceInternal/Mlflow/Artifacts/(?P<experiment>[^/]+)/(?P<kind>Runs|LoggedModels)/(?P<id>[^/]+)(?P<rest>/.*)?"
)


def local_path(cloud: Cloud, workspace_id: str, dbfs_path: str) -> Path:
    """The file or folder on this machine that holds a DBFS path, whether it exists or not.

    MLflow's tracking artifacts have a root of their own, which the DBFS API does not show.
    Raises DatabricksFault 400 for a path that climbs out of its root.
    """
    if dbfs_path == TRACKING or dbfs_path.startswith(TRACKING + "/"):
        root = workspace_folder(cloud, workspace_id) / "mlflow" / "artifacts"
        return _real(root, inside(root, dbfs_path.removeprefix(TRACKING) or "/"))
    return dbfs.local_path(cloud, workspace_id, dbfs_path)


def _real(root: Path, path: Path) -> Path:
    """The path itself, once it is certain that no link in it leads elsewhere."""
    if not path.resolve().is_relative_to(root.resolve()):
        raise invalid(f"Invalid path: {path.relative_to(root)}")
    return path


def of_uri(uri: str) -> str:
    """The DBFS path of an artifact location (`dbfs:/...`). Raises DatabricksFault 400 for another scheme."""
    if not uri.startswith("dbfs:/") or uri.startswith("dbfs://"):
        raise invalid(f"Artifact location is not on DBFS: {uri}")
    return uri.removeprefix("dbfs:")


def of_files_path(path: str) -> str:
    """The DBFS path of a Files API path. Raises DatabricksFault 404 where MLflow keeps nothing."""
    found = _FILES_PATH.fullmatch(path.rstrip("/"))
    if found is None:
        raise DatabricksFault(404, "NOT_FOUND", f"The path {path} does not exist.")
    middle = "logged_models/" if found["kind"] == "LoggedModels" else ""
    return f"{TRACKING}/{found['experiment']}/{middle}{found['id']}{found['rest'] or ''}"


def owner_folder(dbfs_path: str) -> str:
    """The DBFS path of the run's or model's own folder, below which an artifact lies."""
    parts = dbfs_path.removeprefix(TRACKING + "/").split("/")
    depth = 3 if parts[1:2] == ["logged_models"] else 2
    return "/".join([TRACKING, *parts[:depth]])


def joined(folder: str, relative: str) -> str:
    """A DBFS path below a folder's."""
    return f"{folder.rstrip('/')}/{relative.strip('/')}".rstrip("/")


def listing(folder: Path, path: str) -> list[dict[str, Any]]:
    """What `path` below an artifact folder holds, as MLflow's FileInfo: the entries of a folder, or the file itself.

    Nothing there is an empty list, as in MLflow. `folder` / `path` must have been checked already.
    """
    target = folder / path
    if target.is_file():
        return [_file_info(target, path)]
    if not target.is_dir():
        return []
    return [_file_info(entry, f"{path}/{entry.name}".lstrip("/")) for entry in sorted(target.iterdir())]


def _file_info(file: Path, path: str) -> dict[str, Any]:
    if file.is_dir():
        return {"path": path, "is_dir": True}
    return {"path": path, "is_dir": False, "file_size": file.stat().st_size}
