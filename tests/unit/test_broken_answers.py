"""A page for people, or an answer that breaks off, is never taken for a success, and says nothing about the thing."""

import pytest
import requests

from tests.unit.wire import FixedCredential, install
from wizard.clients import scoring
from wizard.clients.blobs import Blobs
from wizard.clients.databricks import Databricks, TokenSignIn
from wizard.clients.databricks_workspaces import DatabricksWorkspaces
from wizard.clients.key_vaults import KeyVaults
from wizard.clients.ml_services import MLServices
from wizard.clients.resource_groups import ResourceGroups
from wizard.clients.storage_accounts import StorageAccounts
from wizard.clients.vault_secrets import VaultSecrets
from wizard.engine.errors import UnreachableError
from wizard.engine.secrets import Secret

PAGE = b"<!DOCTYPE html><html><head><title>Welcome to the hotel's network</title></head></html>"
ME = FixedCredential()


def blobs():
    return Blobs("stwine.blob.core.windows.net", "stwine", Secret("a2V5"))


def databricks():
    return Databricks("adb-1.2.azuredatabricks.net", TokenSignIn(Secret("dapi0")))


CALLS = {
    "read a container": lambda: blobs().container("data"),
    "list containers": lambda: blobs().containers(),
    "make a container": lambda: blobs().create_container("data"),
    "delete a container": lambda: blobs().delete_container("data"),
    "look at a blob": lambda: blobs().blob("data", "wine.csv"),
    "read a blob": lambda: blobs().read("data", "wine.csv"),
    "write a blob": lambda: blobs().upload("data", "wine.csv", b"x", lambda _: None),
    "delete a blob": lambda: blobs().delete("data", "wine.csv"),
    "delete a group": lambda: ResourceGroups(ME, "s").delete("g"),
    "delete an account": lambda: StorageAccounts(ME, "s").delete("g", "stwine"),
    "delete a vault": lambda: KeyVaults(ME, "s").delete("g", "kv"),
    "delete a workspace": lambda: DatabricksWorkspaces(ME, "s").delete("g", "dbw"),
    "delete a service": lambda: MLServices("https://x.api.azureml.ms", "/subscriptions/s", ME).delete("wine"),
    "read a secret": lambda: VaultSecrets("kv.vault.azure.net", ME).get("cmr-token"),
    "ask a service": lambda: scoring.ask("http://wine.example.org/score", None, [[1.0]]),
    "read a file of a volume": lambda: databricks().volumes.read("/Volumes/a/b/c/wine.csv"),
}
BROKEN = requests.exceptions.ChunkedEncodingError("Connection broken: ConnectionResetError(104, 'reset by peer')")


@pytest.fixture
def wire(monkeypatch):
    return install(monkeypatch)


@pytest.mark.parametrize("call", CALLS)
def test_a_page_is_no_success(wire, call):
    wire.body, wire.headers = PAGE, {"Content-Type": "text/html; charset=utf-8"}
    with pytest.raises(UnreachableError) as caught:
        CALLS[call]()
    assert "a web page" in caught.value.message
    assert caught.value.fix


@pytest.mark.parametrize("call", CALLS)
def test_an_answer_that_breaks_off_is_no_refusal(wire, call):
    wire.body = BROKEN
    with pytest.raises(UnreachableError) as caught:
        CALLS[call]()
    assert "the connection broke off" in caught.value.message
    assert caught.value.fix


def test_a_services_numbers_that_break_off_are_no_wrong_answer(wire):
    wire.body = b"[5.1, 5."
    with pytest.raises(UnreachableError):
        CALLS["ask a service"]()
    wire.body, wire.headers = b"five", {"Content-Type": "text/plain"}
    assert scoring.ask("http://wine.example.org/score", None, [[1.0]]).body is None
