"""What the scripted engine tells of the status: everything well, something of every kind not, or nothing there."""

from __future__ import annotations

COLUMNS = {
    "endpoints": ("Endpoints", ["state", "version", "latency", "failed", "replicas", "last proof"]),
    "models": ("Models", ["version", "stage or alias", "age", "r2", "rmse", "run", "made by"]),
    "runs": ("Pipeline runs", ["state", "of", "commit", "age"]),
    "expiries": ("Tokens and secrets", ["ends", "kind", "detail"]),
    "variables": ("Variable groups", ["state", "variables", "changed", "by"]),
}


WINES = "eleven numbers with commas between them, or a file"
FORM = [{"name": name, "proposed": proposed, "least": least, "most": most} for name, proposed, least, most in (
    ("fixed acidity", 7.4, 4.6, 15.9), ("volatile acidity", 0.7, 0.12, 1.58), ("citric acid", 0.0, 0.0, 1.0),
    ("residual sugar", 1.9, 0.9, 15.5), ("chlorides", 0.076, 0.012, 0.611), ("free sulfur dioxide", 11.0, 1.0, 72.0),
    ("total sulfur dioxide", 34.0, 6.0, 289.0), ("density", 0.9978, 0.99007, 1.00369), ("pH", 3.51, 2.74, 4.01),
    ("sulphates", 0.56, 0.33, 2.0), ("alcohol", 9.4, 8.4, 14.9),
)]  # fmt: skip
DEEDS = [
    {"title": "Ask about wines", "key": "service.prod@prod", "command": {"do": "ask", "environment": "prod"},
     "asks": WINES},
    {"title": "Ask about one wine, by a form", "key": "service.prod@prod",
     "command": {"do": "ask", "environment": "prod"}, "asks": "", "form": FORM},
    {"title": "Roll back to the version before", "key": "service.version@prod",
     "command": {"do": "rollback", "environment": "prod"}, "asks": ""},
]  # fmt: skip


def areas(unwell: bool, empty: bool, pages: int) -> list[dict[str, object]]:
    return [_area(name, [] if empty else _rows(name, unwell, pages), unwell, empty) for name in COLUMNS]


def _area(name: str, rows: list[dict[str, object]], unwell: bool, empty: bool) -> dict[str, object]:
    title, columns = COLUMNS[name]
    remarks = ["test: not set up yet: signin.azure comes first"] if empty else []
    unread = unwell and name == "runs"
    more = name == "models" and not empty
    return {"area": name, "title": title, "columns": columns, "rows": rows, "remarks": remarks, "unread": unread,
            "more": more}  # fmt: skip


def _rows(name: str, unwell: bool, pages: int) -> list[dict[str, object]]:
    if name == "endpoints":
        cells = ("Healthy", "2", "41 ms", "0 of 12", "1", "ok 3 h ago")
        good = _row(name, "test/wine", "wine-quality", "test", cells, trend=[40, 44, 39, 90, 41, 38, 42])
        bad = _row(name, "prod/wine", "wine-quality", "prod", ("Failed", "1", "no answer", "3 of 9", "1", "ok 2 d ago"),
                   state="fail", trend=[40, 41, -1, -1, -1],
                   advice="wine-quality is Failed: CrashLoopBackOff. mlops-wizard apply --step service.prod@prod "
                   "deploys it again.", deeds=DEEDS)  # fmt: skip
        return [good, bad] if unwell else [good]
    if name == "models":
        rows = [_row(name, f"test/model-{number:03}", f"model-{number:03}", "test",
                     (str(number), "—", "2 h", "0.3798", "0.6269", "f383fc9d", "run 2 a04f1d6c"))
                for number in range(50 * pages)]  # fmt: skip
        if unwell:
            rows[0] |= {"state": "warn", "advice": "Nobody serves version 3: test answers with version 2."}
        return rows
    if name == "runs":
        stale = [{"cell": "", "reason": "Azure DevOps asks to slow down (429)", "read_at": 0.0}] if unwell else []
        cells = ("succeeded", "main", "a04f1d6c28", "3 h")
        return [_row(name, "2", "run 20260203.1", "", cells, stale=stale, link="https://dev.azure.com/run/2")]
    if name == "expiries":
        ended = {"state": "fail", "advice": "The token of test ended 2 h ago."} if unwell else {}
        ends = "ended 2 h ago" if unwell else "ends in 90 d"
        return [_row(name, "test/t", "mlops-wizard wine test", "test", (ends, "token", "62e7037a")) | ended]
    return [_row(name, "test/test-env", "test-env", "test", ("as planned", "14", "2 d", "me@example.org"))]


def _row(
    area: str, key: str, title: str, environment: str, cells: tuple[str, ...], **more: object
) -> dict[str, object]:
    known = {"state": "ok", "advice": "", "link": "", "trend": [], "stale": [], "read_at": 0.0, "deeds": []}
    named = dict(zip(COLUMNS[area][1], cells, strict=True))
    return {"key": key, "title": title, "environment": environment, "cells": named, **known, **more}
