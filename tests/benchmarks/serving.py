"""The scoring service beside `mlflow models serve`: the same model, workers and clients, in turns, on loopback."""

from __future__ import annotations

import contextlib
import http.client
import json
import statistics
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import mlflow

from jobs.data import read
from jobs.settings import FEATURES
from jobs.train import fit
from tests.benchmarks.measures import Bar, percentile
from tests.rehearsal import ROOT
from tests.scoring_service import serving, serving_by_mlflow

DATA = ROOT / "wizard" / "data" / "winequality-red.csv"
ROWS = (1, 100)
CLIENTS = 2
WORKERS = 1
LONGEST = 15.0  # seconds of one round, however slow the machine is


def serving_bars(rounds: int = 4, requests: int = 150) -> list[Bar]:
    """Throughput and 99th percentile for small and large requests; each client sends `requests` a round."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        model = folder / "model"
        wines = read(str(DATA)).rows
        fitted = fit(wines)
        signature = mlflow.models.infer_signature(fitted.features, fitted.predictions)
        mlflow.sklearn.save_model(fitted.model, str(model), signature=signature)
        ours = stack.enter_context(serving(model, folder, WORKERS)).uri
        theirs = stack.enter_context(serving_by_mlflow(model, folder, WORKERS)).uri
        return [bar for rows in ROWS for bar in compare(ours, theirs, wines.head(rows), rounds, requests)]


def compare(ours: str, theirs: str, wines, rounds: int, requests: int) -> list[Bar]:
    """The two bars for requests of so many rows."""
    rows = wines[list(FEATURES)].to_numpy().tolist()
    bodies = {
        ours: json.dumps({"data": rows}).encode(),
        theirs: json.dumps({"dataframe_split": {"columns": list(FEATURES), "data": rows}}).encode(),
    }
    rates: dict[str, list[float]] = {ours: [], theirs: []}
    times: dict[str, list[float]] = {ours: [], theirs: []}
    for number in range(rounds + 1):
        for uri, body in bodies.items():
            seconds, found = round_of(uri, body, len(rows), requests if number else 10)
            if number:  # the first only warms up
                rates[uri].append(len(found) / seconds)
                times[uri] += found
    fast, slow = statistics.median(rates[ours]), statistics.median(rates[theirs])
    tails = {uri: percentile(found, 0.99) for uri, found in times.items()}
    halves = {uri: statistics.median(found) for uri, found in times.items()}
    what = f"{len(rows)} row{'s' if len(rows) > 1 else ''} a request"
    return [
        Bar(f"mlflow's requests per second / ours, {what}", slow / fast, 0.5, f"{slow:.0f} / {fast:.0f} per second"),
        Bar(f"our p99 / mlflow's, {what}", tails[ours] / tails[theirs], 1.0,
            f"p50 {halves[ours] * 1e3:.1f} / {halves[theirs] * 1e3:.1f} ms, "
            f"p99 {tails[ours] * 1e3:.1f} / {tails[theirs] * 1e3:.1f} ms"),
    ]  # fmt: skip


def round_of(uri: str, body: bytes, rows: int, requests: int) -> tuple[float, list[float]]:
    """Seconds of one round with all clients at once, and those of each request."""
    found: list[float] = []
    clients = [threading.Thread(target=client, args=(uri, body, rows, requests, found)) for _ in range(CLIENTS)]
    started = time.perf_counter()
    for each in clients:
        each.start()
    for each in clients:
        each.join()
    if not found:
        raise AssertionError(f"{uri} answers no request")
    return time.perf_counter() - started, found


def client(uri: str, body: bytes, rows: int, requests: int, found: list[float]) -> None:
    """Send one request after the other, on a kept connection where the server keeps it; only right answers count."""
    address = urlsplit(uri)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=LONGEST)
    until = time.perf_counter() + LONGEST
    for _ in range(requests):
        started = time.perf_counter()
        if started > until:
            break
        connection.request("POST", address.path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = json.loads(answer.read())
        seconds = time.perf_counter() - started
        predictions = content["predictions"] if isinstance(content, dict) else content
        if answer.status != 200 or len(predictions) != rows:
            raise AssertionError(f"{uri} answers {answer.status}: {str(content)[:200]}")
        found.append(seconds)
    connection.close()
