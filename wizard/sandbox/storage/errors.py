"""What Azure Storage says no with: an XML body and the x-ms-error-code header.

https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
"""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from starlette.responses import Response

BOM = "\ufeff"
XML_HEADER = '<?xml version="1.0" encoding="utf-8"?>'

_MESSAGES = {
    "AuthenticationFailed": (
        "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly"
        " including the signature."
    ),
    "AuthorizationPermissionMismatch": (
        "This request is not authorized to perform this operation using this permission."
    ),
    "AuthorizationProtocolMismatch": "This request is not authorized to perform this operation using this protocol.",
    "AuthorizationResourceTypeMismatch": (
        "This request is not authorized to perform this operation using this resource type."
    ),
    "AuthorizationServiceMismatch": "This request is not authorized to perform this operation using this service.",
    "BlobAlreadyExists": "The specified blob already exists.",
    "BlobNotFound": "The specified blob does not exist.",
    "ConditionNotMet": "The condition specified using HTTP conditional header(s) is not met.",
    "ContainerAlreadyExists": "The specified container already exists.",
    "ContainerNotFound": "The specified container does not exist.",
    "InvalidAuthenticationInfo": (
        "Server failed to authenticate the request. Please refer to the information in the www-authenticate header."
    ),
    "InvalidBlobOrBlock": "The specified blob or block content is invalid.",
    "InvalidBlockId": "The specified block ID is invalid. The block ID must be Base64-encoded.",
    "InvalidBlockList": "The specified block list is invalid.",
    "InvalidHeaderValue": "The value for one of the HTTP headers is not in the correct format.",
    "InvalidMd5": ("The MD5 value specified in the request is invalid. MD5 value must be 128 bits and base64 encoded."),
    "InvalidMetadata": "The metadata specified is invalid. It has characters that are not permitted.",
    "InvalidQueryParameterValue": ("Value for one of the query parameters specified in the request URI is invalid."),
    "InvalidRange": "The range specified is invalid for the current size of the resource.",
    "InvalidResourceName": "The specified resource name contains invalid characters.",
    "InvalidUri": "The requested URI does not represent any resource on the server.",
    "InvalidXmlDocument": "XML specified is not syntactically valid.",
    "KeyBasedAuthenticationNotPermitted": "Key based authentication is not permitted on this storage account.",
    "Md5Mismatch": (
        "The MD5 value specified in the request did not match with the MD5 value calculated by the server."
    ),
    "MissingContentLengthHeader": "Content-Length HTTP header is missing.",
    "MissingRequiredHeader": "An HTTP header that's mandatory for this request is not specified.",
    "NoAuthenticationInformation": (
        "Server failed to authenticate the request. Please refer to the information in the www-authenticate header."
    ),
    "OutOfRangeQueryParameterValue": (
        "One of the query parameters specified in the request URI is outside the permissible range."
    ),
    "PublicAccessNotPermitted": "Public access is not permitted on this storage account.",
    "RequestBodyTooLarge": "The request body is too large and exceeds the maximum permissible limit.",
    "ResourceNotFound": "The specified resource does not exist.",
    "UnsupportedHeader": "One of the HTTP headers specified in the request is not supported.",
    "UnsupportedHttpVerb": "The resource doesn't support specified Http Verb.",
}


class BlobError(Exception):
    """One refused request. `details` become further elements of the XML body."""

    def __init__(
        self,
        status: int,
        code: str,
        details: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self._details = details or {}
        self._headers = headers or {}

    def response(self) -> Response:
        """The answer; 304 has no body."""
        headers = {**self._headers, "x-ms-error-code": self.code}
        if self.status == 304:
            return Response(status_code=304, headers=headers)
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
        message = f"{_MESSAGES[self.code]}\nRequestId:{uuid.uuid4()}\nTime:{moment}"
        more = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in self._details.items())
        body = f"{BOM}{XML_HEADER}<Error><Code>{self.code}</Code><Message>{escape(message)}</Message>{more}</Error>"
        return Response(body.encode(), self.status, headers, media_type="application/xml")
