"""What a scenario has changed in the cloud's memory, so that clearing it restores exactly that."""

from dataclasses import dataclass, field

from wizard.sandbox.store import Document, Store


@dataclass(slots=True)
class Record:
    """Changes documents and remembers what was there before."""

    store: Store
    entries: list[Document] = field(default_factory=list)

    def put(self, kind: str, key: str, body: Document) -> None:
        """Create or replace a document."""
        self._note(kind, key, body)
        self.store.put(kind, key, body)

    def delete(self, kind: str, key: str) -> None:
        """Remove a document."""
        self._note(kind, key, None)
        self.store.delete(kind, key)

    def _note(self, kind: str, key: str, after: Document | None) -> None:
        self.entries.append({"kind": kind, "key": key, "before": self.store.get(kind, key), "after": after})


def restore(store: Store, entries: list[Document]) -> None:
    """Take changes back, the last first; what somebody has changed again since stays as it is now."""
    for entry in reversed(entries):
        kind, key, before = entry["kind"], entry["key"], entry["before"]
        if store.get(kind, key) != entry["after"]:
            continue
        if before is None:
            store.delete(kind, key)
        else:
            store.put(kind, key, before)
