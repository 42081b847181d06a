"""Secret scopes of a workspace. API: https://docs.databricks.com/api/azure/workspace/secrets"""

from __future__ import annotations

from dataclasses import dataclass

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.workspace import AzureKeyVaultSecretScopeMetadata, ScopeBackendType

from wizard.clients.databricks_faults import translated
from wizard.engine.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class SecretScope:
    """A scope; `vault` is the resource id of the key vault that it shows, "" for one that Databricks keeps itself."""

    name: str
    vault: str


class SecretScopes:
    """Lists, makes and deletes scopes, and lists the keys in one; no value is read."""

    def __init__(self, sdk: WorkspaceClient) -> None:
        self._secrets = sdk.secrets

    def get(self, name: str) -> SecretScope | None:
        """The scope of that name, or None."""
        with translated():
            found = next((each for each in self._secrets.list_scopes() if each.name == name), None)
        if found is None:
            return None
        vault = found.keyvault_metadata
        return SecretScope(name, vault.resource_id if vault else "")

    def create_of_vault(self, name: str, vault_id: str, vault_host: str) -> None:
        """Show a key vault as a scope; needs an Entra token, and rights on the vault to let Databricks in."""
        vault = AzureKeyVaultSecretScopeMetadata(resource_id=vault_id, dns_name=f"https://{vault_host}/")
        with translated():
            self._secrets.create_scope(
                name, scope_backend_type=ScopeBackendType.AZURE_KEYVAULT, backend_azure_keyvault=vault
            )

    def keys(self, name: str) -> list[str]:
        """The names of the secrets in a scope, as Databricks reads them now."""
        with translated():
            return sorted(each.key or "" for each in self._secrets.list_secrets(name))

    def delete(self, name: str) -> None:
        """Delete a scope; the key vault behind it stays as it is."""
        try:
            with translated():
                self._secrets.delete_scope(name)
        except NotFoundError:
            return
