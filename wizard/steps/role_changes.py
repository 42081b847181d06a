"""Giving roles to ourselves: by assignment, or by activating one that waits (Privileged Identity Management)."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import ServiceError
from wizard.engine.step import Action
from wizard.steps import reach, waiting
from wizard.steps.needed_rights import CONTRIBUTOR, ROLE_ADMINISTRATOR, Role

if TYPE_CHECKING:
    from wizard.clients.access import Eligible

OWNER = "Owner"
MANAGING = {CONTRIBUTOR.name, ROLE_ADMINISTRATOR.name}  # what Owner includes: to manage all, but to read no data
MINUTES = 10  # that a new role takes to count everywhere, at most

Lacking = Callable[[Context], Awaitable[list[Role]]]


def principal(context: Context) -> str:
    """The object id of who is signed in."""
    return context.facts("signin.azure").get("principal", "")


def assignment_guid(scope: str, principal_id: str, role: Role) -> str:
    """The name under which a role is given: the same each time, so that it is never given twice."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{scope}/{principal_id}/{role.id}".lower()))


def assignment_name(context: Context, scope: str, role: Role) -> str:
    """The name under which we give ourselves a role."""
    return assignment_guid(scope, principal(context), role)


def activation(held: Eligible, lacking: Lacking) -> Action:
    """The action that activates a role for eight hours, and waits until it counts."""

    async def activate(context: Context) -> None:
        access = await reach.access(context)
        request = str(uuid.uuid4())
        try:
            await context.call(reach.ARM, access.activate, request, held, principal(context), "mlops-wizard: set-up")
        except ServiceError as error:
            if error.code != "RoleAssignmentExists":  # another group's step was first: it holds for the subscription
                raise
        await until_it_counts(context, held.role, lacking)

    url = (
        f"{held.scope}/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/NEW-GUID?api-version=2020-10-01"
    )
    return Action(
        f"Activate the role {held.role} for 8 hours",
        f'az rest --method put --url \'{url}\' --body \'{{"properties": {{"requestType": "SelfActivate", ...}}}}\'',
        activate,
        key=f"{held.scope} {held.role}",
    )


def assignment(context: Context, scope: str, role: Role, lacking: Lacking) -> Action:
    """The action that gives ourselves a role, and waits until it counts."""
    name = assignment_name(context, scope, role)

    async def assign(context: Context) -> None:
        access = await reach.access(context)
        kind = context.facts("signin.azure").get("principal_kind", "User")
        await context.call(reach.ARM, access.assign, scope, name, role.id, principal(context), kind)
        await until_it_counts(context, role.name, lacking)

    command = f'az role assignment create --assignee {principal(context)} --role "{role.name}" --scope {scope}'
    return Action(f"Give yourself {role.name} on the group", command, assign, key=name)


async def until_it_counts(context: Context, role: str, lacking: Lacking) -> None:
    """Wait until a new role counts: it takes Azure some minutes to know it everywhere."""

    async def counts() -> bool:
        names = {each.name for each in await lacking(context)}
        return not names & MANAGING if role == OWNER else role not in names

    await until_known(context, role, counts)


async def until_known(context: Context, role: str, counts: Callable[[], Awaitable[bool]]) -> None:
    """Wait until a role that was given counts."""
    await waiting.until(context, counts, bool, lambda _: f"Azure does not know {role} everywhere yet", MINUTES)


def removal(scope: str, role: Role, name: str) -> Action:
    """The action that takes a role away from ourselves."""

    async def remove(context: Context) -> None:
        access = await reach.access(context)
        await context.call(reach.ARM, access.unassign, scope, name)

    command = f"az role assignment delete --ids {scope}/providers/Microsoft.Authorization/roleAssignments/{name}"
    return Action(f"Take the role {role.name} back", command, remove, key=name)
