"""Management locks: who holds one keeps everybody, owners too, from changing or deleting what is beneath its scope.

https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources
"""

from typing import Any

from starlette.responses import Response

from wizard.sandbox.arm.call import Call, answer, empty, one_of, text_of
from wizard.sandbox.arm.errors import ArmError
from wizard.sandbox.arm.paging import page
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.store import Document

KIND = "management_lock"
READ_ONLY, NO_DELETION = "ReadOnly", "CanNotDelete"
_TYPE = "Microsoft.Authorization/locks"


def check_locks(cloud: Cloud, method: str, action: str, path: str) -> None:
    """Raise ArmError 409 when a lock stands against a request. Locks themselves may always be changed."""
    if method in ("GET", "HEAD") or action.startswith(_TYPE):
        return
    if method == "POST":
        if not action.endswith("/action"):  # it asks for something, and changes nothing
            return
        path = path.rpartition("/")[0]
    locks = [body for _, body in cloud.store.items(KIND)]
    if method == "DELETE":  # what is locked beneath would go, too
        found = [lock for lock in locks if _within(path, lock["scope"]) or _within(lock["scope"], path)]
    else:
        found = [lock for lock in locks if lock["level"] == READ_ONLY and _within(path, lock["scope"])]
    if found:
        raise _locked(path, "delete" if method == "DELETE" else "write", found)


def _within(path: str, scope: str) -> bool:
    return f"{path}/".lower().startswith(f"{scope}/".lower())


def _locked(path: str, operation: str, locks: list[Document]) -> ArmError:
    scopes = ",".join(sorted({f"'{lock['scope']}'" for lock in locks}))
    return ArmError(
        409,
        "ScopeLocked",
        f"The scope '{path}' cannot perform {operation} operation because following scope(s) are locked: {scopes}."
        " Please remove the lock and try again.",
    )


def _view(lock: Document) -> dict[str, Any]:
    properties = {"level": lock["level"]} | ({"notes": lock["notes"]} if lock["notes"] else {})
    return {
        "properties": properties,
        "id": f"{lock['scope']}/providers/{_TYPE}/{lock['name']}",
        "type": _TYPE,
        "name": lock["name"],
    }


def key_of(scope: str, name: str) -> str:
    """Where a lock is kept."""
    return f"{scope}/{name}".lower()


def list_all(call: Call, scope: str) -> Response:
    """GET the locks that hold for a scope, and, unless `$filter=atScope()` is asked for, those beneath it."""
    here_only = call.query.get("$filter", "").lower() == "atscope()"
    locks = [body for _, body in call.cloud.store.items(KIND)]
    found = [
        lock for lock in locks if _within(scope, lock["scope"]) or (not here_only and _within(lock["scope"], scope))
    ]
    return answer(page(call, [_view(lock) for lock in found]))


def get(call: Call, scope: str, name: str) -> Response:
    """GET one lock."""
    found = call.cloud.store.get(KIND, key_of(scope, name))
    if found is None:
        raise ArmError(404, "LockNotFound", f"The lock '{name}' could not be found.")
    return answer(_view(found))


def put(call: Call, scope: str, name: str) -> Response:
    """PUT: set a lock (201) or change it (200)."""
    body, key = call.body(), key_of(scope, name)
    level = one_of(text_of(body, "properties", "level"), "level", [READ_ONLY, NO_DELETION])
    notes = str(body["properties"].get("notes") or "")
    there = call.cloud.store.get(KIND, key)
    lock = {"name": name, "scope": scope, "level": level, "notes": notes}
    call.cloud.store.put(KIND, key, lock)
    return answer(_view(lock), 200 if there else 201)


def delete(call: Call, scope: str, name: str) -> Response:
    """DELETE: 200, or 204 when there was none."""
    return empty(200 if call.cloud.store.delete(KIND, key_of(scope, name)) else 204)
