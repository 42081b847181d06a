"""Reading the wine data set, with a clear word when it is not what it should be."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from jobs.settings import FEATURES, TARGET


class DataError(Exception):
    """The data cannot be trained on; the message says why."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """The rows, and the fingerprint of the file they came from."""

    rows: pd.DataFrame
    md5: str
    sha256: str


def read(path: str) -> Dataset:
    """Read a `;`-separated file with the features and the target. DataError says what is wrong with it."""
    try:
        content = Path(path.removeprefix("file:")).read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error
    if not content.strip():
        raise DataError(f"{path} is empty.")
    try:
        rows = pd.read_csv(io.BytesIO(content), sep=";")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not a `;`-separated table: {error}") from error
    check(path, rows)
    return Dataset(
        rows=rows[[*FEATURES, TARGET]].astype("float64"),
        md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def check(path: str, rows: pd.DataFrame) -> None:
    """DataError when columns, rows or numbers are missing."""
    missing = [name for name in (*FEATURES, TARGET) if name not in rows.columns]
    if missing and len(rows.columns) == 1 and "," in str(rows.columns[0]):
        raise DataError(f"{path} is separated by commas; semicolons are expected.")
    if missing:
        raise DataError(f"{path} lacks the column(s) {', '.join(missing)}; it has {', '.join(map(str, rows.columns))}.")
    if len(rows) < 2 * len(FEATURES):
        raise DataError(f"{path} has {len(rows)} rows: too few to train on.")
    numbers = rows[[*FEATURES, TARGET]].apply(pd.to_numeric, errors="coerce")
    if numbers.isna().any().any():
        column = numbers.columns[numbers.isna().any()][0]
        row = int(numbers[column].isna().to_numpy().argmax()) + 2
        raise DataError(f"{path}, line {row}: column {column} holds no number.")
