"""Scoring on the cluster with the model of the whole way: the result is a blob beside the data, read back."""

import io

import pandas as pd
import pytest
from azure.storage.blob import BlobClient

from tests.rehearsal import ROOT
from tests.sandbox.workspaces import ARM, entra_token, http_client

pytestmark = [pytest.mark.xdist_group("whole-way"), pytest.mark.slow]

DATA = ROOT / "wizard" / "data" / "winequality-red.csv"
RESULT = "winequality-red-enriched.csv"


@pytest.fixture
def environment(finished, monkeypatch):
    """This process put into the cloud of the whole way."""
    found = finished.rehearsal.environment()
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


def account_and_key(environment):
    """The storage account of dev, and its key, asked of Resource Manager."""
    subscription = f"{ARM}/subscriptions/{environment['AZURE_SUBSCRIPTION_ID']}"
    version = {"api-version": "2023-05-01"}
    with http_client(environment) as http:
        http.headers["Authorization"] = f"Bearer {entra_token(http, environment, ARM)}"
        found = http.get(f"{subscription}/providers/Microsoft.Storage/storageAccounts", params=version)
        every = found.raise_for_status().json()["value"]
        [account] = [each for each in every if "/resourceGroups/rg-wine-dev/" in each["id"]]
        keys = http.post(f"{ARM}{account['id']}/listKeys", params=version).raise_for_status().json()["keys"]
    return account["name"], keys[0]["value"]


def test_run_scores_on_the_cluster_and_the_result_lies_beside_the_data(finished, environment):
    done = finished.rehearsal.wizard("run", "wine-batch-score", "--cluster", "wine-dev", "--sandbox")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "scored 1599 rows with pandas" in done.stdout
    assert "mae" in done.stdout
    account, key = account_and_key(environment)
    blob = BlobClient(f"https://{account}.blob.core.windows.net", "data", RESULT, credential=key)
    enriched = pd.read_csv(io.BytesIO(blob.download_blob().readall()), sep=";")
    before = pd.read_csv(DATA, sep=";")
    assert enriched[before.columns].equals(before)
    assert list(enriched.columns) == [*before.columns, "predicted_quality"]
    assert enriched["predicted_quality"].between(3, 9).all()


def test_the_scores_are_no_training(finished):
    """The step that trained still finds its own run, and nothing to do."""
    plan = finished.rehearsal.walk("plan", "--step", "jobs.train-from-local")
    assert plan.exit_code == 0, plan.explain()
    assert plan.of("step.planned") == []
