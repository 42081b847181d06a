"""The directory: service principals, by Microsoft Graph. Every member may read them, unless an administrator closed it.

API: https://learn.microsoft.com/graph/api/serviceprincipal-get
"""

from __future__ import annotations

from wizard.clients.azure_login import Credential
from wizard.clients.rest import Rest
from wizard.engine.errors import ServiceError

GRAPH = "graph.microsoft.com"
SERVICE = "Microsoft Graph"


class ServicePrincipals:
    """Looks enterprise applications up."""

    host = GRAPH

    def __init__(self, credential: Credential) -> None:
        self._rest = Rest(f"https://{GRAPH}", credential, f"https://{GRAPH}/.default", SERVICE)

    def object_id(self, app_id: str) -> str:
        """The object id of an application in this tenant: what roles are given to. ServiceError when it is refused."""
        path = f"/v1.0/servicePrincipals(appId='{app_id}')"
        try:
            found = self._rest.send("GET", path, **{"$select": "id,displayName"})
        except ServiceError as error:
            error.message = f"The enterprise application {app_id} cannot be looked up. {error.message}"
            raise
        return str(found["id"])
