"""Signing in to the sandbox cloud with the clients people use: what works and what is refused, in the real words."""

import time

import httpx
import jwt
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential, DeviceCodeCredential

from tests.sandbox.workspaces import http_client
from wizard.sandbox import control
from wizard.sandbox.cloud import DATABRICKS_APP_ID, Cloud
from wizard.sandbox.entra import tokens
from wizard.sandbox.entra.directory import Directory
from wizard.sandbox.store import Store

ARM = "https://management.azure.com/.default"
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"


@pytest.fixture
def http(cloud):
    with http_client(cloud.environment) as client:
        yield client


def credential(cloud, **changes):
    names = {"tenant_id": "AZURE_TENANT_ID", "client_id": "AZURE_CLIENT_ID", "client_secret": "AZURE_CLIENT_SECRET"}
    return ClientSecretCredential(**{k: cloud.environment[v] for k, v in names.items()} | changes)


def ask(http: httpx.Client, cloud, **form) -> httpx.Response:
    tenant = form.pop("tenant", cloud.environment["AZURE_TENANT_ID"])
    return http.post(f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token", data=form)


def test_a_service_principal_gets_a_token_that_the_published_keys_prove(inside, http):
    token = credential(inside).get_token(ARM).token
    keys = http.get(f"https://login.microsoftonline.com/{inside.environment['AZURE_TENANT_ID']}/discovery/v2.0/keys")
    key = jwt.PyJWK(keys.json()["keys"][0])
    claims = jwt.decode(token, key.key, algorithms=["RS256"], audience="https://management.azure.com")
    assert claims["tid"] == inside.environment["AZURE_TENANT_ID"]
    assert claims["appid"] == inside.environment["AZURE_CLIENT_ID"]
    assert 3500 < claims["exp"] - time.time() <= 3599


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_secret": "not-the-secret"}, "AADSTS7000215"),
        ({"client_id": "11111111-2222-3333-4444-555555555555"}, "AADSTS700016"),
        # msal puts its own words in the place of AADSTS90002
        ({"tenant_id": "11111111-2222-3333-4444-555555555555"}, "double check your tenant name"),
    ],
)
def test_wrong_credentials_are_refused(inside, changes, words):
    with pytest.raises((ClientAuthenticationError, ValueError), match=words):
        credential(inside, **changes).get_token(ARM)


def test_an_unknown_tenant_is_refused(cloud, http):
    answer = ask(http, cloud, tenant="contoso.onmicrosoft.com", grant_type="client_credentials")
    assert (answer.status_code, answer.json()["error_codes"]) == (400, [90002])


def test_an_unknown_resource_is_refused(inside):
    with pytest.raises(ClientAuthenticationError, match="AADSTS500011"):
        credential(inside).get_token("https://no.such.resource/.default")


def test_a_refusal_has_the_real_body(cloud, http):
    answer = ask(
        http,
        cloud,
        grant_type="client_credentials",
        client_id=cloud.environment["AZURE_CLIENT_ID"],
        client_secret="wrong",
        scope=ARM,
    )
    assert answer.status_code == 401
    assert answer.headers["x-mlops-sandbox"] == "1"
    body = answer.json()
    assert body["error"] == "invalid_client"
    assert body["error_codes"] == [7000215]
    assert set(body) >= {"error_description", "timestamp", "trace_id", "correlation_id", "error_uri"}


def test_a_person_signs_in_with_a_device_code(inside):
    shown = []
    person = DeviceCodeCredential(client_id=AZURE_CLI, prompt_callback=lambda *what: shown.append(what))
    claims = jwt.decode(person.get_token(ARM).token, options={"verify_signature": False})
    assert claims["upn"].endswith(".onmicrosoft.com")
    assert len(shown) == 1
    databricks = person.get_token(f"{DATABRICKS_APP_ID}/.default").token  # by refresh token: nothing shown
    assert jwt.decode(databricks, options={"verify_signature": False})["aud"] == DATABRICKS_APP_ID
    assert len(shown) == 1


@pytest.fixture(scope="module")
def slow_cloud(tmp_path_factory):
    """A cloud in real time, in which a device code waits for its approval."""
    folder = tmp_path_factory.mktemp("slow")
    control.start(folder, speed=0.01)
    yield type("Slow", (), {"folder": folder, "environment": control.environment(folder)})
    control.stop(folder)


def test_a_device_code_waits_until_somebody_approves_it(slow_cloud):
    with http_client(slow_cloud.environment) as http:
        base = f"https://login.microsoftonline.com/{slow_cloud.environment['AZURE_TENANT_ID']}/oauth2/v2.0"
        flow = http.post(f"{base}/devicecode", data={"client_id": AZURE_CLI, "scope": ARM}).json()
        form = {
            "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
            "client_id": AZURE_CLI,
            "device_code": flow["device_code"],
        }
        pending = http.post(f"{base}/token", data=form)
        assert (pending.status_code, pending.json()["error"]) == (400, "authorization_pending")
        with pytest.raises(control.SandboxError, match="not found"):
            control.approve(slow_cloud.folder, "WRONGCODE")
        control.approve(slow_cloud.folder, flow["user_code"])
        assert http.post(f"{base}/token", data=form).status_code == 200
        again = http.post(f"{base}/token", data=form)
        assert (again.status_code, again.json()["error"]) == (400, "bad_verification_code")


def test_the_browser_sign_in_needs_the_right_verifier_and_works_once(cloud, http):
    base = f"https://login.microsoftonline.com/{cloud.environment['AZURE_TENANT_ID']}/oauth2/v2.0"
    redirect = "http://localhost:8400"
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # of the verifier below: RFC 7636, appendix B

    def code() -> str:
        query = {
            "client_id": AZURE_CLI,
            "redirect_uri": redirect,
            "response_type": "code",
            "scope": f"{ARM} openid",
            "state": "s",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        answer = http.get(f"{base}/authorize", params=query)
        assert answer.status_code == 302
        return httpx.URL(answer.headers["location"]).params["code"]

    form = {"grant_type": "authorization_code", "client_id": AZURE_CLI, "redirect_uri": redirect}
    wrong = http.post(f"{base}/token", data={**form, "code": code(), "code_verifier": "wrong"})
    assert wrong.json()["error_codes"] == [501481]
    right = {**form, "code": code(), "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"}
    assert set(http.post(f"{base}/token", data=right).json()) >= {
        "access_token",
        "refresh_token",
        "id_token",
        "client_info",
    }
    assert http.post(f"{base}/token", data=right).json()["error_codes"] == [54005]


def test_a_browser_is_not_sent_to_a_foreign_address(cloud, http):
    query = {"client_id": AZURE_CLI, "redirect_uri": "https://example.org/", "response_type": "code", "scope": ARM}
    url = f"https://login.microsoftonline.com/{cloud.environment['AZURE_TENANT_ID']}/oauth2/v2.0/authorize"
    assert http.get(url, params=query).json()["error_codes"] == [50011]


class TestPrincipalOf:
    """What every service of the cloud asks: whose token is this?"""

    @pytest.fixture
    def own(self, tmp_path):
        cloud = Cloud(tmp_path, Store(tmp_path / "state.sqlite"))
        return cloud, Directory(cloud).user()

    def test_a_good_token_names_its_principal(self, own):
        cloud, user = own
        token = tokens.access_token(cloud, user, "https://management.azure.com/", AZURE_CLI)
        assert tokens.principal_of(cloud, f"Bearer {token}", ["https://management.azure.com"]) == user

    def reason(self, cloud, token):
        with pytest.raises(tokens.TokenRefused) as refused:
            tokens.principal_of(cloud, token, ["https://management.azure.com"])
        return refused.value.reason

    def test_bad_tokens_are_told_apart(self, own, tmp_path_factory, monkeypatch):
        cloud, user = own
        folder = tmp_path_factory.mktemp("other")
        other = Cloud(folder, Store(folder / "state.sqlite"))
        foreign = tokens.access_token(other, user, "https://management.azure.com", AZURE_CLI)
        for_databricks = tokens.access_token(cloud, user, DATABRICKS_APP_ID, AZURE_CLI)
        monkeypatch.setattr(tokens, "LIFETIME", -1)
        old = tokens.access_token(cloud, user, "https://management.azure.com", AZURE_CLI)
        assert self.reason(cloud, "") == "missing"
        assert self.reason(cloud, "dapi0123") == "malformed"
        assert self.reason(cloud, foreign) == "signature"
        assert self.reason(cloud, for_databricks) == "audience"
        assert self.reason(cloud, old) == "expired"
        claims = {"aud": "https://management.azure.com", "oid": user.object_id, "exp": time.time() + 60}
        unsigned = jwt.encode(claims, "", algorithm="none")
        assert self.reason(cloud, unsigned) == "signature"
