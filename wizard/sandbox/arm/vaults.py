"""Key vaults. https://learn.microsoft.com/rest/api/keyvault/keyvault/vaults"""

from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm import operations
from wizard.sandbox.arm.call import Call, answer, empty, one_of, tags_of, text_of
from wizard.sandbox.arm.deleted_vaults import recovered
from wizard.sandbox.arm.errors import ArmError, group_not_found, invalid_content, required_property
from wizard.sandbox.arm.groups import find_in_group, group_id, open_group
from wizard.sandbox.arm.inventory import Resource
from wizard.sandbox.arm.paging import page
from wizard.sandbox.arm.providers import check_location, check_registered
from wizard.sandbox.arm.system_data import system_data
from wizard.sandbox.arm.vault_names import TYPE, check_free, check_name
from wizard.sandbox.entra.directory import Directory

CREATE_SECONDS = 10.0
_FLAGS = (
    "enabledForDeployment",
    "enabledForDiskEncryption",
    "enabledForTemplateDeployment",
    "enableSoftDelete",
    "enableRbacAuthorization",
    "enablePurgeProtection",
)
_FIELDS = {*_FLAGS, "tenantId", "sku", "accessPolicies", "vaultUri", "softDeleteRetentionInDays", "createMode"} | {
    "networkAcls",
    "provisioningState",
    "publicNetworkAccess",
}


def vault_id(subscription: str, group: str, name: str) -> str:
    """The id of a key vault."""
    return f"{group_id(subscription, group)}/providers/{TYPE}/{name}"


def view(resource: Resource) -> dict[str, Any]:
    """A vault as its answers show it."""
    shown = dict(resource.properties) | {
        "vaultUri": f"https://{resource.name.lower()}.vault.azure.net/",
        "provisioningState": "Succeeded" if resource.ready else "RegisteringDns",
    }
    plain = {"id": resource.id, "name": resource.name, "type": TYPE, "location": resource.location}
    return plain | resource.top | {"properties": shown}


def find(call: Call, subscription: str, group: str, name: str) -> Resource:
    """A vault; raises ArmError."""
    return find_in_group(call.inventory, subscription, group, TYPE, name)


def get(call: Call, subscription: str, group: str, name: str) -> Response:
    """GET one vault."""
    return _shown(find(call, subscription, group, name))


def _shown(resource: Resource) -> Response:
    """A vault, and while its host name is not known yet, when to look again."""
    return answer(view(resource), headers=None if resource.ready else operations.wait_hint(resource.ready_at))


def list_by_group(call: Call, subscription: str, group: str) -> Response:
    """GET the vaults of a group."""
    if call.inventory.get(group_id(subscription, group)) is None:
        raise group_not_found(group)
    return answer(page(call, [view(r) for r in call.inventory.all(group_id(subscription, group), TYPE)]))


def list_all(call: Call, subscription: str) -> Response:
    """GET the vaults of the subscription."""
    return answer(page(call, [view(r) for r in call.inventory.all(f"/subscriptions/{subscription}", TYPE)]))


def put(call: Call, subscription: str, group: str, name: str) -> Response:
    """PUT: create, recover (createMode) or change a vault; 200 at once, its host name follows in seconds."""
    body = call.body()
    check_registered(call.cloud, "Microsoft.KeyVault")
    parent = open_group(call.inventory, subscription, group)
    check_name(name)
    location = check_location(text_of(body, "location"), TYPE)
    given = _given(body)
    there = call.inventory.get(vault_id(subscription, group, name))
    if there is not None:
        there.properties |= _properties(call, given, there.properties)
        there.top["tags"] = tags_of(body)
        call.inventory.put(there)
        return answer(view(there))
    if given.get("createMode") == "recover":
        resource = recovered(call, subscription, location, name)
    else:
        check_free(call, name)
        resource = Resource(f"{parent.id}/providers/{TYPE}/{name}", name, TYPE, location)
        resource.properties = _properties(call, given, {})
        resource.top = {"tags": tags_of(body), "systemData": system_data(call)}
    resource.ready_at = call.cloud.ready_at(CREATE_SECONDS)
    call.inventory.put(resource)
    return _shown(resource)


def patch(call: Call, subscription: str, group: str, name: str) -> Response:
    """PATCH: change some properties or the tags."""
    resource, body = find(call, subscription, group, name), call.body()
    given = body.get("properties") or {}
    resource.properties |= _checked(given)
    if "tags" in body:
        resource.top["tags"] = tags_of(body)
    call.inventory.put(resource)
    return answer(view(resource))


def update_policies(call: Call, subscription: str, group: str, name: str, operation: str) -> Response:
    """PUT accessPolicies/{add|replace|remove}: change who may do what, for the principals that the body names."""
    one_of(operation, "operationKind", ["add", "replace", "remove"])
    resource = find(call, subscription, group, name)
    given = _given(call.body())
    wanted = _policies(given.get("accessPolicies"))
    kept = {policy["objectId"]: policy for policy in resource.properties["accessPolicies"]}
    for policy in wanted:
        held = kept.get(policy["objectId"], {"permissions": {}})["permissions"]
        asked = policy["permissions"]
        if operation.lower() == "replace":
            kept[policy["objectId"]] = policy
        else:
            change = set.union if operation.lower() == "add" else set.difference
            merged = {k: sorted(change(set(held.get(k, [])), set(asked.get(k, [])))) for k in {**held, **asked}}
            kept[policy["objectId"]] = policy | {"permissions": merged}
    resource.properties["accessPolicies"] = [p for p in kept.values() if any(p["permissions"].values())]
    call.inventory.put(resource)
    policies = {"accessPolicies": resource.properties["accessPolicies"]}
    return answer(
        {"id": f"{resource.id}/accessPolicies/", "type": f"{TYPE}/accessPolicies", "properties": policies}, 200
    )


def delete(call: Call, subscription: str, group: str, name: str) -> Response:
    """DELETE: 200, or 204 when there is none; the vault can be recovered until it is purged."""
    found = call.inventory.get(vault_id(subscription, group, name))
    if found is None:
        return empty(204)
    call.inventory.delete(found, call.cloud.ready_at(0))
    return empty(200)


def _given(body: dict[str, Any]) -> dict[str, Any]:
    given = body.get("properties")
    if not isinstance(given, dict):
        raise required_property("properties")
    return given


def _properties(call: Call, given: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """The properties of a vault after a PUT."""
    body = {"properties": given}
    if text_of(body, "properties", "tenantId").lower() != Directory(call.cloud).tenant_id:
        raise ArmError(
            400,
            "BadRequest",
            "An invalid value was provided for 'tenantId'.",
        )
    one_of(text_of(body, "properties", "sku", "name"), "sku.name", ["standard", "premium"])
    if given.get("accessPolicies") is None and not given.get("enableRbacAuthorization"):
        raise ArmError(400, "BadRequest", "An invalid value was provided for 'accessPolicies'.")
    start = {
        "sku": {"family": "A", "name": given["sku"]["name"]},
        "tenantId": given["tenantId"],
        "accessPolicies": [],
        "enabledForDeployment": False,
        "enableSoftDelete": True,
        "softDeleteRetentionInDays": 90,
        "enableRbacAuthorization": False,
        "publicNetworkAccess": "Enabled",
    }
    return start | before | _checked(given)


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    """The properties of a body that a vault keeps, held against their rules."""
    unknown = set(given) - _FIELDS
    if unknown:
        raise invalid_content(f"Could not find member '{sorted(unknown)[0]}' on object of type 'VaultProperties'")
    kept = {name: given[name] for name in _FLAGS if given.get(name) is not None}
    if kept.get("enablePurgeProtection") is False:
        message = 'The property "enablePurgeProtection" cannot be set to false. Enabling the purge protection for a'
        raise ArmError(400, "BadRequest", f"{message} vault is an irreversible action.")
    if given.get("accessPolicies") is not None:
        kept["accessPolicies"] = _policies(given["accessPolicies"])
    if given.get("softDeleteRetentionInDays") is not None:
        if not 7 <= int(given["softDeleteRetentionInDays"]) <= 90:
            message = 'The property "softDeleteRetentionInDays" must be between 7 and 90.'
            raise ArmError(400, "BadRequest", message)
        kept["softDeleteRetentionInDays"] = int(given["softDeleteRetentionInDays"])
    if given.get("networkAcls") is not None:
        kept["networkAcls"] = {"bypass": "AzureServices", "defaultAction": "Allow", "ipRules": []} | {
            name: value for name, value in given["networkAcls"].items() if value is not None
        }
    if given.get("publicNetworkAccess") is not None:
        kept["publicNetworkAccess"] = one_of(
            str(given["publicNetworkAccess"]), "publicNetworkAccess", ["Enabled", "Disabled"]
        )
    return kept


def _policies(given: Any) -> list[dict[str, Any]]:
    if not isinstance(given, list):
        raise ArmError(400, "BadRequest", "An invalid value was provided for 'accessPolicies'.")
    for policy in given:
        if not isinstance(policy, dict) or not isinstance(policy.get("permissions"), dict):
            raise ArmError(400, "BadRequest", "An invalid value was provided for 'accessPolicies'.")
        text_of({"accessPolicies": policy}, "accessPolicies", "objectId")
    return [
        {
            "tenantId": policy.get("tenantId"),
            "objectId": policy["objectId"].lower(),
            "permissions": {kind: [str(one).lower() for one in held] for kind, held in policy["permissions"].items()},
        }
        for policy in given
    ]
