"""Rows of wines to ask a service about: typed in, or from a CSV or JSON file."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

from wizard.engine.errors import WizardError
from wizard.steps import storage_data

# The model's columns, as in the data set; its last one is what is predicted.
COLUMNS = (
    *("fixed acidity", "volatile acidity", "citric acid", "residual sugar", "chlorides", "free sulfur dioxide"),
    *("total sulfur dioxide", "density", "pH", "sulphates", "alcohol"),
)
TARGET = "quality"
FILES = (".csv", ".json")
SAMPLE = 5
Rows = list[list[float]]


def given(texts: list[str], folder: Path) -> Rows:
    """Rows as a person gives them: numbers with commas or semicolons between them, or the name of a file of rows.

    Names go by `folder`. WizardError says which row is none, and why.
    """
    rows: Rows = []
    for number, text in enumerate(filter(str.strip, texts), 1):
        if Path(text).suffix.lower() in FILES:
            rows += from_file(Path(text), folder)
        else:
            rows.append(_numbers(text.replace(";", ",").split(","), f"row {number}"))
    return rows


def sample() -> Rows:
    """A few wines of the data set that is shipped."""
    return all_known()[:SAMPLE]


def all_known() -> Rows:
    """All wines of the data set that is shipped."""
    return from_file(storage_data.SHIPPED)


def from_file(file: Path, folder: Path = Path()) -> Rows:
    """The rows of a file: JSON as the service takes it or a bare list of rows, or CSV with a line of names."""
    try:
        text = (folder / file.expanduser()).read_text(encoding="utf-8")
    except (OSError, ValueError, RuntimeError) as error:  # no such file, no text in it or no file's name, no such home
        reason = getattr(error, "strerror", None) or ("it is no text" if isinstance(error, UnicodeError) else error)
        raise WizardError(f"{str(file)!r} cannot be read: {reason}.", fix="name another file", code="usage") from error
    return _from_json(text, file) if file.suffix.lower() == ".json" else _from_csv(text, file)


def _from_json(text: str, file: Path) -> Rows:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WizardError(f"{file} is no JSON: {error}.", fix="mend it", code="usage") from error
    rows = found.get("data") if isinstance(found, dict) else found
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise WizardError(f"{file} has no rows.", fix='write {"data": [[...], ...]}', code="usage")
    return [_numbers(row, f"{file.name}, row {number}") for number, row in enumerate(rows, 1)]


def _from_csv(text: str, file: Path) -> Rows:
    separator = ";" if ";" in text.partition("\n")[0] else ","
    try:
        lines = list(csv.DictReader(io.StringIO(text), delimiter=separator))
    except csv.Error as error:
        raise WizardError(f"{file} is no CSV: {error}.", fix="mend it", code="usage") from error
    missing = [name for name in COLUMNS if not lines or name not in lines[0]]
    if missing:
        raise WizardError(f"{file} has no column {missing[0]}.", fix=f"columns: {', '.join(COLUMNS)}", code="usage")
    return [
        _numbers([line[name] for name in COLUMNS], f"{file.name}, line {number}")
        for number, line in enumerate(lines, 2)
    ]


def _numbers(values: list[Any], where: str) -> list[float]:
    if len(values) != len(COLUMNS):
        raise WizardError(
            f"{where} has {len(values)} values; {len(COLUMNS)} are expected.",
            fix=f"in this order: {', '.join(COLUMNS)}",
            code="usage",
        )
    try:
        numbers = [float(value) for value in values]
    except (TypeError, ValueError, OverflowError) as error:
        raise WizardError(f"{where}: {str(error)[:100]}.", fix="write numbers", code="usage") from error
    if not all(map(math.isfinite, numbers)):
        raise WizardError(f"{where} holds what is no number.", fix="write numbers", code="usage")
    return numbers
