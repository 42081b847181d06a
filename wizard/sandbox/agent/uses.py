"""What a stage uses that has an owner: variable groups, service connections, pools and environments."""

from collections.abc import Iterator
from dataclasses import dataclass

from wizard.sandbox.agent import tasks
from wizard.sandbox.agent.host import Host
from wizard.sandbox.agent.model import Job, Pipeline, Pool, Stage, Step
from wizard.sandbox.agent.variables import Variables


@dataclass(frozen=True, slots=True)
class Uses:
    """The names of what one stage uses, each once."""

    groups: tuple[str, ...]
    connections: tuple[str, ...]
    pools: tuple[Pool, ...]
    environments: tuple[str, ...]


def of_stage(host: Host, pipeline: Pipeline, stage: Stage, predefined: Variables) -> Uses:
    """What a stage uses. The groups of the pipeline's root are used by every stage."""
    named = (name for job in stage.jobs for _, name in connections(host, pipeline, stage, job, predefined))
    return Uses(
        groups=tuple(pipeline.groups_of(stage)),
        connections=tuple(dict.fromkeys(named)),
        pools=tuple(dict.fromkeys(job.pool for job in stage.jobs)),
        environments=tuple(dict.fromkeys(job.environment for job in stage.jobs if job.environment)),
    )


def connections(
    host: Host, pipeline: Pipeline, stage: Stage, job: Job, predefined: Variables
) -> Iterator[tuple[Step, str]]:
    """The steps of a job that need a service connection, each with its name."""
    asking = [(step, wanted) for step in job.steps if (wanted := tasks.connection_input(step)) is not None]
    if asking:
        known = _before_the_run(host, pipeline, stage, job, predefined)
        yield from ((step, known.expanded(wanted)) for step, wanted in asking)


def _before_the_run(host: Host, pipeline: Pipeline, stage: Stage, job: Job, predefined: Variables) -> Variables:
    """The variables that have values when resources are looked for: groups of stages and jobs have none yet."""
    known = Variables(predefined)
    for given in pipeline.variables:
        for each in (host.group(given.group) or []) if given.group else []:
            known.set(each.name, "" if each.secret else each.value)
        if given.name:
            known.set(given.name, given.value)
    for given in (*stage.variables, *job.variables):
        if given.name:
            known.set(given.name, given.value)
    return known
