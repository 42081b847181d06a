"""What a person wants as it is, though nothing in the answers says so: kept in the project's memory, for each cloud."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from wizard.engine.context import Session
from wizard.engine.errors import StateError
from wizard.engine.files import write_atomically
from wizard.operations.drift.finding import Finding, Kind

FILE = "adopted.json"


class Adopted:
    """Values by the keys of findings. A value that changes again is a difference again."""

    def __init__(self, session: Session) -> None:
        self._file = session.project.memory / FILE
        self._cloud = session.project.cloud
        self._all: dict[str, Any] = self._load()

    def _load(self) -> dict[str, Any]:
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise StateError(f"{self._file} cannot be read: {error}.", fix="move it away; then adopt again") from error
        return dict(found)

    def judged(self, finding: Finding) -> Finding:
        """The finding, marked where exactly this was adopted."""
        held = self._all.get(self._cloud, {}).get(finding.key)
        if finding.adopt is None or held != finding.found:
            return finding
        return replace(finding, kind=Kind.ADOPTED)

    def add(self, finding: Finding) -> None:
        """Note that what was found is wanted so."""
        self._all.setdefault(self._cloud, {})[finding.key] = finding.found
        self._save()

    def drop(self, finding: Finding) -> None:
        """Note that it is wanted as planned again; nothing happens where it was not adopted."""
        if self._all.get(self._cloud, {}).pop(finding.key, None) is not None:
            self._save()

    def _save(self) -> None:
        write_atomically(self._file, json.dumps(self._all, indent=1, sort_keys=True) + "\n")
