"""Things of other people beside a set-up and inside it, and the list of all that stands in a sandbox cloud."""

import base64
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.sandbox.conftest import enter
from tests.sandbox.devops_access import connection
from tests.sandbox.workspaces import ARM, DATABRICKS, entra_token, http_client
from wizard.sandbox.arm.inventory import SOFT_DELETED
from wizard.sandbox.store import Store

VAULT_DATA = "https://vault.azure.net"
OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"  # Key Vault Secrets Officer
SECRET = "a-value-of-theirs"
FILE = "pipelines/azure-pipelines.yml"


@dataclass
class Cloud:
    """A sandbox cloud, entered as its service principal by plain HTTP and by the vendors' clients."""

    environment: dict[str, str]
    store: Path

    def __post_init__(self) -> None:
        self.subscription = f"/subscriptions/{self.environment['AZURE_SUBSCRIPTION_ID']}"
        self.http = http_client(self.environment)
        self.token = entra_token(self.http, self.environment, ARM)

    def arm(self, method: str, path: str, version: str, body: object = None) -> httpx.Response:
        """One request to Resource Manager, below the subscription; it must succeed."""
        address = f"{ARM}{self.subscription}{path}?api-version={version}"
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.http.request(method, address, json=body, headers=headers).raise_for_status()

    def group(self, name: str) -> None:
        """A resource group without any tag."""
        self.arm("PUT", f"/resourceGroups/{name}", "2021-04-01", {"location": "westeurope"})

    def account(self, group: str, name: str) -> None:
        """A storage account without any tag."""
        body = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
        place = f"/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/{name}"
        self.arm("PUT", place, "2023-05-01", body)

    def vault(self, group: str, name: str) -> None:
        """A key vault without any tag, whose secrets we may write."""
        properties = {"tenantId": self.environment["AZURE_TENANT_ID"], "sku": {"family": "A", "name": "standard"},
                      "enableRbacAuthorization": True}  # fmt: skip
        place = f"/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults/{name}"
        self.arm("PUT", place, "2023-07-01", {"location": "westeurope", "properties": properties})
        while self.arm("GET", place, "2023-07-01").json()["properties"]["provisioningState"] != "Succeeded":
            pass
        definition = f"{self.subscription}/providers/Microsoft.Authorization/roleDefinitions/{OFFICER}"
        given = {"properties": {"roleDefinitionId": definition, "principalId": self._me()}}
        name = "00000000-0000-4000-8000-000000000001"
        self.arm("PUT", f"{place}/providers/Microsoft.Authorization/roleAssignments/{name}", "2022-04-01", given)

    def _me(self) -> str:
        part = self.token.split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["oid"])

    def secret(self, vault: str, name: str) -> None:
        """A secret in a vault."""
        headers = {"Authorization": f"Bearer {entra_token(self.http, self.environment, VAULT_DATA)}"}
        address = f"https://{vault}.vault.azure.net/secrets/{name}?api-version=7.4"
        self.http.put(address, json={"value": SECRET}, headers=headers).raise_for_status()

    def cluster(self, group: str, workspace: str, name: str) -> None:
        """A cluster in a workspace."""
        place = f"/resourceGroups/{group}/providers/Microsoft.Databricks/workspaces/{workspace}"
        host = self.arm("GET", place, "2024-05-01").json()["properties"]["workspaceUrl"]
        headers = {"Authorization": f"Bearer {entra_token(self.http, self.environment, DATABRICKS)}"}
        body = {"cluster_name": name, "spark_version": "16.4.x-scala2.12", "node_type_id": "Standard_DS3_v2",
                "num_workers": 1, "autotermination_minutes": 30}  # fmt: skip
        self.http.post(f"https://{host}/api/2.1/clusters/create", json=body, headers=headers).raise_for_status()

    @contextmanager
    def devops(self) -> Iterator[tuple]:
        """The organisation and its project, by the wizard's client with a token of its own."""
        from wizard.clients.devops import DevOps
        from wizard.clients.devops_sign_in import TokenSignIn
        from wizard.engine.secrets import Secret

        with pytest.MonkeyPatch.context() as patch:
            enter(self.environment, patch)
            token = Secret(self.environment["AZURE_DEVOPS_EXT_PAT"])
            client = DevOps(self.environment["AZURE_DEVOPS_ORG_URL"], TokenSignIn(token))
            yield client, client.project(self.environment["AZURE_DEVOPS_PROJECT"])

    def code(self, name: str) -> None:
        """A repository, and a variable group, a service connection and a pipeline of the same name."""
        from wizard.clients.service_connections import Target

        with self.devops() as (client, project):
            repository = client.create_repository(project.name, name)
            queue = client.agents.queues(project.name)["Azure Pipelines"]
            client.pipelines.create(project.name, name, FILE, repository.id, "refs/heads/main", queue)
            client.variables.create(project.id, project.name, name, {"THEIRS": "1"})
            tenant, subscription = self.environment["AZURE_TENANT_ID"], self.environment["AZURE_SUBSCRIPTION_ID"]
            target = Target(tenant, subscription, "theirs", "00000000-0000-4000-8000-0000000000ff")
            client.connections.create_federated(project.id, project.name, name, target)

    def inventory(self) -> dict[str, list[str]]:
        """The names of all that stands, and of what is deleted and could be recovered."""
        groups = self.arm("GET", "/resourcegroups", "2021-04-01").json()["value"]
        resources = self.arm("GET", "/resources", "2021-04-01").json()["value"]
        roles = self.arm("GET", "/providers/Microsoft.Authorization/roleAssignments", "2022-04-01").json()["value"]
        with closing(Store(self.store)) as store:
            dead = [key for key, _ in store.items(SOFT_DELETED)]
        deleted = self.arm("GET", "/providers/Microsoft.KeyVault/deletedVaults", "2023-07-01").json()["value"]
        with self.devops() as (client, project):
            vendor = connection(self.environment, self.environment["AZURE_DEVOPS_EXT_PAT"]).clients_v7_1
            builds, endpoints = vendor.get_build_client(), vendor.get_service_endpoint_client()
            library = vendor.get_task_agent_client()
            return {
                "groups": sorted(each["name"] for each in groups),
                "resources": sorted(each["id"].partition("/resourceGroups/")[2] for each in resources),
                "roles": sorted(each["id"] for each in roles),
                "deleted": sorted([*dead, *(each["name"] for each in deleted)]),
                "repositories": [each.name for each in client.repositories(project.name)],
                "pipelines": sorted(each.name for each in builds.get_definitions(project.name)),
                "variable groups": sorted(each.name for each in library.get_variable_groups(project.name)),
                "connections": sorted(each.name for each in endpoints.get_service_endpoints(project.name)),
            }
