"""What a job is told from outside. Everything comes by parameter: nothing is read from the environment."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

MODEL_NAME = "sk-learn-linear-reg-model"
FEATURES = (
    "fixed acidity",
    "volatile acidity",
    "citric acid",
    "residual sugar",
    "chlorides",
    "free sulfur dioxide",
    "total sulfur dioxide",
    "density",
    "pH",
    "sulphates",
    "alcohol",
)
TARGET = "quality"
SEED = 3
HELD_OUT = 0.25


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """Settings of a training run.

    `tracking_uri` and `registry_uri` are MLflow's (`databricks`, `databricks-uc`, `databricks://cmr:cmr`,
    `sqlite:///...`); `run_key` and `code_version` become tags by which the run is found again.
    """

    data: str
    experiment: str
    tracking_uri: str = "databricks"
    registry_uri: str = "databricks"
    model_name: str = MODEL_NAME
    run_key: str = ""
    code_version: str = ""


def train_settings(arguments: Sequence[str] | None = None) -> TrainSettings:
    """Read the settings from command-line arguments; `--help` describes them."""
    parser = argparse.ArgumentParser(
        prog="python -m jobs.train", description="Train the wine quality model, log it and register it in MLflow."
    )
    parser.add_argument(
        "--data", required=True, help="path of the CSV file, such as /dbfs/mnt/data/winequality-red.csv"
    )
    parser.add_argument("--experiment", required=True, help="MLflow experiment, such as /Shared/wine-dev")
    parser.add_argument("--tracking-uri", default="databricks", help="where runs are logged (default: %(default)s)")
    parser.add_argument(
        "--registry-uri", default="databricks", help="where the model is registered (default: %(default)s)"
    )
    parser.add_argument("--model-name", default=MODEL_NAME, help="name of the registered model (default: %(default)s)")
    parser.add_argument("--run-key", default="", help="tag by which whoever started the run finds it")
    parser.add_argument("--code-version", default="", help="commit or fingerprint of the code, kept as a tag")
    return TrainSettings(**vars(parser.parse_args(arguments)))
