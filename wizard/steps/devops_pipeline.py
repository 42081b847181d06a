"""The pipeline: made from the repository's YAML file, and allowed to use this stage's group and connection."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import NotFoundError, ServiceError
from wizard.engine.step import Action, Kept, Outcome, Risk, Status, Step
from wizard.steps import reach
from wizard.steps.devops_connection import connection_name, project
from wizard.steps.pipeline_variables import group_name
from wizard.steps.repository import HEADS
from wizard.steps.tags import has_our_note, not_ours, note

if TYPE_CHECKING:
    from wizard.clients.pipelines import Pipeline

FILE = "pipelines/azure-pipelines.yml"
THERE = "DefinitionExistsException"
GROUP, CONNECTION, QUEUE, ENVIRONMENT = "variablegroup", "endpoint", "queue", "environment"


def pipeline_name(context: Context) -> str:
    """The pipeline's name."""
    return context.facts("repo.devops").get("repository") or context.answer("devops.repository")


def page(context: Context, found: Pipeline) -> str:
    """The pipeline's page."""
    facts = context.facts("signin.devops")
    return f"{facts['url']}/{facts['project']}/_build?definitionId={found.id}".replace(" ", "%20")


async def look(context: Context) -> Pipeline | None:
    """The pipeline, as the project has it."""
    service = await reach.devops_as_signed_in(context)
    return await context.call(reach.DEVOPS, service.pipelines.get, project(context)[1], pipeline_name(context))


async def queue(context: Context) -> int:
    """The id of the queue that takes the pipeline's jobs; ServiceError when the project has none of that name."""
    service, wanted = await reach.devops_as_signed_in(context), context.answer("devops.agent_pool")
    found = await context.call(reach.DEVOPS, service.agents.queues, project(context)[1])
    if wanted not in found:
        raise ServiceError(
            f"The project has no agent pool {wanted}.",
            service="Azure DevOps",
            fix=f"choose one of these with --set devops.agent_pool=NAME: {', '.join(sorted(found))}",
        )
    return found[wanted]


async def resources(context: Context) -> dict[str, tuple[str, str]]:
    """What this stage of the pipeline uses, in words: kind and id."""
    deployed = context.facts("devops.approval")
    return {
        f"variable group {group_name(context.environment)}": (GROUP, context.facts("devops.variables")["id"]),
        f"service connection {connection_name(context.environment)}": (
            CONNECTION,
            context.facts("devops.connection")["id"],
        ),
        "agent pool": (QUEUE, str(await queue(context))),
        **({f"environment {deployed['name']}": (ENVIRONMENT, deployed["id"])} if deployed else {}),
    }


async def forbidden(context: Context, found: Pipeline) -> list[str]:
    """What the pipeline uses and is not authorised for, in words."""
    service, name = await reach.devops_as_signed_in(context), project(context)[1]
    lacking = []
    for words, (kind, resource) in (await resources(context)).items():
        if not await context.call(reach.DEVOPS, service.pipelines.may_use, name, found, kind, resource):
            lacking.append(words)
    return lacking


async def check(context: Context) -> Outcome:
    """The pipeline is made of this repository's file, and may use what this stage needs."""
    name, found = pipeline_name(context), await look(context)
    if found is None:
        return Outcome(Status.TODO, f"There is no pipeline {name}.")
    wanted = context.facts("repo.devops")["repository_id"]
    if found.file != FILE or found.repository_id != wanted:
        return Outcome(
            Status.FAIL,
            f"Pipeline {name} is made of {found.file or 'no YAML file'}, in another repository or at another place.",
            fix=f"rename it; the wizard makes one of {FILE}",
        )
    lacking = await forbidden(context, found)
    if lacking:
        said, fix = f"{name} may not use: {', '.join(lacking)}.", "apply this step, which lets this pipeline use it"
        return Outcome(Status.TODO, said, fix=fix, diagnosis="F20")
    return Outcome(
        Status.OK,
        f"{name}, of {FILE}",
        proof=f"{context.facts('signin.devops')['url']}: definition {found.id}; "
        f"authorised for {', '.join(await resources(context))}",
        links=(page(context, found),),
        facts={"id": str(found.id), "name": name},
    )


async def plan(context: Context) -> list[Action] | None:
    """Create the pipeline, and authorise it, and only it, for what it uses."""
    name, found = pipeline_name(context), await look(context)
    if found is not None and (found.file, found.repository_id) != (FILE, context.facts("repo.devops")["repository_id"]):
        return None
    actions = []
    if found is None:
        command = f"az pipelines create --name {name} --repository {name} --yml-path {FILE} --skip-first-run"
        actions.append(Action(f"Create pipeline {name}", command, create, key=name))
    lacking = await forbidden(context, found) if found else list(await resources(context))
    if lacking:
        command = "az devops invoke --area pipelinePermissions --resource pipelinePermissions --http-method PATCH ..."
        actions.append(Action(f"Let it use {', '.join(lacking)}", command, authorize))
    return actions


async def create(context: Context) -> None:
    """Create the pipeline; one of that name, which another environment's step may just have made, is left as it is."""
    if await look(context) is not None:
        return
    service, learned = await reach.devops_as_signed_in(context), context.facts("repo.devops")
    try:
        await context.call(
            reach.DEVOPS,
            service.pipelines.create,
            project(context)[1],
            pipeline_name(context),
            FILE,
            learned["repository_id"],
            f"{HEADS}{learned['default_branch']}",
            await queue(context),
            note(context),
        )
    except ServiceError as error:
        if error.code != THERE:
            raise


async def authorize(context: Context) -> None:
    """Let this one pipeline use what it needs."""
    found, service = await look(context), await reach.devops_as_signed_in(context)
    if found is None:
        return
    for kind, resource in (await resources(context)).values():
        await context.call(reach.DEVOPS, service.pipelines.authorize, project(context)[1], found, kind, resource)


async def undo(context: Context) -> list[Action | Kept]:
    """Delete the pipeline with its runs."""
    found = await look(context)
    if found is None:
        return []
    if not has_our_note(context, found.note):
        return [not_ours(f"pipeline {found.name}")]
    command = f"az pipelines delete --id {found.id} --yes"
    title = f"Delete pipeline {found.name} and its runs"
    return [Action(title, command, delete, key=found.name, risk=Risk.HARD_TO_UNDO)]


async def delete(context: Context) -> None:
    """Delete the pipeline, which is one for all environments: each of them asks for this."""
    found, service = await look(context), await reach.devops_as_signed_in(context)
    if found is None:
        return
    with contextlib.suppress(NotFoundError):
        await context.call(reach.DEVOPS, service.pipelines.delete, project(context)[1], found)


PIPELINE = Step(
    id="devops.pipeline",
    title="Pipeline",
    why=(
        "The pipeline is a file in the repository; Azure DevOps has to be told about it once. "
        "It alone is let to the variables and the connection, not every pipeline of the project."
    ),
    check=check,
    plan=plan,
    undo=undo,
    needs=("repo.push", "devops.variables", "devops.connection", "devops.parallelism", "devops.approval@prod"),
    manual="A pipeline of that name is made of another file: rename it in Azure DevOps, then check again.",
    docs="https://learn.microsoft.com/azure/devops/pipelines/create-first-pipeline",
)
