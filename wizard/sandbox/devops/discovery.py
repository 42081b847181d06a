"""What clients ask first: who they are, and which host serves which area."""

from typing import Any

from starlette.responses import Response

from wizard.sandbox.devops.documents import recorded
from wizard.sandbox.devops.identities import Identity
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.wire import Call, answer, collection

_TFS = "00025394-6065-48ca-87d9-7f5672854ef7"  # the service that owns an organisation's main host


def _areas(organisation: str) -> list[dict[str, str]]:
    """The areas with their hosts. Most of these hosts are not part of the sandbox; its proxy says so."""
    return [
        {**area, "locationUrl": area["locationUrl"].replace("{organisation}", organisation)}
        for area in recorded("resource_areas")
    ]


def _resource_areas(call: Call) -> Response:
    found = _areas(call.tenancy.name)
    wanted = call.names.get("areaId", "").lower()
    if not wanted:
        return collection(found)
    return answer(next((area for area in found if area["id"].lower() == wanted), None))


def _identity_view(identity: Identity) -> dict[str, Any]:
    return {
        "id": identity.id,
        "descriptor": identity.descriptor,
        "subjectDescriptor": identity.subject,
        "providerDisplayName": identity.display_name,
        "isActive": True,
        "properties": {"Account": {"$type": "System.String", "$value": identity.account}},
        "resourceVersion": 2,
        "metaTypeId": 0,
    }


def _connection_data(call: Call) -> Response:
    caller = _identity_view(call.caller.identity)
    return answer(
        {
            "authenticatedUser": caller,
            "authorizedUser": caller,
            "instanceId": call.tenancy.instance_id,
            "deploymentId": call.tenancy.deployment_id,
            "deploymentType": "hosted",
            "locationServiceData": {
                "serviceOwner": _TFS,
                "defaultAccessMappingMoniker": "PublicAccessMapping",
                "lastChangeId": 1,
                "lastChangeId64": 1,
            },
        }
    )


def endpoints() -> list[Endpoint]:
    """The operations of this area, which every host of the service has."""
    return [
        Endpoint("00d9565f-ed9c-4a06-9a50-00e7896ccab4", "GET", _connection_data, "any"),
        Endpoint("e81700f7-3be2-46de-8624-2eb35882fcaa", "GET", _resource_areas, "any"),
    ]
