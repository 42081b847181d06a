"""What prod's cluster has to know of the central registry: host, token and number of its workspace, in the key vault.

MLflow reads exactly three secrets for `databricks://SCOPE:PREFIX`: PREFIX-host, PREFIX-token and PREFIX-workspace-id
(mlflow/utils/databricks_utils.py, get_databricks_host_creds).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wizard.engine.context import Context
from wizard.engine.errors import AnswerError
from wizard.engine.secrets import Secret
from wizard.engine.step import Action, Outcome, Risk, Status, Step
from wizard.steps import model_registry, reach, registry_names
from wizard.steps.databricks_tokens import who_answers
from wizard.steps.script_files import token_key
from wizard.steps.tags import TAG, tags

if TYPE_CHECKING:
    from wizard.clients.vault_secrets import VaultSecret, VaultSecrets

HOST, TOKEN, NUMBER = (f"{registry_names.PREFIX}-{each}" for each in ("host", "token", "workspace-id"))
KEYS = (HOST, TOKEN, NUMBER)
SCHEME = "https://"


def address(context: Context) -> str:
    """The registry's workspace, with its scheme: some versions of MLflow take none without."""
    return SCHEME + context.facts("databricks.workspaces")["host"]


def wanted(context: Context) -> dict[str, Secret]:
    """The secrets and their values. AnswerError while the token is not known on this machine."""
    token = context.secrets.get(token_key(context))
    if token is None:
        raise AnswerError(
            "The token of the registry's workspace is not known on this machine.",
            fix=f"mlops-wizard apply --step databricks.token@{context.environment}",
        )
    number = context.facts("databricks.workspaces")["number"]
    return {HOST: Secret(address(context)), TOKEN: token, NUMBER: Secret(number)}


async def vault(context: Context) -> VaultSecrets:
    """The secrets of the registry's key vault."""
    return await reach.vault_secrets(context, context.facts("keyvault.vault")["host"])


async def held(context: Context) -> dict[str, VaultSecret | None]:
    """What the vault has; the token is masked from now on, wherever it would be shown."""
    secrets = await vault(context)
    found = {key: await context.call(secrets.host, secrets.get, key) for key in KEYS}
    there = found[TOKEN]
    if there is not None and there.value.reveal():
        context.secrets.guard(there.value.reveal())
    return found


def objection(name: str, there: VaultSecret | None, value: Secret) -> str:
    """What is wrong with one secret, in words; "" when it is as it should be."""
    if there is None:
        return f"{name} is missing"
    if not there.enabled:
        return f"{name} is disabled"
    if there.expires and there.expires < time.time():
        return f"{name} has expired"
    if name == HOST and not there.value.reveal().startswith(SCHEME):
        return f"{name} does not begin with {SCHEME}"
    return f"{name} has another value than {described(name)}" if there.value != value else ""


def described(name: str) -> str:
    """What a secret has to be, in words."""
    return {HOST: "the address of the workspace", TOKEN: "the token kept here", NUMBER: "the workspace's id"}[name]


async def check(context: Context) -> Outcome:
    """The three secrets are there, may be read and have not expired, and the token opens the workspace they name."""
    if unneeded := model_registry.secrets_unneeded(context):
        return unneeded
    found, values = await held(context), wanted(context)
    wrong = [each for each in (objection(name, found[name], values[name]) for name in KEYS) if each]
    place = context.facts("keyvault.vault")["name"]
    if wrong:
        more = f" ({len(wrong) - 1} more)" if len(wrong) > 1 else ""
        fix = "apply this step, which writes what differs"
        return Outcome(Status.TODO, f"In {place}: {wrong[0]}{more}.", fix=fix, diagnosis="F31")
    user = await who_answers(context, values[TOKEN])
    if not user:
        return Outcome(
            Status.FAIL,
            f"{address(context)} refuses the token that {place} holds as {TOKEN}.",
            fix=f"mlops-wizard apply --step databricks.token@{context.environment}; then apply this step",
            diagnosis="F31",
        )
    number = context.facts("databricks.workspaces")["number"]
    return Outcome(
        Status.OK,
        f"{', '.join(KEYS)} in {place}",
        proof=f"{context.facts('keyvault.vault')['host']} gave all three, enabled; {address(context)} (workspace "
        f"{number}) answered /scim/v2/Me with {TOKEN}: {user}",
        facts={"vault": place},
    )


async def plan(context: Context) -> list[Action]:
    """Write the secrets that are missing or differ."""
    if model_registry.secrets_unneeded(context):
        return []
    found, values = await held(context), wanted(context)
    differing = [name for name in KEYS if objection(name, found[name], values[name])]
    if not differing:
        return []
    place = context.facts("keyvault.vault")["name"]
    shown = {HOST: address(context), TOKEN: "[secret]", NUMBER: context.facts("databricks.workspaces")["number"]}
    command = "; ".join(
        f"az keyvault secret set --vault-name {place} --name {name} --value {shown[name]}" for name in differing
    )
    return [Action(f"Write {', '.join(differing)} into {place}", command, write, key=place)]


async def write(context: Context) -> None:
    """Write what differs; the token ends in the vault when it ends in the workspace."""
    secrets, found, values = await vault(context), await held(context), wanted(context)
    ends = float(context.facts("databricks.token").get("expires") or 0)
    for name in KEYS:
        if objection(name, found[name], values[name]):
            end = ends if name == TOKEN else 0.0
            await context.call(secrets.host, secrets.set, name, values[name], tags(context), end)


async def ours(context: Context) -> list[str]:
    """Which of the three secrets carry our tag."""
    secrets = await vault(context)
    names = await context.call(secrets.host, secrets.names)
    foreign = await context.call(secrets.host, secrets.unmarked, TAG)
    return [name for name in KEYS if name in names and name not in foreign]


async def undo(context: Context) -> list[Action]:
    """Delete and purge the three secrets, as far as they are ours; others in the vault stay."""
    if not context.facts("keyvault.vault"):
        return []
    place, there = context.facts("keyvault.vault")["name"], await ours(context)
    if not there:
        return []
    command = "; ".join(
        f"az keyvault secret {verb} --vault-name {place} --name {name}"
        for name in there
        for verb in ("delete", "purge")
    )
    return [Action(f"Delete {', '.join(there)} in {place}", command, purge, key=place, risk=Risk.HARD_TO_UNDO)]


async def purge(context: Context) -> None:
    """Delete and purge our secrets."""
    secrets = await vault(context)
    for name in await ours(context):
        await context.call(secrets.host, secrets.purge, name)


SECRETS = Step(
    id="cmr.secrets",
    title="Secrets of the registry",
    why=(
        "Prod's cluster finds the central registry by three secrets: its workspace's address, a token, and its id. "
        "MLflow reads these names and no others, and an address without https:// is one of its quieter failures."
    ),
    check=check,
    plan=plan,
    undo=undo,
    within="keyvault.vault",
    needs=("keyvault.vault", "databricks.token"),
    docs="https://learn.microsoft.com/azure/databricks/archive/machine-learning/manage-model-lifecycle/multiple-workspaces",
)
