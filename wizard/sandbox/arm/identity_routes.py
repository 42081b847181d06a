"""The routes of Microsoft.ManagedIdentity."""

from wizard.sandbox.arm import managed_identities
from wizard.sandbox.arm.route import Route

_TYPE = managed_identities.TYPE
_IDENTITIES = f"/subscriptions/{{subscription}}/resourceGroups/{{group}}/providers/{_TYPE}"
_IDENTITY = f"{_IDENTITIES}/{{name}}"
_CREDENTIALS = f"{_IDENTITY}/federatedIdentityCredentials"
_CREDENTIAL = f"{_CREDENTIALS}/{{credential}}"
_HELD = f"{_TYPE}/federatedIdentityCredentials"

ROUTES = [
    Route("GET", _IDENTITIES, managed_identities.list_by_group, f"{_TYPE}/read", _TYPE),
    Route("GET", _IDENTITY, managed_identities.get, f"{_TYPE}/read", _TYPE),
    Route("PUT", _IDENTITY, managed_identities.put, f"{_TYPE}/write", _TYPE),
    Route("DELETE", _IDENTITY, managed_identities.delete, f"{_TYPE}/delete", _TYPE),
    Route("GET", _CREDENTIALS, managed_identities.list_credentials, f"{_HELD}/read", _HELD),
    Route("GET", _CREDENTIAL, managed_identities.get_credential, f"{_HELD}/read", _HELD),
    Route("PUT", _CREDENTIAL, managed_identities.put_credential, f"{_HELD}/write", _HELD),
    Route("DELETE", _CREDENTIAL, managed_identities.delete_credential, f"{_HELD}/delete", _HELD),
]
