"""Resource groups. https://learn.microsoft.com/rest/api/resources/resource-groups"""

import re
from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm import operations
from wizard.sandbox.arm.call import Call, answer, empty, tags_of, text_of
from wizard.sandbox.arm.errors import (
    ArmError,
    group_being_deleted,
    group_not_found,
    invalid_content,
    resource_not_found,
)
from wizard.sandbox.arm.inventory import GROUP, Inventory, Resource
from wizard.sandbox.arm.locations import REGIONS, normal
from wizard.sandbox.arm.paging import page

DELETE_SECONDS = 45.0
DELETE_SECONDS_EACH = 20.0  # for every resource in it
_FIELDS = {"id", "name", "type", "location", "tags", "managedBy", "properties"}


def group_id(subscription: str, group: str) -> str:
    """The id of a resource group."""
    return f"/subscriptions/{subscription}/resourceGroups/{group}"


def find_in_group(inventory: Inventory, subscription: str, group: str, resource_type: str, name: str) -> Resource:
    """The resource of that type and name; raises ArmError, which tells a missing group from a missing resource."""
    parent = group_id(subscription, group)
    found = inventory.get(f"{parent}/providers/{resource_type}/{name}")
    if found is None:
        raise (
            group_not_found(group) if inventory.get(parent) is None else resource_not_found(resource_type, name, group)
        )
    return found


def open_group(inventory: Inventory, subscription: str, group: str) -> Resource:
    """A group that resources can be put into; raises ArmError when it is missing or being deleted."""
    found = inventory.get(group_id(subscription, group))
    if found is None:
        raise group_not_found(group)
    if found.deleting:
        raise group_being_deleted(group)
    return found


def view(group: Resource) -> dict[str, Any]:
    """A group as its answers show it."""
    state = "Deleting" if group.deleting else "Succeeded"
    plain = {"id": group.id, "name": group.name, "type": GROUP, "location": group.location}
    return plain | group.top | {"properties": {"provisioningState": state}}


def check_exists(call: Call, subscription: str, group: str) -> Response:
    """HEAD: 204 or 404."""
    return empty(204 if call.inventory.get(group_id(subscription, group)) else 404)


def get(call: Call, subscription: str, group: str) -> Response:
    """GET one group."""
    found = call.inventory.get(group_id(subscription, group))
    if found is None:
        raise group_not_found(group)
    return answer(view(found))


def list_all(call: Call, subscription: str) -> Response:
    """GET the subscription's groups, filtered by tag if asked."""
    groups = call.inventory.all(f"/subscriptions/{subscription}", GROUP)
    wanted = _tag_filter(call.query.get("$filter", ""))
    if wanted:
        name, value = wanted
        groups = [g for g in groups if name in g.top.get("tags", {}) and value in (None, g.top["tags"][name])]
    return answer(page(call, [view(group) for group in groups]))


def _tag_filter(text: str) -> tuple[str, str | None] | None:
    """Read `tagName eq 'a' [and tagValue eq 'b']`, the one filter there is."""
    if not text:
        return None
    match = re.fullmatch(r"tagname eq '([^']*)'(?: and tagvalue eq '([^']*)')?", text.strip(), re.IGNORECASE)
    if match is None:
        raise ArmError(400, "InvalidFilterInQueryString", f"Invalid $filter '{text}' specified in the query string.")
    return match[1], match[2]


def put(call: Call, subscription: str, group: str) -> Response:
    """PUT: create a group (201) or change its tags (200)."""
    _check_name(group)
    body = call.body()
    unknown = set(body) - _FIELDS
    if unknown:
        raise invalid_content(
            f"Could not find member '{sorted(unknown)[0]}' on object of type 'ResourceGroupDefinition'"
        )
    location = _location(text_of(body, "location") if body.get("location") else "")
    there = call.inventory.get(group_id(subscription, group))
    if there is not None and there.deleting:
        raise group_being_deleted(group)
    if there is not None and there.location != location:
        raise ArmError(
            409,
            "InvalidResourceGroupLocation",
            f"Invalid resource group location '{location}'. The Resource group already exists in location"
            f" '{there.location}'.",
        )
    made = there or Resource(group_id(subscription, group), group, GROUP, location)
    made.top = {k: v for k, v in (("tags", tags_of(body)), ("managedBy", body.get("managedBy"))) if v}
    call.inventory.put(made)
    return answer(view(made), 201 if there is None else 200)


def patch(call: Call, subscription: str, group: str) -> Response:
    """PATCH: change the tags."""
    found = open_group(call.inventory, subscription, group)
    body = call.body()
    if "tags" in body:
        found.top["tags"] = tags_of(body)
    call.inventory.put(found)
    return answer(view(found))


def delete(call: Call, subscription: str, group: str) -> Response:
    """DELETE: 202; the group goes with all that is in it."""
    found = call.inventory.get(group_id(subscription, group))
    if found is None:
        raise group_not_found(group)
    inside = call.inventory.all(found.id)
    if found.gone_at is None:
        call.inventory.delete(found, call.cloud.ready_at(DELETE_SECONDS + DELETE_SECONDS_EACH * len(inside)))
        for resource in inside:
            call.inventory.delete(resource, found.gone_at or 0)
            _delete_managed_group(call, resource, found.gone_at or 0)
    done_at = found.gone_at or 0
    operation = operations.begin(call.cloud, done_at)
    location = operations.address(call, f"/subscriptions/{subscription}/operationresults/{operation}")
    return empty(202, {"Location": location, **operations.wait_hint(done_at)})


def _delete_managed_group(call: Call, resource: Resource, when: float) -> None:
    """A managed resource group goes with the resource it was made for."""
    managed = call.inventory.get(resource.properties.get("managedResourceGroupId") or "/")
    if managed is not None:
        call.inventory.delete(managed, when)


def _check_name(group: str) -> None:
    if len(group) > 90:
        raise ArmError(
            400,
            "InvalidResourceGroup",
            f"The provided resource group name '{group}' has invalid length '{len(group)}'. The length must not exceed"
            " '90' characters.",
        )
    bad = sorted({letter for letter in group if not (letter.isalnum() or letter in "-._()")})
    if bad:
        raise ArmError(
            400,
            "InvalidResourceGroup",
            f"The provided resource group name '{group}' has these invalid characters: '{''.join(bad)}'. The name can"
            " only be a letter, digit, '-', '.', '(', ')' or '_'.",
        )
    if group.endswith("."):
        raise ArmError(
            400, "InvalidResourceGroup", f"The provided resource group name '{group}' cannot end with a period."
        )


def _location(location: str) -> str:
    if not location:
        raise ArmError(400, "LocationRequired", "The location property is required for this definition.")
    if normal(location) not in REGIONS:
        raise ArmError(
            400,
            "LocationNotAvailableForResourceGroup",
            f"The provided location '{location}' is not available for resource group. List of available regions is"
            f" '{','.join(REGIONS)}'.",
        )
    return normal(location)
