"""The workspace tree (/Users, /Shared): real files on disk, and what the service knows of each object."""

from pathlib import Path

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.folders import inside, workspace_folder


def local_path(cloud: Cloud, workspace_id: str, path: str) -> Path:
    """Where a workspace file or notebook lives on disk, whether it exists or not.

    `path` is absolute; a leading /Workspace means the same tree, as it does on clusters.
    Raises DatabricksFault 400 for a path that is not absolute or climbs.
    """
    if path == "/Workspace" or path.startswith("/Workspace/"):
        path = path.removeprefix("/Workspace") or "/"
    return inside(workspace_folder(cloud, workspace_id) / "workspace", path)
