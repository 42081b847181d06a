"""How steps reach the services: clients made when first needed, in a thread, and shared by all steps."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from wizard.engine.context import Context
from wizard.engine.errors import AnswerError

if TYPE_CHECKING:
    from wizard.clients.access import Access
    from wizard.clients.arm_resources import ArmResources
    from wizard.clients.azure_login import Credential, Login
    from wizard.clients.blobs import Blobs
    from wizard.clients.databricks import Databricks
    from wizard.clients.databricks_workspaces import DatabricksWorkspaces
    from wizard.clients.devops import DevOps
    from wizard.clients.directory import ServicePrincipals
    from wizard.clients.key_vaults import KeyVaults
    from wizard.clients.managed_identities import ManagedIdentities
    from wizard.clients.ml_computes import MLComputes
    from wizard.clients.ml_services import MLServices
    from wizard.clients.ml_workspaces import MLWorkspaces
    from wizard.clients.providers import Providers
    from wizard.clients.resource_groups import ResourceGroups
    from wizard.clients.storage_accounts import StorageAccounts
    from wizard.clients.subscriptions import Subscriptions
    from wizard.clients.usages import Usages
    from wizard.clients.vault_secrets import VaultSecrets
    from wizard.engine.secrets import Secret

T = TypeVar("T")

ARM = "management.azure.com"
ENTRA = "login.microsoftonline.com"
DEVOPS = "dev.azure.com"

DEVOPS_TOKEN = "AZURE_DEVOPS_EXT_PAT"  # noqa: S105 - the variable that Azure's own tools read
BY_ENTRA, BY_TOKEN = "the Azure sign-in", f"the token in {DEVOPS_TOKEN}"


def _login_key(context: Context) -> tuple[str, str, str]:
    return "login", context.answer("azure.signin"), context.answer("azure.tenant").split(" ")[0]


async def login(context: Context) -> Login:
    """The way to sign in that the person chose, with what it has cached."""
    key = _login_key(context)
    _, method, tenant = key
    record = context.facts("signin.azure").get("record", "")
    cache = f"mlops-wizard.{context.project.cloud}"

    def make() -> Login:
        from wizard.clients.azure_login import Login

        return Login(method, tenant, record, cache)

    return await context.service(key, make)


def forget_login(context: Context) -> None:
    """Sign in anew the next time: MSAL repeats a refusal for a minute or two, even if its reason is gone meanwhile."""
    context.session.services.forget(_login_key(context))


def subscription(context: Context) -> str:
    """The id of the chosen subscription; AnswerError when none is known yet."""
    found = context.facts("signin.azure").get("subscription", "")
    if not found:
        raise AnswerError("No subscription is chosen yet.", fix="sign in to Azure first")
    return found


async def subscriptions(context: Context) -> Subscriptions:
    """The list of subscriptions."""
    credential = (await login(context)).credential

    def make() -> Subscriptions:
        from wizard.clients.subscriptions import Subscriptions

        return Subscriptions(credential)

    return await context.service(("subscriptions", credential), make)


async def of_subscription(context: Context, key: str, kind: Callable[[], Callable[[Credential, str], T]]) -> T:
    """The client of that key for the chosen subscription; `kind` brings its class in when it is first needed."""
    credential, chosen = (await login(context)).credential, subscription(context)
    return await context.service((key, credential, chosen), lambda: kind()(credential, chosen))


async def resource_groups(context: Context) -> ResourceGroups:
    """Resource groups of the chosen subscription."""

    def kind() -> type[ResourceGroups]:
        from wizard.clients.resource_groups import ResourceGroups

        return ResourceGroups

    return await of_subscription(context, "resource groups", kind)


async def providers(context: Context) -> Providers:
    """Resource providers of the chosen subscription."""

    def kind() -> type[Providers]:
        from wizard.clients.providers import Providers

        return Providers

    return await of_subscription(context, "providers", kind)


async def usages(context: Context) -> Usages:
    """Cores in use and their limits in the chosen subscription."""

    def kind() -> type[Usages]:
        from wizard.clients.usages import Usages

        return Usages

    return await of_subscription(context, "usages", kind)


async def access(context: Context) -> Access:
    """Who may do what in the chosen subscription."""

    def kind() -> type[Access]:
        from wizard.clients.access import Access

        return Access

    return await of_subscription(context, "access", kind)


async def arm_resources(context: Context) -> ArmResources:
    """Any resource of Azure by its id."""
    credential = (await login(context)).credential

    def make() -> ArmResources:
        from wizard.clients.arm_resources import ArmResources

        return ArmResources(credential)

    return await context.service(("arm resources", credential), make)


async def managed_identities(context: Context) -> ManagedIdentities:
    """Managed identities of the chosen subscription."""

    def kind() -> type[ManagedIdentities]:
        from wizard.clients.managed_identities import ManagedIdentities

        return ManagedIdentities

    return await of_subscription(context, "managed identities", kind)


async def storage_accounts(context: Context) -> StorageAccounts:
    """Storage accounts of the chosen subscription."""

    def kind() -> type[StorageAccounts]:
        from wizard.clients.storage_accounts import StorageAccounts

        return StorageAccounts

    return await of_subscription(context, "storage accounts", kind)


async def key_vaults(context: Context) -> KeyVaults:
    """Key vaults of the chosen subscription."""

    def kind() -> type[KeyVaults]:
        from wizard.clients.key_vaults import KeyVaults

        return KeyVaults

    return await of_subscription(context, "key vaults", kind)


async def vault_secrets(context: Context, host: str) -> VaultSecrets:
    """The secrets of a key vault, entered with the Azure sign-in."""
    credential = (await login(context)).credential

    def make() -> VaultSecrets:
        from wizard.clients.vault_secrets import VaultSecrets

        return VaultSecrets(host, credential)

    return await context.service(("vault secrets", credential, host), make)


async def service_principals(context: Context) -> ServicePrincipals:
    """The enterprise applications of the directory."""
    credential = (await login(context)).credential

    def make() -> ServicePrincipals:
        from wizard.clients.directory import ServicePrincipals

        return ServicePrincipals(credential)

    return await context.service(("service principals", credential), make)


async def ml_workspaces(context: Context) -> MLWorkspaces:
    """Azure ML workspaces of the chosen subscription."""

    def kind() -> type[MLWorkspaces]:
        from wizard.clients.ml_workspaces import MLWorkspaces

        return MLWorkspaces

    return await of_subscription(context, "ml workspaces", kind)


async def ml_computes(context: Context) -> MLComputes:
    """The computes of Azure ML workspaces."""
    credential = (await login(context)).credential

    def make() -> MLComputes:
        from wizard.clients.ml_computes import MLComputes

        return MLComputes(credential)

    return await context.service(("ml computes", credential), make)


async def ml_services(context: Context) -> MLServices:
    """The services of this environment's Azure ML workspace."""
    credential, facts = (await login(context)).credential, context.facts("aml.workspaces")
    workspaces = await ml_workspaces(context)

    def make() -> MLServices:
        from wizard.clients.ml_services import MLServices

        return MLServices(workspaces.services(facts["discovery"])["modelmanagement"], facts["id"], credential)

    return await context.service(("ml services", credential, facts["id"]), make)


async def databricks_workspaces(context: Context) -> DatabricksWorkspaces:
    """Databricks workspaces of the chosen subscription."""

    def kind() -> type[DatabricksWorkspaces]:
        from wizard.clients.databricks_workspaces import DatabricksWorkspaces

        return DatabricksWorkspaces

    return await of_subscription(context, "databricks workspaces", kind)


async def databricks_at(context: Context, host: str, resource_id: str) -> Databricks:
    """A workspace entered with the Azure sign-in."""
    credential = (await login(context)).credential

    def make() -> Databricks:
        from wizard.clients.databricks import Databricks, EntraSignIn

        return Databricks(host, EntraSignIn(credential, resource_id))

    return await context.service(("databricks", credential, host), make)


async def databricks(context: Context) -> Databricks:
    """This environment's workspace, entered with the Azure sign-in."""
    facts = context.facts("databricks.workspaces")
    return await databricks_at(context, facts["host"], facts["id"])


async def databricks_with_token(context: Context, host: str, token: Secret) -> Databricks:
    """A workspace entered with a personal access token, as the install script and pipelines do."""

    def make() -> Databricks:
        from wizard.clients.databricks import Databricks, TokenSignIn

        return Databricks(host, TokenSignIn(token))

    return await context.service(("databricks with token", host, token), make)


async def devops(context: Context, url: str) -> DevOps:
    """An Azure DevOps organisation entered with the Azure sign-in."""
    credential = (await login(context)).credential

    def make() -> DevOps:
        from wizard.clients.devops import DevOps
        from wizard.clients.devops_sign_in import EntraSignIn

        return DevOps(url, EntraSignIn(credential))

    return await context.service(("devops", credential, url), make)


async def devops_with_token(context: Context, url: str, token: Secret) -> DevOps:
    """An Azure DevOps organisation entered with a personal access token."""

    def make() -> DevOps:
        from wizard.clients.devops import DevOps
        from wizard.clients.devops_sign_in import TokenSignIn

        return DevOps(url, TokenSignIn(token))

    return await context.service(("devops with token", url, token), make)


async def devops_as_signed_in(context: Context) -> DevOps:
    """The organisation that `signin.devops` entered, by the credential that opened it there."""
    facts = context.facts("signin.devops")
    if not facts.get("url"):
        raise AnswerError("No Azure DevOps organisation is entered yet.", fix="sign in to Azure DevOps first")
    if facts.get("by") == BY_TOKEN:
        return await devops_with_token(context, facts["url"], context.secrets.guard(os.environ.get(DEVOPS_TOKEN, "")))
    return await devops(context, facts["url"])


async def account_key(context: Context) -> Secret:
    """The key of this environment's storage account: read each time it is needed, kept in memory only."""
    accounts = await storage_accounts(context)
    group, name = context.answer("resource_group"), context.answer("storage_account")
    return context.secrets.guard(await context.call(ARM, accounts.key, group, name))


async def blobs(context: Context) -> Blobs:
    """The blobs of this environment's storage account."""
    name, host = context.answer("storage_account"), context.facts("storage.accounts")["blob_host"]
    key = await account_key(context)

    def make() -> Blobs:
        from wizard.clients.blobs import Blobs

        return Blobs(host, name, key)

    return await context.service(("blobs", name, key), make)
