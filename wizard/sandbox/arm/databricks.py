"""Databricks workspaces. https://learn.microsoft.com/rest/api/databricks/workspaces"""

import re
import secrets
import string
from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm import operations
from wizard.sandbox.arm.call import Call, answer, empty, one_of, tags_of, text_of
from wizard.sandbox.arm.errors import ArmError, invalid_content, required_property
from wizard.sandbox.arm.groups import find_in_group, group_id, open_group
from wizard.sandbox.arm.inventory import GROUP, Resource
from wizard.sandbox.arm.moments import moment
from wizard.sandbox.arm.paging import page
from wizard.sandbox.arm.providers import check_location, check_registered
from wizard.sandbox.arm.system_data import system_data
from wizard.sandbox.arm.workspaces import TYPE, workspace_state

CREATE_SECONDS = 150.0
DELETE_SECONDS = 90.0
SKUS = ["standard", "premium", "trial"]

# The service principal of Azure Databricks, which owns a workspace's managed resource group.
_AUTHORIZATION = {
    "principalId": "9a74af6f-d153-4348-988a-e2672920bee9",
    "roleDefinitionId": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,62}[A-Za-z0-9]")
_FIELDS = {
    "computeMode",
    "managedResourceGroupId",
    "parameters",
    "publicNetworkAccess",
    "requiredNsgRules",
    "authorizations",
    "defaultStorageFirewall",
    "encryption",
    "uiDefinitionUri",
    "enhancedSecurityCompliance",
    "defaultCatalog",
    "accessConnector",
    "provisioningState",
    "createdBy",
    "updatedBy",
    "managedDiskIdentity",
}


def workspace_resource_id(subscription: str, group: str, name: str) -> str:
    """The id of a workspace."""
    return f"{group_id(subscription, group)}/providers/{TYPE}/{name}"


def view(resource: Resource) -> dict[str, Any]:
    """A workspace as its answers show it; where it is reachable is known once it is ready."""
    shown = dict(resource.properties) | {
        "provisioningState": workspace_state(resource),
        "authorizations": [_AUTHORIZATION],
        "createdDateTime": moment(resource.created_at),
    }
    if resource.ready:
        shown |= {
            "parameters": resource.properties.get("parameters", {}) | resource.private["parameters"],
            "workspaceId": resource.private["workspace_id"],
            "workspaceUrl": resource.private["host"],
        }
    plain = {"id": resource.id, "name": resource.name, "type": TYPE, "location": resource.location}
    return {"properties": shown} | plain | resource.top


def get(call: Call, subscription: str, group: str, name: str) -> Response:
    """GET one workspace."""
    return answer(view(_find(call, subscription, group, name)))


def list_by_group(call: Call, subscription: str, group: str) -> Response:
    """GET the workspaces of a group."""
    open_or_leaving = call.inventory.all(group_id(subscription, group), TYPE)
    return answer(page(call, [view(resource) for resource in open_or_leaving]))


def list_all(call: Call, subscription: str) -> Response:
    """GET the workspaces of the subscription."""
    return answer(page(call, [view(r) for r in call.inventory.all(f"/subscriptions/{subscription}", TYPE)]))


def put(call: Call, subscription: str, group: str, name: str) -> Response:
    """PUT: create a workspace (201 and an asynchronous operation), or change its tags (200)."""
    body, inventory = call.body(), call.inventory
    location = check_location(text_of(body, "location"), TYPE)
    check_registered(call.cloud, "Microsoft.Databricks")
    parent = open_group(inventory, subscription, group)
    if not _NAME.fullmatch(name):
        raise ArmError(
            400,
            "InvalidResourceName",
            f"Resource name {name} is invalid. The name can have alphanumeric, underscore, hyphen and the length must"
            " be between 3 and 64.",
        )
    properties = _properties(call, body)
    there = inventory.get(workspace_resource_id(subscription, group, name))
    if there is not None:
        return _update(call, there, body, location)
    resource = Resource(f"{parent.id}/providers/{TYPE}/{name}", name, TYPE, location, properties)
    resource.top = {"sku": {"name": _sku(body)}, "systemData": system_data(call)}
    if body.get("tags"):
        resource.top["tags"] = tags_of(body)
    done_at = resource.ready_at = call.cloud.ready_at(CREATE_SECONDS)
    author = {"oid": call.principal.object_id, "applicationId": call.principal.app_id or call.principal.object_id}
    resource.properties |= {"isUcEnabled": False, "createdBy": author, "updatedBy": author}
    resource.private = _new_place(resource)
    _add_managed_group(call, resource, subscription)
    inventory.put(resource)
    return answer(view(resource), 201, _operation_headers(call, resource, done_at))


def patch(call: Call, subscription: str, group: str, name: str) -> Response:
    """PATCH: change the tags."""
    resource = _find(call, subscription, group, name)
    resource.top["tags"] = tags_of(call.body())
    call.inventory.put(resource)
    return answer(view(resource))


def delete(call: Call, subscription: str, group: str, name: str) -> Response:
    """DELETE: 202, or 204 when there is none; its managed resource group goes with it."""
    resource = call.inventory.get(workspace_resource_id(subscription, group, name))
    if resource is None:
        return empty(204)
    if not resource.ready:
        raise ArmError(
            409, "ApplianceBeingCreated", f"The workspace '{name}' is being created and cannot be deleted yet."
        )
    if resource.gone_at is None:
        call.inventory.delete(resource, call.cloud.ready_at(DELETE_SECONDS))
        managed = call.inventory.get(resource.properties["managedResourceGroupId"])
        if managed is not None:
            call.inventory.delete(managed, resource.gone_at or 0)
    return empty(202, _operation_headers(call, resource, resource.gone_at or 0))


def _find(call: Call, subscription: str, group: str, name: str) -> Resource:
    return find_in_group(call.inventory, subscription, group, TYPE, name)


def _properties(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    given = body.get("properties")
    if given is None:
        raise required_property("properties")
    if not isinstance(given, dict):
        raise invalid_content("'properties' is not an object")
    unknown = set(given) - _FIELDS
    if unknown:
        raise invalid_content(f"Could not find member '{sorted(unknown)[0]}' on object of type 'ApplianceProperties'")
    parameters = given.get("parameters") or {}
    if not isinstance(parameters, dict) or not all(isinstance(v, dict) for v in parameters.values()):
        raise invalid_content("'properties.parameters' is not a map of objects with a value")
    kept = {k: v for k, v in given.items() if v is not None and k not in ("provisioningState", "authorizations")}
    if call.api_version >= "2025-10-01-preview":
        if "computeMode" not in kept:
            raise required_property("properties.computeMode")
        kept["computeMode"] = one_of(str(kept["computeMode"]), "properties.computeMode", ["Hybrid", "Serverless"])
        if kept["computeMode"] == "Serverless":
            raise ArmError(400, "ServerlessWorkspaceNotSupported", "This cloud makes workspaces of computeMode Hybrid.")
    elif not kept.get("managedResourceGroupId"):
        raise required_property("properties.managedResourceGroupId")
    return kept


def _sku(body: dict[str, Any]) -> str:
    given = body.get("sku") or {}
    if not isinstance(given, dict):
        raise invalid_content("'sku' is not an object")
    return one_of(str(given.get("name") or "premium"), "sku.name", SKUS)


def _update(call: Call, there: Resource, body: dict[str, Any], location: str) -> Response:
    if there.location != location:
        raise ArmError(
            409,
            "InvalidResourceLocation",
            f"The resource '{there.name}' already exists in location '{there.location}' in resource group"
            f" '{there.group}'. A resource with the same name cannot be created in location '{location}'. Please"
            " select a new resource name.",
        )
    if there.deleting or not there.ready:
        state = workspace_state(there)
        raise ArmError(
            409, "ApplianceUpdateConflict", f"The workspace '{there.name}' is in state {state}; try again later."
        )
    there.top["tags"] = tags_of(body)
    call.inventory.put(there)
    return answer(view(there))


def _new_place(resource: Resource) -> dict[str, Any]:
    """Number, host name and storage of a new workspace."""
    number = 10**15 + secrets.randbelow(9 * 10**15)
    tail = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(13))
    if not resource.properties.get("managedResourceGroupId"):
        managed = f"databricks-rg-{resource.name}-{tail}"
        resource.properties["managedResourceGroupId"] = (
            f"/subscriptions/{resource.id.split('/')[2]}/resourceGroups/{managed}"
        )
    chosen = resource.properties.get("parameters") or {}
    parameters = {
        "enableNoPublicIp": {"type": "Bool", "value": chosen.get("enableNoPublicIp", {}).get("value", True)},
        "prepareEncryption": {"type": "Bool", "value": False},
        "requireInfrastructureEncryption": {"type": "Bool", "value": False},
        "resourceTags": {"type": "Object", "value": {"application": "databricks", "databricks-environment": "true"}},
        "storageAccountName": {"type": "String", "value": f"dbstorage{tail}"},
        "storageAccountSkuName": {"type": "String", "value": "Standard_GRS"},
    }
    # The number after the first dot is the workspace's number modulo 20.
    host = f"adb-{number}.{number % 20}.azuredatabricks.net"
    return {"workspace_id": str(number), "host": host, "parameters": parameters}


def _add_managed_group(call: Call, resource: Resource, subscription: str) -> None:
    """Make the resource group that holds the workspace's own resources; it must be a new one."""
    wanted = str(resource.properties["managedResourceGroupId"])
    match = re.fullmatch(rf"/subscriptions/{subscription}/resourceGroups/([\w.()-]{{1,90}})", wanted, re.IGNORECASE)
    if match is None:
        raise ArmError(
            400,
            "InvalidManagedResourceGroupId",
            f"The managed resource group id '{wanted}' is not one of this subscription.",
        )
    if call.inventory.get(wanted) is not None:
        raise ArmError(
            409,
            "ApplianceManagedResourceGroupConflict",
            f"The managed resource group '{match[1]}' already exists; a workspace needs a new one.",
        )
    group = Resource(wanted, match[1], GROUP, resource.location, top={"managedBy": resource.id})
    call.inventory.put(group)


def _operation_headers(call: Call, resource: Resource, done_at: float) -> dict[str, str]:
    operation = operations.begin(call.cloud, done_at)
    region = f"{resource.group_id}/providers/Microsoft.Databricks/locations/{resource.location}"
    poll = operations.address(call, f"{region}/operationStatuses/{operation}")
    return {"Azure-AsyncOperation": poll, "Location": poll, **operations.wait_hint(done_at)}
