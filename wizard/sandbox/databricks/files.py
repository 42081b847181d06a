"""The Files API: whole files and folders by absolute path, up to any size, directly or over signed addresses.

There are three trees: /Volumes, /Models, and /WorkspaceInternal/Mlflow/Artifacts, where MLflow's client keeps the
artifacts of runs and logged models. Source: https://docs.databricks.com/api/azure/workspace/files, and for the signed
addresses databricks/sdk/mixins/files.py.
"""

import base64
import shutil
from datetime import UTC, datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.faults import DatabricksFault, invalid
from wizard.sandbox.databricks.signed_urls import READ, WRITE, Blocks, SignedUrls, save_body
from wizard.sandbox.databricks.volume_files import Place, check_access, check_owner, place_of
from wizard.sandbox.databricks.wire import (
    Body,
    json_body,
    number_query,
    optional,
    required,
    required_query,
    workspace_of,
)

_PAGE = 1000  # entries of a folder in one answer, when the caller names no number
_LARGEST_PAGE = 1000


class Files:
    """The handlers of the Files API."""

    def __init__(self, cloud: Cloud, urls: SignedUrls) -> None:
        self._cloud = cloud
        self._urls = urls

    def _place(self, request: Request, path: str, *, writes: bool = False) -> Place:
        place = place_of(self._cloud, workspace_of(request), path)
        check_access(self._cloud, request, path, writes=writes)
        return place

    def _here(self, request: Request, *, writes: bool = False) -> Path:
        return self._place(request, _path(request), writes=writes).file

    def _file(self, request: Request, *, writes: bool = False) -> Path:
        file = self._here(request, writes=writes)
        if not file.is_file():
            raise DatabricksFault(404, "NOT_FOUND", f"The file being accessed is not found: {_path(request)}")
        return file

    async def download(self, request: Request) -> Response:
        """GET or HEAD of a file; ranges as in HTTP."""
        return FileResponse(self._file(request), media_type="application/octet-stream")

    async def upload(self, request: Request) -> Response:
        """PUT of a whole file."""
        place = self._place(request, _path(request), writes=True)
        self._check_writable(request, place)
        await save_body(request, place.file)
        return Response(status_code=204)

    def _check_writable(self, request: Request, place: Place) -> None:
        check_owner(place)
        if place.file.is_dir():
            raise invalid(f"The path {_path(request)} is a directory.")
        if place.file.exists() and request.query_params.get("overwrite", "true").lower() == "false":
            raise DatabricksFault(409, "ALREADY_EXISTS", "The file being created already exists.")

    async def delete(self, request: Request) -> Response:
        """DELETE of a file."""
        self._file(request, writes=True).unlink()
        return Response(status_code=204)

    async def multipart(self, request: Request) -> Response:
        """POST to a file: begin or complete an upload in parts. The session is the file's own."""
        place = self._place(request, _path(request), writes=True)
        action = request.query_params.get("action")
        if action == "initiate-upload":
            self._check_writable(request, place)
            token = base64.urlsafe_b64encode(place.name.encode()).decode()
            return JSONResponse({"multipart_upload": {"session_token": token}})
        if action != "complete-upload":
            raise invalid(f"Unknown action: {action}")
        _check_session(place.name, required_query(request, "session_token"))
        parts = optional(await json_body(request), "parts", list, [])
        try:
            numbers = sorted(int(part["part_number"]) for part in parts)
            self._blocks(request, place).commit([str(number) for number in numbers])
        except (KeyError, TypeError, ValueError, FileNotFoundError) as error:
            raise invalid("The parts of the upload are incomplete or malformed.") from error
        return Response(status_code=204)

    def _blocks(self, request: Request, place: Place) -> Blocks:
        return Blocks(self._cloud, workspace_of(request).workspace_id, place.name, place.file)

    async def part_urls(self, request: Request) -> Response:
        """Signed addresses for the next parts of an upload."""
        body = await json_body(request)
        name = self._place(request, required(body, "path"), writes=True).name
        _check_session(name, required(body, "session_token"))
        first, count = optional(body, "start_part_number", int, 1), optional(body, "count", int, 1)
        until = _expiry(required(body, "expire_time"))
        sign = self._urls.sign
        parts = [
            {
                "url": sign(workspace_of(request), name, WRITE, until=until, block=str(number)),
                "part_number": number,
                "headers": [],
            }
            for number in range(first, first + count)
        ]
        return JSONResponse({"upload_part_urls": parts})

    async def abort_url(self, request: Request) -> Response:
        """A signed address whose DELETE gives an upload up."""
        body = await json_body(request)
        name = self._place(request, required(body, "path"), writes=True).name
        _check_session(name, required(body, "session_token"))
        until = _expiry(required(body, "expire_time"))
        url = self._urls.sign(workspace_of(request), name, WRITE, until=until)
        return JSONResponse({"abort_upload_url": {"url": url, "headers": []}})

    async def download_url(self, request: Request) -> Response:
        """A signed address whose GET is the file; databricks-sdk asks by query, MLflow's client by body."""
        asked = dict(request.query_params) or await json_body(request)
        place = self._place(request, required(asked, "path"))
        if not place.file.is_file():
            raise DatabricksFault(404, "NOT_FOUND", "The file being accessed is not found.")
        return self._signed(request, place, READ, asked)

    async def upload_url(self, request: Request) -> Response:
        """A signed address whose PUT is the whole file."""
        asked = await json_body(request)
        place = self._place(request, required(asked, "path"), writes=True)
        self._check_writable(request, place)
        return self._signed(request, place, WRITE, asked)

    def _signed(self, request: Request, place: Place, permission: str, asked: Body) -> Response:
        until = _expiry(asked["expire_time"]) if asked.get("expire_time") else None
        url = self._urls.sign(workspace_of(request), place.name, permission, until=until)
        return JSONResponse({"url": url, "headers": []})

    async def make_folder(self, request: Request) -> Response:
        """PUT of a folder, with its parents."""
        place = self._place(request, _path(request), writes=True)
        check_owner(place)
        folder = place.file
        if folder.is_file():
            raise DatabricksFault(409, "ALREADY_EXISTS", f"A file exists at {_path(request)}.")
        folder.mkdir(parents=True, exist_ok=True)
        return Response(status_code=204)

    def _folder(self, request: Request, *, writes: bool = False) -> Path:
        folder = self._here(request, writes=writes)
        if not folder.is_dir():
            raise DatabricksFault(404, "NOT_FOUND", f"The directory being accessed is not found: {_path(request)}")
        return folder

    async def folder_metadata(self, request: Request) -> Response:
        """HEAD of a folder: whether it is there."""
        self._folder(request)
        return Response(status_code=200)

    async def list_folder(self, request: Request) -> Response:
        """GET of a folder: its entries in pages, ordered by name."""
        size = number_query(request, "page_size", _PAGE)
        size = min(size, _LARGEST_PAGE) if size > 0 else _PAGE
        after = _last_shown(request.query_params.get("page_token", ""))
        entries = sorted(entry for entry in self._folder(request).iterdir() if entry.name > after)
        page = {"contents": [_entry(_path(request), entry) for entry in entries[:size]]}
        if len(entries) > size:
            token = base64.urlsafe_b64encode(entries[size - 1].name.encode()).decode()
            return JSONResponse({**page, "next_page_token": token})
        return JSONResponse(page)

    async def remove_folder(self, request: Request) -> Response:
        """DELETE of an empty folder."""
        folder = self._folder(request, writes=True)
        if any(folder.iterdir()):
            raise DatabricksFault(400, "DIRECTORY_NOT_EMPTY", f"The directory is not empty: {_path(request)}")
        shutil.rmtree(folder)
        return Response(status_code=204)


def _path(request: Request) -> str:
    return "/" + str(request.path_params["path"])


def _last_shown(page_token: str) -> str:
    """The name after which a page begins."""
    try:
        return base64.urlsafe_b64decode(page_token).decode()
    except ValueError as error:
        raise invalid(f"Invalid page_token: {page_token}") from error


def _entry(folder: str, entry: Path) -> dict[str, str | int | bool]:
    about = entry.stat()
    common: dict[str, str | int | bool] = {
        "path": f"{folder.rstrip('/')}/{entry.name}",
        "name": entry.name,
        "is_directory": entry.is_dir(),
        "last_modified": int(about.st_mtime * 1000),
    }
    return common if entry.is_dir() else {**common, "file_size": about.st_size}


def _check_session(name: str, token: str) -> None:
    if token != base64.urlsafe_b64encode(name.encode()).decode():
        raise invalid("The session token does not belong to this path.")


def _expiry(text: str) -> float:
    """The moment (Unix time) that an RFC 3339 timestamp names."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid(f"Invalid expire_time: {text}") from error
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()


def routes(cloud: Cloud, urls: SignedUrls) -> list[Route]:
    """The Files API."""
    files = Files(cloud, urls)
    file, folder = "/api/2.0/fs/files/{path:path}", "/api/2.0/fs/directories/{path:path}"
    return [
        Route(file, files.download, methods=["GET", "HEAD"]),
        Route(file, files.upload, methods=["PUT"]),
        Route(file, files.delete, methods=["DELETE"]),
        Route(file, files.multipart, methods=["POST"]),
        Route("/api/2.0/fs/create-upload-part-urls", files.part_urls, methods=["POST"]),
        Route("/api/2.0/fs/create-abort-upload-url", files.abort_url, methods=["POST"]),
        Route("/api/2.0/fs/create-upload-url", files.upload_url, methods=["POST"]),
        Route("/api/2.0/fs/create-download-url", files.download_url, methods=["POST"]),
        Route(folder, files.folder_metadata, methods=["HEAD"]),
        Route(folder, files.list_folder, methods=["GET"]),
        Route(folder, files.make_folder, methods=["PUT"]),
        Route(folder, files.remove_folder, methods=["DELETE"]),
    ]
