"""What a registered model version predicts, on this machine, for wines that are always the same.

A deployed service is held against it: by `jobs.smoke_test`, and by whoever reads what this prints as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import mlflow
import pandas as pd
from mlflow.exceptions import MlflowException

from jobs import registry
from jobs.data import DataError, read
from jobs.deploy_settings import predict_settings
from jobs.registry import ModelChoice, Registered, RegistryError
from jobs.settings import FEATURES
from jobs.versions import VersionError

KNOWN_ROWS = (  # wines of the data set, usual and extreme
    (7.4, 0.7, 0.0, 1.9, 0.076, 11.0, 34.0, 0.9978, 3.51, 0.56, 9.4),
    (7.8, 0.88, 0.0, 2.6, 0.098, 25.0, 67.0, 0.9968, 3.2, 0.68, 9.8),
    (7.9, 0.35, 0.46, 3.6, 0.078, 15.0, 37.0, 0.9973, 3.35, 0.86, 12.8),
    (11.6, 0.58, 0.66, 2.2, 0.074, 10.0, 47.0, 1.0008, 3.25, 0.57, 9.0),
    (15.9, 0.36, 0.65, 7.5, 0.096, 22.0, 71.0, 0.9976, 2.98, 0.84, 14.9),
)


Rows = Sequence[Sequence[float]]


def predictions(
    choice: ModelChoice,
    environment: Mapping[str, str],
    rows: Rows = KNOWN_ROWS,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[Registered, list[float]]:
    """The version that is meant, and its prediction for each of the rows. `tell` hears what takes its time."""
    tell(f"looking for {choice.model_name} in the registry")
    found = registry.find(choice, environment)
    tell(f"downloading version {found.version} from the storage of {found.registry}")
    with tempfile.TemporaryDirectory() as folder:
        model = mlflow.pyfunc.load_model(str(registry.download(found, Path(folder))))
    table = pd.DataFrame(rows, columns=list(FEATURES), dtype="float64")
    return found, [float(value) for value in model.predict(table)]


def tell(doing: str) -> None:
    """Say on standard error what is being done, for whoever gives up waiting for it."""
    print(f"predict: {doing}", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Print version, rows and predictions. SystemExit with one line when the version cannot be had."""
    settings = predict_settings(arguments)
    choice = settings.model
    try:
        rows = read(settings.data, FEATURES, at_least=1).rows.to_numpy().tolist() if settings.data else KNOWN_ROWS
        found, values = predictions(choice, os.environ, rows, tell)
    except (VersionError, RegistryError, DataError) as error:
        raise SystemExit(f"error: {error}") from error
    except MlflowException as error:
        raise SystemExit(f"error: MLflow (registry {choice.registry_uri}): {error.message}") from error
    print(json.dumps({"version": found.version, "run_id": found.run_id, "rows": rows, "predictions": values}))


if __name__ == "__main__":
    main()
