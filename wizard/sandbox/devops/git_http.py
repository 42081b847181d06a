"""Git over HTTPS: the addresses below `_git/`, answered by git's own `http-backend` on the bare repositories.

Before a push is handed over, its commands are read: who may not change a ref, or whose branch has a policy, is told so
in git's own report, as the service does. https://git-scm.com/docs/git-http-backend
"""

import asyncio
import contextlib
import re
import zlib
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from wizard.sandbox.devops import packets
from wizard.sandbox.devops.authentication import need_scope
from wizard.sandbox.devops.bare import NOTHING, environment
from wizard.sandbox.devops.faults import DevOpsFault
from wizard.sandbox.devops.permissions import has_git_right
from wizard.sandbox.devops.ref_changes import RefChange, record_push, refusal
from wizard.sandbox.devops.repositories import Repositories, Repository
from wizard.sandbox.devops.tenancy import Caller, Tenancy

_ADDRESS = re.compile(
    r"(?:(?P<project>[^/]+)/)?_git/(?P<repository>[^/]+?)(?:\.git)?/"
    r"(?P<rest>info/refs|git-upload-pack|git-receive-pack)"
)
_COMMANDS_LIMIT = 4 * 1024 * 1024  # bytes of commands before a push's pack
_CHUNK = 64 * 1024
_PUSH = "git-receive-pack"
_FAST_FORWARD_ONLY = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "receive.denyNonFastForwards",
    "GIT_CONFIG_VALUE_0": "true",
}


@dataclass(frozen=True, slots=True)
class GitAddress:
    """What a git client asks for; the service is git-upload-pack (fetch) or git-receive-pack (push)."""

    project: str
    repository: str
    rest: str

    @classmethod
    def of(cls, path: str) -> "GitAddress | None":
        """Read a path below the organisation. Without a project, project and repository have the same name."""
        match = _ADDRESS.fullmatch(path)
        return cls(match["project"] or match["repository"], match["repository"], match["rest"]) if match else None


class GitHttp:
    """Serves the repositories of the organisation to git clients."""

    def __init__(self, tenancy: Tenancy) -> None:
        self._tenancy = tenancy
        self._repositories = Repositories(tenancy)
        self._pushing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def answer(self, request: Request, caller: Caller, address: GitAddress) -> Response:
        """Serve one request of a git client. Refusals are plain text, which git shows as `remote: ...`."""
        service = request.query_params.get("service", "") if address.rest == "info/refs" else address.rest
        try:
            need_scope(caller, "code_write" if service == _PUSH else "code")
            repository, _ = await run_in_threadpool(
                self._repositories.seen_by, caller.identity, address.repository, address.project
            )
            if service not in ("git-upload-pack", _PUSH):
                return PlainTextResponse("Only git's smart HTTP protocol is served here.\n", 403)
            if address.rest == _PUSH:
                return await self._push(request, caller, repository)
            variables = self._variables(request, caller, repository, address.rest)
            return await _backend(variables, request.stream())
        except DevOpsFault as fault:
            return PlainTextResponse(fault.message + "\n", fault.status)

    async def _push(self, request: Request, caller: Caller, repository: Repository) -> Response:
        """Look at a push before git does, and write down what it changed."""
        body = _unpacked(request)
        begun, wanted = await _commands(body)
        if wanted is None:
            return PlainTextResponse("The push could not be read.\n", 400)
        reasons = await run_in_threadpool(self._reasons, caller, repository, wanted.changes)
        if reasons:
            async for _ in body:  # the client sends its pack before it reads
                pass
            report = packets.refused_push(wanted, reasons)
            return Response(report, media_type="application/x-git-receive-pack-result")
        variables = self._variables(request, caller, repository, _PUSH)
        if not await run_in_threadpool(self._may_rewrite, caller, repository, wanted.changes):
            variables |= _FAST_FORWARD_ONLY
        async with self._pushing[repository.id]:
            response = await _backend(variables, _chained(begun, body))
            content = b"".join([part async for part in response.body_iterator if isinstance(part, bytes)])
            await run_in_threadpool(self._record, caller, repository, wanted.changes)
        return Response(content, response.status_code, media_type=response.media_type)

    def _reasons(self, caller: Caller, repository: Repository, changes: list[RefChange]) -> dict[str, str]:
        found = {change.name: refusal(self._tenancy, caller.identity, repository, change) for change in changes}
        return {name: fault.message for name, fault in found.items() if fault}

    def _may_rewrite(self, caller: Caller, repository: Repository, changes: list[RefChange]) -> bool:
        """Whether the caller may move all these refs to commits that do not follow the old ones."""
        home = (repository.project_id, repository.id)
        branches = [change.name.removeprefix("refs/") for change in changes if change.is_branch]
        return all(has_git_right(self._tenancy, caller.identity, "ForcePush", *home, branch) for branch in branches)

    def _record(self, caller: Caller, repository: Repository, wanted: list[RefChange]) -> None:
        """Write down those of the wanted changes that git really made."""
        now = {ref.name: ref.object_id for ref in self._repositories.bare(repository).refs()}
        made = [change for change in wanted if now.get(change.name, NOTHING) == change.new]
        if made:
            record_push(self._tenancy, caller.identity, repository.id, made)

    def _variables(self, request: Request, caller: Caller, repository: Repository, rest: str) -> dict[str, str]:
        """The CGI variables of a request (RFC 3875)."""
        variables = environment() | {
            "GIT_PROJECT_ROOT": str(self._tenancy.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{repository.id}.git/{rest}",
            "REQUEST_METHOD": request.method,
            "QUERY_STRING": request.url.query,
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "REMOTE_USER": caller.identity.account,
            "REMOTE_ADDR": "127.0.0.1",
        }
        if rest != _PUSH:
            variables["HTTP_CONTENT_ENCODING"] = request.headers.get("content-encoding", "")
        if "git-protocol" in request.headers:
            variables["GIT_PROTOCOL"] = request.headers["git-protocol"]
        if rest != _PUSH and "content-length" in request.headers:
            variables["CONTENT_LENGTH"] = request.headers["content-length"]
        return variables


async def _backend(variables: dict[str, str], body: AsyncIterator[bytes]) -> StreamingResponse:
    """Run http-backend on a request and stream its answer."""
    process = await asyncio.create_subprocess_exec(
        "git",
        "http-backend",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=variables,
    )
    assert process.stdin is not None  # noqa: S101 - it was asked for
    assert process.stdout is not None  # noqa: S101 - it was asked for
    feeding = asyncio.create_task(_feed(process.stdin, body))
    status, headers = 200, {}
    while (line := (await process.stdout.readline()).decode("latin-1").strip()) != "":
        name, _, value = line.partition(":")
        if name.lower() == "status":
            status = int(value.split()[0])
        else:
            headers[name.lower()] = value.strip()

    async def content(output: asyncio.StreamReader) -> AsyncIterator[bytes]:
        try:
            while data := await output.read(_CHUNK):
                yield data
        finally:
            feeding.cancel()
            with contextlib.suppress(ProcessLookupError):
                if process.returncode is None and not output.at_eof():
                    process.kill()
            await process.wait()

    media_type = headers.pop("content-type", None)
    return StreamingResponse(content(process.stdout), status, headers, media_type)


async def _commands(body: AsyncIterator[bytes]) -> tuple[bytes, packets.PushRequest | None]:
    """Read a push up to the end of its commands; returns what was read, and the commands."""
    begun = b""
    async for chunk in body:
        begun += chunk
        try:
            wanted = packets.read_push(begun)
        except ValueError:
            return begun, None
        if wanted is not None or len(begun) > _COMMANDS_LIMIT:
            return begun, wanted
    return begun, None


async def _chained(begun: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield begun
    async for chunk in rest:
        yield chunk


async def _unpacked(request: Request) -> AsyncIterator[bytes]:
    """The body of a request, which git may have compressed."""
    unzip = zlib.decompressobj(31) if request.headers.get("content-encoding") == "gzip" else None
    async for chunk in request.stream():
        if chunk:
            yield unzip.decompress(chunk) if unzip else chunk


async def _feed(stdin: asyncio.StreamWriter, body: AsyncIterator[bytes]) -> None:
    """Hand a body to git while it already answers."""
    with contextlib.suppress(OSError, ClientDisconnect):
        async for chunk in body:
            stdin.write(chunk)
            await stdin.drain()
    stdin.close()
