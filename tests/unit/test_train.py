"""The training job, run here: its figures, what it registers, and what it says about bad data."""

import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest
from mlflow.tracking import MlflowClient

from jobs.data import DataError, read
from jobs.settings import FEATURES, TARGET, TrainSettings
from jobs.train import fit, main, train

ROOT = Path(__file__).parents[2]
DATA = ROOT / "wizard" / "data" / "winequality-red.csv"
HEADER = ";".join((*FEATURES, TARGET))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    store = f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"
    settings = TrainSettings(str(DATA), "wine", store, store, run_key="key", code_version="code")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("work"))
        yield train(settings), MlflowClient(store, store)


def test_the_figures_are_those_of_the_method(trained):
    result, _ = trained
    assert result.metrics["r2"] == pytest.approx(0.3797756003755, abs=1e-9)
    assert result.metrics["baseline_r2"] == pytest.approx(0.0, abs=0.01)
    assert result.metrics["rmse"] < result.metrics["baseline_rmse"]
    assert result.metrics == fit(read(str(DATA)).rows).metrics


def test_the_version_names_its_run_and_its_run_can_be_found(trained):
    result, client = trained
    version = client.get_model_version(result.model_name, result.model_version)
    assert version.run_id == result.run_id
    run = client.get_run(result.run_id)
    assert run.data.tags["run_key"] == "key"
    assert run.data.tags["code_version"] == "code"
    assert run.data.tags["dataset_md5"] == "2daeecee174368f8a33b82c8cccae3a5"
    assert run.data.params["rows"] == "1599"


def test_the_registered_model_has_signature_example_and_predicts(trained):
    result, client = trained
    source = client.get_model_version(result.model_name, result.model_version).source
    model = mlflow.pyfunc.load_model(source)
    assert [column.name for column in model.metadata.signature.inputs] == list(FEATURES)
    rows = read(str(DATA)).rows[list(FEATURES)].head(2)
    assert all(0 <= value <= 10 for value in model.predict(rows))
    assert model.metadata.saved_input_example_info


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        (HEADER.replace(";", ",") + "\n" + ",".join("1" * 12), "commas"),
        (HEADER.replace("alcohol;", "") + "\n" + ";".join("1" * 11), "alcohol"),
        (HEADER + "\n" + ";".join("1" * 12), "too few"),
        ((HEADER + "\n") + (";".join("1" * 12) + "\n") * 30 + ";".join(["x"] + ["1"] * 11), "line 32"),
    ],
)
def test_bad_data_is_explained(tmp_path, content, says):
    file = tmp_path / "data.csv"
    file.write_text(content)
    with pytest.raises(DataError, match=says):
        read(str(file))


def test_a_missing_file_ends_the_job_with_one_line(tmp_path):
    with pytest.raises(SystemExit, match=r"error: .* cannot be read"):
        main(["--data", str(tmp_path / "none.csv"), "--experiment", "x"])


def test_an_mlflow_that_is_not_there_ends_the_job_with_one_line(monkeypatch):
    monkeypatch.setattr("jobs.train.PATIENCE", {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0"})
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    nowhere = "http://127.0.0.1:9"
    with pytest.raises(SystemExit, match="error: MLflow"):
        main(["--data", str(DATA), "--experiment", "x", "--tracking-uri", nowhere, "--registry-uri", nowhere])


def test_help_names_every_setting():
    done = subprocess.run(
        [sys.executable, "-m", "jobs.train", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert all(
        name in done.stdout for name in ("--data", "--registry-uri", "--experiment", "--model-name", "--run-key")
    )


def test_it_runs_as_a_lone_file_of_a_workspace(tmp_path, monkeypatch):
    folder = tmp_path / "jobs"
    shutil.copytree(ROOT / "jobs", folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in [name for name in sys.modules if name.split(".")[0] == "jobs"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [str(ROOT), *sys.path])  # another package of that name must not win
    monkeypatch.setattr(sys, "argv", [str(folder / "train.py"), "--help"])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(folder / "train.py"), run_name="__main__")
    assert ended.value.code == 0
    assert str(sys.modules["jobs"].__file__).startswith(str(folder))
