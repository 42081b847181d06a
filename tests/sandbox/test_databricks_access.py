"""Who gets into a workspace: personal access tokens, Entra tokens, and the refusals the clients know."""

import time

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound, PermissionDenied, Unauthenticated

from tests.sandbox.workspaces import ARM, DATABRICKS, entra_token, http_client, new_workspace

INVALID = {"error_code": 403, "message": "Invalid access token."}
ME = "/api/2.0/preview/scim/v2/Me"


@pytest.fixture(scope="module")
def client(in_workspace):
    return WorkspaceClient()


@pytest.fixture
def http(cloud, workspace):
    with http_client(cloud.environment) as client:
        client.base_url = workspace.host
        yield client


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_the_sdk_learns_workspace_and_user(client, cloud, in_workspace):
    assert client.config.auth_type == "pat"
    assert str(client.get_workspace_id()) == in_workspace.workspace_id
    assert client.current_user.me().user_name == cloud.environment["AZURE_CLIENT_ID"]


def test_a_service_principal_signs_in_with_its_secret(in_workspace, cloud, monkeypatch):
    monkeypatch.delenv("DATABRICKS_TOKEN")
    me = WorkspaceClient(
        host=in_workspace.host,
        azure_tenant_id=cloud.environment["AZURE_TENANT_ID"],
        azure_client_id=cloud.environment["AZURE_CLIENT_ID"],
        azure_client_secret=cloud.environment["AZURE_CLIENT_SECRET"],
    ).current_user.me()
    assert me.active


def test_a_token_is_shown_once_listed_and_revoked(client, in_workspace):
    made = client.tokens.create(comment="one of mine", lifetime_seconds=600)
    assert made.token_info.expiry_time - made.token_info.creation_time == 600_000
    with_it = WorkspaceClient(host=in_workspace.host, token=made.token_value)
    assert with_it.current_user.me().active
    assert made.token_info.token_id in {token.token_id for token in client.tokens.list()}
    client.tokens.delete(made.token_info.token_id)
    with pytest.raises(PermissionDenied, match=r"Invalid access token\."):
        with_it.current_user.me()
    with pytest.raises(NotFound):
        client.tokens.delete(made.token_info.token_id)


def test_a_token_without_lifetime_does_not_expire(client):
    made = client.tokens.create(comment="for ever")
    client.tokens.delete(made.token_info.token_id)
    assert made.token_info.expiry_time == -1


def test_a_token_ends_when_its_time_is_over(client, http):
    made = client.tokens.create(comment="short", lifetime_seconds=1)
    deadline = time.monotonic() + 10
    while (answer := http.get(ME, headers=bearer(made.token_value))).status_code == 200:
        assert time.monotonic() < deadline
    assert (answer.status_code, answer.json()) == (403, INVALID)


def test_the_token_of_another_workspace_is_refused(cloud, http):
    other = new_workspace(cloud.environment, "dbw-other")
    answer = http.get(ME, headers=bearer(other.token))
    assert (answer.status_code, answer.json()) == (403, INVALID)


def test_an_entra_token_for_another_service_is_refused_by_its_audience(cloud, http):
    answer = http.get(ME, headers=bearer(entra_token(http, cloud.environment, ARM)))
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(
        f"io.jsonwebtoken.IncorrectClaimException: Expected aud claim to be: {DATABRICKS}, but was: {ARM}"
    )


def test_no_credential_is_unauthenticated(http, in_workspace):
    assert http.get(ME).status_code == 401
    with pytest.raises(Unauthenticated):
        WorkspaceClient(host=in_workspace.host, auth_type="pat", token=" ").current_user.me()


@pytest.mark.parametrize("made_up", ["dapi" + "0" * 32, "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_made_up_tokens_are_refused(http, made_up):
    answer = http.get(ME, headers=bearer(made_up))
    assert (answer.status_code, answer.json()) == (403, INVALID)


def test_an_unknown_route_is_a_clean_404(http, workspace):
    answer = http.post("/api/2.0/nothing/here", headers=bearer(workspace.token), json={})
    expected = {"error_code": "ENDPOINT_NOT_FOUND", "message": "No API found for 'POST /api/2.0/nothing/here'"}
    assert (answer.status_code, answer.json()) == (404, expected)


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff"])
def test_a_body_that_is_no_json_object_is_malformed(http, workspace, body):
    answer = http.post("/api/2.0/token/create", headers=bearer(workspace.token), content=body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "MALFORMED_REQUEST")


def test_token_values_rest_nowhere(client, cloud):
    made = client.tokens.create(comment="secret", lifetime_seconds=600)
    files = [file for file in cloud.folder.rglob("*") if file.is_file()]
    holding = [file.name for file in files if made.token_value.encode() in file.read_bytes()]
    client.tokens.delete(made.token_info.token_id)
    assert holding == []
