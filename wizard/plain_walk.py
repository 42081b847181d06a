"""The whole way without screens: the answers, one after the other, for somebody who wants to change them; then `apply`,
which asks before each step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from wizard.engine.step import Question
from wizard.harmless import plain
from wizard.plain import typed

Event = dict[str, Any]
YES = ("y", "yes")


class PlainWalk:
    """Says where one is, asks, and gives the command that sets everything up."""

    def __init__(
        self,
        cloud: str,
        questions: dict[str, Question],
        say: Callable[[str], None],
        ask: Callable[[str], str] = typed,
    ) -> None:
        self._cloud = cloud
        self._questions = questions
        self._say = say
        self._ask = ask

    def command(self, checklist: Event) -> dict[str, Any]:
        """What the engine is to do, once a person has seen the answers."""
        checklist = plain(checklist)
        steps = [step for stage in checklist["stages"] for step in stage["steps"]]
        self._say(f"mlops-wizard on the {self._cloud} cloud: {len(steps)} steps in {len(checklist['stages'])} stages.")
        self._say("Each step is checked. You are asked before anything is changed. Control C stops after what runs.")
        fields = list(_fields(steps))
        wanted = self._ask(f"Question: go through the {len(fields)} answers first? Type yes or no, Enter is no: ")
        answers = self._answers(fields) if wanted.strip().lower() in YES else {}
        return {"do": "apply", "stages": [], "steps": [], "yes": False, "armed": False, "answers": answers}

    def _answers(self, fields: list[Event]) -> dict[str, str]:
        """What differs from what would be taken anyhow."""
        self._say(
            "Enter takes what is proposed. Names follow from the prefix, also where another one is proposed here."
        )
        answers: dict[str, str] = {}
        for place, field in enumerate(fields, start=1):
            value = self._answer(field, f"{place} of {len(fields)}")
            if value and value != (field["value"] or field["default"]):
                answers[field["name"]] = value
        return answers

    def _answer(self, field: Event, place: str) -> str:
        """One answer that keeps its rule, "" for what is proposed."""
        proposed = field["value"] or field["default"] or "nothing"
        choices = f" Choices: {', '.join(field['choices'])}." if field["choices"] else ""
        prompt = f"Question {place}: {field['prompt']}. {field['help']}{choices} Enter takes {proposed}: "
        while value := self._ask(prompt).strip():
            complaint = self._questions[field["name"]].complaint(value)
            if not complaint:
                return value
            self._say(f"Not taken: {complaint}")
        return ""


def _fields(steps: list[Event]) -> Iterator[Event]:
    """What the steps ask, each once; secrets and reasons to leave a step out are asked elsewhere."""
    seen: set[str] = set()
    for step in steps:
        for field in step["inputs"]:
            if field["name"] not in seen and not field["secret"] and not field["name"].endswith(".skip"):
                seen.add(field["name"])
                yield field
