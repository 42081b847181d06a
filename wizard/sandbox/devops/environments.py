"""Environments of a project: what deployment jobs deploy to.

https://learn.microsoft.com/azure/devops/pipelines/process/environments
"""

from wizard.sandbox.devops.faults import DevOpsFault
from wizard.sandbox.devops.identities import Identity
from wizard.sandbox.devops.project_documents import ProjectDocuments
from wizard.sandbox.devops.wire import now
from wizard.sandbox.store import Document

_ASSEMBLY = "Microsoft.TeamFoundation.DistributedTask.WebApi"


class Environments(ProjectDocuments):
    """The environments of the organisation, each in one project."""

    kind = "devops_environment"

    def get(self, project_id: str, number: str) -> Document:
        """One environment by its id; DevOpsFault 404 when the project has none."""
        found = self._numbered(project_id, number)
        if found is None:
            message = f"Environment with ID {number} does not exist or is not authorized for use."
            raise DevOpsFault(404, "EnvironmentNotFoundException", message, _ASSEMBLY)
        return found

    def create(self, project_id: str, author: Identity, name: str, description: str = "") -> Document:
        """Make an environment. DevOpsFault when the name is taken."""
        with self._store.transaction():
            self._need_free(project_id, name)
            number = self._store.next_number(self.kind)
            environment: Document = {"id": number, "project": project_id, "name": name, "description": description}
            environment |= {"created_by": author.id, "created": now()}
            return self._save(environment, author)

    def update(self, environment: Document, author: Identity, name: str, description: str) -> Document:
        """Give an environment another name or description."""
        if name.lower() != environment["name"].lower():
            self._need_free(environment["project"], name)
        return self._save(environment | {"name": name, "description": description}, author)

    def _need_free(self, project_id: str, name: str) -> None:
        if self.named(project_id, name) is not None:
            message = f"Environment with name {name} already exists in the project."
            raise DevOpsFault(409, "EnvironmentExistsException", message, _ASSEMBLY)
