"""Subscriptions and tenants of the signed-in account. API: https://learn.microsoft.com/rest/api/resources/subscriptions"""

from __future__ import annotations

from dataclasses import dataclass

from azure.mgmt.resource.subscriptions import SubscriptionClient

from wizard.clients.azure_login import Credential
from wizard.clients.faults import translated
from wizard.clients.foreign_pages import AZURE_CLIENT

ARM_HOST = "management.azure.com"


@dataclass(frozen=True, slots=True)
class Subscription:
    """One subscription that the account can see."""

    id: str
    name: str
    state: str
    tenant: str

    @property
    def label(self) -> str:
        """As offered for choice, in one line: the id, then the name."""
        return " ".join(f"{self.id} {self.name}".split())


@dataclass(frozen=True, slots=True)
class Tenant:
    """One tenant that the account belongs to, at home or as a guest. Azure names those it is signed in to only."""

    id: str
    name: str

    @property
    def label(self) -> str:
        """As offered for choice: the id, then the name."""
        return f"{self.id} {self.name}".strip()


class Subscriptions:
    """Reads the lists of subscriptions and tenants."""

    host = ARM_HOST

    def __init__(self, credential: Credential) -> None:
        self._client = SubscriptionClient(credential, **AZURE_CLIENT)

    def tenants(self) -> list[Tenant]:
        """All tenants, by name: subscriptions are seen of the one that was signed in to."""
        with translated("Azure"):
            found = [
                Tenant(
                    each.tenant_id or "", getattr(each, "display_name", "") or getattr(each, "default_domain", "") or ""
                )
                for each in self._client.tenants.list()
            ]
        return sorted(found, key=lambda each: each.label)

    def list(self) -> list[Subscription]:
        """All subscriptions, by name."""
        with translated("Azure"):
            found = [
                Subscription(each.subscription_id or "", each.display_name or "", str(each.state), each.tenant_id or "")
                for each in self._client.subscriptions.list()
            ]
        return sorted(found, key=lambda each: each.name)
