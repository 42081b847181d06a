"""What a job is told from outside. Everything comes by parameter: nothing is read from the environment."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

MODEL_NAME = "sk-learn-linear-reg-model"
ALIAS = "champion"
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
STAGES = ("Staging", "Production", "Archived")
ENGINES = ("auto", "pandas", "spark")
# MLflow's own retries keep a run waiting for minutes when a server is gone.
PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3", "MLFLOW_DATABRICKS_ENDPOINT_HTTP_RETRY_TIMEOUT": "60"}


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """Settings of a training run.

    `tracking_uri` and `registry_uri` are MLflow's (`databricks`, `databricks-uc`, `databricks://cmr:cmr`,
    `sqlite:///...`), and Unity Catalog's model names have three levels; `alias` is what the new version gets where the
    registry knows aliases; `run_key` and `code_version` become tags by which the run is found again.
    """

    data: str
    experiment: str
    tracking_uri: str = "databricks"
    registry_uri: str = "databricks"
    model_name: str = MODEL_NAME
    run_key: str = ""
    code_version: str = ""
    alias: str = ALIAS


@dataclass(frozen=True, slots=True)
class ScoreSettings:
    """Settings of a scoring run: data, model, and where the result goes (`output` "" means beside the data).

    At most one of `version`, `alias` and `stage` names the model version; without any it is the newest. `engine` is
    pandas, spark, or auto: Spark where this process has a session. The rest is as for training.
    """

    data: str
    experiment: str
    output: str = ""
    tracking_uri: str = "databricks"
    registry_uri: str = "databricks"
    model_name: str = MODEL_NAME
    version: str = ""
    alias: str = ""
    stage: str = ""
    engine: str = "auto"
    run_key: str = ""
    code_version: str = ""


def train_settings(arguments: Sequence[str] | None = None) -> TrainSettings:
    """Read the settings from command-line arguments; `--help` describes them."""
    parser = argparse.ArgumentParser(
        prog="python -m jobs.train", description="Train the wine quality model, log it and register it in MLflow."
    )
    _add_common(parser)
    parser.add_argument(
        "--alias", default=ALIAS, help="alias that the new version gets, where there are aliases (default: %(default)s)"
    )
    return TrainSettings(**vars(parser.parse_args(arguments)))


def score_settings(arguments: Sequence[str] | None = None) -> ScoreSettings:
    """Read the settings from command-line arguments; `--help` describes them."""
    parser = argparse.ArgumentParser(
        prog="python -m jobs.batch_score", description="Score a file of wines with a registered model version."
    )
    _add_common(parser)
    parser.add_argument("--output", default="", help="where to write (default: beside the data, NAME-enriched.csv)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--version", default="", help="number of the model version (default: the newest)")
    which.add_argument("--alias", default="", help="alias of the model version (Unity Catalog)")
    which.add_argument("--stage", default="", choices=STAGES, help="stage of the model version (workspace registry)")
    parser.add_argument(
        "--engine", default="auto", choices=ENGINES, help="auto: Spark where there is a session, else pandas"
    )
    return ScoreSettings(**vars(parser.parse_args(arguments)))


def _add_common(parser: argparse.ArgumentParser) -> None:
    """The parameters of every job."""
    parser.add_argument(
        "--data", required=True, help="path of the CSV file, such as /dbfs/mnt/data/winequality-red.csv"
    )
    parser.add_argument("--experiment", required=True, help="MLflow experiment, such as /Shared/wine-dev")
    parser.add_argument("--tracking-uri", default="databricks", help="where runs are logged (default: %(default)s)")
    parser.add_argument(
        "--registry-uri",
        default="databricks",
        help="where models are registered, such as databricks-uc (default: %(default)s)",
    )
    parser.add_argument(
        "--model-name",
        default=MODEL_NAME,
        help="name of the registered model; catalog.schema.model in Unity Catalog (default: %(default)s)",
    )
    parser.add_argument("--run-key", default="", help="tag by which whoever started the run finds it")
    parser.add_argument("--code-version", default="", help="commit or fingerprint of the code, kept as a tag")
