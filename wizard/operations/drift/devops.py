"""What is in Azure DevOps, against the plan: the variables of the pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.step import Action
from wizard.operations.drift.finding import NOTHING, Adopt, Finding, Kind, Restore
from wizard.operations.drift.reading import NotThereError, Reading
from wizard.steps import devops_variables, reach
from wizard.steps.devops_connection import project
from wizard.steps.pipeline_variables import plain, tokens, wanted

if TYPE_CHECKING:
    from wizard.clients.variable_groups import Variable, VariableGroup

# Variables whose value is an answer; the others follow from what was set up.
ANSWERS = {"AKS_CLUSTER": "aks_cluster", "SERVICE_NAME": "service_name"}
SECRET, OPEN = "secret", "not marked secret"


async def variables(context: Context) -> list[Finding]:
    """Variables that are missing, changed, or extra, and secrets that anybody could read."""
    found = await devops_variables.look(context)
    if found is None or found.vault:
        raise NotThereError
    values, secret = plain(context), {each.name for each in tokens(context)}
    findings = []
    for name in {**dict.fromkeys(values), **dict.fromkeys(secret), **found.variables}:
        held = found.variables.get(name)
        planned = SECRET if name in secret else values.get(name, NOTHING)
        seen = _shown(held, secret=name in secret)
        if planned != seen:
            findings.append(_finding(context, found, name, planned, seen))
    return findings


def _shown(held: Variable | None, *, secret: bool) -> str:
    if held is None:
        return NOTHING
    if held.secret:
        return SECRET
    return OPEN if secret else held.value


def _finding(context: Context, found: VariableGroup, name: str, planned: str, seen: str) -> Finding:
    extra = planned == NOTHING
    kind = Kind.EXTRA if extra else Kind.MISSING if seen == NOTHING else Kind.CHANGED
    action = _removal(found.name, name) if extra else _correction(found.name, name)
    restore = Restore(action.title[0].lower() + action.title[1:], (action,))
    return Finding(
        context, name, f"{name} in {found.name}", planned, seen, kind, _adopt(context, name, seen, extra), restore
    )


def _adopt(context: Context, name: str, seen: str, extra: bool) -> Adopt | None:
    if extra:
        return Adopt()
    if name not in ANSWERS or seen in (NOTHING, SECRET):
        return None
    full_name = context.full_name(ANSWERS[name])
    return Adopt(f"answer {full_name} with {seen}", {full_name: seen})


def _correction(group: str, name: str) -> Action:
    async def run(context: Context) -> None:
        found, service = await devops_variables.look(context), await reach.devops_as_signed_in(context)
        if found is not None:
            values = plain(context)
            right = values[name] if name in values else wanted(context)[name]
            await context.call(reach.DEVOPS, service.variables.update, *project(context), found, {name: right})

    command = f"az pipelines variable-group variable update --group-id {group} --name {name}"
    return Action(f"Set variable {name} in {group}", command, run, key=name)


def _removal(group: str, name: str) -> Action:
    async def run(context: Context) -> None:
        found, service = await devops_variables.look(context), await reach.devops_as_signed_in(context)
        if found is not None:
            await context.call(reach.DEVOPS, service.variables.remove, *project(context), found, name)

    command = f"az pipelines variable-group variable delete --group-id {group} --name {name}"
    return Action(f"Remove variable {name} from {group}", command, run, key=name)


READINGS = (Reading(devops_variables.VARIABLES.id, variables, tells_all=True),)
