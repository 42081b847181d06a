"""Environments of a project: what deployment jobs deploy to.

https://learn.microsoft.com/azure/devops/pipelines/process/environments
"""

from wizard.sandbox.devops.faults import DevOpsFault
from wizard.sandbox.devops.identities import Identity
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.devops.wire import now
from wizard.sandbox.store import Document

_ASSEMBLY = "Microsoft.TeamFoundation.DistributedTask.WebApi"
_KIND = "devops_environment"


class Environments:
    """The environments of the organisation, each in one project."""

    def __init__(self, tenancy: Tenancy) -> None:
        self._store = tenancy.store

    def of(self, project_id: str) -> list[Document]:
        """The environments of a project, oldest first."""
        return [body for _, body in self._store.items(_KIND, f"{project_id}/")]

    def get(self, project_id: str, number: str) -> Document:
        """One environment by its id; DevOpsFault 404 when the project has none."""
        found = self._store.get(_KIND, _key(project_id, number)) if number.isdecimal() else None
        if found is None:
            message = f"Environment with ID {number} does not exist or is not authorized for use."
            raise DevOpsFault(404, "EnvironmentNotFoundException", message, _ASSEMBLY)
        return found

    def named(self, project_id: str, name: str) -> Document | None:
        """The environment of that name, as a pipeline asks for it."""
        return next((each for each in self.of(project_id) if each["name"].lower() == name.lower()), None)

    def create(self, project_id: str, author: Identity, name: str, description: str = "") -> Document:
        """Make an environment. DevOpsFault when the name is taken."""
        with self._store.transaction():
            self._need_free(project_id, name)
            number = self._store.next_number(_KIND)
            environment: Document = {"id": number, "project": project_id, "name": name, "description": description}
            environment |= {"created_by": author.id, "created": now()}
            return self._save(environment, author)

    def update(self, environment: Document, author: Identity, name: str, description: str) -> Document:
        """Give an environment another name or description."""
        if name.lower() != environment["name"].lower():
            self._need_free(environment["project"], name)
        return self._save(environment | {"name": name, "description": description}, author)

    def delete(self, environment: Document) -> None:
        """Delete an environment."""
        self._store.delete(_KIND, _key(environment["project"], environment["id"]))

    def _need_free(self, project_id: str, name: str) -> None:
        if self.named(project_id, name) is not None:
            message = f"Environment with name {name} already exists in the project."
            raise DevOpsFault(409, "EnvironmentExistsException", message, _ASSEMBLY)

    def _save(self, environment: Document, author: Identity) -> Document:
        environment |= {"modified_by": author.id, "modified": now()}
        self._store.put(_KIND, _key(environment["project"], environment["id"]), environment)
        return environment


def _key(project_id: str, number: int | str) -> str:
    return f"{project_id}/{int(number):08}"
