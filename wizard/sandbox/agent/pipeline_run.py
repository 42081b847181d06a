"""A whole run: stages and jobs in the order of their dependencies, each if its condition holds."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wizard.sandbox.agent import conditions
from wizard.sandbox.agent.conditions import Outcome
from wizard.sandbox.agent.expressions import Names, evaluate
from wizard.sandbox.agent.faults import PipelineError
from wizard.sandbox.agent.gate import WAITING, Gate
from wizard.sandbox.agent.host import Host
from wizard.sandbox.agent.job_run import Place, run_job
from wizard.sandbox.agent.machine import Machine
from wizard.sandbox.agent.model import GivenVariable, Job, Pipeline, Stage
from wizard.sandbox.agent.processes import Ending
from wizard.sandbox.agent.step_run import FAILED, SKIPPED, SUCCEEDED
from wizard.sandbox.agent.values import text
from wizard.sandbox.agent.variables import Variables
from wizard.sandbox.devops.timeline import JOB, PHASE, STAGE, Timeline

Agent = Callable[[Job], AbstractContextManager[str]]  # waits for an agent; why there is none, "" when there is


@dataclass
class PipelineRun:
    """One run, or a later attempt at a stage of it."""

    host: Host
    pipeline: Pipeline
    timeline: Timeline
    log_file: Callable[[int], Path]
    root: Variables  # predefined ones, the pipeline's settings and those given when it was queued
    overriding: Variables  # those given when it was queued, which outweigh the file's
    ending: Ending
    agent: Agent
    gate: Gate
    keep: Callable[[Mapping[str, Outcome]], None]  # writes down what has become of stages, each time that one ends
    keep_jobs: Callable[[str, Mapping[str, Outcome]], None]  # the same for the jobs of a stage that goes on
    way: Mapping[str, str]
    work: Path
    outcomes: dict[str, Outcome]  # of stages that need not run again
    done_jobs: dict[str, dict[str, Outcome]]  # by stage: jobs that need not run again, though their stage does

    def run(self) -> str:
        """Run what has no outcome yet; what became of the whole."""
        records = self._records()
        waiting = [stage for stage in self.pipeline.stages if stage.name not in self.outcomes]
        while waiting and not self.ending.stopped.is_set():
            ended = self._next(waiting, records)
            if ended is None:
                self.gate.wait()
                continue
            waiting.remove(ended)
            if not self.ending.stopped.is_set():
                self.keep(self.outcomes)
        results = [each.result for each in self.outcomes.values()]
        return conditions.together(results, self.ending.cancelled.is_set())

    def _next(self, waiting: list[Stage], records: Mapping[str, str]) -> Stage | None:
        """Bring one stage to its end, the first that can begin; None when all wait for their owners' word."""
        for stage in waiting:
            if not set(stage.depends_on) <= set(self.outcomes):
                continue
            outcome = self._stage(stage, records[stage.name])
            if outcome is not None:
                self.outcomes[stage.name] = outcome
                return stage
        return None

    def _records(self) -> dict[str, str]:
        """The records of all stages, made when they are new."""
        found = {name: str(record["id"]) for name, record in self.timeline.stages().items()}
        for order, stage in enumerate(self.pipeline.stages, 1):
            if stage.name not in found:
                found[stage.name] = self.timeline.add(STAGE, stage.display_name, "", stage.name, order)
        return found

    def _stage(self, stage: Stage, record: str) -> Outcome | None:
        """What became of a stage; None for one that waits."""
        if not self.gate.asked(record):
            left_out = self._left_out(stage)
            if left_out is not None:
                outcome, issues = left_out
                self.timeline.end(record, outcome.result, issues)
                return outcome
        verdict = self.gate.verdict(stage, record)
        if verdict == WAITING:
            return None
        if verdict != SUCCEEDED:
            self.timeline.end(record, verdict)
            return Outcome(verdict)
        return self._jobs(stage, record)

    def _left_out(self, stage: Stage) -> tuple[Outcome, list[dict[str, str]]] | None:
        """What becomes of a stage whose condition does not hold, with its issues; None for one that is wanted."""
        needs = {each.name: each.depends_on for each in self.pipeline.stages}
        before = {name: self.outcomes[name] for name in conditions.ancestors(stage.name, needs)}
        states = conditions.states_after(before, self.outcomes, self.ending.cancelled.is_set())
        known = self._variables(self.root, (*self.pipeline.variables, *stage.variables), {})
        contexts = {"dependencies": conditions.of_stages(self.outcomes), "variables": known.values()}
        try:
            return None if conditions.runs(stage.condition, contexts, states) else (Outcome(SKIPPED), [])
        except PipelineError as error:
            return Outcome(FAILED), [{"type": "error", "message": str(error)}]

    def _jobs(self, stage: Stage, record: str) -> Outcome:
        self.timeline.begin(record)
        jobs = dict(self.done_jobs.get(stage.name, {}))
        waiting = [(order, job) for order, job in enumerate(stage.jobs, 1) if job.name not in jobs]
        while waiting and not self.ending.stopped.is_set():
            order, job = next(each for each in waiting if set(each[1].depends_on) <= set(jobs))
            waiting.remove((order, job))
            jobs[job.name] = self._job(stage, job, record, order, jobs)
            if not self.ending.stopped.is_set():
                self.keep_jobs(stage.name, jobs)
        result = conditions.together([each.result for each in jobs.values()], self.ending.cancelled.is_set())
        if not self.ending.stopped.is_set():
            self.timeline.end(record, result)
        return Outcome(result, {}, jobs)

    def _job(self, stage: Stage, job: Job, parent: str, order: int, jobs: dict[str, Outcome]) -> Outcome:
        identifier = f"{stage.name}.{job.name}"
        phase = self.timeline.add(PHASE, job.display_name, parent, identifier, order)
        record = self.timeline.add(JOB, job.display_name, phase, f"{identifier}.__default", 1)
        needs = {each.name: each.depends_on for each in stage.jobs}
        before = {name: jobs[name] for name in conditions.ancestors(job.name, needs)}
        contexts: dict[str, Any] = {
            "dependencies": conditions.of_jobs(jobs),
            "stageDependencies": {name: conditions.of_jobs(each.jobs) for name, each in self.outcomes.items()},
        }
        issue, outcome = "", Outcome(FAILED)
        try:
            given = (*self.pipeline.variables, *stage.variables, *job.variables)
            known = self._variables(self.root, given, contexts)
            states = conditions.states_after(before, jobs, self.ending.cancelled.is_set())
            if not conditions.runs(job.condition, {**contexts, "variables": known.values()}, states):
                self.timeline.end(record, SKIPPED)
                self.timeline.end(phase, SKIPPED)
                return Outcome(SKIPPED)
            with self.agent(job) as issue:
                if not issue:
                    outcome = self._on_an_agent(stage, job, phase, record, identifier, known, contexts)
        except PipelineError as error:
            issue = str(error)
        if not self.ending.stopped.is_set():
            self.timeline.end(record, outcome.result, [{"type": "error", "message": issue}] if issue else [])
            self.timeline.end(phase, outcome.result)
        return outcome

    def _on_an_agent(
        self,
        stage: Stage,
        job: Job,
        phase: str,
        record: str,
        identifier: str,
        known: Variables,
        contexts: Mapping[str, Any],
    ) -> Outcome:
        if self.ending.cancelled.is_set():
            return Outcome("canceled")
        self.timeline.begin(phase)
        self.timeline.begin(record, "Hosted Agent")
        work = self.work / identifier
        _place_variables(known, Machine(work), stage, job, self.timeline.stages()[stage.name]["attempt"])
        place = Place(self.host, self.timeline, self.log_file, self.ending, self.way, work)
        return run_job(place, job, record, identifier, known, contexts)

    def _variables(self, root: Variables, given: tuple[GivenVariable, ...], contexts: Mapping[str, Any]) -> Variables:
        """The variables of a job: later ones outweigh earlier ones, and those given at queue time all of them."""
        known = Variables(root)
        for each in given:
            if each.group:
                for one in self.host.group(each.group) or []:
                    known.set(one.name, one.value, one.secret)
            else:
                known.set(each.name, _at_run_time(each.value, known, contexts))
        for one in self.overriding:
            known.set(one.name, one.value, one.secret)
        return known


def _at_run_time(value: str, known: Variables, contexts: Mapping[str, Any]) -> str:
    """A variable's value; `$[ ]` around it makes it an expression."""
    inner = value.strip()
    if not (inner.startswith("$[") and inner.endswith("]")) or not contexts:
        return value
    return text(evaluate(inner[2:-1], Names({**contexts, "variables": known.values()})))


def _place_variables(known: Variables, machine: Machine, stage: Stage, job: Job, attempt: int) -> None:
    """The variables that tell a job where it runs, and for which time its stage does.

    https://learn.microsoft.com/azure/devops/pipelines/build/variables
    """
    for name, value in {
        "Agent.OS": "Linux",
        "Agent.OSArchitecture": "X64",
        "Agent.Name": "Hosted Agent",
        "Agent.MachineName": "sandbox",
        "Agent.JobName": job.display_name,
        "Agent.BuildDirectory": str(machine.work),
        "Agent.WorkFolder": str(machine.work),
        "Agent.TempDirectory": str(machine.temporary),
        "Agent.ToolsDirectory": str(machine.work / "_tool"),
        "Pipeline.Workspace": str(machine.work),
        "Build.SourcesDirectory": str(machine.sources),
        "Build.Repository.LocalPath": str(machine.sources),
        "System.DefaultWorkingDirectory": str(machine.sources),
        "Build.ArtifactStagingDirectory": str(machine.staging),
        "Build.StagingDirectory": str(machine.staging),
        "Build.BinariesDirectory": str(machine.work / "b"),
        "Common.TestResultsDirectory": str(machine.work / "TestResults"),
        "System.StageName": stage.name,
        "System.JobName": job.name,
        "System.PhaseName": job.name,
        "System.StageAttempt": str(attempt),
        "System.PhaseAttempt": str(attempt),
        "System.JobAttempt": str(attempt),
        "Environment.Name": job.environment,
    }.items():
        known.set(name, value)
