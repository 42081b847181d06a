"""Who may do what: access control lists on the tokens of security namespaces, and their evaluation.

https://learn.microsoft.com/azure/devops/organizations/security/namespace-reference
"""

from collections.abc import Iterable, Iterator
from typing import Any

from wizard.sandbox.devops.documents import recorded
from wizard.sandbox.devops.identities import Identity
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.store import Store

GIT = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87"
PROJECT = "52d39943-cb85-4d7f-8fa8-c6baac873819"
COLLECTION = "3e65f728-f8bc-4ecd-8764-7e378b19bfa7"
BUILD = "33344d9c-fc72-4d6f-aba5-fa317101a7e9"
LIBRARY = "b7e84409-6553-448a-bbb2-af228e07cbeb"
ENDPOINTS = "49b48001-ca20-4adc-8111-5b60c903a50c"
ENVIRONMENT = "83d4c2e6-e57d-4d6e-892b-b87222b7ad20"

_ACL = "devops_acl"

Entry = dict[str, int]  # {"allow": bits, "deny": bits}


def namespace(namespace_id: str) -> dict[str, Any] | None:
    """The published description of a security namespace."""
    return next((each for each in recorded("security_namespaces") if each["namespaceId"] == namespace_id.lower()), None)


def bit(namespace_id: str, permission: str) -> int:
    """The bit of a permission, by its name in the namespace."""
    actions = (namespace(namespace_id) or {})["actions"]
    return int(next(action["bit"] for action in actions if action["name"] == permission))


def bits(namespace_id: str, *without: str) -> int:
    """All permissions of a namespace together, but for those named."""
    actions = (namespace(namespace_id) or {})["actions"]
    return sum(int(action["bit"]) for action in actions if action["name"] not in without)


def project_token(project_id: str) -> str:
    """A project's token in the Project namespace."""
    return f"$PROJECT:vstfs:///Classification/TeamProject/{project_id}"


def git_token(project_id: str, repository_id: str = "", branch: str = "") -> str:
    """The token of a project's repositories, of one repository, or of one branch of it (its name without refs/).

    Parts of a branch's name stand there in hexadecimal UTF-16.
    """
    parts = ["repoV2", project_id]
    if repository_id:
        parts.append(repository_id)
    if branch:
        kind, _, name = branch.partition("/")
        parts += ["refs", kind, *(part.encode("utf-16-le").hex() for part in name.split("/"))]
    return "/".join(parts)


class AccessLists:
    """The access control lists of the organisation."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def entries(self, namespace_id: str, token: str) -> dict[str, Entry]:
        """The entries of one list by identity descriptor; empty when there is no list."""
        found = self._store.get(_ACL, _key(namespace_id, token))
        return dict(found["entries"]) if found else {}

    def lists(self, namespace_id: str) -> list[tuple[str, dict[str, Entry]]]:
        """All lists of a namespace."""
        return [(body["token"], body["entries"]) for _, body in self._store.items(_ACL, f"{namespace_id.lower()} ")]

    def put(self, namespace_id: str, token: str, entries: dict[str, Entry]) -> None:
        """Replace one list."""
        body = {"token": _plain(namespace_id, token), "entries": entries}
        self._store.put(_ACL, _key(namespace_id, token), body)

    def set_entry(self, namespace_id: str, token: str, descriptor: str, allow: int, deny: int, merge: bool) -> Entry:
        """Add or change one entry. Merging keeps other bits; a bit is never both allowed and denied."""
        with self._store.transaction():
            entries = self.entries(namespace_id, token)
            old = entries.get(descriptor, {"allow": 0, "deny": 0}) if merge else {"allow": 0, "deny": 0}
            entry = {"allow": (old["allow"] & ~deny) | allow, "deny": (old["deny"] & ~allow) | deny}
            entries[descriptor] = entry
            self.put(namespace_id, token, entries)
        return entry

    def remove(self, namespace_id: str, token: str, descriptors: Iterable[str] | None = None) -> bool:
        """Remove a list, or the entries of some identities from it; False when there was nothing to remove."""
        if descriptors is None:
            return self._store.delete(_ACL, _key(namespace_id, token))
        with self._store.transaction():
            entries = self.entries(namespace_id, token)
            found = [entries.pop(descriptor) for descriptor in descriptors if descriptor in entries]
            if found:
                self.put(namespace_id, token, entries)
        return bool(found)


def effective(tenancy: Tenancy, identity: Identity, namespace_id: str, token: str) -> Entry:
    """What is allowed and what is denied to an identity on a token: the nearest list that names a bit decides.

    On one token a denial of any of the identity's groups outweighs what others allow.
    """
    descriptors = tenancy.identities.descriptors(identity)
    lists = AccessLists(tenancy.store)
    allow = deny = 0
    for place in _upwards(namespace_id, token):
        entries = lists.entries(namespace_id, place)
        mine = [entries[descriptor] for descriptor in descriptors if descriptor in entries]
        denied = allowed = 0
        for entry in mine:
            denied |= entry["deny"]
            allowed |= entry["allow"]
        deny |= denied & ~allow
        allow |= allowed & ~deny
    return {"allow": allow, "deny": deny}


def allowed(tenancy: Tenancy, identity: Identity, namespace_id: str, token: str, wanted: int) -> bool:
    """Whether all wanted bits are allowed."""
    return effective(tenancy, identity, namespace_id, token)["allow"] & wanted == wanted


def _upwards(namespace_id: str, token: str) -> Iterator[str]:
    """The token and those above it, nearest first."""
    separator = (namespace(namespace_id) or {})["separatorValue"]
    parts = _plain(namespace_id, token).split(separator)
    while parts:
        yield separator.join(parts)
        parts.pop()


def _plain(namespace_id: str, token: str) -> str:
    return token.rstrip(str((namespace(namespace_id) or {})["separatorValue"]))


def _key(namespace_id: str, token: str) -> str:
    return f"{namespace_id.lower()} {_plain(namespace_id, token).lower()}"
