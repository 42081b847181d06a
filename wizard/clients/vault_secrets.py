"""The secrets of a key vault, over its own host. API: https://learn.microsoft.com/rest/api/keyvault/secrets"""

from __future__ import annotations

from azure.keyvault.secrets import SecretClient

from wizard.clients.azure_login import Credential
from wizard.clients.faults import translated
from wizard.clients.limits import AZURE_CORE


class VaultSecrets:
    """The secrets of one vault; `host` has no scheme."""

    def __init__(self, host: str, credential: Credential) -> None:
        self.host = host
        self._client = SecretClient(f"https://{host}", credential, **AZURE_CORE)

    def names(self) -> list[str]:
        """The names of all secrets; no value is read."""
        with translated("Key Vault"):
            return sorted(each.name or "" for each in self._client.list_properties_of_secrets())
