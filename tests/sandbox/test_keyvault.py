"""Key vaults: made, deleted, purged and recovered over Resource Manager, and their secrets over their own hosts."""

import json
import uuid
from collections.abc import Iterator

import httpx
import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.keyvault.secrets import SecretClient
from azure.mgmt.keyvault import KeyVaultManagementClient

from tests.sandbox.conftest import RunningCloud
from tests.sandbox.workspaces import ARM, entra_token, http_client
from wizard.sandbox import control

OFFICER = "b86a8fe4-44ce-4948-aee5-eccb2c155cd7"


class Azure:
    """Resource Manager by plain HTTP, for a resource group of the tests' own."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.environment = cloud.environment
        self.http = http_client(cloud.environment)
        self.http.headers["Authorization"] = f"Bearer {entra_token(self.http, cloud.environment, ARM)}"
        self.subscription = f"/subscriptions/{cloud.environment['AZURE_SUBSCRIPTION_ID']}"
        self.group = f"{self.subscription}/resourceGroups/rg-vaults"
        self("PUT", self.group, "2021-04-01", {"location": "eastus"}).raise_for_status()
        provider = f"{self.subscription}/providers/Microsoft.KeyVault"
        self("POST", f"{provider}/register", "2021-04-01").raise_for_status()
        while self("GET", provider, "2021-04-01").json()["registrationState"] != "Registered":
            pass

    def __call__(self, method: str, path: str, version: str, body: object = None) -> httpx.Response:
        return self.http.request(method, f"{ARM}{path}?api-version={version}", json=body)

    def me(self) -> str:
        """The object id of the service principal, by a token's own words."""
        import base64

        part = self.http.headers["Authorization"].split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["oid"])

    def vault(self, name: str, **properties: object) -> httpx.Response:
        """PUT a vault of access policies, unless the properties say otherwise, and wait until its name is known."""
        body = {
            "location": "eastus",
            "properties": {
                "tenantId": self.environment["AZURE_TENANT_ID"],
                "sku": {"family": "A", "name": "standard"},
                "accessPolicies": [],
                **properties,
            },
        }
        path = f"{self.group}/providers/Microsoft.KeyVault/vaults/{name}"
        made = self("PUT", path, "2023-07-01", body)
        if made.status_code == 200:
            while self("GET", path, "2023-07-01").json()["properties"]["provisioningState"] != "Succeeded":
                pass
        return made

    def policy(self, *permissions: str) -> dict:
        return {
            "tenantId": self.environment["AZURE_TENANT_ID"],
            "objectId": self.me(),
            "permissions": {"secrets": list(permissions)},
        }

    def give_role(self, role: str, scope: str) -> httpx.Response:
        definition = f"{self.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
        properties = {"roleDefinitionId": definition, "principalId": self.me(), "principalType": "ServicePrincipal"}
        return self("PUT", path, "2022-04-01", {"properties": properties})


@pytest.fixture(scope="module")
def azure(cloud: RunningCloud) -> Iterator[Azure]:
    made = Azure(cloud)
    yield made
    made.http.close()


def new_name() -> str:
    return f"kv-{uuid.uuid4().hex[:12]}"


def client(inside: RunningCloud, name: str) -> SecretClient:
    environment = inside.environment
    credential = ClientSecretCredential(
        environment["AZURE_TENANT_ID"], environment["AZURE_CLIENT_ID"], environment["AZURE_CLIENT_SECRET"]
    )
    return SecretClient(f"https://{name}.vault.azure.net", credential)


def inner(error: HttpResponseError) -> str:
    return str(json.loads(error.response.text())["error"]["innererror"]["code"])


@pytest.fixture
def secrets(azure: Azure, inside: RunningCloud) -> SecretClient:
    name = new_name()
    everything = ["get", "list", "set", "delete", "recover", "purge"]
    azure.vault(name, accessPolicies=[azure.policy(*everything)]).raise_for_status()
    return client(inside, name)


class TestSecrets:
    def test_a_secret_has_versions(self, secrets: SecretClient) -> None:
        first = secrets.set_secret("cmr-host", "https://one", tags={"made-by": "tests"}, content_type="url")
        second = secrets.set_secret("cmr-host", "https://two")
        assert secrets.get_secret("cmr-host").value == "https://two"
        assert secrets.get_secret("cmr-host", first.properties.version).value == "https://one"
        versions = [p.version for p in secrets.list_properties_of_secret_versions("cmr-host")]
        assert versions == [second.properties.version, first.properties.version]
        assert [p.name for p in secrets.list_properties_of_secrets()] == ["cmr-host"]

    def test_a_deleted_secret_blocks_its_name_until_it_is_purged_or_recovered(self, secrets: SecretClient) -> None:
        secrets.set_secret("cmr-token", "one")
        deleted = secrets.begin_delete_secret("cmr-token").result()
        assert deleted.recovery_id == f"{secrets.vault_url}/deletedsecrets/cmr-token"
        with pytest.raises(ResourceNotFoundError, match="SecretNotFound"):
            secrets.get_secret("cmr-token")
        with pytest.raises(HttpResponseError, match="deleted but recoverable state") as refused:
            secrets.set_secret("cmr-token", "two")
        assert (refused.value.status_code, inner(refused.value)) == (409, "ObjectIsDeletedButRecoverable")
        assert [p.name for p in secrets.list_deleted_secrets()] == ["cmr-token"]
        secrets.begin_recover_deleted_secret("cmr-token").wait()
        assert secrets.get_secret("cmr-token").value == "one"
        secrets.begin_delete_secret("cmr-token").wait()
        secrets.purge_deleted_secret("cmr-token")
        assert list(secrets.list_deleted_secrets()) == []
        assert secrets.set_secret("cmr-token", "two").value == "two"

    def test_a_disabled_secret_is_not_read(self, secrets: SecretClient) -> None:
        secrets.set_secret("off", "value")
        assert secrets.update_secret_properties("off", enabled=False).enabled is False
        with pytest.raises(HttpResponseError, match="disabled secret"):
            secrets.get_secret("off")

    def test_long_lists_come_in_pages(self, secrets: SecretClient) -> None:
        for number in range(30):
            secrets.set_secret(f"number-{number:02}", "x")
        assert [p.name for p in secrets.list_properties_of_secrets()] == [f"number-{n:02}" for n in range(30)]

    @pytest.mark.parametrize("name", ["under_score", "dot.dot"])
    def test_a_bad_name_is_refused(self, secrets: SecretClient, name: str) -> None:
        with pytest.raises(HttpResponseError, match="BadParameter"):
            secrets.set_secret(name, "x")


class TestWhoMay:
    def test_the_first_request_is_challenged(self, azure: Azure, secrets: SecretClient) -> None:
        with http_client(azure.environment) as http:
            answer = http.get(f"{secrets.vault_url}/secrets?api-version=7.5")
        assert answer.status_code == 401
        authority = f"https://login.microsoftonline.com/{azure.environment['AZURE_TENANT_ID']}"
        expected = f'Bearer authorization="{authority}", resource="https://vault.azure.net"'
        assert answer.headers["www-authenticate"] == expected
        assert answer.json()["error"]["message"] == "AKV10000: Request is missing a Bearer or PoP token."

    def test_a_token_for_something_else_is_refused(self, azure: Azure, secrets: SecretClient) -> None:
        answer = azure.http.get(f"{secrets.vault_url}/secrets?api-version=7.5")
        assert (answer.status_code, answer.json()["error"]["message"][:8]) == (401, "AKV10022")

    def test_without_a_policy_nothing_is_allowed(self, azure: Azure, inside: RunningCloud) -> None:
        name = new_name()
        azure.vault(name, accessPolicies=[azure.policy("list")]).raise_for_status()
        vault = client(inside, name)
        assert list(vault.list_properties_of_secrets()) == []
        with pytest.raises(HttpResponseError, match=f"does not have secrets set permission on key vault '{name}") as no:
            vault.set_secret("a", "b")
        assert (no.value.status_code, inner(no.value)) == (403, "AccessDenied")
        path = f"{azure.group}/providers/Microsoft.KeyVault/vaults/{name}/accessPolicies/add"
        body = {"properties": {"accessPolicies": [azure.policy("set")]}}
        azure("PUT", path, "2023-07-01", body).raise_for_status()
        assert vault.set_secret("a", "b").value == "b"
        with pytest.raises(HttpResponseError, match="secrets get permission"):
            vault.get_secret("a")

    def test_an_rbac_vault_asks_for_roles_even_of_its_owner(self, azure: Azure, inside: RunningCloud) -> None:
        name = new_name()
        azure.vault(name, enableRbacAuthorization=True).raise_for_status()
        vault = client(inside, name)
        with pytest.raises(HttpResponseError, match="Caller is not authorized to perform action on resource") as no:
            list(vault.list_properties_of_secrets())
        assert (no.value.status_code, inner(no.value)) == (403, "ForbiddenByRbac")
        scope = f"{azure.group}/providers/Microsoft.KeyVault/vaults/{name}"
        assert azure.give_role(OFFICER, scope).status_code == 201
        assert vault.set_secret("a", "b").value == "b"

    @pytest.mark.parametrize(
        ("properties", "code"),
        [
            ({"networkAcls": {"bypass": "AzureServices", "defaultAction": "Deny"}}, "ForbiddenByFirewall"),
            ({"publicNetworkAccess": "Disabled"}, "ForbiddenByConnection"),
        ],
    )
    def test_the_network_comes_first(self, azure: Azure, inside: RunningCloud, properties: dict, code: str) -> None:
        name = new_name()
        azure.vault(name, accessPolicies=[azure.policy("all")], **properties).raise_for_status()
        with pytest.raises(HttpResponseError) as refused:
            client(inside, name).get_secret("a")
        assert (refused.value.status_code, inner(refused.value)) == (403, code)

    def test_an_address_that_the_firewall_knows_is_let_in(self, azure: Azure, inside: RunningCloud) -> None:
        name = new_name()
        rules = {"bypass": "AzureServices", "defaultAction": "Deny", "ipRules": [{"value": "203.0.113.0/24"}]}
        azure.vault(name, accessPolicies=[azure.policy("all")], networkAcls=rules).raise_for_status()
        assert client(inside, name).set_secret("a", "b").value == "b"

    def test_no_value_is_in_the_traffic_log(self, azure: Azure, secrets: SecretClient, cloud: RunningCloud) -> None:
        value = uuid.uuid4().hex
        secrets.set_secret("hidden", value)
        assert secrets.get_secret("hidden").value == value
        azure("GET", azure.group, "2021-04-01")
        exchanges = list(control.traffic(cloud.folder))
        assert any("/secrets/hidden" in exchange["url"] for exchange in exchanges)
        assert value not in json.dumps(exchanges)


class TestVaults:
    def test_the_management_client_makes_and_deletes_one(self, azure: Azure, inside: RunningCloud) -> None:
        environment, name = azure.environment, new_name()
        credential = ClientSecretCredential(
            environment["AZURE_TENANT_ID"], environment["AZURE_CLIENT_ID"], environment["AZURE_CLIENT_SECRET"]
        )
        vaults = KeyVaultManagementClient(credential, environment["AZURE_SUBSCRIPTION_ID"]).vaults
        body = {
            "location": "eastus",
            "properties": {
                "tenantId": environment["AZURE_TENANT_ID"],
                "sku": {"family": "A", "name": "standard"},
                "enableRbacAuthorization": True,
                "accessPolicies": [],
            },
        }
        made = vaults.begin_create_or_update("rg-vaults", name, body).result()
        assert made.properties.vault_uri == f"https://{name}.vault.azure.net/"
        assert name in [vault.name for vault in vaults.list_by_resource_group("rg-vaults")]
        assert (
            vaults.check_name_availability({"name": name, "type": "Microsoft.KeyVault/vaults"}).reason
            == "AlreadyExists"
        )
        vaults.delete("rg-vaults", name)
        assert vaults.get_deleted(name, "eastus").properties.vault_id.endswith(f"/vaults/{name}")
        assert name in [vault.name for vault in vaults.list_deleted()]
        vaults.begin_purge_deleted(name, "eastus").result()
        assert vaults.check_name_availability({"name": name, "type": "Microsoft.KeyVault/vaults"}).name_available

    def test_a_deleted_vault_blocks_its_name_and_comes_back_with_its_secrets(
        self, azure: Azure, inside: RunningCloud
    ) -> None:
        name = new_name()
        policies = [azure.policy("all")]
        azure.vault(name, accessPolicies=policies).raise_for_status()
        client(inside, name).set_secret("kept", "value")
        path = f"{azure.group}/providers/Microsoft.KeyVault/vaults/{name}"
        assert azure("DELETE", path, "2023-07-01").status_code == 200
        refused = azure.vault(name)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "ConflictError")
        assert "A vault with the same name already exists in deleted state" in refused.text
        assert azure.vault(name, createMode="recover").status_code == 200
        assert client(inside, name).get_secret("kept").value == "value"

    def test_a_group_takes_its_vaults_into_the_recoverable_state(self, azure: Azure) -> None:
        name, group = new_name(), f"{azure.subscription}/resourceGroups/rg-gone-{uuid.uuid4().hex[:6]}"
        azure("PUT", group, "2021-04-01", {"location": "eastus"}).raise_for_status()
        properties = {"tenantId": azure.environment["AZURE_TENANT_ID"], "sku": {"family": "A", "name": "standard"}}
        body = {"location": "eastus", "properties": {**properties, "enableRbacAuthorization": True}}
        azure("PUT", f"{group}/providers/Microsoft.KeyVault/vaults/{name}", "2023-07-01", body).raise_for_status()
        azure("DELETE", group, "2021-04-01").raise_for_status()
        while azure("GET", group, "2021-04-01").status_code != 404:
            pass
        deleted = f"{azure.subscription}/providers/Microsoft.KeyVault/locations/eastus/deletedVaults/{name}"
        assert azure("GET", deleted, "2023-07-01").json()["properties"]["vaultId"].startswith(group)

    def test_purge_protection_is_kept_to(self, azure: Azure) -> None:
        name = new_name()
        azure.vault(name, enablePurgeProtection=True).raise_for_status()
        azure("DELETE", f"{azure.group}/providers/Microsoft.KeyVault/vaults/{name}", "2023-07-01")
        deleted = f"{azure.subscription}/providers/Microsoft.KeyVault/locations/eastus/deletedVaults/{name}"
        refused = azure("POST", f"{deleted}/purge", "2023-07-01")
        assert (refused.status_code, refused.json()["error"]["code"]) == (405, "MethodNotAllowed")

    @pytest.mark.parametrize("name", ["1starts-with-digit", "two--hyphens", "ends-with-", "x" * 25])
    def test_a_bad_name_is_refused(self, azure: Azure, name: str) -> None:
        refused = azure.vault(name)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "VaultNameNotValid")

    def test_a_vault_that_is_not_there_has_no_host(self, inside: RunningCloud) -> None:
        with http_client(inside.environment) as http, pytest.raises(httpx.ProxyError, match="has no host nobody-made"):
            http.get("https://nobody-made-this.vault.azure.net/secrets?api-version=7.5")
