"""Whatever goes wrong on the wire comes out of the clients as an engine error: through the vendors' real SDKs."""

import json

import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError

from tests.unit.wire import FixedCredential, install
from wizard.clients.azure_login import FreshAfterFailure
from wizard.clients.databricks import Databricks, TokenSignIn
from wizard.clients.databricks_workspaces import DatabricksWorkspaces
from wizard.clients.faults import translated
from wizard.clients.resource_groups import ResourceGroups
from wizard.clients.storage_accounts import StorageAccounts
from wizard.engine.errors import NotFoundError, NotSignedInError, ServiceError, UnreachableError
from wizard.engine.secrets import Secret

HTML = b"<!DOCTYPE html><html><head><title>Sign in to the hotel's network</title></head></html>"


@pytest.fixture
def wire(monkeypatch):
    return install(monkeypatch)


def read_group(_):
    return ResourceGroups(FixedCredential(), "s").get("g")


def read_account(_):
    return StorageAccounts(FixedCredential(), "s").get("g", "n")


def read_workspace(_):
    return DatabricksWorkspaces(FixedCredential(), "s").get("g", "n")


def read_me(_):
    return Databricks("adb-1.2.azuredatabricks.net", TokenSignIn(Secret("dapi0"))).me()


CALLS = [read_group, read_account, read_workspace, read_me]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("error", "says"),
    [
        (requests.ConnectionError("Failed to resolve: [Errno -2] Name or service not known"), "does not resolve"),
        (requests.ConnectionError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"), "not trusted"),
        (requests.ConnectTimeout("timed out"), "in time"),
        (requests.ReadTimeout("read timed out"), "in time"),
        (requests.exceptions.ProxyError("Tunnel connection failed: 403 Forbidden"), "proxy"),
        (requests.ConnectionError("Connection reset by peer"), "broke off"),
        (requests.ConnectionError("[Errno 111] Connection refused"), "refused"),
    ],
)
def test_no_network(wire, call, error, says):
    wire.body = error
    with pytest.raises(UnreachableError) as caught:
        call(wire)
    assert says in caught.value.message
    assert caught.value.fix


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("body", "headers", "says"),
    [
        (HTML, {"Content-Type": "text/html"}, "instead of JSON"),
        (HTML, {"Content-Type": "application/json"}, "instead of JSON"),
        (b'{"id": "x", "loca', {"Content-Type": "application/json"}, "instead of JSON"),
    ],
)
def test_foreign_answers(wire, call, body, headers, says):
    wire.body, wire.headers = body, headers
    with pytest.raises(UnreachableError) as caught:
        call(wire)
    assert says in caught.value.message
    assert "Traceback" not in caught.value.message


def test_not_found_is_knowledge(wire):
    wire.status, wire.body = 404, b'{"error":{"code":"ResourceGroupNotFound","message":"gone"}}'
    assert read_group(wire) is None
    assert read_account(wire) is None
    assert read_workspace(wire) is None


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (403, {"error": {"code": "AuthorizationFailed", "message": "The client has no right."}}, ServiceError, None),
        (401, {"error": {"code": "ExpiredAuthenticationToken", "message": "expired"}}, NotSignedInError, None),
        (409, {"error": {"code": "MissingSubscriptionRegistration", "message": "not registered"}}, ServiceError, None),
        (429, {"error": {"code": "TooManyRequests", "message": "slow down"}}, ServiceError, None),
        (503, {"error": {"code": "ServerBusy", "message": "busy"}}, ServiceError, None),
    ],
)
def test_azure_refusals(wire, status, body, kind, code):
    wire.status, wire.body = status, json.dumps(body).encode()
    wire.headers = {"Content-Type": "application/json", "Retry-After": "1"}
    with pytest.raises(kind) as caught:
        read_group(wire)
    assert caught.value.status == status
    assert caught.value.code == body["error"]["code"]
    assert body["error"]["message"] in caught.value.message
    assert json.loads(caught.value.body) == body


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (403, b'{"error_code":403,"message":"Invalid access token."}', NotSignedInError, "403"),
        (403, b"<html><head><title>Error 403 Invalid access token.</title></head></html>", NotSignedInError, None),
        (403, b'{"error_code":"PERMISSION_DENIED","message":"no right to tokens"}', ServiceError, "PERMISSION_DENIED"),
        (401, b'{"error_code":"UNAUTHENTICATED","message":"who?"}', NotSignedInError, "UNAUTHENTICATED"),
        (404, b'{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"gone"}', NotFoundError, "RESOURCE_DOES_NOT_EXIST"),
        (400, b'{"error_code":"INVALID_PARAMETER_VALUE","message":"bad"}', ServiceError, "INVALID_PARAMETER_VALUE"),
        (429, b'{"error_code":"REQUEST_LIMIT_EXCEEDED","message":"slow down"}', ServiceError, "REQUEST_LIMIT_EXCEEDED"),
        (503, b'{"error_code":"TEMPORARILY_UNAVAILABLE","message":"later"}', ServiceError, "TEMPORARILY_UNAVAILABLE"),
    ],
)
def test_databricks_refusals(wire, status, body, kind, code):
    wire.status, wire.body = status, body
    with pytest.raises(ServiceError) as caught:
        read_me(wire)
    assert type(caught.value) is kind
    assert caught.value.status == status
    assert code in (None, caught.value.code)


def test_a_wrong_client_secret_keeps_its_entra_code():
    text = "AADSTS7000215: Invalid client secret provided. Trace ID: 1 Correlation ID: 2"
    with pytest.raises(NotSignedInError) as caught, translated("Entra"):
        raise ClientAuthenticationError(message=f"Authentication failed: {text}")
    assert caught.value.code == "AADSTS7000215"
    assert "Trace ID" not in caught.value.message


def test_a_lost_connection_inside_the_sign_in_is_no_refusal():
    wrapped = ClientAuthenticationError(message="Authentication failed")
    wrapped.__cause__ = requests.ConnectionError("Name or service not known")
    with pytest.raises(UnreachableError), translated("Entra"):
        raise wrapped


def test_a_refusal_of_a_plain_request_keeps_its_status(wire):
    wire.status, wire.body = 500, b'{"error":{"code":"Oops","message":"broken over there"}}'
    with pytest.raises(ServiceError) as caught, translated("Azure ML"):
        requests.get("https://x.example.org", timeout=1).raise_for_status()
    assert (caught.value.status, caught.value.code) == (500, "Oops")
    assert "wait a minute" in caught.value.fix


def test_a_fault_of_the_sign_in_service_is_no_refusal():
    with pytest.raises(ServiceError) as caught, translated("Key Vault"):
        raise ClientAuthenticationError(message="Authentication failed: HTTP Error: 500")
    assert (caught.value.status, caught.value.service) == (500, "Entra")
    assert not isinstance(caught.value, NotSignedInError)


def test_a_sign_in_that_failed_is_tried_anew_and_not_repeated_from_memory():
    made = []

    def make():
        made.append(FixedCredential() if made else Failing())
        return made[-1]

    class Failing:
        def get_token(self, *_, **__):
            raise ClientAuthenticationError(message="Authentication failed: HTTP Error: 500")

    credential = FreshAfterFailure(make)
    with pytest.raises(ClientAuthenticationError):
        credential.get_token("scope")
    assert credential.get_token("scope").token == "token"
    assert len(made) == 2


def test_a_page_at_the_sign_in_is_no_refusal():
    wrapped = ClientAuthenticationError(message="Authentication failed: Expecting value: line 1 column 1 (char 0)")
    wrapped.__cause__ = json.JSONDecodeError("Expecting value", "<html>", 0)
    with pytest.raises(UnreachableError, match=r"Entra gave a web page"), translated("Databricks"):
        raise wrapped


def test_a_fault_of_our_own_is_not_dressed_up():
    with pytest.raises(KeyError), translated("Azure"):
        raise KeyError("x")
