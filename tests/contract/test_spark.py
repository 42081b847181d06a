"""The scoring job on real Spark: local, with its own workers, as the extra `spark` installs it."""

import shutil
import sys
from dataclasses import replace

import pandas as pd
import pytest

from jobs.batch_score import PREDICTION, score
from jobs.settings import ScoreSettings, TrainSettings
from jobs.train import train
from tests.rehearsal import ROOT

DATA = ROOT / "wizard" / "data" / "winequality-red.csv"

pytestmark = pytest.mark.slow


@pytest.fixture
def spark(monkeypatch):
    """A Spark session of this process."""
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed: it is the extra `spark`")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java 17 or newer, and there is no java on this machine")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
    }
    builder = sql.SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    yield session
    session.stop()


@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
def test_spark_gives_what_pandas_gives(spark, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = f"sqlite:///{tmp_path}/mlflow.db"
    train(TrainSettings(str(DATA), "training", store, store, "wine"))
    settings = ScoreSettings(
        str(DATA), "scores", str(tmp_path / "spark.csv"), tracking_uri=store, registry_uri=store, model_name="wine"
    )
    results = [score(settings), score(replace(settings, engine="pandas", output=str(tmp_path / "pandas.csv")))]
    assert [result.engine for result in results] == ["Spark", "pandas"]
    one, other = (pd.read_csv(result.output, sep=";") for result in results)
    assert len(one) == 1599
    assert one[PREDICTION].to_numpy() == pytest.approx(other[PREDICTION].to_numpy(), abs=1e-9)
