"""Runs pipelines: a thread for each run, one job at a time on Microsoft's agents.

Jobs do not survive the sandbox; a run in which no job runs, as its stages wait for approval, does.
"""

import contextlib
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from wizard.sandbox.agent import compiler, uses
from wizard.sandbox.agent.conditions import Outcome
from wizard.sandbox.agent.faults import PipelineError
from wizard.sandbox.agent.model import Job, Pipeline, Stage
from wizard.sandbox.agent.model import Pool as WantedPool
from wizard.sandbox.agent.pipeline_run import PipelineRun
from wizard.sandbox.agent.processes import Ending
from wizard.sandbox.agent.variables import Variables
from wizard.sandbox.devops import agent_pools, build_service
from wizard.sandbox.devops.approvals import Approvals
from wizard.sandbox.devops.build_host import BuildHost
from wizard.sandbox.devops.build_store import Builds
from wizard.sandbox.devops.checkpoint import Checkpoint
from wizard.sandbox.devops.definitions import Definitions
from wizard.sandbox.devops.projects import Projects
from wizard.sandbox.devops.repositories import Repositories
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.devops.timeline import CHECKPOINT, STAGE, Timeline
from wizard.sandbox.devops.wire import now
from wizard.sandbox.store import Document

_log = logging.getLogger(__name__)

NO_PARALLELISM = (
    "No hosted parallelism has been purchased or granted. To request a free parallelism grant, please fill out the"
    " following form https://aka.ms/azpipelines-parallelism-request"
)
LOST = (
    "We stopped hearing from agent Hosted Agent. Verify the agent machine is running and has a healthy network"
    " connection. Anything that terminates an agent process, starves it for CPU, or blocks its network access can"
    " cause this error. For more information, see: https://go.microsoft.com/fwlink/?linkid=846610"
)
AGENT_SECONDS = 12.0  # until a hosted machine takes a job
_POLL = 0.05
_GOOD = ("succeeded", "succeededWithIssues")
_LINUX = ("ubuntu-latest", "ubuntu-24.04", "ubuntu-22.04")
_OTHERS = ("windows-latest", "windows-2025", "windows-2022", "macos-latest", "macos-15", "macos-14")


class Runner:
    """The runs of the organisation that go on."""

    def __init__(self, tenancy: Tenancy) -> None:
        self._tenancy = tenancy
        self._builds = Builds(tenancy)
        self._running: dict[int, tuple[threading.Thread, Ending]] = {}
        self._lock = threading.Lock()
        self._hosted = threading.Lock()

    def recover(self) -> None:
        """Let the runs that wait for approval wait on, and end the others: their agents are gone."""
        build_service.revoke_all(self._tenancy)
        for build in self._builds.of():
            if build["status"] == "inProgress" and self._waits(build["id"]):
                self.start(build["id"])
            elif build["status"] != "completed":
                self._lose(build)

    def _lose(self, build: Document, **more: Any) -> None:
        """End a run that nobody works on any more, and whatever of it has not ended."""
        timeline, jobs = Timeline(self._builds, build["id"]), build["done_jobs"]
        timeline.lose(LOST)
        Approvals(self._tenancy).withdraw_all(build)
        outcomes = {
            name: {"result": record["result"], "outputs": {}, "jobs": jobs.get(name, {})}
            for name, record in timeline.stages().items()
        }
        outcomes |= build["outcomes"]
        changes = {"status": "completed", "result": "failed", "finished": now(), "outcomes": outcomes, **more}
        self._builds.change(build["id"], **changes)

    def _waits(self, build_id: int) -> bool:
        """Whether stages of a run wait for approval, and nothing else of it goes on."""
        going_on = [each["kind"] for each in self._builds.records(build_id) if each["state"] == "inProgress"]
        return CHECKPOINT in going_on and STAGE not in going_on

    def start(self, build_id: int) -> None:
        """Let a run begin, or go on with what has no outcome yet."""
        ending = Ending()
        thread = threading.Thread(target=self._run, args=(build_id, ending), name=f"run {build_id}", daemon=True)
        self._running[build_id] = (thread, ending)
        thread.start()

    def cancel(self, build_id: int) -> None:
        """Ask for a run's end; nothing when it has come."""
        with self._lock:
            if build_id in self._running:
                self._builds.change(build_id, status="cancelling")
                self._running[build_id][1].cancel()

    def look_again(self, build_id: int) -> None:
        """Tell a run that an approval it asked for was answered."""
        with self._lock:
            if build_id in self._running:
                self._running[build_id][1].news.set()

    def stop(self) -> None:
        """End all runs' processes; runs with a job are lost."""
        for _, ending in list(self._running.values()):
            ending.stop()
        for thread, _ in list(self._running.values()):
            thread.join(10)

    def retry(self, build: Document, stage: str, every_job: bool) -> None:
        """Run a stage again, and those after it that did not succeed. `every_job` also runs what went well."""
        outcomes: dict[str, Any] = build["outcomes"]
        again = {name for name, held in outcomes.items() if name == stage or held["result"] not in _GOOD}
        timeline, done = Timeline(self._builds, build["id"]), dict[str, Any]()
        for name in again:
            jobs = outcomes[name]["jobs"].items()
            done[name] = {} if every_job else {job: held for job, held in jobs if held["result"] in _GOOD}
            timeline.start_again(name, done[name])
        kept = {name: held for name, held in outcomes.items() if name not in again}
        changes = {"outcomes": kept, "done_jobs": done, "status": "inProgress", "result": None, "finished": None}
        self._builds.change(build["id"], **changes)
        self.start(build["id"])

    def jobs_used(self) -> int:
        """How many hosted jobs run."""
        return int(self._hosted.locked())

    def _run(self, build_id: int, ending: Ending) -> None:
        try:
            end = self._carry_out(build_id, ending)
        finally:
            with self._lock:  # before the end is told: whoever reads of it may run a stage again at once
                del self._running[build_id]
        if not ending.stopped.is_set():
            end()

    def _carry_out(self, build_id: int, ending: Ending) -> Callable[[], object]:
        """Run to the end; what writes the end down."""
        try:
            result = self._attempt(build_id, ending)
        except PipelineError as error:
            build, found = self._builds.get(build_id), [{"result": "error", "message": str(error)}]
            return partial(self._lose, build, validation=found, started=build["started"] or now())
        except Exception:  # noqa: BLE001 - logged, and told as the service's own trouble
            _log.exception("run %s broke", build_id)
            return partial(self._lose, self._builds.get(build_id))
        return partial(self._builds.change, build_id, status="completed", result=result, finished=now())

    def _attempt(self, build_id: int, ending: Ending) -> str:
        """What became of the run."""
        build = self._builds.get(build_id)
        project = next(each for each in Projects(self._tenancy).all() if each.id == build["project_id"])
        definition = Definitions(self._tenancy).get(project.id, str(build["definition_id"]))
        repository = Repositories(self._tenancy).get(definition["repository"])
        if repository is None:
            raise PipelineError(f"The repository {definition['repository']} could not be found.")
        host = BuildHost(self._tenancy, build, project, repository)
        given = Variables()
        for name, value in build["variables"].items():
            given.set(name, str(value))
        root = host.predefined(definition)
        pipeline = compiler.compiled(host, definition["file"], build["parameters"], root)
        if not build["started"]:
            self._builds.change(build_id, status="inProgress", started=now())
        token = build_service.issue(self._tenancy, project)
        root.set("System.AccessToken", token, secret=True)
        hosted, timeline = definition["queue"]["pool"]["isHosted"], Timeline(self._builds, build_id)
        run = PipelineRun(
            host=host,
            pipeline=pipeline,
            timeline=timeline,
            log_file=lambda log_id: self._builds.log_file(build_id, log_id),
            root=root,
            overriding=given,
            ending=ending,
            agent=lambda job: self._agent(job, ending, hosted),
            gate=Checkpoint(
                self._tenancy,
                build,
                definition,
                timeline,
                ending,
                lambda stage: self._resources(host, pipeline, stage, root, hosted),
            ),
            keep=lambda outcomes: self._keep(build_id, outcomes),
            keep_jobs=lambda stage, jobs: self._keep_jobs(build_id, stage, jobs),
            way=self._tenancy.cloud.client_environment,
            work=self._builds.folder(build_id) / "work",
            outcomes=_outcomes(build["outcomes"]),
            done_jobs={name: _outcomes(held) for name, held in build["done_jobs"].items()},
        )
        try:
            result = run.run()
        finally:
            build_service.revoke(self._tenancy, token)
        return {"succeededWithIssues": "partiallySucceeded", "skipped": "succeeded"}.get(result, result)

    def _keep(self, build_id: int, outcomes: Mapping[str, Outcome]) -> None:
        self._builds.change(build_id, outcomes=_documents(outcomes))

    def _keep_jobs(self, build_id: int, stage: str, jobs: Mapping[str, Outcome]) -> None:
        done = self._builds.get(build_id)["done_jobs"]
        self._builds.change(build_id, done_jobs=done | {stage: _documents(jobs)})

    def _resources(
        self, host: BuildHost, pipeline: Pipeline, stage: Stage, root: Variables, hosted: bool
    ) -> Iterator[tuple[str, str]]:
        used = uses.of_stage(host, pipeline, stage, root)
        return host.resources(used, [self._pool(each, hosted) for each in used.pools])

    @contextlib.contextmanager
    def _agent(self, job: Job, ending: Ending, hosted_by_default: bool) -> Iterator[str]:
        """Wait for an agent for a job; yields why there is none, or nothing when there is one."""
        pool = self._pool(job.pool, hosted_by_default)
        refusal = self._refusal(job, pool)
        if refusal or not pool.hosted:
            yield refusal
            return
        while not self._hosted.acquire(timeout=_POLL):
            if ending.cancelled.is_set() or ending.stopped.is_set():
                yield "The run was cancelled."
                return
        try:
            end = self._tenancy.cloud.ready_at(AGENT_SECONDS)
            while time.time() < end and not ending.cancelled.is_set() and not ending.stopped.is_set():
                time.sleep(min(_POLL, max(0.0, end - time.time())))
            yield ""
        finally:
            self._hosted.release()

    def _pool(self, wanted: WantedPool, hosted_by_default: bool) -> agent_pools.Pool:
        named = next((each for each in agent_pools.POOLS if each.name.lower() == wanted.name.lower()), None)
        if named is not None:
            return named
        hosted = bool(wanted.image) or hosted_by_default
        return next(each for each in agent_pools.POOLS if each.hosted is hosted)

    def _refusal(self, job: Job, pool: agent_pools.Pool) -> str:
        if not pool.hosted:
            agents = agent_pools.agents(self._tenancy, pool)
            if any(each["enabled"] and each["status"] == "online" for each in agents):
                return ""
            wanted = "Agent.Version -gtVersion 2.163.1"
            return f"No agent found in pool {pool.name} which satisfies the specified demands: {wanted}"
        if agent_pools.limit(self._tenancy, "Private", hosted=True)["totalCount"] < 1:
            return NO_PARALLELISM
        image = (job.pool.image or _LINUX[0]).lower()
        if image in _OTHERS:
            return f"The sandbox's agent runs jobs of Linux images only, not of {job.pool.image}."
        if image not in _LINUX:
            message = f"An image label with the label {job.pool.image} does not exist."
            return f"{message}\nThe remote provider was unable to process the request."
        return ""


def _documents(outcomes: Mapping[str, Outcome]) -> dict[str, Any]:
    return {name: each.to_dict() for name, each in outcomes.items()}


def _outcomes(held: dict[str, Any]) -> dict[str, Outcome]:
    return {name: Outcome.from_dict(each) for name, each in held.items()}


def parameters_of(text: str) -> dict[str, Any]:
    """The variables that a run was queued with, which travel as JSON in a text."""
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
