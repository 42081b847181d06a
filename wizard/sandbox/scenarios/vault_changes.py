"""What scenarios change about key vaults and the secret scopes that show them."""

import secrets
import time
from collections.abc import Callable, Iterator

from wizard.sandbox.arm import access, inventory
from wizard.sandbox.arm.inventory import Inventory, Resource
from wizard.sandbox.arm.vault_names import TYPE
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.control import SandboxError
from wizard.sandbox.databricks import administrators, secret_scopes
from wizard.sandbox.entra.directory import Directory
from wizard.sandbox.keyvault import secrets as vault_secrets
from wizard.sandbox.scenarios.record import Record
from wizard.sandbox.store import Document


def shut_databricks_out(cloud: Cloud, record: Record) -> None:
    """Take from AzureDatabricks its roles, and its access policies from all vaults."""
    databricks = Directory(cloud).azure_databricks().object_id
    for assignment in access.assignments(cloud):
        if assignment.principal_id == databricks:
            record.delete("role_assignment", assignment.name.lower())
    with record.watching(inventory.KIND):
        for vault in _vaults(cloud):
            kept = [each for each in vault.properties["accessPolicies"] if each["objectId"] != databricks]
            vault.properties["accessPolicies"] = kept
            Inventory(cloud).put(vault)


def wall_vaults(cloud: Cloud, record: Record) -> None:
    """Put a firewall before all vaults that lets nobody through, trusted services neither."""
    with record.watching(inventory.KIND):
        for vault in _vaults(cloud):
            vault.properties["networkAcls"] = {"bypass": "None", "defaultAction": "Deny", "ipRules": []}
            Inventory(cloud).put(vault)


def drop_vault_scopes(cloud: Cloud, record: Record) -> None:
    """Delete the secret scopes that show vaults, in all workspaces."""
    for key, _ in _vault_scopes(cloud):
        record.delete(secret_scopes.KIND, key)


def take_scopes_away(cloud: Cloud, record: Record) -> None:
    """Leave the secret scopes that show vaults to somebody else, and nobody an administrator of a workspace."""
    for key, scope in _vault_scopes(cloud):
        record.put(secret_scopes.KIND, key, scope | {"acls": {"platform-team": "MANAGE"}})
    for key, _ in cloud.store.items(administrators.KIND):
        record.put(administrators.KIND, key, {"active": False})


def delete_vault_secrets(cloud: Cloud, record: Record, *, ending: str) -> None:
    """Delete the secrets of all vaults whose names end so."""
    for key, held in _vault_secrets(cloud, ending):
        record.put(vault_secrets.KIND, key, held | {"deleted_at": time.time()})


def spoil_vault_tokens(cloud: Cloud, record: Record, *, ending: str) -> None:
    """Put personal access tokens of nobody into the secrets of all vaults whose names end so."""
    for key, held in _vault_secrets(cloud, ending):
        newest = held["versions"][-1]
        spoilt = newest | {"value": f"dapi{secrets.token_hex(16)}-2", "version": secrets.token_hex(16)}
        record.put(vault_secrets.KIND, key, held | {"versions": [*held["versions"], spoilt]})


def _vaults(cloud: Cloud) -> list[Resource]:
    found = [vault for vault in Inventory(cloud).all(resource_type=TYPE) if not vault.deleting]
    if not found:
        raise SandboxError("there is no key vault yet; make one, then play this")
    return found


def _vault_scopes(cloud: Cloud) -> list[tuple[str, Document]]:
    found = [(key, scope) for key, scope in cloud.store.items(secret_scopes.KIND) if "vault" in scope]
    if not found:
        raise SandboxError("no workspace has a secret scope over a key vault yet; make one, then play this")
    return found


def _vault_secrets(cloud: Cloud, ending: str) -> Iterator[tuple[str, Document]]:
    """The secrets that are there, of these names. Raises SandboxError."""
    found = [
        (key, held)
        for key, held in cloud.store.items(vault_secrets.KIND)
        if held["deleted_at"] is None and held["name"].endswith(ending)
    ]
    if not found:
        raise SandboxError(f"no key vault has a secret whose name ends in {ending} yet; set one, then play this")
    yield from found


VAULT_CHANGES: dict[str, Callable[..., None]] = {
    change.__name__: change
    for change in (
        shut_databricks_out,
        wall_vaults,
        drop_vault_scopes,
        take_scopes_away,
        delete_vault_secrets,
        spoil_vault_tokens,
    )
}
