"""Who gets into the organisation, what they are told otherwise, and by which names it goes."""

import secrets
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.sandbox.devops_access import basic, connection, rest, service_principal
from tests.sandbox.workspaces import entra_token, http_client
from wizard.sandbox.cloud import DEVOPS_APP_ID, Cloud
from wizard.sandbox.devops.service import DevOps
from wizard.sandbox.entra.directory import Directory
from wizard.sandbox.entra.tokens import access_token
from wizard.sandbox.store import Store

SUPPRESS = {"X-TFS-FedAuthRedirect": "Suppress"}


@pytest.fixture
def http(cloud):
    with rest(cloud.environment) as client:
        yield client


class TestStrangers:
    """Requests that prove nobody."""

    @pytest.mark.parametrize("authorization", ["none", basic("x" * 52), "Bearer a.b.c", "Basic ???", "Basic Og=="])
    def test_they_see_a_sign_in_page_with_203(self, cloud, authorization):
        with rest(cloud.environment, authorization) as stranger:
            answer = stranger.get("_apis/connectionData")
        assert answer.status_code == 203
        assert answer.headers["content-type"].startswith("text/html")
        assert "Sign In" in answer.text

    def test_clients_that_ask_for_no_page_get_401(self, cloud):
        with rest(cloud.environment, "none") as stranger:
            asked = stranger.get("_apis/projects", headers=SUPPRESS)
            options = stranger.request("OPTIONS", "_apis")
        for answer in (asked, options):
            assert (answer.status_code, answer.text) == (401, "")
            assert 'Basic realm="https://dev.azure.com/' in answer.headers["www-authenticate"]

    def test_the_vendors_client_says_so(self, inside):
        from azure.devops.exceptions import AzureDevOpsAuthenticationError

        with pytest.raises(AzureDevOpsAuthenticationError, match="requires user authentication"):
            connection(
                inside.environment | {"AZURE_DEVOPS_ORG_URL": "https://dev.azure.com/other"}, "wrong"
            ).authenticate()

    def test_a_token_for_another_service_is_none(self, cloud):
        with http_client(cloud.environment) as http:
            arm = entra_token(http, cloud.environment, "https://management.azure.com")
        with rest(cloud.environment, f"Bearer {arm}") as stranger:
            assert stranger.get("_apis/projects").status_code == 203


class TestTokens:
    """Personal access tokens: made with a sign-in, for a purpose, until a moment."""

    @pytest.fixture
    def make(self, cloud):
        """Make a token of the service principal's, and keep what the answer says."""

        def token(**body):
            with rest(cloud.environment, service_principal(cloud.environment)) as signed_in:
                url = cloud.environment["AZURE_DEVOPS_ORG_URL"].replace("//dev.", "//vssps.dev.")
                body = {"displayName": secrets.token_hex(3), "scope": "app_token", **body}
                return signed_in.post(f"{url}/_apis/tokens/pats", json=body)

        return token

    def test_scopes_are_kept_to(self, cloud, make):
        made = make(scope="vso.code").json()["patToken"]
        project = cloud.environment["AZURE_DEVOPS_PROJECT"]
        with rest(cloud.environment, basic(made["token"])) as http:
            assert http.get(f"{project}/_apis/git/repositories").status_code == 200
            refused = http.post(f"{project}/_apis/git/repositories", json={"name": "never"})
        assert (refused.status_code, refused.json()["typeKey"]) == (401, "UnauthorizedRequestException")
        assert refused.json()["message"].startswith("TF400813: The user '")

    def test_its_end_is_kept_to(self, cloud, make):
        end = datetime.now(UTC) + timedelta(seconds=1)
        made = make(validTo=end.isoformat()).json()["patToken"]
        with rest(cloud.environment, basic(made["token"])) as http:
            deadline = time.monotonic() + 15
            while (answer := http.get("_apis/connectionData")).status_code == 200:
                assert time.monotonic() < deadline
        assert answer.status_code == 401
        assert answer.text == "Access Denied: The Personal Access Token used has expired."

    def test_listed_without_the_secret_and_revoked(self, cloud, make):
        made = make().json()["patToken"]
        url = cloud.environment["AZURE_DEVOPS_ORG_URL"].replace("//dev.", "//vssps.dev.") + "/_apis/tokens/pats"
        which = {"authorizationId": made["authorizationId"]}
        with rest(cloud.environment, service_principal(cloud.environment)) as http:
            listed = {each["authorizationId"]: each["token"] for each in http.get(url).json()["patTokens"]}
            assert listed[made["authorizationId"]] is None
            assert http.delete(url, params=which).status_code == 204
        with rest(cloud.environment, basic(made["token"])) as http:
            assert http.get("_apis/connectionData").status_code == 203

    def test_a_token_makes_no_tokens(self, cloud, http):
        url = cloud.environment["AZURE_DEVOPS_ORG_URL"].replace("//dev.", "//vssps.dev.") + "/_apis/tokens/pats"
        assert http.post(url, json={"displayName": "another"}).status_code == 401

    @pytest.mark.parametrize("end", ["2001-01-01T00:00:00Z", "2101-01-01T00:00:00Z", "soon"])
    def test_impossible_ends(self, make, end):
        assert make(validTo=end).status_code == 400


async def test_somebody_of_the_tenant_who_is_no_member(tmp_path):
    """The organisation itself, in this process: its door before and after somebody was taken out."""
    cloud = Cloud(tmp_path, Store(tmp_path / "state.sqlite"))
    directory = Directory(cloud)
    service, user = DevOps(cloud), directory.user()
    token = access_token(cloud, user, DEVOPS_APP_ID, "client")
    url = f"{service._tenancy.name}/_apis/connectionData"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(service), base_url="https://dev.azure.com") as http:
        http.headers["Authorization"] = f"Bearer {token}"
        assert (await http.get(url)).status_code == 200
        service._tenancy.identities.expel(user.object_id)
        refused = await http.get(url)
    assert refused.status_code == 401
    assert refused.json()["message"] == (
        f"TF400813: The user '{user.object_id}' is not authorized to access this resource."
    )


class TestAddresses:
    """Hosts, organisations and paths."""

    def test_the_older_address_of_the_organisation(self, cloud, http):
        name = cloud.environment["AZURE_DEVOPS_ORG_URL"].rsplit("/", 1)[1]
        project = cloud.environment["AZURE_DEVOPS_PROJECT"]
        for base in (f"https://{name}.visualstudio.com", f"https://{name}.visualstudio.com/DefaultCollection"):
            found = http.get(f"{base}/_apis/projects/{project}").json()
            assert found["url"].startswith(f"https://{name}.visualstudio.com/_apis/projects/")
            assert http.get(f"{base}/{project}/_git/{project}/info/refs?service=git-upload-pack").status_code == 200

    def test_another_organisation_is_not_found(self, http):
        answer = http.get("https://dev.azure.com/some-other-organisation/_apis/projects")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")

    def test_unknown_resources_and_methods(self, http):
        missing = http.get("_apis/nothing/here")
        assert (missing.status_code, missing.json()["typeKey"]) == (404, "HttpException")
        assert http.put("_apis/projects").status_code == 405

    def test_an_area_that_only_the_deployment_might_know(self, inside):
        from azure.devops.exceptions import AzureDevOpsClientRequestError

        url = inside.environment["AZURE_DEVOPS_ORG_URL"]
        with rest(inside.environment) as http:
            areas = http.get(f"{url}/_apis/ResourceAreas").json()["value"]
            assert all(area["locationUrl"].endswith(f"/{url.rsplit('/', 1)[1]}/") for area in areas)
            known = http.get(f"https://app.vssps.visualstudio.com/_apis/ResourceAreas/{areas[0]['id']}").json()
            assert known == areas[0]
        unknown = connection(inside.environment, inside.environment["AZURE_DEVOPS_EXT_PAT"])
        with pytest.raises(AzureDevOpsClientRequestError, match="Could not find information for resource area"):
            unknown._get_url_for_client_instance(type("Client", (), {"resource_area_identifier": "0" * 36}))

    def test_traffic_keeps_no_token(self, cloud, http):
        http.get("_apis/connectionData?marker=none")
        assert cloud.environment["AZURE_DEVOPS_EXT_PAT"] not in (cloud.folder / "traffic.jsonl").read_text()


class TestVersions:
    """api-version, in the Accept header or the address."""

    @pytest.mark.parametrize(
        ("method", "path", "version", "type_key"),
        [
            ("GET", "_apis/projects", "9.0", "VssVersionOutOfRangeException"),
            ("GET", "_apis/connectionData", "7.1", "VssInvalidPreviewVersionException"),
            ("GET", "_apis/projects", "newest", "VssInvalidApiResourceVersionException"),
            ("POST", "_apis/projects", "", "VssVersionNotSpecifiedException"),
        ],
    )
    def test_bad_ones(self, cloud, http, method, path, version, type_key):
        accept = f"application/json;api-version={version}" if version else "application/json"
        answer = http.request(method, path, headers={"Accept": accept}, json={} if method == "POST" else None)
        assert (answer.status_code, answer.json()["typeKey"]) == (400, type_key)

    def test_the_answer_names_the_version(self, http):
        answer = http.get("_apis/projects", headers={"Accept": "application/json;api-version=7.0"})
        assert answer.headers["content-type"] == "application/json; charset=utf-8; api-version=7.0"
        assert http.get("_apis/projects", headers={"Accept": "application/json"}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "{p}/_apis/git/repositories", "not json"),
        ("POST", "{p}/_apis/git/repositories", "[]"),
        ("POST", "{p}/_apis/git/repositories", "{}"),
        ("POST", "_apis/projects", '{"name": "x"}'),
        ("POST", "{p}/_apis/git/repositories/{p}/refs", "{}"),
        ("POST", "{p}/_apis/git/repositories/{p}/refs", "[1]"),
        ("POST", "{p}/_apis/git/repositories/{p}/pushes", '{"refUpdates": [{}], "commits": [{}]}'),
        ("POST", "{p}/_apis/git/repositories/{p}/pushes", '{"refUpdates": 1}'),
        ("POST", "{p}/_apis/git/repositories/{p}/pullRequests", '{"title": 7}'),
        ("POST", "{p}/_apis/policy/configurations", '{"type": {"id": "fa4e907d-c16b-4a4c-9dfa-4906e5d171dd"}}'),
        ("POST", "_apis/AccessControlEntries/2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87", '{"token": "t"}'),
        ("POST", "_apis/Security/PermissionEvaluationBatch", '{"evaluations": [1]}'),
        ("GET", "_apis/projects?$top=many", None),
    ],
)
def test_bodies_that_make_no_sense_are_refused(cloud, http, method, path, body):
    path = path.format(p=cloud.environment["AZURE_DEVOPS_PROJECT"])
    answer = http.request(method, path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert answer.json()["message"]
