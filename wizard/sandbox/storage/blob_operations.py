"""The operations on blobs."""

import base64
import binascii
import hashlib
import re
from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse

from wizard.sandbox.storage.blobs import Blob, Upload
from wizard.sandbox.storage.call import Call, http_date, meta_headers
from wizard.sandbox.storage.conditions import check_read, check_write
from wizard.sandbox.storage.errors import BlobError
from wizard.sandbox.storage.listing import element, xml

CHUNK = 256 * 1024
LARGEST_BLOCK = 4000 * 1024 * 1024  # bytes; of a block, and of a blob put in one piece 5000 MiB
LARGEST_BLOB = 5000 * 1024 * 1024
LARGEST_LIST = 50_000  # blocks of one blob
_BLOCK_LIST = re.compile(
    r"\s*(<\?xml[^>]*\?>)?\s*<BlockList>(?P<items>.*)</BlockList>\s*|\s*(<\?xml[^>]*\?>)?\s*<BlockList\s*/>\s*",
    re.DOTALL,
)
_BLOCK_ITEM = re.compile(r"\s*<(Committed|Uncommitted|Latest)>([^<]*)</\1>\s*")


def _stamp(blob: Blob) -> dict[str, str]:
    return {"ETag": blob.etag, "Last-Modified": http_date(blob.modified_at)}


def _existing(call: Call) -> Blob:
    call.existing_container()
    found = call.blobs.get(call.blob)
    if found is None:
        raise BlobError(404, "BlobNotFound")
    return found


async def put(call: Call) -> Response:
    """PUT with the whole content."""
    call.existing_container()
    kind = call.headers.get("x-ms-blob-type")
    if kind is None:
        raise BlobError(400, "MissingRequiredHeader", {"HeaderName": "x-ms-blob-type"})
    if "x-ms-copy-source" in call.headers:
        raise BlobError(400, "UnsupportedHeader", {"HeaderName": "x-ms-copy-source"})
    if kind != "BlockBlob":
        raise BlobError(400, "InvalidHeaderValue", {"HeaderName": "x-ms-blob-type", "HeaderValue": kind})
    check_write(call.headers, call.blobs.get(call.blob))
    metadata = call.metadata()
    upload = await _receive(call, LARGEST_BLOB)
    headers = {"content-type": "application/octet-stream", "content-md5": upload.md5, **call.blob_headers(plain=True)}
    try:
        check_write(call.headers, call.blobs.get(call.blob))  # another upload may have been faster
    except BlobError:
        call.blobs.discard(upload)
        raise
    blob = call.blobs.put(call.blob, upload, headers, metadata)
    return _written(blob, {"Content-MD5": upload.md5})


async def put_block(call: Call) -> Response:
    """PUT ?comp=block: keep a part for later."""
    call.existing_container()
    block_id = call.query.get("blockid", "")
    try:
        size = len(base64.b64decode(block_id, validate=True))
    except binascii.Error:
        size = 0
    if not 0 < size <= 64:
        raise BlobError(400, "InvalidBlockId")
    if any(len(other) != len(block_id) for other in call.blobs.staged(call.blob)):
        raise BlobError(400, "InvalidBlobOrBlock")
    upload = await _receive(call, LARGEST_BLOCK)
    call.blobs.stage(call.blob, block_id, upload)
    return Response(status_code=201, headers={"Content-MD5": upload.md5, "x-ms-request-server-encrypted": "true"})


async def put_block_list(call: Call) -> Response:
    """PUT ?comp=blocklist: build the blob from its parts."""
    call.existing_container()
    check_write(call.headers, call.blobs.get(call.blob))
    text = (await call.request.body()).decode("utf-8", "replace").lstrip("\ufeff")
    found = _BLOCK_LIST.fullmatch(text)
    items = (found["items"] or "") if found else "?"
    if _BLOCK_ITEM.sub("", items).strip():
        raise BlobError(400, "InvalidXmlDocument")
    wanted = [(match[1], match[2].strip()) for match in _BLOCK_ITEM.finditer(items)]
    headers = {"content-type": "application/octet-stream", **call.blob_headers(plain=False)}
    blob = call.blobs.commit(call.blob, wanted, headers, call.metadata()) if len(wanted) <= LARGEST_LIST else None
    if blob is None:
        raise BlobError(400, "InvalidBlockList")
    return _written(blob, {})


async def get_block_list(call: Call) -> Response:
    """GET ?comp=blocklist."""
    kind = call.query.get("blocklisttype", "committed").lower()
    blob, staged = call.blobs.get(call.blob), call.blobs.staged(call.blob)
    call.existing_container()
    if blob is None and not staged:
        raise BlobError(404, "BlobNotFound")
    parts = ""
    for name, wanted, blocks in (
        ("CommittedBlocks", ("committed", "all"), blob.blocks if blob else []),
        ("UncommittedBlocks", ("uncommitted", "all"), list(staged.values())),
    ):
        if kind in wanted:
            items = "".join(
                f"<Block>{element('Name', block.id)}{element('Size', str(block.size))}</Block>" for block in blocks
            )
            parts += f"<{name}>{items}</{name}>"
    response = xml(f"<BlockList>{parts}</BlockList>")
    if blob:
        response.headers.update(_stamp(blob) | {"x-ms-blob-content-length": str(blob.size)})
    return response


async def get(call: Call) -> Response:
    """GET: the content, or the part that Range names."""
    blob = _existing(call)
    check_read(call.headers, blob)
    first, last, partial = _range(call, blob)
    headers = {**_described(blob), "Content-Length": str(last - first + 1)}
    if partial:
        headers["Content-Range"] = f"bytes {first}-{last}/{blob.size}"
        if "content-md5" in headers:
            headers["x-ms-blob-content-md5"] = headers.pop("content-md5")
        if call.headers.get("x-ms-range-get-content-md5", "").lower() == "true":
            headers["Content-MD5"] = _md5_of_range(call, blob, first, last)
    kind = headers.pop("content-type", None)
    content = _content(call, blob, first, last - first + 1)
    return StreamingResponse(content, 206 if partial else 200, headers, media_type=kind)


async def head(call: Call) -> Response:
    """HEAD, and GET ?comp=metadata: what is known of the blob."""
    blob = _existing(call)
    check_read(call.headers, blob)
    if call.query.get("comp") == "metadata":
        return Response(headers={**_stamp(blob), **meta_headers(blob.metadata)})
    return Response(headers={**_described(blob), "Content-Length": str(blob.size)})


async def set_metadata(call: Call) -> Response:
    """PUT ?comp=metadata."""
    blob = _existing(call)
    check_write(call.headers, blob)
    changed = call.blobs.change(blob, blob.headers, call.metadata())
    return Response(headers={**_stamp(changed), "x-ms-request-server-encrypted": "true"})


async def set_properties(call: Call) -> Response:
    """PUT ?comp=properties: the content headers, all at once."""
    blob = _existing(call)
    check_write(call.headers, blob)
    return Response(headers=_stamp(call.blobs.change(blob, call.blob_headers(plain=False), blob.metadata)))


async def delete(call: Call) -> Response:
    """DELETE."""
    blob = _existing(call)
    check_write(call.headers, blob)
    call.blobs.delete(blob)
    return Response(status_code=202, headers={"x-ms-delete-type-permanent": "true"})


def _written(blob: Blob, more: dict[str, str]) -> Response:
    return Response(status_code=201, headers={**_stamp(blob), **more, "x-ms-request-server-encrypted": "true"})


def _described(blob: Blob) -> dict[str, str]:
    return {
        **_stamp(blob),
        **blob.headers,
        **meta_headers(blob.metadata),
        "Accept-Ranges": "bytes",
        "x-ms-blob-type": "BlockBlob",
        "x-ms-creation-time": http_date(blob.created_at),
        "x-ms-lease-state": "available",
        "x-ms-lease-status": "unlocked",
        "x-ms-server-encrypted": "true",
    }


async def _receive(call: Call, limit: int) -> Upload:
    """Take the body in, and hold it against its length and its MD5."""
    length = call.headers.get("content-length", "")
    if not length.isdigit():
        raise BlobError(411, "MissingContentLengthHeader")
    if int(length) > limit:
        raise BlobError(413, "RequestBodyTooLarge")
    expected = call.headers.get("content-md5")
    if expected is not None and not _is_md5(expected):
        raise BlobError(400, "InvalidMd5")
    upload = await call.blobs.receive(call.stream())
    if expected is not None and expected != upload.md5:
        call.blobs.discard(upload)
        details = {"UserSpecifiedMd5": expected, "ServerCalculatedMd5": upload.md5}
        raise BlobError(400, "Md5Mismatch", details)
    return upload


def _is_md5(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == 16
    except binascii.Error:
        return False


def _range(call: Call, blob: Blob) -> tuple[int, int, bool]:
    """First and last byte to send, and whether a part was asked for. x-ms-range wins over Range."""
    text = call.headers.get("x-ms-range") or call.headers.get("range") or ""
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", text)
    if match is None:
        return 0, blob.size - 1, False
    first, last = int(match[1]), int(match[2] or blob.size - 1)
    if first >= blob.size or last < first:
        raise BlobError(416, "InvalidRange", headers={"Content-Range": f"bytes */{blob.size}"})
    return first, min(last, blob.size - 1), True


def _md5_of_range(call: Call, blob: Blob, first: int, last: int) -> str:
    if last - first + 1 > 4 * 1024 * 1024:
        raise BlobError(400, "InvalidHeaderValue", {"HeaderName": "x-ms-range-get-content-md5"})
    with call.blobs.file(blob).open("rb") as source:
        source.seek(first)
        part = source.read(last - first + 1)
    return base64.b64encode(hashlib.md5(part, usedforsecurity=False).digest()).decode()


async def _content(call: Call, blob: Blob, first: int, length: int) -> AsyncIterator[bytes]:
    with call.blobs.file(blob).open("rb") as source:
        source.seek(first)
        while length > 0 and (chunk := source.read(min(CHUNK, length))):
            length -= len(chunk)
            yield chunk
