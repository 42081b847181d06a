"""Documents of one kind, each in one project of the organisation and with a number as its id."""

from typing import ClassVar

from wizard.sandbox.devops.identities import Identity
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.devops.wire import now
from wizard.sandbox.store import Document


class ProjectDocuments:
    """What variable groups, pipelines, environments and checks have in common. A subclass names its `kind`."""

    kind: ClassVar[str]

    def __init__(self, tenancy: Tenancy) -> None:
        self._tenancy = tenancy
        self._store = tenancy.store

    def of(self, project_id: str) -> list[Document]:
        """Those of a project, oldest first."""
        return [body for _, body in self._store.items(self.kind, f"{project_id}/")]

    def named(self, project_id: str, name: str) -> Document | None:
        """The one of that name, whatever its case, as a pipeline asks for it."""
        return next((each for each in self.of(project_id) if each["name"].lower() == name.lower()), None)

    def delete(self, document: Document) -> None:
        """Delete one."""
        self._store.delete(self.kind, _key(document["project"], document["id"]))

    def _numbered(self, project_id: str, number: str) -> Document | None:
        return self._store.get(self.kind, _key(project_id, number)) if number.isdecimal() else None

    def _put(self, document: Document) -> Document:
        self._store.put(self.kind, _key(document["project"], document["id"]), document)
        return document

    def _save(self, document: Document, author: Identity) -> Document:
        """Keep one that somebody made or changed now."""
        return self._put(document | {"modified_by": author.id, "modified": now()})


def _key(project_id: str, number: int | str) -> str:
    return f"{project_id}/{int(number):08}"
