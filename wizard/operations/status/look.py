"""What the readings of one refresh share: the time, how many pages, and the services, which are asked once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.operations.status.memory import Memory
from wizard.operations.status.rows import Area, Row
from wizard.steps import ml_service

if TYPE_CHECKING:
    from wizard.clients.ml_services import MLService

Fact = tuple[str, str]


@dataclass(slots=True)
class Look:
    """One refresh. `now` is Unix time in seconds; of long lists `pages` pages are read."""

    now: float
    pages: int
    memory: Memory
    _services: dict[str, asyncio.Task[MLService | None]] = field(default_factory=dict)

    async def service(self, context: Context) -> MLService | None:
        """The service of an environment: asked once a refresh, whoever wants to know."""
        if context.environment not in self._services:
            self._services[context.environment] = asyncio.create_task(ml_service.look(context))
        return await asyncio.shield(self._services[context.environment])


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an area that is read by itself, so that one which fails hides no other.

    `step` is whose view it is read with; `facts` are what it needs to be set up. A `page` has so many rows,
    0 where everything is read.
    """

    name: str
    step: str
    environment: str
    facts: tuple[Fact, ...]
    read: Callable[[Context, Look], Awaitable[list[Row]]]
    page: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """An area and its parts."""

    area: Area
    parts: tuple[Part, ...]
