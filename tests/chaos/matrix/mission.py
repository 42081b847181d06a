"""The whole mission under a plague: apply again and again until all is well, and hold against it what it says."""

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos.matrix.plague import Meeting, Plague
from tests.long_engine import LongEngine
from tests.rehearsal import Rehearsal, Run, key

TROUBLE = ("fail", "unknown")
STUCK = 3  # runs after each other that neither meet anything new nor get any further
# How messages name the services.
NAMES = {
    "entra": r"Entra|sign-in",
    "arm": r"\bAzure (?!DevOps|ML)",
    "graph": r"Microsoft Graph",
    "vault": r"Key Vault",
    "blob": r"Storage account",
    "databricks": r"Databricks",
    "devops": r"Azure DevOps|^git ",
    "aml": r"Azure ML",
    "scoring": r"[Tt]he service|answers",
}


@dataclass(frozen=True)
class Told:
    """What a person was told of trouble, by which step and from when on (monotonic) that had been at work."""

    step: str
    status: str
    message: str
    fix: str
    since: float
    moment: float

    def may_be_about(self, meeting: Meeting) -> bool:
        """Whether what a request met may be what this is about."""
        named = re.search(NAMES.get(meeting.service, re.escape(meeting.service)), self.message)
        return bool(named) and self.since <= meeting.moment <= self.moment and not meeting.passed


@dataclass
class Mission:
    """One plague over one rehearsal. `complaints` is all that was not as it has to be."""

    plague: Plague
    told: list[Told] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    claimed: dict[str, Told] = field(default_factory=dict)
    _since: dict[str, float] = field(default_factory=dict)
    _fine: set[str] = field(default_factory=set)

    def go(self, rehearsal: Rehearsal, environment: dict[str, str], steps: Sequence[str] = (), most: int = 120) -> None:
        """Apply until all is OK, or nothing changes any more."""
        engine, idle = LongEngine(rehearsal.folder, environment, self.hear), 0
        try:
            for _ in range(most):
                before = (len(self.plague.met), self._fine)
                run = engine.walk("apply", *steps)
                self.runs.append(run)
                self._take(run)
                if run.exit_code == 0:
                    return
                self.plague.cure()
                idle = idle + 1 if before == (len(self.plague.met), self._fine) else 0
                if idle == STUCK:
                    break
        finally:
            engine.close()
        self.complaints.append(f"it does not end well: {self.runs[-1].explain()}")

    def hear(self, event: dict) -> None:
        """Take an event as it comes, so that what is told can be held against what was met meanwhile."""
        if event["event"] in ("step.checking", "step.planned", "action.started"):
            self._since.setdefault(key(event), time.monotonic())
        fails = event["event"] == "action.failed" or (event["event"] == "step.checked" and (event["status"] in TROUBLE))
        if fails:
            self._tell(key(event), event.get("status", "action"), event["message"], event["fix"])
        if event["event"] == "step.planned" and event["manual"] and not event["actions"]:
            self._tell(key(event), "plan", event["manual"], event["manual"])
        if event["event"] == "summary":
            self._since.clear()

    def _tell(self, step: str, status: str, message: str, fix: str) -> None:
        told = Told(step, status, message, fix, self._since.get(step, 0.0), time.monotonic())
        self.told.append(told)
        about = [each for each in list(self.plague.met.values())
                 if each.signature not in self.claimed and told.may_be_about(each)]  # fmt: skip
        if about:  # a step tells of one request: of those that it may be the last
            self.claimed[about[-1].signature] = told
        if not message or not fix:
            self.complaints.append(f"{step} says {message!r} and what to do: {fix!r}")

    def _take(self, run: Run) -> None:
        said = json.dumps(run.events)
        for words in ("Traceback", "the wizard broke"):
            if words in said:
                self.complaints += [f"{words}: {event}" for event in run.events if words in json.dumps(event)]
        again = {key(event) for event in run.of("action.started")} & self._fine
        self.complaints += [f"{step} said OK, and then there was something to do" for step in sorted(again)]
        self.complaints += [str(event) for event in run.of("problem")]
        self._fine = self._fine | {step for step, status in run.statuses.items() if status == "ok"}

    def outcome(self, signature: str) -> str:
        """What became of a request that met the fault, in a few words."""
        met = self.plague.met.get(signature)
        if met is None:
            return ""
        if not met.possible:
            return "n/a"
        if told := self.claimed.get(signature):
            return f"told by {told.step} ({told.status})"
        return "quiet" if met.passed else "no harm"
