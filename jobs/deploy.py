"""Deploys a registered model version to AKS through Azure ML: one service of one name, changed in place.

Run again with the same version it changes nothing, and says so, unless `--again` asks for new containers; stopped
half-way, it goes on where it was. Azure ML's SDK v1 is used, as an AKS inference cluster is deployed to by no other.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import yaml
from azure.core.exceptions import AzureError
from mlflow.exceptions import MlflowException

from jobs import aks, azure_ml, registry
from jobs.aks import ClusterError, one_line
from jobs.deploy_settings import DeploySettings, Size, deploy_settings
from jobs.registry import Registered, RegistryError
from jobs.versions import VersionError

SCORE = Path(__file__).with_name("score.py")
# What runs score.py; the model's own requirements are added to it.
INFERENCE_SERVER = "azureml-inference-server-http==1.4.1"
FINGERPRINT = "fingerprint"
HEALTHY, MOVING, BROKEN = "Healthy", "Transitioning", "Failed"
LOG_LINES = 40
PAUSE = 10.0


class DeployError(Exception):
    """The model was not deployed; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a deployment came to."""

    scoring_uri: str
    model_id: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Release:
    """What the service shall run: a model in Azure ML, the code and packages around it, and how large."""

    model: Any
    source: Path
    packages: tuple[str, ...]
    python: str
    size: Size
    tags: Mapping[str, str]

    @property
    def fingerprint(self) -> str:
        """Changes whenever model, code, packages or size do."""
        code = hashlib.sha256(SCORE.read_bytes()).hexdigest()
        parts = [self.model.id, code, self.python, *self.packages, *map(str, astuple(self.size))]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def deploy(settings: DeploySettings, environment: Mapping[str, str]) -> Deployed:
    """Find, register, deploy and wait. The errors of `main` say what went wrong."""
    found = registry.find(settings.model, environment)
    print(f"{found.name} version {found.version}, of run {found.run_id or '(unknown)'}", flush=True)
    workspace = azure_ml.open_workspace(settings.workspace, environment)
    with tempfile.TemporaryDirectory() as folder:
        files = registry.download(found, Path(folder) / "download")
        model = register_once(workspace, found, files, settings)
        release = release_of(model, files, Path(folder) / "source", found, settings.size)
        cluster = aks.ready(workspace, settings.cluster)
        service, changed = put(workspace, release, cluster, settings)
    uri = str(service.scoring_uri)
    print(f"scoring URI: {uri}", flush=True)
    return Deployed(uri, str(model.id), changed)


def register_once(workspace: Any, found: Registered, files: Path, settings: DeploySettings) -> Any:
    """The copy of this version in Azure ML: the one that is there, or a new one that names where it comes from."""

    for model in azure_ml.Model.list(workspace, name=found.plain_name):
        if found.lineage.items() <= dict(model.properties or {}).items():
            print(f"Azure ML has it as {model.id}", flush=True)
            return model
    origin = {"commit": settings.commit, "pipeline_run": settings.pipeline_run}
    known = {name: value for name, value in {**found.lineage, **origin}.items() if value}
    with contextlib.chdir(files.parent):  # azureml-core takes a model only from below the current folder
        model = azure_ml.Model.register(workspace, files.name, found.plain_name, tags=known, properties=known)
    print(f"registered in Azure ML as {model.id}", flush=True)
    return model


def release_of(model: Any, files: Path, source: Path, found: Registered, size: Size) -> Release:
    """The release of a model: score.py alone as its code, and the packages that were logged with the model."""
    source.mkdir()
    shutil.copy(SCORE, source)
    logged = (files / "requirements.txt").read_text(encoding="utf-8").split("\n")
    packages = tuple(line.strip() for line in logged if line.strip() and not line.startswith("#"))
    return Release(model, source, (*packages, INFERENCE_SERVER), python_of(files), size, found.lineage)


def python_of(files: Path) -> str:
    """The Python that the model was logged with, such as 3.11; DeployError when it does not say."""
    logged = yaml.safe_load((files / "python_env.yaml").read_text(encoding="utf-8"))
    match = re.match(r"\d+\.\d+", str(logged.get("python", "")))
    if match is None:
        raise DeployError("the model's python_env.yaml names no Python: log it again with a current MLflow.")
    return match[0]


def put(
    workspace: Any,
    release: Release,
    cluster: Any,
    settings: DeploySettings,
    pause: Callable[[float], None] = time.sleep,
) -> tuple[Any, bool]:
    """The service running this release, and whether anything had to be changed for that."""
    service = find_service(workspace, settings.service)
    if service is not None:
        refuse_other_place(service, settings)
        settle(service, settings.minutes, pause)
        if up_to_date(service, release) and not settings.again:
            print(f"service {settings.service} runs {release.model.id} already: nothing changed", flush=True)
            return service, False
    if service is None or service.state == BROKEN:
        service = make(workspace, release, cluster, settings.service)
    else:
        change(service, release)
    wait(service, settings)
    return service, True


def find_service(workspace: Any, name: str) -> Any | None:
    """The service of that name, or None."""

    try:
        return azure_ml.Webservice(workspace, name)
    except azure_ml.WebserviceException as error:
        if "WebserviceNotFound" in str(error.message):
            return None
        raise


def refuse_other_place(service: Any, settings: DeploySettings) -> None:
    """DeployError when the service of that name runs elsewhere, from where it cannot be moved."""
    place = str(getattr(service, "compute_name", None) or service.compute_type)
    if place != settings.cluster.name:
        raise DeployError(
            f"service {service.name} runs on {place}, not on {settings.cluster.name}: delete it, or use another name."
        )


def settle(service: Any, minutes: float, pause: Callable[[float], None]) -> None:
    """Let a change that another run began come to its end."""
    until = time.monotonic() + minutes * 60
    while service.state == MOVING:
        if time.monotonic() > until:
            raise DeployError(f"service {service.name} is still {MOVING} after {minutes:g} minutes: run this again.")
        print(f"service {service.name} is being changed by another run", flush=True)
        pause(PAUSE)
        service.update_deployment_state()


def up_to_date(service: Any, release: Release) -> bool:
    """Whether it runs this very release, and well."""
    models = [model.id for model in service.models or []]
    tags = service.tags or {}
    return service.state == HEALTHY and models == [release.model.id] and tags.get(FINGERPRINT) == release.fingerprint


def make(workspace: Any, release: Release, cluster: Any, name: str) -> Any:
    """Ask for the service; one that failed before is replaced."""

    print(f"making service {name}", flush=True)
    size = release.size
    configuration = azure_ml.AksWebservice.deploy_configuration(
        autoscale_enabled=False, num_replicas=size.replicas, cpu_cores=size.cpu_cores, memory_gb=size.memory_gb,
        auth_enabled=True, tags=tags_of(release),
    )  # fmt: skip
    return azure_ml.Model.deploy(
        workspace, name, [release.model], inference(release), configuration, cluster, overwrite=True
    )


def change(service: Any, release: Release) -> None:
    """Ask for the change of the service in place; until the new pods are ready the old ones answer."""
    print(f"changing service {service.name}", flush=True)
    size = release.size
    service.update(
        models=[release.model], inference_config=inference(release), tags=tags_of(release),
        num_replicas=size.replicas, cpu_cores=size.cpu_cores, memory_gb=size.memory_gb,
    )  # fmt: skip


def tags_of(release: Release) -> dict[str, str]:
    """What the service tells of its model, and what it is recognised by."""
    return {**release.tags, FINGERPRINT: release.fingerprint}


def inference(release: Release) -> Any:
    """Code and packages as Azure ML takes them."""

    packages = azure_ml.Environment(name="scoring")
    packages.inferencing_stack_version = "latest"  # what starts the server in the image
    packages.python.conda_dependencies = azure_ml.CondaDependencies.create(
        python_version=release.python, pip_packages=list(release.packages), pin_sdk_version=False
    )
    return azure_ml.InferenceConfig(entry_script=SCORE.name, source_directory=str(release.source), environment=packages)


def wait(service: Any, settings: DeploySettings) -> None:
    """Wait until the service is healthy; DeployError with the end of its log when it does not become so."""

    try:
        service.wait_for_deployment(show_output=True, timeout_sec=settings.minutes * 60)
    except azure_ml.WebserviceException as error:
        raise DeployError(failed(service, one_line(error.message))) from error
    if service.state != HEALTHY:
        raise DeployError(failed(service, one_line(service.error or f"it is {service.state}")))
    print(f"\nservice {service.name} is {service.state}", flush=True)


def failed(service: Any, reason: str) -> str:
    """The reason, after the end of the service's log is printed."""

    try:
        log = str(service.get_logs(num_lines=LOG_LINES) or "")
    except azure_ml.WebserviceException as error:
        log = f"(its log cannot be read: {one_line(error.message)})"
    print("\n".join(["", f"end of the log of {service.name}:", *log.splitlines()[-LOG_LINES:]]), flush=True)
    return f"service {service.name} did not become healthy: {reason}. Its log is above; mend the cause, then run again."


def main(arguments: list[str] | None = None) -> None:
    """Deploy as the arguments say. SystemExit with one line when it cannot be done."""

    settings = deploy_settings(arguments)
    # jobs/azure_ml.py says why version 1 of the SDK is used; it would say itself, for a page, that it is old.
    warnings.filterwarnings("ignore", "azureml.core", FutureWarning)
    try:
        deploy(settings, os.environ)
    except (DeployError, ClusterError, VersionError, RegistryError, azure_ml.SignInError) as error:
        raise SystemExit(f"error: {error}") from error
    except AzureError as error:
        raise SystemExit(f"error: Azure: {one_line(error.message)}") from error
    except MlflowException as error:
        raise SystemExit(f"error: MLflow (registry {settings.model.registry_uri}): {error.message}") from error
    except azure_ml.AzureMLException as error:
        raise SystemExit(f"error: Azure ML: {one_line(error.message)}") from error


if __name__ == "__main__":
    main()
