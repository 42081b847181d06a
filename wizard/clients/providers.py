"""Resource providers: which kinds of resources a subscription may have, and where.

API: https://learn.microsoft.com/rest/api/resources/providers
"""

from __future__ import annotations

from azure.mgmt.resource import ResourceManagementClient

from wizard.clients.azure_login import Credential
from wizard.clients.faults import translated
from wizard.clients.foreign_pages import AZURE_CLIENT
from wizard.clients.resource_groups import region_code
from wizard.clients.subscriptions import ARM_HOST


class Providers:
    """Reads and registers resource providers of one subscription."""

    host = ARM_HOST

    def __init__(self, credential: Credential, subscription: str) -> None:
        self._client = ResourceManagementClient(credential, subscription, **AZURE_CLIENT)

    def state(self, namespace: str) -> str:
        """`Registered`, `NotRegistered`, `Registering` or `Unregistering`."""
        with translated("Azure"):
            return self._client.providers.get(namespace).registration_state or ""

    def register(self, namespace: str) -> None:
        """Begin to register the provider; it takes Azure some minutes. Repeating it harms nothing."""
        with translated("Azure"):
            self._client.providers.register(namespace)

    def regions(self, namespace: str, resource_type: str) -> frozenset[str]:
        """Codes (`westeurope`) of the regions where the subscription may have that type of resource."""
        with translated("Azure"):
            provider = self._client.providers.get(namespace)
        return frozenset(
            region_code(location)
            for kind in provider.resource_types or []
            if (kind.resource_type or "").lower() == resource_type.lower()
            for location in kind.locations or []
        )
