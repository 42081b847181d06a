"""What the memory of a project tells of its set-up: how each step stands, and what was done, when and for how long.

Nothing is asked of any service here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from wizard.engine.context import Session
from wizard.steps.tags import TAG

VERSION_FACTS = ("runtime", "node_type", "mlflow", "pyyaml", "version", "release")


@dataclass(frozen=True, slots=True)
class Stand:
    """A step in one environment, as it was found when it was last looked at; status "" for never."""

    stage: str
    title: str
    key: str
    environment: str
    status: str
    message: str
    proof: str
    checked: str


@dataclass(frozen=True, slots=True)
class Deed:
    """An action that ended: `began` and `seconds` say when."""

    key: str
    environment: str
    title: str
    began: datetime
    seconds: float
    ended_well: bool


@dataclass(frozen=True, slots=True)
class Story:
    """All that a report tells. `answers` are those that name things; `versions` are (environment, what, which)."""

    cloud: str
    mark: str
    who: str
    subscription: str
    stands: tuple[Stand, ...]
    deeds: tuple[Deed, ...]
    versions: tuple[tuple[str, str, str], ...]


def story(session: Session) -> Story:
    """The story of the session's project, with everything masked that has the shape of a secret."""
    mask = session.secrets.masked
    facts = mask(session.state.facts("signin.azure"))
    stands = tuple(_stands(session, mask(session.state.last())))
    saved = session.answers.saved()
    return Story(
        cloud=session.project.cloud,
        mark=f"{TAG} {saved.get(session.checklist.named_by, '')}".strip(),
        who=facts.get("account", ""),
        subscription=facts.get("subscription_name") or facts.get("subscription", ""),
        stands=stands,
        deeds=tuple(deeds(mask(session.journal.entries()))),
        versions=tuple(_versions(session, mask)),
    )


def _stands(session: Session, last: Mapping[str, Mapping[str, Any]]) -> Iterable[Stand]:
    for stage in session.checklist.stages:
        for each in session.checklist.of_stage(stage.number):
            found = last.get(each.key, {})
            told = [str(found.get(name, "")) for name in ("status", "message", "proof", "checked")]
            yield Stand(stage.title, each.step.title, each.key, each.environment, *told)


def deeds(entries: Iterable[Mapping[str, Any]]) -> Iterable[Deed]:
    """The actions of a journal that ended, by when they began."""
    open_: dict[tuple[str, str], datetime] = {}
    found = []
    for entry in entries:
        key = (str(entry.get("instance")), str(entry.get("action")))
        if entry.get("event") == "begun":
            open_[key] = datetime.fromisoformat(str(entry["time"]))
        elif entry.get("event") in ("ended", "failed") and key in open_:
            began, well = open_.pop(key), entry["event"] == "ended"
            environment = key[0].partition("@")[2]
            found.append(Deed(key[0], environment, key[1], began, float(entry.get("seconds") or 0), well))
    return sorted(found, key=lambda each: each.began)


def _versions(session: Session, mask: Any) -> Iterable[tuple[str, str, str]]:
    for each in session.checklist.instances:
        known = mask(session.state.facts(each.key))
        for name in VERSION_FACTS:
            if known.get(name):
                yield each.key, name.replace("_", " "), known[name]
