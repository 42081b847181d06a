"""What an exception means: what a person reads of it, what it says of a step, and what nobody can know after it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wizard.engine.diagnosis import YOU, diagnose
from wizard.engine.errors import ServiceError, UnreachableError, WizardError
from wizard.engine.step import Outcome, Status

TOO_MANY_REQUESTS, SERVER_ERROR = 429, 500  # HTTP statuses; from the second on the fault is the service's
NEXT_ACTION = "the message is the service's own: change what it names, or wait a minute, then check again"

log = logging.getLogger("wizard.engine")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What to show: never empty, never a traceback. `diagnosis` is the rule's id, such as F15.

    `who` must act; `text` is what to send them, "" where that is the reader.
    """

    message: str
    fix: str
    diagnosis: str = ""
    links: tuple[str, ...] = ()
    who: str = YOU
    text: str = ""


def explain(error: Exception, log_file: Path, facts: Mapping[str, str] | None = None) -> Explanation:
    """Explain an error with what is known (see `diagnosis.FACTS`).

    One that nobody foresaw is logged with its traceback, and the log is named.
    """
    if not isinstance(error, WizardError):
        log.error("unforeseen", exc_info=error)
        return Explanation(
            f"the wizard broke: {type(error).__name__}: {error}",
            f"this is a fault of mlops-wizard; the details are in {log_file}",
        )
    found = diagnose(error, facts or {})
    if found is None:
        return Explanation(error.message, error.fix or NEXT_ACTION)
    rule = found.rule
    return Explanation(found.message, found.fix, rule.id, rule.links, rule.who, found.text)


def explained(status: Status, found: Explanation) -> Outcome:
    """The outcome that an explained error amounts to."""
    return Outcome(
        status,
        found.message,
        fix=found.fix,
        links=found.links,
        diagnosis=found.diagnosis,
        who=found.who,
        text=found.text,
    )


def could_not_look(error: Exception) -> bool:
    """Whether an error says nothing about the thing itself: no answer, a request for patience, a fault over there."""
    return unanswered(error) or (isinstance(error, ServiceError) and error.status == TOO_MANY_REQUESTS)


def unanswered(error: Exception) -> bool:
    """Whether nobody knows if what was asked for was done: no answer came, or one of a fault over there."""
    return isinstance(error, UnreachableError) or (isinstance(error, ServiceError) and error.status >= SERVER_ERROR)
