"""Azure Resource Manager of the sandbox cloud, through Microsoft's own clients."""

import time
import uuid

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.identity import ClientSecretCredential, DeviceCodeCredential
from azure.mgmt.databricks import AzureDatabricksManagementClient
from azure.mgmt.resource import ResourceManagementClient, SubscriptionClient
from azure.mgmt.storage import StorageManagementClient

from tests.sandbox.workspaces import entra_token, http_client
from wizard.sandbox import control

AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
ARM = "https://management.azure.com"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
WORKSPACE = {"location": "eastus", "sku": {"name": "premium"}, "properties": {"computeMode": "Hybrid"}}
ACCOUNT = {"location": "eastus", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}


class Clients:
    """The management clients of one cloud, signed in as its service principal."""

    def __init__(self, environment):
        names = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
        self.credential = ClientSecretCredential(*(environment[name] for name in names))
        self.subscription = environment["AZURE_SUBSCRIPTION_ID"]
        self.subscriptions = SubscriptionClient(self.credential)
        self.resources = ResourceManagementClient(self.credential, self.subscription)
        self.storage = StorageManagementClient(self.credential, self.subscription)
        self.databricks = AzureDatabricksManagementClient(self.credential, self.subscription)

    def register(self, namespace):
        self.resources.providers.register(namespace)
        end = time.monotonic() + 10
        while self.resources.providers.get(namespace).registration_state != "Registered":
            assert time.monotonic() < end, "never registered"


@pytest.fixture
def azure(inside):
    return Clients(inside.environment)


@pytest.fixture
def group(azure):
    name = f"rg-{uuid.uuid4().hex[:8]}"
    azure.resources.resource_groups.create_or_update(name, {"location": "eastus"})
    azure.register("Microsoft.Storage")
    azure.register("Microsoft.Databricks")
    return name


def refused(call, *arguments, **named):
    with pytest.raises(HttpResponseError) as refusal:
        call(*arguments, **named)
    return refusal.value.status_code, refusal.value.error.code


def new_name():
    return f"st{uuid.uuid4().hex[:12]}"


def test_the_subscription_and_its_tenant(azure, inside):
    found = list(azure.subscriptions.subscriptions.list())
    assert [(s.subscription_id, s.state) for s in found] == [(azure.subscription, "Enabled")]
    assert azure.subscriptions.subscriptions.get(azure.subscription).tenant_id == inside.environment["AZURE_TENANT_ID"]
    assert [t.tenant_id for t in azure.subscriptions.tenants.list()] == [inside.environment["AZURE_TENANT_ID"]]
    assert "westeurope" in {
        place.name for place in azure.subscriptions.subscriptions.list_locations(azure.subscription)
    }


def test_a_group_lives_and_dies_with_what_is_in_it(azure, group):
    account = new_name()
    azure.storage.storage_accounts.begin_create(group, account, ACCOUNT).result()
    assert azure.resources.resource_groups.check_existence(group)
    listed = {r.name: r.type for r in azure.resources.resources.list_by_resource_group(group)}
    assert listed == {account: "Microsoft.Storage/storageAccounts"}
    azure.resources.resource_groups.begin_delete(group).result()
    assert not azure.resources.resource_groups.check_existence(group)
    with pytest.raises(ResourceNotFoundError) as gone:
        azure.storage.storage_accounts.get_properties(group, account)
    assert gone.value.error.code == "ResourceGroupNotFound"


def test_tags_are_kept_and_found(azure, group):
    azure.resources.resource_groups.create_or_update(group, {"location": "eastus", "tags": {"made-by": group}})
    found = azure.resources.resource_groups.list(filter=f"tagName eq 'made-by' and tagValue eq '{group}'")
    assert [g.name for g in found] == [group]


@pytest.mark.parametrize(
    ("name", "location", "code"),
    [
        ("rg-mars", "mars", "LocationNotAvailableForResourceGroup"),
        ("rg-nowhere", "", "LocationRequired"),
        ("rg-ends.", "eastus", "InvalidResourceGroup"),
    ],
)
def test_bad_groups_are_refused(azure, name, location, code):
    assert refused(azure.resources.resource_groups.create_or_update, name, {"location": location}) == (400, code)


def test_a_group_does_not_move(azure, group):
    answer = refused(azure.resources.resource_groups.create_or_update, group, {"location": "westeurope"})
    assert answer == (409, "InvalidResourceGroupLocation")


def test_lists_come_in_pages(azure, group):
    more = [f"{group}-{number}" for number in range(3)]
    for name in more:
        azure.resources.resource_groups.create_or_update(name, {"location": "eastus"})
    assert set(more) <= {g.name for g in azure.resources.resource_groups.list(top=2)}


class TestStorageAccounts:
    """Microsoft.Storage."""

    def test_create_list_change_delete(self, azure, group):
        name = new_name()
        made = azure.storage.storage_accounts.begin_create(group, name, ACCOUNT).result()
        assert made.primary_endpoints.blob == f"https://{name}.blob.core.windows.net/"
        assert [a.name for a in azure.storage.storage_accounts.list_by_resource_group(group)] == [name]
        changed = azure.storage.storage_accounts.update(group, name, {"properties": {"allowSharedKeyAccess": False}})
        assert changed.allow_shared_key_access is False
        azure.storage.storage_accounts.delete(group, name)
        assert azure.storage.storage_accounts.check_name_availability({"name": name}).name_available

    def test_names(self, azure, group):
        name = new_name()
        azure.storage.storage_accounts.begin_create(group, name, ACCOUNT).result()
        taken = azure.storage.storage_accounts.check_name_availability({"name": name})
        assert (taken.name_available, taken.reason) == (False, "AlreadyExists")
        bad = azure.storage.storage_accounts.check_name_availability({"name": "Not-Valid"})
        assert (bad.name_available, bad.reason) == (False, "AccountNameInvalid")
        azure.resources.resource_groups.create_or_update(f"{group}-b", {"location": "eastus"})
        create = azure.storage.storage_accounts.begin_create
        with pytest.raises(ResourceExistsError) as other:
            create(f"{group}-b", name, ACCOUNT)
        assert other.value.error.code == "StorageAccountAlreadyTaken"

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"location": "mars"}, "LocationNotAvailableForResourceType"),
            ({"sku": {"name": "Cheap_LRS"}}, "InvalidRequestPropertyValue"),
            ({"kind": None}, "InvalidRequestContent"),
        ],
    )
    def test_bad_bodies_are_refused(self, azure, group, change, code):
        assert refused(azure.storage.storage_accounts.begin_create, group, new_name(), ACCOUNT | change) == (400, code)

    def test_keys_can_be_renewed(self, azure, group):
        name = new_name()
        azure.storage.storage_accounts.begin_create(group, name, ACCOUNT).result()
        before = {key.key_name: key.value for key in azure.storage.storage_accounts.list_keys(group, name).keys}
        renewed = azure.storage.storage_accounts.regenerate_key(group, name, {"keyName": "key1"})
        after = {key.key_name: key.value for key in renewed.keys}
        assert before["key1"] != after["key1"]
        assert before["key2"] == after["key2"]

    def test_containers(self, azure, group):
        name = new_name()
        azure.storage.storage_accounts.begin_create(group, name, ACCOUNT).result()
        azure.storage.blob_containers.create(group, name, "data", {})
        assert azure.storage.blob_containers.get(group, name, "data").public_access == "None"
        assert [c.name for c in azure.storage.blob_containers.list(group, name)] == ["data"]
        azure.storage.blob_containers.delete(group, name, "data")
        assert refused(azure.storage.blob_containers.get, group, name, "data") == (404, "ContainerNotFound")


class TestDatabricks:
    """Microsoft.Databricks."""

    def test_create_and_delete(self, azure, group):
        begun = azure.databricks.workspaces.begin_create_or_update(group, "ws-one", WORKSPACE)
        made = begun.result().properties
        assert made.provisioning_state == "Succeeded"
        assert made.workspace_url == f"adb-{made.workspace_id}.{int(made.workspace_id) % 20}.azuredatabricks.net"
        managed = made.managed_resource_group_id.split("/")[-1]
        assert azure.resources.resource_groups.get(managed).managed_by.endswith("/workspaces/ws-one")
        azure.databricks.workspaces.begin_delete(group, "ws-one").result()
        assert refused(azure.databricks.workspaces.get, group, "ws-one") == (404, "ResourceNotFound")
        assert not azure.resources.resource_groups.check_existence(managed)

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"sku": {"name": "gold"}}, "InvalidRequestPropertyValue"),
            ({"properties": {}}, "InvalidRequestContent"),
            ({"properties": {"computeMode": "Hybrid", "parameters": {"enableNoPublicIp": 1}}}, "InvalidRequestContent"),
            ({"properties": {"computeMode": "Hybrid", "flavour": "mint"}}, "InvalidRequestContent"),
        ],
    )
    def test_bad_bodies_are_refused(self, azure, group, change, code):
        answer = refused(azure.databricks.workspaces.begin_create_or_update, group, "ws-bad", WORKSPACE | change)
        assert answer == (400, code)
        assert list(azure.databricks.workspaces.list_by_resource_group(group)) == []

    def test_the_managed_group_must_be_new(self, azure, group):
        managed = f"/subscriptions/{azure.subscription}/resourceGroups/{group}"
        body = WORKSPACE | {"properties": {"computeMode": "Hybrid", "managedResourceGroupId": managed}}
        status, _ = refused(azure.databricks.workspaces.begin_create_or_update, group, "ws-in", body)
        assert status == 409


class TestRules:
    """What holds for every request."""

    def test_a_provider_must_be_registered(self, tmp_path, monkeypatch):
        control.start(tmp_path, 600)
        try:
            for name, value in control.environment(tmp_path).items():
                monkeypatch.setenv(name, value)
            azure = Clients(control.environment(tmp_path))
            azure.resources.resource_groups.create_or_update("rg", {"location": "eastus"})
            answer = refused(azure.storage.storage_accounts.begin_create, "rg", new_name(), ACCOUNT)
            assert answer == (409, "MissingSubscriptionRegistration")
        finally:
            control.stop(tmp_path)

    @pytest.fixture
    def get(self, cloud):
        """GET a path of the subscription with the service principal's token, or another header."""

        def ask(path, **headers):
            with http_client(cloud.environment) as http:
                token = entra_token(http, cloud.environment, headers.pop("resource", ARM))
                headers = {"Authorization": f"Bearer {token}", **headers}
                answer = http.get(
                    f"{ARM}/subscriptions/{cloud.environment['AZURE_SUBSCRIPTION_ID']}{path}", headers=headers
                )
            return answer.status_code, answer.json()["error"]["code"], answer.headers.get("WWW-Authenticate", "")

        return ask

    @pytest.mark.parametrize(
        ("path", "status", "code"),
        [
            ("/resourcegroups", 400, "MissingApiVersionParameter"),
            ("/resourcegroups?api-version=1999-01-01", 400, "InvalidApiVersionParameter"),
            ("/providers/Microsoft.Storage/storageAccounts?api-version=1999-01-01", 400, "NoRegisteredProviderFound"),
            ("/providers/Microsoft.Storage/cupboards?api-version=2023-05-01", 404, "InvalidResourceType"),
            ("/providers/Contoso.Bread?api-version=2021-04-01", 404, "InvalidResourceNamespace"),
            ("/resourceGroups/none?api-version=2021-04-01", 404, "ResourceGroupNotFound"),
            ("x/resourceGroups?api-version=2021-04-01", 400, "InvalidSubscriptionId"),
        ],
    )
    def test_bad_requests(self, get, path, status, code):
        assert get(path)[:2] == (status, code)

    def test_bad_tokens(self, get):
        path = "/resourcegroups?api-version=2021-04-01"
        status, code, challenge = get(path, resource="https://vault.azure.net")
        assert (status, code) == (401, "InvalidAuthenticationTokenAudience")
        assert challenge.startswith('Bearer authorization_uri="https://login.windows.net/')
        assert get(path, Authorization="Bearer nonsense")[:2] == (401, "InvalidAuthenticationToken")
        assert get(path, Authorization="")[:2] == (401, "AuthenticationFailed")


class TestRoles:
    """Role assignments decide; the sandbox's user is left with fewer rights here, and given them back."""

    @pytest.fixture
    def person(self, azure):
        return DeviceCodeCredential(client_id=AZURE_CLI, prompt_callback=lambda *_: None)

    @pytest.fixture
    def roles(self, azure, cloud):
        """PUT, GET or DELETE below Microsoft.Authorization at a scope."""
        token = azure.credential.get_token(f"{ARM}/.default").token

        def ask(method, scope, path, **options):
            with http_client(cloud.environment) as http:
                url = f"{ARM}{scope}/providers/Microsoft.Authorization/{path}"
                params = {"api-version": "2022-04-01", **options.pop("params", {})}
                return http.request(method, url, params=params, headers={"Authorization": f"Bearer {token}"}, **options)

        return ask

    @pytest.fixture
    def as_reader(self, azure, roles):
        """The sandbox's user, who only reads while the test runs."""
        scope = f"/subscriptions/{azure.subscription}"
        every = roles("GET", scope, "roleAssignments").json()["value"]
        mine = next(a for a in every if a["properties"]["principalType"] == "User")
        user = mine["properties"]["principalId"]
        name = str(uuid.uuid4())
        body = {"properties": {"roleDefinitionId": READER, "principalId": user, "principalType": "User"}}
        assert roles("PUT", scope, f"roleAssignments/{name}", json=body).status_code == 201
        assert roles("DELETE", scope, f"roleAssignments/{mine['name']}").status_code == 200
        yield user
        back = {"properties": {"roleDefinitionId": OWNER, "principalId": user}}
        assert roles("PUT", scope, f"roleAssignments/{mine['name']}", json=back).status_code == 201
        assert roles("DELETE", scope, f"roleAssignments/{name}").status_code == 200

    def test_a_reader_reads_only(self, azure, group, person, as_reader, roles):
        theirs = ResourceManagementClient(person, azure.subscription)
        assert group in {g.name for g in theirs.resource_groups.list()}
        with pytest.raises(HttpResponseError) as no:
            theirs.resource_groups.create_or_update("rg-forbidden", {"location": "eastus"})
        assert (no.value.status_code, no.value.error.code) == (403, "AuthorizationFailed")
        assert f"object id '{as_reader}'" in no.value.message
        assert "Microsoft.Resources/subscriptions/resourceGroups/write" in no.value.message
        scope = f"/subscriptions/{azure.subscription}/resourceGroups/{group}"
        given = {"properties": {"roleDefinitionId": OWNER, "principalId": as_reader}}
        assert roles("PUT", scope, f"roleAssignments/{uuid.uuid4()}", json=given).status_code == 201
        theirs.resource_groups.create_or_update(group, {"location": "eastus", "tags": {"by": "owner of the group"}})

    def test_assigning_again_and_wrongly(self, azure, group, roles):
        scope = f"/subscriptions/{azure.subscription}/resourceGroups/{group}"
        one = roles("GET", scope, "roleAssignments").json()["value"][0]["properties"]
        given = {"properties": {"roleDefinitionId": READER, "principalId": one["principalId"]}}
        name = str(uuid.uuid4())
        assert roles("PUT", scope, f"roleAssignments/{name}", json=given).status_code == 201
        assert roles("PUT", scope, f"roleAssignments/{name}", json=given).status_code == 200
        again = roles("PUT", scope, f"roleAssignments/{uuid.uuid4()}", json=given)
        assert (again.status_code, again.json()["error"]["code"]) == (409, "RoleAssignmentExists")
        nobody = {"properties": {"roleDefinitionId": READER, "principalId": str(uuid.uuid4())}}
        missing = roles("PUT", scope, f"roleAssignments/{uuid.uuid4()}", json=nobody)
        assert (missing.status_code, missing.json()["error"]["code"]) == (400, "PrincipalNotFound")
        assert roles("DELETE", scope, f"roleAssignments/{uuid.uuid4()}").status_code == 204

    def test_a_role_is_found_by_name(self, azure, roles):
        wanted = {"$filter": "roleName eq 'Storage Blob Data Contributor'"}
        found = roles("GET", f"/subscriptions/{azure.subscription}", "roleDefinitions", params=wanted).json()["value"]
        assert [role["name"] for role in found] == ["ba92f5b4-2d11-453d-a403-e96b0029c9fe"]
