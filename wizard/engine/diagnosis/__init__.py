"""Known failures as data: `rules.yaml` holds them in order, the first that matches an error explains it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from wizard.engine.errors import ServiceError, WizardError

RULES = Path(__file__).with_name("rules.yaml")


@dataclass(frozen=True, slots=True)
class Rule:
    """One known failure. `match` is searched in the error's code, message and body, ignoring case; `status`, where
    given, must be the HTTP status. `cause` may use the match's groups as {0}, {1}, ...
    """

    id: str
    match: re.Pattern[str]
    status: int | None
    cause: str
    fix: str
    who: str
    links: tuple[str, ...]

    def found_in(self, error: WizardError) -> re.Match[str] | None:
        """The match in what is known of the error, or None."""
        if self.status is not None and getattr(error, "status", None) != self.status:
            return None
        return self.match.search("\n".join((error.code, error.message, error.body)))

    def message(self, error: WizardError) -> str:
        """The cause in a person's words, then the service's own."""
        match = self.found_in(error)
        cause = self.cause.format(*(match.groups(default="?") if match else ()))
        origin = f" [{error.service}]" if isinstance(error, ServiceError) and error.service else ""
        return f"{cause} ({error.message}){origin}" if error.message not in cause else cause


@cache
def rules() -> tuple[Rule, ...]:
    """All rules in the order in which they are tried."""
    import yaml

    entries = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    return tuple(
        Rule(
            id=entry["id"],
            match=re.compile(entry["match"], re.IGNORECASE),
            status=entry.get("status"),
            cause=entry["cause"],
            fix=entry["fix"],
            who=entry.get("who", "you"),
            links=tuple(entry.get("links", ())),
        )
        for entry in entries
    )


def diagnose(error: WizardError) -> Rule | None:
    """The first rule that matches, or None."""
    return next((rule for rule in rules() if rule.found_in(error)), None)
