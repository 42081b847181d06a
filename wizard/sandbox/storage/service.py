"""The blob endpoints ACCOUNT.blob.core.windows.net: finds the operation, authorizes, answers.

https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api
"""

import logging
import re
import uuid
from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.storage import blob_operations as on_blob
from wizard.sandbox.storage import container_operations as on_container
from wizard.sandbox.storage import listing
from wizard.sandbox.storage.accounts import HOST, Account, account_of_host
from wizard.sandbox.storage.authorization import (
    CREATE_BLOB,
    CREATE_CONTAINER,
    DELETE_BLOB,
    DELETE_CONTAINER,
    LIST_BLOBS,
    LIST_CONTAINERS,
    READ_ACCOUNT,
    READ_BLOB,
    READ_CONTAINER,
    WRITE_BLOB,
    WRITE_CONTAINER,
    Right,
    authorize,
)
from wizard.sandbox.storage.blobs import remove_orphans
from wizard.sandbox.storage.call import Call, query_of
from wizard.sandbox.storage.errors import BlobError

log = logging.getLogger(__name__)

DEFAULT_VERSION = "2021-12-02"  # of the answer when the request names none
Operation = Callable[[Call], Awaitable[Response]]


async def _list_containers(call: Call) -> Response:
    return listing.containers(call)


async def _list_blobs(call: Call) -> Response:
    return listing.blobs(call)


# (what it is about, method, restype, comp) -> operation and what it needs
_OPERATIONS: dict[tuple[str, str, str, str], tuple[Operation, Right]] = {
    ("s", "GET", "", "list"): (_list_containers, LIST_CONTAINERS),
    ("s", "GET", "service", "properties"): (on_container.service_properties, READ_ACCOUNT),
    ("c", "PUT", "container", ""): (on_container.create, CREATE_CONTAINER),
    ("c", "GET", "container", ""): (on_container.properties, READ_CONTAINER),
    ("c", "HEAD", "container", ""): (on_container.properties, READ_CONTAINER),
    ("c", "DELETE", "container", ""): (on_container.delete, DELETE_CONTAINER),
    ("c", "GET", "container", "metadata"): (on_container.properties, READ_CONTAINER),
    ("c", "HEAD", "container", "metadata"): (on_container.properties, READ_CONTAINER),
    ("c", "PUT", "container", "metadata"): (on_container.set_metadata, WRITE_CONTAINER),
    ("c", "GET", "container", "acl"): (on_container.get_acl, READ_CONTAINER),
    ("c", "HEAD", "container", "acl"): (on_container.get_acl, READ_CONTAINER),
    ("c", "GET", "container", "list"): (_list_blobs, LIST_BLOBS),
    ("o", "PUT", "", ""): (on_blob.put, CREATE_BLOB),
    ("o", "PUT", "", "block"): (on_blob.put_block, CREATE_BLOB),
    ("o", "PUT", "", "blocklist"): (on_blob.put_block_list, CREATE_BLOB),
    ("o", "GET", "", "blocklist"): (on_blob.get_block_list, READ_BLOB),
    ("o", "GET", "", ""): (on_blob.get, READ_BLOB),
    ("o", "HEAD", "", ""): (on_blob.head, READ_BLOB),
    ("o", "GET", "", "metadata"): (on_blob.head, READ_BLOB),
    ("o", "HEAD", "", "metadata"): (on_blob.head, READ_BLOB),
    ("o", "PUT", "", "metadata"): (on_blob.set_metadata, WRITE_BLOB),
    ("o", "PUT", "", "properties"): (on_blob.set_properties, WRITE_BLOB),
    ("o", "DELETE", "", ""): (on_blob.delete, DELETE_BLOB),
}
_OPERATIONS |= {
    (level, method, "account", "properties"): (on_container.account_information, READ_ACCOUNT)
    for level in "sco"
    for method in ("GET", "HEAD")
}


class BlobStorage:
    """All blob endpoints of the cloud."""

    hosts: re.Pattern[str] = HOST

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def start(self) -> None:
        """Delete the files that deleted containers and accounts have left."""
        remove_orphans(self._cloud)

    async def stop(self) -> None:
        """Nothing runs underneath."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except BlobError as error:
            response = error.response()
            await _drain(request)
        except ClientDisconnect:
            log.info("%s %s: the client went away", request.method, request.url.path)
            return
        response.headers["x-ms-request-id"] = str(uuid.uuid4())
        response.headers["x-ms-version"] = request.headers.get("x-ms-version", DEFAULT_VERSION)
        if "x-ms-client-request-id" in request.headers:
            response.headers["x-ms-client-request-id"] = request.headers["x-ms-client-request-id"]
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        account = account_of_host(self._cloud, request.headers["host"].removesuffix(":443"))
        if account is None:  # deleted while the connection was open
            raise BlobError(404, "ResourceNotFound")
        call = _taken_apart(self._cloud, account, request)
        parts = (call.level, call.method, call.query.get("restype", ""), call.query.get("comp", ""))
        if parts not in _OPERATIONS:
            known = any(operation[0] == parts[0] and operation[2:] == parts[2:] for operation in _OPERATIONS)
            raise BlobError(405, "UnsupportedHttpVerb") if known else BlobError(400, "InvalidQueryParameterValue")
        operation, right = _OPERATIONS[parts]
        if operation in (on_blob.put, on_blob.put_block_list) and call.blobs.get(call.blob) is not None:
            right = WRITE_BLOB  # permission to create does not let anybody overwrite
        authorize(call, right)
        return await operation(call)


# https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
_NO_NAME = re.compile("[\x00-\x1f\x7f-\x9f\ufffe\uffff]")


def _taken_apart(cloud: Cloud, account: Account, request: Request) -> Call:
    path = unquote(request.scope["raw_path"].decode("latin-1")).removeprefix("/")
    container, _, blob = path.partition("/")
    query = query_of(request.scope["query_string"].decode("latin-1"))
    if container and not blob and "restype" not in query:
        container, blob = "$root", container
    headers = {name.lower(): value for name, value in request.headers.items()}
    if len(blob) > 1024 or _NO_NAME.search(path):
        raise BlobError(400, "InvalidUri")
    return Call(cloud, account, request, request.method, container, blob, query, headers)


async def _drain(request: Request) -> None:
    """Read what the client still sends: most clients look at the answer only after that."""
    try:
        async for _ in request.stream():
            pass
    except (ClientDisconnect, RuntimeError):  # RuntimeError: the body has been read already
        return
