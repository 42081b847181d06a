"""`mlops-wizard promote` and `rollback`: another version for a service; `service restart`: the same one anew.

All are proven by the service's answers.
"""

from __future__ import annotations

from typing import Any

from wizard.engine.context import Context, Session
from wizard.engine.errors import WizardError
from wizard.engine.step import Instance
from wizard.steps import promotion

SERVICES = {"test": "service.test", "prod": "service.prod"}


def promotions(session: Session, command: dict[str, Any]) -> list[Instance]:
    """Let the service of `environment` run `version`, or what corresponds to the service of `source`."""
    context = place(session, str(command.get("environment") or "prod"))
    number, source = str(command.get("version") or ""), str(command.get("source") or "")
    if bool(number) == bool(source):
        raise WizardError("Say which version: its number, or --from an environment.", fix="promote 3", code="usage")
    if not source:
        return _to(context, lambda here: promotion.numbered(here, number))
    if source == context.environment:
        raise WizardError(f"{source} cannot follow itself.", fix="name another environment", code="usage")
    there = place(session, source)
    return _to(context, lambda here: promotion.like(here, there))


def rollbacks(session: Session, command: dict[str, Any]) -> list[Instance]:
    """Let the service of `environment` run the version before the one it runs, or `version`."""
    context, number = place(session, str(command.get("environment") or "prod")), str(command.get("version") or "")
    return _to(context, (lambda here: promotion.numbered(here, number)) if number else promotion.before)


def restarts(session: Session, command: dict[str, Any]) -> list[Instance]:
    """Replace the containers of the service of `environment` by new ones of the same version."""
    return [Instance(promotion.restart_step(), place(session, str(command.get("environment") or "prod")).environment)]


def _to(context: Context, choose: promotion.Choosing) -> list[Instance]:
    return [Instance(promotion.step(choose, context.instance.key), context.environment)]


def place(session: Session, environment: str) -> Context:
    """The step of an environment's service. WizardError where it has none, or no workspace for it yet."""
    step = SERVICES.get(environment)
    instance = session.checklist.find(step, environment) if step else None
    if instance is None:
        raise WizardError(f"{environment} has no service.", fix=f"environments: {', '.join(SERVICES)}", code="usage")
    context = Context(session, instance)
    if not context.facts("aml.workspaces"):
        raise WizardError(f"{environment} is not set up yet.", fix=f"mlops-wizard apply --step {step}")
    return context
