"""Managed identities: made over Resource Manager, proven to Entra by the token that Azure DevOps gives a job."""

import uuid
from collections.abc import Iterator

import httpx
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientAssertionCredential
from azure.mgmt.resource import ResourceManagementClient

from tests.sandbox.conftest import RunningCloud
from tests.sandbox.workspaces import ARM, entra_token, http_client
from wizard.sandbox.cloud import Cloud
from wizard.sandbox.entra.federation import AUDIENCE, DEVOPS_ISSUERS, devops_token
from wizard.sandbox.store import Store

CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"
ORGANISATION = "5f0c1c3a-0000-4000-8000-000000000001"
SUBJECT = "sc://contoso/mlops/mlops-wizard-test"
VERSION = "2023-01-31"


class Azure:
    """A resource group with an identity that a service connection may use."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.http = http_client(cloud.environment)
        self.http.headers["Authorization"] = f"Bearer {entra_token(self.http, cloud.environment, ARM)}"
        self.subscription = f"/subscriptions/{cloud.environment['AZURE_SUBSCRIPTION_ID']}"
        self.group = f"{self.subscription}/resourceGroups/rg-identities"
        self("PUT", self.group, "2021-04-01", {"location": "westeurope"}).raise_for_status()
        provider = f"{self.subscription}/providers/Microsoft.ManagedIdentity"
        self("POST", f"{provider}/register", "2021-04-01").raise_for_status()
        while self("GET", provider, "2021-04-01").json()["registrationState"] != "Registered":
            pass
        self.place = (
            f"{self.group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-{uuid.uuid4().hex[:8]}"
        )
        made = self("PUT", self.place, VERSION, {"location": "westeurope", "tags": {"a": "b"}})
        assert made.status_code == 201, made.text
        self.properties = made.json()["properties"]

    def __call__(self, method: str, path: str, version: str, body: object = None) -> httpx.Response:
        return self.http.request(method, f"{ARM}{path}?api-version={version}", json=body)

    def credential(self, name: str, subject: str = SUBJECT, issuer: str = "") -> httpx.Response:
        body = {"issuer": issuer or f"{DEVOPS_ISSUERS}/{ORGANISATION}", "subject": subject, "audiences": [AUDIENCE]}
        return self("PUT", f"{self.place}/federatedIdentityCredentials/{name}", VERSION, {"properties": body})


@pytest.fixture(scope="module")
def azure(cloud: RunningCloud) -> Iterator[Azure]:
    made = Azure(cloud)
    yield made
    made.http.close()


def signed_in(inside: RunningCloud, azure: Azure, subject: str = SUBJECT) -> ClientAssertionCredential:
    cloud = Cloud(inside.folder, Store(inside.folder / "state.sqlite"), 1)

    def assertion() -> str:
        return devops_token(cloud, ORGANISATION, subject)

    return ClientAssertionCredential(azure.properties["tenantId"], azure.properties["clientId"], assertion)


def test_it_is_read_back_changed_listed_and_asked_for_again(azure: Azure) -> None:
    again = azure("PUT", azure.place, VERSION, {"location": "westeurope", "tags": {}})
    assert (again.status_code, again.json()["properties"]) == (200, azure.properties)
    assert azure("GET", azure.place, VERSION).json()["tags"] == {}
    listed = azure("GET", azure.place.rpartition("/")[0], VERSION).json()["value"]
    assert azure.place in [each["id"] for each in listed]


def test_a_job_of_azure_devops_signs_in_and_may_do_what_its_role_allows(inside: RunningCloud, azure: Azure) -> None:
    made = azure.credential("devops")
    assert made.status_code in (200, 201)
    assert azure.credential("devops").status_code == 200
    assert azure.credential("same-again").status_code == 409
    resources = ResourceManagementClient(signed_in(inside, azure), azure.subscription.rpartition("/")[2])
    role = f"{azure.subscription}/providers/Microsoft.Authorization/roleDefinitions/{CONTRIBUTOR}"
    body = {"roleDefinitionId": role, "principalId": azure.properties["principalId"]}
    assignment = f"{azure.group}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    given = azure("PUT", assignment, "2022-04-01", {"properties": {**body, "principalType": "ServicePrincipal"}})
    assert given.status_code == 201, given.text
    assert resources.resource_groups.get("rg-identities").name == "rg-identities"


@pytest.mark.parametrize(
    ("subject", "code"), [("sc://contoso/mlops/renamed", "AADSTS700213"), (SUBJECT.upper(), "AADSTS7002138")]
)
def test_another_subject_is_refused_with_what_was_presented(
    inside: RunningCloud, azure: Azure, subject: str, code: str
) -> None:
    azure.credential("devops")
    with pytest.raises(ClientAuthenticationError) as refused:
        signed_in(inside, azure, subject).get_token(f"{ARM}/.default")
    assert code in str(refused.value)
    assert subject in str(refused.value)


def test_an_assertion_that_nobody_signed_is_refused(azure: Azure, cloud: RunningCloud) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": azure.properties["clientId"],
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": "e30.e30.e30",
        "scope": f"{ARM}/.default",
    }
    tenant = azure.properties["tenantId"]
    answer = azure.http.post(f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token", data=form)
    assert (answer.status_code, answer.json()["error_codes"]) == (401, [700027])


def test_a_credential_and_the_identity_are_taken_away(azure: Azure) -> None:
    azure.credential("short-lived", "sc://contoso/mlops/other").raise_for_status()
    path = f"{azure.place}/federatedIdentityCredentials/short-lived"
    assert azure("GET", path, VERSION).json()["properties"]["subject"] == "sc://contoso/mlops/other"
    assert [azure("DELETE", path, VERSION).status_code for _ in range(2)] == [200, 204]
    assert azure("GET", path, VERSION).status_code == 404
    other = f"{azure.place}-2"
    azure("PUT", other, VERSION, {"location": "westeurope"}).raise_for_status()
    assert [azure("DELETE", other, VERSION).status_code for _ in range(2)] == [200, 204]
