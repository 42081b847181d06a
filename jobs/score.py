"""Answers for the service: azureml-inference-server-http calls `init` once, and `run` for each request.

Takes `{"data": [[11 numbers], ...]}` in the order the model was trained with, or `{"columns": [...], "data": [...]}` in
any order, and answers a JSON list with one number a row. What is wrong with a request is answered by a 4xx status and
`{"error": {"rule", "message", "row", "column"}}`; a 500 is a fault of the service, made by the server of any other
exception. A lone file: nothing else of jobs/ goes into the service.
"""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import Any

import mlflow.sklearn
import numpy as np
from azureml_inference_server_http.api.aml_request import AMLRequest, rawhttp
from azureml_inference_server_http.api.aml_response import AMLResponse
from mlflow.models import Model
from numpy.typing import NDArray
from werkzeug.exceptions import HTTPException

MOST_ROWS = 10_000
MOST_BYTES = 8 << 20  # 10,000 rows of 11 numbers with 17 digits each take 2.2 MB
NUMBERS = frozenset((int, float))  # the very types: a boolean is an int to isinstance


class BadRequestError(Exception):
    """The request breaks a rule; `row` counts from 0, as an index into `data`."""

    def __init__(
        self, rule: str, message: str, *, status: int = 400, row: int | None = None, column: str | None = None
    ):
        super().__init__(message)
        self.status = status
        self.told = {"rule": rule, "message": message, "row": row, "column": column}

    def response(self) -> AMLResponse:
        """As HTTP; a 405 names what is allowed."""
        told = {name: value for name, value in self.told.items() if value is not None}
        return AMLResponse({"error": told}, self.status, {"Allow": "POST"} if self.status == 405 else {}, json_str=True)


class Scorer:
    """A model and the names of its columns, in its order."""

    # No dataclass: the server keeps this module out of `sys.modules`, where a dataclass looks for its own.

    def __init__(self, model: Any, columns: tuple[str, ...]):
        self.model = model
        self.columns = columns

    def score(self, body: bytes) -> list[float]:
        """One prediction a row, all by one call of the model. BadRequestError names the rule that the body breaks."""
        columns, rows = self.parts(parse(body))
        refuse_wrong_cells(rows, columns)
        numbers = to_array(rows, columns)
        if columns != self.columns:
            numbers = numbers[:, [columns.index(name) for name in self.columns]]
        predictions = np.asarray(self.model.predict(numbers), dtype=np.float64).ravel()
        if not np.isfinite(predictions).all():
            row = int(np.argmin(np.isfinite(predictions)))
            raise BadRequestError(
                "range", f"data[{row}] gives no finite prediction: its numbers are too large", row=row
            )
        return list(predictions.tolist())

    def parts(self, body: Any) -> tuple[tuple[str, ...], list[Any]]:
        """The columns in the order of the request, and its rows."""
        if not isinstance(body, dict) or "data" not in body:
            raise BadRequestError("object", 'the body must be an object with "data", such as {"data": [[...]]}')
        if extra := sorted(body.keys() - {"data", "columns"}):
            raise BadRequestError("object", f'unknown name {extra[0]!r}: only "data" and "columns" are known')
        rows = body["data"]
        if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_ROWS:
            found = f"{len(rows)}" if isinstance(rows, list) else f"{name_of(rows)}"
            raise BadRequestError("rows", f'"data" must be a list of 1 to {MOST_ROWS:,} rows, not {found}')
        return self.named(body["columns"]) if "columns" in body else self.columns, rows

    def named(self, columns: Any) -> tuple[str, ...]:
        """The columns that a request names: each of the model's once, in any order."""
        if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
            raise BadRequestError("columns", '"columns" must be a list of names')
        for name in columns:
            if name not in self.columns:
                raise BadRequestError("columns", f"unknown column {name[:80]!r}", column=name[:80])
            if columns.count(name) > 1:
                raise BadRequestError("columns", f"column {name!r} is named more than once", column=name)
        for name in self.columns:
            if name not in columns:
                raise BadRequestError("columns", f"column {name!r} is missing", column=name)
        return tuple(columns)


def parse(body: bytes) -> Any:
    """The body as JSON; NaN and Infinity pass here and are refused with the cell they are in."""
    try:
        return json.loads(body, object_pairs_hook=each_name_once)
    except (ValueError, RecursionError) as error:
        raise BadRequestError("json", f"the body is not JSON: {error}") from error


def each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON; ValueError where a name comes twice, of which a plain dict would keep the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name comes more than once in an object")
    return found


def refuse_wrong_cells(rows: list[Any], columns: tuple[str, ...]) -> None:
    """BadRequestError unless each row is a list of as many numbers as there are columns."""
    width = len(columns)
    for index, row in enumerate(rows):
        if type(row) is list and len(row) == width and NUMBERS.issuperset(map(type, row)):
            continue
        if type(row) is not list:
            raise BadRequestError(
                "row", f"data[{index}] must be a list of {width} numbers, not {name_of(row)}", row=index
            )
        if len(row) != width:
            raise BadRequestError("width", f"data[{index}] has {len(row)} values; {width} are expected", row=index)
        column, value = next((name, cell) for name, cell in zip(columns, row, strict=True) if type(cell) not in NUMBERS)
        message = f"data[{index}], column {column!r}, must be a number, not {name_of(value)}"
        raise BadRequestError("number", message, row=index, column=column)


def to_array(rows: list[list[float]], columns: tuple[str, ...]) -> NDArray[np.float64]:
    """The rows as one array; BadRequestError where a number is not finite."""
    try:
        numbers = np.array(rows, dtype=np.float64)
    except OverflowError:  # a whole number beyond what a float holds
        numbers = np.array([[as_float(cell) for cell in row] for row in rows], dtype=np.float64)
    finite = np.isfinite(numbers)
    if not finite.all():
        row, place = (int(index) for index in np.argwhere(~finite)[0])
        message = f"data[{row}], column {columns[place]!r}, must be a finite number"
        raise BadRequestError("finite", message, row=row, column=columns[place])
    return numbers


def as_float(number: float) -> float:
    """The number, or infinity where it is too large."""
    try:
        return float(number)
    except OverflowError:
        return float("inf")


def name_of(value: Any) -> str:
    """What JSON calls it."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def read_body(request: AMLRequest) -> bytes:
    """The body of a POST; BadRequestError for another method, another type, or too many bytes."""
    if request.method != "POST":
        raise BadRequestError("method", f"{request.method} is not answered: send a POST", status=405)
    if not request.is_json:
        raise BadRequestError("type", "the Content-Type must be application/json", status=415)
    request.max_content_length = MOST_BYTES
    try:
        return bytes(request.get_data(cache=False))
    except HTTPException as error:
        reason = f"the body has more than {MOST_BYTES:,} bytes" if error.code == 413 else str(error.description)
        raise BadRequestError("size", reason, status=error.code or 400) from error


def load(folder: Path) -> Scorer:
    """The model in that folder or in the one folder below it. FileNotFoundError, or what MLflow says of it."""
    found = [file.parent for file in (folder / "MLmodel", *sorted(folder.glob("*/MLmodel"))) if file.exists()]
    if not found:
        raise FileNotFoundError(f"There is no MLflow model in {folder}.")
    signature = Model.load(str(found[0])).signature  # the file alone: more would ask a tracking server
    if signature is None:
        raise ValueError(f"The model in {found[0]} has no signature, so its columns are not known.")
    return Scorer(mlflow.sklearn.load_model(str(found[0])), tuple(signature.inputs.input_names()))


scorer: Scorer


def init() -> None:
    """Load the model, once for this process."""
    global scorer
    # The columns are checked here, and go to the model as the plain array that is quickest.
    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    scorer = load(Path(os.environ["AZUREML_MODEL_DIR"]))


@rawhttp  # type: ignore[untyped-decorator]
def run(request: AMLRequest) -> list[float] | AMLResponse:
    """Predictions for one request, or what is wrong with it."""
    if request.method == "OPTIONS":  # a browser asks before it posts; the server adds what may be shared
        return AMLResponse("", 200)
    try:
        return scorer.score(read_body(request))
    except BadRequestError as error:
        return error.response()  # a 4xx, not a result: lint: allow G12
