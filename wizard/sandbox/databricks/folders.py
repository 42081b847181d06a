"""Where a workspace keeps its real files on this machine."""

from pathlib import Path

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.faults import invalid


def workspace_folder(cloud: Cloud, workspace_id: str) -> Path:
    """The folder of one workspace: dbfs/, workspace/ and whatever else belongs to it alone."""
    return cloud.folder / "databricks" / workspace_id


def inside(root: Path, path: str) -> Path:
    """The file below `root` that an absolute POSIX path of the service names.

    Raises DatabricksFault 400 for a path that is not absolute, climbs, or cannot be a file name here.
    """
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not path.startswith("/"):
        raise invalid(f"Path must be absolute: {path}")
    if ".." in parts or any("\0" in part or len(part.encode()) > 255 for part in parts):
        raise invalid(f"Invalid path: {path}")
    return root.joinpath(*parts)
