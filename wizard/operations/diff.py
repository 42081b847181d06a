"""`mlops-wizard diff`: in what one environment is no exact replica of another."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from wizard.engine.context import Context, Session
from wizard.engine.errors import AnswerError, WizardError
from wizard.engine.events import Differences
from wizard.engine.explain import explain
from wizard.engine.step import Instance
from wizard.operations.difference import Line, Reading, arranged, compare, exit_code
from wizard.operations.environment_reading import SOURCES, NotSetUpError, Source

FIRST, SECOND = "test", "prod"
SECONDS = 90.0  # for one section of one environment


async def diff(session: Session, command: dict[str, Any]) -> int:
    """Read both environments (`first`, `second`), tell every difference; 0 no surprise, 1 some, 3 could not read."""
    first, second = chosen(session, command)
    compared = await asyncio.gather(*(_compared(session, source, first, second) for source in SOURCES))
    lines = arranged(line for section in compared for line in section)
    session.emit(Differences(first, second, [asdict(line) for line in lines]))
    return exit_code(lines)


def chosen(session: Session, command: dict[str, Any]) -> tuple[str, str]:
    """The two environments; WizardError when there is no such one, or they are the same."""
    first, second = str(command.get("first") or FIRST), str(command.get("second") or SECOND)
    known = list(dict.fromkeys(each.environment for each in session.checklist.instances if each.environment))
    for name in (first, second):
        if name not in known:
            raise WizardError(f"There is no environment {name}.", fix=f"environments: {', '.join(known)}", code="usage")
    if first == second:
        raise WizardError(f"{first} does not differ from itself.", fix="name two environments", code="usage")
    return first, second


async def _compared(session: Session, source: Source, first: str, second: str) -> list[Line]:
    readings = await asyncio.gather(*(reading(session, source, each) for each in (first, second)))
    return compare(source.section, *readings)


async def reading(session: Session, source: Source, environment: str) -> Reading:
    """What a section holds in an environment; that it is not set up is no error, and no error hides the others."""
    found = session.checklist.find(source.step, environment)
    if found is None or found.environment != environment:
        return Reading(not_set_up=f"not set up: the checklist has no {source.step} here")
    context = Context(session, Instance(found.step, environment))
    for step, fact in source.facts:
        if not context.facts(step).get(fact):
            return Reading(not_set_up=f"not set up yet: {step} comes first")
    try:
        return Reading(await asyncio.wait_for(source.read(context), SECONDS))
    except (NotSetUpError, AnswerError) as error:
        return Reading(not_set_up=f"not set up yet: {error}")
    except TimeoutError:
        return Reading(unread=f"no answer within {SECONDS:.0f} s")
    except Exception as error:  # noqa: BLE001  (what cannot be read must not hide the rest)
        return Reading(unread=explain(error, context.project.log, context.known()).message)
