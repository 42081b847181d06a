"""What is known of runs: the runs themselves, the records of their timelines, and the logs' files."""

import shutil
import threading
from pathlib import Path
from typing import Any

from wizard.sandbox.devops.definitions import ASSEMBLY
from wizard.sandbox.devops.faults import DevOpsFault
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.devops.wire import now
from wizard.sandbox.store import Document

_BUILD = "devops_build"
_RECORD = "devops_build_record"
_WRITING = threading.Lock()


class Builds:
    """The runs of the organisation's pipelines."""

    def __init__(self, tenancy: Tenancy) -> None:
        self._store = tenancy.store
        self._folder = tenancy.cloud.folder / "pipelines"

    def of(self, project_id: str = "") -> list[Document]:
        """The runs of a project (or all), oldest first."""
        return [body for _, body in self._store.items(_BUILD) if project_id in ("", body["project_id"])]

    def get(self, number: int | str, project_id: str = "") -> Document:
        """A run by its number. Raises DevOpsFault 404."""
        found = self._store.get(_BUILD, f"{int(number):08}") if str(number).isdecimal() else None
        if found is None or project_id not in ("", found["project_id"]):
            message = f"The requested build {number} could not be found."
            raise DevOpsFault(404, "BuildNotFoundException", message, ASSEMBLY)
        return found

    def add(self, about: Document) -> Document:
        """Keep a new run; it gets its number, and its place among the runs of its day."""
        with self._store.transaction():
            number = self._store.next_number(_BUILD)
            stamp = now()
            day = stamp[:10].replace("-", "")
            revision = self._store.next_number(f"{_BUILD}/{about['definition_id']}/{day}")
            build = about | {"id": number, "number": f"{day}.{revision}", "revision": revision, "queued": stamp}
            build |= {"changed": stamp}
            self._store.put(_BUILD, f"{number:08}", build)
        return build

    def change(self, number: int, **changes: Any) -> Document:
        """Write down what has become of a run."""
        with self._store.transaction():
            build = self.get(number) | changes | {"changed": now()}
            self._store.put(_BUILD, f"{number:08}", build)
        return build

    def delete(self, number: int) -> None:
        """Take a run away, with its timeline and logs."""
        self._store.delete(_BUILD, f"{number:08}")
        self.drop_records(number)
        shutil.rmtree(self.folder(number), ignore_errors=True)

    def forget(self, definition_id: int) -> None:
        """Take all runs of a definition away."""
        for build in self.of():
            if build["definition_id"] == definition_id:
                self.delete(build["id"])

    def records(self, number: int) -> list[Document]:
        """The records of a run's timeline."""
        return [body for _, body in self._store.items(_RECORD, f"{number:08}/")]

    def record(self, number: int, record_id: str) -> Document:
        """One record of a run's timeline. Raises KeyError."""
        found = self._store.get(_RECORD, f"{number:08}/{record_id}")
        if found is None:
            raise KeyError(record_id)
        return found

    def put_record(self, number: int, record: Document) -> None:
        """Add or change a record of a run's timeline."""
        self._store.put(_RECORD, f"{number:08}/{record['id']}", record)

    def drop_record(self, number: int, record_id: str) -> None:
        """Take one record of a timeline away."""
        self._store.delete(_RECORD, f"{number:08}/{record_id}")

    def drop_records(self, number: int) -> None:
        """Take a run's whole timeline away."""
        for record in self.records(number):
            self._store.delete(_RECORD, f"{number:08}/{record['id']}")

    def folder(self, number: int) -> Path:
        """Where a run's logs, work and artifacts lie."""
        return self._folder / str(number)

    def new_log(self, number: int) -> int:
        """The number of a new, empty log of a run."""
        folder = self.folder(number) / "logs"
        with _WRITING:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            log_id = len(list(folder.iterdir())) + 1
            self.log_file(number, log_id).touch()
        return log_id

    def logs(self, number: int) -> list[int]:
        """The numbers of a run's logs."""
        folder = self.folder(number) / "logs"
        return sorted(int(file.stem) for file in folder.iterdir()) if folder.is_dir() else []

    def log_file(self, number: int, log_id: int) -> Path:
        """The file of one log."""
        return self.folder(number) / "logs" / f"{log_id}.log"
