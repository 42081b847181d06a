"""Files as a workspace sees them, mounts included. API: https://docs.databricks.com/api/azure/workspace/dbfs"""

from __future__ import annotations

import base64

from databricks.sdk import WorkspaceClient

from wizard.clients.databricks_faults import translated
from wizard.engine.errors import NotFoundError

BYTES_AT_ONCE = 1 << 20  # the API's limit for one read


class DbfsFiles:
    """Reads files by their path in DBFS, such as `/mnt/data/winequality-red.csv`; no cluster is needed."""

    def __init__(self, sdk: WorkspaceClient) -> None:
        self._sdk = sdk

    def read(self, path: str) -> bytes | None:
        """The first MB of the file, or None when it is not there."""
        try:
            with translated():
                found = self._sdk.dbfs.read(path, offset=0, length=BYTES_AT_ONCE)
        except NotFoundError:
            return None
        return base64.b64decode(found.data or "")
