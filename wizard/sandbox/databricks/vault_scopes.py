"""Secret scopes that show an Azure key vault: made with the caller's rights on the vault, read as AzureDatabricks.

https://learn.microsoft.com/azure/databricks/security/secrets/#akv-ss
The words of the refusals: azure-docs#65655, azure-docs#98803 and databricks/cli#1338 on GitHub, and the comments of
databricks-sdk's service/workspace.py.
"""

import json
from typing import Any
from urllib.parse import urlsplit

from wizard.sandbox.arm import vaults as arm_vaults
from wizard.sandbox.arm.access import allowed
from wizard.sandbox.arm.call import Call
from wizard.sandbox.arm.errors import ArmError
from wizard.sandbox.arm.inventory import Inventory, Resource
from wizard.sandbox.arm.locks import check_locks
from wizard.sandbox.arm.policies import check_policies
from wizard.sandbox.arm.vault_names import TYPE
from wizard.sandbox.cloud import Cloud, Principal
from wizard.sandbox.databricks.faults import DatabricksFault, invalid, missing
from wizard.sandbox.databricks.wire import Body, optional, required
from wizard.sandbox.entra.directory import Directory
from wizard.sandbox.keyvault import reading
from wizard.sandbox.keyvault.errors import VaultError
from wizard.sandbox.keyvault.vaults import Vault, vault_of_host
from wizard.sandbox.settings import setting

VAULT = "AZURE_KEYVAULT"
_WRITE = "Microsoft.KeyVault/vaults/write"
_API_VERSION = "2023-07-01"


def vault_of_body(body: Body) -> dict[str, str]:
    """The vault that a request for a new scope names, as the list of scopes shows it."""
    given = optional(body, "backend_azure_keyvault", dict, {})
    if not given:
        raise invalid("Scope with Azure KeyVault must have backend_azure_keyvault defined!")
    return {name: required(given, name) for name in ("resource_id", "dns_name")}


def let_databricks_in(cloud: Cloud, caller: Principal, vault: dict[str, str]) -> None:
    """Write the access policy by which AzureDatabricks may read the vault, with the caller's own rights.

    This happens on vaults with roles, too, where it has no effect. Raises DatabricksFault.
    """
    resource = Inventory(cloud).get(vault["resource_id"])
    known = resource is not None and resource.type == TYPE and resource.ready
    host = (urlsplit(vault["dns_name"]).hostname or "").lower()
    if resource is None or not known or host != f"{resource.name.lower()}.vault.azure.net":
        raise missing("Azure KeyVault is not available")
    reason = _reason_against(cloud, caller, resource)
    if reason:
        raise DatabricksFault(
            403,
            "CUSTOMER_UNAUTHORIZED",
            "Unable to grant read/list permission to Databricks service principal to KeyVault"
            f" '{vault['dns_name']}': {reason}",
        )


def _reason_against(cloud: Cloud, caller: Principal, resource: Resource) -> str:
    """Why the policy could not be written, in the service's words; empty once it is."""
    if caller.kind != "User" and setting(cloud.store, "databricks.vault_scopes") == "people":
        return "key not found: https://graph.windows.net/"
    if setting(cloud.store, "entra.directory_closed"):
        words = {"lang": "en", "value": "Insufficient privileges to complete the operation."}
        refused = {"odata.error": {"code": "Authorization_RequestDenied", "message": words}}
        return f"Status code 403, {json.dumps(refused, separators=(',', ':'))}"
    if not allowed(cloud, caller, _WRITE, resource.id):
        return "Unknown error with status code 403"
    _, _, subscription, _, group, *_ = resource.id.split("/")
    policy = _policy(Directory(cloud))
    raw = json.dumps({"properties": {"accessPolicies": [policy]}}).encode()
    call = Call(cloud, caller, "PUT", f"{resource.id}/accessPolicies/add", {}, raw, _API_VERSION)
    try:
        check_locks(cloud, "PUT", _WRITE, resource.id)
        check_policies(cloud, subscription, TYPE, resource.name, arm_vaults.view(resource))
        arm_vaults.update_policies(call, subscription, group, resource.name, "add")
    except ArmError as error:
        return f"Unknown error with status code {error.status}"
    return ""


def _policy(directory: Directory) -> dict[str, Any]:
    return {
        "tenantId": directory.tenant_id,
        "objectId": directory.azure_databricks().object_id,
        "permissions": {"secrets": ["get", "list"]},
    }


def read(cloud: Cloud, scope: str, vault: dict[str, str], key: str) -> str:
    """The value of a secret, now. Raises DatabricksFault."""
    try:
        return reading.read_secret(cloud, _opened(cloud, vault), Directory(cloud).azure_databricks(), key)
    except VaultError as error:
        if error.status == 400:
            raise invalid(f"Secret name {key} is not a valid name of an Azure KeyVault secret") from None
        if error.status == 404:
            raise missing(f"Secret does not exist with scope: {scope} and key: {key}") from None
        raise _no_access(vault) from None


def keys(cloud: Cloud, vault: dict[str, str]) -> list[dict[str, Any]]:
    """The vault's secrets as a scope lists them. Raises DatabricksFault."""
    try:
        found = reading.list_secrets(cloud, _opened(cloud, vault), Directory(cloud).azure_databricks())
    except VaultError:
        raise _no_access(vault) from None
    return [{"key": each["name"], "last_updated_timestamp": each["updated"] * 1000} for each in found]


def _opened(cloud: Cloud, vault: dict[str, str]) -> Vault:
    found = vault_of_host(cloud, urlsplit(vault["dns_name"]).hostname or "")
    if found is None:
        raise _no_access(vault)
    return found


def _no_access(vault: dict[str, str]) -> DatabricksFault:
    return DatabricksFault(400, "INVALID_STATE", f"Databricks could not access keyvault: {vault['dns_name']}")
