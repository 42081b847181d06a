"""Whether a stage, job or step runs: its condition, and what became of those before it.

https://learn.microsoft.com/azure/devops/pipelines/process/conditions
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.sandbox.agent import values
from wizard.sandbox.agent.expressions import Names, Status, evaluate
from wizard.sandbox.agent.step_run import CANCELLED, FAILED, ISSUES, SUCCEEDED

GOOD = (SUCCEEDED, ISSUES)


@dataclass
class Outcome:
    """What became of a job, or of a stage with its jobs."""

    result: str
    outputs: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, "Outcome"] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The outcome as a document."""
        jobs = {name: job.to_dict() for name, job in self.jobs.items()}
        return {"result": self.result, "outputs": self.outputs, "jobs": jobs}

    @classmethod
    def from_dict(cls, held: Mapping[str, Any]) -> "Outcome":
        """The outcome in a document."""
        return cls(held["result"], held["outputs"], {name: cls.from_dict(job) for name, job in held["jobs"].items()})


def runs(condition: str, contexts: Mapping[str, Any], states: Mapping[str, Status]) -> bool:
    """Whether a condition holds; without one, all before must have succeeded."""
    return values.truth(evaluate(condition.strip() or "succeeded()", Names(contexts, states)))


def states_of_step(result: str, cancelled: bool) -> dict[str, Status]:
    """What a step's condition can ask: how its job has done so far."""
    return {
        "always": lambda: True,
        "canceled": lambda: cancelled,
        "succeeded": lambda: not cancelled and result in GOOD,
        "failed": lambda: not cancelled and result == FAILED,
        "succeededOrFailed": lambda: not cancelled,
    }


def states_after(
    before: Mapping[str, Outcome], all_of_them: Mapping[str, Outcome], cancelled: bool
) -> dict[str, Status]:
    """What the condition of a stage or job can ask: how those before it, or those that it names, have done."""

    def results(names: tuple[str, ...]) -> list[str]:
        held = [all_of_them[name] for name in names if name in all_of_them] if names else before.values()
        return [each.result for each in held]

    return {
        "always": lambda: True,
        "canceled": lambda: cancelled,
        "succeeded": lambda *names: not cancelled and all(each in GOOD for each in results(names)),
        "failed": lambda *names: not cancelled and any(each == FAILED for each in results(names)),
        "succeededOrFailed": lambda *names: not cancelled and all(each in (*GOOD, FAILED) for each in results(names)),
    }


def ancestors(name: str, needs: Mapping[str, tuple[str, ...]]) -> set[str]:
    """All that something depends on, directly or not."""
    found: set[str] = set()
    waiting = [*needs[name]]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += needs[each]
    return found


def of_jobs(jobs: Mapping[str, Outcome]) -> dict[str, Any]:
    """Jobs as `dependencies` and `stageDependencies` show them."""
    return {name: {"result": job.result.capitalize(), "outputs": job.outputs} for name, job in jobs.items()}


def of_stages(stages: Mapping[str, Outcome]) -> dict[str, Any]:
    """Stages as a stage's condition sees them: outputs carry their job's name in front."""
    return {
        name: {
            "result": stage.result.capitalize(),
            "outputs": {
                f"{job}.{key}": value for job, held in stage.jobs.items() for key, value in held.outputs.items()
            },
        }
        for name, stage in stages.items()
    }


def together(results: list[str], cancelled: bool) -> str:
    """What several jobs, or stages, come to."""
    if FAILED in results:
        return FAILED
    if cancelled or CANCELLED in results:
        return CANCELLED
    if ISSUES in results:
        return ISSUES
    return SUCCEEDED if SUCCEEDED in results else "skipped"
