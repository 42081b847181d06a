"""The blobs of a storage account: what is known of them in the store, their contents in files."""

import base64
import hashlib
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.storage.containers import new_etag

_BLOB = "blob"
_BLOCK = "blob_block"


@dataclass(frozen=True, slots=True)
class Upload:
    """Received bytes that belong to no blob yet."""

    file: str  # its name in the account's folder
    size: int
    md5: str  # base64


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a block blob; `file` is empty once it is part of a committed blob."""

    id: str  # base64, as the client gave it
    size: int
    file: str = ""
    offset: int = 0  # where it begins in the committed blob


@dataclass(frozen=True, slots=True)
class Blob:
    """A block blob and what is known of it."""

    name: str
    file: str
    size: int
    etag: str
    created_at: float  # Unix time
    modified_at: float
    headers: dict[str, str]  # content-type, content-md5, cache-control and so on
    metadata: dict[str, str]
    blocks: list[Block] = field(default_factory=list)


class Blobs:
    """The blobs of one container."""

    def __init__(self, cloud: Cloud, uid: str, container: str) -> None:
        self._store = cloud.store
        self._prefix = f"{uid}\n{container}\n"
        self._folder = cloud.folder / "storage" / uid

    def get(self, name: str) -> Blob | None:
        """One blob."""
        body = self._store.get(_BLOB, self._prefix + name)
        return _blob(body) if body else None

    def all(self, name_prefix: str = "") -> list[Blob]:
        """The blobs whose name begins so, by name."""
        return [_blob(body) for _, body in self._store.items(_BLOB, self._prefix + name_prefix)]

    def file(self, blob: Blob) -> Path:
        """Where a blob's contents are."""
        return self._folder / blob.file

    async def receive(self, stream: AsyncIterator[bytes]) -> Upload:
        """Take the bytes of a request into a new file."""
        md5, size = hashlib.md5(usedforsecurity=False), 0
        with self._new_file() as (name, out):
            async for chunk in stream:
                out.write(chunk)
                md5.update(chunk)
                size += len(chunk)
        return Upload(name, size, base64.b64encode(md5.digest()).decode())

    def discard(self, upload: Upload) -> None:
        """Forget received bytes."""
        (self._folder / upload.file).unlink(missing_ok=True)

    def put(self, name: str, upload: Upload, headers: dict[str, str], metadata: dict[str, str]) -> Blob:
        """Make the upload the whole content of a blob; what was there before, also its blocks, is gone."""
        with self._store.transaction():
            return self._replace(name, upload.file, upload.size, headers, metadata, [])

    def stage(self, name: str, block_id: str, upload: Upload) -> None:
        """Keep an upload as a block that a block list may name later."""
        key = f"{self._prefix}{name}\n{block_id}"
        with self._store.transaction():
            before = self._store.get(_BLOCK, key)
            self._store.put(_BLOCK, key, asdict(Block(block_id, upload.size, upload.file)))
        if before:
            (self._folder / before["file"]).unlink(missing_ok=True)

    def staged(self, name: str) -> dict[str, Block]:
        """The blocks that wait for a block list."""
        return {body["id"]: Block(**body) for _, body in self._store.items(_BLOCK, f"{self._prefix}{name}\n")}

    def commit(
        self, name: str, wanted: list[tuple[str, str]], headers: dict[str, str], metadata: dict[str, str]
    ) -> Blob | None:
        """Build a blob from blocks, named with where to look (Committed, Uncommitted or Latest).

        None when a block is missing; then nothing has changed.
        """
        with self._store.transaction():
            there, staged = self.get(name), self.staged(name)
            committed = {block.id: block for block in there.blocks} if there else {}
            chosen = []
            for where, block_id in wanted:
                block = staged.get(block_id) if where != "Committed" else None
                if block is None and where != "Uncommitted":
                    block = committed.get(block_id)
                if block is None:
                    return None
                chosen.append(block)
            blocks: list[Block] = []
            with self._new_file() as (file, out):
                for block in chosen:
                    blocks.append(Block(block.id, block.size, offset=out.tell()))
                    self._append(out, block, there)
                size = out.tell()
            return self._replace(name, file, size, headers, metadata, blocks)

    def change(self, blob: Blob, headers: dict[str, str], metadata: dict[str, str]) -> Blob:
        """Give a blob other headers and metadata; the content stays."""
        changed = Blob(
            blob.name, blob.file, blob.size, new_etag(), blob.created_at, time.time(), headers, metadata, blob.blocks
        )
        self._store.put(_BLOB, self._prefix + blob.name, asdict(changed))
        return changed

    def delete(self, blob: Blob) -> None:
        """Remove a blob."""
        with self._store.transaction():
            self._drop_staged(blob.name)
            self._store.delete(_BLOB, self._prefix + blob.name)
        self.file(blob).unlink(missing_ok=True)

    def _replace(
        self,
        name: str,
        file: str,
        size: int,
        headers: dict[str, str],
        metadata: dict[str, str],
        blocks: list[Block],
    ) -> Blob:
        before, now = self.get(name), time.time()
        blob = Blob(name, file, size, new_etag(), before.created_at if before else now, now, headers, metadata, blocks)
        self._store.put(_BLOB, self._prefix + name, asdict(blob))
        self._drop_staged(name)
        if before:
            self.file(before).unlink(missing_ok=True)
        return blob

    def _append(self, out: BinaryIO, block: Block, there: Blob | None) -> None:
        """Copy a block's bytes, from its own file or out of the blob it is committed in."""
        if block.file:
            with (self._folder / block.file).open("rb") as source:
                shutil.copyfileobj(source, out)
        elif there is not None:
            with self.file(there).open("rb") as source:
                source.seek(block.offset)
                out.write(source.read(block.size))

    def _drop_staged(self, name: str) -> None:
        for block in self.staged(name).values():
            self._store.delete(_BLOCK, f"{self._prefix}{name}\n{block.id}")
            (self._folder / block.file).unlink(missing_ok=True)

    @contextmanager
    def _new_file(self) -> Iterator[tuple[str, BinaryIO]]:
        """A new file in the account's folder; gone again when something fails meanwhile."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = secrets.token_hex(16)
        try:
            with (self._folder / name).open("wb") as out:
                yield name, out
        except BaseException:
            (self._folder / name).unlink(missing_ok=True)
            raise


def _blob(body: dict[str, object]) -> Blob:
    blocks = [Block(**block) for block in body["blocks"]]  # type: ignore[attr-defined]
    return Blob(**{**body, "blocks": blocks})  # type: ignore[arg-type]


def remove_orphans(cloud: Cloud) -> None:
    """Delete the files that belong to no blob: those of deleted containers and accounts."""
    known = {body["file"] for kind in (_BLOB, _BLOCK) for _, body in cloud.store.items(kind)}
    for file in (cloud.folder / "storage").glob("*/*"):
        if file.name not in known:
            file.unlink(missing_ok=True)
