"""What a scenario has changed in the cloud's memory, so that clearing it restores exactly that."""

from collections.abc import Iterator
from contextlib import contextmanager
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

    @contextmanager
    def watching(self, kind: str) -> Iterator[None]:
        """Remember whatever changes among the documents of a kind meanwhile."""
        before = dict(self.store.items(kind))
        yield
        after = dict(self.store.items(kind))
        for key in sorted({**before, **after}):
            if before.get(key) != after.get(key):
                change = {"kind": kind, "key": key, "before": before.get(key), "after": after.get(key)}
                self.entries.append(change)

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
