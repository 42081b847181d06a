"""What somebody may do: access checks, permissions, roles, deny assignments and roles to activate."""

import base64
import json
import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox.conftest import RunningCloud
from tests.sandbox.workspaces import ARM, entra_token, http_client
from wizard.sandbox.scenarios.player import Player

AT = "/providers/Microsoft.Authorization"
GIVE_ROLES = "Microsoft.Authorization/roleAssignments/write"
NEEDED_ROLES = {
    "Owner": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "Contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "User Access Administrator": "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "Role Based Access Control Administrator": "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
    "Storage Blob Data Owner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    "Storage Blob Data Contributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    "Storage Blob Data Reader": "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
    "Key Vault Administrator": "00482a5a-887f-4fb3-b363-3b7fe8e74483",
    "Key Vault Secrets Officer": "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
    "Key Vault Secrets User": "4633458b-17de-408a-b874-0445c86b69e6",
    "AzureML Data Scientist": "f6c7c914-8db3-469d-8ca1-694a8f32e121",
}


class Azure:
    """Resource Manager at the subscription."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.http = http_client(cloud.environment)
        token = entra_token(self.http, cloud.environment, ARM)
        self.http.headers["Authorization"] = f"Bearer {token}"
        self.subscription = f"/subscriptions/{cloud.environment['AZURE_SUBSCRIPTION_ID']}"
        part = token.split(".")[1]
        self.me = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["oid"]

    def __call__(self, method: str, path: str, version: str, body: object = None) -> httpx.Response:
        mark = "&" if "?" in path else "?"
        return self.http.request(method, f"{ARM}{self.subscription}{path}{mark}api-version={version}", json=body)

    def may(self, *actions: str, data: bool = False, who: str = "") -> list[str]:
        body = {
            "Subject": {"Attributes": {"ObjectId": who or self.me}},
            "Actions": [{"Id": action, "IsDataAction": data} for action in actions],
            "Resource": {"Id": self.subscription},
        }
        answer = self("POST", f"{AT}/checkAccess", "2018-09-01-preview", body).raise_for_status()
        return [each["accessDecision"] for each in answer.json()]


@pytest.fixture(scope="module")
def azure(cloud: RunningCloud) -> Iterator[Azure]:
    made = Azure(cloud)
    yield made
    made.http.close()


@pytest.fixture
def player(cloud: RunningCloud) -> Iterator[Player]:
    with Player(cloud.folder) as player:
        yield player
        player.clear()


def test_an_owner_may_manage_but_not_read_blobs(azure: Azure) -> None:
    assert azure.may(GIVE_ROLES, "Microsoft.Databricks/workspaces/write") == ["Allowed", "Allowed"]
    read = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
    assert azure.may(read, data=True) == ["NotAllowed"]


def test_somebody_unknown_may_nothing(azure: Azure) -> None:
    assert azure.may("*/read", who=str(uuid.uuid4())) == ["NotAllowed"]


def test_permissions_name_all_kinds_of_actions(azure: Azure) -> None:
    (owner,) = azure("GET", f"{AT}/permissions", "2022-04-01").json()["value"]
    assert owner == {"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []}


@pytest.mark.parametrize(("name", "number"), NEEDED_ROLES.items())
def test_the_roles_that_are_needed_are_azures_own(azure: Azure, name: str, number: str) -> None:
    (found,) = azure("GET", f"{AT}/roleDefinitions?$filter=roleName eq '{name}'", "2022-04-01").json()["value"]
    assert found["name"] == number
    assert found["properties"]["type"] == "BuiltInRole"
    (permission,) = found["properties"]["permissions"]
    assert permission["actions"] or permission["dataActions"]


def test_nothing_is_denied_or_eligible_without_a_scenario(azure: Azure) -> None:
    assert azure("GET", f"{AT}/denyAssignments", "2022-04-01").json()["value"] == []
    eligible = azure("GET", f"{AT}/roleEligibilityScheduleInstances?$filter=asTarget()", "2020-10-01")
    assert eligible.json()["value"] == []


def test_a_denial_wins_over_every_role(azure: Azure, player: Player) -> None:
    player.play("f06-denied")
    assert azure.may(GIVE_ROLES, "Microsoft.Resources/deployments/write") == ["Denied", "Allowed"]
    (denial,) = azure("GET", f"{AT}/denyAssignments", "2022-04-01").json()["value"]
    assert denial["properties"]["permissions"][0]["actions"] == [GIVE_ROLES]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"justification": ""}, "RoleAssignmentRequestPolicyValidationFailed"),
        ({"scheduleInfo": {"expiration": {"duration": "PT9H"}}}, "RoleAssignmentRequestPolicyValidationFailed"),
        ({"roleDefinitionId": NEEDED_ROLES["Reader"]}, "RoleAssignmentDoesNotExist"),
        ({"requestType": "AdminAssign"}, "UnsupportedRequestType"),
    ],
)
def test_an_activation_that_breaks_a_rule_is_refused(azure: Azure, player: Player, change: dict, code: str) -> None:
    player.play("f06-role-not-activated")
    request = {
        "requestType": "SelfActivate",
        "principalId": azure.me,
        "roleDefinitionId": NEEDED_ROLES["Owner"],
        "justification": "tests",
        **change,
    }
    path = f"{AT}/roleAssignmentScheduleRequests/{uuid.uuid4()}"
    answer = azure("PUT", path, "2020-10-01", {"properties": request})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert azure.may(GIVE_ROLES) == ["NotAllowed"]
