"""The service's entry script, called as the inference server calls it: what it answers, and what it refuses."""

import json
import math

import mlflow
import numpy as np
import pandas as pd
import pytest
from flask import Request
from sklearn.linear_model import LinearRegression
from werkzeug.test import EnvironBuilder

from jobs import score
from jobs.data import read
from jobs.settings import FEATURES
from jobs.train import fit
from tests.rehearsal import ROOT

pytestmark = pytest.mark.xdist_group("score-unit")  # what they share is made once

DATA = ROOT / "wizard" / "data" / "winequality-red.csv"
ROW = [7.4, 0.7, 0.0, 1.9, 0.076, 11.0, 34.0, 0.9978, 3.51, 0.56, 9.4]


class Counting:
    """A model that counts how often it is asked."""

    def __init__(self, model):
        self.model, self.asked = model, []

    def predict(self, numbers):
        self.asked.append(numbers)
        return self.model.predict(numbers)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A registered model's folder: the model lies in one of its own below it."""
    fitted = fit(read(str(DATA)).rows)
    signature = mlflow.models.infer_signature(fitted.features, fitted.predictions)
    folder = tmp_path_factory.mktemp("registered")
    mlflow.sklearn.save_model(fitted.model, str(folder / "model"), signature=signature)
    return folder


@pytest.fixture
def model(folder, monkeypatch):
    monkeypatch.setenv("AZUREML_MODEL_DIR", str(folder))
    score.init()
    counting = Counting(score.scorer.model)
    monkeypatch.setattr(score, "scorer", score.Scorer(counting, score.scorer.columns))
    return counting


def ask(body, method="POST", content_type="application/json"):
    """What the service answers to a body: a list, or status and error."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = score.run(Request(EnvironBuilder(method=method, data=data, content_type=content_type).get_environ()))
    return answer if isinstance(answer, list) else (answer.status_code, json.loads(answer.data)["error"])


def rows(count):
    return read(str(DATA)).rows[list(FEATURES)].head(count).to_numpy().tolist()


def test_a_batch_is_predicted_by_one_call_and_equals_the_loaded_model(model, folder):
    found = ask({"data": rows(1599)})
    expected = mlflow.pyfunc.load_model(str(folder / "model")).predict(pd.DataFrame(rows(1599), columns=FEATURES))
    assert np.abs(np.array(found) - expected).max() <= 1e-9
    assert all(type(each) is float for each in found)
    assert len(model.asked) == 1
    assert type(model.asked[0]) is np.ndarray
    assert model.asked[0].dtype == np.float64


def test_named_columns_may_come_in_any_order(model):
    backwards = [row[::-1] for row in rows(3)]
    assert ask({"columns": list(FEATURES)[::-1], "data": backwards}) == pytest.approx(ask({"data": rows(3)}), abs=1e-9)


def test_whole_numbers_are_numbers(model):
    assert ask({"data": [[1] * 11]}) == pytest.approx(ask({"data": [[1.0] * 11]}))


def test_the_most_rows_are_answered_and_one_more_is_not(model):
    assert len(ask({"data": [ROW] * score.MOST_ROWS})) == score.MOST_ROWS
    status, error = ask({"data": [ROW] * (score.MOST_ROWS + 1)})
    assert (status, error["rule"]) == (400, "rows")
    assert "not 10001" in error["message"]


def cell(value, place=8):
    return {"data": [ROW, [*ROW[:place], value, *ROW[place + 1 :]]]}


BAD = [
    (b"", "json", None, None),
    (b"{", "json", None, None),
    (b"\xff\xfe\x00\xd8", "json", None, None),
    (b"[" * 100_000, "json", None, None),
    (b'{"data": [[' + b"1" * 5000 + b"]]}", "json", None, None),
    (b'{"data": [], "data": []}', "json", None, None),
    (b"null", "object", None, None),
    ([ROW], "object", None, None),
    ("a text", "object", None, None),
    ({}, "object", None, None),
    ({"rows": [ROW]}, "object", None, None),
    ({"data": [ROW], "method": "predict"}, "object", None, None),
    ({"data": []}, "rows", None, None),
    ({"data": None}, "rows", None, None),
    ({"data": "1,2,3"}, "rows", None, None),
    ({"data": {"pH": [3.5]}}, "rows", None, None),
    ({"data": 5}, "rows", None, None),
    ({"data": ROW}, "row", 0, None),
    ({"data": [ROW, None]}, "row", 1, None),
    ({"data": [ROW, dict(zip(FEATURES, ROW, strict=True))]}, "row", 1, None),
    ({"data": [ROW, []]}, "width", 1, None),
    ({"data": [ROW, ROW[:10]]}, "width", 1, None),
    ({"data": [ROW, ROW, [*ROW, 1.0]]}, "width", 2, None),
    (cell("3.5"), "number", 1, "pH"),
    (cell(""), "number", 1, "pH"),
    (cell(None), "number", 1, "pH"),
    (cell(True), "number", 1, "pH"),
    (cell(False, 0), "number", 1, "fixed acidity"),
    (cell([3.5]), "number", 1, "pH"),
    (cell({"value": 3.5}), "number", 1, "pH"),
    (cell(math.nan), "finite", 1, "pH"),
    (cell(math.inf), "finite", 1, "pH"),
    (cell(-math.inf, 10), "finite", 1, "alcohol"),
    (cell(10**400), "finite", 1, "pH"),
    (json.dumps(cell(1)).replace(" 1,", " 1e999,").encode(), "finite", 1, "pH"),
    ({"data": [ROW, [1.7e308] * 11]}, "range", 1, None),
    ({"columns": list(FEATURES), "data": [ROW, ROW[:10]]}, "width", 1, None),
    ({"columns": None, "data": [ROW]}, "columns", None, None),
    ({"columns": "pH", "data": [ROW]}, "columns", None, None),
    ({"columns": [1] * 11, "data": [ROW]}, "columns", None, None),
    ({"columns": list(FEATURES[:10]), "data": [ROW[:10]]}, "columns", None, "alcohol"),
    ({"columns": [*FEATURES, "quality"], "data": [[*ROW, 5]]}, "columns", None, "quality"),
    ({"columns": [*FEATURES[:10], "pH"], "data": [ROW]}, "columns", None, "pH"),
    ({"columns": [*FEATURES[:10], "PH"], "data": [ROW]}, "columns", None, "PH"),
]


@pytest.mark.parametrize(("body", "rule", "row", "column"), BAD, ids=range(len(BAD)))
def test_a_bad_request_is_answered_400_with_its_row_column_and_rule(model, body, rule, row, column):
    status, error = ask(body)
    assert status == 400
    assert (error["rule"], error.get("row"), error.get("column")) == (rule, row, column)
    assert error["message"]


def test_a_cell_is_named_by_the_order_of_the_request(model):
    _, error = ask({"columns": list(FEATURES)[::-1], "data": [["x", *ROW[1:]]]})
    assert error["column"] == "alcohol"


def test_methods_types_and_sizes_that_are_not_answered(model):
    assert ask({"data": [ROW]}, method="GET")[0] == 405
    assert ask({"data": [ROW]}, method="PUT")[0] == 405
    assert ask({"data": [ROW]}, content_type="text/plain")[0] == 415
    status, error = ask(b" " * (score.MOST_BYTES + 1))
    assert (status, error["rule"]) == (413, "size")


def test_a_browser_may_ask_before_it_posts(model):
    request = Request(EnvironBuilder(method="OPTIONS").get_environ())
    assert score.run(request).status_code == 200


def test_a_fault_of_the_model_is_not_the_callers(model, monkeypatch):
    monkeypatch.setattr(model, "predict", lambda numbers: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ask({"data": [ROW]})


def test_a_folder_without_a_model_or_signature_does_not_start(tmp_path):
    with pytest.raises(FileNotFoundError, match="no MLflow model"):
        score.load(tmp_path)
    mlflow.sklearn.save_model(LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0]), str(tmp_path / "model"))
    with pytest.raises(ValueError, match="no signature"):
        score.load(tmp_path)
