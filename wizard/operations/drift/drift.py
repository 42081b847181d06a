"""`mlops-wizard drift`: finds what differs from the plan; restores or adopts what is named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from wizard.engine.context import Context, Session
from wizard.engine.errors import WizardError
from wizard.engine.events import Drift
from wizard.engine.step import Action
from wizard.operations.arm.plan import planned
from wizard.operations.arm.resource import ArmPlan
from wizard.operations.drift import azure, databricks, devops, roles
from wizard.operations.drift.adopted import Adopted
from wizard.operations.drift.finding import Finding, Kind, arranged, exit_code
from wizard.operations.drift.looking import look, not_read, set_up_once

DONE = {"restore": "restored", "adopt": "adopted"}


async def drift(session: Session, command: dict[str, Any]) -> int:
    """Tell all differences; first do what the command names by keys (`restore`, `adopt`). See `finding.exit_code`."""
    if not set_up_once(session):
        raise WizardError("Nothing is set up yet, so nothing can differ.", fix="mlops-wizard apply")
    restoring, adopting = ([str(each) for each in command.get(way) or ()] for way in ("restore", "adopt"))
    found, done = await differences(session), True
    if restoring or adopting:
        to_restore, to_adopt = named(found, restoring, "restore"), named(found, adopting, "adopt")
        adopt(session, to_adopt)
        for each in to_restore:
            Adopted(session).drop(each)
        done = await restore(session, to_restore)
        found = await differences(session)
    session.emit(Drift([each.line() for each in found]))
    return exit_code(found) if done else 1


async def differences(session: Session) -> list[Finding]:
    """All differences by reads alone, those first that need somebody."""
    plan, unread = ArmPlan((), ()), list[Finding]()
    try:
        plan = await planned(session)
    except WizardError as error:  # the rest can be compared all the same
        unread.append(not_read(Context(session, session.checklist.instances[0]), error.message))
    readings = [*azure.readings(plan), *roles.readings(plan), *databricks.READINGS, *devops.READINGS]
    adopted = Adopted(session)
    quiet = replace(session, emit=lambda _: None)  # what steps say while they look is no part of the list
    return arranged(adopted.judged(each) for each in (*unread, *await look(quiet, readings)))


def named(found: Sequence[Finding], keys: Iterable[str], way: str) -> list[Finding]:
    """The findings of these keys, or of whole steps; WizardError where there is none, or it cannot be done."""
    chosen = []
    for key in keys:
        fitting = [each for each in found if key in (each.key, each.context.instance.key)]
        able = [each for each in fitting if getattr(each, way) and _counts(each, key, way)]
        if not able:
            offered = ", ".join(each.key for each in found if getattr(each, way) and each.kind is not Kind.ADOPTED)
            why = (
                f"Nothing to {way} is called {key}."
                if not fitting
                else f"{key} cannot be {DONE[way]}: {fitting[0].fix}."
            )
            raise WizardError(why.replace("..", "."), fix=f"to {way}: {offered or 'nothing'}", code="usage")
        chosen += [each for each in able if each not in chosen]
    return chosen


def _counts(finding: Finding, key: str, way: str) -> bool:
    """Whether it is meant: what was adopted is restored only where it is named itself."""
    return finding.kind is not Kind.ADOPTED or (way == "restore" and key == finding.key)


def adopt(session: Session, findings: Iterable[Finding]) -> None:
    """Take what was found for planned: in the answers where one says so, else in the memory of what is wanted so."""
    adopted = Adopted(session)
    for each in findings:
        if each.adopt is not None and each.adopt.answers:
            session.answers.save(each.adopt.answers)
        else:
            adopted.add(each)


async def restore(session: Session, findings: Sequence[Finding]) -> bool:
    """Make things as planned, a step after another as they need each other; whether all was done."""
    place = {each.key: number for number, each in enumerate(session.checklist.order)}
    by_step: dict[str, list[Finding]] = {}
    for each in sorted(findings, key=lambda each: place[each.context.instance.key]):
        by_step.setdefault(each.context.instance.key, []).append(each)
    for of_step in by_step.values():
        if not await _restore_step(session, of_step):
            return False
    return True


async def _restore_step(session: Session, findings: Sequence[Finding]) -> bool:
    context, actions = Context(session, findings[0].context.instance), list[Action]()
    for each in findings:
        actions += each.restore.actions if each.restore else ()
    if any(each.restore and not each.restore.actions for each in findings) and context.instance.step.plan is not None:
        planned_here = await context.instance.step.plan(context)
        if planned_here is None:
            raise WizardError(f"{context.instance.key} cannot be restored from here.", fix=context.instance.step.manual)
        actions += planned_here
    assert session.act is not None  # noqa: S101 - the engine sets it before it runs an operation
    return not actions or await session.act(context, actions)
