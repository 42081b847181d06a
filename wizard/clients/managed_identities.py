"""User-assigned managed identities: principals without a secret, and whose tokens prove them.

API: https://learn.microsoft.com/rest/api/managedidentity. Making one needs no right in the directory, unlike an
application; none of Azure's declared clients has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.clients.arm import Arm
from wizard.clients.azure_login import Credential
from wizard.clients.subscriptions import ARM_HOST
from wizard.engine.errors import NotFoundError

_VERSION = "2023-01-31"
# What Entra wants tokens of other issuers to be for:
# https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust-user-assigned-managed-identity
AUDIENCE = "api://AzureADTokenExchange"


@dataclass(frozen=True, slots=True)
class ManagedIdentity:
    """An identity: `client_id` is what it signs in as, `principal_id` what roles are given to."""

    name: str
    id: str
    client_id: str
    principal_id: str
    tenant: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Federation:
    """Whose tokens prove an identity: those of an issuer for one subject."""

    issuer: str
    subject: str


class ManagedIdentities:
    """Reads, creates and deletes the managed identities of one subscription."""

    host = ARM_HOST

    def __init__(self, credential: Credential, subscription: str) -> None:
        self._arm = Arm(credential)
        self._subscription = subscription

    def get(self, group: str, name: str) -> ManagedIdentity | None:
        """The identity, or None when the group has none of that name (or the group is not there)."""
        try:
            return _identity(self._arm.send("GET", self._path(group, name), _VERSION))
        except NotFoundError:
            return None

    def create(self, group: str, name: str, region: str, tags: Mapping[str, str]) -> ManagedIdentity:
        """Create an identity; one that exists is only tagged."""
        body = {"location": region, "tags": dict(tags)}
        return _identity(self._arm.send("PUT", self._path(group, name), _VERSION, body))

    def delete(self, group: str, name: str) -> None:
        """Delete an identity; its roles stay as those of nobody until they are deleted."""
        self._arm.send("DELETE", self._path(group, name), _VERSION)

    def federations(self, group: str, name: str) -> dict[str, Federation]:
        """Whose tokens prove the identity, by the names of these credentials."""
        found = self._arm.all(f"{self._path(group, name)}/federatedIdentityCredentials", _VERSION)
        return {each["name"]: Federation(each["properties"]["issuer"], each["properties"]["subject"]) for each in found}

    def federate(self, group: str, name: str, credential: str, federation: Federation) -> None:
        """Add a federated credential of that name to the identity, or change it."""
        properties = {"issuer": federation.issuer, "subject": federation.subject, "audiences": [AUDIENCE]}
        path = f"{self._path(group, name)}/federatedIdentityCredentials/{credential}"
        self._arm.send("PUT", path, _VERSION, {"properties": properties})

    def _path(self, group: str, name: str) -> str:
        place = f"/subscriptions/{self._subscription}/resourceGroups/{group}"
        return f"{place}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"


def _identity(found: dict[str, Any]) -> ManagedIdentity:
    properties = found["properties"]
    return ManagedIdentity(
        name=found["name"],
        id=found["id"],
        client_id=properties["clientId"],
        principal_id=properties["principalId"],
        tenant=properties["tenantId"],
        tags=found.get("tags") or {},
    )
