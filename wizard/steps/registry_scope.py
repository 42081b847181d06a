"""The secret scope by which prod's cluster reads the registry's key vault, which Databricks reads as AzureDatabricks.

https://learn.microsoft.com/azure/databricks/security/secrets/#akv-ss
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import ServiceError
from wizard.engine.step import Action, Outcome, Risk, Status, Step
from wizard.steps import cluster_code, databricks_workspaces, model_registry, reach, registry_names
from wizard.steps.needed_rights import SECRETS_USER
from wizard.steps.registry_secrets import KEYS, address
from wizard.steps.role_changes import assignment_guid, until_known

if TYPE_CHECKING:
    from wizard.clients.key_vaults import KeyVault
    from wizard.clients.secret_scopes import SecretScope

AZURE_DATABRICKS = "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"  # the application's id, the same in every tenant
APPLICATION = "AzureDatabricks"
READ = "Microsoft.KeyVault/vaults/secrets/getSecret/action"
RIGHTS = ("get", "list")
REDACTED = "[REDACTED]"


def cmr(context: Context) -> Context:
    """The view of the registry's environment."""
    return context.in_environment(model_registry.CMR)


async def look(context: Context) -> SecretScope | None:
    """The scope, as the workspace has it."""
    workspace = await reach.databricks(context)
    return await context.call(workspace.host, workspace.secret_scopes.get, registry_names.SCOPE)


async def vault(context: Context) -> KeyVault | None:
    """The registry's key vault, as Azure has it."""
    there, vaults = cmr(context), await reach.key_vaults(context)
    return await context.call(reach.ARM, vaults.get, there.answer("resource_group"), there.answer("key_vault"))


async def application(context: Context) -> str:
    """The object id of AzureDatabricks in this tenant."""
    principals = await reach.service_principals(context)
    return await context.call(principals.host, principals.object_id, AZURE_DATABRICKS)


async def check(context: Context) -> Outcome:
    """The scope shows the registry's vault, the cluster reads the three secrets redacted, and MLflow resolves them."""
    outcome = await check_listed(context)
    if outcome.status is not Status.OK:
        return outcome
    expected = address(cmr(context))
    *shown, last = (await cluster_code.run(context, read_code(expected))).splitlines()
    if any(line.strip() != REDACTED for line in shown):
        return Outcome(
            Status.FAIL,
            "The cluster shows a secret's value in its output.",
            fix="use another runtime: values that a scope gives are shown as [REDACTED]",
        )
    found = json.loads(last)
    if not found["resolved"]:
        return Outcome(
            Status.FAIL,
            f"{model_registry.CENTRAL} leads to another workspace than {expected}.",
            fix=f"mlops-wizard apply --step cmr.secrets@{model_registry.CMR}",
            diagnosis="F31",
        )
    return Outcome(
        Status.OK,
        f"scope {registry_names.SCOPE} shows {vault_name(context)}",
        proof=f"{outcome.proof}; the cluster read {', '.join(KEYS)}, each shown as {REDACTED}; MLflow there resolved "
        f"{model_registry.CENTRAL} to {expected}",
        facts={"scope": registry_names.SCOPE},
    )


def vault_name(context: Context) -> str:
    """The vault's name."""
    return cmr(context).answer("key_vault")


async def check_listed(context: Context) -> Outcome:
    """The scope shows the registry's vault, and Databricks lists the three secrets by it."""
    if unneeded := model_registry.secrets_unneeded(context):
        return unneeded
    found, workspace = await look(context), await reach.databricks(context)
    if found is None:
        await application(context)  # who may not look it up cannot make the scope either: better said now
        said = f"{workspace.host} has no secret scope {registry_names.SCOPE}."
        return Outcome(Status.TODO, said, fix="apply this step, which makes it", diagnosis="F31")
    expected = cmr(context).facts("keyvault.vault")["id"]
    if found.vault.lower() != expected.lower():
        shows = found.vault.rpartition("/")[2] or "secrets that Databricks keeps itself"
        return Outcome(
            Status.FAIL,
            f"The scope {found.name} shows {shows}, not {vault_name(context)}.",
            fix=f"databricks secrets delete-scope {found.name}, if nobody needs it; then apply again",
        )
    keys = await context.call(workspace.host, workspace.secret_scopes.keys, found.name)
    missing = [key for key in KEYS if key not in keys]
    if missing:
        return Outcome(
            Status.TODO,
            f"The scope {found.name} does not show {', '.join(missing)}.",
            fix=f"mlops-wizard apply --step cmr.secrets@{model_registry.CMR}",
            diagnosis="F31",
        )
    return Outcome(
        Status.OK,
        f"scope {found.name} shows {vault_name(context)}",
        proof=f"{workspace.host} lists {found.name} as AZURE_KEYVAULT of {expected} with {len(keys)} key(s)",
        facts={"scope": found.name},
    )


def read_code(expected: str) -> str:
    """Code that prints each of the three secrets, and last whether MLflow resolves the registry to an address."""
    return f"""
import json
for key in {list(KEYS)!r}:
    print(dbutils.secrets.get({registry_names.SCOPE!r}, key))
from mlflow.utils.databricks_utils import get_databricks_host_creds
host = get_databricks_host_creds({model_registry.CENTRAL!r}).host
print(json.dumps({{"resolved": host.rstrip("/") == {expected!r}}}))
"""


async def may_read(context: Context, found: KeyVault) -> bool:
    """Whether AzureDatabricks may read the vault's secrets, in the way that the vault is opened by."""
    principal = await application(context)
    if not found.by_roles:
        return set(RIGHTS) <= set(found.policies.get(principal, ()))
    access = await reach.access(context)
    verdicts = await context.call(reach.ARM, access.check, found.id, principal, [], [READ])
    return all(each.allowed for each in verdicts)


async def plan(context: Context) -> list[Action] | None:
    """Let AzureDatabricks read the vault, then make the scope; a scope that shows something else is left."""
    if model_registry.secrets_unneeded(context):
        return []
    found, there = await vault(context), await look(context)
    if found is None or (there is not None and there.vault.lower() != found.id.lower()):
        return None
    actions = []
    if not await may_read(context, found):
        actions.append(Action(f"Let {APPLICATION} read {found.name}", grant_command(found), grant, key=found.id))
    if there is None:
        host = (await reach.databricks(context)).host
        command = (
            f"databricks secrets create-scope {registry_names.SCOPE} --scope-backend-type AZURE_KEYVAULT "
            f'--json \'{{"backend_azure_keyvault": {{"resource_id": "{found.id}", "dns_name": '
            f'"https://{found.host}/"}}}}\'  # at https://{host}, with an Entra token'
        )
        actions.append(Action(f"Create secret scope {registry_names.SCOPE}", command, create, key=registry_names.SCOPE))
    return actions


def grant_command(found: KeyVault) -> str:
    """The equivalent command."""
    if found.by_roles:
        return f"az role assignment create {role_of(found)}"
    rights = " ".join(RIGHTS)
    return f"az keyvault set-policy --name {found.name} --spn {AZURE_DATABRICKS} --secret-permissions {rights}"


def role_of(found: KeyVault) -> str:
    """The arguments that name the role, who has it, and where."""
    return f'--assignee {AZURE_DATABRICKS} --role "{SECRETS_USER.name}" --scope {found.id}'


async def grant(context: Context) -> None:
    """Let AzureDatabricks read the vault's secrets, and wait until that counts."""
    found, principal = await vault(context), await application(context)
    if found is None:
        raise ServiceError(f"{vault_name(context)} is gone.", service="Azure", fix="apply keyvault.vault@cmr first")
    if not found.by_roles:
        vaults, tenant = await reach.key_vaults(context), context.facts("signin.azure")["tenant"]
        group = cmr(context).answer("resource_group")
        await context.call(reach.ARM, vaults.add_policy, group, found.name, tenant, principal, RIGHTS)
        return
    access, name = await reach.access(context), assignment_guid(found.id, principal, SECRETS_USER)
    await context.call(reach.ARM, access.assign, found.id, name, SECRETS_USER.id, principal, "ServicePrincipal")
    await until_known(context, SECRETS_USER.name, lambda: may_read(context, found))


async def create(context: Context) -> None:
    """Make the scope, with our own Entra token; one that is there is left."""
    found, workspace = await vault(context), await reach.databricks(context)
    if found is not None and await look(context) is None:
        scopes = workspace.secret_scopes
        await context.call(workspace.host, scopes.create_of_vault, registry_names.SCOPE, found.id, found.host)


async def undo(context: Context) -> list[Action]:
    """Delete the scope that shows our vault, where its workspace still stands, and take AzureDatabricks' role back."""
    if not cmr(context).facts("keyvault.vault"):
        return []
    found, actions = await vault(context), []
    there = await look(context) if await databricks_workspaces.stands(context) else None
    if there is not None and there.vault.lower() == cmr(context).facts("keyvault.vault")["id"].lower():
        command = f"databricks secrets delete-scope {there.name}"
        actions.append(Action(f"Delete secret scope {there.name}", command, delete, key=there.name))
    if found is not None and found.by_roles and await given(context, found):
        command = f"az role assignment delete {role_of(found)}"
        title = f"Take {APPLICATION}'s role on {found.name} back"
        actions.append(Action(title, command, take_back, key=found.id, risk=Risk.HARD_TO_UNDO))
    return actions


async def given(context: Context, found: KeyVault) -> bool:
    """Whether AzureDatabricks has the role by our own assignment."""
    access, name = await reach.access(context), assignment_guid(found.id, await application(context), SECRETS_USER)
    return await context.call(reach.ARM, access.has_assignment, found.id, name)


async def delete(context: Context) -> None:
    """Delete the scope; the vault stays as it is."""
    workspace = await reach.databricks(context)
    await context.call(workspace.host, workspace.secret_scopes.delete, registry_names.SCOPE)


async def take_back(context: Context) -> None:
    """Take AzureDatabricks' role back."""
    found = await vault(context)
    if found is not None and await given(context, found):
        access, name = await reach.access(context), assignment_guid(found.id, await application(context), SECRETS_USER)
        await context.call(reach.ARM, access.unassign, found.id, name)


SCOPE = Step(
    id="cmr.scope",
    title="Secret scope of the registry",
    why=(
        "Jobs in prod read the registry's address and token from the key vault, and no log ever shows them. "
        "Databricks reads the vault as an application of its own, which has to be let in first."
    ),
    check=check,
    look=check_listed,
    plan=plan,
    undo=undo,
    needs=("cmr.secrets", "databricks.cluster", "databricks.libraries"),
    manual="A scope of that name shows something else: delete it, if nobody needs it, then check again.",
    docs="https://learn.microsoft.com/azure/databricks/security/secrets/",
    time_limit=150.0,
)
