"""User-assigned managed identities and their federated credentials.

https://learn.microsoft.com/rest/api/managedidentity
"""

import re
import uuid
from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm.call import Call, answer, empty, tags_of, text_of
from wizard.sandbox.arm.errors import ArmError, required_property
from wizard.sandbox.arm.groups import find_in_group, group_id, open_group
from wizard.sandbox.arm.inventory import Resource
from wizard.sandbox.arm.paging import page
from wizard.sandbox.arm.providers import check_location, check_registered
from wizard.sandbox.entra.directory import Directory
from wizard.sandbox.entra.federation import KIND
from wizard.sandbox.store import Document

TYPE = "Microsoft.ManagedIdentity/userAssignedIdentities"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,127}")
_MOST_CREDENTIALS = 20


def view(resource: Resource) -> dict[str, Any]:
    """An identity as its answers show it."""
    plain = {"id": resource.id, "name": resource.name, "type": TYPE, "location": resource.location}
    return plain | resource.top | {"properties": resource.properties}


def get(call: Call, subscription: str, group: str, name: str) -> Response:
    """GET one identity."""
    return answer(view(find_in_group(call.inventory, subscription, group, TYPE, name)))


def list_by_group(call: Call, subscription: str, group: str) -> Response:
    """GET the identities of a group."""
    return answer(page(call, [view(r) for r in call.inventory.all(group_id(subscription, group), TYPE)]))


def put(call: Call, subscription: str, group: str, name: str) -> Response:
    """PUT: create an identity, and with it its service principal (201), or change its tags (200)."""
    body = call.body()
    check_registered(call.cloud, "Microsoft.ManagedIdentity")
    parent = open_group(call.inventory, subscription, group)
    if not _NAME.fullmatch(name):
        raise ArmError(400, "InvalidResourceName", f"The resource name '{name}' is invalid.")
    location = check_location(text_of(body, "location"), TYPE)
    resource = call.inventory.get(f"{parent.id}/providers/{TYPE}/{name}")
    if resource is not None:
        resource.top["tags"] = tags_of(body)
        call.inventory.put(resource)
        return answer(view(resource))
    resource = Resource(f"{parent.id}/providers/{TYPE}/{name}", name, TYPE, location)
    client_id, object_id = str(uuid.uuid4()), str(uuid.uuid4())
    resource.properties = {
        "tenantId": Directory(call.cloud).tenant_id,
        "principalId": object_id,
        "clientId": client_id,
    }
    resource.top = {"tags": tags_of(body)}
    identity = {"client_id": client_id, "object_id": object_id, "name": name, "federated": {}}
    call.cloud.store.put(KIND, client_id, identity)
    call.inventory.put(resource)
    return answer(view(resource), 201)


def delete(call: Call, subscription: str, group: str, name: str) -> Response:
    """DELETE: at once, with its service principal; 204 when there is none."""
    found = call.inventory.get(f"{group_id(subscription, group)}/providers/{TYPE}/{name}")
    if found is None:
        return empty(204)
    call.cloud.store.delete(KIND, found.properties["clientId"])
    call.inventory.delete(found, 0)
    return empty(200)


def list_credentials(call: Call, subscription: str, group: str, name: str) -> Response:
    """GET the federated credentials of an identity."""
    resource = find_in_group(call.inventory, subscription, group, TYPE, name)
    held = _identity(call, resource)["federated"]
    return answer(page(call, [_credential_view(resource, each, held[each]) for each in sorted(held)]))


def get_credential(call: Call, subscription: str, group: str, name: str, credential: str) -> Response:
    """GET one federated credential."""
    resource = find_in_group(call.inventory, subscription, group, TYPE, name)
    held = _identity(call, resource)["federated"].get(credential)
    if held is None:
        message = f"The federated identity credential '{credential}' was not found on '{resource.name}'."
        raise ArmError(404, "NotFound", message)
    return answer(_credential_view(resource, credential, held))


def put_credential(call: Call, subscription: str, group: str, name: str, credential: str) -> Response:
    """PUT: add a federated credential (201) or change it (200). No two may be for the same issuer and subject."""
    resource = find_in_group(call.inventory, subscription, group, TYPE, name)
    given = call.body().get("properties")
    if not isinstance(given, dict):
        raise required_property("properties")
    wanted = {each: text_of({"properties": given}, "properties", each) for each in ("issuer", "subject")}
    audiences = given.get("audiences")
    if not isinstance(audiences, list) or len(audiences) != 1:
        raise ArmError(400, "BadRequest", "Exactly one audience must be given.")
    identity = _identity(call, resource)
    held: dict[str, Any] = identity["federated"]
    for other, each in held.items():
        if other != credential and wanted.items() <= each.items():
            message = "A federated identity credential with the same issuer and subject exists already."
            raise ArmError(409, "Conflict", f"{message} ({other})")
    is_new = credential not in held
    if is_new and len(held) >= _MOST_CREDENTIALS:
        message = f"Too many federated identity credentials; at most {_MOST_CREDENTIALS} are supported."
        raise ArmError(400, "BadRequest", message)
    held[credential] = {**wanted, "audiences": audiences}
    call.cloud.store.put(KIND, identity["client_id"], identity)
    return answer(_credential_view(resource, credential, held[credential]), 201 if is_new else 200)


def delete_credential(call: Call, subscription: str, group: str, name: str, credential: str) -> Response:
    """DELETE a federated credential; 204 when there is none."""
    identity = _identity(call, find_in_group(call.inventory, subscription, group, TYPE, name))
    if identity["federated"].pop(credential, None) is None:
        return empty(204)
    call.cloud.store.put(KIND, identity["client_id"], identity)
    return empty(200)


def _identity(call: Call, resource: Resource) -> Document:
    return call.cloud.store.get(KIND, resource.properties["clientId"]) or {}


def _credential_view(resource: Resource, name: str, held: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{resource.id}/federatedIdentityCredentials/{name}",
        "name": name,
        "type": f"{TYPE}/federatedIdentityCredentials",
        "properties": held,
    }
