"""Azure ML workspaces. https://learn.microsoft.com/rest/api/azureml/workspaces"""

import re
import secrets
import time
import uuid
from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm import claims, operations, soft_deleted
from wizard.sandbox.arm.call import Call, answer, empty, tags_of, text_of
from wizard.sandbox.arm.errors import ArmError, group_not_found, required_property
from wizard.sandbox.arm.groups import find_in_group, group_id, open_group
from wizard.sandbox.arm.inventory import Resource
from wizard.sandbox.arm.moments import moment
from wizard.sandbox.arm.paging import page
from wizard.sandbox.arm.providers import check_location, check_registered
from wizard.sandbox.arm.system_data import system_data
from wizard.sandbox.entra.directory import Directory
from wizard.sandbox.machine_learning.workspaces import TYPE

CREATE_SECONDS = 60.0
DELETE_SECONDS = 30.0
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,32}")
# What a workspace works with: the property that names it, its resource type, and whether it must be given.
_PARTS = {
    "storageAccount": ("microsoft.storage/storageaccounts", True),
    "keyVault": ("microsoft.keyvault/vaults", True),
    "applicationInsights": ("microsoft.insights/components", False),
}
_KEPT = ("friendlyName", "description", "hbiWorkspace", "publicNetworkAccess", "v1LegacyMode", *_PARTS)

# What earlier api-versions do not have; azureml-core asks by one of 2022.
_WITH_NETWORKS, _NETWORKS_SINCE = ("managedNetwork", "serverlessComputeSettings", "enableDataIsolation"), "2023"


def workspace_id(subscription: str, group: str, name: str) -> str:
    """The id of a workspace."""
    return f"{group_id(subscription, group)}/providers/{TYPE}/{name}"


def view(resource: Resource) -> dict[str, Any]:
    """A workspace as its answers show it."""
    state = "Deleting" if resource.deleting else "Succeeded" if resource.ready else "Creating"
    region = resource.location
    fixed = {
        "hbiWorkspace": False,
        "imageBuildCompute": None,
        "managedNetwork": {"isolationMode": "Disabled"},
        "v1LegacyMode": False,
        "notebookInfo": {
            "resourceId": resource.uid,
            "fqdn": f"ml-{resource.name[:12]}-{region}-{resource.private['workspace_id']}.{region}.notebooks.azure.net",
            "notebookPreparationError": None,
        },
        "storageHnsEnabled": False,
        "privateLinkCount": 0,
        "publicNetworkAccess": "Enabled",
        "serverlessComputeSettings": None,
        "enableDataIsolation": False,
    }
    own = {
        "tenantId": resource.private["tenant_id"],
        "provisioningState": state,
        "workspaceId": resource.private["workspace_id"],
        "discoveryUrl": f"https://{region}.api.azureml.ms/discovery",
        "mlFlowTrackingUri": f"azureml://{region}.api.azureml.ms/mlflow/v1.0{resource.id}",
    }
    plain = {"id": resource.id, "name": resource.name, "type": TYPE, "location": region}
    return plain | resource.top | {"properties": fixed | resource.properties | own}


def full_view(resource: Resource, version: str) -> dict[str, Any]:
    """A workspace as GET of that api-version shows it: with what the service adds to its own description.

    azureml-core reads some of it.
    """
    shown = view(resource)
    shown["etag"] = None
    shown["properties"] |= {
        "creationTime": moment(resource.created_at),
        "allowRoleAssignmentOnRG": True,
        "softDeleteEnabled": True,
        "linkedModelInventoryArmId": None,
        "ipAllowlist": [],
        "EnableSoftwareBillOfMaterials": False,
        "sdkTelemetryAppInsightsKey": resource.private["telemetry_key"],
        "sasGetterUri": "",
    }
    shown["properties"]["managedNetwork"]["changeableIsolationModes"] = [
        "AllowInternetOutbound",
        "AllowOnlyApprovedOutbound",
    ]
    shown["properties"]["notebookInfo"]["isPrivateLinkEnabled"] = False
    if version < _NETWORKS_SINCE:
        for name in _WITH_NETWORKS:
            del shown["properties"][name]
    return shown


def find(call: Call, subscription: str, group: str, name: str) -> Resource:
    """A workspace; raises ArmError."""
    return find_in_group(call.inventory, subscription, group, TYPE, name)


def get(call: Call, subscription: str, group: str, name: str) -> Response:
    """GET one workspace."""
    return answer(full_view(find(call, subscription, group, name), call.api_version))


def list_by_group(call: Call, subscription: str, group: str) -> Response:
    """GET the workspaces of a group."""
    if call.inventory.get(group_id(subscription, group)) is None:
        raise group_not_found(group)
    return answer(
        page(call, [full_view(r, call.api_version) for r in call.inventory.all(group_id(subscription, group), TYPE)])
    )


def list_all(call: Call, subscription: str) -> Response:
    """GET the workspaces of the subscription."""
    return answer(
        page(call, [full_view(r, call.api_version) for r in call.inventory.all(f"/subscriptions/{subscription}", TYPE)])
    )


def put(call: Call, subscription: str, group: str, name: str) -> Response:
    """PUT: create a workspace (202, both kinds of poll address), or change it (200)."""
    body = call.body()
    check_registered(call.cloud, "Microsoft.MachineLearningServices")
    parent = open_group(call.inventory, subscription, group)
    if not _NAME.fullmatch(name):
        message = (
            "Workspace name is invalid. It must be between 3 and 33 characters long. Its first character has to be"
        )
        raise ArmError(400, "BadRequest", f"{message} alphanumeric, and the rest may contain hyphens and underscores.")
    location = check_location(text_of(body, "location"), TYPE)
    there = call.inventory.get(workspace_id(subscription, group, name))
    if there is None:
        _check_free(call, f"{parent.id}/providers/{TYPE}/{name}")
    properties = _properties(call, body)
    if there is not None:
        there.properties |= properties
        there.top["tags"] = tags_of(body)
        call.inventory.put(there)
        return answer(view(there))
    tenant = Directory(call.cloud).tenant_id
    resource = Resource(f"{parent.id}/providers/{TYPE}/{name}", name, TYPE, location, properties)
    resource.top = {
        "tags": tags_of(body),
        "identity": {"type": "SystemAssigned", "principalId": str(uuid.uuid4()), "tenantId": tenant},
        "kind": "Default",
        "sku": {"name": "Basic", "tier": "Basic"},
        "systemData": system_data(call),
    }
    resource.private = {
        "workspace_id": str(uuid.uuid4()),
        "telemetry_key": str(uuid.uuid4()),
        "tenant_id": tenant,
        "notebook_keys": [secrets.token_hex(32), secrets.token_hex(32)],
    }
    resource.ready_at = call.cloud.ready_at(CREATE_SECONDS)
    call.inventory.put(resource)
    return empty(202, _poll_addresses(call, subscription, location, resource.ready_at, resource.id))


def patch(call: Call, subscription: str, group: str, name: str) -> Response:
    """PATCH: change the tags, the description or the friendly name."""
    resource, body = find(call, subscription, group, name), call.body()
    given = body.get("properties") or {}
    resource.properties |= {k: given[k] for k in ("friendlyName", "description") if given.get(k) is not None}
    if "tags" in body:
        resource.top["tags"] = tags_of(body)
    call.inventory.put(resource)
    return answer(view(resource))


def delete(call: Call, subscription: str, group: str, name: str) -> Response:
    """DELETE: 202; the workspace is kept for 14 days unless forceToPurge says otherwise; 204 when there is none."""
    for_good = call.query.get("forceToPurge", "").lower() == "true"
    resource = call.inventory.get(workspace_id(subscription, group, name))
    if resource is None:
        place = workspace_id(subscription, group, name)
        if not for_good or not _purge(call, place):
            return empty(204)
        return empty(200)
    resource.private["purge"] = for_good
    done_at = call.cloud.ready_at(DELETE_SECONDS)
    call.inventory.delete(resource, done_at)
    return empty(202, _poll_addresses(call, subscription, resource.location, done_at, ""))


def list_keys(call: Call, subscription: str, group: str, name: str) -> Response:
    """POST listKeys: of the workspace's storage account and its notebooks."""
    resource = find(call, subscription, group, name)
    account = call.inventory.get(resource.properties["storageAccount"])
    primary, secondary = resource.private["notebook_keys"]
    return answer(
        {
            "userStorageKey": account.private["keys"][0]["value"] if account else None,
            "userStorageArmId": resource.properties["storageAccount"],
            "appInsightsInstrumentationKey": None,
            "containerRegistryCredentials": None,
            "notebookAccessKeys": {"primaryAccessKey": primary, "secondaryAccessKey": secondary},
        }
    )


def operation_status(call: Call, subscription: str, location: str, operation: str) -> Response:  # noqa: ARG001
    """GET workspaceOperationsStatus: a status document, or with type=location 202 until it is done."""
    found = operations.find(call.cloud, operation)
    done = time.time() >= found["done_at"]
    if call.query.get("type") == "location":
        if not done:
            query = {
                "Location": f"https://management.azure.com{call.path}?api-version={call.api_version}&type=location"
            }
            return empty(202, query | operations.wait_hint(found["done_at"]))
        made = call.inventory.get(found["resource_id"]) if found["resource_id"] else None
        return answer(view(made)) if made else empty(200)
    if done:
        return answer({"status": "Succeeded", "percentComplete": 100.0})
    return answer({"status": "InProgress"}, headers=operations.wait_hint(found["done_at"]))


def _poll_addresses(call: Call, subscription: str, location: str, done_at: float, made: str) -> dict[str, str]:
    operation = operations.begin(call.cloud, done_at, made)
    provider = f"/subscriptions/{subscription}/providers/Microsoft.MachineLearningServices"
    address = operations.address(call, f"{provider}/locations/{location}/workspaceOperationsStatus/{operation}")
    addresses = {"Azure-AsyncOperation": f"{address}&type=async", "Location": f"{address}&type=location"}
    return addresses | operations.wait_hint(done_at)


def _properties(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """The properties of a workspace; what it works with must exist."""
    given = body.get("properties")
    if not isinstance(given, dict):
        raise required_property("properties")
    for name, (kind, needed) in _PARTS.items():
        part = given.get(name)
        if part is None and needed:
            raise ArmError(400, "BadRequest", "Missing dependent resources in workspace json", target=name)
        if part is None:
            continue
        found = call.inventory.get(str(part))
        if found is None or found.type.lower() != kind:
            raise ArmError(400, "BadRequest", f"The resource '{part}' of the workspace was not found.", target=name)
    start = {"friendlyName": "", "description": "", "applicationInsights": None}
    return start | {name: given[name] for name in _KEPT if given.get(name) is not None}


def _check_free(call: Call, place: str) -> None:
    """Raise ArmError for the name of a workspace that was deleted and can be recovered."""
    call.inventory.all()  # lets deletions whose time has come take effect
    kept = any(deleted.id.lower() == place.lower() for deleted in soft_deleted.all_kept(call.cloud.store, TYPE))
    if kept or claims.claim_of(call.cloud, TYPE, place):
        message = "Soft-deleted workspace exists. Please purge or recover it. https://aka.ms/wsoftdelete"
        raise ArmError(400, "BadRequest", message)


def _purge(call: Call, place: str) -> bool:
    """Purge a deleted workspace; False when there is none."""
    call.inventory.all()
    if place.lower() in claims.claimed(call.cloud, TYPE):
        claims.release(call.cloud, TYPE, place)
        return True
    for deleted in soft_deleted.all_kept(call.cloud.store, TYPE):
        if deleted.id.lower() == place.lower():
            soft_deleted.forget(call.cloud.store, deleted)
            return True
    return False
