"""What a model version predicts for known wines, worked out on this machine once and kept: versions never change."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.files import make_private_folder, write_atomically
from wizard.steps import model_registry, reach

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.clients.local_model import Predictions

FOLDER = "predictions"


async def of(context: Context, model: model_registry.Version) -> Predictions:
    """The predictions of a version in this environment's registry. WizardError when it cannot be asked here."""
    from wizard.clients.local_model import Predictions, predictions

    host, uri = (await model_registry.workspace(context)).host, local_uri(context)
    file = _file(context, host, model)
    if file.exists():
        return Predictions(**json.loads(file.read_text(encoding="utf-8")))
    context.progress(f"asking {model.name} version {model.version} on this machine")
    credential = (await reach.login(context)).credential
    found = await context.call(
        host, predictions, context.project.folder, host, uri, credential, model.name, model.version
    )
    make_private_folder(file.parent)
    write_atomically(file, json.dumps(asdict(found)))
    return found


async def kept(context: Context, model: model_registry.Version) -> Predictions | None:
    """The predictions of a version if they were worked out here already; asks nobody."""
    from wizard.clients.local_model import Predictions

    file = _file(context, (await model_registry.workspace(context)).host, model)
    return Predictions(**json.loads(file.read_text(encoding="utf-8"))) if file.exists() else None


def local_uri(context: Context) -> str:
    """What the environment's registry is called here, where no cluster's secret scope is: by host and token."""
    return model_registry.of(context).uri.partition("://")[0]


def _file(context: Context, host: str, model: model_registry.Version) -> Path:
    """Where they are kept; the run tells a version from one of the same number in a workspace that was made anew."""
    key = "\n".join((host, model.name, model.version, model.run_id))
    return context.project.memory / FOLDER / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.json"
