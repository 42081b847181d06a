"""Trains the wine quality model: a linear regression on eleven measurements, logged and registered in MLflow.

Runs anywhere: `python -m jobs.train --help` here, or as the Python file of a Databricks task.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from databricks.sdk.errors.base import DatabricksError
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from mlflow.tracking import MlflowClient
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.model_selection import train_test_split

if not globals().get("__package__"):  # run as a lone file, perhaps without `__file__`: use the package it lies in
    around = (Path(sys.argv[0]).resolve().parent.parent, Path.cwd().parent)
    sys.path[:0] = [str(folder) for folder in around if (folder / "jobs" / "settings.py").exists()]

from jobs.data import DataError, Dataset, read
from jobs.settings import FEATURES, HELD_OUT, PATIENCE, SEED, TARGET, TrainSettings, train_settings
from jobs.versions import knows_aliases, reason

REQUIREMENTS = ("mlflow", "scikit-learn", "pandas", "numpy")


@dataclass(frozen=True, slots=True)
class Result:
    """What a training run came to: its figures on the held-out rows, and where the model is."""

    run_id: str
    metrics: dict[str, float]
    model_name: str
    model_version: str


@dataclass(frozen=True, slots=True)
class Fitted:
    """The model and its figures, with one row of each side of the split for signature and example."""

    model: LinearRegression
    metrics: dict[str, float]
    features: pd.DataFrame
    predictions: Any


def fit(rows: pd.DataFrame) -> Fitted:
    """Fit on three quarters of the rows and measure on the rest, beside always guessing the mean."""
    train_rows, test_rows = train_test_split(rows, test_size=HELD_OUT, random_state=SEED)
    features, target = train_rows[list(FEATURES)], train_rows[TARGET]
    model = LinearRegression().fit(features, target)
    baseline = DummyRegressor(strategy="mean").fit(features, target)
    metrics = {
        **figures(test_rows[TARGET], model.predict(test_rows[list(FEATURES)])),
        **{
            f"baseline_{name}": value
            for name, value in figures(test_rows[TARGET], baseline.predict(test_rows[list(FEATURES)])).items()
        },
    }
    return Fitted(model, metrics, features, model.predict(features))


def figures(truth: Any, predicted: Any) -> dict[str, float]:
    """R squared, root mean squared error and mean absolute error (in points of quality)."""
    return {
        "r2": float(r2_score(truth, predicted)),
        "rmse": float(root_mean_squared_error(truth, predicted)),
        "mae": float(mean_absolute_error(truth, predicted)),
    }


def train(settings: TrainSettings) -> Result:
    """Read, fit, log and register. DataError for bad data, MlflowException for an MLflow that cannot be reached."""
    dataset = read(settings.data)
    mlflow.set_tracking_uri(settings.tracking_uri)
    mlflow.set_registry_uri(settings.registry_uri)
    mlflow.set_experiment(settings.experiment)
    with mlflow.start_run() as run:
        mlflow.set_tags(tags_of(settings, dataset))
        mlflow.log_params(parameters_of(settings, dataset))
        fitted = fit(dataset.rows)
        mlflow.log_metrics(fitted.metrics)
        for name, value in fitted.metrics.items():
            print(f"{name}={value:.12f}", flush=True)
        location = log_model(fitted)
        number = register(settings, location, run.info.run_id)
    print(f"registered {settings.model_name} version {number} from run {run.info.run_id}", flush=True)
    return Result(run.info.run_id, fitted.metrics, settings.model_name, number)


def tags_of(settings: TrainSettings, dataset: Dataset) -> dict[str, str]:
    """The tags by which the run is found again."""
    tags = {"dataset_md5": dataset.md5, "run_key": settings.run_key, "code_version": settings.code_version}
    return {name: value for name, value in tags.items() if value}


def parameters_of(settings: TrainSettings, dataset: Dataset) -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "data": settings.data,
        "dataset_sha256": dataset.sha256,
        "rows": len(dataset.rows),
        "features": ", ".join(FEATURES),
        "seed": SEED,
        "held_out": HELD_OUT,
    }


def log_model(fitted: Fitted) -> str:
    """Log the model with signature, example and exact requirements; the location of its files."""
    logged = mlflow.sklearn.log_model(
        fitted.model,
        name="model",
        signature=infer_signature(fitted.features, fitted.predictions),
        input_example=fitted.features.head(3),
        pip_requirements=[f"{package}=={version(package)}" for package in REQUIREMENTS],
    )
    return str(mlflow.get_logged_model(logged.model_id).artifact_location)


def register(settings: TrainSettings, location: str, run_id: str) -> str:
    """Register the logged model as a new version that names this run, and has the alias; the version's number.

    By the files' location, not by `models:/`: where tracking and registry differ, MLflow 3.17 copies the latter to a
    place where the version does not find it. And through the client, as `mlflow.register_model` drops the run's id
    when it is given a location. Unity Catalog copies the files to a place of its own, also from there.
    """
    client = MlflowClient(settings.tracking_uri, settings.registry_uri)
    try:
        client.create_registered_model(settings.model_name)
    except MlflowException as error:
        # Who may not make models may still own this one.
        if error.error_code not in ("RESOURCE_ALREADY_EXISTS", "ALREADY_EXISTS") and not exists(client, settings):
            raise
    number = str(client.create_model_version(settings.model_name, location, run_id).version)
    if settings.alias and knows_aliases(settings.registry_uri):
        client.set_registered_model_alias(settings.model_name, settings.alias, number)
        print(f"{settings.model_name}@{settings.alias} is version {number}", flush=True)
    return number


def exists(client: MlflowClient, settings: TrainSettings) -> bool:
    """Whether the registered model can be seen in the registry."""
    try:
        client.get_registered_model(settings.model_name)
    except MlflowException:
        return False
    return True


def main(arguments: list[str] | None = None) -> None:
    """Train as the arguments say. SystemExit with one line when the data is bad or MLflow refuses or is not there."""
    settings = train_settings(arguments)
    for name, value in PATIENCE.items():
        os.environ.setdefault(name, value)
    try:
        train(settings)
    except DataError as error:
        raise SystemExit(f"error: {error}") from error
    except DatabricksError as error:
        raise SystemExit(f"error: the model's files cannot be brought to the registry: {reason(error)}") from error
    except MlflowException as error:
        where = f"tracking {settings.tracking_uri}, registry {settings.registry_uri}"
        raise SystemExit(f"error: MLflow ({where}): {error.message}") from error


if __name__ == "__main__":
    main()
