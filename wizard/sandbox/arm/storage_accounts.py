"""Storage accounts. https://learn.microsoft.com/rest/api/storagerp/storage-accounts"""

import base64
import re
import secrets
from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm import operations
from wizard.sandbox.arm.call import Call, answer, empty, one_of, tags_of, text_of
from wizard.sandbox.arm.claims import claim_of
from wizard.sandbox.arm.errors import ArmError, group_not_found, invalid_content
from wizard.sandbox.arm.groups import find_in_group, group_id, open_group
from wizard.sandbox.arm.inventory import Inventory, Resource
from wizard.sandbox.arm.moments import moment
from wizard.sandbox.arm.paging import page
from wizard.sandbox.arm.providers import check_location, check_registered
from wizard.sandbox.storage.accounts import TYPE, shared_key_allowed

CREATE_SECONDS = 20.0
SKUS = [
    "Standard_LRS",
    "Standard_GRS",
    "Standard_RAGRS",
    "Standard_ZRS",
    "Standard_GZRS",
    "Standard_RAGZRS",
    "Premium_LRS",
    "Premium_ZRS",
]
KINDS = ["Storage", "StorageV2", "BlobStorage", "FileStorage", "BlockBlobStorage"]
_NAME = re.compile(r"[a-z0-9]{3,24}")
_NAME_RULE = (
    "is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use"
    " numbers and lower-case letters only."
)
_BOOLEANS = {
    "supportsHttpsTrafficOnly": True,
    "allowBlobPublicAccess": False,
    "allowSharedKeyAccess": None,  # None: not shown until somebody sets it, and then allowed
    "isHnsEnabled": None,
    "allowCrossTenantReplication": False,
    "defaultToOAuthAuthentication": None,
    "isSftpEnabled": None,
    "isLocalUserEnabled": None,
    "isNfsV3Enabled": None,
}
_ENUMS = {
    "accessTier": ["Hot", "Cool", "Premium", "Cold"],
    "minimumTlsVersion": ["TLS1_0", "TLS1_1", "TLS1_2", "TLS1_3"],
    "publicNetworkAccess": ["Enabled", "Disabled", "SecuredByPerimeter"],
}


def account_id(subscription: str, group: str, name: str) -> str:
    """The id of a storage account."""
    return f"{group_id(subscription, group)}/providers/{TYPE}/{name}"


def view(resource: Resource) -> dict[str, Any]:
    """An account as its answers show it."""
    at, name = moment(resource.created_at), resource.name
    service = {"keyType": "Account", "enabled": True, "lastEnabledTime": at}
    fixed: dict[str, Any] = {
        "keyCreationTime": {key["keyName"]: key["creationTime"] for key in resource.private["keys"]},
        "privateEndpointConnections": [],
        "networkAcls": {
            "ipv6Rules": [],
            "bypass": "AzureServices",
            "virtualNetworkRules": [],
            "ipRules": [],
            "defaultAction": "Allow",
        },
        "encryption": {"services": {"file": service, "blob": service}, "keySource": "Microsoft.Storage"},
        "provisioningState": "Succeeded" if resource.ready else "Creating",
        "creationTime": at,
        "primaryEndpoints": {
            kind: f"https://{name}.{'z5.' if kind == 'web' else ''}{kind}.core.windows.net/"
            for kind in ("dfs", "web", "blob", "queue", "table", "file")
        },
        "primaryLocation": resource.location,
        "statusOfPrimary": "available",
    }
    plain = {"id": resource.id, "name": name, "type": TYPE, "location": resource.location}
    return resource.top | plain | {"properties": resource.properties | fixed}


def _shown(call: Call, resource: Resource) -> dict[str, Any]:
    """An account as it is under the subscription's policies."""
    shown = view(resource)
    if not shared_key_allowed(call.cloud, resource.properties):
        shown["properties"]["allowSharedKeyAccess"] = False
    return shown


def check_name(call: Call, subscription: str) -> Response:  # noqa: ARG001 - every route has its path's parts
    """POST checkNameAvailability: names are unique in the whole cloud."""
    body = call.body()
    one_of(text_of(body, "type"), "type", [TYPE])
    name = text_of(body, "name")
    if not _NAME.fullmatch(name):
        return answer({"nameAvailable": False, "reason": "AccountNameInvalid", "message": f"{name} {_NAME_RULE}"})
    if _named(call.inventory, name) or claim_of(call.cloud, TYPE, name):
        message = f"The storage account named {name} is already taken."
        return answer({"nameAvailable": False, "reason": "AlreadyExists", "message": message})
    return answer({"nameAvailable": True})


def get(call: Call, subscription: str, group: str, name: str) -> Response:
    """GET one account."""
    return answer(_shown(call, find(call, subscription, group, name)))


def list_by_group(call: Call, subscription: str, group: str) -> Response:
    """GET the accounts of a group."""
    if call.inventory.get(group_id(subscription, group)) is None:
        raise group_not_found(group)
    return answer(page(call, [_shown(call, r) for r in call.inventory.all(group_id(subscription, group), TYPE)]))


def list_all(call: Call, subscription: str) -> Response:
    """GET the accounts of the subscription."""
    return answer(page(call, [_shown(call, r) for r in call.inventory.all(f"/subscriptions/{subscription}", TYPE)]))


def put(call: Call, subscription: str, group: str, name: str) -> Response:
    """PUT: create an account (202 and a Location to poll), or change it (200)."""
    body, inventory = call.body(), call.inventory
    check_registered(call.cloud, "Microsoft.Storage")
    parent = open_group(inventory, subscription, group)
    if not _NAME.fullmatch(name):
        raise ArmError(400, "AccountNameInvalid", f"{name} {_NAME_RULE}")
    location = check_location(text_of(body, "location"), TYPE)
    kind = one_of(text_of(body, "kind"), "kind", KINDS)
    sku = one_of(text_of(body, "sku", "name"), "sku.name", SKUS)
    changes = _properties(body)
    there = _named(inventory, name)
    if there is not None:
        _check_same(there, subscription, group, location)
        if not there.ready or there.deleting:
            raise ArmError(
                409,
                "StorageAccountOperationInProgress",
                "An operation is currently performing on this storage account that requires exclusive access.",
            )
        there.properties |= changes
        there.top |= {"tags": tags_of(body)}
        inventory.put(there)
        return answer(_shown(call, there))
    if claim_of(call.cloud, TYPE, name):
        raise _taken(name)
    resource = Resource(f"{parent.id}/providers/{TYPE}/{name}", name, TYPE, location)
    resource.properties = {k: v for k, v in _BOOLEANS.items() if v is not None} | {
        "minimumTlsVersion": "TLS1_2",
        "accessTier": "Hot",
        "allowCrossTenantDelegationSas": False,
        **changes,
    }
    resource.top = {"sku": {"name": sku, "tier": sku.split("_")[0]}, "kind": kind, "tags": tags_of(body)}
    resource.private = {"keys": [_new_key("key1"), _new_key("key2")]}
    resource.ready_at = call.cloud.ready_at(CREATE_SECONDS)
    inventory.put(resource)
    operation = operations.begin(call.cloud, resource.ready_at, resource.id)
    path = f"/subscriptions/{subscription}/providers/Microsoft.Storage/locations/{location}/asyncoperations/{operation}"
    return empty(202, {"Location": operations.address(call, path), **operations.wait_hint(resource.ready_at)})


def create_result(call: Call, operation: str, **_path: str) -> Response:
    """GET asyncoperations: 202 until the account is there, then the account."""
    found, pending = operations.poll_result(call, operation)
    if pending is not None:
        return pending
    made = call.inventory.get(found["resource_id"])
    if made is None:
        raise ArmError(404, "ResourceNotFound", f"The resource '{found['resource_id']}' was not found.")
    return answer(_shown(call, made))


def patch(call: Call, subscription: str, group: str, name: str) -> Response:
    """PATCH: change properties, tags or the SKU."""
    resource, body = _provisioned(find(call, subscription, group, name)), call.body()
    resource.properties |= _properties(body)
    if "tags" in body:
        resource.top["tags"] = tags_of(body)
    if body.get("sku"):
        sku = one_of(text_of(body, "sku", "name"), "sku.name", SKUS)
        resource.top["sku"] = {"name": sku, "tier": sku.split("_")[0]}
    call.inventory.put(resource)
    return answer(_shown(call, resource))


def delete(call: Call, subscription: str, group: str, name: str) -> Response:
    """DELETE: at once; 204 when there is none."""
    resource = call.inventory.get(account_id(subscription, group, name))
    if resource is None:
        return empty(204)
    call.inventory.delete(resource, 0)
    return empty(200)


def list_keys(call: Call, subscription: str, group: str, name: str) -> Response:
    """POST listKeys."""
    return answer({"keys": _provisioned(find(call, subscription, group, name)).private["keys"]})


def regenerate_key(call: Call, subscription: str, group: str, name: str) -> Response:
    """POST regenerateKey: the old value stops working at once."""
    resource = _provisioned(find(call, subscription, group, name))
    wanted = one_of(text_of(call.body(), "keyName"), "keyName", ["key1", "key2"])
    resource.private["keys"] = [
        _new_key(wanted) if key["keyName"] == wanted else key for key in resource.private["keys"]
    ]
    call.inventory.put(resource)
    return answer({"keys": resource.private["keys"]})


def find(call: Call, subscription: str, group: str, name: str) -> Resource:
    """An account that is there, perhaps still being made; raises ArmError."""
    return find_in_group(call.inventory, subscription, group, TYPE, name)


def _provisioned(account: Resource) -> Resource:
    """Pass an account on that is ready for use; raises ArmError while it is being made."""
    if not account.ready:
        raise ArmError(
            409,
            "StorageAccountIsNotProvisioned",
            "The storage account provisioning state must be 'Succeeded' before executing the operation.",
        )
    return account


def _named(inventory: Inventory, name: str) -> Resource | None:
    return next((resource for resource in inventory.all(resource_type=TYPE) if resource.name == name), None)


def _taken(name: str) -> ArmError:
    return ArmError(409, "StorageAccountAlreadyTaken", f"The storage account named {name} is already taken.")


def _check_same(there: Resource, subscription: str, group: str, location: str) -> None:
    if there.group_id.lower() != group_id(subscription, group).lower():
        raise _taken(there.name)
    if there.location != location:
        raise ArmError(
            409,
            "InvalidResourceLocation",
            f"The resource '{there.name}' already exists in location '{there.location}' in resource group"
            f" '{there.group}'. A resource with the same name cannot be created in location '{location}'. Please"
            " select a new resource name.",
        )


def _properties(body: dict[str, Any]) -> dict[str, Any]:
    """The settings of a body that the sandbox keeps."""
    given = body.get("properties") or {}
    if not isinstance(given, dict):
        raise invalid_content("'properties' is not an object")
    kept: dict[str, Any] = {}
    for name, value in given.items():
        if value is None:
            continue
        if name in _BOOLEANS:
            if not isinstance(value, bool):
                raise invalid_content(f"'properties.{name}' is not a boolean")
            kept[name] = value
        elif name in _ENUMS:
            kept[name] = one_of(str(value), f"properties.{name}", _ENUMS[name])
    return kept


def _new_key(name: str) -> dict[str, str]:
    value = base64.b64encode(secrets.token_bytes(64)).decode()
    return {"creationTime": moment(), "keyName": name, "value": value, "permissions": "FULL"}
