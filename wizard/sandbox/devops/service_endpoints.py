"""Service connections of a project to Azure: by workload identity federation, or by a service principal's secret.

https://learn.microsoft.com/azure/devops/pipelines/library/connect-to-azure
"""

import uuid
from typing import Any

from wizard.sandbox.devops.faults import DevOpsFault, bad_argument
from wizard.sandbox.devops.identities import Identity, reference_by_id
from wizard.sandbox.devops.projects import Project
from wizard.sandbox.devops.tenancy import Tenancy
from wizard.sandbox.devops.wire import Body, part, parts, text
from wizard.sandbox.entra.federation import DEVOPS_ISSUERS
from wizard.sandbox.store import Document

KIND = "devops_endpoint"
ASSEMBLY = "Microsoft.VisualStudio.Services.ServiceEndpoints.WebApi"
FEDERATION, PRINCIPAL = "WorkloadIdentityFederation", "ServicePrincipal"
_SECRET = "serviceprincipalkey"  # noqa: S105  (the name of a parameter)


class ServiceEndpoints:
    """The service connections of the organisation, each in one project."""

    def __init__(self, tenancy: Tenancy) -> None:
        self._tenancy = tenancy
        self._store = tenancy.store

    def of(self, project_id: str) -> list[Document]:
        """The connections of a project."""
        return [body for _, body in self._store.items(KIND, f"{project_id}/")]

    def get(self, project_id: str, endpoint_id: str) -> Document | None:
        """One connection by its id."""
        return self._store.get(KIND, f"{project_id}/{endpoint_id.lower()}")

    def find(self, endpoint_id: str) -> Document | None:
        """One connection by its id, in whichever project."""
        return next((body for _, body in self._store.items(KIND) if body["id"] == endpoint_id.lower()), None)

    def named(self, project_id: str, name: str) -> Document | None:
        """The connection of that name, as a pipeline asks for it."""
        return next((each for each in self.of(project_id) if each["name"].lower() == name.lower()), None)

    def create(self, project: Project, author: Identity, body: Body) -> Document:
        """Make a connection. DevOpsFault when the name is taken or the body is not as it should be."""
        name = text(body, "name")
        if self.named(project.id, name) is not None:
            message = (
                f"Service connection with name {name} already exists. Only a user having Administrator/User role"
                f" permissions on service connection {name} can see it."
            )
            raise DevOpsFault(409, "DuplicateServiceConnectionException", message, ASSEMBLY)
        if text(body, "type").lower() != "azurerm":
            message = f"Unable to find service endpoint type '{body['type']}' using authentication scheme"
            raise DevOpsFault(400, "ServiceEndpointException", message, ASSEMBLY)
        endpoint: Document = {
            "id": str(uuid.uuid4()),
            "project": project.id,
            "name": name,
            "url": text(body, "url", "https://management.azure.com/"),
            "description": text(body, "description", ""),
            "data": part(body, "data"),
            "authorization": self._authorization(project, name, part(body, "authorization")),
            "created_by": author.id,
        }
        self._store.put(KIND, f"{project.id}/{endpoint['id']}", endpoint)
        return endpoint

    def delete(self, endpoint: Document) -> None:
        """Delete a connection."""
        self._store.delete(KIND, f"{endpoint['project']}/{endpoint['id']}")

    def _authorization(self, project: Project, name: str, given: Body) -> Document:
        """Scheme and parameters; a federated connection gets the issuer and subject of its tokens."""
        scheme, parameters = text(given, "scheme"), dict(part(given, "parameters"))
        for wanted in ("tenantid", "serviceprincipalid"):
            text(parameters, wanted)
        if scheme == PRINCIPAL:
            text(parameters, _SECRET)
            return {"scheme": scheme, "parameters": parameters}
        if scheme != FEDERATION:
            raise bad_argument("authorization.scheme", f"The authorization scheme '{scheme}' is not supported.")
        return {
            "scheme": scheme,
            "parameters": {
                **parameters,
                "workloadIdentityFederationIssuer": f"{DEVOPS_ISSUERS}/{self._tenancy.instance_id}",
                "workloadIdentityFederationSubject": f"sc://{self._tenancy.name}/{project.name}/{name}",
            },
        }


def view(tenancy: Tenancy, endpoint: Document, project: Project, base: str) -> dict[str, Any]:
    """A connection as the service shows it: without its secret."""
    parameters = dict(endpoint["authorization"]["parameters"])
    if _SECRET in parameters:
        parameters[_SECRET] = None
    return {
        "data": endpoint["data"],
        "id": endpoint["id"],
        "name": endpoint["name"],
        "type": "AzureRM",
        "url": endpoint["url"],
        "description": endpoint["description"],
        "createdBy": reference_by_id(tenancy.identities, endpoint["created_by"], base),
        "authorization": {"parameters": parameters, "scheme": endpoint["authorization"]["scheme"]},
        "isShared": False,
        "isReady": True,
        "owner": "library",
        "serviceEndpointProjectReferences": [
            {
                "projectReference": {"id": project.id, "name": project.name},
                "name": endpoint["name"],
                "description": endpoint["description"],
            }
        ],
    }


def projects_of(body: Body) -> list[str]:
    """The projects that a connection is wanted in, by id or name."""
    references = [part(each, "projectReference") for each in parts(body, "serviceEndpointProjectReferences")]
    return [text(each, "id", "") or text(each, "name", "") for each in references]
