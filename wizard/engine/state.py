"""The wizard's memory: the last outcome of every step and the facts it learned. Never a secret, never a proof."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wizard.engine.errors import StateError
from wizard.engine.files import write_atomically
from wizard.engine.redaction import Redactor
from wizard.engine.step import Outcome, Status

VERSION = 1


def now() -> str:
    """The time as state, journal and proofs write it: ISO 8601, UTC, whole seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class State:
    """What is remembered about one cloud in one project folder.

    A saved OK is a memory: it is shown as such and checked again before anything builds on it.
    """

    def __init__(self, file: Path, cloud: str, redactor: Redactor) -> None:
        self._file = file
        self._cloud = cloud
        self._redactor = redactor
        self.moved_aside: Path | None = None
        self._document = self._load()
        self._steps: dict[str, dict[str, Any]] = (
            self._document.setdefault("clouds", {}).setdefault(cloud, {}).setdefault("steps", {})
        )

    def _load(self) -> dict[str, Any]:
        try:
            content = self._file.read_bytes()
        except FileNotFoundError:
            return {"version": VERSION}
        except OSError as error:
            raise StateError(f"{self._file} cannot be read: {error.strerror}.", fix="see its permissions") from error
        try:
            document = json.loads(content)
            version = document["version"]
            whole = type(version) is int and (version > VERSION or all(map(_is_entry, _entries(document))))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            whole = False
        if not whole:
            self.moved_aside = self._move_aside()
            return {"version": VERSION}
        if version > VERSION:
            raise StateError(
                f"{self._file} was written by a newer mlops-wizard (version {version}, this one knows {VERSION}).",
                fix="update mlops-wizard, or use another folder with --project; the file is left as it is",
            )
        return dict(document)

    def _move_aside(self) -> Path:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        aside = self._file.with_name(f"{self._file.name}.broken-{stamp}")
        try:
            self._file.rename(aside)
        except OSError as error:
            raise StateError(
                f"{self._file} is broken and cannot be moved aside: {error.strerror}.",
                fix="move it away by hand",
            ) from error
        return aside

    def remember(self, key: str, outcome: Outcome) -> None:
        """Save an outcome. Facts of an earlier outcome stay until newer ones replace them."""
        facts = {**self.facts(key), **outcome.facts}
        self._steps[key] = self._redactor.data(
            {
                "status": str(outcome.status),
                "message": outcome.message,
                "proof": outcome.proof,
                "checked": now(),
                "facts": facts,
            }
        )
        self._save()

    def facts(self, key: str) -> dict[str, str]:
        """Facts learned by the last checks of a step instance."""
        return dict(self._steps.get(key, {}).get("facts", {}))

    def forget(self, key: str) -> None:
        """Drop what is remembered of a step instance, after it was undone."""
        if self._steps.pop(key, None) is not None:
            self._save()

    def last(self) -> dict[str, dict[str, Any]]:
        """The remembered outcome of every step instance: status, message, proof, checked, facts."""
        return {key: dict(entry) for key, entry in self._steps.items()}

    def _save(self) -> None:
        write_atomically(self._file, json.dumps(self._document, indent=1, sort_keys=True) + "\n")


def _entries(document: dict[str, Any]) -> list[Any]:
    """What is remembered of each step of each cloud; an error that `_load` expects when the shape is another."""
    return [entry for cloud in document.get("clouds", {}).values() for entry in cloud.get("steps", {}).values()]


def _is_entry(entry: Any) -> bool:
    """Whether it is what `remember` writes; it may also raise what `_load` expects."""
    texts = [entry[name] for name in ("status", "message", "proof", "checked")]
    datetime.fromisoformat(entry["checked"])
    return texts[0] in set(Status) and all(isinstance(text, str) for text in [*texts, *entry["facts"].values()])
