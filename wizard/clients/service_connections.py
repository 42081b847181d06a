"""Service connections of an Azure DevOps project to Azure: by workload identity federation, or by a secret.

API: https://learn.microsoft.com/rest/api/azure/devops/serviceendpoint/endpoints
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from azure.devops.v7_1.service_endpoint.service_endpoint_client import ServiceEndpointClient

from wizard.clients.devops_faults import translated

FEDERATION = "WorkloadIdentityFederation"


@dataclass(frozen=True, slots=True)
class ServiceConnection:
    """One connection. `client_id` is what its jobs sign in as; `issuer` and `subject` are those of a federated one.

    `note` is its description.
    """

    id: str
    name: str
    scheme: str
    ready: bool
    client_id: str
    tenant: str
    issuer: str
    subject: str
    problem: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What a connection is to: a subscription, and who signs in there."""

    tenant: str
    subscription: str
    subscription_name: str
    client_id: str


class ServiceConnections:
    """Reads, creates and deletes the connections of one organisation, over a client made for its address."""

    def __init__(self, client: ServiceEndpointClient) -> None:
        self._client = client

    def get(self, project: str, name: str) -> ServiceConnection | None:
        """The connection to Azure of that name; None when there is none, or none that we can see."""
        with translated():
            found = self._client.get_service_endpoints_by_names(project, [name], include_failed=True)
        return next((_connection(each) for each in found if each and each.name == name), None)

    def create_federated(
        self, project_id: str, project: str, name: str, target: Target, note: str = ""
    ) -> ServiceConnection:
        """Create a connection without a secret; issuer and subject of its tokens are then in what is given back.

        `note` becomes its description.
        """
        parameters = {"tenantid": target.tenant, "serviceprincipalid": target.client_id}
        data = {
            "environment": "AzureCloud",
            "scopeLevel": "Subscription",
            "creationMode": "Manual",
            "subscriptionId": target.subscription,
            "subscriptionName": target.subscription_name,
        }
        reference = {"name": name, "description": note, "projectReference": {"id": project_id, "name": project}}
        body = {
            "name": name,
            "description": note,
            "type": "AzureRM",
            "url": "https://management.azure.com/",
            "authorization": {"scheme": FEDERATION, "parameters": parameters},
            "data": data,
            "isShared": False,
            "serviceEndpointProjectReferences": [reference],
        }
        with translated():
            return _connection(self._client.create_service_endpoint(body))

    def delete(self, project_id: str, connection: ServiceConnection) -> None:
        """Delete a connection; who it signed in as stays."""
        with translated():
            self._client.delete_service_endpoint(connection.id, [project_id])


def _connection(found: Any) -> ServiceConnection:
    authorization = found.authorization
    parameters = (authorization.parameters if authorization else None) or {}
    status = found.operation_status
    problem = status.get("statusMessage", "") if isinstance(status, dict) else ""
    return ServiceConnection(
        id=str(found.id),
        name=found.name,
        scheme=authorization.scheme if authorization else "",
        ready=bool(found.is_ready),
        client_id=parameters.get("serviceprincipalid") or "",
        tenant=parameters.get("tenantid") or "",
        issuer=parameters.get("workloadIdentityFederationIssuer") or "",
        subject=parameters.get("workloadIdentityFederationSubject") or "",
        problem=problem or "",
        note=found.description or "",
    )
