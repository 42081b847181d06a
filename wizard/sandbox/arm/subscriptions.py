"""Subscriptions, tenants and regions. https://learn.microsoft.com/rest/api/resources/subscriptions"""

from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm.access import has_any_role
from wizard.sandbox.arm.call import Call, answer
from wizard.sandbox.arm.locations import REGIONS
from wizard.sandbox.entra.directory import Directory
from wizard.sandbox.store import Document


def _view(subscription: Document) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/{subscription['id']}",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionId": subscription["id"],
        "tenantId": subscription["tenant_id"],
        "displayName": subscription["name"],
        "state": "Enabled",
        "subscriptionPolicies": {
            "locationPlacementId": "Public_2014-09-01",
            "quotaId": "PayAsYouGo_2014-09-01",
            "spendingLimit": "Off",
        },
    }


def list_all(call: Call) -> Response:
    """GET the subscriptions of the token's tenant in which the caller has any role."""
    every = [body for _, body in call.cloud.store.items("subscription")]
    here = [s for s in every if s["tenant_id"] == call.principal.tenant_id]
    mine = [s for s in here if has_any_role(call.cloud, call.principal, f"/subscriptions/{s['id']}")]
    return answer({"value": [_view(s) for s in mine], "count": {"type": "Total", "value": len(mine)}})


def get(call: Call, subscription: str) -> Response:
    """GET one subscription."""
    return answer(_view(call.cloud.store.get("subscription", subscription.lower()) or {}))


def list_tenants(call: Call) -> Response:
    """GET the tenants that the caller belongs to, at home or as a guest."""
    directory = Directory(call.cloud)
    own = {"id": directory.tenant_id, "name": directory.tenant_name, "domain": directory.domain}
    home = directory.home if call.principal.kind == "User" else None
    tenants = [_tenant_view(home or own, call.api_version)]
    return answer({"value": [*tenants, *([_tenant_view(own, call.api_version)] if home else [])]})


def _tenant_view(tenant: Document, version: str) -> dict[str, Any]:
    view = {"id": f"/tenants/{tenant['id']}", "tenantId": tenant["id"]}
    if version < "2020":
        return view
    return view | {
        "countryCode": "US",
        "displayName": tenant["name"],
        "domains": [tenant["domain"]],
        "tenantCategory": "Home",
        "defaultDomain": tenant["domain"],
        "tenantType": "AAD",
    }


def list_locations(call: Call, subscription: str) -> Response:
    """GET the regions."""
    regions = [
        {
            "id": f"/subscriptions/{subscription}/locations/{name}",
            "name": name,
            "displayName": display,
            "regionalDisplayName": display,
        }
        for name, display in REGIONS.items()
    ]
    return answer(
        {"value": [region | {"type": "Region"} if call.api_version >= "2022" else region for region in regions]}
    )
