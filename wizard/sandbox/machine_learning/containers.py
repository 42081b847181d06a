"""What a service's container holds: the uploaded source, the driver and the models, laid out as in Azure ML."""

import shutil
from pathlib import Path, PurePosixPath
from typing import Any

from wizard.sandbox.arm.inventory import Resource
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.machine_learning import archives
from wizard.sandbox.machine_learning.artifacts import Artifacts
from wizard.sandbox.machine_learning.assets import URL as ASSET_URL
from wizard.sandbox.machine_learning.assets import asset_of
from wizard.sandbox.machine_learning.errors import MlError
from wizard.sandbox.machine_learning.models import model_of

ARTIFACT_URL = "aml://artifact/"
MODELS = "azureml-models"


def fill(cloud: Cloud, workspace: Resource, request: dict[str, Any], app: Path) -> dict[str, str]:
    """Lay a container's files out afresh; its environment variables. Raises MlError when a file is missing."""
    shutil.rmtree(app, ignore_errors=True)
    app.mkdir(parents=True)
    artifacts = Artifacts(cloud, workspace)
    for asset in request.get("assets") or []:
        _place(artifacts, str(asset["url"]).removeprefix(ARTIFACT_URL), app, unpack=bool(asset.get("unpack")))
    folders = []
    for model_id in request.get("modelIds") or []:
        model = model_of(cloud, workspace, model_id)
        folder = app / MODELS / model["name"] / str(model["version"])
        folder.mkdir(parents=True)
        folders.append(folder)
        for part in asset_of(cloud, workspace, model["url"].removeprefix(ASSET_URL))["artifacts"]:
            _place(artifacts, part["id"] or part["prefix"], folder, unpack=model["unpack"])
    given = (request.get("environment") or {}).get("environmentVariables") or {}
    variables = {str(name): str(value) for name, value in given.items()}
    variables.setdefault("AZUREML_ENTRY_SCRIPT", str(request.get("driverProgram") or ""))
    variables["AML_APP_ROOT"] = str(app)
    variables["AML_APP_INSIGHTS_ENABLED"] = "false"
    variables["AZUREML_MODEL_DIR"] = str(folders[0] if len(folders) == 1 else app / MODELS)
    return variables


def _place(artifacts: Artifacts, name: str, folder: Path, *, unpack: bool) -> None:
    """Copy the artifacts of a name into a folder, without what stands before the name's last part."""
    above = PurePosixPath(name).parent
    found = list(artifacts.files(name.rstrip("/")))
    if not found:
        raise MlError(400, "ArtifactNotFound", f"The artifact {name} was not found.")
    for artifact, file in found:
        target = folder / PurePosixPath(artifact).relative_to(above)
        if folder.resolve() not in target.resolve().parents:
            raise MlError(400, "InvalidArtifact", f"The artifact {artifact} has an invalid path.")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
        if unpack:
            try:
                archives.unpack(target, folder)
            except archives.ArchiveError as error:
                message = f"The artifact {artifact} cannot be unpacked: {error}."
                raise MlError(400, "InvalidArtifact", message) from None
            target.unlink()
