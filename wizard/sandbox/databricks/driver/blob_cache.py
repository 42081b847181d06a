"""Files of mounts on this disk: copies to read, and drafts that become blobs when they are closed."""

import hashlib
import io
import tempfile
from pathlib import Path

from wizard.sandbox.databricks.driver import node


class BlobCache:
    """Local copies of mounted files, each as old as its ETag."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def fresh(self, path: str) -> Path:
        """A local copy of the file that DBFS has at a path now. Raises what Dbfs.file raises."""
        entry = node.dbfs().file(path)
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="dbfs-cache-")
        key = hashlib.sha256(f"{entry.name} {entry.version}".encode()).hexdigest()
        copy = Path(self._folder.name) / key
        if not copy.exists():
            draft = copy.with_suffix(".part")
            node.dbfs().download(entry.name, draft)
            draft.replace(copy)
        return copy


class UploadingFile(io.FileIO):
    """A draft on this disk that replaces the file at a DBFS path when it is closed."""

    def __init__(self, draft: str, mode: str, path: str) -> None:
        super().__init__(draft, mode)
        self._draft = Path(draft)
        self._path = path

    def close(self) -> None:
        """Close and upload, once. Raises OSError when the storage refuses."""
        if self.closed:
            return
        super().close()
        try:
            node.dbfs().upload(self._path, self._draft, overwrite=True)
        finally:
            self._draft.unlink()
