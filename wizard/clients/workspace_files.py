"""Files in a Databricks workspace. API: https://docs.databricks.com/api/azure/workspace/workspace"""

from __future__ import annotations

import base64

from databricks.sdk import WorkspaceClient
from databricks.sdk.service.workspace import ExportFormat, ImportFormat

from wizard.clients.databricks_faults import translated
from wizard.engine.errors import NotFoundError


class WorkspaceFiles:
    """Reads and writes plain files (not notebooks) by their path in the workspace, such as `/Shared/wine/train.py`."""

    def __init__(self, sdk: WorkspaceClient) -> None:
        self._sdk = sdk

    def make_folder(self, path: str) -> None:
        """Create a folder and its parents; one that exists is left as it is."""
        with translated():
            self._sdk.workspace.mkdirs(path)

    def read(self, path: str) -> bytes | None:
        """The file's content, or None when it is not there."""
        try:
            with translated():
                return base64.b64decode(self._sdk.workspace.export(path, format=ExportFormat.AUTO).content or "")
        except NotFoundError:
            return None

    def write(self, path: str, content: bytes) -> None:
        """Write a file as it is (at most 10 MB); the folder must exist."""
        encoded = base64.b64encode(content).decode()
        with translated():
            self._sdk.workspace.import_(path, content=encoded, format=ImportFormat.RAW, overwrite=True)

    def delete(self, path: str) -> None:
        """Delete a file or a folder with all that is in it; nothing happens when it is not there."""
        try:
            with translated():
                self._sdk.workspace.delete(path, recursive=True)
        except NotFoundError:
            return
