"""A cluster's client for Azure blob containers, signed with an account key: what the wasbs:// driver does in a JVM.

Uses the standard library alone, because every driver process imports it.
Signing: https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
"""

import base64
import hashlib
import hmac
import io
import ssl
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from functools import cache
from http.client import HTTPMessage
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, urlencode

_API_VERSION = "2021-12-02"
_TIMEOUT = 60.0  # seconds
_FOLDER_MARK = "x-ms-meta-hdi_isfolder"  # metadata by which wasb knows an empty blob as a folder
_SIGNED_HEADERS = (
    "content-encoding",
    "content-language",
    "content-length",
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
)


class BlobError(OSError):
    """The storage account refused; `code` is its error code, e.g. AuthenticationFailed."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Blob:
    """One blob, or a common prefix of several (a folder). `modified` is Unix time; a prefix has none."""

    name: str
    is_folder: bool
    size: int = 0
    modified: float = 0.0
    etag: str = ""


class Container:
    """One container of a storage account. Raises BlobError for every refusal, OSError when nothing answers."""

    def __init__(self, account: str, container: str, key: str, environment: Mapping[str, str]) -> None:
        self._account = account
        self._container = container
        self._key = base64.b64decode(key, validate=True)
        self._opener = _opener(environment.get("SSL_CERT_FILE"), environment.get("HTTPS_PROXY"))

    def check(self) -> None:
        """Prove that the container exists and that the key opens it."""
        self._call("GET", "", {"restype": "container"}).close()

    def find(self, name: str) -> Blob | None:
        """One blob's properties, or None."""
        try:
            with self._call("HEAD", name) as answer:
                headers = answer.headers
        except BlobError as error:
            if error.status == 404 and error.code != "ContainerNotFound":
                return None
            raise
        return Blob(
            name,
            headers.get(_FOLDER_MARK, "").lower() == "true",
            int(headers.get("Content-Length", "0")),
            parsedate_to_datetime(headers["Last-Modified"]).timestamp(),
            headers.get("ETag", ""),
        )

    def list(self, prefix: str, delimiter: str = "") -> Iterator[Blob]:
        """The blobs whose names start with the prefix; with a delimiter, one level of them and the folders there."""
        query = {
            "restype": "container",
            "comp": "list",
            "include": "metadata",
            "prefix": prefix,
            "delimiter": delimiter,
            "maxresults": "5000",
        }
        marker = ""
        while True:
            page = {name: value for name, value in {**query, "marker": marker}.items() if value}
            with self._call("GET", "", page) as answer:
                root = ET.fromstring(answer.read().decode("utf-8-sig"))  # noqa: S314 - from our own storage account
            for element in root.iterfind("Blobs/*"):
                yield _listed(element)
            marker = root.findtext("NextMarker") or ""
            if not marker:
                return

    def download(self, name: str, target: Path) -> None:
        """Copy a blob to a file."""
        with self._call("GET", name) as answer, target.open("wb") as file:
            while block := answer.read(1 << 20):
                file.write(block)

    def upload(self, name: str, source: Path) -> None:
        """Replace a blob by a file's content."""
        with source.open("rb") as file:
            size = str(source.stat().st_size)
            headers = {"x-ms-blob-type": "BlockBlob", "content-type": "application/octet-stream"}
            self._call("PUT", name, headers=headers | {"content-length": size}, content=file).close()

    def mark_folder(self, name: str) -> None:
        """Make an empty folder: a blob of no bytes that says it is one."""
        headers = {"x-ms-blob-type": "BlockBlob", "content-type": "application/octet-stream"}
        headers |= {"content-length": "0", _FOLDER_MARK: "true"}
        self._call("PUT", name, headers=headers, content=io.BytesIO(b"")).close()

    def delete(self, name: str) -> None:
        """Remove a blob; nothing when it is not there."""
        try:
            self._call("DELETE", name).close()
        except BlobError as error:
            if error.code != "BlobNotFound":
                raise

    def _call(
        self,
        method: str,
        name: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: BinaryIO | None = None,
    ) -> "_Answer":
        path = f"/{self._container}" + (f"/{quote(name)}" if name else "")
        sent = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": _API_VERSION, **(headers or {})}
        sent["authorization"] = f"SharedKey {self._account}:{self._signature(method, path, query or {}, sent)}"
        url = f"https://{self._account}.blob.core.windows.net{path}"
        if query:
            url += f"?{urlencode(query, quote_via=quote)}"
        request = urllib.request.Request(url, content, sent, method=method)  # noqa: S310 - always https
        try:
            answer: _Answer = self._opener.open(request, timeout=_TIMEOUT)
        except urllib.error.HTTPError as error:
            raise _refusal(error) from None
        return answer

    def _signature(self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str]) -> str:
        values = [headers.get(name, "") for name in _SIGNED_HEADERS]
        length = _SIGNED_HEADERS.index("content-length")
        if values[length] == "0":
            values[length] = ""  # an empty body is signed as one without a length
        own = [f"{name}:{headers[name]}" for name in sorted(headers) if name.startswith("x-ms-")]
        asked = [f"{name}:{query[name]}" for name in sorted(query)]
        text = "\n".join([method, *values, *own, f"/{self._account}{path}", *asked])
        return base64.b64encode(hmac.new(self._key, text.encode(), hashlib.sha256).digest()).decode()


@cache
def _opener(certificates: str | None, proxy: str | None) -> urllib.request.OpenerDirector:
    """The way to the storage accounts; reading the certificates takes longer than most calls."""
    context = ssl.create_default_context(cafile=certificates)
    return urllib.request.build_opener(
        urllib.request.ProxyHandler({"https": proxy} if proxy else {}),
        urllib.request.HTTPSHandler(context=context),
    )


class _Answer(io.BufferedIOBase):
    """What urllib gives back for a success: a stream with headers."""

    headers: HTTPMessage


def _listed(element: ET.Element) -> Blob:
    name = element.findtext("Name") or ""
    if element.tag == "BlobPrefix":
        return Blob(name.rstrip("/"), is_folder=True)
    properties = element.find("Properties")
    found = {child.tag: child.text or "" for child in properties} if properties is not None else {}
    return Blob(
        name,
        (element.findtext("Metadata/hdi_isfolder") or "").lower() == "true",
        int(found.get("Content-Length", "0")),
        parsedate_to_datetime(found["Last-Modified"]).timestamp(),
        found.get("Etag", ""),
    )


def _refusal(error: urllib.error.HTTPError) -> BlobError:
    code = error.headers.get("x-ms-error-code", "")
    message = error.reason
    try:
        root = ET.fromstring(error.read().decode("utf-8-sig"))  # noqa: S314 - from our own storage account
        code = code or root.findtext("Code") or ""
        message = (root.findtext("Message") or message).splitlines()[0]
    except (ET.ParseError, UnicodeDecodeError):
        pass
    return BlobError(error.code, code, message)
