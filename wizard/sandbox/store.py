"""The sandbox cloud's memory: JSON documents in one SQLite file, so that everything survives a restart."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Document = dict[str, Any]

_LAST = "\U0010ffff"  # comes after every other character, so that a prefix is a range of keys and the index finds it


class Store:
    """Documents by kind and key. Every call is one transaction; `transaction()` groups several into one.

    Safe to share between threads. Keys are compared as they are: callers whose service ignores case
    (Azure Resource Manager does) lower them first.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS documents"
            " (kind TEXT, key TEXT, body TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID"
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All reads and writes inside happen together or, after an exception, not at all."""
        with self._lock:
            outermost = self._depth == 0
            if outermost:
                self._db.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                if outermost:
                    self._db.execute("ROLLBACK")
                raise
            else:
                if outermost:
                    self._db.execute("COMMIT")
            finally:
                self._depth -= 1

    def get(self, kind: str, key: str) -> Document | None:
        """Return one document, or None."""
        with self._lock:
            row = self._db.execute("SELECT body FROM documents WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, kind: str, key: str, body: Document) -> None:
        """Create or replace one document."""
        with self._lock:
            self._db.execute(
                "INSERT INTO documents VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
                (kind, key, json.dumps(body)),
            )

    def delete(self, kind: str, key: str) -> bool:
        """Remove one document; False when there was none."""
        with self._lock:
            done = self._db.execute("DELETE FROM documents WHERE kind = ? AND key = ?", (kind, key))
        return done.rowcount > 0

    def items(self, kind: str, prefix: str = "", within: str = "") -> list[tuple[str, Document]]:
        """All documents of a kind whose key starts with the prefix and has `within` in it, ordered by key."""
        with self._lock:
            rows = self._db.execute(
                "SELECT key, body FROM documents"
                " WHERE kind = ? AND key >= ? AND key < ? AND instr(key, ?) ORDER BY key",
                (kind, prefix, prefix + _LAST, within),
            ).fetchall()
        return [(key, json.loads(body)) for key, body in rows]

    def next_number(self, kind: str) -> int:
        """Count up: 1, 2, 3, ... for each kind, never the same twice, also across restarts."""
        with self.transaction():
            number = int((self.get("counter", kind) or {"value": 0})["value"]) + 1
            self.put("counter", kind, {"value": number})
        return number

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
