"""Puts this process into the sandbox cloud: starts it, takes over its environment, and proves that it is one."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from pathlib import Path

from wizard.engine.errors import WizardError
from wizard.engine.events import Emit, Progress
from wizard.sandbox import control

# Variables of a real cloud that must not reach a rehearsal: with one of them a client could sign in elsewhere.
FOREIGN_PREFIXES = ("AZURE_", "ARM_", "DATABRICKS_", "MLFLOW_", "MSI_", "IDENTITY_", "AZUREML_")

# Clients read these in both spellings, and most of them prefer the lower-case one.
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")

# An address of the real Azure that answers without a sign-in.
PROBE = "https://management.azure.com/metadata/endpoints?api-version=2019-05-01"


def enter_sandbox(folder: Path, emit: Emit) -> None:
    """Start the sandbox cloud of that folder if need be, and send every client of this process into it.

    WizardError when it does not start, or when the probe is answered by anything but a sandbox: then nothing of the
    environment could be trusted, and no sign-in is tried.
    """
    emit(Progress("", "", "starting the sandbox cloud", None))
    try:
        control.start(folder)
        variables = control.environment(folder)
    except control.SandboxError as error:
        raise WizardError(
            f"The sandbox cloud did not start: {error}", fix="see its log, or `mlops-wizard sandbox reset`"
        ) from error
    for name in [name for name in os.environ if name.startswith(FOREIGN_PREFIXES) or name.lower() in PROXIES]:
        del os.environ[name]
    os.environ.update(variables)
    _prove()
    emit(Progress("", "", "the sandbox cloud answers", 1.0))


def _prove() -> None:
    try:
        with urllib.request.urlopen(PROBE, timeout=10) as answer:
            is_sandbox = answer.headers.get("x-mlops-sandbox") == "1"
    except (urllib.error.URLError, OSError) as error:
        raise WizardError(
            f"The sandbox cloud does not answer: {error}.", fix="`mlops-wizard sandbox stop`, then start again"
        ) from error
    if not is_sandbox:
        raise WizardError(
            "The answer did not come from the sandbox cloud; nothing was signed in.",
            fix="see HTTPS_PROXY and NO_PROXY in `mlops-wizard sandbox env`",
        )
