"""What a reading of a step's thing is: data that says which step, and how its differences are found by reads alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from wizard.engine.context import Context
from wizard.operations.drift.finding import Finding


class NotThereError(Exception):
    """The thing itself is not there: the step's own check tells that."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How the thing of a step is held against its plan, beyond what the step's check asks for.

    `tells_all`: what is found missing or changed here says all that the check would complain of. `may_sleep`: a thing
    that is there, and that the check finds not ready, is only asleep, and that is no difference.
    """

    step: str
    read: Callable[[Context], Awaitable[list[Finding]]]
    tells_all: bool = False
    may_sleep: bool = False
