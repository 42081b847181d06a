"""Unity Catalog volumes and their files.

API: https://docs.databricks.com/api/azure/workspace/volumes and .../files
"""

from __future__ import annotations

import io

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.catalog import VolumeType

from wizard.clients.databricks_faults import translated
from wizard.clients.faults import unreadable
from wizard.clients.foreign_pages import is_page
from wizard.engine.errors import NotFoundError, ServiceError

_THERE = ("VOLUME_ALREADY_EXISTS", "RESOURCE_ALREADY_EXISTS", "ALREADY_EXISTS")


class Volumes:
    """Makes volumes, by their three-level name, and reads and writes their files, by paths under /Volumes."""

    def __init__(self, sdk: WorkspaceClient) -> None:
        self._sdk = sdk

    def exists(self, name: str) -> bool:
        """Whether there is a volume of that name."""
        return self.comment(name) is not None

    def comment(self, name: str) -> str | None:
        """The comment on the volume of that name; None when there is no such volume."""
        try:
            with translated():
                return self._sdk.volumes.read(name).comment or ""
        except NotFoundError:
            return None

    def create(self, name: str, comment: str) -> None:
        """Create a managed volume; its catalog and schema must be there. One that exists is left as it is."""
        catalog, schema, volume = name.split(".")
        try:
            with translated():
                self._sdk.volumes.create(catalog, schema, volume, VolumeType.MANAGED, comment=comment)
        except ServiceError as error:
            if error.code not in _THERE:
                raise

    def delete(self, name: str) -> None:
        """Delete a volume with all its files."""
        with translated():
            self._sdk.volumes.delete(name)

    def read(self, path: str) -> bytes | None:
        """A file's content, or None when it is not there."""
        try:
            with translated():
                found = self._sdk.files.download(path)
                content = found.contents.read() if found.contents else b""
        except NotFoundError:
            return None
        if is_page(found.content_type):
            raise unreadable("Databricks", content.decode(errors="replace"), found.content_type)
        return content

    def write(self, path: str, content: bytes) -> None:
        """Write a file, replacing one that is there."""
        with translated():
            self._sdk.files.upload(path, io.BytesIO(content), overwrite=True)
