"""Which run of the pipeline an environment goes by, and how that stands: of the main branch's code, or of a release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.steps import reach
from wizard.steps.devops_connection import project
from wizard.steps.repository import HEADS
from wizard.steps.run_timeline import STAGE, TASK

if TYPE_CHECKING:
    from wizard.clients.pipeline_runs import Record, Run

STAGES = {"test": "Test", "prod": "Prod"}  # as the pipeline's YAML file names them, in their order
STEPS = {"test": "devops.run-test", "prod": "devops.run-prod"}
GOOD = ("succeeded", "succeededWithIssues")
BAD = ("failed", "canceled", "abandoned")
LOOKED_AT = 5  # runs of one commit, each by a request of its own


@dataclass(frozen=True, slots=True)
class Seen:
    """A run and its timeline, as they are now."""

    run: Run
    records: list[Record]

    def stage(self, environment: str) -> Record | None:
        """The stage of an environment, or None before the run has one."""
        return self.stage_of(STAGES[environment])

    def stage_of(self, identifier: str) -> Record | None:
        """The stage that the pipeline's YAML file calls so, or None before the run has one."""
        return next((each for each in self.records if each.kind == STAGE and each.identifier == identifier), None)

    def failed_stage(self) -> Record | None:
        """The first stage that ended badly, for which those after it were skipped; None when there is none."""
        return next((each for each in self.records if each.kind == STAGE and each.result in BAD), None)

    def succeeded(self, environment: str) -> bool:
        """Whether the stage of an environment ended well."""
        stage = self.stage(environment)
        return stage is not None and stage.result in GOOD

    def failed(self) -> Record | None:
        """The first task that failed, or None."""
        return next((each for each in self.records if each.kind == TASK and each.result == "failed"), None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run has to be of: a commit, in words `what`, and where `only_ref` that branch or tag (full name)."""

    commit: str
    what: str
    ref: str
    only_ref: bool = False


def wanted(context: Context) -> Wanted:
    """For test what is on the main branch, by any run of it: a release goes through test, too. For prod a release."""
    if context.environment == "prod":
        release = context.facts("repo.release")
        return Wanted(release["commit"], f"the release {release['name']}", release["ref"], only_ref=True)
    branch = f"{HEADS}{context.facts('repo.devops')['default_branch']}"
    return Wanted(context.facts("repo.push")["main_commit"], "which is on the main branch", branch)


def may_have_run(context: Context) -> bool:
    """Whether so much is set up that a wanted run is possible."""
    source = "repo.release" if context.environment == "prod" else "repo.push"
    return bool(context.facts("devops.pipeline")) and bool(context.facts(source))


def learned(context: Context) -> dict[str, str]:
    """What is known of this environment's run: `run`, its id, `number` and `commit`."""
    return context.facts(STEPS[context.environment])


def page(context: Context, run: Run) -> str:
    """The run's page."""
    facts = context.facts("signin.devops")
    return f"{facts['url']}/{facts['project']}/_build/results?buildId={run.id}".replace(" ", "%20")


async def runs(context: Context) -> list[Run]:
    """The wanted runs, newest first."""
    service, pipeline = await reach.devops_as_signed_in(context), int(context.facts("devops.pipeline")["id"])
    name, what = project(context)[1], wanted(context)
    ref = what.ref if what.only_ref else ""
    return await context.call(reach.DEVOPS, service.pipeline_runs.of_commit, name, pipeline, what.commit, ref)


async def seen(context: Context, run: Run) -> Seen:
    """A run with its timeline."""
    service = await reach.devops_as_signed_in(context)
    records = await context.call(reach.DEVOPS, service.pipeline_runs.timeline, project(context)[1], run.id)
    return Seen(run, records)


async def now(context: Context, run: Run) -> Seen:
    """The same run as it is now."""
    service = await reach.devops_as_signed_in(context)
    return await seen(context, await context.call(reach.DEVOPS, service.pipeline_runs.get, project(context)[1], run.id))


async def look(context: Context) -> Seen | None:
    """The newest wanted run in which this environment's stage succeeded, else the newest; None when there is none."""
    newest = None
    for run in (await runs(context))[:LOOKED_AT]:
        found = await seen(context, run)
        if found.succeeded(context.environment):
            return found
        newest = newest or found
    return newest
