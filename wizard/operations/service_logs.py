"""`mlops-wizard service logs`: what the containers of a service wrote last."""

from __future__ import annotations

from typing import Any

from wizard.engine.context import Session
from wizard.engine.errors import WizardError
from wizard.operations.promote import place
from wizard.steps import ml_service, reach

LINES = 200


async def service_logs(session: Session, command: dict[str, Any]) -> int:
    """The last words of the containers of an `environment`'s service."""
    context = place(session, str(command.get("environment") or "prod"))
    found = await ml_service.look(context)
    if found is None:
        raise WizardError(f"{context.answer('service_name')} is not deployed.", fix="mlops-wizard apply")
    services = await reach.ml_services(context)
    for line in await context.call(services.host, services.log, found.name, LINES):
        context.output(line)
    return 0
