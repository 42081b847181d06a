"""The variable group of a stage of the pipeline: where its cluster, workspaces and registry are, and the token."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.secrets import Secret
from wizard.engine.step import Action, Kept, Outcome, Question, Risk, Status, Step
from wizard.steps import naming, reach
from wizard.steps.devops_connection import project
from wizard.steps.pipeline_variables import NAMES, TokenVariable, asked_for, group_name, plain, tokens, wanted
from wizard.steps.tags import has_our_note, not_ours, note

if TYPE_CHECKING:
    from wizard.clients.variable_groups import VariableGroup

AKS_RULE = "2 to 16 letters, digits and hyphens, beginning with a letter"
SERVICE_RULE = "3 to 32 lower-case letters, digits and hyphens, beginning with a letter"


async def look(context: Context) -> VariableGroup | None:
    """The group, as the project has it."""
    service = await reach.devops_as_signed_in(context)
    name = group_name(context.environment)
    return await context.call(reach.DEVOPS, service.variables.get, project(context)[1], name)


def differences(found: VariableGroup, values: dict[str, str], secrets: Iterable[TokenVariable]) -> list[str]:
    """In what a group differs from the plan, one line a variable. Values of secrets cannot be compared."""
    lines = []
    for name, value in values.items():
        held = found.variables.get(name)
        if held is None:
            lines.append(f"{name} is missing")
        elif held.secret:
            lines.append(f"{name} is marked secret and need not be")
        elif held.value != value:
            lines.append(f"{name} is {held.value!r} instead of {value!r}")
    for each in secrets:
        token = found.variables.get(each.name)
        if token is None:
            lines.append(f"{each.name} is missing")
        elif not token.secret:
            lines.append(f"{each.name} is not marked secret: everybody who reads the group can read it")
    return lines


async def dead_tokens(context: Context, found: VariableGroup) -> list[str]:
    """The secret variables whose token its workspace no longer lists."""
    return [each.name for each in tokens(context) if not await _lives(context, found, each)]


async def _lives(context: Context, found: VariableGroup, token: TokenVariable) -> bool:
    held = found.variables.get(token.id_name)
    workspace = await reach.databricks(context.in_environment(token.environment))
    listed = await context.call(workspace.host, workspace.tokens.list)
    return held is not None and held.value in [each.id for each in listed]


async def check(context: Context) -> Outcome:
    """Every variable that the pipeline reads is there as planned, secret where it must be, and the token lives."""
    name, found, values = group_name(context.environment), await look(context), plain(context)
    if found is None:
        fix = "apply this step, which makes it; then devops.pipeline, which lets the pipeline use it"
        return Outcome(Status.TODO, f"There is no variable group {name}.", fix=fix, diagnosis="F21")
    if found.vault:
        return Outcome(Status.FAIL, f"{name} takes its variables from a key vault.", fix=f"rename it; {name} is needed")
    secret = {each.name for each in tokens(context)}
    unknown = sorted(await asyncio.to_thread(asked_for, context) - found.variables.keys() - values.keys() - secret)
    if unknown:
        return Outcome(
            Status.FAIL,
            f"The pipeline reads {', '.join(unknown)}, which {name} does not have.",
            fix=f"add {'it' if len(unknown) == 1 else 'them'} to {name}, or correct the name in the pipeline's YAML",
            diagnosis="F24",
        )
    wrong = differences(found, values, tokens(context))
    if wrong:
        more = f" ({len(wrong) - 1} more)" if len(wrong) > 1 else ""
        shown = next((line for line in wrong if "not marked secret" in line), "")
        fix = "apply this step, which sets what differs"
        return Outcome(Status.TODO, f"{shown or wrong[0]}{more}.", fix=fix, diagnosis="F24" if shown else "")
    dead = await dead_tokens(context, found)
    if dead:
        return Outcome(Status.TODO, f"The token {dead[0]} in {name} is revoked or expired.", diagnosis="F04")
    url = context.facts("signin.devops")["url"]
    listed = ", ".join(f"{each.name} {values[each.id_name]}" for each in tokens(context))
    return Outcome(
        Status.OK,
        f"{name}, {len(found.variables)} variables, {len(secret)} of them secret",
        proof=f"{url} gave {name} as planned, with secrets marked so; workspaces list their tokens: {listed}",
        facts={"id": str(found.id), "name": name},
    )


async def plan(context: Context) -> list[Action] | None:
    """Create the group, or set only what differs, which the action's command shows."""
    name, found = group_name(context.environment), await look(context)
    if found is not None and found.vault:
        return None
    if found is None:
        values = plain(context)
        shown = " ".join(f"{key}={value}" for key, value in values.items())
        secret = " ".join(f"{each.name}=[secret]" for each in tokens(context))
        command = f"az pipelines variable-group create --name {name} --variables {shown} {secret}"
        return [Action(f"Create variable group {name}", command, write, key=name)]
    wrong = differences(found, plain(context), tokens(context))
    wrong += [f"{each} is dead" for each in await dead_tokens(context, found)]
    if not wrong:
        return []
    shown = "; ".join(wrong)
    return [Action(f"Correct variable group {name}", f"az pipelines variable-group variable update  # {shown}", write)]


async def write(context: Context) -> None:
    """Create the group, or set what differs; what the group has besides stays."""
    service, found, values = await reach.devops_as_signed_in(context), await look(context), wanted(context)
    project_id, name = project(context)
    if found is None:
        group = group_name(context.environment)
        await context.call(reach.DEVOPS, service.variables.create, project_id, name, group, values, note(context))
        return
    changed = {key: value for key, value in values.items() if _differs(found, key, value)}
    await context.call(reach.DEVOPS, service.variables.update, project_id, name, found, changed)


def _differs(found: VariableGroup, name: str, value: str | Secret) -> bool:
    held = found.variables.get(name)
    return isinstance(value, Secret) or held is None or held.secret or held.value != value


async def undo(context: Context) -> list[Action | Kept]:
    """Delete the group."""
    found = await look(context)
    if found is None:
        return []
    if not has_our_note(context, found.note):
        return [not_ours(f"variable group {found.name}")]
    others = sorted(found.variables.keys() - NAMES)
    command = f"az pipelines variable-group delete --group-id {found.id} --yes"
    title = f"Delete variable group {found.name}"
    loses = (f"variable {', '.join(others)}",) if others else ()
    return [Action(title, command, delete, key=found.name, risk=Risk.HARD_TO_UNDO, loses=loses)]


async def delete(context: Context) -> None:
    """Delete the group."""
    service, found = await reach.devops_as_signed_in(context), await look(context)
    if found is not None:
        await context.call(reach.DEVOPS, service.variables.delete, project(context)[0], found)


VARIABLES = Step(
    id="devops.variables",
    title="Variable group",
    why=(
        "The same pipeline runs in test and in prod; what differs is in a group of variables for each. "
        "The token is marked secret, so that no log shows it."
    ),
    check=check,
    plan=plan,
    undo=undo,
    needs=("devops.rights", "databricks.token", "databricks.mount", "aml.workspaces", "cmr.registry@prod"),
    inputs=(
        Question(
            "{environment}.aks_cluster",
            "Kubernetes cluster in Azure ML",
            f"{AKS_RULE}.",
            default=lambda context: f"aks-{context.answer('prefix')}"[:16],
            validate=naming.rule(r"[A-Za-z][A-Za-z0-9-]{1,15}", AKS_RULE, "A Kubernetes cluster's name"),
        ),
        Question(
            "{environment}.service_name",
            "Name of the service",
            f"{SERVICE_RULE}.",
            default=lambda context: f"{context.answer('prefix')}-quality",
            validate=naming.rule(r"[a-z][a-z0-9-]{1,30}[a-z0-9]", SERVICE_RULE, "A service's name"),
        ),
    ),
    manual="A group of that name takes its variables from a key vault: rename it in the project's Library.",
    docs="https://learn.microsoft.com/azure/devops/pipelines/library/variable-groups",
)
