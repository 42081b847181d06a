"""What you may do in each resource group, asked for exactly the actions that later steps need."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import ServiceError
from wizard.engine.step import Action, Outcome, Status, Step
from wizard.steps import reach
from wizard.steps.needed_rights import GIVE_ROLES, NEEDED, Needed, Role, role_for
from wizard.steps.role_changes import MANAGING, activation, assignment, assignment_name, principal, removal
from wizard.steps.role_changes import OWNER as OWNER_ROLE

if TYPE_CHECKING:
    from wizard.clients.access import Eligible, Verdict

ACTIVATION = "https://portal.azure.com/#view/Microsoft_Azure_PIMCommon/ActivationMenuBlade/~/azurerbac"
OWNER = "an owner of the resource group"
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
BY_CHECK, BY_ROLES = "checkAccess", "the permissions of your roles (deny assignments are not seen so)"


def scope(context: Context) -> str:
    """The id of the environment's resource group."""
    return context.facts("azure.groups")["id"]


async def look(context: Context) -> tuple[list[Verdict], str]:
    """A verdict for each needed action, and how it was had: asked of Azure, or worked out from our roles' permissions
    where Azure does not answer that question.
    """
    access, needed = await reach.access(context), NEEDED[context.environment]
    try:
        verdicts = await context.call(
            reach.ARM, access.check, scope(context), principal(context), needed.actions, needed.data
        )
    except ServiceError as error:
        if error.status not in (400, 403, 404):
            raise
        group = context.answer("resource_group")
        return await context.call(reach.ARM, access.permissions, group, needed.actions, needed.data), BY_ROLES
    return verdicts, BY_CHECK


def left_out(condition: str, needed: Needed) -> list[Role]:
    """The roles that have to be given and that a condition, which lists the roles that may be given, does not name."""
    named = {each.lower() for each in _GUID.findall(condition)}
    return [role for role in needed.to_give if named and role.id not in named]


def lacking(verdicts: list[Verdict], needed: Needed) -> list[Role]:
    """The roles that would allow what is not allowed, each once."""
    return list(dict.fromkeys(role_for(each.action, needed) for each in verdicts if not each.allowed))


async def check(context: Context) -> Outcome:
    """Everything that later steps do in the group is allowed."""
    needed = NEEDED[context.environment]
    verdicts, how = await look(context)
    denied = next((each for each in verdicts if each.denial), None)
    if denied is not None:
        return _denied(context, denied)
    missing = [each.action for each in verdicts if not each.allowed]
    if missing:
        return await _missing(context, missing, lacking(verdicts, needed))
    condition = next((each.condition for each in verdicts if each.action == GIVE_ROLES and each.condition), "")
    closed = left_out(condition, needed)
    if closed:
        return _conditional(context, closed)
    group = context.answer("resource_group")
    return Outcome(
        Status.OK,
        f"all that is needed in {group}",
        proof=f"{how} at {scope(context)}: {', '.join(each.action for each in verdicts)} allowed",
    )


def _denied(context: Context, verdict: Verdict) -> Outcome:
    account = context.facts("signin.azure").get("account", "me")
    return Outcome(
        Status.FAIL,
        f"The deny assignment {verdict.denial} forbids {verdict.action} in {context.answer('resource_group')}.",
        fix="have it lifted or changed by whoever made it; another role does not help",
        diagnosis="F06",
        who="whoever made the deny assignment",
        text=f"The deny assignment {verdict.denial} stops {account}: {verdict.action} on {scope(context)}. "
        "Please except me from it.",
    )


async def _missing(context: Context, missing: list[str], roles: list[Role]) -> Outcome:
    """The outcome of refused actions: ours to mend, by a role that waits or that we may give, or somebody else's."""
    names = " and ".join(role.name for role in roles)
    more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    message = f"Not allowed in {context.answer('resource_group')}: {missing[0]}{more}."
    waiting_roles = await eligible(context, roles)
    if waiting_roles:
        held = " and ".join(each.role for each in waiting_roles)
        return Outcome(
            Status.TODO, message, fix=f"activate {held} (apply does it)", links=(ACTIVATION,), diagnosis="F06"
        )
    if GIVE_ROLES not in missing and await may_give(context):
        return Outcome(Status.TODO, message, fix=f"give yourself {names} (apply does it)", diagnosis="F06")
    account = context.facts("signin.azure").get("account", "me")
    return Outcome(
        Status.FAIL,
        message,
        fix=f"have {names} given to you on the group; after that, sign in again",
        diagnosis="F06",
        who=OWNER,
        text=f"Please give {account} (object id {principal(context)}) the role {names} on {scope(context)}. "
        "It is needed to set up the machine learning platform: " + ", ".join(missing) + ".",
    )


def _conditional(context: Context, closed: list[Role]) -> Outcome:
    names = " and ".join(role.name for role in closed)
    account = context.facts("signin.azure").get("account", "me")
    return Outcome(
        Status.FAIL,
        f"You may give roles in {context.answer('resource_group')}, but a condition leaves out {names}.",
        fix="have the condition widened",
        diagnosis="F06",
        who=OWNER,
        text=f"Please let {account} give the role {names} on {scope(context)}: the condition of the role that lets me "
        "give roles has to name " + " and ".join(f"{role.name} ({role.id})" for role in closed) + ".",
    )


async def may_give(context: Context) -> bool:
    """Whether we may give roles in the group, to ourselves too."""
    access = await reach.access(context)
    verdicts = await context.call(reach.ARM, access.check, scope(context), principal(context), [GIVE_ROLES])
    return verdicts[0].allowed


async def eligible(context: Context, roles: list[Role]) -> list[Eligible]:
    """The roles that wait to be activated and would help: those that are lacking, or Owner, which holds them all."""
    access = await reach.access(context)
    names = {role.name for role in roles}
    found = await context.call(reach.ARM, access.eligible, scope(context))
    return [each for each in found if each.role in names] or [
        each for each in found if each.role == OWNER_ROLE and names & MANAGING
    ]


async def plan(context: Context) -> list[Action] | None:
    """Activate roles that wait, else give ourselves what is lacking where we may; else somebody else must act."""
    needed = NEEDED[context.environment]
    verdicts, _ = await look(context)
    roles = lacking(verdicts, needed)
    if any(each.denial for each in verdicts):
        return None
    if not roles:
        return [] if not any(left_out(each.condition, needed) for each in verdicts) else None
    held = await eligible(context, roles)
    if held:
        data = [role for role in roles if role.name not in MANAGING | {each.role for each in held}]
        given = [assignment(context, scope(context), role, still_lacking) for role in data]
        return [*(activation(each, still_lacking) for each in held), *given]
    if any(each.action == GIVE_ROLES and not each.allowed for each in verdicts) or not await may_give(context):
        return None
    return [assignment(context, scope(context), role, still_lacking) for role in roles]


async def still_lacking(context: Context) -> list[Role]:
    """The roles that are lacking now."""
    return lacking((await look(context))[0], NEEDED[context.environment])


async def undo(context: Context) -> list[Action]:
    """Take back the roles that we gave ourselves here."""
    access, needed, place = await reach.access(context), NEEDED[context.environment], scope(context)
    actions = []
    for role in dict.fromkeys(role_for(each, needed) for each in (*needed.actions, *needed.data)):
        name = assignment_name(context, place, role)
        if await context.call(reach.ARM, access.has_assignment, place, name):
            actions.append(removal(place, role, name))
    return actions


RBAC = Step(
    id="azure.rbac",
    title="Your rights",
    why=(
        "Contributor is not enough: roles have to be given, and a key vault's secrets have roles of their own. "
        "Each action that later steps need is asked for now, so that nothing fails half-way for lack of a right."
    ),
    check=check,
    plan=plan,
    undo=undo,
    within="azure.groups",
    needs=("azure.groups",),
    manual="Send the text to an owner of the resource group; when the role is given, sign in again and check.",
    docs="https://learn.microsoft.com/azure/role-based-access-control/built-in-roles",
)
