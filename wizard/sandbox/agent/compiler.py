"""From the file in the repository to the pipeline that can be run: read, expanded, and its resources found."""

import posixpath
from collections.abc import Mapping
from typing import Any

from wizard.sandbox.agent import reading, tasks, uses
from wizard.sandbox.agent.faults import PipelineError
from wizard.sandbox.agent.host import Host
from wizard.sandbox.agent.model import Job, Pipeline, Stage, Step
from wizard.sandbox.agent.templates import Expander
from wizard.sandbox.agent.variables import Variables

_HELP = "For authorization details, refer to https://aka.ms/yamlauthz."


def compiled(host: Host, file: str, parameters: Mapping[str, Any], predefined: Variables) -> Pipeline:
    """The pipeline, ready to be run. Raises PipelineError with what the service would say."""
    path = posixpath.normpath(file).lstrip("/")
    document = Expander(host.read, host.missing).pipeline(path, parameters, predefined.values())
    found = reading.pipeline(document, path)
    for group in found.groups():
        if host.group(group) is None:
            raise PipelineError(
                "An error occurred while loading the YAML build pipeline. Variable group"
                f" {group} was not found or is not authorized for use. {_HELP}"
            )
    for stage in found.stages:
        for job in stage.jobs:
            _check_job(host, found, stage, job, predefined)
    return found


def _check_job(host: Host, pipeline: Pipeline, stage: Stage, job: Job, predefined: Variables) -> None:
    for step in job.steps:
        if not tasks.is_known(step):
            name = step.name or step.task
            raise PipelineError(
                f"A task is missing. The pipeline references a task called '{step.task}'. This usually indicates the"
                " task isn't installed, and you may be able to install it from the Marketplace:"
                f" https://marketplace.visualstudio.com. (Task version {step.version}, job '{job.name}', step"
                f" '{name}'.)"
            )
    for step, connection in uses.connections(host, pipeline, stage, job, predefined):
        _check_connection(host, job, step, connection)
    if job.environment and not host.environment(job.environment):
        raise PipelineError(
            f"Job {job.name}: Environment {job.environment} could not be found. The environment does not exist or has"
            " not been authorized for use."
        )
    refusal = host.pool_refusal(job.pool.name) if job.pool.name else ""
    if refusal:
        raise PipelineError(f"{refusal} {_HELP}")


def _check_connection(host: Host, job: Job, step: Step, name: str) -> None:
    if not host.may_connect(name):
        raise PipelineError(
            f'There was a resource authorization issue: "The pipeline is not valid. Job {job.name}: Step'
            f" {step.name or step.task} input {tasks.CONNECTION} references service connection {name} which could not"
            " be found. The service connection does not exist or has not been authorized for use."
            f' {_HELP}"'
        )
