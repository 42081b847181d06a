"""One request to a blob endpoint."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.utils import formatdate
from urllib.parse import unquote

from starlette.requests import Request

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.storage.accounts import Account
from wizard.sandbox.storage.blobs import Blobs
from wizard.sandbox.storage.containers import Container, Containers
from wizard.sandbox.storage.errors import BlobError

_PROPERTY_HEADERS = ("content-type", "content-encoding", "content-language", "cache-control", "content-disposition")


def query_of(raw: str) -> dict[str, str]:
    """The decoded query; `+` stays a plus sign, as the service reads it."""
    pairs = (part.partition("=") for part in raw.split("&") if part)
    return {unquote(name): unquote(value) for name, _, value in pairs}


@dataclass(frozen=True, slots=True)
class Call:
    """A request, taken apart."""

    cloud: Cloud
    account: Account
    request: Request
    method: str
    container: str
    blob: str
    query: dict[str, str]
    headers: dict[str, str]

    @property
    def level(self) -> str:
        """What it is about: s (service), c (container) or o (object: a blob)."""
        return "o" if self.blob else "c" if self.container else "s"

    @property
    def containers(self) -> Containers:
        """The account's containers."""
        return Containers(self.cloud, self.account.uid)

    @property
    def blobs(self) -> Blobs:
        """The container's blobs."""
        return Blobs(self.cloud, self.account.uid, self.container)

    def existing_container(self) -> Container:
        """The container; raises BlobError when there is none."""
        found = self.containers.get(self.container)
        if found is None:
            raise BlobError(404, "ContainerNotFound")
        return found

    def metadata(self) -> dict[str, str]:
        """The x-ms-meta headers; their names must be identifiers."""
        found = {}
        for name, value in self.headers.items():
            if name.startswith("x-ms-meta-"):
                key = name.removeprefix("x-ms-meta-")
                if not key.isidentifier():
                    raise BlobError(400, "InvalidMetadata")
                found[key] = value
        return found

    def blob_headers(self, *, plain: bool) -> dict[str, str]:
        """The content headers to keep with a blob: x-ms-blob-NAME, and with `plain` also NAME itself."""
        kept = {}
        for name in _PROPERTY_HEADERS:
            value = self.headers.get(f"x-ms-blob-{name}") or (self.headers.get(name) if plain else None)
            if value:
                kept[name] = value
        if self.headers.get("x-ms-blob-content-md5"):
            kept["content-md5"] = self.headers["x-ms-blob-content-md5"]
        return kept

    def stream(self) -> AsyncIterator[bytes]:
        """The bytes of the body."""
        return self.request.stream()


def http_date(unix_time: float) -> str:
    """A moment as HTTP headers write it (RFC 1123)."""
    return formatdate(unix_time, usegmt=True)


def meta_headers(metadata: dict[str, str]) -> dict[str, str]:
    """Metadata as response headers."""
    return {f"x-ms-meta-{name}": value for name, value in metadata.items()}
