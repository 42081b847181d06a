"""Management locks of the sandbox's Resource Manager: what they forbid, and who is told which scope is locked."""

import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.sandbox.conftest import RunningCloud
from tests.sandbox.test_authorization import AT, Azure

VERSION = "2020-05-01"


@pytest.fixture
def azure(cloud: RunningCloud) -> Iterator[Azure]:
    made = Azure(cloud)
    yield made
    made.http.close()


@pytest.fixture
def group(azure: Azure) -> str:
    path = f"/resourceGroups/rg-{uuid.uuid4().hex[:8]}"
    azure("PUT", path, "2021-04-01", {"location": "eastus"}).raise_for_status()
    return path


@pytest.fixture
def set_lock(azure: Azure) -> Iterator:
    made = []

    def set_(scope: str, level: str) -> httpx.Response:
        made.append(f"{scope}{AT}/locks/keep")
        return azure("PUT", made[-1], VERSION, {"properties": {"level": level, "notes": "Ask first"}})

    yield set_
    for path in made:
        azure("DELETE", path, VERSION).raise_for_status()


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"] if answer.status_code >= 400 else ""


def test_a_read_only_lock_forbids_every_change_beneath_it(azure: Azure, group: str, set_lock) -> None:
    account = f"{group}/providers/Microsoft.Storage/storageAccounts/locked{uuid.uuid4().hex[:8]}"
    assert set_lock(group, "ReadOnly").status_code == 201
    body = {"location": "eastus", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {}}
    refused = azure("PUT", account, "2023-05-01", body)
    assert code(refused) == (409, "ScopeLocked")
    assert refused.json()["error"]["message"] == (
        f"The scope '{azure.subscription}{account}' cannot perform write operation because following scope(s) are"
        f" locked: '{azure.subscription}{group}'. Please remove the lock and try again."
    )
    assert code(azure("POST", f"{account}/listKeys", "2023-05-01")) == (409, "ScopeLocked")
    assert code(azure("DELETE", group, "2021-04-01")) == (409, "ScopeLocked")
    assert azure("GET", group, "2021-04-01").status_code == 200
    assert azure.may("Microsoft.Storage/storageAccounts/write") == ["Allowed"]


def test_a_lock_against_deletion_lets_everything_else_be(azure: Azure, group: str, set_lock) -> None:
    set_lock(group, "CanNotDelete")
    assert azure("PATCH", group, "2021-04-01", {"tags": {"a": "b"}}).status_code == 200
    refused = azure("DELETE", group, "2021-04-01")
    assert code(refused) == (409, "ScopeLocked")
    assert "cannot perform delete operation" in refused.json()["error"]["message"]


def test_locks_are_listed_where_they_hold_and_read_back(azure: Azure, group: str, set_lock) -> None:
    made = set_lock(group, "ReadOnly").json()
    listed = azure("GET", f"{group}{AT}/locks", VERSION).json()["value"]
    assert listed == [made]
    assert made["properties"] == {"level": "ReadOnly", "notes": "Ask first"}
    assert azure("GET", f"{group}{AT}/locks/keep", VERSION).json() == made
    assert made in azure("GET", f"{AT}/locks", VERSION).json()["value"]
    assert azure("GET", f"{AT}/locks?$filter=atScope()", VERSION).json()["value"] == []
    assert set_lock(group, "CanNotDelete").status_code == 200
    assert code(set_lock(group, "Whatever")) == (400, "InvalidRequestPropertyValue")
    assert code(azure("GET", f"{group}{AT}/locks/other", VERSION)) == (404, "LockNotFound")
    assert azure("DELETE", f"{group}{AT}/locks/other", VERSION).status_code == 204
