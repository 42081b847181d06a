"""The requests about pushes: commits made over REST, and the history of pushes.

API: https://learn.microsoft.com/rest/api/azure/devops/git/pushes
"""

import base64
import binascii
from typing import Any

from starlette.responses import Response

from wizard.sandbox.devops.bare import NOTHING, BareRepository, Change, GitError, Signature
from wizard.sandbox.devops.commit_routes import commit_view
from wizard.sandbox.devops.faults import GIT, DevOpsFault, bad_argument
from wizard.sandbox.devops.identities import reference_by_id
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.projects import Project
from wizard.sandbox.devops.ref_changes import RefChange, pushes_of, record_push, refusal
from wizard.sandbox.devops.repositories import Repositories, Repository, api_url, view
from wizard.sandbox.devops.repository_routes import named
from wizard.sandbox.devops.wire import Body, Call, answer, collection, now, part, parts, text


def _create(call: Call) -> Response:
    """Make commits on one branch and move it there."""
    repository, project = named(call)
    body = call.body()
    updates, commits = parts(body, "refUpdates"), parts(body, "commits")
    if len(updates) != 1 or not commits:
        raise bad_argument("push", "The request must have exactly one ref update and at least one commit.")
    bare = Repositories(call.tenancy).bare(repository)
    name, old = text(updates[0], "name"), text(updates[0], "oldObjectId")
    if not bare.is_valid_ref(name):
        message = f"TF401024: The ref name '{name}' is not valid."
        raise DevOpsFault(400, "InvalidGitRefNameException", message, GIT)
    refused = refusal(call.tenancy, call.caller.identity, repository, RefChange(name, old, "f" * 40))
    if refused is not None:
        raise refused
    if (bare.resolve(name) or NOTHING) != old:
        raise _stale(name)
    made, tip = [], old
    for commit in commits:
        tip = _commit(call, bare, tip, commit)
        made.append(tip)
    change = RefChange(name, old, tip)
    try:
        bare.move_ref(name, old, tip)
    except GitError as error:
        raise _stale(name) from error
    push = record_push(call.tenancy, call.caller.identity, repository.id, [change])
    changed = Repositories(call.tenancy).get(repository.id) or repository
    return answer(_push_view(call, changed, project, push, made), 201)


def _stale(name: str) -> DevOpsFault:
    return DevOpsFault(
        409,
        "GitReferenceStaleException",
        f"TF401028: The reference '{name}' has already been updated by another client, so you cannot update it. Please"
        " try again.",
        GIT,
    )


def _commit(call: Call, bare: BareRepository, parent: str, body: Any) -> str:
    if not parts(body, "changes"):
        raise bad_argument("commits", "A commit must have changes.")
    identity, who = call.caller.identity, part(body, "author")
    author = Signature(
        text(who, "name", identity.display_name), text(who, "email", identity.account), text(who, "date", now()[:19])
    )
    parents = [] if parent == NOTHING else [parent]
    changes = [change for each in body["changes"] for change in _changes(bare, parent, each)]
    return bare.write_commit(parents, changes, text(body, "comment", "Commit"), author)


def _changes(bare: BareRepository, parent: str, body: Any) -> list[Change]:
    """What one change of a commit does to files; a rename is two."""
    kind = text(body, "changeType").lower()
    path = text(part(body, "item"), "path")
    there = bool(parent != NOTHING and bare.tree(parent, path))
    if path.strip("/") == "" or any(piece in ("", ".", "..", ".git") for piece in path.strip("/").split("/")):
        raise _bad_change("GitInvalidPathException", f"TF401022: The path '{path}' is not valid.")
    if kind == "add" and there:
        message = f"TF402445: The item '{path}' already exists and cannot be added."
        raise _bad_change("GitItemAlreadyExistsException", message)
    if kind in ("edit", "delete") and not there:
        raise _bad_change("GitItemNotFoundException", f"TF401174: The item '{path}' could not be found.")
    if kind == "delete":
        return [Change(path, None)]
    if kind == "rename":
        source = text(body, "sourceServerItem")
        found = [] if parent == NOTHING else bare.tree(parent, source)
        if not found or found[0].kind != "blob":
            raise _bad_change("GitItemNotFoundException", f"TF401174: The item '{source}' could not be found.")
        content = _content(body) if body.get("newContent") else bare.blob(found[0].object_id)
        return [Change(source, None), Change(path, content)]
    if kind not in ("add", "edit"):
        raise bad_argument("changeType", f"The change type '{kind}' is not supported.")
    return [Change(path, _content(body))]


def _content(body: Body) -> bytes:
    content = part(body, "newContent")
    held = text(content, "content", "")
    if text(content, "contentType", "rawtext").lower() != "base64encoded":
        return held.encode()
    try:
        return base64.b64decode(held, validate=True)
    except binascii.Error as error:
        raise bad_argument("content", "The content is not valid base64.") from error


def _bad_change(type_key: str, message: str) -> DevOpsFault:
    return DevOpsFault(400, type_key, message, GIT)


def _push_view(
    call: Call, repository: Repository, project: Project, push: dict[str, Any], commits: list[str]
) -> dict[str, Any]:
    bare = Repositories(call.tenancy).bare(repository)
    home = api_url(repository, call.base)
    url = f"{home}/pushes/{push['id']}"
    by = reference_by_id(call.tenancy.identities, push["by"], call.base)
    return {
        "commits": [commit_view(bare.commits(commit, top=1)[0], home, with_tree=True) for commit in commits],
        "refUpdates": [
            {
                "repositoryId": repository.id,
                "name": change["name"],
                "oldObjectId": change["old"],
                "newObjectId": change["new"],
            }
            for change in push["changes"]
        ],
        "repository": view(repository, project, call.base),
        "pushedBy": by,
        "pushId": push["id"],
        "date": push["date"],
        "url": url,
        "_links": {
            "self": {"href": url},
            "repository": {"href": home},
            "commits": {"href": f"{url}/commits"},
            "pusher": {"href": by.get("url", "")},
            "refs": {"href": f"{home}/refs/{push['changes'][0]['name'].removeprefix('refs/')}"},
        },
    }


def _read(call: Call) -> Response:
    repository, project = named(call)
    pushes = pushes_of(call.tenancy, repository.id)
    wanted = call.names.get("pushId", "")
    if wanted:
        found = next((push for push in pushes if str(push["id"]) == wanted), None)
        if found is None:
            raise DevOpsFault(404, "GitPushNotFoundException", f"TF401021: The push {wanted} does not exist.", GIT)
        return answer(_push_view(call, repository, project, found, []))
    ref = call.query.get("searchCriteria.refName", "")
    if ref:
        pushes = [push for push in pushes if any(change["name"] == ref for change in push["changes"])]
    start = call.number("$skip", 0)
    page = pushes[start : start + call.number("$top", 100)]
    listed = []
    for push in page:
        shown = _push_view(call, repository, project, push, [])
        keep = {"repository", "pushedBy", "pushId", "date", "url"}
        keep |= {"refUpdates"} if call.flag("searchCriteria.includeRefUpdates") else set()
        listed.append({name: value for name, value in shown.items() if name in keep})
    return collection(listed)


def endpoints() -> list[Endpoint]:
    """The operations of this area."""
    pushes = "ea98d07b-3c87-4971-8ede-a613694ffb55"
    return [Endpoint(pushes, "GET", _read, "code"), Endpoint(pushes, "POST", _create, "code_write")]
