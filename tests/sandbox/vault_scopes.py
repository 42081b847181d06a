"""For tests of secret scopes over key vaults: vaults in two ways of access, identities, and a cluster that reads."""

import json
import uuid
from dataclasses import dataclass

from azure.identity import ClientAssertionCredential
from azure.keyvault.secrets import SecretClient
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.keyvault import KeyVaultManagementClient
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.compute import Language, ResultType
from databricks.sdk.service.workspace import AzureKeyVaultSecretScopeMetadata, ScopeBackendType

from tests.sandbox import test_keyvault, test_managed_identities
from tests.sandbox.conftest import RunningCloud
from tests.sandbox.workspaces import DATABRICKS, WorkspaceAccess, http_client
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.entra.federation import devops_token
from wizard.sandbox.store import Store

GRAPH = "https://graph.microsoft.com"
SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
CONTRIBUTOR = test_managed_identities.CONTRIBUTOR
PERMISSIONS = ["get", "list", "set", "delete", "recover", "purge"]


@dataclass(frozen=True)
class Vault:
    """A key vault, and a client for its secrets."""

    name: str
    resource_id: str
    secrets: SecretClient

    @property
    def address(self) -> str:
        return f"https://{self.name}.vault.azure.net/"

    @property
    def metadata(self) -> AzureKeyVaultSecretScopeMetadata:
        return AzureKeyVaultSecretScopeMetadata(resource_id=self.resource_id, dns_name=self.address)

    def fill(self, **values: str) -> "Vault":
        for name, value in values.items():
            self.secrets.set_secret(name.replace("_", "-"), value)
        return self


class Place:
    """A workspace as its administrator signs in with an Entra token, and the Azure around it."""

    def __init__(self, cloud: RunningCloud, workspace: WorkspaceAccess) -> None:
        self.cloud = cloud
        self.workspace = workspace
        self.azure = test_keyvault.Azure(cloud)
        self.credential = test_keyvault.client(cloud, "none-yet")._client._config.credential
        self.client = self.signed_in(self.credential)
        subscription = cloud.environment["AZURE_SUBSCRIPTION_ID"]
        self.vaults = KeyVaultManagementClient(self.credential, subscription)
        self.authorization = AuthorizationManagementClient(self.credential, subscription)
        self.http = http_client(cloud.environment)

    def signed_in(self, credential) -> WorkspaceClient:
        token = credential.get_token(f"{DATABRICKS}/.default").token
        return WorkspaceClient(host=self.workspace.host, token=token)

    def graph(self, path: str, scope: str = GRAPH):
        token = self.credential.get_token(f"{scope}/.default").token
        return self.http.get(f"{GRAPH}/v1.0/{path}", headers={"Authorization": f"Bearer {token}"})

    def azure_databricks(self) -> str:
        """The object id of the enterprise application AzureDatabricks."""
        return str(self.graph(f"servicePrincipals(appId='{DATABRICKS}')?$select=id").json()["id"])

    def vault(self, *, roles: bool) -> Vault:
        """A new vault, by roles or by access policies, whose secrets we may change."""
        name = test_keyvault.new_name()
        own = {} if roles else {"accessPolicies": [self.azure.policy(*PERMISSIONS)]}
        self.azure.vault(name, enableRbacAuthorization=roles, **own).raise_for_status()
        resource_id = f"{self.azure.group}/providers/Microsoft.KeyVault/vaults/{name}"
        if roles:
            self.azure.give_role(test_keyvault.OFFICER, resource_id).raise_for_status()
        return Vault(name, resource_id, test_keyvault.client(self.cloud, name))

    def policies(self, vault: Vault) -> dict[str, list[str]]:
        held = self.vaults.vaults.get("rg-vaults", vault.name).properties.access_policies
        return {policy.object_id: policy.permissions.secrets for policy in held}

    def give_role(self, principal: str, role: str, scope: str) -> None:
        definition = f"{self.azure.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
        body = {"role_definition_id": definition, "principal_id": principal, "principal_type": "ServicePrincipal"}
        self.authorization.role_assignments.create(scope, str(uuid.uuid4()), body)

    def scope(self, vault: Vault, client: WorkspaceClient | None = None, **more) -> str:
        """A new scope over a vault."""
        name = f"scope-{uuid.uuid4().hex[:8]}"
        kind = ScopeBackendType.AZURE_KEYVAULT
        secrets = (client or self.client).secrets
        secrets.create_scope(name, scope_backend_type=kind, backend_azure_keyvault=vault.metadata, **more)
        return name


class Somebody:
    """A managed identity that has no role anywhere until it is given one."""

    def __init__(self, place: Place) -> None:
        subject = f"sc://contoso/mlops/{uuid.uuid4().hex[:6]}"
        made = test_managed_identities.Azure(place.cloud)
        made.credential("devops", subject).raise_for_status()
        store = Store(place.cloud.folder / "state.sqlite")
        cloud = Cloud(place.cloud.folder, store, 1)
        organisation = test_managed_identities.ORGANISATION
        self.object_id = made.properties["principalId"]
        self.client_id = made.properties["clientId"]
        self.credential = ClientAssertionCredential(
            made.properties["tenantId"], self.client_id, lambda: devops_token(cloud, organisation, subject)
        )
        made.http.close()


class Notebook:
    """A cluster with an execution context of somebody's."""

    def __init__(self, client: WorkspaceClient, cluster_id: str = "") -> None:
        self.client = client
        self.cluster = cluster_id or self._new_cluster()
        made = client.command_execution.create(cluster_id=self.cluster, language=Language.PYTHON).result()
        self.context = made.id

    def _new_cluster(self) -> str:
        made = self.client.clusters.create(
            cluster_name=f"vaults-{uuid.uuid4().hex[:6]}",
            spark_version="17.3.x-cpu-ml-scala2.13",
            node_type_id="Standard_DS3_v2",
            num_workers=0,
        )
        return str(made.result().cluster_id)

    def run(self, code: str):
        return self.client.command_execution.execute(
            cluster_id=self.cluster, context_id=self.context, language=Language.PYTHON, command=code
        ).result().results  # fmt: skip

    def shown(self, code: str) -> str:
        results = self.run(code)
        assert results.result_type is ResultType.TEXT, results.cause
        return str(results.data)

    def failed(self, code: str) -> str:
        """The traceback of code that raises."""
        results = self.run(code)
        assert results.result_type is ResultType.ERROR, results.data
        return str(results.cause)


def answer_of(text: str):
    """The JSON that code printed last."""
    return json.loads(text.splitlines()[-1])
