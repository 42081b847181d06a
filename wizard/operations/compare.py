"""`mlops-wizard compare A B`: two versions of a model on the same wines, those of the data set that is shipped.

Both are asked on this machine, by the project's own `jobs/predict.py`. Their figures are of all rows, of which either
has seen some in training: they tell the two apart, and are no measure of how good a version is.
"""

from __future__ import annotations

import asyncio
import csv
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wizard.engine.context import Context, Session
from wizard.operations.promote import place
from wizard.steps import known_answers, model_registry, promotion, reach, storage_data
from wizard.steps.rows_of_wines import TARGET

if TYPE_CHECKING:
    from wizard.clients.local_model import Predictions

LARGEST = 5  # differences that are shown


async def compare(session: Session, command: dict[str, Any]) -> int:
    """Compare the versions `first` and `second` of the registry of `environment`; 0 when both could be asked."""
    context = place(session, str(command.get("environment") or "prod"))
    versions = [await promotion.numbered(context, str(command[each])) for each in ("first", "second")]
    first, second = await asyncio.gather(*(_predicted(context, each) for each in versions))
    lines = await asyncio.to_thread(storage_data.SHIPPED.read_text, "utf-8")
    actual = [float(row[TARGET]) for row in csv.DictReader(lines.splitlines(), delimiter=";")]
    a, b = (f"version {each.version}" for each in versions)
    context.output(f"{versions[0].name} in {context.environment}'s registry, {len(actual)} wines")
    for line in table((a, b), figures(first.values, actual), figures(second.values, actual)):
        context.output(line)
    for line in differences(first.values, second.values, actual):
        context.output(line)
    return 0


async def _predicted(context: Context, version: model_registry.Version) -> Predictions:
    from wizard.clients.local_model import predictions

    host, uri = (await model_registry.workspace(context)).host, known_answers.local_uri(context)
    credential, folder = (await reach.login(context)).credential, context.project.folder
    data = str(storage_data.SHIPPED)
    return await context.call(host, predictions, folder, host, uri, credential, version.name, version.version, data)


def figures(predicted: Sequence[float], actual: Sequence[float]) -> dict[str, float]:
    """The figures that training logs, of these predictions."""
    errors = [there - here for there, here in zip(predicted, actual, strict=True)]
    mean = sum(actual) / len(actual)
    squares = sum(error * error for error in errors)
    spread = sum((value - mean) ** 2 for value in actual)
    return {
        "r2": 1 - squares / spread if spread else math.nan,
        "mae": sum(map(abs, errors)) / len(errors),
        "rmse": math.sqrt(squares / len(errors)),
    }


def table(names: tuple[str, str], first: dict[str, float], second: dict[str, float]) -> list[str]:
    """Both versions' figures side by side, and by how much the second's differ."""
    lines = [f"{'':6} {names[0]:>14} {names[1]:>14} {'difference':>12}"]
    return lines + [
        f"{name:6} {value:>14.6f} {second[name]:>14.6f} {second[name] - value:>+12.6f}" for name, value in first.items()
    ]


def differences(first: Sequence[float], second: Sequence[float], actual: Sequence[float]) -> list[str]:
    """The wines on which the two differ most, or that they are equal."""
    order = sorted(range(len(actual)), key=lambda row: -abs(second[row] - first[row]))[:LARGEST]
    if not order or second[order[0]] == first[order[0]]:
        return ["they predict the same for every wine"]
    lines = [f"largest differences: row {'':4} actual   first  second"]
    return lines + [f"{row + 1:>24} {actual[row]:>11g} {first[row]:>7.3f} {second[row]:>7.3f}" for row in order]
