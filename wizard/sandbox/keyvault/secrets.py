"""The secrets of one vault: each with its versions, deleted ones included until they are purged."""

import secrets
import time
from typing import Any

from wizard.sandbox.keyvault.errors import VaultError, not_deleted, not_found, still_recoverable
from wizard.sandbox.keyvault.vaults import Vault
from wizard.sandbox.store import Document, Store

KIND = "vault_secret"
_DAY = 86400


class Secrets:
    """Reads and changes the secrets of a vault. A document holds one secret, its newest version last."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault

    def set(self, name: str, version: Document) -> Document:
        """Add a version, which becomes the current one."""
        with self._store.transaction():
            held = self._held(name)
            if held is not None and held["deleted_at"] is not None:
                raise still_recoverable(name)
            versions = [*(held["versions"] if held else []), version | {"version": secrets.token_hex(16)}]
            self._put(name, {"name": held["name"] if held else name, "versions": versions, "deleted_at": None})
        return dict(versions[-1])

    def version(self, name: str, version: str) -> Document:
        """One version, or the current one when none is named. Raises VaultError 404."""
        held = self._live(name)
        for each in reversed(held["versions"]):
            if version in ("", each["version"]):
                return dict(each)
        raise not_found(f"{name}/{version}")

    def update(self, name: str, version: str, change: Document) -> Document:
        """Change what is said about a version, not its value."""
        with self._store.transaction():
            held = self._live(name)
            wanted = self.version(name, version)["version"]
            index = next(i for i, each in enumerate(held["versions"]) if each["version"] == wanted)
            held["versions"][index] |= change
            self._put(name, held)
        return dict(held["versions"][index])

    def all(self, *, deleted: bool) -> list[Document]:
        """The secrets that are there, or those that are deleted, by name."""
        found = [body for _, body in self._store.items(KIND, f"{self._vault.uid}/") if not self._over(body)]
        return [body for body in found if (body["deleted_at"] is not None) == deleted]

    def versions(self, name: str) -> list[Document]:
        """The versions of a secret, newest first."""
        return list(reversed(self._live(name)["versions"]))

    def delete(self, name: str) -> Document:
        """Delete a secret; it can be recovered."""
        with self._store.transaction():
            held = self._live(name) | {"deleted_at": time.time()}
            self._put(name, held)
        return held

    def deleted(self, name: str) -> Document:
        """A deleted secret. Raises VaultError 404."""
        held = self._held(name)
        if held is None or held["deleted_at"] is None:
            raise not_deleted(name)
        return held

    def recover(self, name: str) -> Document:
        """Undo a deletion; returns the current version."""
        with self._store.transaction():
            held = self.deleted(name) | {"deleted_at": None}
            self._put(name, held)
        return dict(held["versions"][-1])

    def purge(self, name: str) -> None:
        """Delete a deleted secret for good. Raises VaultError 403 in a vault with purge protection."""
        self.deleted(name)
        if self._vault.purge_protected:
            message = "Operation purge is not allowed because purge protection is enabled for this vault."
            raise VaultError(403, "Forbidden", message, "ForbiddenByPolicy")
        self._store.delete(KIND, self._key(name))

    def purge_date(self, held: Document) -> float:
        """When a deleted secret will be gone for good (Unix time)."""
        return float(held["deleted_at"]) + self._vault.retention_days * _DAY

    def _live(self, name: str) -> Document:
        held = self._held(name)
        if held is None or held["deleted_at"] is not None:
            raise not_found(name)
        return held

    def _held(self, name: str) -> Document | None:
        held = self._store.get(KIND, self._key(name))
        return None if held is None or self._over(held) else held

    def _over(self, held: dict[str, Any]) -> bool:
        return held["deleted_at"] is not None and self.purge_date(held) <= time.time()

    def _put(self, name: str, held: Document) -> None:
        self._store.put(KIND, self._key(name), held)

    def _key(self, name: str) -> str:
        return f"{self._vault.uid}/{name.lower()}"


def remove_all(store: Store, vault_uid: str) -> None:
    """Forget the secrets of a vault that was purged."""
    for key, _ in store.items(KIND, f"{vault_uid}/"):
        store.delete(KIND, key)
