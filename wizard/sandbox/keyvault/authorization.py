"""Whether a request to a key vault is genuine and allowed: token, firewall, then roles or access policies."""

import ipaddress
from collections.abc import Mapping

from wizard.sandbox.arm.access import data_allowed
from wizard.sandbox.cloud import CLIENT_ADDRESS, Cloud, Principal
from wizard.sandbox.entra.directory import Directory
from wizard.sandbox.entra.tokens import TokenRefused, principal_of
from wizard.sandbox.keyvault.errors import VaultError
from wizard.sandbox.keyvault.vaults import Vault

AUDIENCE = "https://vault.azure.net"
# What an operation needs: the permission of an access policy, and the data action of a role.
_ACTIONS = {
    "get": "getSecret/action",
    "list": "readMetadata/action",
    "set": "setSecret/action",
    "update": "update/action",
    "delete": "delete",
    "recover": "recover/action",
    "purge": "purge/action",
}


def authorize(cloud: Cloud, vault: Vault, headers: Mapping[str, str], permission: str, secret: str) -> Principal:
    """Who asks, if they may; raises VaultError. `secret` is empty for what concerns the vault as a whole."""
    principal = _authenticated(cloud, headers.get("authorization", ""))
    _check_network(vault, _caller(principal))
    _check_right(cloud, vault, principal, permission, secret)
    return principal


def authorize_service(cloud: Cloud, vault: Vault, service: Principal, permission: str, secret: str) -> None:
    """Whether one of Microsoft's own services may, by its own identity; raises VaultError.

    The firewall lets those through that the vault trusts.
    https://learn.microsoft.com/azure/key-vault/general/overview-vnet-service-endpoints#trusted-services
    """
    if (vault.properties.get("networkAcls") or {}).get("bypass", "AzureServices") != "AzureServices":
        _check_network(vault, _caller(service))
    _check_right(cloud, vault, service, permission, secret)


def _check_right(cloud: Cloud, vault: Vault, principal: Principal, permission: str, secret: str) -> None:
    if vault.properties.get("enableRbacAuthorization"):
        _check_role(cloud, vault, principal, permission, secret)
    else:
        _check_policy(vault, principal, permission)


def _authenticated(cloud: Cloud, header: str) -> Principal:
    try:
        return principal_of(cloud, header, [AUDIENCE])
    except TokenRefused as refused:
        words = {
            "missing": "AKV10000: Request is missing a Bearer or PoP token.",
            "audience": f"AKV10022: Invalid audience. Expected {AUDIENCE}.",
            "expired": "[TokenExpired] Error validating token: 'S2S12086'.",
        }
        tenant = Directory(cloud).tenant_id
        challenge = f'Bearer authorization="https://login.microsoftonline.com/{tenant}", resource="{AUDIENCE}"'
        message = words.get(refused.reason, "[BearerReadAccessTokenFailed] Error validating token: 'S2S12005'.")
        raise VaultError(401, "Unauthorized", message, headers={"WWW-Authenticate": challenge}) from None


def _caller(principal: Principal) -> str:
    issuer = f"iss=https://sts.windows.net/{principal.tenant_id}/"
    return f"appid={principal.app_id or principal.name};oid={principal.object_id};{issuer}"


def _check_network(vault: Vault, caller: str) -> None:
    place = f"Vault: {vault.name};location={vault.location}"
    if vault.properties.get("publicNetworkAccess") == "Disabled":
        message = "Public network access is disabled and request is not from a trusted service nor via an approved"
        raise VaultError(
            403, "Forbidden", f"{message} private link.\r\nCaller: {caller}\r\n{place}", "ForbiddenByConnection"
        )
    rules = vault.properties.get("networkAcls") or {}
    if rules.get("defaultAction") != "Deny":
        return
    address = ipaddress.ip_address(CLIENT_ADDRESS)
    if not any(address in ipaddress.ip_network(rule["value"], strict=False) for rule in rules.get("ipRules", [])):
        raise VaultError(
            403,
            "Forbidden",
            "Client address is not authorized and caller is not a trusted service.\r\n"
            f"Client address: {CLIENT_ADDRESS}\r\nCaller: {caller}\r\n{place}",
            "ForbiddenByFirewall",
        )


def _check_role(cloud: Cloud, vault: Vault, principal: Principal, permission: str, secret: str) -> None:
    action = f"Microsoft.KeyVault/vaults/secrets/{_ACTIONS[permission]}"
    place = vault.resource_id + (f"/secrets/{secret}" if secret else "")
    if data_allowed(cloud, principal, action, place):
        return
    raise VaultError(
        403,
        "Forbidden",
        "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role"
        " definitions were changed recently, please observe propagation time.\r\n"
        f"Caller: {_caller(principal)}\r\nAction: '{action}'\r\nResource: '{place.lower()}'\r\n"
        f"Assignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: null \r\n"
        f"Vault: {vault.name};location={vault.location}\r\n",
        "ForbiddenByRbac",
    )


def _check_policy(vault: Vault, principal: Principal, permission: str) -> None:
    wanted = "set" if permission == "update" else permission
    for policy in vault.properties["accessPolicies"]:
        if policy["objectId"] == principal.object_id and {wanted, "all"} & set(
            policy["permissions"].get("secrets", [])
        ):
            return
    raise VaultError(
        403,
        "Forbidden",
        f"The user, group or application '{_caller(principal)}' does not have secrets {wanted} permission on key vault"
        f" '{vault.name};location={vault.location}'. For help resolving this issue, please see"
        " https://go.microsoft.com/fwlink/?linkid=2125287",
        "AccessDenied",
    )
