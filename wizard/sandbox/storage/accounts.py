"""Which storage accounts there are, for the service that answers on their hosts."""

import re
from dataclasses import dataclass
from typing import Any

from wizard.sandbox.arm.inventory import Inventory
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.settings import setting

TYPE = "Microsoft.Storage/storageAccounts"
HOST = re.compile(r"([a-z0-9]{3,24})\.blob\.core\.windows\.net")


@dataclass(frozen=True, slots=True)
class Account:
    """A storage account as its blob endpoint knows it."""

    name: str
    resource_id: str
    uid: str  # its contents are filed under this; a new account of the same name is empty
    keys: tuple[str, ...]  # base64
    shared_key_allowed: bool
    public_access_allowed: bool
    sku: str
    kind: str


def shared_key_allowed(cloud: Cloud, properties: dict[str, Any]) -> bool:
    """Whether an account takes its keys: unless it says no itself, or a policy says so for all."""
    return (
        properties.get("allowSharedKeyAccess") is not False and setting(cloud.store, "storage.shared_key") is not False
    )


def account_of_host(cloud: Cloud, host: str) -> Account | None:
    """The account with this blob endpoint; None when there is none, or it is still being made."""
    match = HOST.fullmatch(host.lower())
    if match is None:
        return None
    for resource in Inventory(cloud).all(resource_type=TYPE):
        if resource.name == match[1] and resource.ready and not resource.deleting:
            return Account(
                resource.name,
                resource.id,
                resource.uid,
                tuple(key["value"] for key in resource.private["keys"]),
                shared_key_allowed(cloud, resource.properties),
                resource.properties.get("allowBlobPublicAccess") is True,
                resource.top["sku"]["name"],
                resource.top["kind"],
            )
    return None
