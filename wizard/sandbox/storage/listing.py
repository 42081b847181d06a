"""Lists of containers and blobs, in XML and in pages.

https://learn.microsoft.com/rest/api/storageservices/list-blobs
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar
from xml.sax.saxutils import escape, quoteattr

from starlette.responses import Response

from wizard.sandbox.storage.blobs import Blob
from wizard.sandbox.storage.call import Call, http_date
from wizard.sandbox.storage.containers import Container
from wizard.sandbox.storage.errors import BOM, XML_HEADER, BlobError

PAGE_SIZE = 5000
Item = TypeVar("Item")


def element(name: str, value: str) -> str:
    """One XML element; empty ones in the short form, as the service writes them."""
    return f"<{name}>{escape(value)}</{name}>" if value else f"<{name} />"


def xml(body: str) -> Response:
    """An XML answer."""
    return Response(f"{BOM}{XML_HEADER}{body}".encode(), media_type="application/xml")


def containers(call: Call) -> Response:
    """GET /?comp=list."""
    prefix = call.query.get("prefix", "")
    found = [container for container in call.containers.all() if container.name.startswith(prefix)]
    shown, marker = _page(call, found, lambda container: container.name)
    with_metadata = "metadata" in call.query.get("include", "")
    items = "".join(_container(container, with_metadata) for container in shown)
    return xml(_results(call, "", f"<Containers>{items}</Containers>", marker))


def blobs(call: Call) -> Response:
    """GET /CONTAINER?restype=container&comp=list."""
    call.existing_container()
    prefix, delimiter = call.query.get("prefix", ""), call.query.get("delimiter", "")
    entries: dict[str, Blob | None] = {}  # None: a common prefix
    for blob in call.blobs.all(prefix):
        head, found, _ = blob.name[len(prefix) :].partition(delimiter) if delimiter else ("", "", "")
        entries[prefix + head + delimiter if found else blob.name] = None if found else blob
    shown, marker = _page(call, sorted(entries.items()), lambda entry: entry[0])
    with_metadata = "metadata" in call.query.get("include", "")
    items = "".join(
        _blob(blob, with_metadata) if blob else f"<BlobPrefix>{element('Name', name)}</BlobPrefix>"
        for name, blob in shown
    )
    return xml(_results(call, f" ContainerName={quoteattr(call.container)}", f"<Blobs>{items}</Blobs>", marker))


def _page(call: Call, items: Sequence[Item], name_of: Callable[[Item], str]) -> tuple[Sequence[Item], str]:
    """The page that `marker` and `maxresults` ask for, and the marker of the next one."""
    size = _max_results(call) or PAGE_SIZE
    start = _unmark(call.query.get("marker", ""))
    rest = [item for item in items if name_of(item) >= start]
    following = base64.urlsafe_b64encode(name_of(rest[size]).encode()).decode() if len(rest) > size else ""
    return rest[:size], following


def _max_results(call: Call) -> int | None:
    text = call.query.get("maxresults")
    if text is None:
        return None
    if not text.isdigit():
        raise BlobError(400, "InvalidQueryParameterValue", {"QueryParameterName": "maxresults"})
    if int(text) == 0:
        raise BlobError(400, "OutOfRangeQueryParameterValue", {"QueryParameterName": "maxresults"})
    return min(int(text), PAGE_SIZE)


def _unmark(marker: str) -> str:
    try:
        return base64.urlsafe_b64decode(marker.encode()).decode()
    except (binascii.Error, UnicodeError):
        raise BlobError(400, "InvalidQueryParameterValue", {"QueryParameterName": "marker"}) from None


def _results(call: Call, attribute: str, items: str, marker: str) -> str:
    asked = "".join(
        element(name, call.query[key])
        for key, name in (
            ("prefix", "Prefix"),
            ("marker", "Marker"),
            ("maxresults", "MaxResults"),
            ("delimiter", "Delimiter"),
        )
        if call.query.get(key)
    )
    endpoint = quoteattr(f"https://{call.account.name}.blob.core.windows.net/")
    inner = f"{asked}{items}{element('NextMarker', marker)}"
    return f"<EnumerationResults ServiceEndpoint={endpoint}{attribute}>{inner}</EnumerationResults>"


def _container(container: Container, with_metadata: bool) -> str:
    properties = (
        element("Last-Modified", http_date(container.modified_at))
        + element("Etag", container.etag)
        + "<LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>"
        "<HasImmutabilityPolicy>false</HasImmutabilityPolicy><HasLegalHold>false</HasLegalHold>"
    )
    metadata = _metadata(container.metadata) if with_metadata else ""
    return f"<Container>{element('Name', container.name)}<Properties>{properties}</Properties>{metadata}</Container>"


def _blob(blob: Blob, with_metadata: bool) -> str:
    properties = "".join(
        element(name, value)
        for name, value in (
            ("Creation-Time", http_date(blob.created_at)),
            ("Last-Modified", http_date(blob.modified_at)),
            ("Etag", blob.etag.strip('"')),
            ("Content-Length", str(blob.size)),
            ("Content-Type", blob.headers.get("content-type", "")),
            ("Content-Encoding", blob.headers.get("content-encoding", "")),
            ("Content-Language", blob.headers.get("content-language", "")),
            ("Content-CRC64", ""),
            ("Content-MD5", blob.headers.get("content-md5", "")),
            ("Cache-Control", blob.headers.get("cache-control", "")),
            ("Content-Disposition", blob.headers.get("content-disposition", "")),
            ("BlobType", "BlockBlob"),
            ("LeaseStatus", "unlocked"),
            ("LeaseState", "available"),
            ("ServerEncrypted", "true"),
        )
    )
    metadata = _metadata(blob.metadata) if with_metadata else ""
    return f"<Blob>{element('Name', blob.name)}<Properties>{properties}</Properties>{metadata}<OrMetadata /></Blob>"


def _metadata(metadata: dict[str, str]) -> str:
    return "<Metadata>" + "".join(element(name, value) for name, value in metadata.items()) + "</Metadata>"
