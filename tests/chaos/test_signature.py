"""What makes two requests the same: names and ids do not count, what is asked for does."""

import pytest

from tests.chaos.matrix.exchange import Request
from tests.chaos.matrix.signature import signature

ARM = "https://management.azure.com/subscriptions/51886c45-6ad8-478a-bfa1-81efc2b33f30"
SAME = [
    (
        f"GET {ARM}/resourceGroups/rg-wine/providers/Microsoft.Storage/storageAccounts/stwine?api-version=2024-01-01",
        "GET arm:/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Storage/storageAccounts/{}",
    ),
    (f"POST {ARM}/providers/Microsoft.Storage/register", "POST arm:/subscriptions/{}/providers/{}/register"),
    ("GET https://stwine.blob.core.windows.net/data?restype=container", "GET blob:/{container} ?restype=container"),
    ("HEAD https://stwine.blob.core.windows.net/data/wine.csv", "HEAD blob:/{container}/{blob}"),
    (
        "GET https://adb-12.3.azuredatabricks.net/api/2.1/clusters/get?cluster_id=1126-070819-f262af04",
        "GET databricks:/api/2.1/clusters/get ?cluster_id",
    ),
    (
        "GET https://dev.azure.com/contoso/wine/_apis/build/builds/7/logs/12?startLine=3",
        "GET devops:/{org}/{project}/_apis/build/builds/{}/logs/{} ?startLine",
    ),
    (
        "GET https://dev.azure.com/contoso/wine/_git/mlops/info/refs?service=git-upload-pack",
        "GET devops:/{org}/{project}/_git/{}/info/refs ?service=git-upload-pack",
    ),
    ("GET https://kvwine.vault.azure.net/secrets/cmr-token/?api-version=7.5", "GET vault:/secrets/{}"),
]


@pytest.mark.parametrize(("asked", "expected"), SAME)
def test_names_and_ids_do_not_count(asked, expected):
    method, _, address = asked.partition(" ")
    host, _, target = address.removeprefix("https://").partition("/")
    assert signature(Request(method, host, "/" + target, {}, b"")) == expected


def test_what_a_token_is_for_counts():
    def of(body):
        return signature(Request("POST", "login.microsoftonline.com", "/contoso.org/oauth2/v2.0/token", {}, body))

    assert of(b"scope=https%3A%2F%2Fvault.azure.net%2F.default&x=1").endswith("scope vault.azure.net")
    assert of(b"scope=https%3A%2F%2Fmanagement.azure.com%2F.default") != of(b"scope=https%3A%2F%2Fvault.azure.net%2F")
