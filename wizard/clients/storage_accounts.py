"""Storage accounts in Azure Resource Manager. API: https://learn.microsoft.com/rest/api/storagerp/storage-accounts"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from azure.mgmt.storage import StorageManagementClient, models

from wizard.clients.azure_login import Credential
from wizard.clients.faults import translated
from wizard.clients.foreign_pages import AZURE_CLIENT
from wizard.clients.operation import Operation
from wizard.clients.resource_groups import region_code
from wizard.clients.subscriptions import ARM_HOST
from wizard.engine.errors import NotFoundError, ServiceError


@dataclass(frozen=True, slots=True)
class StorageAccount:
    """A storage account as Azure has it. `shared_key` says whether account keys are accepted."""

    name: str
    id: str
    region: str
    kind: str
    sku: str
    state: str
    blob_host: str
    minimum_tls: str
    public_blobs: bool
    shared_key: bool
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NameVerdict:
    """Whether a globally unique name is free; `reason` is Azure's (`AlreadyExists`, `AccountNameInvalid`)."""

    free: bool
    reason: str
    message: str


class StorageAccounts:
    """Reads, creates and deletes storage accounts of one subscription."""

    host = ARM_HOST

    def __init__(self, credential: Credential, subscription: str) -> None:
        self._client = StorageManagementClient(credential, subscription, **AZURE_CLIENT)

    def name_is_free(self, name: str) -> NameVerdict:
        """Ask Azure whether the name can still be had, by anybody."""
        with translated("Azure"):
            found = self._client.storage_accounts.check_name_availability(
                models.StorageAccountCheckNameAvailabilityParameters(name=name)
            )
        reason = getattr(found.reason, "value", found.reason) or ""
        return NameVerdict(bool(found.name_available), str(reason), found.message or "")

    def get(self, group: str, name: str) -> StorageAccount | None:
        """The account, or None when the group has none of that name (or the group is not there)."""
        try:
            with translated("Azure"):
                found = self._client.storage_accounts.get_properties(group, name)
        except NotFoundError:
            return None
        endpoint = found.primary_endpoints.blob if found.primary_endpoints else ""
        return StorageAccount(
            name=found.name or name,
            id=found.id or "",
            region=region_code(found.location),
            kind=_text(found.kind),
            sku=_text(found.sku.name) if found.sku else "",
            state=_text(found.provisioning_state),
            blob_host=(endpoint or f"https://{name}.blob.core.windows.net").removeprefix("https://").rstrip("/"),
            minimum_tls=_text(found.minimum_tls_version),
            public_blobs=bool(found.allow_blob_public_access),
            shared_key=found.allow_shared_key_access is not False,
            tags=dict(found.tags or {}),
        )

    def create(self, group: str, name: str, region: str, tags: Mapping[str, str]) -> Operation:
        """Begin to create a StorageV2 account: locally redundant, TLS 1.2 or newer, no public blobs."""
        body = models.StorageAccountCreateParameters(
            location=region,
            kind="StorageV2",
            sku=models.Sku(name="Standard_LRS"),
            tags=dict(tags),
            minimum_tls_version="TLS1_2",
            allow_blob_public_access=False,
            enable_https_traffic_only=True,
        )
        with translated("Azure"):
            return Operation(self._client.storage_accounts.begin_create(group, name, body), "Azure")

    def key(self, group: str, name: str) -> str:
        """One of the account's keys: everything in the account can be read and written with it."""
        with translated("Azure"):
            keys = self._client.storage_accounts.list_keys(group, name).keys or []
        if not keys or not keys[0].value:
            raise ServiceError(f"Azure listed no key of storage account {name}.", service="Azure")
        return str(keys[0].value)

    def delete(self, group: str, name: str) -> None:
        """Delete the account with all its data."""
        with translated("Azure"):
            self._client.storage_accounts.delete(group, name)


def _text(value: object) -> str:
    return str(getattr(value, "value", value) or "")
