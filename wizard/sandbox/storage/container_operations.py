"""The operations on containers and on the account itself."""

from starlette.responses import Response

from wizard.sandbox.storage.call import Call, http_date, meta_headers
from wizard.sandbox.storage.containers import Container, is_container_name
from wizard.sandbox.storage.errors import BlobError
from wizard.sandbox.storage.listing import xml


def _stamp(container: Container) -> dict[str, str]:
    return {"ETag": container.etag, "Last-Modified": http_date(container.modified_at)}


async def create(call: Call) -> Response:
    """PUT ?restype=container."""
    if not is_container_name(call.container):
        raise BlobError(400, "InvalidResourceName")
    if call.headers.get("x-ms-blob-public-access"):
        raise BlobError(409, "PublicAccessNotPermitted")
    if call.containers.get(call.container) is not None:
        raise BlobError(409, "ContainerAlreadyExists")
    return Response(status_code=201, headers=_stamp(call.containers.create(call.container, call.metadata())))


async def properties(call: Call) -> Response:
    """GET or HEAD ?restype=container, also with comp=metadata."""
    container = call.existing_container()
    more = {
        "x-ms-lease-status": "unlocked",
        "x-ms-lease-state": "available",
        "x-ms-has-immutability-policy": "false",
        "x-ms-has-legal-hold": "false",
    }
    if call.query.get("comp") == "metadata":
        more = {}
    return Response(headers={**_stamp(container), **more, **meta_headers(container.metadata)})


async def set_metadata(call: Call) -> Response:
    """PUT ?restype=container&comp=metadata."""
    call.existing_container()
    return Response(headers=_stamp(call.containers.create(call.container, call.metadata())))


async def get_acl(call: Call) -> Response:
    """GET ?restype=container&comp=acl: no container is public, none has stored access policies."""
    container = call.existing_container()
    response = xml("<SignedIdentifiers />")
    response.headers.update(_stamp(container))
    return response


async def delete(call: Call) -> Response:
    """DELETE ?restype=container."""
    call.existing_container()
    call.containers.delete(call.container)
    return Response(status_code=202)


async def account_information(call: Call) -> Response:
    """GET or HEAD ?restype=account&comp=properties."""
    return Response(
        headers={
            "x-ms-sku-name": call.account.sku,
            "x-ms-account-kind": call.account.kind,
            "x-ms-is-hns-enabled": "false",
        }
    )


async def service_properties(_call: Call) -> Response:
    """GET ?restype=service&comp=properties: the defaults."""
    off = "<Enabled>false</Enabled>"
    retention = f"<RetentionPolicy>{off}</RetentionPolicy>"
    return xml(
        "<StorageServiceProperties>"
        f"<Logging><Version>1.0</Version><Delete>false</Delete><Read>false</Read><Write>false</Write>{retention}</Logging>"
        f"<HourMetrics><Version>1.0</Version>{off}{retention}</HourMetrics>"
        f"<MinuteMetrics><Version>1.0</Version>{off}{retention}</MinuteMetrics>"
        f"<Cors /><DeleteRetentionPolicy>{off}</DeleteRetentionPolicy><StaticWebsite>{off}</StaticWebsite>"
        "</StorageServiceProperties>"
    )
