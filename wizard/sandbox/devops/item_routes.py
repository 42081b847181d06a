"""The requests about files and folders. API: https://learn.microsoft.com/rest/api/azure/devops/git/items"""

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from wizard.sandbox.devops.bare import Entry
from wizard.sandbox.devops.faults import GIT, DevOpsFault
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.repositories import Repositories, Repository, api_url
from wizard.sandbox.devops.repository_routes import named
from wizard.sandbox.devops.version_descriptors import asked_commit
from wizard.sandbox.devops.wire import Call, answer, collection


def _read(call: Call) -> Response:
    """A file's record or content, or the entries of a folder."""
    repository, _ = named(call)
    bare = Repositories(call.tenancy).bare(repository)
    commit = asked_commit(call, repository, "versionDescriptor.")
    one = call.query.get("path") or call.names.get("path", "")
    scope = one or call.query.get("scopePath", "/")
    level = call.query.get("recursionLevel", "none").lower()
    found = bare.tree(commit, scope, recursive=level == "full")
    if not found:
        raise _not_found(call, repository, commit, scope)
    wants_list = not one or level != "none"
    if wants_list:
        shown = found[:1] if level == "none" else found
        return collection([_view(call, repository, commit, entry) for entry in shown])
    if found[0].kind == "blob" and not _wants_record(call):
        content = bare.blob(found[0].object_id)
        kind = "text/plain" if "text/plain" in call.accept else "application/octet-stream"
        return Response(content, media_type=kind)
    view = _view(call, repository, commit, found[0])
    if call.flag("includeContent") and found[0].kind == "blob":
        view["content"] = bare.blob(found[0].object_id).decode(errors="replace")
    return answer(view)


def _wants_record(call: Call) -> bool:
    """Whether the client asks for what is known of a file rather than for the file."""
    form = call.query.get("$format", "").lower()
    return form == "json" or (not form and "application/json" in call.accept and not call.flag("download"))


def _view(call: Call, repository: Repository, commit: str, entry: Entry) -> dict[str, Any]:
    version = f"versionType=Commit&version={commit}"
    view: dict[str, Any] = {
        "objectId": entry.object_id,
        "gitObjectType": entry.kind,
        "commitId": commit,
        "path": entry.path,
        "url": f"{api_url(repository, call.base)}/items{quote(entry.path)}?{version}",
    }
    if entry.kind == "tree":
        view["isFolder"] = True
    elif call.flag("includeContentMetadata"):
        view["contentMetadata"] = {"fileName": entry.path.rsplit("/", 1)[-1]}
    return view


def _not_found(call: Call, repository: Repository, commit: str, path: str) -> DevOpsFault:
    version = call.query.get("versionDescriptor.version") or repository.default_branch.removeprefix("refs/heads/")
    kind = call.query.get("versionDescriptor.versionType", "branch").title()
    return DevOpsFault(
        404,
        "GitItemNotFoundException",
        f"TF401174: The item '{path}' could not be found in the repository '{repository.name}' at the version"
        f" specified by '<{kind}: {version} >' (resolved to commit '{commit}')",
        GIT,
    )


def endpoints() -> list[Endpoint]:
    """The operations of this area."""
    return [Endpoint("fb93c0db-47ed-4a31-8c20-47552878fb44", "GET", _read, "code")]
