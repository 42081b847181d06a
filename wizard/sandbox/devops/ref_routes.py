"""The requests about branches and tags. API: https://learn.microsoft.com/rest/api/azure/devops/git/refs"""

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from wizard.sandbox.devops.bare import NOTHING, BareRepository, GitError, Ref
from wizard.sandbox.devops.faults import bad_argument
from wizard.sandbox.devops.identities import reference_by_id
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.ref_changes import RefChange, record_push, refusal
from wizard.sandbox.devops.repositories import Repositories, Repository, api_url
from wizard.sandbox.devops.repository_routes import named
from wizard.sandbox.devops.wire import Body, Call, collection, text

_REFUSED = {"GitRefUpdateRejectedByPolicyException": "rejectedByPolicy"}


def _view(call: Call, repository: Repository, ref: Ref) -> dict[str, Any]:
    short = ref.name.removeprefix("refs/")
    creator = repository.creators.get(ref.name)
    view = {
        "name": ref.name,
        "objectId": ref.object_id,
        "peeledObjectId": ref.peeled,
        "creator": reference_by_id(call.tenancy.identities, creator, call.base) if creator else None,
        "url": f"{api_url(repository, call.base)}/refs?filter={quote(short, safe='')}",
    }
    return {name: value for name, value in view.items() if value}


def _read(call: Call) -> Response:
    repository, _ = named(call)
    prefix = "refs/" + (call.names.get("filter") or call.query.get("filter", ""))
    contains = call.query.get("filterContains", "").lower()
    found = [ref for ref in Repositories(call.tenancy).bare(repository).refs(prefix) if contains in ref.name.lower()]
    if not call.flag("peelTags"):
        found = [Ref(ref.name, ref.object_id, "") for ref in found]
    after = call.query.get("continuationToken", "")
    found = [ref for ref in found if ref.name > after]
    top = call.number("$top", len(found))
    more = found[top - 1].name if 0 < top < len(found) else ""
    return collection([_view(call, repository, ref) for ref in found[:top]], more)


def _update(call: Call) -> Response:
    """Create, move and delete refs. The answer is 200 even when refs were refused: each says for itself."""
    repository, _ = named(call)
    wanted = call.document()
    if not isinstance(wanted, list) or not wanted:
        raise bad_argument("refUpdates", "Value cannot be null.")
    bare = Repositories(call.tenancy).bare(repository)
    results, made = [], []
    for each in wanted:
        change = _change(each)
        status, words = _apply(call, bare, repository, change)
        if status == "succeeded":
            made.append(change)
        results.append(_result(repository, change, status, words))
    if made:
        record_push(call.tenancy, call.caller.identity, repository.id, made)
    return collection(results)


def _change(body: Any) -> RefChange:
    return RefChange(text(body, "name"), text(body, "oldObjectId"), text(body, "newObjectId"))


def _apply(call: Call, bare: BareRepository, repository: Repository, change: RefChange) -> tuple[str, str]:
    """Make one change; returns the status and, for a refusal, its words."""
    if not bare.is_valid_ref(change.name):
        return "invalidRefName", ""
    if change.new != NOTHING and not bare.resolve(change.new):
        return "unresolvableToCommit", ""
    refused = refusal(call.tenancy, call.caller.identity, repository, change)
    if refused is not None:
        return _REFUSED.get(refused.type_key, "writePermissionRequired"), refused.message
    try:
        bare.move_ref(change.name, change.old, change.new)
    except GitError:
        return "staleOldObjectId", ""
    return "succeeded", ""


def _result(repository: Repository, change: RefChange, status: str, words: str) -> Body:
    result: Body = {
        "repositoryId": repository.id,
        "name": change.name,
        "oldObjectId": change.old,
        "newObjectId": change.new,
        "isLocked": False,
        "updateStatus": status,
        "success": status == "succeeded",
    }
    return {**result, "customMessage": words} if words else result


def endpoints() -> list[Endpoint]:
    """The operations of this area."""
    refs = "2d874a60-a811-4f62-9c9f-963a6ea0a55b"
    return [Endpoint(refs, "GET", _read, "code"), Endpoint(refs, "POST", _update, "code_write")]
