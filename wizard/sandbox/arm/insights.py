"""Application Insights components, which an Azure ML workspace may use.

https://learn.microsoft.com/rest/api/application-insights/components
"""

import uuid
from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm.call import Call, answer, empty, one_of, tags_of, text_of
from wizard.sandbox.arm.groups import find_in_group, group_id, open_group
from wizard.sandbox.arm.inventory import Resource
from wizard.sandbox.arm.moments import moment
from wizard.sandbox.arm.paging import page
from wizard.sandbox.arm.providers import check_location, check_registered
from wizard.sandbox.entra.directory import Directory

TYPE = "Microsoft.Insights/components"


def view(resource: Resource) -> dict[str, Any]:
    """A component as its answers show it."""
    plain = {"id": resource.id, "name": resource.name, "type": TYPE, "location": resource.location}
    return plain | resource.top | {"properties": resource.properties}


def _id(subscription: str, group: str, name: str) -> str:
    return f"{group_id(subscription, group)}/providers/{TYPE}/{name}"


def put(call: Call, subscription: str, group: str, name: str) -> Response:
    """PUT: create a component, or change its tags; 200 at once."""
    body = call.body()
    check_registered(call.cloud, "Microsoft.Insights")
    parent = open_group(call.inventory, subscription, group)
    location = check_location(text_of(body, "location"), TYPE)
    kind = text_of(body, "kind")
    one_of(text_of(body, "properties", "Application_Type"), "properties.Application_Type", ["web", "other"])
    resource = call.inventory.get(_id(subscription, group, name))
    if resource is None:
        resource = Resource(f"{parent.id}/providers/{TYPE}/{name}", name, TYPE, location)
        resource.properties = _new_properties(call, name, location)
    resource.top = {"kind": kind, "tags": tags_of(body)}
    call.inventory.put(resource)
    return answer(view(resource))


def _new_properties(call: Call, name: str, location: str) -> dict[str, Any]:
    key, app = str(uuid.uuid4()), str(uuid.uuid4())
    host = f"https://{location}.in.applicationinsights.azure.com/"
    return {
        "ApplicationId": name,
        "AppId": app,
        "Application_Type": "web",
        "Flow_Type": "Bluefield",
        "Request_Source": "rest",
        "InstrumentationKey": key,
        "ConnectionString": f"InstrumentationKey={key};IngestionEndpoint={host};ApplicationId={app}",
        "Name": name,
        "CreationDate": moment(),
        "TenantId": Directory(call.cloud).tenant_id,
        "provisioningState": "Succeeded",
        "RetentionInDays": 90,
        "IngestionMode": "LogAnalytics",
        "publicNetworkAccessForIngestion": "Enabled",
        "publicNetworkAccessForQuery": "Enabled",
    }


def get(call: Call, subscription: str, group: str, name: str) -> Response:
    """GET one component."""
    return answer(view(find_in_group(call.inventory, subscription, group, TYPE, name)))


def list_by_group(call: Call, subscription: str, group: str) -> Response:
    """GET the components of a group."""
    return answer(page(call, [view(r) for r in call.inventory.all(group_id(subscription, group), TYPE)]))


def delete(call: Call, subscription: str, group: str, name: str) -> Response:
    """DELETE: at once; 204 when there is none."""
    found = call.inventory.get(_id(subscription, group, name))
    if found is None:
        return empty(204)
    call.inventory.delete(found, 0)
    return empty(200)
