"""Azure ML workspaces, what they work with, and quotas."""

import uuid
from collections.abc import Iterator

import httpx
import pytest
from azure.identity import ClientSecretCredential
from azure.mgmt.resource import ResourceManagementClient

from tests.sandbox.conftest import RunningCloud
from tests.sandbox.workspaces import ARM, entra_token, http_client

ML = "Microsoft.MachineLearningServices"
VERSION = "2024-04-01"


class Azure:
    """A resource group with the parts that a workspace needs."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.environment = cloud.environment
        self.http = http_client(cloud.environment)
        self.http.headers["Authorization"] = f"Bearer {entra_token(self.http, cloud.environment, ARM)}"
        self.subscription = f"/subscriptions/{cloud.environment['AZURE_SUBSCRIPTION_ID']}"
        self.group = f"{self.subscription}/resourceGroups/rg-ml"
        self("PUT", self.group, "2021-04-01", {"location": "westeurope"}).raise_for_status()
        for namespace in (ML, "Microsoft.Storage", "Microsoft.KeyVault", "Microsoft.Insights"):
            self._register(f"{self.subscription}/providers/{namespace}")
        word = uuid.uuid4().hex[:10]
        place = f"{self.group}/providers"
        self.parts = {
            "storageAccount": f"{place}/Microsoft.Storage/storageAccounts/st{word}",
            "keyVault": f"{place}/Microsoft.KeyVault/vaults/kv-{word}",
            "applicationInsights": f"{place}/Microsoft.Insights/components/appi-{word}",
        }
        self._make_parts()

    def __call__(self, method: str, path: str, version: str, body: object = None) -> httpx.Response:
        mark = "&" if "?" in path else "?"
        return self.http.request(method, f"{ARM}{path}{mark}api-version={version}", json=body)

    def _register(self, provider: str) -> None:
        self("POST", f"{provider}/register", "2021-04-01").raise_for_status()
        while self("GET", provider, "2021-04-01").json()["registrationState"] != "Registered":
            pass

    def _make_parts(self) -> None:
        account = {"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
        self("PUT", self.parts["storageAccount"], "2023-05-01", account).raise_for_status()
        tenant = {"tenantId": self.environment["AZURE_TENANT_ID"], "sku": {"family": "A", "name": "standard"}}
        vault = {"location": "westeurope", "properties": {**tenant, "enableRbacAuthorization": True}}
        self("PUT", self.parts["keyVault"], "2023-07-01", vault).raise_for_status()
        component = {"location": "westeurope", "kind": "web", "properties": {"Application_Type": "web"}}
        self("PUT", self.parts["applicationInsights"], "2020-02-02", component).raise_for_status()

    def workspace(self, name: str) -> str:
        return f"{self.group}/providers/{ML}/workspaces/{name}"

    def body(self, **properties: object) -> dict:
        given = {**self.parts, "friendlyName": "tests", **properties}
        return {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "properties": given}

    def make(self, name: str) -> dict:
        """Make a workspace and follow its operation to the end; its view."""
        started = self("PUT", self.workspace(name), VERSION, self.body())
        assert started.status_code == 202, started.text
        while self.http.get(started.headers["azure-asyncoperation"]).json()["status"] != "Succeeded":
            pass
        return dict(self("GET", self.workspace(name), VERSION).json())

    def gone(self, name: str) -> None:
        while self("GET", self.workspace(name), VERSION).status_code != 404:
            pass


@pytest.fixture(scope="module")
def azure(cloud: RunningCloud) -> Iterator[Azure]:
    made = Azure(cloud)
    yield made
    made.http.close()


def new_name() -> str:
    return f"mlw-{uuid.uuid4().hex[:8]}"


def test_a_creation_is_polled_by_both_of_its_addresses(azure: Azure) -> None:
    name = new_name()
    started = azure("PUT", azure.workspace(name), VERSION, azure.body())
    assert (started.status_code, started.text) == (202, "")
    assert azure("GET", azure.workspace(name), VERSION).json()["properties"]["provisioningState"] == "Creating"
    while (answer := azure.http.get(started.headers["location"])).status_code == 202:
        pass
    assert answer.json()["properties"]["provisioningState"] == "Succeeded"
    status = azure.http.get(started.headers["azure-asyncoperation"]).json()
    assert status == {"status": "Succeeded", "percentComplete": 100.0}


def test_microsofts_own_client_makes_one(azure: Azure, inside: RunningCloud) -> None:
    names = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
    credential = ClientSecretCredential(*(inside.environment[name] for name in names))
    resources = ResourceManagementClient(credential, inside.environment["AZURE_SUBSCRIPTION_ID"]).resources
    name = new_name()
    made = resources.begin_create_or_update("rg-ml", ML, "", "workspaces", name, VERSION, azure.body()).result()
    assert made.properties["provisioningState"] == "Succeeded"
    assert made.identity.type == "SystemAssigned"


def test_the_discovery_address_answers_without_a_token(azure: Azure) -> None:
    made = azure.make(new_name())
    with http_client(azure.environment) as http:
        document = http.get(made["properties"]["discoveryUrl"]).raise_for_status().json()
    assert {"api", "experimentation", "history", "hyperdrive", "modelmanagement", "studio"} <= set(document)
    assert document["api"] == "https://westeurope.api.azureml.ms"


def test_it_is_listed_changed_and_gives_its_keys(azure: Azure) -> None:
    name = new_name()
    azure.make(name)
    listed = azure("GET", f"{azure.group}/providers/{ML}/workspaces", VERSION).json()["value"]
    assert name in [each["name"] for each in listed]
    again = azure("PUT", azure.workspace(name), VERSION, azure.body(friendlyName="other"))
    assert (again.status_code, again.json()["properties"]["friendlyName"]) == (200, "other")
    keys = azure("POST", f"{azure.workspace(name)}/listKeys", VERSION).json()
    assert keys["userStorageArmId"] == azure.parts["storageAccount"]
    account = azure("POST", f"{azure.parts['storageAccount']}/listKeys", "2023-05-01").json()
    assert keys["userStorageKey"] == account["keys"][0]["value"]


def test_a_deleted_one_blocks_its_name_until_it_is_purged(azure: Azure) -> None:
    name = new_name()
    azure.make(name)
    assert azure("DELETE", azure.workspace(name), VERSION).status_code == 202
    azure.gone(name)
    refused = azure("PUT", azure.workspace(name), VERSION, azure.body())
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "BadRequest")
    assert "Soft-deleted workspace exists. Please purge or recover it" in refused.text
    assert azure("DELETE", f"{azure.workspace(name)}?forceToPurge=true", VERSION).status_code == 200
    azure.make(name)
    assert azure("DELETE", f"{azure.workspace(name)}?forceToPurge=true", VERSION).status_code == 202
    azure.gone(name)
    assert azure("PUT", azure.workspace(name), VERSION, azure.body()).status_code == 202


@pytest.mark.parametrize(
    ("part", "words"), [("storageAccount", "Missing dependent resources"), ("keyVault", "Missing")]
)
def test_what_it_works_with_must_be_named(azure: Azure, part: str, words: str) -> None:
    refused = azure("PUT", azure.workspace(new_name()), VERSION, azure.body(**{part: None}))
    assert refused.status_code == 400
    assert words in refused.json()["error"]["message"]


def test_what_it_works_with_must_exist(azure: Azure) -> None:
    other = azure.parts["keyVault"] + "x"
    refused = azure("PUT", azure.workspace(new_name()), VERSION, azure.body(keyVault=other))
    assert (refused.status_code, refused.json()["error"]["target"]) == (400, "keyVault")


class TestQuotas:
    def test_machines(self, azure: Azure) -> None:
        path = f"{azure.subscription}/providers/Microsoft.Compute/locations/westeurope/usages"
        rows = azure("GET", path, "2024-07-01").raise_for_status().json()["value"]
        named = {row["name"]["value"]: row for row in rows}
        assert named["cores"]["name"]["localizedValue"] == "Total Regional vCPUs"
        assert named["standardDSv2Family"]["limit"] > 0
        assert all(row["unit"] == "Count" and row["currentValue"] >= 0 for row in rows)

    @pytest.mark.parametrize("kind", ["usages", "quotas"])
    def test_azure_ml(self, azure: Azure, kind: str) -> None:
        path = f"{azure.subscription}/providers/{ML}/locations/westeurope/{kind}"
        rows = azure("GET", path, VERSION).raise_for_status().json()["value"]
        assert "standardDSv2Family" in [row["name"]["value"] for row in rows]

    def test_an_unknown_region_is_refused(self, azure: Azure) -> None:
        path = f"{azure.subscription}/providers/Microsoft.Compute/locations/mars/usages"
        assert azure("GET", path, "2024-07-01").status_code == 400


@pytest.mark.parametrize(
    "namespace",
    [
        "Microsoft.Databricks",
        "Microsoft.MachineLearningServices",
        "Microsoft.Storage",
        "Microsoft.KeyVault",
        "Microsoft.Compute",
        "Microsoft.Network",
        "Microsoft.ContainerService",
        "Microsoft.ContainerRegistry",
        "Microsoft.Insights",
        "Microsoft.OperationalInsights",
        "Microsoft.ManagedIdentity",
    ],
)
def test_every_provider_that_is_needed_can_be_registered(azure: Azure, namespace: str) -> None:
    provider = f"{azure.subscription}/providers/{namespace}"
    azure("POST", f"{provider}/register", "2021-04-01").raise_for_status()
    while azure("GET", provider, "2021-04-01").json()["registrationState"] != "Registered":
        pass


def test_azureml_core_opens_the_workspace(azure: Azure, inside: RunningCloud) -> None:
    from azureml.core import Workspace
    from azureml.core.authentication import ServicePrincipalAuthentication

    name = new_name()
    view = azure.make(name)
    environment = azure.environment
    login = ServicePrincipalAuthentication(
        environment["AZURE_TENANT_ID"], environment["AZURE_CLIENT_ID"], environment["AZURE_CLIENT_SECRET"]
    )
    opened = Workspace.get(name, login, environment["AZURE_SUBSCRIPTION_ID"], "rg-ml")
    assert opened.get_details()["workspaceid"] == view["properties"]["workspaceId"]
    assert opened.discovery_url == view["properties"]["discoveryUrl"]
