"""Play a scenario and clear it again, in the memory of a sandbox cloud that may be running meanwhile.

A scenario is played by three means, from the most real to the least:

- settings: switches that the services honour (wizard/sandbox/settings.py);
- changes: something that exists is changed as a person could have changed it (changes.py);
- answers: an answer that some requests get instead of the service's own (interference.py).

What is played is kept with the rest of the cloud's memory, so that it survives a restart.
"""

import time
from pathlib import Path

from wizard.sandbox import settings
from wizard.sandbox.cloud import open_cloud
from wizard.sandbox.control import SandboxError
from wizard.sandbox.scenarios.catalog_changes import CATALOG_CHANGES
from wizard.sandbox.scenarios.catalogue import Scenario, scenario
from wizard.sandbox.scenarios.changes import CHANGES
from wizard.sandbox.scenarios.devops_changes import DEVOPS_CHANGES
from wizard.sandbox.scenarios.interference import ANSWER
from wizard.sandbox.scenarios.record import Record, restore
from wizard.sandbox.scenarios.vault_changes import VAULT_CHANGES
from wizard.sandbox.store import Document

PLAYED = "scenario"
ALL_CHANGES = CHANGES | DEVOPS_CHANGES | VAULT_CHANGES | CATALOG_CHANGES


class Player:
    """Plays the scenarios of one sandbox cloud. Use as a context manager.

    Raises SandboxError when the folder holds no cloud.
    """

    def __init__(self, folder: Path) -> None:
        self._cloud = open_cloud(folder)
        self._store = self._cloud.store

    def __enter__(self) -> "Player":
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    def played(self) -> list[str]:
        """The names of the scenarios that are played now, in the order in which they were begun."""
        found = sorted(self._store.items(PLAYED), key=lambda item: float(item[1]["since"]))
        return [name for name, _ in found]

    def play(self, name: str) -> Scenario:
        """Begin a scenario. Raises SandboxError when it is unknown, played already, or finds nothing to act on."""
        chosen = scenario(name)
        with self._store.transaction():
            if self._store.get(PLAYED, name) is not None:
                raise SandboxError(f"{name} is being played already")
            self._check_free(chosen)
            record = Record(self._store)
            for change in chosen.changes:
                for verb, options in change.items():
                    ALL_CHANGES[verb](self._cloud, record, **options)
            self._check_apart(record.entries)
            for key, value in chosen.settings.items():
                self._store.put(settings.KIND, key, {"value": value, "scenario": name})
            for number, answer in enumerate(chosen.answers):
                self._store.put(ANSWER, f"{name}/{number}", {"answer": answer, "given": 0})
            self._store.put(PLAYED, name, {"since": time.time(), "entries": record.entries})
        return chosen

    def clear(self, name: str = "") -> list[str]:
        """End one scenario, or all; the names of those that ended. Raises SandboxError when it is not played."""
        names = [name] if name else self.played()
        with self._store.transaction():
            for each in reversed(names):
                self._end(each)
        return names

    def _end(self, name: str) -> None:
        document = self._store.get(PLAYED, name)
        if document is None:
            raise SandboxError(f"{scenario(name).name} is not being played")
        for key, held in self._store.items(settings.KIND):
            if held["scenario"] == name:
                self._store.delete(settings.KIND, key)
        for key, _ in self._store.items(ANSWER, f"{name}/"):
            self._store.delete(ANSWER, key)
        restore(self._store, document["entries"])
        self._store.delete(PLAYED, name)

    def _check_free(self, chosen: Scenario) -> None:
        """Two scenarios that turn the same switch would leave it unclear what clearing one means."""
        for key in chosen.settings:
            held = self._store.get(settings.KIND, key)
            if held is not None:
                raise SandboxError(f"{chosen.name} and {held['scenario']} exclude each other; clear the latter first")

    def _check_apart(self, entries: list[Document]) -> None:
        touched = {(entry["kind"], entry["key"]) for entry in entries}
        for other, document in self._store.items(PLAYED):
            if touched & {(entry["kind"], entry["key"]) for entry in document["entries"]}:
                raise SandboxError(f"{other} has changed the same things; clear it first")
