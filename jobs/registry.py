"""A model registry as an agent or a machine reaches it: by host and token, and never by a cluster's secret scope."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import mlflow
from databricks.sdk.errors.base import DatabricksError

from jobs.settings import PATIENCE
from jobs.versions import find_version, reason, tracking_of

HOST, TOKEN = "REGISTRY_HOST", "REGISTRY_TOKEN"
IN_A_SCOPE = re.compile(r"databricks(-uc)?://[^/:]+:[^/:]+")
UNSET = re.compile(r"|\$\(.*\)")  # Azure Pipelines leaves `$(NAME)` as it is where no group defines the name


class RegistryError(Exception):
    """The registry cannot be reached as told; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """One model of one registry, and at most one of version, alias and stage; without any it is the newest.

    `run_id` "" means any: else the version has to be of that run, as one of the same number elsewhere is not.
    """

    registry_uri: str
    model_name: str
    version: str = ""
    alias: str = ""
    stage: str = ""
    run_id: str = ""

    @property
    def tracking_uri(self) -> str:
        """What goes with the registry: what is asked here is only that."""
        return tracking_of(self.registry_uri)


@dataclass(frozen=True, slots=True)
class Registered:
    """A model version, and what tells it from any other: the registry's address and the run that made it."""

    registry: str
    name: str
    version: str
    run_id: str

    @property
    def plain_name(self) -> str:
        """The name without catalog and schema, where it has them: Azure ML's names have no dots."""
        return self.name.rpartition(".")[2]

    @property
    def lineage(self) -> dict[str, str]:
        """As the properties of a copy elsewhere."""
        return {
            "registry": self.registry,
            "registered_model": self.name,
            "registered_version": self.version,
            "run_id": self.run_id,
        }


def given(environment: Mapping[str, str], name: str) -> str:
    """A variable's value; "" when it is unset, or a pipeline's macro for which there was no value."""
    value = environment.get(name, "").strip()
    return "" if UNSET.fullmatch(value) else value


def resolve(choice: ModelChoice, environment: Mapping[str, str]) -> ModelChoice:
    """Sign in to the registry, and name it as this process can reach it.

    REGISTRY_HOST and REGISTRY_TOKEN, where given, take the place of DATABRICKS_HOST and DATABRICKS_TOKEN. RegistryError
    when `databricks://SCOPE:PREFIX` is meant, whose secrets only a cluster reads, and they are not given.
    """
    uri, host, token = choice.registry_uri, given(environment, HOST), given(environment, TOKEN)
    if bool(host) != bool(token):
        raise RegistryError(f"{TOKEN if host else HOST} is not set: give host and token of the registry's workspace.")
    if IN_A_SCOPE.fullmatch(uri):
        if not host:
            raise RegistryError(f"{uri} is read from a secret scope, on clusters only: set {HOST} and {TOKEN} here.")
        uri = uri.partition("://")[0]
    if host:
        os.environ.update({"DATABRICKS_HOST": with_scheme(host), "DATABRICKS_TOKEN": token})
    for name, value in PATIENCE.items():
        os.environ.setdefault(name, value)
    mlflow.set_tracking_uri(tracking_of(uri))
    mlflow.set_registry_uri(uri)
    return ModelChoice(uri, choice.model_name, choice.version, choice.alias, choice.stage)


def with_scheme(host: str) -> str:
    """The host as an address."""
    return host if "://" in host else f"https://{host}"


def find(choice: ModelChoice, environment: Mapping[str, str]) -> Registered:
    """The version that is meant. VersionError, RegistryError or MlflowException say why there is none."""
    here = resolve(choice, environment)
    found = find_version(here)
    if choice.run_id and found.run_id != choice.run_id:
        raise RegistryError(
            f"{found.name} version {found.version} is of run {found.run_id or '(unknown)'}, not of {choice.run_id}: "
            f"{choice.registry_uri} is not the registry to which the model went."
        )
    address = os.environ.get("DATABRICKS_HOST", "") if here.registry_uri.startswith("databricks") else ""
    return Registered(
        f"{address.rstrip('/')} {here.registry_uri}".strip(),
        str(found.name),
        str(found.version),
        str(found.run_id or ""),
    )


def download(found: Registered, folder: Path) -> Path:
    """Bring the version's files into that folder; gives the folder with its MLmodel."""
    folder.mkdir(parents=True, exist_ok=True)
    model = f"models:/{found.name}/{found.version}"
    try:
        path = Path(mlflow.artifacts.download_artifacts(model, dst_path=str(folder)))
    except DatabricksError as error:  # Unity Catalog's files come by databricks-sdk, whose errors MLflow passes on
        raise RegistryError(f"{model} cannot be downloaded: {reason(error)}") from error
    files = sorted(path.rglob("MLmodel"))
    if not files:
        raise RegistryError(f"{found.name} version {found.version} has no MLmodel file: it is no MLflow model.")
    return files[0].parent
