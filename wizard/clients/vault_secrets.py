"""The secrets of a key vault, over its own host. API: https://learn.microsoft.com/rest/api/keyvault/secrets"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from azure.keyvault.secrets import KeyVaultSecret, SecretClient

from wizard.clients.azure_login import Credential
from wizard.clients.faults import translated
from wizard.clients.foreign_pages import AZURE_CLIENT
from wizard.engine.errors import NotFoundError, ServiceError
from wizard.engine.secrets import Secret

DELETED = "ObjectIsDeletedButRecoverable"


@dataclass(frozen=True, slots=True)
class VaultSecret:
    """One secret. `expires` is in seconds since 1970, 0 for never; `enabled` is false while nobody may read it."""

    name: str
    value: Secret
    enabled: bool
    expires: float


@dataclass(frozen=True, slots=True)
class SecretLife:
    """What the vault tells of a secret without its value. `expires` is in seconds since 1970, 0 for never."""

    name: str
    enabled: bool
    expires: float


class VaultSecrets:
    """The secrets of one vault; `host` has no scheme."""

    def __init__(self, host: str, credential: Credential) -> None:
        self.host = host
        self._client = SecretClient(f"https://{host}", credential, **AZURE_CLIENT)

    def unmarked(self, tag: str) -> list[str]:
        """The names of the secrets without a tag of that name."""
        with translated("Key Vault"):
            return sorted(
                each.name or "" for each in self._client.list_properties_of_secrets() if tag not in (each.tags or {})
            )

    def names(self) -> list[str]:
        """The names of all secrets; no value is read."""
        with translated("Key Vault"):
            return sorted(each.name or "" for each in self._client.list_properties_of_secrets())

    def lives(self, pages: int, size: int) -> list[SecretLife]:
        """Whether secrets are enabled and when they end, by one request a page (25 at most); no value is read."""
        with translated("Key Vault"):
            found = self._client.list_properties_of_secrets(max_page_size=size)
            return [
                SecretLife(each.name or "", bool(each.enabled), each.expires_on.timestamp() if each.expires_on else 0.0)
                for each in islice(found, pages * size)
            ]

    def get(self, name: str) -> VaultSecret | None:
        """A secret as it is now, or None. A disabled one is given without its value, which the vault keeps back."""
        try:
            with translated("Key Vault"):
                return _secret(self._client.get_secret(name))
        except NotFoundError:
            return None
        except ServiceError as error:
            if error.status == 403 and "disabled" in error.message:
                return VaultSecret(name, Secret(""), enabled=False, expires=0.0)
            raise

    def set(self, name: str, value: Secret, tags: Mapping[str, str], expires: float = 0.0) -> None:
        """Give a secret a new version; one that was deleted and still holds its name is taken back first."""
        try:
            self._set(name, value, tags, expires)
        except ServiceError as error:
            if DELETED not in error.body:
                raise
            with translated("Key Vault"):
                self._client.begin_recover_deleted_secret(name).wait()
            self._set(name, value, tags, expires)

    def _set(self, name: str, value: Secret, tags: Mapping[str, str], expires: float) -> None:
        ends = datetime.fromtimestamp(expires, UTC) if expires else None
        with translated("Key Vault"):
            self._client.set_secret(name, value.reveal(), expires_on=ends, enabled=True, tags=dict(tags))

    def purge(self, name: str) -> None:
        """Delete a secret, and purge it so that its name is free; one that is gone already is no error."""
        with contextlib.suppress(NotFoundError), translated("Key Vault"):
            self._client.begin_delete_secret(name).wait()
        with contextlib.suppress(NotFoundError), translated("Key Vault"):
            self._client.purge_deleted_secret(name)


def _secret(found: KeyVaultSecret) -> VaultSecret:
    about = found.properties
    ends = about.expires_on.timestamp() if about.expires_on else 0.0
    return VaultSecret(found.name or "", Secret(found.value or ""), bool(about.enabled), ends)
