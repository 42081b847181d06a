"""The scoring job, run here: which version it takes, what it writes, and what it refuses."""

import shutil
import sys
from dataclasses import replace

import mlflow
import pandas as pd
import pytest
from mlflow.tracking import MlflowClient

from jobs.batch_score import PREDICTION, ScoreError, main, refuse_unusable, score
from jobs.data import DataError
from jobs.settings import FEATURES, TARGET, ScoreSettings, TrainSettings
from jobs.train import train
from jobs.versions import VersionError
from tests.rehearsal import ROOT

pytestmark = pytest.mark.xdist_group("batch-score-unit")  # what they share is made once

DATA = ROOT / "wizard" / "data" / "winequality-red.csv"
MODEL = "wine"


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """A registry with two versions of the model: 1 is Production and the alias champion, 2 the newest."""
    store = f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("work"))
        for _ in range(2):
            train(TrainSettings(str(DATA), "training", store, store, MODEL))
        client = MlflowClient(store, store)
        with pytest.warns(FutureWarning, match="stages"):
            client.transition_model_version_stage(MODEL, "1", "Production")
        client.set_registered_model_alias(MODEL, "champion", "1")
        yield client


@pytest.fixture
def settings(registry, tmp_path):
    store = registry.tracking_uri
    data = shutil.copy(DATA, tmp_path)
    return ScoreSettings(data, "scores", tracking_uri=store, registry_uri=store, model_name=MODEL, engine="pandas")


def test_the_result_is_the_input_with_one_column_more(settings, tmp_path, registry):
    result = score(settings)
    assert result.output == str(tmp_path / "winequality-red-enriched.csv")
    before = pd.read_csv(DATA, sep=";", dtype=str)
    after = pd.read_csv(result.output, sep=";", dtype=str)
    assert list(after.columns) == [*before.columns, PREDICTION]
    assert after[before.columns].equals(before)
    model = mlflow.pyfunc.load_model(registry.get_model_version(MODEL, "2").source)
    expected = model.predict(pd.read_csv(DATA, sep=";")[list(FEATURES)].astype("float64"))
    assert after[PREDICTION].astype(float).to_numpy() == pytest.approx(expected, abs=1e-9)


def test_the_run_tells_which_version_scored_which_data(settings, registry):
    result = score(replace(settings, run_key="key"))
    run = registry.get_run(result.run_id)
    assert run.data.params["model_version"] == "2"
    assert run.data.tags["run_key"] == "key"
    assert run.data.tags["dataset_md5"] == "2daeecee174368f8a33b82c8cccae3a5"
    assert run.data.metrics["rows"] == 1599
    assert 0.3 < run.data.metrics["mae"] < 0.7


@pytest.mark.parametrize(
    ("which", "version"),
    [({}, "2"), ({"version": "1"}, "1"), ({"alias": "champion"}, "1"), ({"stage": "Production"}, "1")],
)
def test_a_version_is_named_in_four_ways(settings, which, version):
    assert score(replace(settings, **which)).model_version == version


@pytest.mark.parametrize("registry_uri", ["databricks", "databricks://cmr:cmr"])
def test_an_alias_is_refused_where_the_registry_knows_stages(settings, registry_uri):
    with pytest.raises(VersionError, match="knows stages and no aliases: say --stage or --version"):
        score(replace(settings, registry_uri=registry_uri, alias="champion"))


def test_a_stage_is_refused_where_the_registry_knows_aliases(settings):
    with pytest.raises(VersionError, match="knows aliases and no stages"):
        score(replace(settings, registry_uri="databricks-uc", stage="Production"))


def test_a_stage_that_holds_nothing_is_told(settings):
    with pytest.raises(VersionError, match="no version of wine in stage Staging"):
        score(replace(settings, stage="Staging"))


def test_data_without_the_true_quality_is_scored(settings, tmp_path):
    unknown = tmp_path / "new.csv"
    pd.read_csv(DATA, sep=";").drop(columns=TARGET).head(5).to_csv(unknown, sep=";", index=False)
    result = score(replace(settings, data=str(unknown)))
    assert len(pd.read_csv(result.output, sep=";")) == 5
    assert "mae" not in result.metrics


def test_bad_data_is_refused_before_anything_is_written(settings, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text(";".join(FEATURES) + "\n" + ";".join(["x"] + ["1"] * 10))
    with pytest.raises(DataError, match="line 2: column fixed acidity"):
        score(replace(settings, data=str(bad)))
    assert not (tmp_path / "bad-enriched.csv").exists()


def test_predictions_that_are_no_numbers_are_refused():
    with pytest.raises(ScoreError, match="1 predictions for 2 rows"):
        refuse_unusable([1.0], 2)
    with pytest.raises(ScoreError, match="the first on line 3"):
        refuse_unusable([1.0, float("nan")], 2)


def test_a_folder_that_is_not_there_ends_the_job_with_one_line(settings, tmp_path):
    store = settings.tracking_uri
    with pytest.raises(SystemExit, match=r"error: .*gone/x\.csv cannot be written: No such file"):
        main(
            ["--data", settings.data, "--experiment", "scores", "--tracking-uri", store, "--registry-uri", store,
             "--model-name", MODEL, "--engine", "pandas", "--output", str(tmp_path / "gone" / "x.csv")]
        )  # fmt: skip


def test_two_ways_of_naming_the_version_are_one_too_many(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--data", "x", "--experiment", "x", "--version", "1", "--alias", "champion"])
    assert ended.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_spark_where_there_is_none_is_told(settings, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)  # as if it were not installed
    assert score(replace(settings, engine="auto")).engine == "pandas"
    with pytest.raises(ScoreError, match="pyspark is not installed"):
        score(replace(settings, engine="spark"))
