"""The key vault of the central model registry, from which prod will read where the registry is."""

from __future__ import annotations

from wizard.engine.context import Context
from wizard.engine.errors import NotSignedInError, ServiceError
from wizard.engine.step import Action, Kept, Outcome, Status, Step
from wizard.steps import contents, reach, vaults, waiting
from wizard.steps.role_changes import principal

MINUTES = 10  # that a new access policy or role takes to count, at most
REFUSED, SERVER_ERROR = 403, 500  # HTTP statuses; from the second on the fault is the service's


async def check(context: Context) -> Outcome:
    """The vault exists, and its own host lists the names of its secrets to us."""
    name = context.answer("key_vault")
    found = await vaults.look(context)
    if found is None:
        return Outcome(Status.TODO, f"{name} does not exist.")
    if found.state != vaults.READY:
        return Outcome(Status.TODO, f"{name} is {found.state.lower()}.")
    model = "roles (RBAC)" if found.by_roles else "access policies"
    secrets = await reach.vault_secrets(context, found.host)
    try:
        names = await context.call(found.host, secrets.names)
    except ServiceError as error:
        if error.status == REFUSED and not found.by_roles and not found.closed:
            return Outcome(Status.TODO, f"{name} goes by {model}, and none is for you.", diagnosis="F30")
        raise
    closed = ", closed to other networks than those its firewall names" if found.closed else ""
    return Outcome(
        Status.OK,
        f"{found.host}, opened by {model}{closed}",
        proof=f"{found.host} listed {len(names)} secret(s); {reach.ARM} read {found.id}, state {found.state}",
        facts={"id": found.id, "name": name, "host": found.host, "model": "rbac" if found.by_roles else "policies"},
    )


async def plan(context: Context) -> list[Action]:
    """Create the vault, or let ourselves into one that goes by access policies."""
    name = context.answer("key_vault")
    found = await vaults.look(context)
    if found is None or found.state != vaults.READY:
        return [Action(f"Create key vault {name}", vaults.create_command(context), create, key=name)]
    if found.by_roles:
        return []
    command = f"az keyvault set-policy --name {name} --object-id {principal(context)} --secret-permissions get list set"
    return [Action(f"Let yourself into {name}", command, let_in, key=name)]


async def create(context: Context) -> None:
    """Create the vault, and wait until its own host lets us in."""
    found = await vaults.create(context)
    await until_open(context, found.host)


async def let_in(context: Context) -> None:
    """Add an access policy for ourselves, and wait until it counts."""
    found = await vaults.look(context)
    access = await reach.key_vaults(context)
    tenant = context.facts("signin.azure")["tenant"]
    group, name = context.answer("resource_group"), context.answer("key_vault")
    await context.call(reach.ARM, access.add_policy, group, name, tenant, principal(context))
    if found is not None:
        await until_open(context, found.host)


async def until_open(context: Context, host: str) -> None:
    """Wait until the vault lists its secrets to us: new names and rights take minutes to be known everywhere."""
    secrets = await reach.vault_secrets(context, host)

    async def refusal() -> str:
        try:
            await context.call(host, secrets.names)
        except ServiceError as error:
            own_fault = error.status >= SERVER_ERROR or isinstance(error, NotSignedInError)
            if own_fault or error.code in ("ForbiddenByFirewall", "ForbiddenByConnection"):  # waiting will not help
                raise
            return error.message
        return ""

    await waiting.until(context, refusal, lambda said: not said, lambda said: said, MINUTES)


async def undo(context: Context) -> list[Action | Kept]:
    """Delete the vault and purge it."""
    found = await vaults.look(context)
    loses = await contents.told(contents.of_vault(context, found.host)) if found else ()
    return await vaults.removal(context, loses)


VAULT = Step(
    id="keyvault.vault",
    title="Key vault of the registry",
    why=(
        "Prod registers its models in a central registry; where that is, and the token for it, is kept in this vault. "
        "Its secrets are opened by roles, so that Databricks can be let in to read and nobody else."
    ),
    check=check,
    plan=plan,
    undo=undo,
    needs=("azure.rbac", "azure.providers"),
    manual="Have the role Key Vault Secrets Officer given to you on the vault, then check again.",
    docs="https://learn.microsoft.com/azure/key-vault/general/rbac-guide",
)
