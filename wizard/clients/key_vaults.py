"""Key vaults in Azure Resource Manager. API: https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from azure.mgmt.keyvault import KeyVaultManagementClient

from wizard.clients.azure_login import Credential
from wizard.clients.faults import translated
from wizard.clients.foreign_pages import AZURE_CLIENT
from wizard.clients.operation import Operation
from wizard.clients.resource_groups import region_code
from wizard.clients.storage_accounts import NameVerdict
from wizard.clients.subscriptions import ARM_HOST
from wizard.engine.errors import NotFoundError

SECRET_RIGHTS = ("get", "list", "set", "delete", "recover", "purge")


@dataclass(frozen=True, slots=True)
class KeyVault:
    """A vault as Azure has it. `by_roles`: its data is opened by roles (RBAC), else by access policies.

    `closed` says that its firewall lets only chosen networks in; `policies` are rights on secrets by object id.
    """

    name: str
    id: str
    region: str
    state: str
    host: str
    by_roles: bool
    closed: bool
    policies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    purge_protected: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeletedVault:
    """A vault that was deleted and still holds its name; `purge_protected` until `ends`."""

    name: str
    id: str
    region: str
    ends: str
    purge_protected: bool
    tags: Mapping[str, str] = field(default_factory=dict)


class KeyVaults:
    """Reads, creates, deletes and purges the vaults of one subscription."""

    host = ARM_HOST

    def __init__(self, credential: Credential, subscription: str) -> None:
        self._client = KeyVaultManagementClient(credential, subscription, **AZURE_CLIENT)

    def name_is_free(self, name: str) -> NameVerdict:
        """Ask Azure whether the name can still be had; deleted vaults of anybody count as taken."""
        with translated("Azure"):
            asked = {"name": name, "type": "Microsoft.KeyVault/vaults"}
            found = self._client.vaults.check_name_availability(asked)
        reason = getattr(found.reason, "value", found.reason) or ""
        return NameVerdict(bool(found.name_available), str(reason), found.message or "")

    def get(self, group: str, name: str) -> KeyVault | None:
        """The vault, or None when the group has none of that name (or the group is not there)."""
        try:
            with translated("Azure"):
                found = self._client.vaults.get(group, name)
        except NotFoundError:
            return None
        properties = found.properties
        rules = properties.network_acls
        denied = rules is not None and str(getattr(rules.default_action, "value", rules.default_action)) == "Deny"
        state = properties.provisioning_state
        return KeyVault(
            name=found.name or name,
            id=found.id or "",
            region=region_code(found.location or ""),
            state=str(getattr(state, "value", state) or ""),
            host=(properties.vault_uri or f"https://{name}.vault.azure.net/").removeprefix("https://").rstrip("/"),
            by_roles=bool(properties.enable_rbac_authorization),
            closed=denied or properties.public_network_access == "Disabled",
            policies={each.object_id: _rights(each) for each in properties.access_policies or []},
            purge_protected=bool(properties.enable_purge_protection),
            tags=dict(found.tags or {}),
        )

    def create(self, group: str, name: str, region: str, tenant: str, tags: Mapping[str, str]) -> Operation:
        """Begin to create a vault whose data is opened by roles; a deleted one is kept for seven days, the least."""
        properties: dict[str, Any] = {
            "tenantId": tenant,
            "sku": {"family": "A", "name": "standard"},
            "enableRbacAuthorization": True,
            "softDeleteRetentionInDays": 7,
        }
        body = {"location": region, "tags": dict(tags), "properties": properties}
        with translated("Azure"):
            return Operation(self._client.vaults.begin_create_or_update(group, name, body), "Azure")

    def add_policy(
        self, group: str, name: str, tenant: str, principal: str, rights: Sequence[str] = SECRET_RIGHTS
    ) -> None:
        """Give a principal rights on the secrets of a vault that goes by access policies."""
        policy = {"tenantId": tenant, "objectId": principal, "permissions": {"secrets": list(rights)}}
        with translated("Azure"):
            self._client.vaults.update_access_policy(group, name, "add", {"properties": {"accessPolicies": [policy]}})

    def delete(self, group: str, name: str) -> None:
        """Delete the vault; it keeps its name until it is purged."""
        with translated("Azure"):
            self._client.vaults.delete(group, name)

    def deleted(self) -> dict[str, DeletedVault]:
        """The deleted vaults of the subscription by name, in lower case."""
        with translated("Azure"):
            found = list(self._client.vaults.list_deleted())
        return {
            each.name.lower(): DeletedVault(
                name=each.name,
                id=each.properties.vault_id,
                region=each.properties.location,
                ends=each.properties.scheduled_purge_date.date().isoformat(),
                purge_protected=bool(each.properties.purge_protection_enabled),
                tags=dict(each.properties.tags or {}),
            )
            for each in found
        }

    def purge(self, name: str, region: str) -> Operation:
        """Begin to purge a deleted vault: its secrets are lost, its name is free again."""
        with translated("Azure"):
            return Operation(self._client.vaults.begin_purge_deleted(name, region), "Azure")


def _rights(policy: Any) -> tuple[str, ...]:
    """What an access policy allows with secrets, in lower case."""
    held = policy.permissions.secrets or [] if policy.permissions else []
    return tuple(str(getattr(each, "value", each)).lower() for each in held)
