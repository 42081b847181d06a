"""/Models in the Files API: the files of model versions, by catalog, schema, model and number.

Source: mlflow/store/artifact/databricks_sdk_models_artifact_repo.py
"""

from pathlib import Path

from wizard.sandbox.arm.workspaces import Workspace
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.catalog_models import PENDING, CatalogModels
from wizard.sandbox.databricks.faults import DatabricksFault, invalid, missing
from wizard.sandbox.databricks.folders import inside
from wizard.sandbox.databricks.grants import Access
from wizard.sandbox.databricks.metastore import MODEL, Metastore, version_of

PREFIX = "/Models/"
_LEVELS = 4  # catalog, schema, model, version


def folder_of(cloud: Cloud, workspace: Workspace, path: str) -> tuple[Path, Path]:
    """The folder of the version that a path lies in, and the path itself on this machine. Raises DatabricksFault."""
    name, number, rest = _parsed(path)
    metastore = Metastore(cloud, workspace)
    model = metastore.get(MODEL, name)
    version = version_of(metastore, model, number)
    if version is None:
        raise missing(f"Model version '{name}' version {number} does not exist.")
    folder = metastore.model_folder(model["id"]) / str(version["id"])
    return folder, inside(folder, "/" + rest)


def check_access(access: Access, path: str, *, writes: bool) -> None:
    """Raise DatabricksFault unless the caller may read a version's files, or write those of one that waits for them."""
    name, number, _ = _parsed(path)
    models = CatalogModels(access)
    if not writes:
        models.get(name)
    elif models.begun(name, number)["status"] != PENDING:
        message = f"Version {number} of '{name}' is registered: its files cannot be changed."
        raise DatabricksFault(403, "PERMISSION_DENIED", message)


def _parsed(path: str) -> tuple[str, str, str]:
    """Model, version and the path below it."""
    parts = path.removeprefix(PREFIX).strip("/").split("/")
    if len(parts) < _LEVELS:
        raise invalid(f"Invalid path: {path} is not in a model version.")
    return ".".join(parts[:3]), parts[3], "/".join(parts[_LEVELS:])
