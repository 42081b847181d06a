"""Deploying a registered model version from this machine: the project's own `jobs/deploy.py`, as the pipeline runs it.

It runs in a process of its own, as MLflow and Azure ML's SDK take seconds to import.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wizard.clients.azure_login import DATABRICKS_SCOPE, Credential
from wizard.clients.faults import translated
from wizard.clients.local_model import FOREIGN
from wizard.clients.ml_services import SCOPE
from wizard.engine.errors import WizardError


@dataclass(frozen=True, slots=True)
class Target:
    """Where a service is, or shall be."""

    subscription: str
    group: str
    workspace: str
    cluster: str
    service: str


@dataclass(frozen=True, slots=True)
class Model:
    """A version in a registry that the workspace at `host` shows; `uri` is databricks or databricks-uc."""

    host: str
    uri: str
    name: str
    version: str


def deploy(
    folder: Path,
    model: Model,
    target: Target,
    credential: Credential,
    tell: Callable[[str], None],
    *,
    again: bool = False,
) -> None:
    """Let the service run that version, and tell every line that is said meanwhile; WizardError when it does not.

    `again`: in new containers, also where it runs that version already.

    The tokens go by the process's environment, where only its owner reads them.
    """
    with translated("Entra"):
        databricks, azure = (credential.get_token(scope).token for scope in (DATABRICKS_SCOPE, SCOPE))
    environment = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
    environment |= {"DATABRICKS_HOST": f"https://{model.host}", "DATABRICKS_TOKEN": databricks}
    environment |= {"AZURE_ACCESS_TOKEN": azure}
    command = [sys.executable, "-m", "jobs.deploy", "--registry-uri", model.uri]
    command += ["--model-name", model.name, "--model-version", model.version]
    command += ["--subscription-id", target.subscription, "--resource-group", target.group]
    command += ["--workspace-name", target.workspace, "--aks-cluster", target.cluster, "--service", target.service]
    command += ["--again"] if again else []
    last = ""
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        for line in process.stdout or ():
            if line.strip():
                last = line.strip()
                tell(line.rstrip())
    if process.returncode:
        raise WizardError(
            f"{model.name} version {model.version} was not deployed: {last.removeprefix('error: ')}",
            fix="mend that, then run this again: it goes on where it was",
            body=last,
        )
