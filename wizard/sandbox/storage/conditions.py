"""Conditional requests: If-Match and its siblings.

https://learn.microsoft.com/rest/api/storageservices/specifying-conditional-headers-for-blob-service-operations
"""

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from wizard.sandbox.storage.blobs import Blob
from wizard.sandbox.storage.errors import BlobError


def check_write(headers: Mapping[str, str], there: Blob | None) -> None:
    """Raise BlobError (409 or 412) unless the conditions allow the write."""
    none_match = headers.get("if-none-match")
    if none_match == "*" and there is not None:
        raise BlobError(409, "BlobAlreadyExists")
    if there is None:
        if headers.get("if-match"):
            raise BlobError(412, "ConditionNotMet")
        return
    if none_match and none_match.strip('"') == there.etag.strip('"'):
        raise BlobError(412, "ConditionNotMet")
    _check_match(headers, there)
    if _later(headers.get("if-modified-since"), there) is False:
        raise BlobError(412, "ConditionNotMet")


def check_read(headers: Mapping[str, str], there: Blob) -> None:
    """Raise BlobError (304 or 412) unless the conditions allow the read."""
    _check_match(headers, there)
    none_match = headers.get("if-none-match")
    if none_match and (none_match == "*" or none_match.strip('"') == there.etag.strip('"')):
        raise BlobError(304, "ConditionNotMet")
    if not none_match and _later(headers.get("if-modified-since"), there) is False:
        raise BlobError(304, "ConditionNotMet")


def _check_match(headers: Mapping[str, str], there: Blob) -> None:
    match = headers.get("if-match")
    if match and match != "*" and match.strip('"') != there.etag.strip('"'):
        raise BlobError(412, "ConditionNotMet")
    if _later(headers.get("if-unmodified-since"), there) is True:
        raise BlobError(412, "ConditionNotMet")


def _later(moment: str | None, there: Blob) -> bool | None:
    """Whether the blob was modified after a moment; None when none is given. Whole seconds count."""
    if not moment:
        return None
    try:
        parsed = parsedate_to_datetime(moment)
    except ValueError:
        raise BlobError(400, "InvalidHeaderValue") from None
    limit = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return int(there.modified_at) > limit.timestamp()
