"""Every scenario: played, seen over the wire with its real status and words, cleared, and gone."""

import argparse
import base64
import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.sandbox.conftest import RunningCloud
from tests.sandbox.workspaces import ARM, DATABRICKS, WorkspaceAccess, entra_token, http_client, new_workspace
from wizard.sandbox import command, control, settings
from wizard.sandbox.scenarios.catalogue import FOLDER, scenario, scenarios
from wizard.sandbox.scenarios.player import ALL_CHANGES, Player
from wizard.sandbox.store import Store

pytestmark = pytest.mark.xdist_group("scenarios")

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
BLOB_READER = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"


@dataclass
class Playground:
    """A cloud of its own, because scenarios bother everybody in it, with a workspace and a storage account."""

    cloud: RunningCloud
    workspace: WorkspaceAccess
    account: str
    http: httpx.Client
    tokens: dict[str, str]

    @property
    def subscription(self) -> str:
        return f"{ARM}/subscriptions/{self.cloud.environment['AZURE_SUBSCRIPTION_ID']}"

    def arm(self, method: str, path: str, version: str, body: object = None) -> httpx.Response:
        address = f"{self.subscription}{path}{'&' if '?' in path else '?'}api-version={version}"
        headers = {"Authorization": f"Bearer {self.tokens[ARM]}"}
        return self.http.request(method, address, json=body, headers=headers)

    def databricks(self, method: str, path: str, body: object = None, token: str = "") -> httpx.Response:
        headers = {"Authorization": f"Bearer {token or self.tokens[DATABRICKS]}"}
        return self.http.request(method, f"{self.workspace.host}{path}", json=body, headers=headers)

    def sign_in(self, **more: str) -> httpx.Response:
        environment = self.cloud.environment
        form = {
            "grant_type": "client_credentials",
            "client_id": environment["AZURE_CLIENT_ID"],
            "client_secret": environment["AZURE_CLIENT_SECRET"],
            "scope": f"{DATABRICKS}/.default",
        } | more
        return self.http.post(
            f"https://login.microsoftonline.com/{environment['AZURE_TENANT_ID']}/oauth2/v2.0/token", data=form
        )

    def give_role(self, role: str) -> httpx.Response:
        """Try to give a role to oneself at a resource group; the assignment is taken back."""
        me = json.loads(base64_part(self.tokens[ARM]))["oid"]
        path = f"/resourceGroups/rg-play/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
        definition = f"{self.subscription.removeprefix(ARM)}/providers/Microsoft.Authorization/roleDefinitions/{role}"
        body = {"properties": {"roleDefinitionId": definition, "principalId": me}}
        answer = self.arm("PUT", path, "2022-04-01", body)
        self.arm("DELETE", path, "2022-04-01")
        return answer

    def new_group(self, region: str = "eastus", **tags: str) -> httpx.Response:
        return self.arm(
            "PUT", f"/resourceGroups/rg-{uuid.uuid4().hex[:8]}", "2021-04-01", {"location": region, "tags": tags}
        )

    def new_account(self, name: str) -> httpx.Response:
        path = f"/resourceGroups/rg-play/providers/Microsoft.Storage/storageAccounts/{name}"
        body = {"location": "eastus", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}
        return self.arm("PUT", path, "2023-05-01", body)


def base64_part(token: str) -> bytes:
    payload = token.split(".")[1]
    return base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))


@pytest.fixture(scope="module")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    folder = tmp_path_factory.mktemp("playground")
    control.start(folder, 6000)
    try:
        cloud = RunningCloud(folder, control.environment(folder))
        workspace = new_workspace(cloud.environment, "play")
        with http_client(cloud.environment) as http:
            tokens = {name: entra_token(http, cloud.environment, name) for name in (ARM, DATABRICKS)}
            place = Playground(cloud, workspace, f"play{uuid.uuid4().hex[:10]}", http, tokens)
            for namespace in ("Microsoft.Storage", "Microsoft.KeyVault", "Microsoft.MachineLearningServices"):
                place.arm("POST", f"/providers/{namespace}/register", "2021-04-01").raise_for_status()
            wait_until(lambda: place.new_account(place.account).status_code == 202)
            yield place
    finally:
        control.stop(folder)


def wait_until(met: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not met():
        if time.monotonic() > end:
            raise TimeoutError("it never came true")


@dataclass(frozen=True)
class Sight:
    """What a scenario looks like: a call, the status and words it gets, and the status of the same call without."""

    look: Callable[[Playground], httpx.Response]
    status: int
    words: str
    healthy: int = 200


def list_tokens(place: Playground) -> httpx.Response:
    return place.databricks("GET", "/api/2.0/token/list")


def with_token(place: Playground) -> httpx.Response:
    return place.databricks("GET", "/api/2.0/clusters/list", token=place.workspace.token)


def with_fresh_entra_token(place: Playground) -> httpx.Response:
    return place.databricks("GET", "/api/2.0/clusters/list", token=place.sign_in().json()["access_token"])


def groups(place: Playground) -> httpx.Response:
    return place.arm("GET", "/resourcegroups", "2021-04-01")


def name_check(place: Playground) -> httpx.Response:
    body = {"name": "somebodysaccount", "type": "Microsoft.Storage/storageAccounts"}
    return place.arm("POST", "/providers/Microsoft.Storage/checkNameAvailability", "2023-05-01", body)


def with_account_key(place: Playground) -> httpx.Response:
    return place.http.get(
        f"https://{place.account}.blob.core.windows.net/?comp=list&sv=2022-11-02&ss=b&srt=s&sp=l&sig=AAAA"
    )


def new_cluster(place: Playground) -> str:
    spec = {"spark_version": "15.4.x-cpu-ml-scala2.12", "node_type_id": "Standard_DS3_v2", "num_workers": 0}
    made = place.databricks("POST", "/api/2.1/clusters/create", {**spec, "cluster_name": "play"})
    return str(made.raise_for_status().json()["cluster_id"])


def started_cluster(place: Playground) -> httpx.Response:
    """A new cluster once its start is over, one way or the other."""
    number = new_cluster(place)

    def look() -> httpx.Response:
        return place.databricks("GET", f"/api/2.1/clusters/get?cluster_id={number}")

    wait_until(lambda: look().json()["state"] in ("RUNNING", "TERMINATED"))
    answer = look()
    place.databricks("POST", "/api/2.1/clusters/permanent-delete", {"cluster_id": number})
    return answer


def installed_library(place: Playground) -> httpx.Response:
    """The libraries of a new cluster once their installation is over."""
    number = new_cluster(place)
    wanted = {"cluster_id": number, "libraries": [{"pypi": {"package": "pyyaml"}}]}
    place.databricks("POST", "/api/2.0/libraries/install", wanted).raise_for_status()

    def look() -> httpx.Response:
        return place.databricks("GET", f"/api/2.0/libraries/cluster-status?cluster_id={number}")

    wait_until(lambda: look().json()["library_statuses"][0]["status"] in ("INSTALLED", "FAILED"))
    answer = look()
    place.databricks("POST", "/api/2.1/clusters/permanent-delete", {"cluster_id": number})
    return answer


def new_vault(place: Playground) -> httpx.Response:
    path = f"/resourceGroups/rg-play/providers/Microsoft.KeyVault/vaults/kv-{uuid.uuid4().hex[:10]}"
    tenant = place.cloud.environment["AZURE_TENANT_ID"]
    properties = {"tenantId": tenant, "sku": {"family": "A", "name": "standard"}, "enableRbacAuthorization": True}
    return place.arm("PUT", path, "2023-07-01", {"location": "eastus", "properties": properties})


def new_ml_workspace(place: Playground) -> httpx.Response:
    """Without the parts it needs: a free name gets as far as their being missed."""
    path = f"/resourceGroups/rg-play/providers/Microsoft.MachineLearningServices/workspaces/ml-{uuid.uuid4().hex[:8]}"
    return place.arm("PUT", path, "2024-04-01", {"location": "eastus", "properties": {}})


def clusters_by_name(place: Playground) -> httpx.Response:
    return place.databricks("GET", "/api/2.1/clusters/list")


def files_of_root(place: Playground) -> httpx.Response:
    return place.databricks("GET", "/api/2.0/dbfs/list?path=/")


def python_on_a_cluster(place: Playground, code: str) -> str:
    number, prefix = new_cluster(place), "/api/1.2"
    wait_until(
        lambda: place.databricks("GET", f"/api/2.1/clusters/get?cluster_id={number}").json()["state"] == "RUNNING"
    )
    body = {"clusterId": number, "language": "python"}
    context = place.databricks("POST", f"{prefix}/contexts/create", body).raise_for_status().json()["id"]
    at = f"clusterId={number}&contextId={context}"
    wait_until(lambda: place.databricks("GET", f"{prefix}/contexts/status?{at}").json()["status"] == "Running", 60)
    given = place.databricks("POST", f"{prefix}/commands/execute", {**body, "contextId": context, "command": code})
    at += f"&commandId={given.json()['id']}"
    wait_until(lambda: place.databricks("GET", f"{prefix}/commands/status?{at}").json()["status"] == "Finished", 60)
    results = place.databricks("GET", f"{prefix}/commands/status?{at}").json()["results"]
    place.databricks("POST", "/api/2.1/clusters/permanent-delete", {"cluster_id": number})
    return json.dumps(results)


def devops(place: Playground, method: str, path: str, body: object = None, version: str = "7.1") -> httpx.Response:
    environment = place.cloud.environment
    address = f"{environment['AZURE_DEVOPS_ORG_URL']}/{path}?api-version={version}"
    return place.http.request(method, address, json=body, auth=("", environment["AZURE_DEVOPS_EXT_PAT"]))


def projects(place: Playground) -> httpx.Response:
    return devops(place, "GET", "_apis/projects")


def parallel_jobs(place: Playground) -> httpx.Response:
    return devops(place, "GET", "_apis/distributedtask/resourcelimits", version="7.1-preview")


def new_repository(place: Playground) -> httpx.Response:
    return devops(place, "POST", "mlops/_apis/git/repositories", {"name": uuid.uuid4().hex})


def repository(place: Playground) -> httpx.Response:
    return devops(place, "GET", "mlops/_apis/git/repositories/mlops")


def registered_models(place: Playground) -> httpx.Response:
    return place.databricks("GET", "/api/2.0/mlflow/registered-models/list?max_results=1")


def push_to(place: Playground, branch: str) -> httpx.Response:
    item = {"changeType": "add", "item": {"path": "/a"}, "newContent": {"content": "a", "contentType": "rawtext"}}
    body = {
        "refUpdates": [{"name": f"refs/heads/{branch}", "oldObjectId": "0" * 40}],
        "commits": [{"comment": "Begin", "changes": [item]}],
    }
    return devops(place, "POST", "mlops/_apis/git/repositories/mlops/pushes", body)


SIGHTS = {
    "f01-mfa-required": Sight(Playground.sign_in, 400, r'"interaction_required".*AADSTS50076.*"basic_action"'),
    "f01-mfa-expired": Sight(Playground.sign_in, 400, r"AADSTS50078"),
    "f01-login-idle": Sight(Playground.sign_in, 400, r"AADSTS700082: The refresh token has expired due to inactivity"),
    "f01-blocked-by-conditional-access": Sight(Playground.sign_in, 400, r"AADSTS53003"),
    "f02-client-secret-expired": Sight(Playground.sign_in, 401, r"AADSTS7000222: The provided client secret keys for"),
    "f02-client-secret-wrong": Sight(Playground.sign_in, 401, r"AADSTS7000215"),
    "f03-tokens-disabled": Sight(list_tokens, 403, r"PERMISSION_DENIED.*User does not have permission to use tokens"),
    "f04-token-expired": Sight(with_token, 403, r'"error_code":403,"message":"Invalid access token\."'),
    "f04-token-revoked": Sight(with_token, 403, r"Invalid access token\."),
    "f04-token-refused-as-page": Sight(with_token, 403, r"<title>Error 403 Invalid access token\.</title>"),
    "f04-entra-token-expires": Sight(with_fresh_entra_token, 403, r"Token is expiring within 30 seconds\. \(token exp"),
    "f05-ip-access-list": Sight(
        with_token, 403, r"Source IP address: ([\d.]+) is blocked by Databricks IP ACL for workspace: (\d+)"
    ),
    "f05-private-link": Sight(with_token, 302, r"^$"),
    "f06-contributor-only": Sight(
        lambda place: place.give_role(READER), 403, r"AuthorizationFailed.*roleAssignments/write' over scope", 201
    ),
    "f06-reader-only": Sight(Playground.new_group, 403, r"AuthorizationFailed.*resourceGroups/write", 201),
    "f06-role-not-activated": Sight(Playground.new_group, 403, r"AuthorizationFailed", 201),
    "f06-denied": Sight(lambda place: place.give_role(READER), 403, r"AuthorizationFailed", 201),
    "f06-condition": Sight(lambda place: place.give_role(BLOB_READER), 403, r"AuthorizationFailed", 201),
    "f06-no-subscription": Sight(groups, 403, r"AuthorizationFailed"),
    "f06-principal-not-found": Sight(lambda place: place.give_role(READER), 400, r"PrincipalNotFound", 201),
    "f07-provider-not-registered": Sight(
        lambda place: place.new_account(f"new{uuid.uuid4().hex[:8]}"),
        409,
        r"MissingSubscriptionRegistration.*not registered to use namespace 'Microsoft.Storage'.*\"target\"",
        202,
    ),
    "f07-registration-forbidden": Sight(
        lambda place: place.arm("POST", "/providers/Microsoft.Storage/register", "2021-04-01"),
        403,
        r"AuthorizationFailed.*Microsoft.Storage/register/action",
    ),
    "f07-compute-not-registered": Sight(
        started_cluster, 200, r"MissingSubscriptionRegistration.*not registered to use namespace 'Microsoft.Compute'"
    ),
    "f08-storage-name-taken": Sight(name_check, 200, r"AlreadyExists.*is already taken"),
    "f09-vault-name-taken": Sight(
        new_vault, 409, r"VaultAlreadyExists.*already in use. Vault names are globaly unique"
    ),
    "f09-vault-soft-deleted": Sight(
        new_vault, 409, r"ConflictError.*A vault with the same name already exists in deleted state"
    ),
    "f09-vault-purge-protected": Sight(new_vault, 409, r"ConflictError"),
    "f09-vault-deleted-elsewhere": Sight(new_vault, 409, r"VaultAlreadyExists"),
    "f10-ml-workspace-soft-deleted": Sight(
        new_ml_workspace, 400, r"BadRequest.*Soft-deleted workspace exists. Please purge or recover it", 400
    ),
    "f11-tag-required": Sight(
        Playground.new_group, 403, r"RequestDisallowedByPolicy.*require-cost-center.*PolicyViolation", 201
    ),
    "f11-region-not-allowed": Sight(Playground.new_group, 403, r"RequestDisallowedByPolicy.*allowed-locations", 201),
    "f12-family-quota": Sight(
        started_cluster,
        200,
        r"AZURE_QUOTA_EXCEEDED_EXCEPTION\(CLIENT_ERROR\): azure_error_code:QuotaExceeded,azure_error_message:Operation"
        r" could not be completed as it results in exceeding approved (standardDSv2Family) Cores quota.*Location: east"
        r"us, Current Limit: 0, Current Usage: 0, Additional Required: 4, \(Minimum\) New Limit Required: 4",
    ),
    "f12-regional-quota": Sight(started_cluster, 200, r"approved Total Regional Cores quota.*Current Limit: 2,"),
    "f12-stockout": Sight(started_cluster, 200, r"CLOUD_PROVIDER_RESOURCE_STOCKOUT"),
    "f13-mounts-off": Sight(
        files_of_root, 403, r"PERMISSION_DENIED.*Public DBFS root is disabled. Access is denied on path: /"
    ),
    "f16-vnet-misconfigured": Sight(started_cluster, 200, r'"code":"AZURE_VNET_CONFIGURATION_FAILURE".*SubnetIsFull'),
    "f16-bootstrap-timeout": Sight(started_cluster, 200, r'"code":"BOOTSTRAP_TIMEOUT"'),
    "f17-library-fails": Sight(installed_library, 200, r'"FAILED".*DRIVER_LIBRARY_INSTALLATION_FAILURE'),
    "f34-package-not-found": Sight(
        installed_library, 200, r'"FAILED".*Could not find a version that satisfies the requirement pyyaml'
    ),
    "f15-account-keys-off": Sight(with_account_key, 403, r"KeyBasedAuthenticationNotPermitted", 403),
    "f19-not-a-member": Sight(projects, 401, r"TF400813: The user '.+' is not authorized to access this resource"),
    "f19-token-revoked": Sight(projects, 203, r"(?i)<html"),
    "f19-token-expired": Sight(projects, 401, r"The Personal Access Token used has expired"),
    "f19-no-project-rights": Sight(new_repository, 403, r"TF401027: You need the Git 'CreateRepository'", 201),
    "f22-no-hosted-parallelism": Sight(parallel_jobs, 200, r'"Private","isHosted":true,"totalCount":0'),
    "f26-pull-request-needed": Sight(
        lambda place: push_to(place, "main"), 403, r"TF402455: Pushes to this branch are not permitted", 201
    ),
    "f26-push-forbidden": Sight(
        lambda place: push_to(place, uuid.uuid4().hex), 403, r"TF401027: You need the Git 'GenericContribute'", 201
    ),
    "f26-repository-not-visible": Sight(repository, 404, r"TF401019: The Git repository"),
    "f32-legacy-registry-off": Sight(
        registered_models, 403, r"PERMISSION_DENIED.*The legacy workspace model registry is disabled"
    ),
    "f35-scope-locked": Sight(Playground.new_group, 409, r"ScopeLocked.*following scope\(s\) are locked: '/subsc", 201),
    "f35-operation-in-progress": Sight(
        lambda place: place.new_account(place.account), 409, r"StorageAccountOperationInProgress", 200
    ),
    "f36-azure-throttled": Sight(groups, 429, r"SubscriptionRequestsThrottled"),
    "f36-databricks-throttled": Sight(with_token, 429, r"REQUEST_LIMIT_EXCEEDED"),
    "x-page-instead-of-json": Sight(groups, 200, r"<html>"),
    "x-service-unavailable": Sight(groups, 503, r"ServiceUnavailable"),
}


@pytest.fixture
def player(playground: Playground) -> Iterator[Player]:
    with Player(playground.cloud.folder) as player:
        yield player
        player.clear()


@pytest.mark.parametrize("name", SIGHTS)
def test_it_is_seen_while_it_is_played_and_gone_afterwards(playground: Playground, player: Player, name: str) -> None:
    sight = SIGHTS[name]
    before = contents(playground)
    player.play(name)
    answer = sight.look(playground)
    assert (answer.status_code, bool(re.search(sight.words, answer.text, re.DOTALL))) == (sight.status, True), (
        answer.text
    )
    assert answer.headers["x-mlops-sandbox"] == "1"
    assert player.clear(name) == [name]
    healthy = sight.look(playground)
    assert healthy.status_code == sight.healthy, healthy.text
    if sight.words != "^$":
        assert not re.search(sight.words, healthy.text, re.DOTALL)
    kept = {kind: rows for kind, rows in contents(playground).items() if kind in before}
    assert kept["role_assignment"] == before["role_assignment"]
    assert kept["databricks.token"] == before["databricks.token"]


def contents(playground: Playground) -> dict[str, list]:
    """What the cloud remembers of who may do what."""
    store = Store(playground.cloud.folder / "state.sqlite")
    try:
        return {kind: store.items(kind) for kind in ("role_assignment", "databricks.token", "application")}
    finally:
        store.close()


def test_a_slow_cloud_keeps_its_clients_waiting(playground: Playground, player: Player) -> None:
    player.play("x-slow")
    with pytest.raises(httpx.ReadTimeout), http_client(playground.cloud.environment) as http:
        http.get(f"{ARM}/subscriptions?api-version=2022-12-01", timeout=0.5)
    player.clear()
    assert groups(playground).status_code == 200


def test_dropped_connections_end_in_the_middle_of_the_answer(playground: Playground, player: Player) -> None:
    player.play("x-connections-dropped")
    for _ in range(5):
        with pytest.raises(httpx.RemoteProtocolError):
            groups(playground)
    assert groups(playground).status_code == 200


def test_an_intercepted_connection_fails_on_its_certificate(playground: Playground, player: Player) -> None:
    address = f"{ARM}/metadata/endpoints?api-version=2019-05-01"
    player.play("f37-tls-intercepted")
    with (
        http_client(playground.cloud.environment) as http,
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY"),
    ):
        http.get(address)
    player.clear()
    with http_client(playground.cloud.environment) as http:
        assert http.get(address).status_code == 200


def test_throttling_ends_after_the_requests_it_was_meant_for(playground: Playground, player: Player) -> None:
    player.play("f36-azure-throttled")
    answers = [groups(playground) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 429, 429, 200]
    assert answers[0].headers["retry-after"] == "1"


def test_an_expiring_token_still_works_and_says_when_it_ends(playground: Playground, player: Player) -> None:
    player.play("f04-token-expires-soon")
    assert with_token(playground).status_code == 200
    ends = list_tokens(playground).json()["token_infos"][0]["expiry_time"] / 1000
    assert 2.9 < (ends - time.time()) / 86400 < 3.1


def test_mounting_is_refused_in_the_jvms_words(playground: Playground, player: Player) -> None:
    mount = "dbutils.fs.mount('wasbs://data@somewhere.blob.core.windows.net', '/mnt/data')"
    player.play("f13-mounts-off")
    said = python_on_a_cluster(playground, mount)
    assert "UnsupportedOperationException: Public DBFS root is disabled. Access is denied on path: /mnt/data" in said
    probe = playground.databricks("GET", "/api/2.0/settings/types/disable_legacy_dbfs/names/default").json()
    assert probe["disable_legacy_dbfs"] == {"value": True}
    player.clear()
    player.play("f14-shared-clusters")
    said = python_on_a_cluster(playground, mount)
    assert re.search(r"py4j\.security\.Py4JSecurityException: Method public .+ is not whitelisted on class", said)
    player.clear()
    assert "no credentials found" in python_on_a_cluster(playground, mount)


def test_a_vault_that_a_colleague_deleted_can_be_purged(playground: Playground, player: Player) -> None:
    player.play("f09-vault-soft-deleted")
    assert new_vault(playground).status_code == 409
    (deleted,) = playground.arm("GET", "/providers/Microsoft.KeyVault/deletedVaults", "2023-07-01").json()["value"]
    at = f"/providers/Microsoft.KeyVault/locations/{deleted['properties']['location']}/deletedVaults/{deleted['name']}"
    assert playground.arm("POST", f"{at}/purge", "2023-07-01").status_code == 202
    assert playground.arm("GET", "/providers/Microsoft.KeyVault/deletedVaults", "2023-07-01").json()["value"] == []


def test_clusters_of_a_name_are_two_while_it_is_played(playground: Playground, player: Player) -> None:
    with pytest.raises(control.SandboxError, match="no workspace has a cluster yet"):
        player.play("f18-two-clusters-of-a-name")
    number = new_cluster(playground)
    player.play("f18-two-clusters-of-a-name")
    assert [each["cluster_name"] for each in clusters_by_name(playground).json()["clusters"]] == ["play", "play"]
    player.clear()
    assert [each["cluster_id"] for each in clusters_by_name(playground).json()["clusters"]] == [number]
    playground.databricks("POST", "/api/2.1/clusters/permanent-delete", {"cluster_id": number})


def test_an_eligible_role_can_be_activated(playground: Playground, player: Player) -> None:
    player.play("f06-role-not-activated")
    at = "/providers/Microsoft.Authorization"
    listed = playground.arm("GET", f"{at}/roleEligibilityScheduleInstances?$filter=asTarget()", "2020-10-01")
    (eligible,) = listed.json()["value"]
    assert eligible["properties"]["expandedProperties"]["roleDefinition"]["displayName"] == "Owner"
    request = {
        "requestType": "SelfActivate",
        "principalId": eligible["properties"]["principalId"],
        "roleDefinitionId": eligible["properties"]["roleDefinitionId"],
        "justification": "setting up the platform",
        "scheduleInfo": {"expiration": {"type": "AfterDuration", "duration": "PT1H"}},
    }
    path = f"{at}/roleAssignmentScheduleRequests/{uuid.uuid4()}"
    made = playground.arm("PUT", path, "2020-10-01", {"properties": request})
    assert (made.status_code, made.json()["properties"]["status"]) == (201, "Provisioned"), made.text
    assert playground.new_group().status_code == 201


def test_what_was_repaired_meanwhile_stays_repaired(playground: Playground, player: Player) -> None:
    player.play("f07-provider-not-registered")
    playground.arm("POST", "/providers/Microsoft.Storage/register", "2021-04-01").raise_for_status()
    player.clear()
    path = "/providers/Microsoft.Storage"
    wait_until(lambda: playground.arm("GET", path, "2021-04-01").json()["registrationState"] == "Registered")


def test_a_scenario_survives_a_restart_of_the_cloud(playground: Playground, player: Player) -> None:
    player.play("f03-tokens-disabled")
    control.stop(playground.cloud.folder)
    control.start(playground.cloud.folder, 6000)
    assert list_tokens(playground).status_code == 403
    assert player.played() == ["f03-tokens-disabled"]
    assert player.clear() == ["f03-tokens-disabled"]
    assert list_tokens(playground).status_code == 200


def test_scenarios_that_exclude_each_other_are_refused(player: Player) -> None:
    player.play("f01-mfa-required")
    with pytest.raises(control.SandboxError, match="f01-mfa-required exclude each other"):
        player.play("f01-login-idle")
    with pytest.raises(control.SandboxError, match="played already"):
        player.play("f01-mfa-required")
    player.play("f06-contributor-only")
    with pytest.raises(control.SandboxError, match="nobody is Owner"):
        player.play("f06-reader-only")
    assert player.played() == ["f01-mfa-required", "f06-contributor-only"]


def test_the_command_lists_plays_and_clears(playground: Playground, capsys: pytest.CaptureFixture[str]) -> None:
    def scenario_command(*words: str) -> str:
        parser = argparse.ArgumentParser()
        command.configure(parser)
        code = command.execute(parser.parse_args(["scenario", *words]), playground.cloud.folder)
        said = capsys.readouterr()
        return said.out if code == 0 else said.err

    assert "f03-tokens-disabled" in scenario_command("play", "f03-tokens-disabled")
    rows = json.loads(scenario_command("list", "--json"))
    assert [row["name"] for row in rows if row["played"]] == ["f03-tokens-disabled"]
    assert "> f03-tokens-disabled" in scenario_command("list")
    assert scenario_command("clear") == "Ended: f03-tokens-disabled\n"
    assert "did you mean f03-tokens-disabled" in scenario_command("play", "f03")
    assert "is not being played" in scenario_command("clear", "f03-tokens-disabled")


def test_a_folder_without_a_cloud_is_told_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(control.SandboxError, match="sandbox start"):
        Player(tmp_path)


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_scenario_is_well_formed(file: Path) -> None:
    each = scenario(file.stem)
    assert each.failure == "" or each.name.startswith(each.failure.lower() + "-")
    assert each.title
    assert each.shows
    assert each.fix
    assert each.settings or each.changes or each.answers
    assert set(each.settings) <= set(settings.KNOWN)
    assert {verb for change in each.changes for verb in change} <= set(ALL_CHANGES)
    for answer in each.answers:
        assert set(answer) <= {"host", "path", "method", "times", "wait", "status", "headers", "body", "drop"}
        assert {"wait", "status", "drop"} & set(answer)


SEEN_ELSEWHERE = {
    "x-several-tenants",
    "x-slow",
    "x-connections-dropped",
    "f37-tls-intercepted",
    "f04-token-expires-soon",
    "f14-shared-clusters",
    "f18-two-clusters-of-a-name",
    "f20-not-authorized",
    "f21-variable-group-missing",
    "f24-secret-not-secret",
    "f27-aks-create-fails",
    "f27-service-crashes",
    "f28-service-answers-nonsense",
    "f29-vault-scopes-for-people",
    "f30-directory-closed",
    "f30-no-rights-on-vault",
    "f30-vault-closed-to-databricks",
    "f30-vault-firewall",
    "f31-no-read-on-scope",
    "f31-scope-missing",
    "f31-secret-missing",
    "f31-token-refused",
    "f33-catalog-missing",
    "f33-catalog-of-other-workspaces",
    "f33-model-of-somebody-else",
    "f33-no-create-model",
    "f33-no-metastore",
    "f33-no-storage-for-catalogs",
    "f33-no-use-catalog",
    "x-new-workspaces",
}


def test_every_scenario_is_seen() -> None:
    assert set(scenarios()) == set(SIGHTS) | SEEN_ELSEWHERE
