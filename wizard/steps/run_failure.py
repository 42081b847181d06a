"""A failed pipeline run as an error: in the words of the service, or of the step that failed, for rules to explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.engine.errors import ServiceError

if TYPE_CHECKING:
    from wizard.clients.pipeline_runs import Record, Run

SERVICE = "Azure DevOps"
AGENTS_OWN = ("Bash exited with code", "Script failed with exit code")  # said after whatever the script itself said


def could_not_begin(run: Run) -> ServiceError:
    """The error of a run that ended before any stage: its file is invalid, or what it names cannot be used."""
    said = "\n".join(run.problems)
    return ServiceError(
        f"Run {run.number} could not begin: {run.problems[0]}",
        service=SERVICE,
        body=said,
        fix="correct what it names, then apply again, which queues another run",
    )


def failed_before_any_step(run: Run, records: list[Record]) -> ServiceError:
    """The error of a run in which no step failed: there was no agent for a job, or the run was cancelled."""
    issues = [issue for each in records for issue in each.issues]
    said = issues[0] if issues else run.result
    return ServiceError(
        f"Run {run.number} came to nothing: {said}",
        service=SERVICE,
        body="\n".join(issues),
        fix="correct what it names, then apply again, which runs the failed jobs again",
    )


def failed_in(run: Run, task: Record, lines: list[str]) -> ServiceError:
    """The error of a step that failed, with the line of its log that tells most."""
    return ServiceError(
        f"Run {run.number}: step {task.name} failed: {decisive(lines)}",
        service=SERVICE,
        body="\n".join((*task.issues, *lines)),
        fix="see its log; correct the cause, then apply again, which runs the failed jobs again",
    )


def decisive(lines: list[str]) -> str:
    """The last line that speaks of an error, but for the agent's own, which only says that there was one."""
    errors = [line for line in lines if "error" in line.lower()]
    own = [line for line in errors if not any(words in line for words in AGENTS_OWN)]
    return next(reversed(own or errors or lines), "no reason given")
