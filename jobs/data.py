"""Reading a table of wines, with a clear word when it is not what it should be."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from jobs.settings import FEATURES, TARGET

SEPARATOR = ";"


class DataError(Exception):
    """The data cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """The wanted columns as numbers, the whole table as it is written, and the fingerprint of the file."""

    rows: pd.DataFrame
    written: pd.DataFrame
    md5: str
    sha256: str


def read(path: str, columns: Sequence[str] = (*FEATURES, TARGET), at_least: int = 2 * len(FEATURES)) -> Dataset:
    """Read a `;`-separated file that has these columns and so many rows. DataError says what is wrong with it."""
    try:
        content = Path(path.removeprefix("file:")).read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error
    if not content.strip():
        raise DataError(f"{path} is empty.")
    try:
        written = pd.read_csv(io.BytesIO(content), sep=SEPARATOR, dtype="str", keep_default_na=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is not a `{SEPARATOR}`-separated table: {error}") from error
    return Dataset(
        rows=numbers_of(path, written, columns, at_least),
        written=written,
        md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def numbers_of(path: str, written: pd.DataFrame, columns: Sequence[str], at_least: int) -> pd.DataFrame:
    """The columns as numbers; DataError when columns, rows or numbers are missing."""
    missing = [name for name in columns if name not in written.columns]
    if missing and len(written.columns) == 1 and "," in str(written.columns[0]):
        raise DataError(f"{path} is separated by commas; semicolons are expected.")
    if missing:
        there = ", ".join(map(str, written.columns))
        raise DataError(f"{path} lacks the column(s) {', '.join(missing)}; it has {there}.")
    if len(written) < at_least:
        raise DataError(f"{path} has {len(written)} rows: too few, {at_least} are needed.")
    numbers = written[list(columns)].apply(pd.to_numeric, errors="coerce")
    if numbers.isna().any().any():
        column = numbers.columns[numbers.isna().any()][0]
        row = int(numbers[column].isna().to_numpy().argmax()) + 2
        raise DataError(f"{path}, line {row}: column {column} holds no number.")
    return pd.DataFrame(numbers, dtype="float64")
