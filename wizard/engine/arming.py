"""Environments whose actions run only while a person has armed them, by typing a name that belongs there.

Being armed is never written down: it ends with its time, and with the engine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from wizard.engine.step import Action

MINUTES = 10


@dataclass(frozen=True, slots=True)
class Guard:
    """An environment that has to be armed: by typing the value of this answer, for actions of these risks.

    Where no risks are named, it is for all actions.
    """

    environment: str
    answer: str
    risks: tuple[str, ...] = ()

    def is_for(self, environment: str, actions: Iterable[Action]) -> bool:
        """Whether one of these actions in that environment is of the kind."""
        concerned = not self.risks or any(action.risk in self.risks for action in actions)
        return environment == self.environment and concerned


class Arming:
    """Which environments are armed, and for how long. `now` gives monotonic seconds."""

    def __init__(self, guards: Iterable[Guard], now: Callable[[], float] = time.monotonic) -> None:
        self.guards = tuple(guards)
        self._now = now
        self._until: dict[str, float] = {}

    def guard_of(self, environment: str, actions: Iterable[Action]) -> Guard | None:
        """The guard that has something against these actions now; None where they may run."""
        asked = list(actions)
        found = next((each for each in self.guards if each.is_for(environment, asked)), None)
        return found if found is not None and not self.seconds_left(environment) else None

    def seconds_left(self, environment: str) -> float:
        """For how long the environment is still armed; 0 when it is not."""
        return max(0.0, self._until.get(environment, 0.0) - self._now())

    def arm(self, environment: str) -> None:
        """Let the environment's actions run for MINUTES from now."""
        self._until[environment] = self._now() + 60 * MINUTES

    def disarm(self, environment: str) -> None:
        """Let none of them run any more."""
        self._until.pop(environment, None)
