"""Roles that somebody was given on an environment's resources since they were set up, and that no step gave.

Left out are what was given before, what comes from above, what was given to who sets this up (the step about rights
may have asked for it), and what Azure gives to the workspaces' own identities.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from wizard.engine.context import Context
from wizard.engine.step import Action, Risk
from wizard.operations.arm.resource import ArmPlan, IdentityOf, Operator, RoleGiven
from wizard.operations.drift.azure import at, get, id_of
from wizard.operations.drift.finding import NOTHING, Adopt, Finding, Kind, Restore
from wizard.operations.drift.reading import NotThereError, Reading
from wizard.steps import azure_access, azure_groups, reach, registry_scope
from wizard.steps.role_changes import principal

if TYPE_CHECKING:
    from wizard.clients.arm_resources import RoleAssignment

Given = tuple[str, str, str]  # scope, role and principal, in lower case
# Where Azure keeps the principal of a resource that has an identity of its own.
PRINCIPALS = ("identity.principalId", "properties.principalId")


def readings(plan: ArmPlan) -> list[Reading]:
    """The reading of roles, which belongs to the step about rights."""

    async def read(context: Context) -> list[Finding]:
        began, resources = _began(context), plan.of(context.environment)
        if not began or not resources:
            return []
        group, *others = resources
        if await get(context, group) is None:
            raise NotThereError
        client = await reach.arm_resources(context)
        held = await context.call(reach.ARM, client.roles, id_of(context, group))
        ours = {await _known(context, each) for each in plan.roles if each.on.group == group.group}
        own = {principal(context).lower()} | await _own_principals(context, plan)
        places = {id_of(context, each).lower() for each in (group, *others)}
        return [
            _extra(context, each)
            for each in held
            if each.scope.lower() in places
            and _given(each) not in ours
            and each.principal.lower() not in own
            and _moment(each.given) > began
        ]

    return [Reading(azure_access.RBAC.id, read)]


def _began(context: Context) -> float:
    """When this set-up first made something here, 0.0 for never."""
    found = context.session.checklist.find(azure_groups.GROUPS.id, context.environment)
    for entry in context.session.journal.entries():
        if found is not None and (entry.get("instance"), entry.get("event")) == (found.key, "begun"):
            return _moment(str(entry["time"]))
    return 0.0


def _moment(text: str) -> float:
    """Unix time of a moment in ISO 8601; Azure gives seven digits of the second."""
    return datetime.fromisoformat(text).timestamp() if text else 0.0


def _given(held: RoleAssignment) -> Given:
    return held.scope.lower(), held.role_id.lower(), held.principal.lower()


async def _known(context: Context, given: RoleGiven) -> Given:
    """A role of ours, as Azure would list it."""
    if isinstance(given.who, IdentityOf):
        who = str(at(await get(context, given.who.resource), "properties.principalId") or "")
    elif isinstance(given.who, Operator):
        who = principal(context)
    else:
        who = await registry_scope.application(context)
    return id_of(context, given.on).lower(), given.role.id, who.lower()


async def _own_principals(context: Context, plan: ArmPlan) -> set[str]:
    """The principals of this environment's own workspaces: Azure gives them roles by itself."""
    found: list[Any] = [await get(context, each) for each in plan.of(context.environment) if "identity" in each.body]
    return {str(at(each, path)).lower() for each in found for path in PRINCIPALS if at(each, path)}


def _extra(context: Context, held: RoleAssignment) -> Finding:
    who = f"{held.kind.lower() or 'principal'} {held.principal}"
    place = held.scope.rpartition("/")[2]
    title = f"Take the role {held.role} on {place} from {who}"

    async def run(context: Context) -> None:
        access = await reach.access(context)
        await context.call(reach.ARM, access.unassign, held.scope, held.name)

    command = f'az role assignment delete --assignee {held.principal} --role "{held.role}" --scope {held.scope}'
    action = Action(title, command, run, key=held.name, risk=Risk.HARD_TO_UNDO)
    return Finding(
        context,
        f"role.{held.name}",
        f"role on {place}",
        NOTHING,
        f"{held.role} for {who}",
        Kind.EXTRA,
        Adopt(),
        Restore(title[0].lower() + title[1:], (action,)),
    )
