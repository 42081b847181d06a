"""Looks at every step that was set up once: its own check by reads alone, and the readings of its thing.

What waits for something that is gone is not told besides. Of what is as it should be the facts are remembered, as by a
check: later steps go by them. Of the rest the memory stays, which says how it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wizard.engine.context import Context, Session
from wizard.engine.errors import AnswerError
from wizard.engine.explain import could_not_look, explain, explained
from wizard.engine.runner import reason_to_leave_out
from wizard.engine.step import GOOD, Instance, Outcome, Status
from wizard.operations.drift.finding import NOTHING, Finding, Kind, Restore
from wizard.operations.drift.reading import NotThereError, Reading

SECONDS = 120.0  # for one reading
KINDS = {Status.TODO: Kind.MISSING, Status.FAIL: Kind.BROKEN, Status.UNKNOWN: Kind.UNREAD, Status.SKIP: Kind.UNREAD}
TOLD_BY_CHECKS = (Kind.MISSING, Kind.CHANGED)  # what is there besides is no check's complaint


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found at one step, and whether it stands, so that those who need it can be looked at.

    One that `waits` was not looked at: it needs one that does not stand.
    """

    findings: tuple[Finding, ...] = ()
    stands: bool = True
    waits: bool = False


async def look(session: Session, readings: Sequence[Reading]) -> list[Finding]:
    """The differences of all steps, in the order of the checklist."""
    tasks: dict[str, asyncio.Task[Looked]] = {}
    once = {each.key for each in set_up_once(session)}

    async def one(instance: Instance) -> Looked:
        needs = [await tasks[need.key] for need in session.checklist.needs(instance)]
        context = Context(session, instance)
        stands = all(each.stands for each in needs)
        if reason_to_leave_out(context):
            return Looked(stands=stands)
        if not stands or instance.key not in once:
            return Looked(stands=False, waits=instance.key in once)
        return await _at(context, [each for each in readings if each.step == instance.step.id])

    async with asyncio.TaskGroup() as group:
        for instance in session.checklist.order:
            tasks[instance.key] = group.create_task(one(instance))
    looked = {key: task.result() for key, task in tasks.items()}
    waiting = [each for each in session.checklist.instances if looked[each.key].waits]
    return [
        _with_those_who_wait(session, finding, waiting)
        for each in session.checklist.instances
        for finding in looked[each.key].findings
    ]


def _with_those_who_wait(session: Session, finding: Finding, waiting: Sequence[Instance]) -> Finding:
    """The finding, with the number of steps that were not looked at for it."""
    here = finding.context.instance
    held_up = [each for each in waiting if not finding.aspect and here in session.checklist.with_needs([each])]
    if not held_up:
        return finding
    said = f"{len(held_up)} step(s) that need this one were not looked at"
    return replace(finding, fix="; ".join(part for part in (finding.fix, said) if part))


def set_up_once(session: Session) -> list[Instance]:
    """The steps that a check ever found in order, and all that they need: what never was is no difference, it is to do.

    A step without facts that is not in order now has forgotten that it was; those that need it have not.
    """
    remembered = session.state.last()

    def known(instance: Instance) -> bool:
        last = remembered.get(instance.key, {})
        return last.get("status") in GOOD or bool(last.get("facts"))

    return session.checklist.with_needs([each for each in session.checklist.instances if known(each)])


async def _at(context: Context, readings: Sequence[Reading]) -> Looked:
    outcome = await _outcome(context)
    if outcome.left_out:  # on the route that was chosen it is not needed
        return Looked()
    if outcome.status in GOOD:
        context.session.state.remember(context.instance.key, outcome)
    found: list[Finding] = []
    for reading in readings:
        here = await _read(context, reading)
        if here is None:
            continue
        found += here
        told = reading.tells_all and any(each.kind in TOLD_BY_CHECKS for each in here)
        sleeps = reading.may_sleep and outcome.status is Status.TODO
        if told or sleeps:
            outcome = Outcome(Status.OK, outcome.message)
    if outcome.status in GOOD:
        return Looked(tuple(found))
    return Looked((*found, _by_check(context, outcome)), stands=False)


async def _read(context: Context, reading: Reading) -> list[Finding] | None:
    """The findings of one reading; None where the thing is not there, which the check tells."""
    try:
        return await asyncio.wait_for(reading.read(context), SECONDS)
    except (NotThereError, AnswerError):
        return None
    except TimeoutError:
        return [not_read(context, f"no answer within {SECONDS:.0f} s")]
    except Exception as error:  # noqa: BLE001  (what cannot be read must not hide the rest)
        return [not_read(context, explain(error, context.project.log, context.known()).message)]


def not_read(context: Context, why: str) -> Finding:
    """The finding that something could not be compared."""
    return Finding(context, "reading", "its details", "to be compared", why, Kind.UNREAD, fix="look again")


async def _outcome(context: Context) -> Outcome:
    step = context.instance.step
    try:
        return await asyncio.wait_for((step.look or step.check)(context), step.time_limit)
    except TimeoutError:
        return Outcome(Status.UNKNOWN, f"no answer within {step.time_limit:.0f} s")
    except AnswerError as error:
        return Outcome(Status.TODO, error.message, fix=error.fix)
    except Exception as error:  # noqa: BLE001  (as in a check)
        status = Status.UNKNOWN if could_not_look(error) else Status.FAIL
        return explained(status, explain(error, context.project.log, context.known()))


def _by_check(context: Context, outcome: Outcome) -> Finding:
    step, known = context.instance.step, context.session.state.last().get(context.instance.key, {})
    planned = known.get("message", "") if known.get("status") in GOOD else ""
    restore = Restore("apply the step") if step.plan is not None and outcome.status is not Status.UNKNOWN else None
    return Finding(
        context,
        "",
        "the step as a whole",
        planned or NOTHING,
        outcome.message,
        KINDS[outcome.status],
        None,
        restore,
        outcome.fix or step.manual,
    )
