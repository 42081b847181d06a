"""The environment in Azure DevOps that prod is deployed to, and the people who have to approve that, if any."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.step import Action, Kept, Outcome, Question, Risk, Status, Step
from wizard.steps import reach
from wizard.steps.devops_connection import project
from wizard.steps.tags import has_our_note, not_ours, note

if TYPE_CHECKING:
    from wizard.clients.environments import Approval, Environment

ME = "me"
RULE = f"`{ME}`, or ids of members of the organisation, with commas between; empty for nobody"
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
INSTRUCTIONS = "A release waits to be deployed to prod. See that it answered in test, then approve it."


def complaint(value: str) -> str | None:
    """What is wrong with a list of approvers, or None."""
    wrong = [each for each in _named(value) if each != ME and not _ID.fullmatch(each)]
    return f"{wrong[0]!r} is no member's id. Give {RULE}." if wrong else None


def _named(value: str) -> list[str]:
    return [each.strip() for each in value.split(",") if each.strip()]


def approvers(context: Context) -> list[str]:
    """The ids of those who shall approve a release."""
    own = context.facts("signin.devops").get("member_id", "")
    return [own if each == ME else each.lower() for each in _named(context.answer("approvers"))]


async def look(context: Context) -> Environment | None:
    """The environment, as the project has it."""
    service = await reach.devops_as_signed_in(context)
    return await context.call(reach.DEVOPS, service.environments.get, project(context)[1], context.environment)


async def approvals(context: Context, found: Environment) -> list[Approval]:
    """The approvals that it asks for."""
    service = await reach.devops_as_signed_in(context)
    return await context.call(reach.DEVOPS, service.environments.approvals, project(context)[1], found)


def asks(held: list[Approval], wanted: list[str]) -> bool:
    """Whether these people are asked, each by some approval."""
    return set(wanted) <= {who for each in held for who in each.approvers}


async def check(context: Context) -> Outcome:
    """The environment is there, and asks those who shall approve."""
    found, wanted = await look(context), approvers(context)
    if found is None:
        return Outcome(Status.TODO, f"There is no environment {context.environment} in Azure DevOps.")
    held = await approvals(context, found)
    if not asks(held, wanted):
        return Outcome(Status.TODO, f"Deployments to {found.name} do not wait for all {len(wanted)} approver(s) yet.")
    people = len({who for each in held for who in each.approvers})
    how = f"every deployment waits for {people} approver(s)" if people else "nobody has to approve"
    return Outcome(
        Status.OK,
        f"environment {found.name}, {how}",
        proof=f"{context.facts('signin.devops')['url']} has environment {found.name} (id {found.id}) with "
        f"{len(held)} approval(s)",
        facts={"id": str(found.id), "name": found.name},
    )


async def plan(context: Context) -> list[Action]:
    """Make the environment, and have it ask those who shall approve."""
    found, wanted, name = await look(context), approvers(context), context.environment
    actions = []
    if found is None:
        command = "az devops invoke --area environments --resource environments --http-method POST ..."
        actions.append(Action(f"Create environment {name}", command, create, key=name))
    if wanted and (found is None or not asks(await approvals(context, found), wanted)):
        command = "az devops invoke --area PipelinesChecks --resource configurations --http-method POST ..."
        title = f"Have {len(wanted)} approver(s) asked before each deployment to {name}"
        actions.append(Action(title, command, ask, key=name))
    return actions


async def create(context: Context) -> None:
    """Make the environment; one that is there is left."""
    if await look(context) is None:
        service = await reach.devops_as_signed_in(context)
        environments, name = service.environments, project(context)[1]
        await context.call(reach.DEVOPS, environments.create, name, context.environment, note(context))


async def ask(context: Context) -> None:
    """Have the approvers asked who are not yet."""
    found = await look(context)
    if found is None:
        return
    service, held = await reach.devops_as_signed_in(context), await approvals(context, found)
    lacking = [each for each in approvers(context) if not asks(held, [each])]
    if lacking:
        environments, name = service.environments, project(context)[1]
        await context.call(reach.DEVOPS, environments.ask, name, found, lacking, INSTRUCTIONS)


async def undo(context: Context) -> list[Action | Kept]:
    """Delete the environment with its approvals, if it is ours."""
    found = await look(context)
    if found is None:
        return []
    if not has_our_note(context, found.description):
        return [not_ours(f"environment {found.name}")]
    command = f"az devops invoke --area environments --route-parameters environmentId={found.id} --http-method DELETE"
    title = f"Delete environment {found.name}"
    return [Action(title, command, delete, key=found.name, risk=Risk.HARD_TO_UNDO)]


async def delete(context: Context) -> None:
    """Delete the environment."""
    found, service = await look(context), await reach.devops_as_signed_in(context)
    if found is not None:
        await context.call(reach.DEVOPS, service.environments.delete, project(context)[1], found)


APPROVAL = Step(
    id="devops.approval",
    title="Environment and approval",
    why=(
        "Prod is deployed to an environment of Azure DevOps, which keeps the history of what came when. "
        "It can ask people first: then no release reaches prod before they approve it."
    ),
    check=check,
    plan=plan,
    undo=undo,
    needs=("devops.rights",),
    inputs=(
        Question(
            "{environment}.approvers",
            "Who approves a release?",
            f"{RULE[0].upper()}{RULE[1:]}.",
            default=lambda _: "",
            validate=complaint,
        ),
    ),
    docs="https://learn.microsoft.com/azure/devops/pipelines/process/environments",
)
