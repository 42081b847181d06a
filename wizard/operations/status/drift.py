"""The steps whose last check was not OK: asks nobody, since checks are what finds out."""

from __future__ import annotations

from datetime import datetime

from wizard.engine.context import Context
from wizard.engine.step import Instance, Status
from wizard.operations.status.deeds import applying, checking
from wizard.operations.status.look import Look, Part, Source
from wizard.operations.status.rows import Area, Row, State
from wizard.operations.status.times import age

FOUND, CHECKED = "found", "checked"
# A skipped step waits for one that is told itself, or was left out for good.
STATES = {
    Status.TODO: State.TODO,
    Status.WARN: State.WARN,
    Status.FAIL: State.FAIL,
    Status.UNKNOWN: State.UNKNOWN,
}


async def read(context: Context, look: Look) -> list[Row]:
    """What the checklist remembers."""
    remembered = context.session.state.last()
    found = []
    for instance in context.session.checklist.instances:
        last = remembered.get(instance.key)
        if last is not None and last["status"] in STATES:
            found.append(_row(instance, last["status"], last["message"], last["checked"], look.now))
    return found


def _row(instance: Instance, status: str, message: str, checked: str, now: float) -> Row:
    return Row(
        key=instance.key,
        title=instance.step.title,
        environment=instance.environment,
        state=STATES[Status(status)],
        cells={FOUND: message, CHECKED: f"{age(datetime.fromisoformat(checked).timestamp(), now)} ago"},
        advice=f"{message} See `mlops-wizard check --step {instance.key}`, then `mlops-wizard apply --step "
        f"{instance.key}`.",
        deeds=(checking(instance.key), applying(instance.step.id, instance.environment)),
    )


DRIFT = Source(Area("drift", "Steps not OK when last checked", (CHECKED, FOUND)), (Part("steps", "", "", (), read),))
