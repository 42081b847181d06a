"""The Workspace API 2.0: the tree, and importing and exporting files and notebooks.

Source: https://docs.databricks.com/api/azure/workspace/workspace
"""

import base64
import binascii
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks import multipart
from wizard.sandbox.databricks.faults import DatabricksFault, invalid
from wizard.sandbox.databricks.wire import (
    flag_query,
    json_body,
    number_query,
    optional,
    required,
    required_query,
    workspace_of,
)
from wizard.sandbox.databricks.workspace_files import WorkspaceTree

_LARGEST_IMPORT = 10 * 1024 * 1024  # bytes of a JSON import, decoded
_COMMENT = {"PYTHON": "#", "SCALA": "//", "SQL": "--", "R": "#"}
_EXTENSION = {"PYTHON": "py", "SCALA": "scala", "SQL": "sql", "R": "r"}
_FORMATS = {"SOURCE", "AUTO", "RAW"}


@dataclass(frozen=True, slots=True)
class _Import:
    """One thing to import."""

    path: str
    format: str
    language: str
    overwrite: bool
    content: bytes


class _WorkspaceRoutes:
    """The handlers."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def _tree(self, request: Request) -> WorkspaceTree:
        return WorkspaceTree(self._cloud, workspace_of(request).workspace_id)

    async def mkdirs(self, request: Request) -> JSONResponse:
        self._tree(request).make_folder(required(await json_body(request), "path"))
        return JSONResponse({})

    async def get_status(self, request: Request) -> JSONResponse:
        return JSONResponse(self._tree(request).get(required_query(request, "path")).body())

    async def listing(self, request: Request) -> JSONResponse:
        found = self._tree(request).list(required_query(request, "path"))
        since = number_query(request, "notebooks_modified_after", 0)
        shown = [item.body() for item in found if item.kind != "NOTEBOOK" or item.modified >= since]
        return JSONResponse({"objects": shown} if shown else {})

    async def delete(self, request: Request) -> JSONResponse:
        body = await json_body(request)
        self._tree(request).delete(required(body, "path"), recursive=optional(body, "recursive", bool, False))
        return JSONResponse({})

    async def import_object(self, request: Request) -> JSONResponse:
        wanted = await _import(request)
        if wanted.format not in _FORMATS:
            raise invalid(f"Importing format {wanted.format} is not supported by this workspace")
        kind, language, path = _kind(wanted)
        content = _as_notebook(wanted.content, language) if kind == "NOTEBOOK" else wanted.content
        self._tree(request).write(path, kind, language, content, overwrite=wanted.overwrite)
        return JSONResponse({})

    async def export(self, request: Request) -> Response:
        path, wanted = required_query(request, "path"), request.query_params.get("format", "SOURCE")
        if wanted not in _FORMATS:
            raise invalid(f"Exporting format {wanted} is not supported by this workspace")
        tree = self._tree(request)
        content = tree.read(path)
        if flag_query(request, "direct_download"):
            return Response(content, media_type="application/octet-stream")
        found = tree.get(path)
        extension = _EXTENSION[found.language] if found.kind == "NOTEBOOK" else found.path.rpartition(".")[2]
        return JSONResponse({"content": base64.b64encode(content).decode(), "file_type": extension})


async def _import(request: Request) -> _Import:
    """What a request wants imported, from JSON or from a form."""
    content_type = request.headers.get("content-type", "")
    if content_type.startswith("multipart/form-data"):
        fields = multipart.parts(content_type, await request.body())
        texts = {name: value.decode() for name, value in fields.items() if name != "content"}
        return _Import(
            required(dict(texts), "path"),
            texts.get("format", "SOURCE"),
            texts.get("language", ""),
            texts.get("overwrite", "").lower() == "true",
            fields.get("content", b""),
        )
    body = await json_body(request)
    try:
        content = base64.b64decode(optional(body, "content", str, ""), validate=True)
    except binascii.Error as error:
        raise invalid("content is not valid base64") from error
    if len(content) > _LARGEST_IMPORT:
        reason = f"content size limit exceeded ({_LARGEST_IMPORT} bytes)"
        raise DatabricksFault(400, "MAX_NOTEBOOK_SIZE_EXCEEDED", reason)
    return _Import(
        required(body, "path"),
        optional(body, "format", str, "SOURCE"),
        optional(body, "language", str, ""),
        optional(body, "overwrite", bool, False),
        content,
    )


def _kind(wanted: _Import) -> tuple[str, str, str]:
    """Whether it becomes a file or a notebook, in which language, and at which path.

    AUTO decides by extension and first line, and a notebook loses its extension.
    """
    if wanted.format == "RAW":
        return "FILE", "", wanted.path
    if wanted.format == "SOURCE":
        if wanted.language not in _COMMENT:
            raise invalid("The language of a notebook must be one of PYTHON, SCALA, SQL, R for format SOURCE")
        return "NOTEBOOK", wanted.language, wanted.path
    stem, dot, extension = wanted.path.rpartition(".")
    for language, known in _EXTENSION.items():
        if dot and extension.lower() == known and wanted.content.startswith(_header(language)):
            return "NOTEBOOK", language, stem
    return "FILE", "", wanted.path


def _header(language: str) -> bytes:
    return f"{_COMMENT[language]} Databricks notebook source".encode()


def _as_notebook(content: bytes, language: str) -> bytes:
    """A notebook's source with the line that marks it as one."""
    return content if content.startswith(_header(language)) else _header(language) + b"\n" + content


def routes(cloud: Cloud) -> list[Route]:
    """The Workspace API."""
    handlers = _WorkspaceRoutes(cloud)
    return [
        Route("/api/2.0/workspace/mkdirs", handlers.mkdirs, methods=["POST"]),
        Route("/api/2.0/workspace/get-status", handlers.get_status, methods=["GET"]),
        Route("/api/2.0/workspace/list", handlers.listing, methods=["GET"]),
        Route("/api/2.0/workspace/delete", handlers.delete, methods=["POST"]),
        Route("/api/2.0/workspace/import", handlers.import_object, methods=["POST"]),
        Route("/api/2.0/workspace/export", handlers.export, methods=["GET"]),
    ]
