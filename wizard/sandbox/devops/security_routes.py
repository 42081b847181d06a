"""The requests about security: namespaces, access control lists and entries, and "may I?".

API: https://learn.microsoft.com/rest/api/azure/devops/security
"""

from typing import Any

from starlette.responses import Response

from wizard.sandbox.devops.documents import recorded
from wizard.sandbox.devops.faults import DevOpsFault, bad_argument, needs_permission
from wizard.sandbox.devops.locations import Endpoint
from wizard.sandbox.devops.security import AccessLists, Entry, allowed, effective, namespace
from wizard.sandbox.devops.wire import Call, answer, collection, empty, part, parts, text, whole

_ASSEMBLY = "Microsoft.VisualStudio.Services.Security"


def _namespace(call: Call) -> dict[str, Any]:
    """The security namespace that the address names; raises DevOpsFault 404."""
    wanted = call.names.get("securityNamespaceId", "")
    found = namespace(wanted)
    if found is None:
        message = f"The security namespace with id {wanted} does not exist."
        raise DevOpsFault(404, "InvalidSecurityNamespaceException", message, _ASSEMBLY)
    return found


def _namespaces(call: Call) -> Response:
    if call.names.get("securityNamespaceId"):
        return collection([_namespace(call)])
    return collection(recorded("security_namespaces"))


def _need_to_manage(call: Call, space: dict[str, Any], token: str) -> None:
    """Who changes lists must hold the permission that the namespace names for it."""
    identity = call.caller.identity
    if not allowed(call.tenancy, identity, space["namespaceId"], token, space["writePermission"]):
        wanted = space["writePermission"]
        permission = next(action["name"] for action in space["actions"] if action["bit"] == wanted)
        raise needs_permission(identity.account, permission, f"token {token}")


def _lists(call: Call) -> Response:
    """The lists of a namespace; for identities that are asked for, an entry is shown even where there is none."""
    space = _namespace(call)
    lists = AccessLists(call.tenancy.store)
    token, recurse = call.query.get("token", ""), call.flag("recurse")
    descriptors = [each for each in call.query.get("descriptors", "").split(",") if each]
    found = lists.lists(space["namespaceId"])
    if token and recurse:
        found = [(each, entries) for each, entries in found if each.lower().startswith(token.lower())]
    elif token:
        found = [(token, lists.entries(space["namespaceId"], token))]
        found = found if descriptors else [each for each in found if each[1]]
    return collection([_list_view(call, space, each, entries, descriptors) for each, entries in found])


def _list_view(
    call: Call, space: dict[str, Any], token: str, entries: dict[str, Entry], descriptors: list[str]
) -> dict[str, Any]:
    extended = call.flag("includeExtendedInfo")
    shown = {}
    for descriptor in descriptors or entries:
        entry: dict[str, Any] = {"descriptor": descriptor, **entries.get(descriptor, {"allow": 0, "deny": 0})}
        if extended:
            entry["extendedInfo"] = _extended(call, space, token, descriptor, entry)
        shown[descriptor] = entry
    view: dict[str, Any] = {"inheritPermissions": True, "token": token, "acesDictionary": shown}
    return {**view, "includeExtendedInfo": True} if extended else view


def _extended(call: Call, space: dict[str, Any], token: str, descriptor: str, entry: dict[str, Any]) -> dict[str, int]:
    """What is effective for an identity, inherited rights included; bits of nothing are left out."""
    member = next((each for each in call.tenancy.identities.everybody() if each.descriptor == descriptor), None)
    found = effective(call.tenancy, member, space["namespaceId"], token) if member else entry
    info = {
        "effectiveAllow": found["allow"],
        "effectiveDeny": found["deny"],
        "inheritedAllow": found["allow"] & ~entry["allow"],
        "inheritedDeny": found["deny"] & ~entry["deny"],
    }
    return {name: bits for name, bits in info.items() if bits}


def _set_lists(call: Call) -> Response:
    """Replace whole lists."""
    space, lists = _namespace(call), AccessLists(call.tenancy.store)
    for each in parts(call.body(), "value"):
        token = text(each, "token")
        _need_to_manage(call, space, token)
        entries = {name: _entry(entry) for name, entry in part(each, "acesDictionary").items()}
        lists.put(space["namespaceId"], token, entries)
    return empty()


def _entry(body: Any) -> Entry:
    return {"allow": whole(body, "allow"), "deny": whole(body, "deny")}


def _remove_lists(call: Call) -> Response:
    space, lists = _namespace(call), AccessLists(call.tenancy.store)
    removed = False
    for token in call.query.get("tokens", "").split(","):
        _need_to_manage(call, space, token)
        removed = lists.remove(space["namespaceId"], token) or removed
    return answer(removed)


def _set_entries(call: Call) -> Response:
    space, lists, body = _namespace(call), AccessLists(call.tenancy.store), call.body()
    token, entries = text(body, "token"), parts(body, "accessControlEntries")
    if not entries:
        raise bad_argument("accessControlEntries", "Value cannot be null.")
    _need_to_manage(call, space, token)
    shown = []
    for each in entries:
        descriptor, wanted = text(each, "descriptor"), _entry(each)
        merge = bool(body.get("merge"))
        kept = lists.set_entry(space["namespaceId"], token, descriptor, wanted["allow"], wanted["deny"], merge)
        shown.append({"descriptor": descriptor, **kept})
    return collection(shown)


def _remove_entries(call: Call) -> Response:
    space, token = _namespace(call), call.query.get("token", "")
    _need_to_manage(call, space, token)
    descriptors = call.query.get("descriptors", "").split(",")
    return answer(AccessLists(call.tenancy.store).remove(space["namespaceId"], token, descriptors))


def _may_i(call: Call) -> Response:
    """Whether the caller has all of some permissions, on each of the tokens."""
    space = _namespace(call)
    wanted = _number(call.names.get("permissions", ""))
    tokens = call.query.get("tokens", "").split(call.query.get("delimiter") or ",")
    identity, namespace_id = call.caller.identity, space["namespaceId"]
    return collection([allowed(call.tenancy, identity, namespace_id, token, wanted) for token in tokens])


def _number(value: str) -> int:
    if not value.isdecimal():
        raise bad_argument("permissions", f"The value '{value}' is not a valid number.")
    return int(value)


def _may_i_batch(call: Call) -> Response:
    body = call.body()
    found = []
    for each in parts(body, "evaluations"):
        wanted, namespace_id = whole(each, "permissions"), text(each, "securityNamespaceId")
        known = namespace(namespace_id) is not None
        value = known and allowed(call.tenancy, call.caller.identity, namespace_id, text(each, "token"), wanted)
        found.append({**each, "value": value})
    always = bool(body.get("alwaysAllowAdministrators"))
    return answer({"alwaysAllowAdministrators": always, "evaluations": found})


def _remove_permission(call: Call) -> Response:
    """Make some bits of an entry neither allowed nor denied."""
    space, lists = _namespace(call), AccessLists(call.tenancy.store)
    token, descriptor = call.query.get("token", ""), call.query.get("descriptor", "")
    _need_to_manage(call, space, token)
    gone = _number(call.names.get("permissions", ""))
    old = lists.entries(space["namespaceId"], token).get(descriptor, {"allow": 0, "deny": 0})
    left = {"allow": old["allow"] & ~gone, "deny": old["deny"] & ~gone}
    kept = lists.set_entry(space["namespaceId"], token, descriptor, left["allow"], left["deny"], merge=False)
    return answer({"descriptor": descriptor, **kept})


def endpoints() -> list[Endpoint]:
    """The operations of this area."""
    lists, entries = "18a2ad18-7571-46ae-bec7-0c7da1495885", "ac08c8ff-4323-4b08-af90-bcd018d380ce"
    permissions = "dd3b8bd6-c7fc-4cbd-929a-933d9c011c9d"
    return [
        Endpoint("ce7b9f95-fde9-4be8-a86d-83b366f0b87a", "GET", _namespaces, "any"),
        Endpoint(lists, "GET", _lists, "security_manage"),
        Endpoint(lists, "POST", _set_lists, "security_manage"),
        Endpoint(lists, "DELETE", _remove_lists, "security_manage"),
        Endpoint(entries, "POST", _set_entries, "security_manage"),
        Endpoint(entries, "DELETE", _remove_entries, "security_manage"),
        Endpoint(permissions, "GET", _may_i, "any"),
        Endpoint(permissions, "DELETE", _remove_permission, "security_manage"),
        Endpoint("cf1faa59-1b63-4448-bf04-13d981a46f5d", "POST", _may_i_batch, "any"),
    ]
