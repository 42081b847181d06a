"""One job on a machine of its own: its steps one after the other, each with its record and log."""

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.sandbox.agent import conditions, tasks
from wizard.sandbox.agent.conditions import Outcome
from wizard.sandbox.agent.faults import PipelineError
from wizard.sandbox.agent.host import Host
from wizard.sandbox.agent.machine import Machine
from wizard.sandbox.agent.model import Job, Step
from wizard.sandbox.agent.processes import Ending
from wizard.sandbox.agent.step_log import Masks, StepLog
from wizard.sandbox.agent.step_run import CANCELLED, FAILED, ISSUES, SKIPPED, SUCCEEDED, JobState, StepRun
from wizard.sandbox.agent.variables import Variables
from wizard.sandbox.devops.timeline import TASK, Timeline

_LINE = "=" * 78


@dataclass(frozen=True, slots=True)
class Place:
    """Where a job runs, and what it is written into."""

    host: Host
    timeline: Timeline
    log_file: Callable[[int], Path]
    ending: Ending
    way: Mapping[str, str]
    work: Path


def run_job(
    place: Place, job: Job, record: str, identifier: str, variables: Variables, contexts: Mapping[str, Any]
) -> Outcome:
    """Run a job whose record has begun; what became of it."""
    machine = Machine(place.work)
    state = JobState(place.host, machine, variables, Masks(), place.ending, place.way)
    for secret in variables.secrets():
        state.masks.add(secret)
    end = time.monotonic() + job.minutes * 60
    try:
        _initialize(place, state, record, identifier)
        for number, step in enumerate(job.steps, 2):
            if place.ending.stopped.is_set():
                return Outcome(FAILED, state.outputs)
            left = max(0.1, end - time.monotonic())
            _run_step(
                place,
                state,
                step,
                record,
                f"{identifier}.{step.name or f'{step.task}{number}'}",
                number,
                left,
                contexts,
            )
        if place.ending.cancelled.is_set() and state.result != FAILED:
            state.result = CANCELLED
    finally:
        shutil.rmtree(place.work, ignore_errors=True)
    if state.result == FAILED and _yes(state, job.continue_on_error):
        state.result = ISSUES
    return Outcome(state.result, state.outputs)


def _initialize(place: Place, state: JobState, record: str, identifier: str) -> None:
    """The record that every job begins with: a machine is made ready."""
    own = place.timeline.add(TASK, "Initialize job", record, f"{identifier}.initialize", 1)
    place.timeline.begin(own, "Hosted Agent")
    log = StepLog(place.log_file(place.timeline.new_log(own)), state.masks)
    log.line("##[section]Starting: Initialize job")
    log.line("Agent name: 'Hosted Agent'")
    log.line("Current image: a Linux machine of the sandbox")
    state.machine.prepare()
    log.line(f"Prepare build directory: {state.machine.work}")
    log.line("##[section]Finishing: Initialize job")
    log.close()
    place.timeline.end(own, SUCCEEDED)


def _run_step(
    place: Place,
    state: JobState,
    step: Step,
    record: str,
    identifier: str,
    order: int,
    left: float,
    contexts: Mapping[str, Any],
) -> None:
    name = state.variables.expanded(tasks.title(step))
    about = {"task": {"name": step.task, "version": step.version}}
    own = place.timeline.add(TASK, name, record, identifier, order, **about)
    issues: list[dict[str, str]] = []
    try:
        known = {**contexts, "variables": state.variables.values()}
        cancelled = place.ending.step_begins()
        asked = conditions.states_of_step(state.result, cancelled)
        wanted = step.enabled and conditions.runs(step.condition, known, asked)
    except PipelineError as error:
        place.timeline.end(own, FAILED, [{"type": "error", "message": str(error)}])
        state.result = FAILED
        return
    if not wanted:
        place.timeline.end(own, SKIPPED)
        return
    place.timeline.begin(own, "Hosted Agent")
    log = StepLog(place.log_file(place.timeline.new_log(own)), state.masks)
    try:
        result = _perform(state, step, name, log, left)
        issues = log.issues
    finally:
        log.close()
    if result == FAILED and _yes(state, step.continue_on_error):
        result = ISSUES
    if place.ending.stopped.is_set():
        return  # the sandbox ends: what is left is lost, as it is when an agent goes away
    place.timeline.end(own, result, issues)
    if result == FAILED:
        state.result = FAILED
    elif result == ISSUES and state.result == SUCCEEDED:
        state.result = ISSUES


def _perform(state: JobState, step: Step, name: str, log: StepLog, left: float) -> str:
    task = tasks.of(step)
    log.line(f"##[section]Starting: {name}")
    for line in (
        _LINE,
        f"Task         : {task.title}",
        f"Description  : {task.description}",
        f"Version      : {step.version}",
    ):
        log.line(line)
    log.line("Author       : Microsoft Corporation")
    log.line(_LINE)
    seconds = min(left, step.minutes * 60) if step.minutes else left
    run = StepRun(state, step, log, seconds)
    try:
        result = task.run(run)
    except OSError as error:
        log.issue("error", str(error))
        result = FAILED
    log.line(f"##[section]Finishing: {name}")
    return result


def _yes(state: JobState, value: str) -> bool:
    return state.variables.expanded(value).lower() == "true"
