"""Services that an Azure ML workspace (version 1) runs on its Kubernetes cluster.

The operations are those of azureml-core's `azureml._restclient` and `azureml.core.webservice`, which take seconds to
import: https://learn.microsoft.com/python/api/azureml-core/azureml.core.webservice.webservice.webservice
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wizard.clients.azure_login import Credential
from wizard.clients.rest import Rest
from wizard.engine.errors import NotFoundError
from wizard.engine.secrets import Secret

# The audience that azureml-core asks tokens for (its cloud's active_directory_resource_id).
SCOPE = "https://management.core.windows.net/.default"


@dataclass(frozen=True, slots=True)
class MLService:
    """A service. `address` is where it is asked, "" until it has one; `error` is the service's own JSON.

    `replicas` is how many containers there are, or may be.
    """

    name: str
    state: str
    address: str
    cluster: str
    needs_key: bool
    tags: Mapping[str, str]
    error: Any
    replicas: str = ""


class MLServices:
    """Reads and deletes the services of one workspace (its resource id); `address` is its model management's."""

    def __init__(self, address: str, workspace: str, credential: Credential) -> None:
        self.host = address.rpartition("//")[2]
        self._path = f"/modelmanagement/v1.0{workspace}/services"
        self._rest = Rest(address, credential, SCOPE, "Azure ML")

    def get(self, name: str) -> MLService | None:
        """The service, or None when the workspace has none of that name."""
        try:
            return _service(self._rest.send("GET", f"{self._path}/{name}", expand="true"))
        except NotFoundError:
            return None

    def all(self) -> list[MLService]:
        """The workspace's services."""
        return [_service(each) for each in self._rest.send("GET", self._path)["value"]]

    def key(self, name: str) -> Secret:
        """The first of the service's two keys."""
        return Secret(self._rest.send("POST", f"{self._path}/{name}/listkeys")["primaryKey"])

    def log(self, name: str, lines: int) -> list[str]:
        """The last lines that the service's containers wrote."""
        found = self._rest.send("GET", f"{self._path}/{name}/logs", tail=str(lines))
        return str(found.get("content") or "").splitlines()

    def delete(self, name: str) -> None:
        """Delete the service; the model, its registration and the cluster stay."""
        self._rest.send("DELETE", f"{self._path}/{name}")


def _service(found: dict[str, Any]) -> MLService:
    return MLService(
        name=found["name"],
        state=found.get("state") or "",
        address=found.get("scoringUri") or "",
        cluster=found.get("computeName") or "",
        needs_key=bool(found.get("authEnabled")),
        tags=found.get("kvTags") or {},
        error=found.get("error") or {},
        replicas=_replicas(found),
    )


def _replicas(found: dict[str, Any]) -> str:
    """How many containers answer: a number, or the bounds between which the cluster scales."""
    if found.get("numReplicas"):
        return str(found["numReplicas"])
    scaler = found.get("autoScaler") or {}
    bounds = [str(scaler[name]) for name in ("minReplicas", "maxReplicas") if scaler.get(name)]
    return " to ".join(dict.fromkeys(bounds))
