"""The help page of a step: what its record says, in the order a person asks for it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wizard.engine.checklist import Checklist
from wizard.engine.step import Instance, Question, Step

PASSAGES = Path(__file__).parent
NOTHING_TO_UNDO = "There is nothing to take back."
BY_HAND_ONLY = "Nothing is made here."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step stands: a stage, and the environments it is there for."""

    stage: int
    title: str
    environments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the step under all the names it has, and the rule an answer must keep."""

    names: tuple[str, ...]
    prompt: str
    rule: str
    choices: tuple[str, ...]
    secret: bool


@dataclass(frozen=True, slots=True)
class Page:
    """All there is to say about a step before it is looked at. `passage` is written by hand, "" where none is."""

    id: str
    title: str
    places: tuple[Place, ...]
    why: str
    check: str
    does: str
    undo: str
    manual: str
    optional: bool
    needs: tuple[tuple[str, str], ...]
    questions: tuple[Asked, ...]
    passage: str
    docs: str

    def as_data(self) -> dict[str, Any]:
        """The page for programs."""
        return asdict(self)


def pages(checklist: Checklist) -> dict[str, Page]:
    """The page of each step, by its id, in the order of the checklist."""
    return {step_id: _page(checklist, step_id) for step_id in ids(checklist)}


def ids(checklist: Checklist) -> list[str]:
    """The steps' ids, each once."""
    return list(dict.fromkeys(each.step.id for each in checklist.instances))


def page(checklist: Checklist, step_id: str) -> Page | None:
    """The page of the step of that id, None where there is no such step."""
    return _page(checklist, step_id) if step_id in ids(checklist) else None


def _page(checklist: Checklist, step_id: str) -> Page:
    instances = [each for each in checklist.instances if each.step.id == step_id]
    step = instances[0].step
    return Page(
        id=step.id,
        title=step.title,
        places=_places(checklist, step_id),
        why=step.why,
        check=_told(step.check),
        does=_told(step.plan) or BY_HAND_ONLY,
        undo=_told(step.undo) or NOTHING_TO_UNDO,
        manual=step.manual,
        optional=step.optional,
        needs=_needs(checklist, step),
        questions=_questions(instances),
        passage=_passage(step_id),
        docs=step.docs,
    )


def _places(checklist: Checklist, step_id: str) -> tuple[Place, ...]:
    return tuple(
        Place(stage.number, stage.title, step.environments)
        for stage in checklist.stages
        for step in stage.steps
        if step.id == step_id
    )


def _told(function: Callable[..., object] | None) -> str:
    """What a probe, a plan or a way back says of itself."""
    text = inspect.getdoc(function) if function is not None else None
    return " ".join(text.split()) if text else ""


def _needs(checklist: Checklist, step: Step) -> tuple[tuple[str, str], ...]:
    titles = {each.step.id: each.step.title for each in checklist.instances}
    return tuple((need, titles[need.partition("@")[0]]) for need in step.needs)


def _questions(instances: list[Instance]) -> tuple[Asked, ...]:
    """What the step asks, once: where it asks the same in several environments, by all those names."""
    names: dict[int, list[str]] = {}
    questions: dict[int, Question] = {}
    for number, question in enumerate(instances[0].step.inputs):
        full = (question.name.format(environment=each.environment) for each in instances)
        names[number], questions[number] = list(dict.fromkeys(full)), question
    return tuple(
        Asked(tuple(names[number]), each.prompt, each.help, _choices(each), each.secret)
        for number, each in questions.items()
    )


def _choices(question: Question) -> tuple[str, ...]:
    """The values to choose from, where they are the same for everybody."""
    return () if callable(question.choices) else question.choices


def _passage(step_id: str) -> str:
    file = PASSAGES / f"{step_id}.md"
    return file.read_text(encoding="utf-8").strip() if file.is_file() else ""
