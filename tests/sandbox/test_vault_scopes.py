"""Secret scopes over key vaults: made, read and refused as the real services do, with their own clients."""

import io
import uuid

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, NotFound, PermissionDenied
from databricks.sdk.service.jobs import SparkPythonTask, SubmitTask
from databricks.sdk.service.workspace import AclPermission, ImportFormat, ScopeBackendType

from tests.sandbox.conftest import RunningCloud
from tests.sandbox.vault_scopes import CONTRIBUTOR, SECRETS_USER, Notebook, Place, Somebody, Vault
from tests.sandbox.workspaces import ARM, DATABRICKS, WorkspaceAccess

pytestmark = pytest.mark.xdist_group("vault-scopes")  # what they share is made once


@pytest.fixture(scope="module")
def place(in_workspace: WorkspaceAccess, cloud: RunningCloud) -> Place:
    return Place(cloud, in_workspace)


@pytest.fixture(scope="module")
def policy_vault(place: Place) -> Vault:
    return place.vault(roles=False).fill(answer="forty-two", other="value")


@pytest.fixture(scope="module")
def scope(place: Place, policy_vault: Vault) -> str:
    return place.scope(policy_vault)


@pytest.fixture(scope="module")
def notebook(place: Place) -> Notebook:
    return Notebook(place.client)


@pytest.fixture(scope="module")
def workspace_id(place: Place) -> str:
    """The id of the workspace in Resource Manager."""
    return f"{place.azure.subscription}/resourceGroups/rg-dbw-tests/providers/Microsoft.Databricks/workspaces/dbw-tests"


class TestAzureDatabricks:
    """The enterprise application by which Databricks reads vaults, as Microsoft Graph shows it."""

    def test_it_is_found_by_its_application_id(self, place):
        [found] = place.graph(f"servicePrincipals?$filter=appId eq '{DATABRICKS}'").json()["value"]
        assert (found["displayName"], found["appId"]) == ("AzureDatabricks", DATABRICKS)
        assert found["id"] == place.azure_databricks() != DATABRICKS
        assert place.graph(f"servicePrincipals/{found['id']}").json()["appId"] == DATABRICKS
        by_name = place.graph("servicePrincipals?$filter=startswith(displayName,'AzureD')&$select=id").json()
        assert by_name["value"] == [{"id": found["id"]}]
        named = place.graph(f"servicePrincipals?$filter=servicePrincipalNames/any(c:c eq '{DATABRICKS}')").json()
        assert named["value"] == [found]

    def test_what_is_wrong_is_said_in_graphs_words(self, place):
        def said(answer):
            return answer.status_code, answer.json()["error"]["code"]

        assert said(place.graph(f"servicePrincipals(appId='{uuid.uuid4()}')")) == (404, "Request_ResourceNotFound")
        assert said(place.graph("servicePrincipals?$filter=appId lt 'x'")) == (400, "Request_UnsupportedQuery")
        assert said(place.graph("servicePrincipals?$select=shoeSize")) == (400, "BadRequest")
        assert said(place.graph("groups")) == (400, "BadRequest")
        assert said(place.graph("servicePrincipals", ARM)) == (401, "InvalidAuthenticationToken")


class TestCreation:
    def test_it_lets_databricks_into_a_vault_of_policies(self, place, scope, policy_vault):
        [listed] = [each for each in place.client.secrets.list_scopes() if each.name == scope]
        assert listed.backend_type is ScopeBackendType.AZURE_KEYVAULT
        assert listed.keyvault_metadata == policy_vault.metadata
        assert place.policies(policy_vault)[place.azure_databricks()] == ["get", "list"]
        me = place.client.current_user.me().user_name
        [acl] = place.client.secrets.list_acls(scope)
        assert (acl.principal, acl.permission) == (me, AclPermission.MANAGE)

    def test_it_can_be_given_to_everybody(self, place, policy_vault):
        name = place.scope(policy_vault, initial_manage_principal="users")
        assert [acl.principal for acl in place.client.secrets.list_acls(name)] == ["users"]
        with pytest.raises(BadRequest, match="initial_manage_principal can only be 'users'"):
            place.scope(policy_vault, initial_manage_principal="somebody")

    def test_the_vault_must_be_there_and_be_the_one_that_is_named(self, place, policy_vault):
        gone = Vault(policy_vault.name, f"{policy_vault.resource_id}x", policy_vault.secrets)
        other = Vault("another", policy_vault.resource_id, policy_vault.secrets)
        for vault in (gone, other):
            with pytest.raises(NotFound, match="Azure KeyVault is not available"):
                place.scope(vault)

    def test_who_has_no_rights_on_the_vault_is_refused(self, place, policy_vault, workspace_id):
        somebody = Somebody(place)
        client = place.signed_in(somebody.credential)
        with pytest.raises(PermissionDenied, match="is not an administrator of this workspace"):
            place.scope(policy_vault, client)
        place.give_role(somebody.object_id, CONTRIBUTOR, workspace_id)
        words = (
            f"Unable to grant read/list permission to Databricks service principal to KeyVault '{policy_vault.address}'"
        )
        with pytest.raises(PermissionDenied, match=f"{words}: Unknown error with status code 403"):
            place.scope(policy_vault, client)
        place.give_role(somebody.object_id, CONTRIBUTOR, policy_vault.resource_id)
        assert place.scope(policy_vault, client)

    def test_a_lock_on_the_vault_keeps_its_policies_as_they_are(self, place):
        vault = place.vault(roles=False)
        lock = f"{vault.resource_id}/providers/Microsoft.Authorization/locks/keep"
        place.azure("PUT", lock, "2020-05-01", {"properties": {"level": "ReadOnly"}}).raise_for_status()
        with pytest.raises(PermissionDenied, match="Unknown error with status code 409"):
            place.scope(vault)
        place.azure("DELETE", lock, "2020-05-01").raise_for_status()
        assert place.scope(vault)


class TestReading:
    def test_a_scope_shows_the_vault_as_it_is_now(self, place, scope, policy_vault):
        assert place.client.dbutils.secrets.get(scope, "answer") == "forty-two"
        assert {item.key for item in place.client.secrets.list_secrets(scope)} >= {"answer", "other"}
        policy_vault.secrets.set_secret("answer", "forty-three")
        assert place.client.dbutils.secrets.get(scope, "answer") == "forty-three"
        policy_vault.secrets.set_secret("answer", "forty-two")
        with pytest.raises(NotFound, match=f"Secret does not exist with scope: {scope} and key: nothing"):
            place.client.secrets.get_secret(scope, "nothing")
        with pytest.raises(BadRequest, match="not_a_name"):
            place.client.secrets.get_secret(scope, "not_a_name")

    def test_a_scope_cannot_be_written_to(self, place, scope, policy_vault):
        with pytest.raises(BadRequest, match="Cannot write secrets to Azure KeyVault-backed scope"):
            place.client.secrets.put_secret(scope, "answer", string_value="forty")
        with pytest.raises(BadRequest, match="Azure KeyVault-backed scope"):
            place.client.secrets.delete_secret(scope, "answer")
        assert policy_vault.secrets.get_secret("answer").value == "forty-two"

    def test_a_vault_of_roles_is_closed_until_databricks_has_one(self, place):
        vault = place.vault(roles=True).fill(answer="by role")
        scope = place.scope(vault)
        assert place.azure_databricks() in place.policies(vault)
        words = f"Databricks could not access keyvault: {vault.address}"
        with pytest.raises(BadRequest, match=words) as refused:
            place.client.secrets.get_secret(scope, "answer")
        assert refused.value.error_code == "INVALID_STATE"
        with pytest.raises(BadRequest, match=words):
            list(place.client.secrets.list_secrets(scope))
        place.give_role(place.azure_databricks(), SECRETS_USER, vault.resource_id)
        assert place.client.dbutils.secrets.get(scope, "answer") == "by role"

    def test_the_firewall_lets_databricks_pass_as_a_trusted_service(self, place):
        vault = place.vault(roles=False).fill(answer="behind the wall")
        scope = place.scope(vault)
        for bypass, works in (("AzureServices", True), ("None", False)):
            walls = {"properties": {"networkAcls": {"defaultAction": "Deny", "bypass": bypass}}}
            place.azure("PATCH", vault.resource_id, "2023-07-01", walls).raise_for_status()
            if works:
                assert place.client.dbutils.secrets.get(scope, "answer") == "behind the wall"
            else:
                with pytest.raises(BadRequest, match="could not access keyvault"):
                    place.client.secrets.get_secret(scope, "answer")

    def test_a_deleted_vault_is_said_to_be_out_of_reach(self, place):
        vault = place.vault(roles=False)
        scope = place.scope(vault)
        place.azure("DELETE", vault.resource_id, "2023-07-01").raise_for_status()
        with pytest.raises(BadRequest, match="could not access keyvault"):
            place.client.secrets.get_secret(scope, "answer")


class TestPermissions:
    def test_each_permission_allows_what_its_name_says(self, place, scope):
        somebody = Somebody(place)
        client, secrets = place.signed_in(somebody.credential), place.client.secrets
        groups = [group.display for group in client.current_user.me().groups]
        assert groups == ["users"]
        refused = f"User {somebody.client_id} does not have READ permission on scope {scope} to perform this action"
        with pytest.raises(PermissionDenied, match=refused):
            client.secrets.get_secret(scope, "answer")
        secrets.put_acl(scope, somebody.client_id, AclPermission.READ)
        assert client.dbutils.secrets.get(scope, "answer") == "forty-two"
        with pytest.raises(PermissionDenied, match="does not have WRITE permission"):
            client.secrets.put_secret(scope, "answer", string_value="x")
        with pytest.raises(PermissionDenied, match="does not have MANAGE permission"):
            client.secrets.put_acl(scope, "users", AclPermission.READ)
        secrets.delete_acl(scope, somebody.client_id)
        secrets.put_acl(scope, "users", AclPermission.READ)
        assert client.dbutils.secrets.get(scope, "answer") == "forty-two"
        secrets.delete_acl(scope, "users")
        with pytest.raises(PermissionDenied, match="does not have MANAGE permission"):
            client.secrets.delete_scope(scope)


class TestOnTheCluster:
    def test_commands_read_what_their_caller_may(self, place, notebook, scope):
        code = f"""
        keys = [item.key for item in dbutils.secrets.list("{scope}")]
        value, raw = dbutils.secrets.get("{scope}", "answer"), dbutils.secrets.getBytes("{scope}", "answer")
        print("answer" in keys, raw == value.encode(), len(value))
        print("{scope}" in [scope.getName() for scope in dbutils.secrets.listScopes()])
        """
        assert notebook.shown(code).splitlines() == ["True True 9", "True"]
        somebody = Notebook(place.signed_in(Somebody(place).credential), notebook.cluster)
        said = somebody.failed(f'dbutils.secrets.get("{scope}", "answer")')
        assert "PERMISSION_DENIED: User" in said
        assert f"does not have READ permission on scope {scope}" in said

    def test_what_they_read_is_not_shown(self, notebook, scope):
        notebook.shown(f'value = dbutils.secrets.get("{scope}", "answer")')
        assert notebook.shown("print('it is', value, 'indeed')") == "it is [REDACTED] indeed"
        assert notebook.shown("value") == "'[REDACTED]'"
        assert notebook.shown("dbutils.notebook.exit(value)") == "[REDACTED]"
        assert notebook.shown("print(*value)") == "f o r t y - t w o"
        said = notebook.failed("raise ValueError(f'no {value}')")
        assert "ValueError: no [REDACTED]" in said
        assert "forty-two" not in said

    def test_a_vault_that_is_closed_says_so(self, place, notebook):
        vault = place.vault(roles=True)
        said = notebook.failed(f'dbutils.secrets.get("{place.scope(vault)}", "answer")')
        assert f"INVALID_STATE: Databricks could not access keyvault: {vault.address}" in said

    def test_a_job_shows_no_secret_either(self, place, notebook, scope):
        source = f"""
import sys
value = dbutils.secrets.get("{scope}", "answer")
print("out", value)
print("err", value, file=sys.stderr)
raise ValueError("bad " + value)
"""
        place.client.workspace.mkdirs("/Shared/vaults")
        path = "/Shared/vaults/leak.py"
        place.client.workspace.upload(path, io.BytesIO(source.encode()), format=ImportFormat.AUTO, overwrite=True)
        shown = output_of(place.client, notebook.cluster, path)
        assert "out [REDACTED]" in shown.logs
        assert "err [REDACTED]" in shown.logs
        assert shown.error == "ValueError: bad [REDACTED]"
        assert "forty-two" not in shown.logs + shown.error + shown.error_trace

    def test_the_record_of_traffic_keeps_no_value(self, cloud, place, scope):
        place.client.secrets.get_secret(scope, "answer")
        assert "Zm9ydHktdHdv" not in (cloud.folder / "traffic.jsonl").read_text()


def output_of(client: WorkspaceClient, cluster: str, path: str):
    """What a file printed that ran to its end, good or bad, as a job's task."""
    task = SubmitTask(task_key="only", existing_cluster_id=cluster, spark_python_task=SparkPythonTask(python_file=path))
    wait = client.jobs.submit(run_name="vaults", tasks=[task])
    while not (run := client.jobs.get_run(wait.run_id)).end_time:
        pass
    return client.jobs.get_run_output(run.tasks[0].run_id)


def test_the_standard_tier_has_no_scope_of_ones_own(place):
    group = f"{place.azure.subscription}/resourceGroups/rg-vaults"
    body = {
        "location": "eastus",
        "sku": {"name": "standard"},
        "properties": {"managedResourceGroupId": f"{group}-managed"},
    }
    path = f"{group}/providers/Microsoft.Databricks/workspaces/standard"
    place.azure("PUT", path, "2024-05-01", body).raise_for_status()
    while (about := place.azure("GET", path, "2024-05-01").json()["properties"])["provisioningState"] != "Succeeded":
        pass
    token = place.credential.get_token(f"{DATABRICKS}/.default").token
    client = WorkspaceClient(host=f"https://{about['workspaceUrl']}", token=token)
    with pytest.raises(BadRequest, match='only be created with initial_manage_principal "users"'):
        client.secrets.create_scope("own")
    client.secrets.create_scope("all", initial_manage_principal="users")
    assert [scope.name for scope in client.secrets.list_scopes()] == ["all"]
