"""What a command did, summed up: outcomes, seconds, actions, and the exit code that they amount to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from wizard.engine.step import Outcome, Status

CANCELLED = 130  # the exit code, as of a command that Ctrl+C ended
# Exit codes of doctor: the first status that is found decides.
VERDICTS = ((Status.FAIL, 2), (Status.UNKNOWN, 3), (Status.TODO, 1), (Status.WARN, 1), (Status.SKIP, 1))


@dataclass(slots=True)
class Tally:
    """Outcomes and seconds by instance key, how many actions ran, and how many of them failed."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    actions: int = 0
    failed: int = 0

    def counts(self) -> dict[str, int]:
        """How many instances ended with each status."""
        return dict(Counter(str(outcome.status) for outcome in self.outcomes.values()))

    def exit_code(self, command: str) -> int:
        """0 all OK (plan: could be made; undo: not refused), 1 blocked, failed or still to do, 3 could not check.

        Of doctor: 0 clean, 1 warnings or something to do, 2 blocked, 3 could not check.
        """
        found = {outcome.status for outcome in self.outcomes.values() if not outcome.left_out}
        if command == "doctor":
            return next((code for status, code in VERDICTS if status in found), 0)
        if self.failed or (Status.FAIL in found and command != "undo"):
            return 1
        if Status.UNKNOWN in found:
            return 3
        must_be_done = command in ("check", "apply")
        return 1 if must_be_done and found & {Status.TODO, Status.SKIP} else 0
