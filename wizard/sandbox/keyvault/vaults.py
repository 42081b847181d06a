"""Which key vaults there are, for the service that answers on their hosts."""

import re
from dataclasses import dataclass
from typing import Any

from wizard.sandbox.arm.inventory import Inventory
from wizard.sandbox.arm.vault_names import TYPE
from wizard.sandbox.cloud import Cloud

HOST = re.compile(r"([a-z][a-z0-9-]{1,22}[a-z0-9])\.vault\.azure\.net")


@dataclass(frozen=True, slots=True)
class Vault:
    """A key vault as its own host knows it."""

    name: str
    host: str
    resource_id: str
    uid: str  # its secrets are filed under this
    location: str
    properties: dict[str, Any]

    @property
    def retention_days(self) -> int:
        """For how many days a deleted secret can be recovered."""
        return int(self.properties["softDeleteRetentionInDays"])

    @property
    def purge_protected(self) -> bool:
        """Whether deleted secrets can only wait for their time to be over."""
        return bool(self.properties.get("enablePurgeProtection"))

    @property
    def recovery_level(self) -> str:
        """What the attributes of its secrets say of recovery."""
        kind = "Recoverable" if self.retention_days == 90 else "CustomizedRecoverable"
        return kind if self.purge_protected else f"{kind}+Purgeable"


def vault_of_host(cloud: Cloud, host: str) -> Vault | None:
    """The vault with this host name; None when there is none, or its name is not known yet."""
    match = HOST.fullmatch(host.lower())
    if match is None:
        return None
    for resource in Inventory(cloud).all(resource_type=TYPE):
        if resource.name.lower() == match[1] and resource.ready and not resource.deleting:
            name = resource.name
            return Vault(name, host.lower(), resource.id, resource.uid, resource.location, resource.properties)
    return None
