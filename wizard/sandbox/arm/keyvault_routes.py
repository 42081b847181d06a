"""The routes of Microsoft.KeyVault."""

from wizard.sandbox.arm import deleted_vaults, operations, vault_names, vaults
from wizard.sandbox.arm.route import Route

_S = "/subscriptions/{subscription}"
_P = "/providers/Microsoft.KeyVault"
_VAULTS = f"{_S}/resourceGroups/{{group}}{_P}/vaults"
_VAULT = f"{_VAULTS}/{{name}}"
_DELETED = f"{_S}{_P}/locations/{{location}}/deletedVaults/{{name}}"
_TYPE = "Microsoft.KeyVault/vaults"
_DELETED_TYPE = "Microsoft.KeyVault/deletedVaults"
_CHECK = "Microsoft.KeyVault/checkNameAvailability"

ROUTES = [
    Route("POST", f"{_S}{_P}/checkNameAvailability", vault_names.check_availability, f"{_CHECK}/read", _CHECK),
    Route("GET", f"{_S}{_P}/vaults", vaults.list_all, f"{_TYPE}/read", _TYPE),
    Route("GET", _VAULTS, vaults.list_by_group, f"{_TYPE}/read", _TYPE),
    Route("GET", _VAULT, vaults.get, f"{_TYPE}/read", _TYPE),
    Route("PUT", _VAULT, vaults.put, f"{_TYPE}/write", _TYPE),
    Route("PATCH", _VAULT, vaults.patch, f"{_TYPE}/write", _TYPE),
    Route("DELETE", _VAULT, vaults.delete, f"{_TYPE}/delete", _TYPE),
    Route(
        "PUT", f"{_VAULT}/accessPolicies/{{operation}}", vaults.update_policies, f"{_TYPE}/accessPolicies/write", _TYPE
    ),
    Route("GET", f"{_S}{_P}/deletedVaults", deleted_vaults.list_all, f"{_DELETED_TYPE}/read", _DELETED_TYPE),
    Route("GET", _DELETED, deleted_vaults.get, "Microsoft.KeyVault/locations/deletedVaults/read", _DELETED_TYPE),
    Route(
        "POST",
        f"{_DELETED}/purge",
        deleted_vaults.purge,
        "Microsoft.KeyVault/locations/deletedVaults/purge/action",
        _DELETED_TYPE,
    ),
    Route("GET", f"{_S}{_P}/locations/{{location}}/operationResults/{{operation}}", operations.plain_result, "", _TYPE),
]
