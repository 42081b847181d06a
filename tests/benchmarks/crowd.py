"""A crowd of others' models, runs and services in the sandbox cloud of a finished set-up, older than what is its own.

Each is a copy of a row or document that the sandbox wrote, so that it has whatever such a thing has there.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

MODELS, VERSIONS, RUNS, SERVICES = 10_000, 5, 2_000, 200
STORE = "state.sqlite"
MINUTE = 60_000  # milliseconds

Row = dict[str, Any]


def crowd(sandbox: Path) -> None:
    """Fill the folder of a sandbox cloud that is stopped: every registry and experiment, the pipeline, the services."""
    for file in sorted(sandbox.glob("databricks/*/mlflow/mlflow.db")):
        with closing(sqlite3.connect(file)) as db, db:
            _models(db)
            _tracked_runs(db)
    with closing(sqlite3.connect(sandbox / STORE)) as db, db:
        _pipeline_runs(db)
        _services(db)


def _models(db: sqlite3.Connection) -> None:
    model, version = _first(db, "registered_models"), _first(db, "model_versions")
    if model is None or version is None:  # a workspace in which nobody trains
        return
    names = [(number, f"crowd-{number:05}") for number in range(MODELS)]
    _insert(db, "registered_models", (model | {"name": name} | _earlier(model, number) for number, name in names))
    _insert(
        db,
        "model_versions",
        (
            version | {"name": name, "version": place, "current_stage": "None"} | _earlier(version, number)
            for number, name in names
            for place in range(1, VERSIONS + 1)
        ),
    )


def _tracked_runs(db: sqlite3.Connection) -> None:
    run = _first(db, "runs")
    if run is None:
        return
    metrics = _all(db, "latest_metrics", "run_uuid", run["run_uuid"])
    ids = [(number, f"{number:032x}") for number in range(1, RUNS + 1)]
    times = ("start_time", "end_time")
    _insert(db, "runs", (run | {"run_uuid": id_} | _earlier(run, number, times) for number, id_ in ids))
    _insert(db, "latest_metrics", (metric | {"run_uuid": id_} for _, id_ in ids for metric in metrics))


def _pipeline_runs(db: sqlite3.Connection) -> None:
    """Runs of the same pipeline for another commit, queued before its first one."""
    own = _documents(db, "devops_build")
    last, oldest = int(own[-1][0]), own[0][1]
    earlier = f"{int(oldest['queued'][:4]) - 1}{oldest['queued'][4:]}"
    other = oldest | {"commit": "c" * 40, "queued": earlier}
    _put(db, "devops_build", [(f"{each:08}", other | {"id": each}) for each in range(last + 1, last + 1 + RUNS)])


def _services(db: sqlite3.Connection) -> None:
    """Services that failed: one that is healthy would be a process on this machine."""
    key, service = _documents(db, "ml_service")[0]
    workspace = key.partition("/")[0]
    names = [f"crowd-{number:03}" for number in range(SERVICES)]
    _put(db, "ml_service", [(f"{workspace}/{name}", service | {"name": name, "state": "Failed"}) for name in names])


def _earlier(row: Row, number: int, names: Iterable[str] = ("creation_time", "last_updated_time")) -> Row:
    return {name: row[name] - (number + 1) * MINUTE for name in names if row[name]}


def _first(db: sqlite3.Connection, table: str) -> Row | None:
    found = db.execute(f"SELECT * FROM {table} LIMIT 1")  # noqa: S608  (the names are of this file)
    row = found.fetchone()
    return dict(zip([column[0] for column in found.description], row, strict=True)) if row else None


def _all(db: sqlite3.Connection, table: str, column: str, value: str) -> list[Row]:
    found = db.execute(f"SELECT * FROM {table} WHERE {column} = ?", (value,))  # noqa: S608
    names = [each[0] for each in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]


def _insert(db: sqlite3.Connection, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
    for row in rows:
        marks = ", ".join("?" * len(row))
        db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))  # noqa: S608


def _documents(db: sqlite3.Connection, kind: str) -> list[tuple[str, Row]]:
    found = db.execute("SELECT key, body FROM documents WHERE kind = ? ORDER BY key", (kind,))
    return [(key, json.loads(body)) for key, body in found]


def _put(db: sqlite3.Connection, kind: str, documents: Iterable[tuple[str, Row]]) -> None:
    rows = ((kind, key, json.dumps(body)) for key, body in documents)
    db.executemany("INSERT INTO documents VALUES (?, ?, ?)", rows)
