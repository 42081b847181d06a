"""Asking a deployed service for predictions, as any of its clients would."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import requests

from wizard.clients.faults import translated, unreadable
from wizard.clients.foreign_pages import is_page
from wizard.clients.limits import CONNECT_SECONDS, READ_SECONDS
from wizard.engine.secrets import Secret


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of any status: its text, what it is as JSON (None where it is none), and how long it took."""

    status: int
    text: str
    body: Any
    seconds: float


def ask(address: str, key: Secret | None, rows: Sequence[Sequence[float]]) -> Answer:
    """Ask for the predictions of some rows, in one request.

    UnreachableError for a page for people, and for JSON that breaks off: neither is the service's own answer.
    """
    headers = {"Authorization": f"Bearer {key.reveal()}"} if key else {}
    with translated("The service"):
        started = time.perf_counter()
        found = requests.post(address, json={"data": rows}, headers=headers, timeout=(CONNECT_SECONDS, READ_SECONDS))
        seconds = time.perf_counter() - started
    kind = found.headers.get("Content-Type", "")
    try:
        body = found.json()
    except requests.JSONDecodeError as error:
        if found.ok and (is_page(kind) or "json" in kind):
            raise unreadable("The service", found.text, kind) from error
        body = None
    return Answer(found.status_code, found.text, body, seconds)
