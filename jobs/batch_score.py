"""Scores a file of wines with a registered model version, and writes it again with one column more.

`winequality-red.csv` becomes `winequality-red-enriched.csv` beside it. On Spark where this process has a session, with
pandas elsewhere. Runs anywhere: `python -m jobs.batch_score --help` here, or as the Python file of a Databricks task.
"""

from __future__ import annotations

import math
import os
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import mlflow
import pandas as pd
from databricks.sdk.errors.base import DatabricksError
from mlflow.exceptions import MlflowException

if not globals().get("__package__"):  # run as a lone file, perhaps without `__file__`: use the package it lies in
    around = (Path(sys.argv[0]).resolve().parent.parent, Path.cwd().parent)
    sys.path[:0] = [str(folder) for folder in around if (folder / "jobs" / "settings.py").exists()]

from jobs.data import SEPARATOR, DataError, Dataset, read
from jobs.settings import FEATURES, PATIENCE, TARGET, ScoreSettings, score_settings
from jobs.versions import VersionError, find_version, reason

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PREDICTION = "predicted_quality"
ROW = "row"


class ScoreError(Exception):
    """The predictions cannot be used or kept; the message says why."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a scoring run came to: where the file is, by which version and engine, and its figures."""

    run_id: str
    output: str
    model_version: str
    engine: str
    metrics: dict[str, float]


def score(settings: ScoreSettings) -> Result:
    """Read, predict, write, and log which version scored which data.

    DataError for bad data, VersionError and ScoreError with their reasons, MlflowException for an MLflow that refuses
    or cannot be reached.
    """
    dataset = read(settings.data, FEATURES, at_least=1)
    mlflow.set_tracking_uri(settings.tracking_uri)
    mlflow.set_registry_uri(settings.registry_uri)
    version = find_version(settings)
    model = f"models:/{settings.model_name}/{version.version}"
    spark = session_for(settings.engine)
    features = dataset.rows[list(FEATURES)]
    predictions = with_spark(spark, model, features) if spark else with_pandas(model, features)
    engine = "Spark" if spark else "pandas"
    refuse_unusable(predictions, len(features))
    output = settings.output or beside(settings.data)
    write(output, dataset.written.assign(**{PREDICTION: predictions}))
    metrics = figures(dataset, predictions)
    run_id = log(settings, dataset, output, str(version.version), metrics)
    for name, value in metrics.items():
        print(f"{name}={value:.12f}", flush=True)
    print(f"{settings.model_name} version {version.version} scored {len(features)} rows with {engine}", flush=True)
    print(f"written to {output}", flush=True)
    return Result(run_id, output, str(version.version), engine, metrics)


def session_for(engine: str) -> SparkSession | None:
    """The Spark session to use, or None for pandas: `auto` takes the one this process has, `spark` begins one."""
    if engine == "pandas":
        return None
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        if engine == "spark":
            raise ScoreError("There is no Spark here: pyspark is not installed.") from error
        return None
    return SparkSession.builder.getOrCreate() if engine == "spark" else SparkSession.getActiveSession()


def with_pandas(model: str, features: pd.DataFrame) -> list[float]:
    """Predictions of one node."""
    return [float(value) for value in mlflow.pyfunc.load_model(model).predict(features)]


def with_spark(spark: SparkSession, model: str, features: pd.DataFrame) -> list[float]:
    """Predictions of the cluster, in the order of the rows, which Spark itself does not keep."""
    from pyspark.sql import functions

    predict = mlflow.pyfunc.spark_udf(spark, model, result_type="double", env_manager="local")
    numbered = spark.createDataFrame(features.assign(**{ROW: range(len(features))}))
    columns = functions.struct(*(functions.col(f"`{name}`") for name in features.columns))
    scored = numbered.select(ROW, predict(columns).alias(PREDICTION)).collect()
    return [float(row[PREDICTION]) for row in sorted(scored, key=lambda row: int(row[ROW]))]


def refuse_unusable(predictions: list[float], rows: int) -> None:
    """ScoreError unless there is one finite number for each row."""
    if len(predictions) != rows:
        raise ScoreError(f"The model gave {len(predictions)} predictions for {rows} rows.")
    bad = [number for number, value in enumerate(predictions, 2) if not math.isfinite(value)]
    if bad:
        raise ScoreError(f"The model gave no number for {len(bad)} row(s), the first on line {bad[0]}.")


def beside(data: str) -> str:
    """The result's path: `NAME-enriched.csv` in the folder of the data."""
    path = PurePosixPath(data.removeprefix("file:"))
    return str(path.with_name(f"{path.stem}-enriched{path.suffix}"))


def write(output: str, table: pd.DataFrame) -> None:
    """Write the table with the input's separator; ScoreError says why that is impossible."""
    text = table.to_csv(sep=SEPARATOR, index=False, lineterminator="\n")
    try:
        Path(output.removeprefix("file:")).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ScoreError(f"{output} cannot be written: {error.strerror or error}.") from error


def figures(dataset: Dataset, predictions: list[float]) -> dict[str, float]:
    """Rows and mean prediction; the mean absolute error (in points of quality) where the true quality is known."""
    found = {"rows": float(len(predictions)), "mean_prediction": sum(predictions) / len(predictions)}
    if TARGET in dataset.written.columns:
        truth = pd.to_numeric(dataset.written[TARGET], errors="coerce")
        if not truth.isna().any():
            found["mae"] = float((truth - predictions).abs().mean())
    return found


def log(settings: ScoreSettings, dataset: Dataset, output: str, version: str, metrics: dict[str, float]) -> str:
    """Log a run that tells which version scored which data; its id."""
    tags = {"dataset_md5": dataset.md5, "run_key": settings.run_key, "code_version": settings.code_version}
    mlflow.set_experiment(settings.experiment)
    with mlflow.start_run() as run:
        mlflow.set_tags({name: value for name, value in tags.items() if value})
        mlflow.log_params(
            {"data": settings.data, "output": output, "model_name": settings.model_name, "model_version": version}
        )
        mlflow.log_metrics(metrics)
    return str(run.info.run_id)


def main(arguments: list[str] | None = None) -> None:
    """Score as the arguments say. SystemExit with one line when data or version are bad or MLflow refuses."""
    settings = score_settings(arguments)
    for name, value in PATIENCE.items():
        os.environ.setdefault(name, value)
    try:
        score(settings)
    except (DataError, VersionError, ScoreError) as error:
        raise SystemExit(f"error: {error}") from error
    except DatabricksError as error:
        raise SystemExit(f"error: the model's files cannot be read: {reason(error)}") from error
    except MlflowException as error:
        where = f"tracking {settings.tracking_uri}, registry {settings.registry_uri}"
        raise SystemExit(f"error: MLflow ({where}): {error.message}") from error


if __name__ == "__main__":
    main()
