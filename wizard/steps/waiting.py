"""Waiting for something far away to come about, telling how it goes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from wizard.engine.context import Context
from wizard.engine.errors import ServiceError

if TYPE_CHECKING:
    from wizard.clients.operation import Operation

T = TypeVar("T")

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0
SLICE = 2.0


async def until(
    context: Context,
    look: Callable[[], Awaitable[T]],
    ready: Callable[[T], bool],
    say: Callable[[T], str],
    minutes: float,
) -> T:
    """Look again and again, ever less often, until `ready`; `say` words the progress.

    ServiceError after so many minutes: whatever is awaited may still come, so the next run finds it.
    """
    started = time.monotonic()
    pause = FIRST_PAUSE
    while True:
        found = await look()
        if ready(found):
            return found
        seconds = time.monotonic() - started
        if seconds > minutes * 60:
            raise ServiceError(
                f"Not ready after {minutes:.0f} minutes: {say(found)}.",
                fix="look at it in the portal; run this step again to go on waiting",
            )
        context.progress(f"{say(found)}, {seconds:.0f} s")
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


async def operation(context: Context, host: str, begun: Operation, doing: str, minutes: float) -> None:
    """Wait for a long-running operation of Azure that has begun; its failure comes out as an engine error."""
    started = time.monotonic()
    while not await context.call(host, begun.finished, SLICE):
        seconds = time.monotonic() - started
        if seconds > minutes * 60:
            raise ServiceError(
                f"{doing} has not ended after {minutes:.0f} minutes.",
                fix="Azure goes on by itself; run this step again to go on waiting",
            )
        context.progress(f"{doing}, {seconds:.0f} s")
