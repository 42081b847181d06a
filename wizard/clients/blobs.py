"""Containers and blobs of one storage account, opened with its account key.

API: https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from azure.storage.blob import BlobServiceClient, ContentSettings

from wizard.clients.faults import translated, unreadable
from wizard.clients.limits import STORAGE
from wizard.engine.errors import NotFoundError, ServiceError
from wizard.engine.secrets import Secret

ITS_OWN = "x-ms-request-id"  # a header of every answer of the service


@dataclass(frozen=True, slots=True)
class Container:
    """A container; `public` is the level of anonymous access, "" for none."""

    name: str
    public: str


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob's size in bytes and the MD5 (hexadecimal) that the service keeps of it, "" where it keeps none."""

    name: str
    size: int
    md5: str


class Blobs:
    """Reads and writes containers and blobs of one account."""

    def __init__(self, host: str, account: str, key: Secret) -> None:
        self.host = host
        self._service = f"Storage account {account}"
        self._client = BlobServiceClient(
            f"https://{host}",
            credential={"account_name": account, "account_key": key.reveal()},
            raw_response_hook=self._look_at,
            **STORAGE,
        )

    def _look_at(self, response: Any) -> None:
        """Refuse what is not the service's: most operations read headers only, so any page would do for a success."""
        answer = response.http_response
        if answer.status_code < 300 and ITS_OWN not in answer.headers:
            raise unreadable(self._service, "", answer.headers.get("Content-Type"))

    def container(self, name: str) -> Container | None:
        """The container, or None."""
        try:
            with translated(self._service):
                found = self._client.get_container_client(name).get_container_properties()
        except NotFoundError:
            return None
        return Container(name, str(found.public_access or ""))

    def containers(self) -> list[str]:
        """The names of all containers."""
        with translated(self._service):
            return [each.name for each in self._client.list_containers()]

    def create_container(self, name: str) -> None:
        """Create a private container; one that exists is left as it is."""
        try:
            with translated(self._service):
                self._client.create_container(name)
        except ServiceError as error:
            if error.code != "ContainerAlreadyExists":
                raise

    def delete_container(self, name: str) -> None:
        """Delete the container with all its blobs."""
        with translated(self._service):
            self._client.delete_container(name)

    def blob(self, container: str, name: str) -> Blob | None:
        """The blob's size and MD5, or None when it is not there."""
        try:
            with translated(self._service):
                found = self._client.get_blob_client(container, name).get_blob_properties()
        except NotFoundError:
            return None
        md5 = found.content_settings.content_md5
        return Blob(name, int(found.size), bytes(md5).hex() if md5 else "")

    def read(self, container: str, name: str) -> bytes:
        """The whole blob."""
        with translated(self._service):
            return bytes(self._client.get_blob_client(container, name).download_blob().readall())

    def upload(self, container: str, name: str, content: bytes, tell: Callable[[int], None]) -> None:
        """Write the blob, its MD5 with it; `tell` gets the bytes sent so far."""

        def progress(current: int, _total: int | None) -> None:
            tell(current)

        settings: Any = ContentSettings(
            content_type="text/csv", content_md5=bytearray(hashlib.md5(content, usedforsecurity=False).digest())
        )
        with translated(self._service):
            self._client.get_blob_client(container, name).upload_blob(
                content, overwrite=True, content_settings=settings, progress_hook=progress
            )

    def delete(self, container: str, name: str) -> None:
        """Delete the blob."""
        with translated(self._service):
            self._client.get_blob_client(container, name).delete_blob()
