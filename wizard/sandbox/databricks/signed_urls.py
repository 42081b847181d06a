"""Short-lived addresses that let whoever holds one read or write one file without a token.

The real workspaces sign addresses of their storage account; here they are addresses of the workspace's own host
below /api/2.0/fs/signed, with the names that Azure uses for the parts of a shared access signature (`se` expiry, `sp`
permission, `sig` signature). What one does with them is what the Azure Blob service offers: read a file, put one
whole, or put it in blocks and commit their list.
Source: https://learn.microsoft.com/rest/api/storageservices/put-block
"""

import hashlib
import hmac
import secrets
import shutil
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from wizard.sandbox.arm.workspaces import Workspace
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.databricks.volume_files import file_of
from wizard.sandbox.databricks.wire import workspace_of

PREFIX = "/api/2.0/fs/signed"
READ = "r"
WRITE = "w"
LIFETIME = 3600.0  # seconds, for callers that ask for none


class SignedUrls:
    """Makes such addresses, and checks them. Its key is as old as the cloud's state."""

    def __init__(self, cloud: Cloud) -> None:
        stored = cloud.store.get("databricks.signing-key", "") or {"key": secrets.token_hex(32)}
        cloud.store.put("databricks.signing-key", "", stored)
        self._key = bytes.fromhex(stored["key"])

    def sign(
        self,
        workspace: Workspace,
        dbfs_path: str,
        permission: str,
        *,
        until: float | None = None,
        block: str | None = None,
    ) -> str:
        """An address for a DBFS path, good until a moment (Unix time) and for one permission.

        With `block`, a PUT there is that block of the file instead of the whole.
        """
        expiry = int(until if until is not None else time.time() + LIFETIME)
        query = {"se": str(expiry), "sp": permission}
        if block is not None:
            query |= {"comp": "block", "blockid": block}
        signature = self._signature(workspace.workspace_id, dbfs_path, expiry, permission)
        return f"https://{workspace.host}{PREFIX}{quote(dbfs_path)}?{urlencode({**query, 'sig': signature})}"

    def allows(self, request: Request, dbfs_path: str, permission: str) -> bool:
        """Whether a request's own signature lets it do that now."""
        query = request.query_params
        expiry = query.get("se", "")
        if not expiry.isdecimal() or int(expiry) < time.time() or query.get("sp") != permission:
            return False
        expected = self._signature(workspace_of(request).workspace_id, dbfs_path, int(expiry), permission)
        return hmac.compare_digest(expected, query.get("sig", ""))

    def _signature(self, workspace_id: str, dbfs_path: str, expiry: int, permission: str) -> str:
        text = "\n".join([workspace_id, dbfs_path, str(expiry), permission])
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


class Blocks:
    """The uncommitted blocks of one file, kept beside the workspace's other files until they are put together."""

    def __init__(self, cloud: Cloud, workspace_id: str, path: str, file: Path) -> None:
        self._file = file
        name = hashlib.sha256(path.encode()).hexdigest()
        self._folder = cloud.folder / "databricks" / workspace_id / "mlflow" / "blocks" / name

    async def put(self, block: str, request: Request) -> str:
        """Keep a request's body as one block; return its ETag."""
        return await save_body(request, self._of(block))

    def commit(self, blocks: list[str]) -> None:
        """Make the file out of these blocks, in this order. Raises FileNotFoundError when one was never put."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._folder.with_suffix(".whole")
        temporary.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as whole:
            for block in blocks:
                with self._of(block).open("rb") as part:
                    shutil.copyfileobj(part, whole)
        temporary.replace(self._file)
        self.discard()

    def discard(self) -> None:
        """Forget the blocks."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _of(self, block: str) -> Path:
        return self._folder / hashlib.sha256(block.encode()).hexdigest()


async def save_body(request: Request, file: Path) -> str:
    """Write a request's body to a file as it comes, all or nothing; return its ETag."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{secrets.token_hex(8)}.part")
    digest = hashlib.sha256()
    try:
        with temporary.open("wb") as output:
            async for chunk in request.stream():
                digest.update(chunk)
                output.write(chunk)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
    return f'"{digest.hexdigest()[:32]}"'


def _refused(status: int, code: str, message: str) -> Response:
    """An error in the storage service's own form."""
    root = ElementTree.Element("Error")
    ElementTree.SubElement(root, "Code").text = code
    ElementTree.SubElement(root, "Message").text = message
    if code == "AuthenticationFailed":
        # databricks-sdk tells an expired address, which it renews, from a wrong one by these words.
        detail = "Signature not valid in the specified time frame"
        ElementTree.SubElement(root, "AuthenticationErrorDetail").text = detail
    body = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(body, status, {"x-ms-error-code": code}, "application/xml")


def routes(cloud: Cloud, urls: SignedUrls) -> list[Route]:
    """What signed addresses answer."""

    async def answer(request: Request) -> Response:
        path = "/" + request.path_params["path"]
        permission = READ if request.method in ("GET", "HEAD") else WRITE
        if not urls.allows(request, path, permission):
            message = "Server failed to authenticate the request."
            return _refused(403, "AuthenticationFailed", message)
        workspace = workspace_of(request)
        file = file_of(cloud, workspace, path)
        if permission == READ:
            if not file.is_file():
                return _refused(404, "BlobNotFound", "The specified blob does not exist.")
            return FileResponse(file, media_type="application/octet-stream")
        return await _write(request, file, Blocks(cloud, workspace.workspace_id, path, file))

    return [Route(PREFIX + "/{path:path}", answer, methods=["GET", "HEAD", "PUT", "DELETE"])]


async def _write(request: Request, file: Path, blocks: Blocks) -> Response:
    part = request.query_params.get("comp", "")
    if request.method == "DELETE":
        blocks.discard()
        return Response(status_code=200)
    if part == "block":
        etag = await blocks.put(request.query_params.get("blockid", ""), request)
        return Response(status_code=201, headers={"ETag": etag})
    if part == "blocklist":
        try:
            names = [node.text or "" for node in ElementTree.fromstring(await request.body())]  # noqa: S314
            blocks.commit(names)
        except (ElementTree.ParseError, FileNotFoundError):
            return _refused(400, "InvalidBlockList", "The specified block list is invalid.")
        return Response(status_code=201)
    return Response(status_code=201, headers={"ETag": await save_body(request, file)})
