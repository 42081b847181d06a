"""Whatever goes wrong with Azure DevOps comes out of its client as an engine error: through the vendor's package."""

import json
from pathlib import Path

import pytest
import requests

from tests.unit.wire import FixedCredential, install
from wizard.engine.errors import NotFoundError, NotSignedInError, ServiceError, UnreachableError
from wizard.engine.secrets import Secret

URL = "https://dev.azure.com/contoso"
RECORDED = Path(__file__).parents[1] / "contract/vendors/recordings/devops"
SIGN_IN = b"<!DOCTYPE html><html><head><title>Azure DevOps Services | Sign In</title></head></html>"


@pytest.fixture
def wire(monkeypatch):
    return install(monkeypatch)


@pytest.fixture
def devops(wire, monkeypatch, tmp_path):
    """A client that has seen the recorded location table already."""
    monkeypatch.setenv("AZURE_DEVOPS_CACHE_DIR", str(tmp_path))
    from azure.devops.client import Client

    from wizard.clients.devops import DevOps
    from wizard.clients.devops_sign_in import TokenSignIn

    client = DevOps(URL, TokenSignIn(Secret("pat")))
    recorded = json.loads((RECORDED / "resource-locations-options.json").read_text())["response"]["body"]["value"]
    locations = client._core._base_deserialize("[ApiResourceLocation]", recorded)
    monkeypatch.setitem(Client._locations_cache, client._core.normalized_url, locations)
    return client


def refusal(message, type_key="Exception"):
    return json.dumps({"$id": "1", "message": message, "typeKey": type_key, "errorCode": 0, "eventId": 3000}).encode()


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (requests.ConnectionError("[Errno -2] Name or service not known"), "does not resolve"),
        (requests.ConnectionError("CERTIFICATE_VERIFY_FAILED"), "not trusted"),
        (requests.ReadTimeout("read timed out"), "in time"),
    ],
)
def test_no_network(wire, devops, error, says):
    wire.body = error
    with pytest.raises(UnreachableError, match=says):
        devops.me()


def test_a_page_of_somebody_else_is_no_word_about_the_sign_in(wire, devops):
    wire.body, wire.headers = b"<html><title>Welcome to the hotel</title></html>", {"Content-Type": "text/html"}
    with pytest.raises(UnreachableError, match="a web page"):
        devops.me()


@pytest.mark.parametrize(
    ("status", "headers"), [(203, {"Content-Type": "text/html"}), (200, {"Content-Type": "text/html"})]
)
def test_a_sign_in_page_is_no_answer(wire, devops, status, headers):
    wire.status, wire.body, wire.headers = status, SIGN_IN, headers
    with pytest.raises(NotSignedInError, match="sign-in page") as caught:
        devops.me()
    assert caught.value.fix


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (401, b"", NotSignedInError, ""),
        (401, b"Access Denied: The Personal Access Token used has expired.", NotSignedInError, ""),
        (
            401,
            refusal("TF400813: The user 'x' is not authorized to access this resource."),
            NotSignedInError,
            "TF400813",
        ),
        (403, refusal("TF401027: You need the Git 'GenericContribute' permission"), ServiceError, "TF401027"),
        (409, refusal("TF400948: A Git repository with the name x already exists."), ServiceError, "TF400948"),
        (400, refusal("Value cannot be null.", "ArgumentNullException"), ServiceError, "ArgumentNullException"),
        (429, b"", ServiceError, ""),
    ],
)
def test_refusals(wire, devops, status, body, kind, code):
    wire.status, wire.body = status, body
    wire.headers = {"Content-Type": "application/json" if body.startswith(b"{") else "text/plain"}
    with pytest.raises(ServiceError) as caught:
        devops.create_repository("mlops", "x")
    assert (type(caught.value), caught.value.status, caught.value.code) == (kind, status, code)
    assert caught.value.body == body.decode()


def test_missing_things_are_knowledge(wire, devops):
    wire.status, wire.body = 404, refusal("TF200016: The following project does not exist: x.")
    assert devops.project("x") is None
    assert devops.repository("x", "y") is None


def test_a_missing_organisation_is_an_error(wire, devops):
    wire.status, wire.body, wire.headers = 404, b"<html><title>404</title></html>", {"Content-Type": "text/html"}
    with pytest.raises(NotFoundError):
        devops.project("x")


def test_half_an_answer_is_none(wire, devops):
    wire.body = b'{"count": 1, "val'
    with pytest.raises(UnreachableError):
        devops.projects()


def test_each_request_is_signed_anew(wire, monkeypatch, tmp_path):
    monkeypatch.setenv("AZURE_DEVOPS_CACHE_DIR", str(tmp_path))
    from wizard.clients.devops_sign_in import EntraSignIn, TokenSignIn

    assert EntraSignIn(FixedCredential()).signed_session().headers["Authorization"] == "Bearer token"
    assert TokenSignIn(Secret("pat")).signed_session().headers["Authorization"] == "Basic OnBhdA=="


def test_a_pipeline_that_is_deleted_between_its_listing_and_its_reading_is_none(wire, devops, monkeypatch):
    listed = b'{"count": 1, "value": [{"id": 7, "name": "wine"}]}'
    answers = iter([(200, listed), (404, refusal("VS800075: The definition does not exist.", "DefinitionNotFound"))])
    send = wire.send

    def one_by_one(request):
        wire.status, wire.body = next(answers)
        return send(request)

    monkeypatch.setattr(wire, "send", one_by_one)
    assert devops.pipelines.get("mlops", "wine") is None
    assert next(answers, None) is None
