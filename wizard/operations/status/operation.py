"""One refresh: all areas at once, each told as it arrives, one that fails hides no other."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from typing import Any

from wizard.engine.context import Context, Session
from wizard.engine.errors import AnswerError
from wizard.engine.events import StatusRead
from wizard.engine.explain import explain
from wizard.engine.step import Instance
from wizard.operations.status.look import Look, Part, Source
from wizard.operations.status.memory import Kept, Memory
from wizard.operations.status.rows import Reading, exit_code
from wizard.operations.status.sources import SOURCES

SECONDS = 60.0  # for one part; Retry-After is waited for within it
MEMORY = "status memory"


async def status(session: Session, command: dict[str, Any]) -> int:
    """Read everything once (`pages` of long lists); the same session's next refresh remembers what this one read."""
    memory = await session.services.get(MEMORY, Memory)
    look = Look(time.time(), max(1, int(command.get("pages") or 1)), memory)
    return exit_code(await asyncio.gather(*(_area(session, look, source) for source in SOURCES)))


async def _area(session: Session, look: Look, source: Source) -> Reading:
    started = time.monotonic()
    found = await asyncio.gather(*(_part(session, look, source, part) for part in source.parts))
    rows = tuple(row for kept, _, _ in found for row in kept.rows)
    remarks = tuple(remark for kept, remark, _ in found if remark and not kept.rows)
    unread = any(failed for _, _, failed in found)
    more = any(part.page and len(kept.rows) >= part.page * look.pages for part, (kept, _, _) in zip(
        source.parts, found, strict=True))  # fmt: skip
    reading = Reading(source.area, rows, remarks, unread, more, time.monotonic() - started)
    session.emit(told(reading, look.now))
    return reading


def told(reading: Reading, now: float) -> StatusRead:
    """A reading as the stream carries it."""
    return StatusRead(
        area=reading.area.name,
        title=reading.area.title,
        columns=list(reading.area.columns),
        rows=[asdict(row) for row in reading.rows],
        remarks=list(reading.remarks),
        unread=reading.unread,
        more=reading.more,
        read_at=now,
        seconds=reading.seconds,
    )


async def _part(session: Session, look: Look, source: Source, part: Part) -> tuple[Kept, str, bool]:
    """The rows of a part, a remark where it has none to show, and whether reading it failed."""
    name, where = f"{source.area.name}/{part.name}", f"{part.name}: "
    found = session.checklist.find(part.step, part.environment) if part.step else None
    if part.step and found is None:
        return _absent(look, name, f"{where}not in the checklist")
    context = Context(session, found or Instance(session.checklist.instances[0].step, part.environment))
    for step, fact in part.facts:
        if not context.facts(step).get(fact):
            return _absent(look, name, f"{where}not set up yet: {step} comes first")
    try:
        rows = await asyncio.wait_for(part.read(context, look), SECONDS)
    except AnswerError as error:
        return _absent(look, name, f"{where}not set up yet: {error}")
    except TimeoutError:
        reason = f"no answer within {SECONDS:.0f} s"
    except Exception as error:  # noqa: BLE001  (what cannot be read must not hide the rest)
        reason = explain(error, context.project.log, context.known()).message
    else:
        return look.memory.read(name, rows, look.now), "", False
    return look.memory.unread(name, reason), f"{where}could not be read: {reason}", True


def _absent(look: Look, name: str, remark: str) -> tuple[Kept, str, bool]:
    look.memory.forget(name)
    return Kept((), known=False), remark, False
