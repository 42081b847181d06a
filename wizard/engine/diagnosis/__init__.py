"""Known failures as data: `rules.yaml` holds them in order, the first that matches an error explains it.

`fixtures/` holds what the services really said, at least once for each rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from wizard.engine.errors import ServiceError, WizardError

RULES = Path(__file__).with_name("rules.yaml")

YOU = "you"

# What a rule may say besides the groups of its match -> the words for it while it is not known.
FACTS = {
    "account": "my account",
    "tenant": "TENANT",
    "subscription": "our subscription",
    "host": "our Databricks workspace",
    "environment": "dev",
    "step": "the set-up",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One known failure, `id` its number in the failure catalogue and `name` unique.

    `match` is searched in the error's code, message and body, ignoring case; `status` and `code`, where given, must be
    the error's own. `cause`, `fix` and `text` have placeholders for the match's groups, for FACTS, and {said}.
    """

    id: str
    name: str
    match: re.Pattern[str]
    status: int | None
    code: str
    cause: str
    fix: str
    who: str
    text: str
    links: tuple[str, ...]

    def found_in(self, error: WizardError) -> re.Match[str] | None:
        """The match in what is known of the error, or None."""
        if self.status is not None and getattr(error, "status", None) != self.status:
            return None
        if self.code and error.code != self.code:
            return None
        return self.match.search("\n".join((error.code, error.message, error.body)))


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A rule's explanation of one error, all placeholders filled; `text` is "" where nobody else must act."""

    rule: Rule
    message: str
    fix: str
    text: str


@cache
def rules() -> tuple[Rule, ...]:
    """All rules in the order in which they are tried."""
    import yaml

    return tuple(
        Rule(
            id=entry["id"],
            name=entry["name"],
            match=re.compile(entry["match"], re.IGNORECASE),
            status=entry.get("status"),
            code=entry.get("code", ""),
            cause=entry["cause"],
            fix=entry["fix"],
            who=entry["who"],
            text=entry.get("text", ""),
            links=tuple(entry.get("links", ())),
        )
        for entry in yaml.safe_load(RULES.read_text(encoding="utf-8"))
    )


def diagnose(error: WizardError, facts: Mapping[str, str]) -> Diagnosis | None:
    """What the first rule that matches says about the error, with these FACTS as far as they are known; or None."""
    for rule in rules():
        match = rule.found_in(error)
        if match:
            return _explained(rule, error, match, facts)
    return None


def _explained(rule: Rule, error: WizardError, match: re.Match[str], facts: Mapping[str, str]) -> Diagnosis:
    known = {name: facts.get(name) or words for name, words in FACTS.items()}
    values = {**known, **match.groupdict(default="unknown"), "said": error.message}
    cause = rule.cause.format_map(values)
    origin = f" [{error.service}]" if isinstance(error, ServiceError) and error.service else ""
    return Diagnosis(
        rule=rule,
        message=f"{cause} ({error.message}){origin}" if error.message not in cause else cause,
        fix=rule.fix.format_map(values),
        text=rule.text.format_map(values),
    )
