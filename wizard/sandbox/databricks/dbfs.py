"""The DBFS API 2.0, and the raw /dbfs/<path> address that mlflow uploads through.

Source: https://docs.databricks.com/api/azure/workspace/dbfs
"""

import base64
import binascii
import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks import multipart
from wizard.sandbox.databricks.faults import DatabricksFault, invalid, missing
from wizard.sandbox.databricks.features import is_off
from wizard.sandbox.databricks.filesystem import Dbfs, RootDisabledError, normal
from wizard.sandbox.databricks.folders import workspace_folder
from wizard.sandbox.databricks.mounts import MountTable
from wizard.sandbox.databricks.trees import Entry
from wizard.sandbox.databricks.wire import (
    Body,
    json_body,
    number_query,
    optional,
    required,
    required_query,
    workspace_of,
)

HANDLES = "databricks.dbfs_handle"
_LARGEST_BLOCK = 1 << 20  # bytes, decoded
T = TypeVar("T")


def dbfs_of(cloud: Cloud, workspace_id: str) -> Dbfs:
    """The DBFS of a workspace, mounts included."""
    root = workspace_folder(cloud, workspace_id) / "dbfs"
    mounts = MountTable(cloud.store, workspace_id)
    return Dbfs(root, mounts, cloud.client_environment, is_closed=lambda: _is_closed(cloud, workspace_id))


def _is_closed(cloud: Cloud, workspace_id: str) -> bool:
    return is_off(cloud.store, workspace_id, "disable_legacy_dbfs")


def local_path(cloud: Cloud, workspace_id: str, path: str) -> Path:
    """Where a DBFS path lies on this machine, whether it exists or not.

    Raises DatabricksFault 400 for a path that climbs out of DBFS or lies in a mount.
    """
    try:
        found = dbfs_of(cloud, workspace_id).local_path(path)
    except FileNotFoundError as error:
        raise invalid(f"Invalid path: {path}") from error
    except RootDisabledError as error:
        raise DatabricksFault(403, "PERMISSION_DENIED", str(error.strerror)) from error
    if found is None:
        raise invalid(f"The path {path} lies in a mount")
    return found


class _DbfsRoutes:
    """The handlers. File work runs in threads: a mounted path means calls to a storage account."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def _dbfs(self, request: Request) -> Dbfs:
        return dbfs_of(self._cloud, workspace_of(request).workspace_id)

    async def get_status(self, request: Request) -> JSONResponse:
        path = _path(required_query(request, "path"))
        return JSONResponse(_info(await _run(self._dbfs(request).entry, path)))

    async def listing(self, request: Request) -> JSONResponse:
        path = _path(required_query(request, "path"))
        found = await _run(self._dbfs(request).list, path)
        return JSONResponse({"files": [_info(entry) for entry in found]} if found else {})

    async def read(self, request: Request) -> JSONResponse:
        path = _path(required_query(request, "path"))
        offset, length = number_query(request, "offset", 0), number_query(request, "length", _LARGEST_BLOCK // 2)
        if offset < 0 or length < 0:
            raise invalid("offset and length must not be negative")
        if length > _LARGEST_BLOCK:
            raise DatabricksFault(400, "MAX_READ_SIZE_EXCEEDED", "The read length must not exceed 1MB")
        data = await _run(_slice, self._dbfs(request), path, offset, length)
        return JSONResponse({"bytes_read": len(data), "data": base64.b64encode(data).decode()})

    async def put(self, request: Request) -> JSONResponse:
        body: Body
        content_type = request.headers.get("content-type", "")
        if content_type.startswith("multipart/form-data"):
            fields = multipart.parts(content_type, await request.body())
            body = {
                "path": fields.get("path", b"").decode(errors="replace"),
                "overwrite": fields.get("overwrite") == b"true",
            }
            data = fields.get("contents", b"")
        else:
            body = await json_body(request)
            data = _decoded(optional(body, "contents", str, ""))
        overwrite = optional(body, "overwrite", bool, False)
        await _run(_write, self._dbfs(request), _path(required(body, "path")), data, overwrite)
        return JSONResponse({})

    async def mkdirs(self, request: Request) -> JSONResponse:
        path = _path(required(await json_body(request), "path"))
        await _run(self._dbfs(request).make_folder, path)
        return JSONResponse({})

    async def delete(self, request: Request) -> JSONResponse:
        body = await json_body(request)
        dbfs, path = self._dbfs(request), _path(required(body, "path"))
        recursive = optional(body, "recursive", bool, False)
        await _run(lambda: dbfs.delete(path, recursive=recursive))
        return JSONResponse({})

    async def move(self, request: Request) -> JSONResponse:
        body = await json_body(request)
        source, target = _path(required(body, "source_path")), _path(required(body, "destination_path"))
        await _run(_move, self._dbfs(request), source, target)
        return JSONResponse({})

    async def create(self, request: Request) -> JSONResponse:
        body = await json_body(request)
        dbfs, path = self._dbfs(request), _path(required(body, "path"))
        found = await _run(dbfs.find, path)
        if found and (found.is_folder or not optional(body, "overwrite", bool, False)):
            raise _exists(path)
        workspace_id = workspace_of(request).workspace_id
        number = self._cloud.store.next_number(HANDLES)
        self._cloud.store.put(HANDLES, f"{workspace_id}/{number}", {"path": path})
        draft = self._draft(workspace_id, number)
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.touch()
        return JSONResponse({"handle": number})

    async def add_block(self, request: Request) -> JSONResponse:
        body = await json_body(request)
        workspace_id, number, _ = self._handle(request, body)
        data = _decoded(optional(body, "data", str, ""))
        with self._draft(workspace_id, number).open("ab") as file:
            file.write(data)
        return JSONResponse({})

    async def close(self, request: Request) -> JSONResponse:
        workspace_id, number, path = self._handle(request, await json_body(request))
        dbfs, draft = self._dbfs(request), self._draft(workspace_id, number)
        await _run(lambda: dbfs.upload(path, draft, overwrite=True))
        draft.unlink()
        self._cloud.store.delete(HANDLES, f"{workspace_id}/{number}")
        return JSONResponse({})

    def _handle(self, request: Request, body: Body) -> tuple[str, int, str]:
        workspace_id, number = workspace_of(request).workspace_id, optional(body, "handle", int, -1)
        open_file = self._cloud.store.get(HANDLES, f"{workspace_id}/{number}")
        if open_file is None:
            raise missing(f"No open file handle {number} exists")
        return workspace_id, number, open_file["path"]

    def _draft(self, workspace_id: str, number: int) -> Path:
        return workspace_folder(self._cloud, workspace_id) / "dbfs-uploads" / str(number)

    async def raw_get(self, request: Request) -> Response:
        handle, name = tempfile.mkstemp()
        os.close(handle)
        copy = Path(name)
        try:
            await _run(self._dbfs(request).download, _raw_path(request), copy)
        except DatabricksFault:
            copy.unlink()
            raise
        return FileResponse(copy, background=BackgroundTask(copy.unlink))

    async def raw_post(self, request: Request) -> Response:
        with tempfile.NamedTemporaryFile() as draft:
            async for block in request.stream():
                draft.write(block)
            draft.flush()
            dbfs, path, source = self._dbfs(request), _raw_path(request), Path(draft.name)
            await _run(lambda: dbfs.upload(path, source, overwrite=True))
        return Response(status_code=200)


def _slice(dbfs: Dbfs, path: str, offset: int, length: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = dbfs.local_path(dbfs.file(path).name)
        if file is None:
            file = Path(folder) / "file"
            dbfs.download(path, file)
        with file.open("rb") as content:
            content.seek(offset)
            return content.read(length)


def _write(dbfs: Dbfs, path: str, data: bytes, overwrite: bool) -> None:
    with tempfile.NamedTemporaryFile() as draft:
        draft.write(data)
        draft.flush()
        dbfs.upload(path, Path(draft.name), overwrite=overwrite)


def _move(dbfs: Dbfs, source: str, target: str) -> None:
    dbfs.entry(source)
    if dbfs.find(target):
        raise FileExistsError(errno.EEXIST, "exists", target)
    dbfs.copy(source, target, recursive=True)
    dbfs.delete(source, recursive=True)


async def _run(work: Callable[..., T], *arguments: Any) -> T:
    """Do file work in a thread; turn its refusals into the API's."""
    try:
        return await run_in_threadpool(work, *arguments)
    except FileNotFoundError as error:
        raise missing(f"No file or directory exists on path dbfs:{error.filename}.") from error
    except FileExistsError as error:
        raise _exists(error.filename) from error
    except IsADirectoryError as error:
        raise invalid(f"Cannot read or write a directory: dbfs:{error.filename}") from error
    except RootDisabledError as error:
        raise DatabricksFault(403, "PERMISSION_DENIED", str(error.strerror)) from error
    except OSError as error:
        raise DatabricksFault(400, "IO_ERROR", str(error.strerror or error)) from error


def _exists(path: str) -> DatabricksFault:
    message = f"A file or directory already exists at the input path dbfs:{path}."
    return DatabricksFault(400, "RESOURCE_ALREADY_EXISTS", message)


def _path(text: str) -> str:
    path = text.removeprefix("dbfs:")
    try:
        return normal(path)
    except FileNotFoundError as error:
        raise invalid(f"Path must be absolute: {text}") from error


def _raw_path(request: Request) -> str:
    return _path("/" + request.path_params["path"])


def _decoded(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise invalid("Data is not valid base64") from error
    if len(data) > _LARGEST_BLOCK:
        raise DatabricksFault(400, "MAX_BLOCK_SIZE_EXCEEDED", "The block exceeds the maximum size of 1MB")
    return data


def _info(entry: Entry) -> dict[str, Any]:
    return {
        "path": entry.name,
        "is_dir": entry.is_folder,
        "file_size": entry.size,
        "modification_time": int(entry.modified * 1000),
    }


def routes(cloud: Cloud) -> list[Route]:
    """The DBFS API and the raw address."""
    handlers = _DbfsRoutes(cloud)
    return [
        Route("/api/2.0/dbfs/get-status", handlers.get_status, methods=["GET"]),
        Route("/api/2.0/dbfs/list", handlers.listing, methods=["GET"]),
        Route("/api/2.0/dbfs/read", handlers.read, methods=["GET"]),
        Route("/api/2.0/dbfs/put", handlers.put, methods=["POST"]),
        Route("/api/2.0/dbfs/mkdirs", handlers.mkdirs, methods=["POST"]),
        Route("/api/2.0/dbfs/delete", handlers.delete, methods=["POST"]),
        Route("/api/2.0/dbfs/move", handlers.move, methods=["POST"]),
        Route("/api/2.0/dbfs/create", handlers.create, methods=["POST"]),
        Route("/api/2.0/dbfs/add-block", handlers.add_block, methods=["POST"]),
        Route("/api/2.0/dbfs/close", handlers.close, methods=["POST"]),
        Route("/dbfs/{path:path}", handlers.raw_get, methods=["GET"]),
        Route("/dbfs/{path:path}", handlers.raw_post, methods=["POST"]),
    ]
