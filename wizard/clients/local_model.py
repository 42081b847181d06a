"""What a registered model version predicts on this machine: asked of the project's own `jobs/predict.py`.

It runs in a process of its own: MLflow takes seconds to import, in which nothing else here would run smoothly.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from wizard.clients.azure_login import DATABRICKS_SCOPE, Credential
from wizard.clients.faults import translated
from wizard.engine.errors import WizardError

SECONDS = 90.0
DOING = re.compile(r"^predict: (.+)$", re.MULTILINE)  # what the job says that it is at
LOOK_THERE = "see whether this machine reaches that, and is not busy with something else; then check again"
ASK_THE_JOB = "see what `python -m jobs.predict` says in the project's folder"
# Other ways to sign in, of which the SDKs would complain that there is more than one.
FOREIGN = ("AZURE_", "ARM_", "DATABRICKS_", "REGISTRY_")


@dataclass(frozen=True, slots=True)
class Predictions:
    """Rows of wines, and one predicted quality for each."""

    rows: list[list[float]]
    values: list[float]


def predictions(
    folder: Path, host: str, uri: str, credential: Credential, name: str, version: str, data: str = ""
) -> Predictions:
    """The predictions of a version in a registry that a workspace shows; `uri` is databricks or databricks-uc.

    `data` is the file of the wines, "" for the known ones.

    WizardError, with the job's words, when there are none. The token goes by the process's environment, where only
    its owner reads it.
    """
    with translated("Entra"):
        token = credential.get_token(DATABRICKS_SCOPE).token
    environment = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN)}
    environment |= {"DATABRICKS_HOST": f"https://{host}", "DATABRICKS_TOKEN": token}
    command = [sys.executable, "-m", "jobs.predict", "--registry-uri", uri]
    command += ["--model-name", name, "--model-version", version, *(["--data", data] if data else [])]
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        said = (error.stderr or b"").decode(errors="replace")
        doing = (DOING.findall(said) or ["starting Python and MLflow"])[-1]
        reason = f"{SECONDS:.0f} seconds were not enough, and ended while it was {doing}"
        raise _refused(name, version, reason, LOOK_THERE, said) from error
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise _refused(name, version, reason, ASK_THE_JOB, reason)
    told = json.loads(done.stdout.splitlines()[-1])
    return Predictions(told["rows"], told["predictions"])


def _refused(name: str, version: str, reason: str, fix: str, body: str) -> WizardError:
    message = f"{name} version {version} cannot be asked on this machine: {reason.removeprefix('error: ')}"
    return WizardError(message, fix=fix, body=body)
