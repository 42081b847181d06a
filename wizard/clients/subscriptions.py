"""Subscriptions of the signed-in account. API: https://learn.microsoft.com/rest/api/resources/subscriptions"""

from __future__ import annotations

from dataclasses import dataclass

from azure.mgmt.resource.subscriptions import SubscriptionClient

from wizard.clients.azure_login import Credential
from wizard.clients.faults import translated
from wizard.clients.limits import AZURE_CORE

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
        """As offered for choice: the id, then the name."""
        return f"{self.id} {self.name}".strip()


class Subscriptions:
    """Reads the list of subscriptions."""

    host = ARM_HOST

    def __init__(self, credential: Credential) -> None:
        self._client = SubscriptionClient(credential, **AZURE_CORE)

    def list(self) -> list[Subscription]:
        """All subscriptions, by name."""
        with translated("Azure"):
            found = [
                Subscription(each.subscription_id or "", each.display_name or "", str(each.state), each.tenant_id or "")
                for each in self._client.subscriptions.list()
            ]
        return sorted(found, key=lambda each: each.name)
