"""Resources of any type: lists, and GET by id. https://learn.microsoft.com/rest/api/resources/resources"""

import re
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm import (
    databricks,
    insights,
    managed_identities,
    ml_workspaces,
    storage_accounts,
    vault_names,
    vaults,
    workspaces,
)
from wizard.sandbox.arm.call import Call, answer, empty
from wizard.sandbox.arm.errors import ArmError, group_not_found
from wizard.sandbox.arm.groups import group_id
from wizard.sandbox.arm.inventory import Resource
from wizard.sandbox.arm.paging import page
from wizard.sandbox.machine_learning.workspaces import TYPE as ML_WORKSPACES
from wizard.sandbox.storage import accounts

_VIEWS: dict[str, Callable[[Resource], dict[str, Any]]] = {
    accounts.TYPE: storage_accounts.view,
    workspaces.TYPE: databricks.view,
    vault_names.TYPE: vaults.view,
    ML_WORKSPACES: ml_workspaces.view,
    insights.TYPE: insights.view,
    managed_identities.TYPE: managed_identities.view,
}
# What a list shows of a resource; its properties stay with its own provider.
_LISTED = ("id", "name", "type", "location", "tags", "sku", "kind")


def list_all(call: Call, subscription: str) -> Response:
    """GET the resources of the subscription."""
    return _listed(call, call.inventory.all(f"/subscriptions/{subscription}"))


def list_by_group(call: Call, subscription: str, group: str) -> Response:
    """GET the resources of a group."""
    if call.inventory.get(group_id(subscription, group)) is None:
        raise group_not_found(group)
    return _listed(call, call.inventory.all(group_id(subscription, group)))


def check_exists(call: Call, **_path: str) -> Response:
    """HEAD of one resource: 204 or 404."""
    return empty(204 if call.inventory.get(call.path) else 404)


def _listed(call: Call, found: list[Resource]) -> Response:
    chosen = [resource for resource in found if _filter(call.query.get("$filter", ""))(resource)]
    shown = [_VIEWS[resource.type](resource) for resource in chosen]
    return answer(page(call, [{k: view[k] for k in _LISTED if k in view} for view in shown]))


def _filter(text: str) -> Callable[[Resource], bool]:
    """Read a filter of `resourceType eq`, `name eq`, `location eq`, or tagName and tagValue, joined by `and`."""
    wanted = {}
    for part in re.split(r"\s+and\s+", text.strip()) if text else []:
        match = re.fullmatch(r"(resourceType|name|location|tagName|tagValue) eq '([^']*)'", part, re.IGNORECASE)
        if match is None:
            raise ArmError(
                400, "InvalidFilterInQueryString", f"Invalid $filter '{text}' specified in the query string."
            )
        wanted[match[1].lower()] = match[2]

    def fits(resource: Resource) -> bool:
        tags = resource.top.get("tags", {})
        facts = {"resourcetype": resource.type, "name": resource.name, "location": resource.location}
        plain = all(facts[k].lower() == v.lower() for k, v in wanted.items() if k in facts)
        tag = "tagname" not in wanted or wanted["tagname"] in tags
        return plain and tag and ("tagvalue" not in wanted or tags.get(wanted["tagname"]) == wanted["tagvalue"])

    return fits
