"""The environments that have to be armed before they are changed, and for how long they are. Knows no Textual."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wizard.engine import events as wire


@dataclass(slots=True)
class Guarded:
    """One such environment: `word` arms it when it is typed; `until` is when that ends, in monotonic seconds.

    `risks` are those of the actions that it is about, all of them when empty.
    """

    environment: str
    word: str
    risks: tuple[str, ...]
    minutes: int
    until: float = 0.0

    @property
    def ask(self) -> str:
        """What to type, and what that does; without an environment it agrees to this once, and arms nothing."""
        what = f"Arm {self.environment} for {self.minutes} minutes: type" if self.environment else "To agree, type"
        return f"▲ {what} {self.word}"

    def is_about(self, environment: str, risks: Collection[str]) -> bool:
        """Whether actions of these risks in that environment need it."""
        return environment == self.environment and (not self.risks or bool(set(risks) & set(self.risks)))


class Armings:
    """All of them, by environment."""

    def __init__(self) -> None:
        self.guarded: dict[str, Guarded] = {}

    def take(self, guards: Iterable[Mapping[str, Any]]) -> None:
        """Take over what the engine tells of them; what is armed stays so."""
        known, self.guarded = self.guarded, {}
        for each in guards:
            name = str(each["environment"])
            found = Guarded(name, str(each["word"]), tuple(each["risks"]), int(each["minutes"]))
            found.until = known[name].until if name in known else 0.0
            self.guarded[name] = found

    def told(self, event: wire.Armed, now: float) -> None:
        """The engine armed or disarmed one."""
        if event.environment in self.guarded:
            self.guarded[event.environment].until = now + event.seconds

    def end(self) -> None:
        """The engine is gone, and with it what was armed."""
        for each in self.guarded.values():
            each.until = 0.0

    def armed(self, now: float) -> list[Guarded]:
        """Those that are armed."""
        return [each for each in self.guarded.values() if each.until > now]

    def disarmed(self, now: float) -> list[Guarded]:
        """Those that are not, and could be."""
        return [each for each in self.guarded.values() if each.until <= now and each.word]

    def badges(self, now: float) -> list[str]:
        """What is armed and for how long, in words."""
        return [f"{each.environment} armed {_left(each.until - now)}" for each in self.armed(now)]


def _left(seconds: float) -> str:
    return f"{math.ceil(seconds / 60)} min" if seconds > 60 else f"{math.ceil(seconds)} s"
