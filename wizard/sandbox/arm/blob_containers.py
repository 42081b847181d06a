"""Blob containers through Resource Manager. https://learn.microsoft.com/rest/api/storagerp/blob-containers"""

from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm.call import Call, answer, empty
from wizard.sandbox.arm.errors import ArmError
from wizard.sandbox.arm.inventory import Resource
from wizard.sandbox.arm.moments import moment
from wizard.sandbox.arm.paging import page
from wizard.sandbox.arm.storage_accounts import find
from wizard.sandbox.storage.containers import NAME_RULE, Container, Containers, is_container_name

TYPE = "Microsoft.Storage/storageAccounts/blobServices/containers"


def _plain(account: Resource, container: str) -> dict[str, Any]:
    return {"id": f"{account.id}/blobServices/default/containers/{container}", "name": container, "type": TYPE}


def _view(account: Resource, container: Container) -> dict[str, Any]:
    properties = {
        "deleted": False,
        "remainingRetentionDays": 0,
        "defaultEncryptionScope": "$account-encryption-key",
        "denyEncryptionScopeOverride": False,
        "publicAccess": "None",
        "leaseStatus": "Unlocked",
        "leaseState": "Available",
        "lastModifiedTime": moment(container.modified_at),
        "legalHold": {"hasLegalHold": False, "tags": []},
        "hasImmutabilityPolicy": False,
        "hasLegalHold": False,
    }
    return _plain(account, container.name) | {"etag": container.etag, "properties": properties}


def put(call: Call, subscription: str, group: str, name: str, container: str) -> Response:
    """PUT: create a container (201), or answer with the one there is (200)."""
    account = find(call, subscription, group, name)
    if call.raw:
        call.body()
    if not is_container_name(container):
        raise ArmError(400, "ContainerNameInvalid", NAME_RULE)
    containers = Containers(call.cloud, account.uid)
    there = containers.get(container)
    made = there or containers.create(container, {})
    return answer(_plain(account, container), 200 if there else 201, {"ETag": made.etag})


def get(call: Call, subscription: str, group: str, name: str, container: str) -> Response:
    """GET one container."""
    account = find(call, subscription, group, name)
    found = Containers(call.cloud, account.uid).get(container)
    if found is None:
        raise ArmError(404, "ContainerNotFound", "The specified container does not exist.")
    return answer(_view(account, found), headers={"ETag": found.etag})


def list_all(call: Call, subscription: str, group: str, name: str) -> Response:
    """GET the containers of an account."""
    account = find(call, subscription, group, name)
    return answer(page(call, [_view(account, c) for c in Containers(call.cloud, account.uid).all()]))


def delete(call: Call, subscription: str, group: str, name: str, container: str) -> Response:
    """DELETE: 200, or 204 when there is none."""
    account = find(call, subscription, group, name)
    return empty(200 if Containers(call.cloud, account.uid).delete(container) else 204)
