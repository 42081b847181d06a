"""jobs/score.py under Azure ML's own inference server, as a process: answers of a trained model, and its refusals."""

import json

import mlflow
import numpy as np
import pandas as pd
import pytest
import requests
from mlflow.tracking import MlflowClient

from jobs.data import read
from jobs.settings import FEATURES, TrainSettings
from jobs.train import train
from tests.rehearsal import ROOT
from tests.scoring_service import serving

pytestmark = pytest.mark.xdist_group("scoring-service")  # what they share is made once

DATA = ROOT / "wizard" / "data" / "winequality-red.csv"
WINES = read(str(DATA)).rows[list(FEATURES)]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The folder of a model that was trained, registered, and downloaded from its registry."""
    folder = tmp_path_factory.mktemp("registry")
    store = f"sqlite:///{folder}/mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result = train(TrainSettings(str(DATA), "wine", store, store))
        source = MlflowClient(store, store).get_model_version_download_uri(result.model_name, result.model_version)
        mlflow.artifacts.download_artifacts(source, dst_path=str(folder / "registered"))
        return folder / "registered"


@pytest.fixture(scope="module")
def service(model, tmp_path_factory):
    with serving(model, tmp_path_factory.mktemp("service")) as service:
        yield service


def post(service, body, content_type="application/json"):
    """Status and body of the answer."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = requests.post(service.uri, data, headers={"Content-Type": content_type}, timeout=30)
    return answer.status_code, answer.json()


def test_every_wine_is_answered_as_the_loaded_model_predicts_it(service, model):
    status, found = post(service, {"data": WINES.to_numpy().tolist()})
    (file,) = model.rglob("MLmodel")
    expected = mlflow.pyfunc.load_model(str(file.parent)).predict(pd.DataFrame(WINES))
    assert status == 200
    assert np.abs(np.array(found) - expected).max() <= 1e-9


def test_columns_in_another_order_give_the_same(service):
    rows = WINES.head(5)
    _, straight = post(service, {"data": rows.to_numpy().tolist()})
    _, turned = post(service, {"columns": list(FEATURES)[::-1], "data": rows[list(FEATURES)[::-1]].to_numpy().tolist()})
    assert turned == pytest.approx(straight, abs=1e-9)


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ({"data": [["x"] * 11]}, "application/json", 400),
        (b"\xff", "application/json", 400),
        ({"data": [[1.0] * 11]}, "text/csv", 415),
        (b" " * (9 << 20), "application/json", 413),
    ],
    ids=["text", "bytes", "type", "size"],
)
def test_errors_are_4xx_and_say_which_rule(service, body, content_type, expected):
    status, answer = post(service, body, content_type)
    assert status == expected
    assert answer["error"]["rule"]


def test_another_method_is_refused_with_the_one_that_is_not(service):
    answer = requests.get(service.uri, timeout=30)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
