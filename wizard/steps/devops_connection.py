"""The service connection by which a stage of the pipeline gets into Azure: without a secret, to one resource group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.step import Action, Kept, Outcome, Risk, Status, Step
from wizard.steps import reach
from wizard.steps.needed_rights import CONTRIBUTOR, NEEDED
from wizard.steps.role_changes import assignment_guid, until_known
from wizard.steps.tags import has_our_note, has_our_tag, mark, not_ours, note, tags

if TYPE_CHECKING:
    from wizard.clients.managed_identities import Federation, ManagedIdentity
    from wizard.clients.service_connections import ServiceConnection

FEDERATION = "WorkloadIdentityFederation"
ADMINISTRATOR = "an administrator of the Azure DevOps project"


def connection_name(environment: str) -> str:
    """The connection's name; the pipeline's YAML file has it as it is, since names are resolved before variables."""
    return f"mlops-wizard-{environment}"


def identity_name(context: Context) -> str:
    """The name of the managed identity that the connection signs in as."""
    return f"id-{mark(context)}"


def project(context: Context) -> tuple[str, str]:
    """The id and the name of the project in Azure DevOps."""
    facts = context.facts("signin.devops")
    return facts["project_id"], facts["project"]


def scope(context: Context) -> str:
    """What the connection may change: the environment's resource group."""
    return context.facts("azure.groups")["id"]


async def look(context: Context) -> ServiceConnection | None:
    """The connection, as the project has it."""
    service = await reach.devops_as_signed_in(context)
    name = connection_name(context.environment)
    return await context.call(reach.DEVOPS, service.connections.get, project(context)[1], name)


async def look_at_identity(context: Context) -> ManagedIdentity | None:
    """The managed identity of the environment."""
    identities = await reach.managed_identities(context)
    return await context.call(reach.ARM, identities.get, context.answer("resource_group"), identity_name(context))


async def federations(context: Context) -> dict[str, Federation]:
    """Whose tokens prove the identity."""
    identities = await reach.managed_identities(context)
    group = context.answer("resource_group")
    return await context.call(reach.ARM, identities.federations, group, identity_name(context))


async def may_work(context: Context, identity: ManagedIdentity) -> bool:
    """Whether the identity may do in the group what the pipeline does there."""
    access = await reach.access(context)
    wanted = [each for each in NEEDED[context.environment].actions if "/workspaces/" in each]
    verdicts = await context.call(reach.ARM, access.check, scope(context), identity.principal_id, wanted)
    return all(each.allowed for each in verdicts)


async def check(context: Context) -> Outcome:
    """The connection is ready, the identity behind it trusts its tokens, and may work in the resource group."""
    name, found = connection_name(context.environment), await look(context)
    if found is None:
        return Outcome(Status.TODO, f"{name} does not exist.")
    if not found.ready:
        return Outcome(
            Status.FAIL,
            f"{name} is not ready{': ' + found.problem if found.problem else ''}.",
            fix="delete it in the project's settings under Service connections, then apply again",
            diagnosis="F25",
        )
    identity = await look_at_identity(context)
    if found.scheme != FEDERATION or identity is None or identity.client_id != found.client_id:
        return _made_by_somebody_else(context, found)
    held = list((await federations(context)).values())
    if not any((each.issuer, each.subject) == (found.issuer, found.subject) for each in held):
        return _not_trusted(name, found, held)
    if not await may_work(context, identity):
        return Outcome(Status.TODO, f"{identity.name} has no right in {context.answer('resource_group')} yet.")
    return Outcome(
        Status.OK,
        f"{name} signs in as {identity.name}, without a secret",
        proof=(
            f"{context.facts('signin.devops')['url']} says it is ready; {reach.ARM}: {identity.name} trusts "
            f"{found.subject} and may work in {scope(context)}"
        ),
        facts={"id": found.id, "name": name, "client_id": identity.client_id, "principal_id": identity.principal_id},
    )


def _made_by_somebody_else(context: Context, found: ServiceConnection) -> Outcome:
    """The outcome for a connection that an administrator made: it is taken as it is, and its first run will tell."""
    how = "by federation" if found.scheme == FEDERATION else "by a secret, which will expire"
    return Outcome(
        Status.WARN,
        f"{found.name} signs in as application {found.client_id}, {how}.",
        proof=f"{context.facts('signin.devops')['url']} says it is ready; its rights are not to be seen from here",
        fix=f"see that the application is Contributor on {context.answer('resource_group')}",
        facts={"id": found.id, "name": found.name, "client_id": found.client_id},
    )


def _not_trusted(name: str, found: ServiceConnection, held: list[Federation]) -> Outcome:
    """The outcome when the identity trusts other tokens than the connection's: both are shown, side by side."""
    trusted = "; ".join(f"{each.issuer} for {each.subject}" for each in held) or "nobody"
    return Outcome(
        Status.TODO,
        f"{name} presents {found.issuer} for {found.subject}; trusted is {trusted}.",
        fix="apply lets the identity trust what the connection presents",
        diagnosis="F02",
    )


async def plan(context: Context) -> list[Action] | None:
    """Make identity, connection, trust and role, whichever is missing; a connection that somebody else made is left."""
    found, identity = await look(context), await look_at_identity(context)
    if found is not None and (not found.ready or found.scheme != FEDERATION):
        return None
    if found is not None and (identity is None or identity.client_id != found.client_id):
        return None
    name, group = identity_name(context), context.answer("resource_group")
    actions = []
    if identity is None:
        command = f"az identity create --name {name} --resource-group {group} --location {context.answer('region')}"
        actions.append(Action(f"Create managed identity {name}", command, create_identity, key=name))
    if found is None:
        title = f"Create service connection {connection_name(context.environment)}"
        command = "az devops service-endpoint create --service-endpoint-configuration connection.json"
        actions.append(Action(title, command, create_connection, key=connection_name(context.environment)))
    trusted = list((await federations(context)).values()) if identity else []
    if found is None or (found.issuer, found.subject) not in [(each.issuer, each.subject) for each in trusted]:
        command = f"az identity federated-credential create --identity-name {name} --resource-group {group} ..."
        actions.append(Action("Let the identity trust the connection", command, trust))
    if identity is None or not await may_work(context, identity):
        command = f'az role assignment create --assignee {name} --role "{CONTRIBUTOR.name}" --scope {scope(context)}'
        actions.append(Action(f"Make the identity {CONTRIBUTOR.name} of the group", command, give_role))
    return actions


async def create_identity(context: Context) -> None:
    """Create the managed identity; one that is there is only tagged."""
    identities = await reach.managed_identities(context)
    group, region = context.answer("resource_group"), context.answer("region")
    await context.call(reach.ARM, identities.create, group, identity_name(context), region, tags(context))


async def create_connection(context: Context) -> None:
    """Create the connection to the subscription, which signs in as the identity; one that is there is left."""
    from wizard.clients.service_connections import Target

    identity = await needed_identity(context)
    if await look(context) is not None:
        return
    signed_in, service = context.facts("signin.azure"), await reach.devops_as_signed_in(context)
    target = Target(
        tenant=identity.tenant,
        subscription=signed_in["subscription"],
        subscription_name=signed_in.get("subscription_name", ""),
        client_id=identity.client_id,
    )
    name, marks = connection_name(context.environment), note(context)
    await context.call(reach.DEVOPS, service.connections.create_federated, *project(context), name, target, marks)


async def trust(context: Context) -> None:
    """Let the identity trust the tokens that the connection presents."""
    from wizard.clients.managed_identities import Federation

    found, identities = await look(context), await reach.managed_identities(context)
    if found is not None:
        federation = Federation(found.issuer, found.subject)
        group, name = context.answer("resource_group"), identity_name(context)
        await context.call(reach.ARM, identities.federate, group, name, found.name, federation)


async def give_role(context: Context) -> None:
    """Make the identity Contributor of the group, and wait until that counts."""
    identity, access, place = await needed_identity(context), await reach.access(context), scope(context)
    name = assignment_guid(place, identity.principal_id, CONTRIBUTOR)
    await context.call(reach.ARM, access.assign, place, name, CONTRIBUTOR.id, identity.principal_id, "ServicePrincipal")
    await until_known(context, CONTRIBUTOR.name, lambda: may_work(context, identity))


async def needed_identity(context: Context) -> ManagedIdentity:
    """The managed identity, created if need be."""
    found = await look_at_identity(context)
    if found is None:
        await create_identity(context)
        found = await look_at_identity(context)
    assert found is not None  # noqa: S101 - created above
    return found


async def undo(context: Context) -> list[Action | Kept]:
    """Delete connection and identity; the identity's role goes with it."""
    actions: list[Action | Kept] = []
    found, identity = await look(context), await look_at_identity(context)
    if found is not None and not has_our_note(context, found.note):
        actions.append(not_ours(f"service connection {found.name}"))
    elif found is not None:
        command = f"az devops service-endpoint delete --id {found.id}"
        actions.append(Action(f"Delete service connection {found.name}", command, delete_connection, key=found.id))
    if identity is not None and not has_our_tag(context, identity.tags):
        actions.append(not_ours(f"managed identity {identity.name}"))
    elif identity is not None:
        command = f"az identity delete --ids {identity.id}"
        title = f"Delete managed identity {identity.name} and its role"
        actions.append(Action(title, command, delete_identity, key=identity.name, risk=Risk.HARD_TO_UNDO))
    return actions


async def delete_connection(context: Context) -> None:
    """Delete the connection."""
    found, service = await look(context), await reach.devops_as_signed_in(context)
    if found is not None:
        await context.call(reach.DEVOPS, service.connections.delete, project(context)[0], found)


async def delete_identity(context: Context) -> None:
    """Take the identity's role away, then delete it: a role of nobody would be left otherwise."""
    identity, access = await look_at_identity(context), await reach.access(context)
    if identity is None:
        return
    place = identity.id.partition("/providers/")[0]  # its resource group
    name = assignment_guid(place, identity.principal_id, CONTRIBUTOR)
    if await context.call(reach.ARM, access.has_assignment, place, name):
        await context.call(reach.ARM, access.unassign, place, name)
    identities = await reach.managed_identities(context)
    await context.call(reach.ARM, identities.delete, context.answer("resource_group"), identity.name)


CONNECTION = Step(
    id="devops.connection",
    title="Service connection",
    why=(
        "The pipeline works in Azure as a managed identity that may change one resource group and has no secret. "
        "Making one needs no right in the directory, unlike an application."
    ),
    check=check,
    plan=plan,
    undo=undo,
    needs=("devops.rights", "azure.rbac", "azure.providers"),
    manual="Delete the connection that is not ready, or have an administrator make one of exactly that name.",
    docs="https://learn.microsoft.com/azure/devops/pipelines/library/connect-to-azure",
)
