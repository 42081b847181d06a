"""Where a workspace keeps its real files on this machine."""

from pathlib import Path

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.faults import invalid

_LONGEST_PATH, _LONGEST_NAME = 1500, 255  # bytes


def workspace_folder(cloud: Cloud, workspace_id: str) -> Path:
    """The folder of one workspace: dbfs/, workspace/ and whatever else belongs to it alone."""
    return cloud.folder / "databricks" / workspace_id


def can_be_a_file(path: str) -> bool:
    """Whether a file may have this path, below whatever folder: by its letters, its length and its depth."""
    try:
        written = path.encode()
    except UnicodeEncodeError:
        return False
    short = len(written) <= _LONGEST_PATH and all(len(part) <= _LONGEST_NAME for part in written.split(b"/"))
    return short and "\0" not in path


def inside(root: Path, path: str) -> Path:
    """The file below `root` that an absolute POSIX path of the service names.

    Raises DatabricksFault 400 for a path that is not absolute, climbs, or cannot be a file name here.
    """
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if not path.startswith("/"):
        raise invalid(f"Path must be absolute: {path}")
    if ".." in parts or not can_be_a_file(path):
        raise invalid(f"Invalid path: {path}")
    return root.joinpath(*parts)
