"""Which events end a long wait, and what is said of them: what ended and how, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

ENOUGH = 30.0  # seconds of waiting after which a person has turned to something else
NOT_AGAIN = 10.0  # seconds in which a second ending is no news: the walk's, just after its last action's
INTERRUPTED = 130
OK, STOPPED, TROUBLE = "ok", "stopped", "trouble"
_WORDS = {OK: "done", STOPPED: "stopped", TROUBLE: "ended, not all is well"}
ENDS = frozenset({"action.finished", "action.failed", "summary"})


@dataclass(frozen=True, slots=True)
class Ending:
    """What ended, how (`ok`, `stopped`, `trouble`), after how many seconds. `counts` says how many steps have which
    status.
    """

    what: str
    result: str
    seconds: float
    counts: Mapping[str, int]

    @property
    def text(self) -> str:
        """One line for a person."""
        counts = ", ".join(f"{number} {status}" for status, number in self.counts.items())
        return f"mlops-wizard: {self.what}: {_WORDS[self.result]} after {_duration(self.seconds)}" + (
            f" ({counts})" if counts else ""
        )


class Endings:
    """Picks the ends of long waits out of the event stream. `now` gives monotonic seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last = -NOT_AGAIN

    def of(self, event: Mapping[str, Any]) -> Ending | None:
        """What to tell of this event, None for nothing."""
        if event["event"] not in ENDS or event["seconds"] < ENOUGH:
            return None
        if self._now() - self._last < NOT_AGAIN:
            return None
        self._last = self._now()
        if event["event"] == "summary":
            code = event.get("exit_code", 0)
            result = OK if code == 0 else STOPPED if code == INTERRUPTED else TROUBLE
            return Ending(event["command"], result, event["seconds"], event["counts"])
        where = f" ({event['environment']})" if event["environment"] else ""
        result = OK if event["event"] == "action.finished" else TROUBLE
        return Ending(f"{event['step']}{where}", result, event["seconds"], {})


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
