"""Where the Files API's paths lie on this machine: in volumes, model versions, or among MLflow's artifacts."""

from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request

from wizard.sandbox.arm.workspaces import Workspace
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks import artifacts, model_files
from wizard.sandbox.databricks.faults import DatabricksFault
from wizard.sandbox.databricks.folders import inside
from wizard.sandbox.databricks.grants import Access
from wizard.sandbox.databricks.metastore import VOLUME, volumes_folder

_VOLUMES = "/Volumes/"


@dataclass(frozen=True, slots=True)
class Place:
    """A path of the Files API: the name by which signed addresses know it, its file, and the folder it needs."""

    name: str
    file: Path
    owner: Path


def place_of(cloud: Cloud, workspace: Workspace, path: str) -> Place:
    """Where a path of the Files API lies. Raises DatabricksFault."""
    if path.startswith(_VOLUMES):
        return _in_volume(cloud, workspace, path)
    if path.startswith(model_files.PREFIX):
        owner, file = model_files.folder_of(cloud, workspace, path)
        return Place(path.rstrip("/"), file, owner)
    name = artifacts.of_files_path(path)
    owner = artifacts.local_path(cloud, workspace.workspace_id, artifacts.owner_folder(name))
    return Place(name, artifacts.local_path(cloud, workspace.workspace_id, name), owner)


def file_of(cloud: Cloud, workspace: Workspace, name: str) -> Path:
    """The file that a signed address's name stands for."""
    if name.startswith((_VOLUMES, model_files.PREFIX)):
        return place_of(cloud, workspace, name).file
    return artifacts.local_path(cloud, workspace.workspace_id, name)


def check_access(cloud: Cloud, request: Request, path: str, *, writes: bool) -> None:
    """Raise DatabricksFault unless Unity Catalog lets the caller read, or write, what a path names."""
    if path.startswith(model_files.PREFIX):
        model_files.check_access(Access.of(cloud, request), path, writes=writes)
    elif path.startswith(_VOLUMES):
        access, name = Access.of(cloud, request), ".".join(path.split("/")[2:5])
        access.enter(VOLUME, name)
        access.need("WRITE_VOLUME" if writes else "READ_VOLUME", VOLUME, name)


def check_owner(place: Place) -> None:
    """Raise DatabricksFault 404 where the volume, or the run or model, of a path is not there."""
    if place.owner.is_dir():
        return
    if place.name.startswith(_VOLUMES):
        volume = ".".join(place.name.split("/")[2:5])
        raise DatabricksFault(404, "NOT_FOUND", f"Volume '{volume}' does not exist.")
    message = f"Run or logged model with id={place.owner.name} not found"
    raise DatabricksFault(404, "RESOURCE_DOES_NOT_EXIST", message)


def _in_volume(cloud: Cloud, workspace: Workspace, path: str) -> Place:
    parts = path.strip("/").split("/")[1:]
    if len(parts) < 3:
        raise DatabricksFault(400, "INVALID_PARAMETER_VALUE", f"Invalid path: {path} is not in a volume.")
    lowered = "/".join([part.lower() for part in parts[:3]] + parts[3:])
    root = volumes_folder(cloud, workspace)
    return Place(_VOLUMES + lowered, inside(root, "/" + lowered), root.joinpath(*lowered.split("/")[:3]))
