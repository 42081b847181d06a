"""`mlops-wizard export`: writes the session down as a script, as Bicep and as a report. It changes nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wizard.engine.context import Context, Session
from wizard.engine.errors import WizardError
from wizard.engine.events import Exported
from wizard.engine.files import write_atomically
from wizard.operations.arm.plan import planned
from wizard.operations.arm.resource import ArmPlan
from wizard.operations.export import bicep
from wizard.operations.export.figure import figure
from wizard.operations.export.report import report
from wizard.operations.export.script import noted, script
from wizard.operations.export.story import story
from wizard.steps import reach

EXECUTABLE, READABLE = 0o755, 0o644


async def export(session: Session, command: dict[str, Any]) -> int:
    """Write what the command names (`script`, `bicep`, `report`: paths of files); 0 when all is written."""
    wanted = {kind: Path(str(command[kind])) for kind in ("script", "bicep", "report") if command.get(kind)}
    if not wanted:
        raise WizardError("Nothing to export was named.", fix="--script, --bicep or --report FILE", code="usage")
    plan = await _plan(session, needed=bool({"script", "bicep"} & wanted.keys()))
    files: dict[Path, str] = {}
    if plan is not None and "script" in wanted:
        files[wanted["script"]] = _script(session, plan)
    if plan is not None and "bicep" in wanted:
        place = wanted["bicep"]
        files |= {place.with_name(name): text for name, text in bicep.files(plan, place.stem).items()}
    if "report" in wanted:
        files |= _report(session, plan, wanted["report"])
    for file, text in files.items():
        mode = EXECUTABLE if file == wanted.get("script") else READABLE
        await asyncio.to_thread(write_atomically, file, session.secrets.masked(text), mode)
    session.emit(Exported([str(file) for file in files]))
    return 0


async def _plan(session: Session, *, needed: bool) -> ArmPlan | None:
    """The plan; None where nobody is signed in and it can be done without."""
    try:
        return await planned(session)
    except WizardError:
        if needed:
            raise
        return None


def _script(session: Session, plan: ArmPlan) -> str:
    steps = {each.step.id: each.step for each in session.checklist.instances}
    subscription = reach.subscription(Context(session, session.checklist.instances[0]))
    return script(plan, steps, subscription, noted(session.journal.entries()))


def _report(session: Session, plan: ArmPlan | None, place: Path) -> dict[Path, str]:
    told = story(session)
    picture = place.with_suffix(".svg")
    written = datetime.now(UTC).isoformat(timespec="seconds")
    return {
        place: report(told, plan, picture.name, written),
        picture: figure(told.deeds, f"What was done when: {told.mark}"),
    }
