"""`mlops-wizard cluster start|stop`: what an environment's cluster needs from day to day."""

from __future__ import annotations

from typing import Any

from wizard.engine.context import Context, Session
from wizard.engine.errors import WizardError
from wizard.engine.step import Instance
from wizard.steps import cluster_stop, clusters


def powers(session: Session, command: dict[str, Any]) -> list[Instance]:
    """Start or stop (`what`) the cluster of `environment`, and wait until it has."""
    name = str(command.get("environment") or "dev")
    instance = session.checklist.find(clusters.CLUSTER.id, name)
    if instance is None:
        raise WizardError(f"{name} has no cluster.", fix="environments: dev, test, prod", code="usage")
    if not Context(session, instance).facts("databricks.workspaces"):
        raise WizardError(f"{name} is not set up yet.", fix="mlops-wizard apply")
    return [Instance(cluster_stop.STOP, name) if command.get("what") == "stop" else instance]
