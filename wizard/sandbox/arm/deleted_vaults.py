"""Deleted key vaults: listed, purged, recovered. https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview"""

import time
from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm import claims, operations, soft_deleted
from wizard.sandbox.arm.call import Call, answer, empty
from wizard.sandbox.arm.errors import ArmError
from wizard.sandbox.arm.inventory import Resource
from wizard.sandbox.arm.locations import normal
from wizard.sandbox.arm.moments import moment
from wizard.sandbox.arm.paging import page
from wizard.sandbox.arm.vault_names import TYPE
from wizard.sandbox.keyvault.secrets import remove_all

PURGE_SECONDS = 15.0
_CLAIMED_REGION = "eastus"


def list_all(call: Call, subscription: str) -> Response:
    """GET deletedVaults of the subscription."""
    return answer(page(call, [_view(vault, subscription) for vault in _deleted(call, subscription)]))


def get(call: Call, subscription: str, location: str, name: str) -> Response:
    """GET one deleted vault."""
    return answer(_view(_find(call, subscription, location, name), subscription))


def purge(call: Call, subscription: str, location: str, name: str) -> Response:
    """POST purge: 202 and a Location to poll; refused for a vault with purge protection."""
    vault = _find(call, subscription, location, name)
    if vault.properties.get("enablePurgeProtection"):
        raise ArmError(
            405,
            "MethodNotAllowed",
            'Operation "DeletedVaultPurge" is not allowed because purge protection is enabled for this vault. Key Vault'
            " service will automatically purge it after the retention period has passed. Follow this link for more"
            " information: https://go.microsoft.com/fwlink/?linkid=2149745",
        )
    _forget(call, vault)
    remove_all(call.cloud.store, vault.uid)
    done_at = call.cloud.ready_at(PURGE_SECONDS)
    operation = operations.begin(call.cloud, done_at)
    path = (
        f"/subscriptions/{subscription}/providers/Microsoft.KeyVault/locations/{location}/operationResults/{operation}"
    )
    return empty(202, {"Location": operations.address(call, path), **operations.wait_hint(done_at)})


def recovered(call: Call, subscription: str, location: str, name: str) -> Resource:
    """A deleted vault as it was, no longer deleted; raises ArmError."""
    vault = _find(call, subscription, location, name)
    _forget(call, vault)
    vault.gone_at = None
    return vault


def _find(call: Call, subscription: str, location: str, name: str) -> Resource:
    for vault in _deleted(call, subscription):
        if (vault.name.lower(), vault.location) == (name.lower(), normal(location)):
            return vault
    raise ArmError(
        404,
        "DeletedVaultNotFound",
        f"The specified deleted vault '{name}' does not exist. Ensure that the vault was indeed deleted and that it is"
        " in recoverable state. If soft delete was not enabled then the vault is permanently deleted. Follow this link"
        " for more information: https://go.microsoft.com/fwlink/?linkid=2149745",
    )


def _deleted(call: Call, subscription: str) -> list[Resource]:
    call.inventory.all()  # lets deletions whose time has come take effect
    return [*soft_deleted.all_kept(call.cloud.store, TYPE), *_claimed(call, subscription)]


def _claimed(call: Call, subscription: str) -> list[Resource]:
    """Vaults that a colleague deleted lately, in a group of the subscription."""
    found = []
    for name, claim in claims.claimed(call.cloud, TYPE).items():
        if claim not in ("deleted", "protected"):
            continue
        place = f"/subscriptions/{subscription}/resourceGroups/rg-of-a-colleague/providers/{TYPE}/{name}"
        properties: dict[str, Any] = {"softDeleteRetentionInDays": 90, "enablePurgeProtection": claim == "protected"}
        found.append(Resource(place, name, TYPE, _CLAIMED_REGION, properties, gone_at=time.time() - 86400))
    return found


def _forget(call: Call, vault: Resource) -> None:
    if vault.name.lower() in claims.claimed(call.cloud, TYPE):
        claims.release(call.cloud, TYPE, vault.name)
    soft_deleted.forget(call.cloud.store, vault)


def _view(vault: Resource, subscription: str) -> dict[str, Any]:
    properties = {
        "vaultId": vault.id,
        "location": vault.location,
        "tags": vault.top.get("tags", {}),
        "deletionDate": moment(vault.gone_at),
        "scheduledPurgeDate": moment(soft_deleted.purge_date(vault)),
    }
    if vault.properties.get("enablePurgeProtection"):
        properties["purgeProtectionEnabled"] = True
    place = f"/subscriptions/{subscription}/providers/Microsoft.KeyVault/locations/{vault.location}"
    return {
        "id": f"{place}/deletedVaults/{vault.name}",
        "name": vault.name,
        "type": "Microsoft.KeyVault/deletedVaults",
        "properties": properties,
    }
