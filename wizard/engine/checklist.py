"""A checklist: stages of steps, spread over environments, and who needs whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wizard.engine.arming import Guard
from wizard.engine.errors import WizardError
from wizard.engine.step import Instance, Question, Step


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of the way, as the guide cuts it. A step may come again in a later one, for other environments."""

    number: int
    title: str
    steps: tuple[Step, ...]


class Checklist:
    """All step instances in order, and what has to be armed before it is changed.

    `named_by` is the question whose answer names the whole set-up.

    WizardError when an instance comes twice, a need names no step, or needs run in a circle.
    """

    def __init__(self, stages: tuple[Stage, ...], guards: tuple[Guard, ...] = (), named_by: str = "") -> None:
        self.stages = stages
        self.guards = guards
        self.named_by = named_by
        self._of_stage = {stage.number: [each for step in stage.steps for each in spread(step)] for stage in stages}
        self.instances = [instance for instances in self._of_stage.values() for instance in instances]
        self._by_key = {instance.key: instance for instance in self.instances}
        if len(self._by_key) < len(self.instances):
            raise WizardError("the checklist has the same step twice in one environment")
        self.order = list(self._in_order_of_need())

    def of_stage(self, number: int) -> list[Instance]:
        """The instances of a stage."""
        return list(self._of_stage[number])

    def find(self, step_id: str, environment: str) -> Instance | None:
        """The instance of a step in this environment, or its only one."""
        return self._by_key.get(f"{step_id}@{environment}") or self._by_key.get(step_id)

    def needs(self, instance: Instance) -> list[Instance]:
        """What must be OK first. A step without environments that needs one which has several waits for them all."""
        found = []
        for step_id in needs_in(instance):
            one = self.find(step_id, instance.environment)
            several = [one] if one else [each for each in self.instances if each.step.id == step_id]
            if not several:
                raise WizardError(f"{instance.key} needs {step_id}, which is not in the checklist")
            found += several
        return found

    def select(self, stages: list[int], step_ids: list[str]) -> list[Instance]:
        """The instances of these stages and steps (`id` or `id@environment`); everything when both are empty."""
        if not stages and not step_ids:
            return list(self.instances)
        for number in stages:
            if number not in self._of_stage:
                raise WizardError(f"There is no stage {number}.", fix=f"stages: {sorted(self._of_stage)}", code="usage")
        for name in step_ids:
            if not any(name in (each.key, each.step.id) for each in self.instances):
                raise WizardError(
                    f"There is no step `{name}`.",
                    fix="steps: " + ", ".join(dict.fromkeys(each.step.id for each in self.instances)),
                    code="usage",
                )
        wanted = {each.key for number in stages for each in self._of_stage[number]} | set(step_ids)
        return [each for each in self.instances if {each.key, each.step.id} & wanted]

    def with_needs(self, selected: list[Instance]) -> list[Instance]:
        """The selected instances and all that they need, in order of need."""
        wanted: set[str] = set()
        pending = list(selected)
        while pending:
            instance = pending.pop()
            if instance.key not in wanted:
                wanted.add(instance.key)
                pending += self.needs(instance)
        return [instance for instance in self.order if instance.key in wanted]

    def questions(self) -> Iterator[tuple[str, Question]]:
        """Every question of every instance with its full name."""
        for instance in self.instances:
            yield from instance.questions()

    def _in_order_of_need(self) -> Iterator[Instance]:
        done: set[str] = set()

        def visit(instance: Instance, trail: tuple[str, ...]) -> Iterator[Instance]:
            if instance.key in trail:
                raise WizardError("steps need each other in a circle: " + " -> ".join((*trail, instance.key)))
            if instance.key in done:
                return
            for need in self.needs(instance):
                yield from visit(need, (*trail, instance.key))
            done.add(instance.key)
            yield instance

        for instance in self.instances:
            yield from visit(instance, ())


def needs_in(instance: Instance) -> Iterator[str]:
    """The ids of the steps that an instance needs in its environment."""
    for need in instance.step.needs:
        step_id, _, only = need.partition("@")
        if only in ("", instance.environment):
            yield step_id


def spread(step: Step) -> list[Instance]:
    """A step's instances: one for each of its environments, or a single one without."""
    return [Instance(step, environment) for environment in step.environments or ("",)]
